// The one way out: everything that calls another server calls it here. A name is resolved once and what was judged is what is
// connected to; each redirect is judged as if it were the first; time, size and redirects are bounded; nothing of ours (cookies,
// proxies, credentials for another host) goes along by itself.
import {
  request as plain,
  Agent as PlainAgent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { request as secure, Agent as SecureAgent } from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import { pipeline, Readable, Transform } from 'node:stream'
import type { Allowed } from './allow.ts'
import { OutgoingError } from './error.ts'
import { withoutZone } from './nets.ts'
import { resolve, targetOf, type Lookup, type Target } from './target.ts'

export interface OutgoingRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | Readable
  /** What may be called although it lies inside: the configured service of this caller, never anything a user wrote. */
  readonly allow?: Allowed
  /** Longest time until the answer begins, over all redirects. unit: milliseconds; 10 s by default. */
  readonly patience?: number
  /** Longest time until the answer has ended. unit: milliseconds; 30 s by default. */
  readonly time?: number
  /** Largest answer. unit: bytes; 1 MB by default. */
  readonly size?: number
  /** Most redirects; 3 by default. */
  readonly redirects?: number
}

export interface OutgoingAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Must be read or destroyed. It fails with an OutgoingError when it is too large or too late. */
  readonly body: Readable
  /** Where the answer came from, after redirects. */
  readonly url: string
}

/** Calls another server. throws: OutgoingError. */
export type Outgoing = (url: string | URL, request?: OutgoingRequest) => Promise<OutgoingAnswer>

interface Way {
  readonly allowed: Allowed
  readonly lookup: Lookup
  readonly agents: { readonly plain: PlainAgent; readonly secure: SecureAgent }
}

const moved = new Set([301, 302, 303, 307, 308])
/** Headers that are meant for the host they were written for. */
const own = /^(authorization|cookie|proxy-authorization|x-api-key|x-amz-.*)$/i

/** Opens the way out. `allowed` is what the administrator named; `lookup` resolves names. */
export function openOutgoing(allowed: Allowed = [], lookup: Lookup = resolve): Outgoing {
  const options = { keepAlive: true, maxSockets: 32, maxFreeSockets: 8, timeout: 30_000 }
  const agents = { plain: new PlainAgent(options), secure: new SecureAgent(options) }
  return (url, request = {}) =>
    follow({ allowed: [...allowed, ...(request.allow ?? [])], lookup, agents }, url, request)
}

async function follow(way: Way, first: string | URL, request: OutgoingRequest): Promise<OutgoingAnswer> {
  const { patience = 10_000, redirects = 3 } = request
  const late = AbortSignal.timeout(Math.ceil(patience))
  let [url, asked] = [first, request]
  for (let count = 0; ; count++) {
    const target = await within(late, targetOf(url, way.allowed, way.lookup))
    const answer = await connect(way, target, asked, late)
    const next = moved.has(answer.statusCode ?? 0) ? answer.headers.location : undefined
    if (next === undefined || redirects === 0) return answered(answer, target, request)
    answer.destroy()
    if (count >= redirects) throw new OutgoingError('redirects', `It was redirected more than ${redirects} times`)
    ;[url, asked] = redirected(target.url, next, asked, answer.statusCode!)
  }
}

/** The request a redirect asks for: without credentials when it leads to another host, never from https to http. */
function redirected(from: URL, location: string, asked: OutgoingRequest, status: number): [URL, OutgoingRequest] {
  if (!URL.canParse(location, from)) throw new OutgoingError('refused', 'It was redirected to what is no address')
  const to = new URL(location, from)
  if (from.protocol === 'https:' && to.protocol !== 'https:')
    throw new OutgoingError('refused', 'It was redirected to a place without encryption')
  const { body, headers = {}, method = 'GET', ...rest } = asked
  const kept = Object.entries(headers).filter(([name]) => to.origin === from.origin || !own.test(name))
  const asks = status === 303 || ((status === 301 || status === 302) && method === 'POST')
  if (!asks && body instanceof Readable) throw new OutgoingError('redirects', 'What was sent cannot be sent again')
  const shorn = asks ? kept.filter(([name]) => !/^content-/i.test(name)) : kept
  const more = asks
    ? { method: method === 'HEAD' ? 'HEAD' : 'GET' }
    : { method, ...(body === undefined ? {} : { body }) }
  return [to, { ...rest, ...more, headers: Object.fromEntries(shorn) }]
}

/** Sends one request to one of the addresses that were judged. */
function connect(way: Way, target: Target, asked: OutgoingRequest, late: AbortSignal): Promise<IncomingMessage> {
  const { url } = target
  const isSecure = url.protocol === 'https:'
  const options: RequestOptions = {
    method: asked.method ?? 'GET',
    headers: { 'accept-encoding': 'identity', 'user-agent': 'Peyvand', ...asked.headers },
    lookup: judged(target),
    maxHeaderSize: 16_384,
  }
  return new Promise((done, failed) => {
    const sent = isSecure
      ? secure(url, { ...options, agent: way.agents.secure })
      : plain(url, { ...options, agent: way.agents.plain })
    const giveUp = () => sent.destroy(tooLate())
    late.addEventListener('abort', giveUp, { once: true })
    const fail = (error: Error) => failed(whyNot(error))
    sent.once('close', () => late.removeEventListener('abort', giveUp))
    sent.on('error', fail).once('response', (answer) => {
      late.removeEventListener('abort', giveUp)
      done(answer)
    })
    sent.once('socket', (socket) => socket.connecting && socket.once('connect', () => holdTo(target, socket, sent)))
    const { body } = asked
    if (body instanceof Readable) pipeline(body, sent, (error) => error && fail(error))
    else sent.end(body)
  })
}

/** Should anything ever connect elsewhere than where it was told to: not a byte goes there. */
function holdTo({ addresses }: Target, socket: Socket, sent: ClientRequest): void {
  const there = spelled(socket.remoteAddress ?? '')
  if (!addresses.some(({ address }) => spelled(address) === there))
    sent.destroy(new OutgoingError('refused', 'It led somewhere else'))
}

/** One spelling for every address. */
function spelled(address: string): string {
  const plain = withoutZone(address).replace(/^::ffff:(?=[\d.]+$)/, '')
  return plain.includes(':') && URL.canParse(`http://[${plain}]`) ? new URL(`http://[${plain}]`).hostname : plain
}

/** Gives Node the addresses that were judged, whatever name it asks for. */
function judged({ addresses }: Target): LookupFunction {
  return (_host, { all }, tell) => {
    const [{ address, family }] = addresses as readonly [{ address: string; family: number }]
    if (all === true) tell(null, [...addresses])
    else tell(null, address, family)
  }
}

function answered(answer: IncomingMessage, { url }: Target, request: OutgoingRequest): OutgoingAnswer {
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    body: bounded(answer, request),
    url: url.href,
  }
}

/** The body, as far as it is within its bounds. */
function bounded(answer: IncomingMessage, { size = 1_048_576, time = 30_000 }: OutgoingRequest): Readable {
  if (size === Infinity && time === Infinity) return answer
  const tooLarge = () => new OutgoingError('large', `The answer is larger than ${size} bytes`)
  if (Number(answer.headers['content-length'] ?? 0) > size) {
    answer.destroy()
    throw tooLarge()
  }
  let length = 0
  const body = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      length += chunk.length
      if (length > size) next(tooLarge())
      else next(null, chunk)
    },
  })
  const timer = time === Infinity ? undefined : setTimeout(() => body.destroy(tooLate()), time)
  // Whoever reads the body hears of it; when nobody does, it is nobody's.
  body.on('error', () => undefined)
  pipeline(answer, body, () => clearTimeout(timer))
  return body
}

/** What a promise comes to, unless it takes too long. */
function within<T>(late: AbortSignal, work: Promise<T>): Promise<T> {
  const over = new Promise<never>((_, failed) => {
    if (late.aborted) failed(tooLate())
    else late.addEventListener('abort', () => failed(tooLate()), { once: true })
  })
  over.catch(() => undefined)
  return Promise.race([work, over])
}

function tooLate(): OutgoingError {
  return new OutgoingError('late', 'The other server took too long')
}

function whyNot(error: Error): OutgoingError {
  if (error instanceof OutgoingError) return error
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (/CERT|^ERR_TLS|^ERR_SSL|^EPROTO|VERIFY/.test(code))
    return new OutgoingError('unreachable', 'The certificate of the other server is not trusted')
  return new OutgoingError('unreachable', 'The other server does not answer')
}

/** The whole body as text. throws: OutgoingError. */
export async function textOf({ body }: Pick<OutgoingAnswer, 'body'>): Promise<string> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of body) chunks.push(chunk as Buffer)
  } catch (error) {
    throw whyNot(error as Error)
  }
  return Buffer.concat(chunks).toString()
}
