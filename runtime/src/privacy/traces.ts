// What a person can be told by: e-mail addresses, phone numbers, numbers that stand for them, their full names, as they are and
// as they were. Looked for where values lie outside of the person's own records: answers that were kept, files that were
// imported, texts that mention them. A word that many people have in common is no trace.
import { identifies, personalFields, personalOf, type PersonalCategory } from '@peyvand/core/model/personal.ts'
import { latinDigits } from '@peyvand/core/base/digits.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Target } from '../records/cascade/reach.ts'
import { tableOf } from './person.ts'

/** What one text says of who it is. */
export interface Trace {
  readonly text: string
  /** Its digits are what counts, however they are set apart. */
  readonly phone?: true
}

type Place = Pick<Context, 'model' | 'database' | 'schema'>

/** The traces of a person: of what the records say now, and of what the log says they said. */
export async function tracesOf(place: Place, persons: readonly Target[]): Promise<Trace[]> {
  const found = new Map<string, Trace>()
  for (const [entity, group] of Map.groupBy(persons, (person) => person.entity)) {
    const columns = tellingColumns(entity)
    if (columns.length === 0) continue
    const ids = group.map(({ id }) => id)
    for (const record of [...(await storedOf(place, entity, ids, columns)), ...(await loggedOf(place, entity, ids))])
      for (const trace of tracesIn(record, columns)) found.set(trace.text, trace)
  }
  return [...found.values()]
}

interface TellingColumn {
  readonly name: string
  readonly category: PersonalCategory
  readonly phone: boolean
  /** A template or a first name alone: only together with others does it tell anybody. */
  readonly field: Field
}

function tellingColumns(entity: Entity): TellingColumn[] {
  return personalFields(entity)
    .filter(identifies)
    .flatMap((field) =>
      typeOf(field)
        .columns(field)
        .filter(({ kind, virtual }) => kind === 'text' && virtual !== true)
        .map(({ suffix }) => ({
          name: field.name + suffix,
          category: personalOf(field)!.category,
          phone: field['format'] === 'phone',
          field,
        })),
    )
}

type Row = Readonly<Record<string, unknown>>

async function storedOf(
  place: Place,
  entity: Entity,
  ids: readonly string[],
  columns: readonly TellingColumn[],
): Promise<Row[]> {
  const list = columns.map(({ name }) => `"${name}"`).join(', ')
  const text = `select ${list} from ${tableOf(place, entity)} where "id" = any($1::uuid[])`
  return (await place.database.query<Row>({ text, values: [ids] })).rows
}

async function loggedOf({ database, schema }: Place, entity: Entity, ids: readonly string[]): Promise<Row[]> {
  const { rows } = await database.query<{ before: Row | null; after: Row | null }>({
    text: `select a."before", a."after" from "${schema}"."_audit" a
      where a."record_id" = any($1::uuid[]) and a."entity_id" = $2::uuid order by a."at" desc limit 5000`,
    values: [ids, entity.id],
  })
  return rows.flatMap(({ before, after }) => [before ?? {}, after ?? {}])
}

function tracesIn(record: Row, columns: readonly TellingColumn[]): Trace[] {
  const traces: Trace[] = []
  const names: string[] = []
  for (const { name, category, phone } of columns) {
    const value = record[name]
    const text = typeof value === 'string' ? value.trim() : ''
    if (text === '') continue
    if (category === 'name') names.push(text)
    if (phone) {
      if (latinDigits(text).replace(/\D/g, '').length >= 7) traces.push({ text, phone: true })
    } else if (tells(text, category)) traces.push({ text })
  }
  // First and last name stand in fields of their own, and in texts beside each other.
  const [first, second] = names.filter((name) => !name.includes(' '))
  if (first !== undefined && second !== undefined)
    for (const both of [`${first} ${second}`, `${second} ${first}`, `${second}, ${first}`])
      if (tells(both, 'name')) traces.push({ text: both })
  return traces
}

/** Whether a text alone is enough to know who is meant. */
function tells(text: string, category: PersonalCategory): boolean {
  if (text.startsWith('Erased ') || text.endsWith('@invalid.invalid')) return false
  return category === 'name' ? text.length >= 7 && text.includes(' ') : text.length >= 5
}

/** Letters that people and keyboards write in two ways. */
const alike = ['یيى', 'کك', 'هة', 'اآأإ'] as const
const digits = (digit: string): string =>
  `[${digit}${String.fromCharCode(0x0660 + Number(digit))}${String.fromCharCode(0x06f0 + Number(digit))}]`

/** What a word is made of, code by code: PostgreSQL's own classes depend on the collation. Thai has no signs between words. */
const word = '0-9A-Za-zÀ-ÖØ-öø-ɏͰ-ϿЀ-ӿؠ-ي٠-٩ٮ-ۓ۰-۹'
/** A name is none in the middle of a longer one. What stands for a sign in an address or in JSON is no part of a word. */
const begins = `(?:(?<![${word}])|(?<=%[0-9A-Fa-f]{2})|(?<=\\\\[bfnrt]))`
const ends = `(?![${word}])`

/** A trace as a regular expression that JavaScript and PostgreSQL read alike; letter case does not count. */
export function patternOf({ text, phone }: Trace): string {
  if (phone === true) {
    // The last digits are the number; what stands before them is country and trunk, written or not.
    const all = latinDigits(text).replace(/\D/g, '')
    return `${Array.from(all.slice(-9), digits).join('[ ()./-]{0,3}')}${ends}`
  }
  const plain = Array.from(text, signPattern).join('').replace(/( )+/g, '(?: |\\+|%20)+')
  const encoded = encodeURIComponent(text)
  const either = encoded === text || /\s/.test(text) ? plain : `${plain}|${Array.from(encoded, signPattern).join('')}`
  return `${begins}(?:${either})${ends}`
}

function signPattern(sign: string): string {
  if (/\s/.test(sign)) return ' '
  const letters = alike.find((some) => some.includes(sign))
  if (letters !== undefined) return `[${letters}]`
  const digit = latinDigits(sign)
  if (/^\d$/.test(digit)) return digits(digit)
  return sign.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** All traces as one expression; undefined where there are none. */
export function patternFor(traces: readonly Trace[]): string | undefined {
  return traces.length === 0 ? undefined : traces.map((trace) => `(?:${patternOf(trace)})`).join('|')
}

/** What stands in a text where a person was mentioned. */
export const erasedMark = '[erased]'
