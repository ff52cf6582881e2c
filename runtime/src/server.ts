// The HTTP server: puts the routes together, gives every answer its id and security headers, refuses what is too large, and
// stops gracefully. What a route does stands in api/; who may reach it is decided by api/gate.ts.
import { randomBytes } from 'node:crypto'
import {
  createServer,
  maxHeaderSize,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { getRequestListener, RequestError } from '@hono/node-server'
import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { Problem } from '@peyvand/core/base/problem.ts'
import { accessRoutes } from './api/access.ts'
import { actionRoutes } from './api/actions.ts'
import { auditRoutes } from './api/audit.ts'
import { authRoutes } from './api/auth.ts'
import { openCors } from './api/cors.ts'
import { dataRoutes } from './api/data.ts'
import { isContent } from './api/data/stream.ts'
import { eventRoutes } from './api/events.ts'
import { exportRoutes } from './api/export.ts'
import { fileRoutes } from './api/files.ts'
import { graphqlRoutes } from './api/graphql.ts'
import { gate, headersOf } from './api/gate.ts'
import { healthRoutes, metricsRoutes } from './api/health.ts'
import { importRoutes } from './api/import.ts'
import { undeclared } from './api/inventory.ts'
import { jobRoutes } from './api/jobs.ts'
import { keyRoutes } from './api/keys.ts'
import { modelRoutes, personRoutes } from './api/model.ts'
import { openapiRoutes } from './api/openapi.ts'
import { pageRoutes } from './api/pages.ts'
import { privacyRoutes } from './api/privacy.ts'
import { asProblem, problemAnswer, problemDetails, shapeOf } from './api/problem.ts'
import { searchRoutes } from './api/search.ts'
import { secretRoutes } from './api/secrets.ts'
import { solutionRoutes } from './api/solutions.ts'
import { userRoutes } from './api/users.ts'
import { visibleRecords } from './api/visible.ts'
import { webhookRoutes } from './api/webhooks.ts'
import { publicUrl } from './config.ts'
import { addReader, logReader, Metrics, observe, observeError } from './observe.ts'
import type { ApiEnv, RunningPlatform } from './platform.ts'
import { readSecret } from './secrets/master.ts'
import { redactor } from './secrets/redact.ts'

export interface Server {
  readonly port: number
  readonly url: string
  /** Takes no more requests, lets those that run finish, closes the streams and the platform. */
  stop(reason: string): Promise<void>
}

/** Serves the platform until stopped. */
export async function startServer(platform: RunningPlatform): Promise<Server> {
  const { config } = platform
  const metrics = new Metrics()
  const redact = redactor(config, await readSecret(config))
  const readers = [
    addReader(metrics.read),
    addReader(logReader(config.logLevel, config.logFormat, (line) => void process.stdout.write(`${redact(line)}\n`))),
  ]
  const streams = new Set<() => void>()
  let stopping: Promise<void> | undefined
  const app = await buildApp(platform, { metrics, streams, isStopping: () => stopping !== undefined })
  const http = createServer(listener(platform, app, () => stopping !== undefined))
  limitConnections(http, config.requestTimeout)
  const port = await listen(http, config.port, config.host)
  const stop = async (reason: string): Promise<void> => {
    const started = performance.now()
    await closeHttp(http, streams, config.stopTimeout)
    await platform.close()
    observe({ kind: 'stop', reason, ms: Math.round(performance.now() - started) })
    for (const remove of readers) remove()
  }
  return { port, url: publicUrl(config, port), stop: (reason) => (stopping ??= stop(reason)) }
}

interface AppParts {
  readonly metrics: Metrics
  readonly streams: Set<() => void>
  readonly isStopping: () => boolean
}

/** All routes of the product. throws: when one of them does not say who may ask for it. */
export async function buildApp(
  platform: RunningPlatform,
  { metrics, streams, isStopping }: AppParts,
): Promise<Hono<ApiEnv>> {
  const { config } = platform
  const app = new Hono<ApiEnv>()
  app.onError((error, c) => {
    if (!(error instanceof Problem)) observeError('request', error)
    return answerProblem(asProblem(error), c.req.path)
  })
  app.notFound((c) => answerProblem(new Problem('missing.path'), c.req.path))
  // An upload is counted by its route while it streams; a body that is read at once is counted before.
  const bounds = [
    { path: /^\/api\/import/, bound: limitBody(config.importLimit, false) },
    { path: /^\/api\/model/, bound: limitBody(config.modelLimit, true) },
    { path: /^\/api\/data\/.*\/(?:\$|%24)bulk\/*$/, bound: limitBody(config.bulkBytes, true) },
    { path: /^\/api/, bound: limitBody(config.bodyLimit, true) },
  ]
  app.use('/api/*', (c, next) =>
    c.req.method === 'GET' || isStream(c.req.method, c.req.path, headersOf(c))
      ? next()
      : bounds.find(({ path }) => path.test(c.req.path))!.bound(c, next),
  )
  app.route('/api/health', healthRoutes(platform, isStopping))
  app.route('/metrics', metricsRoutes(platform, metrics))
  app.route('/api/auth', authRoutes(platform))
  const signedIn = gate(platform)
  app.use('/api/*', signedIn)
  app.route('/api/data', dataRoutes(platform))
  app.route('/api/access', accessRoutes(platform))
  app.route('/api/actions', actionRoutes(platform))
  app.route('/api/graphql', graphqlRoutes(platform))
  app.route('/api/model', modelRoutes(platform))
  app.route('/api/me', personRoutes(platform))
  app.route('/api/keys', keyRoutes(platform))
  app.route('/api/secrets', secretRoutes(platform))
  app.route('/api/audit', auditRoutes(platform))
  app.route('/api/privacy', privacyRoutes(platform, streams))
  app.route('/api/webhooks', webhookRoutes(platform))
  app.route('/api/jobs', jobRoutes(platform))
  app.route('/api/events', eventRoutes(platform, visibleRecords, streams))
  app.route('/api/users', userRoutes(platform))
  app.route('/api/import', importRoutes(platform))
  app.route('/api/files', fileRoutes(platform))
  app.route('/api/export', exportRoutes(platform, streams))
  app.route('/api/search', searchRoutes(platform))
  app.route('/api/solutions', solutionRoutes(platform))
  app.route('/api', openapiRoutes(platform))
  app.route('/', await pageRoutes(fileURLToPath(new URL('../../studio/dist', import.meta.url))))
  const wrong = undeclared(app)
  if (wrong.length > 0) throw new Error(`Nobody says who may ask: ${wrong.join('; ')}`)
  return app
}

/** Whether a body is the content of a file: it is counted while it is taken in, against the limit of its field. */
function isStream(method: string, path: string, headers: Pick<Headers, 'get'>): boolean {
  if (path.startsWith('/api/files')) return true
  return method === 'PUT' && path.startsWith('/api/data/') && isContent(headers.get('content-type'))
}

/** Refuses larger bodies. A declared length is believed (Node holds the client to it), so that the body need not be touched. */
function limitBody(most: number, counts: boolean): MiddlewareHandler<ApiEnv> {
  const refuse = (path: string) =>
    answerProblem(new Problem('limit.size', { detail: `A request may have ${most} bytes` }), path)
  const count = bodyLimit({ maxSize: most, onError: (c) => refuse(c.req.path) })
  return async (c, next) => {
    const headers = headersOf(c)
    const length = headers.get('content-length')
    if (length === null || headers.get('transfer-encoding') !== null) return counts ? count(c, next) : next()
    return Number(length) > most ? refuse(c.req.path) : next()
  }
}

function answerProblem(problem: Problem, path: string): Response {
  const after = problem.params?.['retryAfter']
  return problemAnswer(problem, shapeOf(path), after === undefined ? {} : { 'retry-after': String(after) })
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html peyvand',
].join('; ')

/** Headers that every answer carries, whatever route made it. */
function fixedHeaders(platform: RunningPlatform): [string, string][] {
  const secure = publicUrl(platform.config).startsWith('https:')
  return [
    ['Content-Security-Policy', policy],
    ['X-Content-Type-Options', 'nosniff'],
    ['Referrer-Policy', 'same-origin'],
    ['Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['X-Frame-Options', 'DENY'],
    // What shows nothing of anybody says so itself.
    ['Cache-Control', 'no-store'],
    ...(secure ? [['Strict-Transport-Security', 'max-age=31536000; includeSubDomains'] as [string, string]] : []),
  ]
}

/** Node's own listener around the app: cheap work that each request needs, and the observation when it is over. */
function listener(platform: RunningPlatform, app: Hono<ApiEnv>, isStopping: () => boolean) {
  const headers = fixedHeaders(platform)
  const cors = openCors(platform.config.corsOrigins)
  const prefix = randomBytes(4).toString('hex')
  const answer = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: true,
    errorHandler: unexpected,
  })
  let count = 0
  return (incoming: IncomingMessage & { requestId?: string }, outgoing: ServerResponse): void => {
    const started = performance.now()
    const given = incoming.headers['x-request-id']
    const id = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : `${prefix}-${(count++).toString(36)}`
    incoming.requestId = id
    for (const [name, value] of headers) outgoing.setHeader(name, value)
    outgoing.setHeader('X-Request-Id', id)
    if (isStopping()) outgoing.setHeader('Connection', 'close')
    outgoing.once('close', () => {
      observe({
        kind: 'request',
        id,
        method: incoming.method ?? '',
        route: routeOf(incoming.url ?? ''),
        status: outgoing.statusCode,
        ms: performance.now() - started,
      })
    })
    if (!cors(incoming, outgoing)) void answer(incoming, outgoing)
  }
}

/** What could not even become a request (a broken address or host) is the caller's; anything else is ours. */
function unexpected(error: unknown): Response {
  if (error instanceof RequestError)
    return problemAnswer(
      new Problem('request.malformed', {
        detail: 'The address or the host of the request cannot be read',
        target: /host/i.test(error.message) ? 'Host' : 'path',
      }),
      'problem',
    )
  observeError('server', error)
  return problemAnswer(asProblem(error), 'problem')
}

const routes = new Set([
  'access',
  'audit',
  'auth',
  'jobs',
  'keys',
  'users',
  'data',
  'model',
  'me',
  'events',
  'health',
  'openapi.json',
  'docs',
  'import',
  'export',
  'files',
  'graphql',
  'search',
  'secrets',
  'solutions',
  'webhooks',
])

/** A label with few values: the part of the API, or `app`. */
function routeOf(url: string): string {
  const [, first, second = ''] = url.split(/[/?]/, 3)
  if (first !== 'api') return first === 'metrics' ? 'metrics' : 'app'
  return routes.has(second) ? second : 'other'
}

function limitConnections(http: HttpServer, requestTimeout: number): void {
  http.requestTimeout = requestTimeout
  http.headersTimeout = Math.min(20_000, requestTimeout)
  http.keepAliveTimeout = 65_000
  http.on('clientError', refuseConnection)
}

/** What Node could not read as a request gets a problem too, as far as anybody listens. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) return void socket.destroy()
  const { status, title, problem } = unreadable(error.code)
  const body = JSON.stringify({ ...problemDetails(problem), status })
  const head = [
    'Connection: close',
    'Content-Type: application/problem+json',
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${head.join('\r\n')}\r\n\r\n${body}`)
}

function unreadable(code: string | undefined): { status: number; title: string; problem: Problem } {
  if (code === 'HPE_HEADER_OVERFLOW')
    return {
      status: 431,
      title: 'Request Header Fields Too Large',
      problem: new Problem('limit.size', {
        detail: `Address and headers together may have ${maxHeaderSize} bytes`,
        hint: 'Send a shorter query: fewer columns, a shorter filter',
      }),
    }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return {
      status: 408,
      title: 'Request Timeout',
      problem: new Problem('limit.time', { detail: 'The request did not arrive in time' }),
    }
  return {
    status: 400,
    title: 'Bad Request',
    problem: new Problem('request.malformed', { detail: 'This is not an HTTP request that can be read' }),
  }
}

function listen(http: HttpServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      reject(
        taken
          ? new Problem('conflict.locked', { detail: `Port ${port} is in use`, hint: 'Set PORT to another one.' })
          : error,
      )
    })
    http.listen(port, host, () => resolve((http.address() as AddressInfo).port))
  })
}

/** For so long a stopping server still takes what was sent to it before anybody could know. unit: milliseconds */
const grace = 100

/** Stops accepting, ends streams and idle connections, and waits for the requests that run. */
async function closeHttp(http: HttpServer, streams: ReadonlySet<() => void>, timeout: number): Promise<void> {
  for (const end of Array.from(streams)) end()
  await new Promise((resolve) => setTimeout(resolve, grace))
  const closed = new Promise<void>((resolve) => http.close(() => resolve()))
  const idle = setInterval(() => http.closeIdleConnections(), 50)
  const late = setTimeout(() => http.closeAllConnections(), timeout)
  await closed
  clearInterval(idle)
  clearTimeout(late)
}
