// What every answer must be like, whatever was asked: no 5xx but a named 501, and each refusal says which code, why, and
// where. The exceptions are listed here, each with its reason.
import { problemCodes } from '@peyvand/core/base/problem.ts'
import type { FuzzAnswer } from './client.ts'
import type { FuzzRequest } from './requests.ts'

interface Said {
  readonly code?: string
  readonly message?: string
  readonly target?: string
  readonly pointer?: string
  readonly position?: number
  readonly problems: readonly Said[]
}

/** Codes whose place is the address itself or the caller: there is no part of the request to point at. */
const placeless: Readonly<Record<string, string>> = {
  'auth.required': 'there are no credentials to point at',
  'auth.invalid': 'which part of credentials is wrong is not told',
  'access.denied': 'the address as a whole is refused',
  'missing.record': 'the address as a whole leads nowhere',
  'missing.path': 'the address as a whole leads nowhere',
  'missing.definition': 'the address as a whole leads nowhere',
  'missing.changes': 'the token as a whole is too old',
  'request.method': 'the method is in the request line; Allow says which there are',
  'limit.rate': 'the caller as a whole',
  'limit.size': 'the body as a whole, when no option is named',
  'conflict.stale': 'the version is in a header that the code names',
  'conflict.locked': 'the state of the record, not the request',
  'request.range': 'the Range header',
}

/** Codes whose title says all there is to say. */
const titled: ReadonlySet<string> = new Set([
  'auth.required',
  'auth.invalid',
  'missing.path',
  'missing.record',
  'request.method',
])

/** What stands on the pages of an app that was not built. */
export const notBuilt = 'The app is not built yet'

/** What is wrong with an answer; nothing when it is as it must be. */
export function judge(request: FuzzRequest, answer: FuzzAnswer): string | undefined {
  const { status, text, failure } = answer
  if (failure !== undefined) return judgeFailure(request, failure)
  if (status < 400) return judgeInside(request, text)
  // The library that signs people in words its own refusals; what is asserted of it is that nothing breaks.
  if (request.path.startsWith('/api/auth/')) return status >= 500 ? `a ${status} of the sign-in` : undefined
  if (request.method === 'HEAD') return status >= 500 && status !== 501 ? `a ${status}` : undefined
  // Where the studio was not built, its pages say so; that has nothing to do with what was asked.
  if (status === 503 && text.includes(notBuilt)) return undefined
  const said = read(answer)
  if (status >= 500 && !(status === 501 && said?.code === 'request.unsupported'))
    return `a ${status} (${said?.code ?? 'no code'})`
  if (said === undefined) return `a ${status} that is no problem: ${answer.type}`
  return judgeSaid(said, request)
}

/** A connection may be closed on what is not HTTP; that the client refused to send is no fault of the server. */
function judgeFailure({ headers }: FuzzRequest, failure: string): string | undefined {
  if (failure.startsWith('not sent:')) return undefined
  if (headers['expect'] !== undefined && failure !== 'hang') return undefined
  return `no answer: ${failure}`
}

/** Answers that hold answers: batches, and imports that tell line by line. */
function judgeInside({ path }: FuzzRequest, text: string): string | undefined {
  if (path.includes('$batch')) {
    const inner = /HTTP\/1\.1 (5\d\d)|"status":(5\d\d)/.exec(text)
    const status = inner?.[1] ?? inner?.[2]
    if (status !== undefined && status !== '501') return `a ${status} inside a batch`
  }
  return text.includes('"code":"internal.unexpected"') ? 'an unexpected failure inside an answer' : undefined
}

function judgeSaid(said: Said, request: FuzzRequest): string | undefined {
  const { code = '', message = '' } = said
  const known = problemCodes[code as keyof typeof problemCodes] as { title: string } | undefined
  if (known === undefined) return `a code nobody knows: "${code}"`
  if (message === '' || (message === known.title && !titled.has(code) && said.problems.length === 0))
    return `${code} without a reason`
  const places = [said, ...said.problems]
  if (!(code in placeless) && !places.some(isPlaced)) return `${code} without a place: ${generic(message)}`
  const option = said.target?.startsWith('$') && request.path.includes('?')
  if (code === 'request.syntax' && option && said.position === undefined)
    return `${code} in ${said.target} without a position`
  return undefined
}

const isPlaced = ({ target, pointer, position }: Said): boolean =>
  target !== undefined || pointer !== undefined || position !== undefined
const generic = (message: string): string =>
  message
    .replaceAll(/"[^"]*"/g, '"…"')
    .replaceAll(/\d+/g, 'n')
    .slice(0, 80)

/** What a problem says, from either envelope. */
function read({ text, type }: FuzzAnswer): Said | undefined {
  let body: Record<string, unknown>
  try {
    body = JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
  if (type.startsWith('application/problem+json')) return fromDetails(body)
  const error = body['error'] as Record<string, unknown> | undefined
  return error === undefined ? undefined : fromError(error)
}

function fromDetails(body: Record<string, unknown>): Said {
  const {
    detail,
    title,
    problems = [],
  } = body as { detail?: string; title?: string; problems?: Record<string, unknown>[] }
  return { ...body, message: detail ?? title, problems: problems.map(fromDetails) }
}

function fromError(error: Record<string, unknown>): Said {
  const { innererror = {}, details = [] } = error as { innererror?: object; details?: Record<string, unknown>[] }
  return { ...innererror, ...error, problems: details.map(fromError) }
}
