// The load generator: wrk when the machine has it, else a small keep-alive client in a process of its own (this file run
// as a program). Both send the same prebuilt requests and give the same figures.
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** unit: seconds, milliseconds for p50 and p99. */
export interface Figures {
  readonly requests: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  readonly failed: number
}
export interface Call {
  readonly method: string
  readonly path: string
  readonly body?: string
}

const here = dirname(fileURLToPath(import.meta.url))
const run = promisify(execFile)

/** Whether wrk can be used. */
export const hasWrk = (() => {
  try {
    execFileSync('which', ['wrk'])
    return true
  } catch {
    return false
  }
})()

/** Writes the requests to a file both generators read: a length line, then the bytes. */
export function writeRequests(file: string, port: number, token: string, calls: readonly Call[]): void {
  writeFileSync(
    file,
    Buffer.concat(
      calls.flatMap(({ method, path, body }) => {
        const content =
          body === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
        const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: application/json\r\nAuthorization: Bearer ${token}\r\n${content}\r\n`
        const bytes = Buffer.from(head + (body ?? ''))
        return [Buffer.from(`${bytes.length}\n`), bytes]
      }),
    ),
  )
}

/** Sends the file's requests over `connections` for `seconds`. */
export async function load(options: {
  file: string
  port: number
  connections: number
  seconds: number
  offset: number
}): Promise<Figures> {
  const { file, port, connections, seconds, offset } = options
  const { stdout } = hasWrk
    ? await run('wrk', [
        '-t1',
        `-c${connections}`,
        `-d${seconds}s`,
        '--timeout',
        '30s',
        '-s',
        join(here, 'replay.lua'),
        `http://127.0.0.1:${port}`,
        '--',
        file,
        String(offset),
      ])
    : await run(process.execPath, [
        fileURLToPath(import.meta.url),
        file,
        String(port),
        String(connections),
        String(seconds),
        String(offset),
      ])
  const line = /JSON (.*)/.exec(stdout)
  if (!line) throw new Error(`The load generator printed no figures:\n${stdout}`)
  return JSON.parse(line[1]!) as Figures
}

function readRequests(file: string): Buffer[] {
  const bytes = readFileSync(file)
  const requests: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at)
    const length = Number(bytes.toString('latin1', at, end))
    requests.push(bytes.subarray(end + 1, end + 1 + length))
    at = end + 1 + length
  }
  return requests
}

/** Length of the first whole answer in `bytes`, or 0 when it is not there yet. */
function answerLength(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const head = bytes.toString('latin1', 0, end)
  const length = /content-length: (\d+)/i.exec(head)
  if (length) return bytes.length >= end + 4 + Number(length[1]) ? end + 4 + Number(length[1]) : 0
  if (/ 204 | 304 /.test(head.slice(0, 16))) return end + 4
  const last = bytes.indexOf('0\r\n\r\n', end + 4)
  return last < 0 ? 0 : last + 5
}

function generate(file: string, port: number, connections: number, seconds: number, offset: number): void {
  const requests = readRequests(file)
  const latencies: number[] = []
  const until = performance.now() + seconds * 1000
  const started = performance.now()
  let next = offset,
    failed = 0,
    open = connections
  const finish = () => {
    if (--open > 0) return
    latencies.sort((a, b) => a - b)
    const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0
    const figures: Figures = {
      requests: latencies.length,
      seconds: (performance.now() - started) / 1000,
      p50: at(0.5),
      p99: at(0.99),
      failed,
    }
    process.stdout.write(`JSON ${JSON.stringify(figures)}\n`)
  }
  for (let i = 0; i < connections; i++) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let sent = 0
    let rest: Buffer = Buffer.alloc(0)
    const send = () => {
      if (performance.now() >= until) return void socket.end()
      sent = performance.now()
      socket.write(requests[next++ % requests.length]!)
    }
    socket.on('connect', send)
    socket.on('data', (chunk) => {
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      const length = answerLength(rest)
      if (length === 0) return
      if (rest[9] !== 50) failed++
      latencies.push(performance.now() - sent)
      rest = rest.subarray(length)
      send()
    })
    socket.on('error', () => {
      failed++
    })
    socket.on('close', finish)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, port, connections, seconds, offset] = process.argv.slice(2)
  generate(file!, Number(port), Number(connections), Number(seconds), Number(offset))
}
