// A read that is given as a tree instead of an address (GraphQL, and whoever else makes queries without writing them down): the
// same way as any other, through the caller's rights, limits and cost, as one statement.
import { notedIn } from '@peyvand/core/access/read.ts'
import { trimRead } from '@peyvand/core/access/trim.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import { valuesOf } from '@peyvand/core/access/values.ts'
import type { Reckoning } from '@peyvand/core/base/calendar.ts'
import type { JsonValue } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { bindRead } from '@peyvand/core/query/bind.ts'
import { compileRead } from '@peyvand/core/query/compile.ts'
import { checkCost, costOf } from '@peyvand/core/query/cost.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { PathStep } from '@peyvand/core/query/path.ts'
import type { Query } from '@peyvand/core/query/syntax.ts'
import type { Compiled } from '@peyvand/core/query/tree.ts'
import type { Context } from '../context.ts'
import { maxPageSize } from './read.ts'
import { noteRead } from './told.ts'

/** What is asked: which records, and what of them. */
export interface Question {
  readonly path: readonly PathStep[]
  readonly query: Query
}

/** A question that may be asked, and what the database will have to look at for it. */
export interface Asked {
  readonly compiled: Compiled
  /** Entities it touches whose reads are noted. */
  readonly noted: readonly Entity[]
  /** unit: records, estimated. */
  readonly cost: number
}

/** Prepares a question on the context's model. throws: Problem when it may not be asked, or costs too much. */
export function prepareQuestion({ model, actor, schema, limits, rows, language }: Context, asked: Question): Asked {
  const bound = must(bindRead(asked.path, asked.query, { model, wire: (id) => readableWire(model, actor, id), limits }))
  const read = must(trimRead(bound, model, actor))
  const pages = { pageSize: maxPageSize, maxPageSize }
  const cost = costOf(read, { model, rows, ...pages })
  const dear = checkCost(cost, limits)
  if (dear) throw dear
  // Numbers that a reader of doubles would round are text, and records say nothing of themselves that was not asked for.
  const compiled = compileRead(read, { model, schema, language, exact: true, metadata: 'none', ...pages })
  return { compiled, noted: notedIn(read, model), cost: cost.rows }
}

/** What the database answers. */
export interface Found {
  /** The record or the list; undefined when there is none for the caller. */
  readonly value: JsonValue | undefined
  /** How many there are, where that was asked for. */
  readonly count: string | undefined
}

/** Runs a prepared question. `list` tells the pool that it may take longer than one record does. throws: Problem. */
export async function askRecords(
  context: Context,
  { compiled: { text, name, parameters }, noted }: Asked,
  { reckoning, list }: { readonly reckoning?: Reckoning; readonly list: boolean },
): Promise<Found> {
  const { database, actor } = context
  const values = valuesOf(parameters, {
    literals: [],
    actor,
    now: new Date().toISOString(),
    ...(reckoning ? { reckoning } : {}),
  })
  if (values instanceof Problem) throw values
  const statement = { text, values, ...(sentBefore(text) ? { name } : {}), ...(list ? { planned: true } : {}) }
  const { rows } = await database.query<{ body: string | null; count?: string }>(statement)
  const [row] = rows
  const value = row?.body == null ? undefined : (JSON.parse(row.body) as JsonValue)
  if (noted.length > 0) await noteRead(context, noted, { body: value })
  return { value, count: row?.count }
}

/** Texts that were sent lately. One that is sent once is not worth a prepared statement. */
const sent = new Set<string>()
const mostSent = 1_000

function sentBefore(text: string): boolean {
  if (sent.delete(text)) {
    sent.add(text)
    return true
  }
  if (sent.size >= mostSent) sent.delete(sent.keys().next().value!)
  sent.add(text)
  return false
}
