// A server that is told things, for tests of webhooks: it keeps what it hears, and behaves as each of its paths is told to.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Heard {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** unit: milliseconds since the process began */
  readonly at: number
}

export interface Told {
  readonly type: string
  readonly timestamp: string
  readonly data: {
    readonly entity: string
    readonly id: string
    readonly change: string
    readonly version?: number
    readonly by?: string
    readonly changes?: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>
    readonly record: Readonly<Record<string, unknown>> | null
    readonly cut?: true
  }
}

type Behaviour = (answer: ServerResponse, request: IncomingMessage, count: number) => void

export class Target {
  readonly heard: Heard[] = []
  readonly #behaviours = new Map<string, Behaviour>()
  readonly #server = createServer((request, answer) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => undefined)
    request.on('end', () => {
      const path = request.url ?? ''
      const body = Buffer.concat(chunks).toString()
      this.heard.push({ path, headers: request.headers, body, at: performance.now() })
      const behave = this.#behaviours.get(path) ?? ((to: ServerResponse) => void to.writeHead(204).end())
      behave(answer, request, this.at(path).length)
    })
  })
  url = ''

  async start(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  /** How a path answers from now on. */
  behave(path: string, behaviour: Behaviour): void {
    this.#behaviours.set(path, behaviour)
  }

  /** Everything a path was sent, in order. */
  at(path: string): Heard[] {
    return this.heard.filter((each) => each.path === path)
  }

  /** The events a path was told of, in order; lists taken apart. */
  told(path: string): Told[] {
    return this.at(path).flatMap(({ body }) => {
      const value = JSON.parse(body) as Told | Told[]
      return Array.isArray(value) ? value : [value]
    })
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }
}
