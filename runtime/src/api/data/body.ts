// The JSON body of a request: content type, size, depth, and the exact place where it stops being JSON.
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { checkContentType } from './headers.ts'

const maxDepth = 32

/** Reads a request's JSON body. `contentType`: the header, for those who have read the headers already. */
export async function readBody(
  request: Request,
  contentType = request.headers.get('content-type'),
): Promise<JsonValue | Problem> {
  const wrongType = checkContentType(contentType ?? undefined)
  if (wrongType) return wrongType
  return parseBody(await request.text())
}

/** Parses a JSON text. Says where it is wrong or too deep. */
export function parseBody(text: string): JsonValue | Problem {
  const deep = tooDeepAt(text)
  if (deep !== undefined)
    return new Problem('limit.depth', {
      detail: `The body is nested more than ${maxDepth} levels deep`,
      target: 'body',
      position: deep,
    })
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    const position = faultOf(text)
    const detail = text.trim() === '' ? 'The body is empty' : `The body is not JSON from character ${position} on`
    return new Problem('request.malformed', {
      detail,
      target: 'body',
      position,
      hint: 'Send one JSON object; names and texts stand in double quotes',
    })
  }
}

/** Position of the bracket that goes too deep, or undefined. */
function tooDeepAt(text: string): number | undefined {
  if (text.length <= maxDepth) return undefined
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 34) i = endOfText(text, i)
    else if (code === 123 || code === 91) {
      if (++depth > maxDepth) return i
    } else if (code === 125 || code === 93) depth--
  }
  return undefined
}

/** Position of the quote that closes the text opened at `start`, or the end. */
function endOfText(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 92) i++
    else if (code === 34) return i
  }
  return text.length
}

const space = /[ \t\n\r]*/uy
const scalar =
  /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy
const name = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy

/** 0-based position of the first character that cannot stand where it stands. */
export function faultOf(text: string): number {
  let at = 0
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) at += found[0].length
    skipSpace()
    return found !== null
  }
  const skipSpace = () => {
    space.lastIndex = at
    at += space.exec(text)![0].length
  }
  const take = (char: string): boolean => {
    if (text[at] !== char) return false
    at++
    skipSpace()
    return true
  }
  const open: string[] = []
  skipSpace()
  for (;;) {
    if (take('{')) {
      if (!take('}')) {
        open.push('}')
        if (!skip(name) || !take(':')) return at
        continue
      }
    } else if (take('[')) {
      if (!take(']')) {
        open.push(']')
        continue
      }
    } else if (!skip(scalar)) return at
    while (open.length > 0 && take(open.at(-1)!)) open.pop()
    if (open.length === 0) return at
    if (!take(',')) return at
    if (open.at(-1) === '}' && (!skip(name) || !take(':'))) return at
  }
}

/** The body as an object. throws: Problem. */
export function asObject(body: JsonValue): JsonObject {
  if (isJsonObject(body)) return body
  throw new Problem('request.malformed', { detail: 'The body must be a JSON object', pointer: '' })
}
