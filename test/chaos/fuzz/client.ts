// A client that sends what it is told, as it is told: no address is tidied, connections are kept alive, and what is not
// answered in time counts as a hang.
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import type { FuzzRequest } from './requests.ts'

export interface FuzzAnswer {
  /** 0 when there was none. */
  readonly status: number
  readonly type: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** Why there is no answer. */
  readonly failure?: string
}

/** unit: characters; answers are cut there, and refusals are shorter. */
const most = 1_000_000

export class FuzzClient {
  readonly #agent: Agent
  readonly #url: URL
  readonly #key: string
  readonly #timeout: number

  constructor(url: string, key: string, { connections, timeout }: { connections: number; timeout: number }) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
    this.#url = new URL(url)
    this.#key = key
    this.#timeout = timeout
  }

  /** Never rejects: what goes wrong is part of the answer. */
  send({ method, path, headers, body }: FuzzRequest): Promise<FuzzAnswer> {
    return new Promise((resolve) => {
      const none = (failure: string): void => resolve({ status: 0, type: '', headers: {}, text: '', failure })
      let outgoing
      try {
        outgoing = httpRequest({
          agent: this.#agent,
          host: this.#url.hostname,
          port: this.#url.port,
          method,
          path: sendable(path),
          headers: { authorization: `Bearer ${this.#key}`, ...headers },
        })
      } catch (error) {
        return none(`not sent: ${String(error)}`)
      }
      const timer = setTimeout(() => outgoing.destroy(new Error('hang')), this.#timeout)
      outgoing.on('response', (incoming) => {
        const type = incoming.headers['content-type'] ?? ''
        const done = (text: string): void => {
          clearTimeout(timer)
          resolve({ status: incoming.statusCode ?? 0, type, headers: incoming.headers, text })
        }
        if (type.startsWith('text/event-stream')) {
          incoming.once('data', () => {
            done('')
            outgoing.destroy()
          })
          incoming.on('error', () => undefined)
          return
        }
        let text = ''
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => {
          if (text.length < most) text += chunk
        })
        incoming.on('end', () => done(text))
        incoming.on('error', (error) => {
          clearTimeout(timer)
          none(String(error))
        })
      })
      outgoing.on('error', (error) => {
        clearTimeout(timer)
        none(error.message)
      })
      outgoing.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** What cannot stand in a request line is percent-encoded, all else stays as broken as it is. */
function sendable(path: string): string {
  return path.toWellFormed().replaceAll(/[^\u0021-\u007e]/gu, (character) => encodeURIComponent(character))
}
