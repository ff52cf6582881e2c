// What every answer carries and what the server survives: headers, ids, limits, broken HTTP, a graceful end.
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, startServer, type TestServer } from '../support/server.ts'

describe('server', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ engine: 'pglite' })
  })
  afterAll(() => server?.stop())

  const paths = [
    '/',
    '/studio',
    '/somewhere/in/the/app',
    '/nothing.js',
    '/api/nothing',
    '/api/health/live',
    '/api/health/ready',
    '/api/model',
    '/api/data/v1/users',
    '/api/data/v1/nothing',
    '/metrics',
    '/api/auth/get-session',
  ]

  it.each(paths)('sends the security headers and an id with %s', async (path) => {
    const answer = await fetch(server.url + path)
    const policy = answer.headers.get('content-security-policy') ?? ''
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'self'",
    ])
      expect(policy).toContain(part)
    expect(policy).not.toMatch(/unsafe-(inline|eval)/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('referrer-policy')).toBe('same-origin')
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w.-]+$/)
    expect(answer.status).not.toBe(500)
    await answer.arrayBuffer()
  })

  it('answers what is not there in the shape of its part', async () => {
    const api = await call(server, 'GET', '/api/nothing')
    expect([api.status, api.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    expect(api.json).toMatchObject({ code: 'missing.path', status: 404 })
    const data = await call(server, 'GET', '/api/data/v1/nothing')
    expect(data.status).toBe(404)
    expect(data.json).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } })
  })

  it('keeps the caller’s request id when it is harmless', async () => {
    const ask = async (id: string) =>
      (await fetch(`${server.url}/api/health/live`, { headers: { 'x-request-id': id } })).headers.get('x-request-id')
    expect(await ask('order-17.a')).toBe('order-17.a')
    expect(await ask('<script>')).not.toBe('<script>')
    expect(await ask('x'.repeat(100))).not.toBe('x'.repeat(100))
  })

  it('is ready with its database, and counts what it did', async () => {
    expect(await (await fetch(`${server.url}/api/health/ready`)).json()).toMatchObject({
      status: 'ready',
      engine: 'pglite',
    })
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toMatch(/peyvand_requests_total\{route="health",method="GET",status="200"\} [1-9]/)
    expect(metrics).toMatch(/peyvand_request_ms_bucket\{route="health",le="\+Inf"\} [1-9]/)
    expect(metrics).toMatch(/^process_resident_memory_bytes \d+$/m)
  })

  it('refuses a body above the limit, with and without a length', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(1_200_000) })
    const known = await call(server, 'POST', '/api/keys', body)
    expect(known.status).toBe(413)
    const stream = new Blob([body]).stream()
    const chunked = await fetch(`${server.url}/api/keys`, {
      method: 'POST',
      body: stream,
      duplex: 'half',
      headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/json' },
    } as RequestInit)
    expect(chunked.status).toBe(413)
  })

  const broken = [
    'GARBAGE\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET /\u0000 HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'POST /api/keys HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n',
    'POST /api/keys HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n',
    `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    'GET //[ HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /%E0%A4%A HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /api/model HTTP/1.1\r\nHost: [bad\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
    'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /api/events HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001',
  ]
  it.each(broken.map((text) => [JSON.stringify(text.slice(0, 60)), text]))(
    'lives on after %s',
    async (_title, text) => {
      const { hostname, port } = new URL(server.url)
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(Number(port), hostname, () => socket.end(text))
        let heard = ''
        socket.on('data', (chunk) => (heard += chunk.toString()))
        socket.on('error', () => resolve(heard))
        socket.on('close', () => resolve(heard))
      })
      expect(answer).not.toMatch(/^HTTP\/1\.1 5\d\d/)
      expect((await fetch(`${server.url}/api/health/live`)).status).toBe(200)
    },
  )
})

describe('stopping', () => {
  it('finishes what runs, ends event streams, and exits with 0', async () => {
    const server = await startServer({ engine: 'pglite' })
    const stream = await fetch(`${server.url}/api/events`, { headers: { authorization: `Bearer ${server.adminKey}` } })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    const ended = stream.text()
    // Connections that are open already, so that every request has reached the server when it is told to stop.
    await Promise.all(Array.from({ length: 20 }, () => call(server, 'GET', '/api/me')))
    const running = Array.from({ length: 20 }, () => call(server, 'POST', '/api/keys', { name: 'late' }))
    const answers = Promise.all(running)
    await Promise.race(running)
    process.kill(server.pid, 'SIGTERM')
    for (const { status } of await answers) expect(status).toBe(201)
    expect(await ended).toContain('event: hello')
    await server.stop()
  })
})
