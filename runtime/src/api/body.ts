// The JSON body of a request to a route that is not the data service: the same reader, its problems thrown.
import type { Context as HonoContext } from 'hono'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { readBody as read } from './data/body.ts'

/** Reads the body of a request. throws: Problem that says where it stops being JSON. */
export async function readBody(c: HonoContext): Promise<JsonValue> {
  return must(await read(c.req.raw))
}

/** Reads a body that must be an object. throws: Problem. */
export async function readObject(c: HonoContext): Promise<JsonObject> {
  const body = await readBody(c)
  if (!isJsonObject(body)) throw new Problem('request.malformed', { detail: 'A JSON object is expected' })
  return body
}
