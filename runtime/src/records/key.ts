// Which stored records rows mean by a key: the id, a unique field, or the fields of an alternate key together. Decides what is
// a key, and that a key stands once in a request; what becomes of the row is decided by whoever asks.
import { readableWire } from '@peyvand/core/access/field.ts'
import { isJsonObject, plainText, type JsonValue } from '@peyvand/core/base/json.ts'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Entity, Field, Id } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../context.ts'
import { spell } from './import/compare.ts'
import { readInput } from './input.ts'
import { findIn } from './select.ts'

/** A column of a key. */
interface Part {
  readonly field: string
  readonly column: string
  readonly kind: ValueKind
}

/** What a row means: the id of the record that has its key, nothing when there is none, or why it cannot be said. */
export type Meant = Id | undefined | Problem

/** The records that rows mean by a key. throws: Problem when the fields are no key. */
export async function meantByKey(
  context: Context,
  entity: Entity,
  key: readonly string[],
  rows: readonly unknown[],
): Promise<Meant[]> {
  const parts = partsOf(context, entity, key)
  const texts = rows.map((row) => (key[0] === 'id' ? idText(row) : keyText(context, entity, parts, row)))
  const values = [...new Set(texts.flatMap((text) => (text instanceof Problem ? [] : [firstOf(text)])))]
  const select = [['id'], ...parts.map(({ column }) => [column])]
  const found = new Map<string, Id>()
  for (let at = 0; at < values.length; at += together)
    for (const record of await findIn(context, entity, [parts[0]!.column], values.slice(at, at + together), select))
      found.set(textOf(parts, record), plainText(record['id']))
  return onceEach(texts, (text) => found.get(text))
}

/** The ids that rows give (`{"id": …}` or the id alone); whether there are such records is not asked. */
export function meantById(rows: readonly unknown[]): (Id | Problem)[] {
  return onceEach(rows.map(idText), firstOf)
}

/** unit: values looked for by one statement. */
const together = 1_000

const firstOf = (text: string): string => (JSON.parse(text) as string[])[0]!

function onceEach<T>(texts: readonly (string | Problem)[], meaning: (text: string) => T): (T | Problem)[] {
  const seen = new Map<string, number>()
  return texts.map((text, place) => {
    if (text instanceof Problem) return text
    const before = seen.get(text)
    if (before !== undefined) return twice(before)
    seen.set(text, place)
    return meaning(text)
  })
}

function twice(before: number): Problem {
  return new Problem('conflict.duplicate', {
    detail: `Row ${before} of this request has the same key`,
    pointer: '',
    hint: 'Send each record once',
  })
}

/** The columns of a key. throws: Problem when no record is found by these fields alone. */
function partsOf({ model, actor }: Context, entity: Entity, key: readonly string[]): Part[] {
  if (key.length === 1 && key[0] === 'id') return [{ field: 'id', column: 'id', kind: 'uuid' }]
  const known = new Set([...readableWire(model, actor, entity.id).properties.values()].map(({ field }) => field))
  const fields = key.flatMap((name) => entity.fields.find((each) => each.name === name && known.has(each)) ?? [])
  const [only] = fields
  const isUnique = fields.length === 1 && only!['unique'] === true
  const isKey = entity.keys.some(
    (each) => each.fields.length === key.length && each.fields.every((name) => key.includes(name)),
  )
  if (fields.length !== key.length || !(isUnique || isKey))
    throw new Problem('request.unknown', {
      detail: `"${key.join(',').slice(0, 100)}" is no key of "${entity.entitySet}"`,
      target: 'key',
      pointer: '/key',
      hint: `It has: ${['id', ...keysWithin(entity, known).map((each) => each.fields.join(','))].join(' · ')}`,
    })
  return fields.map((field) => {
    const { suffix, kind } = typeOf(field).columns(field)[0]!
    return { field: field.name, column: field.name + suffix, kind }
  })
}

/** The keys whose fields are all among these. */
function keysWithin(entity: Entity, fields: ReadonlySet<Field>): Entity['keys'] {
  const names = new Set([...fields].map(({ name }) => name))
  return entity.keys.filter((key) => key.fields.every((name) => names.has(name)))
}

function idText(row: unknown): string | Problem {
  const id: JsonValue | undefined = typeof row === 'string' ? row : isJsonObject(row) ? row['id'] : undefined
  if (isUuid(id)) return JSON.stringify([id.toLowerCase()])
  return new Problem('request.type', { detail: 'The id of a record (a UUID) is expected', pointer: '/id' })
}

/** The values of a row's key in one spelling, however they are written. */
function keyText(context: Context, entity: Entity, parts: readonly Part[], row: unknown): string | Problem {
  if (!isJsonObject(row)) return new Problem('request.malformed', { detail: 'A row is a JSON object', pointer: '' })
  const { id: _, ...body } = row
  const input = readInput(context, entity, body, 'update')
  if (input instanceof Problem) return input
  const missing = parts.find(({ column }) => (input.values[column] ?? null) === null)
  if (missing !== undefined)
    return new Problem('check.required', {
      detail: `The key needs a value for "${missing.field}"`,
      pointer: `/${missing.field}`,
    })
  return textOf(parts, input.values)
}

function textOf(parts: readonly Part[], values: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(parts.map(({ column, kind }) => spell(kind, values[column] as string)))
}
