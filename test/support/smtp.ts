// A mail server that takes everything and keeps it, for tests: as much of SMTP as a client needs that sends with a name and a
// password over a connection of this machine.
import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

export interface TakenMail {
  readonly from: string
  readonly to: readonly string[]
  /** Header lines by lower-case name; those that go on over several lines are one. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface MailServer {
  readonly port: number
  readonly mails: readonly TakenMail[]
  /** Names and passwords that were given. */
  readonly logins: readonly string[]
  stop(): Promise<void>
}

/** Starts a mail server on a free port. `refuses`: it takes no mail. */
export async function startMailServer({ refuses = false }: { readonly refuses?: boolean } = {}): Promise<MailServer> {
  const mails: TakenMail[] = []
  const logins: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => undefined))
    converse(socket, { refuses, took: (mail) => void mails.push(mail), login: (given) => void logins.push(given) })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    logins,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

interface Listening {
  readonly refuses: boolean
  readonly took: (mail: TakenMail) => void
  readonly login: (given: string) => void
}

function converse(socket: Socket, { refuses, took, login }: Listening): void {
  let from = ''
  let to: string[] = []
  let content: string[] | undefined
  let rest = ''
  const answers: readonly (readonly [RegExp, (given: string) => string])[] = [
    [/^EHLO/i, () => '250-test\r\n250 AUTH PLAIN'],
    [/^AUTH PLAIN (.*)/i, (given) => (login(Buffer.from(given, 'base64').toString().slice(1)), '235 in')],
    [/^MAIL FROM:<(.*?)>/i, (given) => ((from = given), '250 so')],
    [/^RCPT TO:<(.*?)>/i, (given) => (refuses ? '550 nobody here' : (to.push(given), '250 so'))],
    [/^DATA/i, () => ((content = []), '354 go on')],
    [/^QUIT/i, () => '221 bye'],
  ]
  const line = (text: string): void => {
    if (content === undefined) {
      const [found] = answers.flatMap(([pattern, answer]) => {
        const match = pattern.exec(text)
        return match === null ? [] : [answer(match[1] ?? '')]
      })
      return void socket.write(`${found ?? '250 so'}\r\n`)
    }
    if (text !== '.') return void content.push(text.startsWith('..') ? text.slice(1) : text)
    took({ from, to, ...readMail(content) })
    ;[content, to] = [undefined, []]
    socket.write('250 taken\r\n')
  }
  socket.write('220 test\r\n')
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\r\n')
    rest = lines.pop()!
    for (const each of lines) line(each)
  })
}

function readMail(lines: readonly string[]): Pick<TakenMail, 'headers' | 'body'> {
  const end = lines.indexOf('')
  const head = lines
    .slice(0, end)
    .join('\n')
    .replaceAll(/\n[ \t]+/g, ' ')
    .split('\n')
  const headers = new Map(head.map((line) => [line.split(':', 1)[0]!.toLowerCase(), line.replace(/^[^:]*:\s*/, '')]))
  const raw = lines.slice(end + 1).join('\n')
  const way = headers.get('content-transfer-encoding')
  if (way === 'base64') return { headers, body: Buffer.from(raw, 'base64').toString() }
  if (way !== 'quoted-printable') return { headers, body: raw }
  const bytes = raw
    .replaceAll('=\n', '')
    .replaceAll(/=([\dA-F]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
  return { headers, body: Buffer.from(bytes, 'latin1').toString() }
}
