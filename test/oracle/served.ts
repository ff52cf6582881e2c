// A server of this process: the real app over a fresh database, asked without a socket. Signs the administrator in like anybody
// else, by e-mail and password; everybody comes in by a key.
import { buildApp } from '@peyvand/runtime/server.ts'
import { openPlatform } from '@peyvand/runtime/index.ts'
import { readConfig } from '@peyvand/runtime/config.ts'
import { prepare } from '@peyvand/runtime/cli/prepare.ts'
import { Metrics } from '@peyvand/runtime/observe.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { freshDatabase } from '../support/database.ts'
import { adminEmail, adminPassword, type Engine } from '../support/server.ts'

/** What came back: status, headers and the body, parsed where it is JSON. */
export interface Heard {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

export interface Asking {
  readonly method: string
  /** From the server's root. */
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** An open stream of events. */
export interface Listening {
  /** What came until this text did, or until so many milliseconds are over. */
  until(text: string, most: number): Promise<string>
  end(): Promise<void>
}

export interface Served {
  readonly platform: RunningPlatform
  readonly adminKey: string
  ask(key: string, asking: Asking): Promise<Heard>
  /** Listens to what happens, as somebody. */
  listen(key: string): Promise<Listening>
  /** Rows of a statement on the database itself. */
  query<T>(text: string, values?: readonly unknown[]): Promise<T[]>
  /** Closes the database and leaves it where it is; once. */
  close(): Promise<void>
  /** Closes and removes what was made for it. */
  stop(): Promise<void>
}

const origin = 'http://127.0.0.1'

/** Settings of such a server: nothing that counts requests. */
export const settings: Readonly<Record<string, string>> = {
  SOLUTIONS: 'none',
  DEMO: '0',
  ADMIN_EMAIL: adminEmail,
  ADMIN_PASSWORD: adminPassword,
  RATE_LIMIT: '0',
  USER_REQUESTS: '0',
  ANONYMOUS_LIMIT: '0',
  SIGN_IN_LIMIT: '0',
  PUBLIC_URL: origin,
}

/** Opens a server on a fresh database of an engine. */
export async function serve(engine: Engine): Promise<Served & { readonly env: Readonly<Record<string, string>> }> {
  const fresh = await freshDatabase(engine, settings)
  try {
    const served = await serveOn(fresh.env)
    return {
      ...served,
      env: fresh.env,
      stop: async () => {
        await served.close()
        await fresh.remove()
      },
    }
  } catch (error) {
    await fresh.remove()
    throw error
  }
}

/** Opens a server with these settings; a key of the administrator is made unless one is given. */
export async function serveOn(env: Readonly<Record<string, string>>, key?: string): Promise<Served> {
  const platform = await openPlatform(readConfig(env), { serves: true })
  try {
    await prepare(platform, () => undefined)
    const streams = new Set<() => void>()
    const app = await buildApp(platform, { metrics: new Metrics(), streams, isStopping: () => false })
    const ask = async (as: string, { method, path, body, headers = {} }: Asking): Promise<Heard> => {
      const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
      const answer = await app.request(origin + path, {
        method,
        headers: {
          ...(as === '' ? {} : { authorization: `Bearer ${as}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(sent === undefined ? {} : { body: sent }),
      })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, text, json: parsed(text) }
    }
    const adminKey = key ?? (await signedIn(ask))
    let closing: Promise<void> | undefined
    const close = (): Promise<void> => {
      for (const end of streams) end()
      return (closing ??= platform.close())
    }
    return {
      platform,
      adminKey,
      ask,
      listen: async (as) => {
        const headers = { authorization: `Bearer ${as}` }
        return listening(await app.request(`${origin}/api/events`, { headers }))
      },
      query: async <T>(text: string, values: readonly unknown[] = []) =>
        (await platform.database.query<T & object>({ text, values: [...values] })).rows as T[],
      close,
      stop: close,
    }
  } catch (error) {
    await platform.close()
    throw error
  }
}

function listening({ body }: Response): Listening {
  const reader = body!.getReader()
  const decoder = new TextDecoder()
  let came = ''
  return {
    async until(text, most) {
      const over = new Promise<undefined>((resolve) => setTimeout(resolve, most))
      while (!came.includes(text)) {
        const read = await Promise.race([reader.read(), over])
        if (read === undefined || read.done) break
        came += decoder.decode(read.value, { stream: true })
      }
      return came
    },
    end: () => reader.cancel(),
  }
}

async function signedIn(ask: Served['ask']): Promise<string> {
  const signIn = await ask('', {
    method: 'POST',
    path: '/api/auth/sign-in/email',
    body: { email: adminEmail, password: adminPassword },
    headers: { origin },
  })
  const cookie = signIn.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')
  const made = await ask('', {
    method: 'POST',
    path: '/api/keys',
    body: { name: 'oracle' },
    headers: { origin, cookie },
  })
  const { key } = (made.json ?? {}) as { key?: string }
  if (key === undefined) throw new Error(`no key: ${signIn.status} ${signIn.text} ${made.status} ${made.text}`)
  return key
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
