// Bytes that are no HTTP, or stop being it: sent over a socket of their own, then the sending side is closed.
import { connect } from 'node:net'
import type { Random } from '../../support/random.ts'

const head = (key: string): string => `Host: x\r\nAuthorization: Bearer ${key}\r\n`

/** One message for the server at the end of a socket. */
export function drawRaw(random: Random, key: string): Buffer {
  const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random.whole(0, 255)))
  const text = (value: string): Buffer => Buffer.from(value, 'latin1')
  const right = `POST /api/data/v1/ships HTTP/1.1\r\n${head(key)}Content-Type: application/json\r\nContent-Length: 15\r\n\r\n{"title":"raw"}`
  const chunked = (body: string): string =>
    `POST /api/data/v1/ships HTTP/1.1\r\n${head(key)}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${body}`
  return random.weighted<() => Buffer>([
    [3, () => noise(random.whole(1, 500))],
    [2, () => text(right.slice(0, random.whole(1, right.length - 1)))],
    [
      2,
      () => Buffer.concat([text(right.slice(0, random.whole(20, 90))), noise(random.whole(1, 40)), text('\r\n\r\n')]),
    ],
    [
      2,
      () =>
        text(
          chunked(
            random.pick([
              '5\r\n{"tit',
              '5\r\n{"tit\r\nffffffffff\r\n',
              'zz\r\n',
              '-1\r\n',
              '5;x=y\r\n{"tit\r\n0\r\n',
              '0\r\n\r\n',
              '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n',
            ]),
          ),
        ),
    ],
    [
      1,
      () =>
        text(
          `GET /api/data/v1/ships HTTP/1.1\r\n${`X-A${random.whole(0, 9)}: ${'x'.repeat(40)}\r\n`.repeat(random.whole(100, 3_000))}\r\n`,
        ),
    ],
    [
      1,
      () =>
        text(
          `GET /api/data/v1/ships HTTP/1.1\r\n${Array.from({ length: 2_500 }, (_none, n) => `a${n}:1\r\n`).join('')}\r\n`,
        ),
    ],
    [1, () => text(`GET /${'a'.repeat(random.whole(7_000, 40_000))} HTTP/1.1\r\n${head(key)}\r\n`)],
    [
      1,
      () =>
        text(
          `${random.pick(['GET', 'get', 'G\u0000T', 'FOO', '', 'CONNECT', 'PRI'])} ${random.pick(['*', 'http://evil/', '//', '/%', 'a'])} HTTP/${random.pick(['1.1', '1.0', '0.9', '2.0', '9.9', 'x'])}\r\n${head(key)}\r\n`,
        ),
    ],
    [
      1,
      () =>
        text(
          `POST /api/data/v1/ships HTTP/1.1\r\n${head(key)}Content-Length: ${random.pick(['-1', '1e3', '99999999999999999999', '5\r\nContent-Length: 6', '5\r\nTransfer-Encoding: chunked', ''])}\r\n\r\n{"a":1}`,
        ),
    ],
    [
      1,
      () =>
        text(
          `GET /api/data/v1/ships HTTP/1.1\r\n${head(key)}Upgrade: ${random.pick(['websocket', 'h2c', 'x'])}\r\nConnection: Upgrade\r\n\r\n`,
        ),
    ],
    [1, () => text(`GET /api/data/v1/ships?$top=1 HTTP/1.1\r\n${head(key)}\r\n`.repeat(random.whole(2, 30)))],
    [1, () => Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])],
    [
      1,
      () =>
        text(
          `POST /api/files?name=x HTTP/1.1\r\n${head(key)}Content-Type: image/png\r\nContent-Length: 5000\r\n\r\n\u0089PNG`,
        ),
    ],
    [
      1,
      () =>
        text(
          `POST /api/import/ship HTTP/1.1\r\n${head(key)}Content-Type: text/csv\r\nContent-Length: 5000\r\n\r\ntitle\r\nhalf`,
        ),
    ],
  ])()
}

/** Sends it and gives all that comes back until the server closes; `hung` when it does not within `timeout`. */
export function sendRaw(url: string, bytes: Buffer, timeout: number): Promise<{ heard: string; hung: boolean }> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    let heard = ''
    let hung = false
    const socket = connect(Number(port), hostname, () => socket.end(bytes))
    socket.setEncoding('latin1')
    const timer = setTimeout(() => {
      hung = true
      socket.destroy()
    }, timeout)
    socket.on('data', (chunk: string) => {
      heard = (heard + chunk).slice(0, 200_000)
    })
    // A server that has refused may reset what is still on its way; what it said before counts.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve({ heard, hung })
    })
  })
}
