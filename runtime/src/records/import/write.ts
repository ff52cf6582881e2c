// The way of rows into records: lookups → records of lookups that may be made → bodies → what is there already → created, changed
// or left alone. A row fails alone; one that points at a row further down waits.
import { plainText, type JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import { readInput } from '../input.ts'
import { columnOf, setValue, type CellError, type ReadRow, type Wanted } from './cell.ts'
import type { Importing } from './importing.ts'
import { errorAt, locate } from './locate.ts'
import { lookupProblem, type Answer } from './lookup.ts'
import { keyText, placeRows, type ReadyRow } from './place.ts'
import type { Values } from './store.ts'

/** Writes rows that are seen for the first time. */
export async function takeRows(importing: Importing, rows: readonly ReadRow[]): Promise<void> {
  await importing.chunk({ upto: rows.at(-1)!.row.number }, async () => {
    importing.counts.rows += rows.length
    await writeRows(
      importing,
      rows.filter((read) => !refuse(importing, read)),
    )
  })
}

/** Rows whose cells are wrong are done with. */
function refuse(importing: Importing, read: ReadRow): boolean {
  const errors = read.row.excess === undefined ? read.errors : [...read.errors, tooLong()]
  if (errors.length > 0) importing.fail(read, errors)
  return errors.length > 0
}

function tooLong(): CellError {
  const problem = new Problem('request.malformed', { detail: 'The row has more cells than the file has columns' })
  return { column: '', value: '', problem }
}

/** Writes rows whose cells are right, inside of a chunk. */
export async function writeRows(importing: Importing, rows: readonly ReadRow[]): Promise<void> {
  if (rows.length === 0) return
  const { writer, plan, store, kinds, lookups } = importing
  const wanted = rows.flatMap((read) => read.wanted)
  await lookups.prepare(store, wanted)
  await createTargets(
    importing,
    wanted.filter((each) => !each.assignment.match!.self && lookups.answer(each) === undefined),
  )
  const ready = rows.filter((read) => resolve(importing, read)).flatMap((read) => readyRow(importing, read))
  await placeRows({ writer, plan, store, kinds, listener: importing }, ready)
}

/** Makes the records of lookups that may be made, each once. */
export async function createTargets({ writer, store, lookups }: Importing, wanted: readonly Wanted[]): Promise<void> {
  const wishes = Map.groupBy(
    wanted.filter(({ assignment }) => assignment.match!.create),
    ({ assignment }) => assignment,
  )
  for (const [{ match }, asked] of wishes) {
    const fresh = [...new Set(asked.map(({ text }) => text))].flatMap((text) => {
      const input = readInput(writer, match!.target, { [match!.path[0]!]: text }, 'create')
      return input instanceof Problem ? [] : [{ text, ...input }]
    })
    const ids = await store.create(match!.target, fresh)
    fresh.forEach(({ text }, place) => typeof ids[place] === 'string' && lookups.remember(match!, text, ids[place]))
  }
}

/** Puts the found ids into the body; false when the row failed or waits. */
function resolve(importing: Importing, read: ReadRow): boolean {
  const errors: CellError[] = []
  let waits = false
  for (const wanted of read.wanted) {
    const answer = importing.lookups.answer(wanted)
    if (answer !== undefined && answer !== 'many') setValue(read.body, wanted.assignment, answer.id)
    else if (answer === undefined && wanted.assignment.match!.self) waits ||= importing.circle === undefined
    else errors.push(notFound(wanted, answer))
  }
  if (errors.length > 0) importing.fail(read, errors)
  else if (waits) importing.hold(read)
  return errors.length === 0 && !waits
}

/** A lookup that leads to no record, or to several. */
export function notFound(wanted: Wanted, answer: Answer): CellError {
  return {
    column: columnOf(wanted.assignment),
    value: wanted.text,
    problem: lookupProblem(wanted.assignment, wanted.text, answer),
  }
}

/** The row as it can be written; nothing when it failed. */
function readyRow(importing: Importing, read: ReadRow): ReadyRow[] {
  const { writer, plan, kinds } = importing
  const { id, ...body } = read.body
  const input = readInput(writer, plan.entity, body, 'update')
  const errors =
    input instanceof Problem
      ? locate(plan, read, input)
      : keyErrors(importing, read, id === undefined ? input.values : { ...input.values, id })
  if (errors.length > 0) importing.fail(read, errors)
  if (input instanceof Problem || errors.length > 0) return []
  const key = plan.key.length === 0 ? {} : { key: keyText(plan.key, { ...input.values, id }, kinds) }
  return [{ read, input, ...key, ...(id === undefined ? {} : { id: plainText(id).toLowerCase() }) }]
}

function keyErrors({ plan }: Importing, read: ReadRow, values: Values): CellError[] {
  const { id } = values
  const wrong = (name: string, code: 'check.invalid' | 'check.required', detail: string): CellError[] => [
    errorAt(plan, read, name, new Problem(code, { detail })),
  ]
  if (id !== undefined && id !== null && !isUuid(id))
    return wrong('id', 'check.invalid', `"${plainText(id as JsonValue)}" is no id (a UUID)`)
  const empty = plan.key.find((name) => values[name] === null || values[name] === undefined)
  return empty === undefined
    ? []
    : wrong(empty, 'check.required', 'The key of the import must have a value in every row')
}
