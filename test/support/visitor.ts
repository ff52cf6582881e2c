// A browser without pages, for API tests: keeps the cookies it is given and sends them back from its own origin.
import type { TestServer } from './server.ts'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly json: Record<string, unknown>
  readonly text: string
}

/** Somebody at a browser. */
export class Visitor {
  readonly cookies = new Map<string, string>()
  readonly #server: Pick<TestServer, 'url'>

  constructor(server: Pick<TestServer, 'url'>) {
    this.#server = server
  }

  /** Sends a request and takes the cookies of its answer. */
  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const url = this.#server.url
    const answer = await fetch(path.startsWith('http') ? path : url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.cookies.size > 0 ? { cookie: this.cookie } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        origin: url,
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = cookie.split(';')
      const at = pair!.indexOf('=')
      const [name, value] = [pair!.slice(0, at), pair!.slice(at + 1)]
      if (value === '' || attributes.some((each) => /max-age=0/i.test(each))) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    const text = await answer.text()
    let json = {}
    try {
      json = JSON.parse(text) as Record<string, unknown>
    } catch {
      // No JSON.
    }
    return { status: answer.status, headers: answer.headers, json, text }
  }

  post(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Reply> {
    return this.ask('POST', `/api/auth${path}`, body, headers)
  }

  signIn(email: string, password: string): Promise<Reply> {
    return this.post('/sign-in/email', { email, password })
  }

  /** What `/api/me` answers: 200 for who is in. */
  async status(at: Pick<TestServer, 'url'> = this.#server): Promise<number> {
    return (await this.ask('GET', `${at.url}/api/me`)).status
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }
}
