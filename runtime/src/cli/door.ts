// The one door a command goes through: the HTTP API of a running server, or the same API in this process, straight on the
// database and as the system itself. A command is written once and cannot tell the two apart.
import { Problem, problemCodes, type ProblemCode } from '@peyvand/core/base/problem.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { textOption, WrongUse, type Call } from './command.ts'

export interface Door {
  /** Sends a request to a path of the API. throws: Problem when there is no answer. */
  fetch(path: string, init?: RequestInit & { readonly duplex?: 'half' }): Promise<Response>
  /** Does durable work in this process until it is told to stop; absent where a server does it. */
  work?(): Promise<() => Promise<void>>
  close(): Promise<void>
}

/** Opens the door a command was called with. throws: Problem that says what to do when it stays shut. */
export async function openDoor(call: Call): Promise<Door> {
  const url = textOption(call, 'url')
  if (url !== undefined) return openRemote(url, call.env['PEYVAND_KEY'])
  return (await import('./local.ts')).openLocal(call.env)
}

function openRemote(url: string, key: string | undefined): Door {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new WrongUse(`"${url}" is no address.`, 'Write it as --url http://127.0.0.1:3000')
  if (!key)
    throw new WrongUse(
      'There is no API key for the server.',
      'Put one into the environment variable PEYVAND_KEY; peyvand key create makes one.',
    )
  return {
    async fetch(path, init) {
      const headers = new Headers(init?.headers)
      headers.set('authorization', `Bearer ${key}`)
      try {
        return await fetch(new URL(path, url), { ...init, headers })
      } catch (error) {
        const cause = (error as { cause?: { code?: string } }).cause?.code
        throw new Problem('internal.unavailable', {
          detail: `No server answers at ${url}${cause ? ` (${cause})` : ''}.`,
          hint: 'Is it running? peyvand serve starts one.',
        })
      }
    },
    close: () => Promise.resolve(),
  }
}

/** Asks for JSON and gives it back. throws: the Problem that the API answered. */
export async function ask(door: Door, method: string, path: string, body?: JsonValue): Promise<JsonValue> {
  const init =
    body === undefined
      ? { method }
      : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const answer = await door.fetch(path, init)
  if (!answer.ok) throw await problemOf(answer)
  return answer.status === 204 ? null : ((await answer.json()) as JsonValue)
}

/** The problem in an answer, whichever of the two envelopes it has. */
export async function problemOf(answer: Response): Promise<Problem> {
  const text = await answer.text()
  try {
    const json = JSON.parse(text) as JsonValue
    if (isJsonObject(json)) return isJsonObject(json['error']) ? fromOdata(json['error']) : problemFrom(json)
  } catch {
    // Not ours: said below.
  }
  return new Problem('internal.unavailable', {
    detail: `The server answered ${answer.status}${text ? `: ${text.slice(0, 200)}` : ''}`,
  })
}

/** A problem out of its JSON (RFC 9457). */
export function problemFrom(json: JsonObject): Problem {
  const problems = Array.isArray(json['problems']) ? json['problems'].filter(isJsonObject).map(problemFrom) : []
  return new Problem(codeOf(json['code']), {
    detail: textOf(json['detail']) ?? textOf(json['title']),
    pointer: textOf(json['pointer']),
    target: textOf(json['target']),
    hint: textOf(json['hint']),
    problems,
  })
}

function fromOdata(error: JsonObject): Problem {
  const inner = isJsonObject(error['innererror']) ? error['innererror'] : {}
  const problems = Array.isArray(error['details']) ? error['details'].filter(isJsonObject).map(fromOdata) : []
  return new Problem(codeOf(error['code']), {
    detail: textOf(error['message']),
    target: textOf(error['target']),
    hint: textOf(inner['hint']),
    problems,
  })
}

function codeOf(code: JsonValue | undefined): ProblemCode {
  return typeof code === 'string' && Object.hasOwn(problemCodes, code) ? (code as ProblemCode) : 'internal.unavailable'
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
