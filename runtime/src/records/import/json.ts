// Records out of JSON text as it arrives: a list of objects, an answer of the data service ({"value": […]}) or one
// object per line. Nothing larger than one record is held.
import { isJsonObject, type JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'

/** unit: characters. A record longer than this is refused, so that a broken file cannot fill the memory. */
const longestRecord = 4_000_000

/** Every record of the text. throws: Problem (request.malformed) that says which record cannot be read. */
export async function* readJson(texts: AsyncIterable<string>): AsyncGenerator<JsonObject> {
  const scan = new Scan()
  let count = 0
  for await (const text of texts) {
    for (const record of scan.push(text)) yield parseRecord(record, ++count)
  }
  if (scan.open) throw malformed(count + 1, 'the file ends in the middle of it')
}

function parseRecord(text: string, number: number): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw malformed(number, error instanceof Error ? error.message : 'it is no JSON')
  }
  if (!isJsonObject(value)) throw malformed(number, 'it is no object')
  return value
}

function malformed(number: number, why: string): Problem {
  return new Problem('request.malformed', {
    target: 'file',
    detail: `Record ${number} of the JSON file cannot be read: ${why}.`,
  })
}

/** Cuts text into the objects that stand directly in the outermost list (or on the lines, when there is no list). */
class Scan {
  private held = ''
  private depth = 0
  private quoted = false
  private escaped = false
  private wrapped = false
  private started = false
  /** True in the middle of a record. */
  get open(): boolean {
    return this.depth > 0
  }

  *push(text: string): Generator<string> {
    let from = this.depth > 0 ? 0 : -1
    for (let i = 0; i < text.length; i++) {
      const char = text[i]!
      if (this.quoted) this.inQuotes(char)
      else if (char === '"') this.quoted = true
      else if (char === '{') {
        if (this.depth++ === 0) from = i
      } else if (
        char === '[' &&
        this.depth === 1 &&
        !this.started &&
        this.unwraps(text.slice(from < 0 ? 0 : from, i))
      ) {
        ;[this.depth, this.held, from] = [0, '', -1]
      } else if (char === '}' && this.depth > 0 && --this.depth === 0) {
        yield this.held + text.slice(from, i + 1)
        ;[this.held, from, this.started] = ['', -1, true]
      } else if (
        char === '}' ||
        ((char === ']' || char === ',' || char === '[') && this.depth === 0) ||
        this.depth > 0 ||
        /\s|\uFEFF/.test(char)
      )
        continue
      else if (this.wrapped) continue
      else
        throw new Problem('request.malformed', {
          detail: `A JSON file for import is a list of objects; there is "${char}" between the records.`,
          target: 'file',
        })
    }
    if (this.depth > 0) this.held += text.slice(Math.max(from, 0))
    if (this.held.length > longestRecord)
      throw new Problem('limit.size', { detail: `A record is longer than ${longestRecord} characters.` })
  }

  private inQuotes(char: string): void {
    if (this.escaped) this.escaped = false
    else if (char === '\\') this.escaped = true
    else if (char === '"') this.quoted = false
  }

  /** Whether the list that begins here is the `value` of an answer of the data service. */
  private unwraps(before: string): boolean {
    this.wrapped = /"value"\s*:\s*$/.test(this.held + before)
    return this.wrapped
  }
}
