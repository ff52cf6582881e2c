// The JSON body of a request to a route that is not the data service: the same reader, its problems thrown. Texts that no
// database can hold are refused here, for all of these routes alike; the data service leaves that to its types.
import type { Context as HonoContext } from 'hono'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { parseBody, readBody as read } from './data/body.ts'

/** Reads the body of a request. throws: Problem that says where it stops being JSON. */
export async function readBody(c: HonoContext): Promise<JsonValue> {
  return storable(must(await read(c.req.raw)))
}

/** Reads a body that must be an object. throws: Problem. */
export async function readObject(c: HonoContext): Promise<JsonObject> {
  return asObject(await readBody(c))
}

/** An object out of a body that was read as text. throws: Problem. */
export function objectOf(text: string): JsonObject {
  return asObject(storable(must(parseBody(text))))
}

function asObject(body: JsonValue): JsonObject {
  if (!isJsonObject(body)) throw new Problem('request.malformed', { detail: 'A JSON object is expected', pointer: '' })
  return body
}

/** The value itself. throws: Problem at the first text with a NUL or with half a character. */
function storable(value: JsonValue): JsonValue {
  const at = unstorableAt(value)
  if (at === undefined) return value
  throw new Problem('check.invalid', {
    detail: 'A text has the character NUL or half of a character, which cannot be stored',
    pointer: pointer(...at),
  })
}

/** Where the first such text is: in a name, the object that has it. */
function unstorableAt(value: JsonValue): string[] | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : []
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, inner] of Object.entries(value)) {
    if (!isStorable(name)) return []
    const below = unstorableAt(inner)
    if (below) return [name, ...below]
  }
  return undefined
}

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()
