// The one way to the server: JSON over fetch with the session cookie; every failure becomes a Problem.
import { isJsonObject, type JsonObject } from '@peyvand/core/base/json.ts'
import { Problem, problemCodes, type ProblemCode } from '@peyvand/core/base/problem.ts'

export interface Ask {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface Answer<T> {
  readonly status: number
  readonly body: T
  readonly etag: string | null
}

/** Called when the server no longer knows who we are; gives true when the person signed in again and the request may repeat. */
let onSignedOut: () => Promise<boolean> = () => Promise.resolve(false)

/** Says what to do when the session has ended in the middle of work. */
export function whenSignedOut(ask: () => Promise<boolean>): void {
  onSignedOut = ask
}

/** Sends a request and gives status, body and ETag. throws: Problem, or AbortError when the signal was used. */
export async function exchange<T>(path: string, ask: Ask = {}): Promise<Answer<T>> {
  const response = await send(path, ask)
  if (response.status === 401 && !path.startsWith('/api/auth/') && (await onSignedOut())) return exchange(path, ask)
  const text = response.status === 204 || response.status === 304 ? '' : await response.text()
  const body = parse(text)
  if (!response.ok && response.status !== 304) throw problemOf(response.status, body)
  return { status: response.status, body: body as T, etag: response.headers.get('etag') }
}

/** Sends a request and gives the body. */
export async function fetchJson<T>(path: string, ask: Ask = {}): Promise<T> {
  return (await exchange<T>(path, ask)).body
}

async function send(path: string, { method = 'GET', body, headers = {}, signal }: Ask): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
      credentials: 'same-origin',
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Problem('internal.unavailable')
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return null
  }
}

/** A Problem from either error shape: OData's `{error}` or problem+json. */
export function problemOf(status: number, body: unknown): Problem {
  const data = isJsonObject(body) ? body : {}
  const error = isJsonObject(data['error']) ? data['error'] : data
  return toProblem(error, status)
}

function toProblem(error: JsonObject, status: number): Problem {
  const listed = error['problems'] ?? error['details']
  const problems = (Array.isArray(listed) ? listed : []).filter(isJsonObject).map((each) => toProblem(each, status))
  const detail = textOf(error['detail']) ?? textOf(error['message']) ?? textOf(error['title'])
  const inner = isJsonObject(error['innererror']) ? error['innererror'] : error
  return new Problem(codeOf(error['code'], status), {
    detail,
    problems,
    pointer: textOf(inner['pointer'] ?? error['pointer']),
    target: textOf(error['target']),
    hint: textOf(inner['hint'] ?? error['hint']),
    params: isJsonObject(inner['params']) ? (inner['params'] as Record<string, string | number>) : undefined,
  })
}

const fallback: Readonly<Record<number, ProblemCode>> = {
  400: 'request.malformed',
  401: 'auth.invalid',
  403: 'access.denied',
  404: 'missing.record',
  409: 'conflict.duplicate',
  412: 'conflict.stale',
  413: 'limit.size',
  422: 'check.invalid',
  429: 'limit.rate',
  503: 'internal.unavailable',
}

function codeOf(code: unknown, status: number): ProblemCode {
  return typeof code === 'string' && code in problemCodes
    ? (code as ProblemCode)
    : (fallback[status] ?? 'internal.unexpected')
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
