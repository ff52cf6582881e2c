// Running a batch: one request after the other; those of an atomic group in one transaction, all or none; what depends on a
// failed request fails too; "$1" in an address or a reference is the record that request 1 made, changed or read, and in
// If-Match and If-None-Match the version it answered.
import { isJsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { actAsHeaders } from '../../auth/act-as.ts'
import { together } from '../../records/together.ts'
import type { DataRequest } from '../data.ts'
import { problemAnswer } from '../problem.ts'
import { locate } from './address.ts'

/** One request of a batch. Header names are in small letters. */
export interface BatchRequest {
  readonly id: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly group?: string
  readonly dependsOn: readonly string[]
}

export interface BatchAnswer {
  readonly request: BatchRequest
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** One answer for its whole group, because the group failed on it. */
  readonly failedGroup?: true
}

export type Answer = (request: DataRequest) => Promise<Response>

/** The record of an answer: where it is, and which version. */
interface Made {
  readonly address?: string
  readonly etag?: string
}

interface Run {
  readonly outer: DataRequest
  readonly answer: Answer
  /** The records that were made, changed or read, by request id. */
  readonly made: Map<string, Made>
  /** Ids of requests and groups, and whether they went well. */
  readonly went: Map<string, boolean>
}

/** Runs the requests of a batch; without `goesOn` the first failure ends it. */
export async function runBatch(
  outer: DataRequest,
  requests: readonly BatchRequest[],
  goesOn: boolean,
  answer: Answer,
): Promise<BatchAnswer[]> {
  const run: Run = { outer, answer, made: new Map(), went: new Map() }
  const answers: BatchAnswer[] = []
  for (let at = 0; at < requests.length;) {
    const { group } = requests[at]!
    let end = at + 1
    if (group !== undefined) while (requests[end]?.group === group) end++
    const part = requests.slice(at, end)
    const given = group === undefined ? [await runOne(run, part[0]!, outer)] : await runGroup(run, group, part)
    answers.push(...given)
    if (!goesOn && given.some(({ status }) => status >= 400)) break
    at = end
  }
  return answers
}

/** Ends the transaction of a group that failed. */
class GroupFailed extends Error {
  readonly failed: BatchAnswer
  constructor(failed: BatchAnswer) {
    super('The group failed')
    this.failed = failed
  }
}

async function runGroup(run: Run, group: string, requests: readonly BatchRequest[]): Promise<BatchAnswer[]> {
  const { outer } = run
  const before = new Map(run.made)
  try {
    const answers = await together(outer.platform, outer.context, async (platform, context) => {
      const given: BatchAnswer[] = []
      for (const request of requests) {
        const one = await runOne(run, request, { ...outer, platform, context })
        if (one.status >= 400) throw new GroupFailed(one)
        given.push(one)
      }
      return given
    })
    run.went.set(group, true)
    return answers
  } catch (thrown) {
    run.made.clear()
    for (const [id, address] of before) run.made.set(id, address)
    run.went.set(group, false)
    for (const { id } of requests) run.went.set(id, false)
    const failed = thrown instanceof GroupFailed ? thrown.failed : await asAnswer(requests.at(-1)!, refusal(thrown))
    return Promise.all(requests.map((request) => withdrawn(request, failed)))
  }
}

/** The answer of each request of a failed group: the failure itself, and that the others came to nothing with it. */
async function withdrawn(request: BatchRequest, failed: BatchAnswer): Promise<BatchAnswer> {
  if (request === failed.request) return { ...failed, failedGroup: true }
  return asAnswer(request, failedWith('Another request of the same group failed; nothing of it was written'))
}

/** What a commit that failed says; anything unexpected is thrown on. */
function refusal(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  throw thrown
}

function failedWith(detail: string): Problem {
  return new Problem('conflict.dependency', { detail })
}

async function runOne(run: Run, request: BatchRequest, outer: DataRequest): Promise<BatchAnswer> {
  const { path, answer } = await answerOne(run, request, outer)
  const { status, headers, body } = answer
  run.went.set(request.id, status < 400)
  const written = headers['odata-entityid'] ?? headers['location']
  const address = written?.startsWith(`${outer.base}/`)
    ? written.slice(outer.base.length + 1)
    : /^\{"@odata\.context":"[^"]*\/\$entity"/.test(body)
      ? path
      : undefined
  if (status < 400) run.made.set(request.id, { address, etag: headers['etag'] })
  return answer
}

/** The answer to a request, and the path it was about where it could be read. */
async function answerOne(
  run: Run,
  request: BatchRequest,
  outer: DataRequest,
): Promise<{ path?: string; answer: BatchAnswer }> {
  const missing = request.dependsOn.find((id) => run.went.get(id) !== true)
  if (missing !== undefined) {
    const problem = failedWith(`Request "${missing.slice(0, 60)}", which this one depends on, failed`)
    return { answer: await asAnswer(request, problem) }
  }
  try {
    const inner = innerRequest(run, request, outer)
    return { path: inner.path, answer: await readAnswer(request, await run.answer(inner)) }
  } catch (thrown) {
    return { answer: await asAnswer(request, refusal(thrown)) }
  }
}

async function asAnswer(request: BatchRequest, problem: Problem): Promise<BatchAnswer> {
  return readAnswer(request, problemAnswer(problem, 'odata'))
}

async function readAnswer(request: BatchRequest, response: Response): Promise<BatchAnswer> {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'connection'))
  return { request, status: response.status, headers, body: await response.text() }
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'])
/** Headers of the batch that also hold for its requests. */
const inherited = new Set(['accept-language', 'odata-maxversion'])

function innerRequest(run: Run, request: BatchRequest, outer: DataRequest): DataRequest {
  const method = request.method.toUpperCase()
  if (!methods.has(method))
    throw new Problem('request.method', { detail: `"${request.method.slice(0, 20)}" is no method for a batch` })
  checkHeaders(request.headers)
  const location = locationOf(resolve(run, request), outer)
  if (/^\/*(\$|%24)batch\b/i.test(location.path))
    throw new Problem('request.malformed', { detail: 'A batch cannot hold another batch', target: 'url' })
  const headers: Record<string, string> = { ...request.headers }
  for (const name of ['if-match', 'if-none-match']) {
    const tag = headers[name]
    if (tag !== undefined) headers[name] = tagOf(run, tag)
  }
  const text =
    method === 'GET' || method === 'HEAD' || request.body === undefined ? undefined : withRecords(run, request.body)
  if (text !== undefined) headers['content-type'] ??= 'application/json'
  return {
    ...outer,
    ...location,
    method,
    request: new Request('http://batch/', { method, headers, ...(text === undefined ? {} : { body: text }) }),
    header: (name) => headers[name] ?? (inherited.has(name) ? outer.header(name) : undefined),
  }
}

/** What says who asks: the batch does, for all of its requests. */
const asking: ReadonlySet<string> = new Set(['authorization', ...actAsHeaders])

/**
 * Headers that no request could carry on its own are no headers inside a batch either. One that names somebody else is refused:
 * passed over, its request would be done with other rights than it asks for. throws: Problem.
 */
function checkHeaders(headers: Readonly<Record<string, string>>): void {
  const wrong = Object.entries(headers).find(
    ([name, value]) => !/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value),
  )
  if (wrong !== undefined)
    throw new Problem('request.malformed', {
      detail: `"${wrong[0].slice(0, 60)}" is no header that a request can carry`,
      target: 'headers',
    })
  const who = Object.keys(headers).find((name) => asking.has(name))
  if (who !== undefined)
    throw new Problem('request.malformed', {
      detail: `A request of a batch has no "${who}" of its own`,
      target: 'headers',
      hint: 'Send it with the batch: it holds for all of its requests',
    })
}

/** Path and query of an address: absolute, from the host's root, or from the service root. */
function locationOf(url: string, { base, platform }: DataRequest): Pick<DataRequest, 'path' | 'query' | 'base'> {
  const absolute = /^https?:\/\//i.test(url) ? url : url.startsWith('/api/') ? `http://batch${url}` : undefined
  if (absolute === undefined) {
    const [path, query = ''] = url.replace(/^\/+/, '').split(/\?(.*)/s)
    return { path: path!, query, base }
  }
  const found = locate(absolute, platform.config.publicUrl)
  if (found === undefined)
    throw new Problem('missing.path', { detail: 'The address is not one of the data service', target: 'url' })
  return { path: found.path, query: found.query, base }
}

const reference = /^\/?\$([^/?$]+)(?=$|[/?])/

/** The address with "$1" replaced by the record that request 1 made. throws: Problem. */
function resolve({ made, went }: Run, { url }: BatchRequest): string {
  const [whole, written] = reference.exec(url) ?? []
  const id = written === undefined ? undefined : decoded(written)
  if (whole === undefined || id === undefined || !went.has(id)) return url
  return `${recordOf(made, id)}${url.slice(whole.length)}`
}

/** What is not correctly percent-encoded is no id; whoever reads the address says so. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** `If-Match: $1` is the version that request 1 answered. throws: Problem. */
function tagOf({ made, went }: Run, written: string): string {
  const id = /^\s*\$([^\s$]+)\s*$/.exec(written)?.[1]
  if (id === undefined || !went.has(id)) return written
  const etag = made.get(id)?.etag
  if (etag === undefined) throw failedWith(`Request "${id.slice(0, 60)}" gave no version to refer to`)
  return etag
}

function recordOf(made: ReadonlyMap<string, Made>, id: string): string {
  const address = made.get(id)?.address
  if (address === undefined) throw failedWith(`Request "${id.slice(0, 60)}" gave no record to refer to`)
  return address
}

/** The body with references in `…@odata.bind` and `@odata.id` replaced. */
function withRecords({ made, went }: Run, body: string): string {
  if (!/"\/?\$/.test(body)) return body
  const replace = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(replace)
    const [whole, id] = typeof value === 'string' ? (reference.exec(value) ?? []) : []
    return whole === undefined || id === undefined || !went.has(id)
      ? value
      : `/${recordOf(made, id)}${(value as string).slice(whole.length)}`
  }
  const walk = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isJsonObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        name,
        /@(odata\.)?(bind|id)$/.test(name) ? replace(each) : walk(each),
      ]),
    )
  }
  let parsed: JsonValue
  try {
    parsed = JSON.parse(body) as JsonValue
  } catch {
    return body
  }
  return JSON.stringify(walk(parsed))
}
