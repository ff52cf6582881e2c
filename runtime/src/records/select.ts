// Records by a query that the server itself makes (import, export): the same way as a request, with the caller's rights
// compiled in, but from a tree instead of an address, so that it may be longer than one.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import { notedIn } from '@peyvand/core/access/read.ts'
import { trimRead } from '@peyvand/core/access/trim.ts'
import { valuesOf } from '@peyvand/core/access/values.ts'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import type { Expression, Syntax } from '@peyvand/core/expression/tree.ts'
import type { Entity, Id, Model } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { bindRead } from '@peyvand/core/query/bind.ts'
import { compileRead } from '@peyvand/core/query/compile.ts'
import type { Position, Query } from '@peyvand/core/query/syntax.ts'
import type { TrimmedRead } from '@peyvand/core/query/tree.ts'
import type { Context } from '../context.ts'
import { problemOf } from './failure.ts'

export interface Page {
  /** Large and decimal numbers are text, so that no digit is lost. */
  readonly records: JsonObject[]
  /** Where the next page begins; absent on the last one. */
  readonly after?: Position
}

/** One page of the records a query gives the caller, of those within a rule. throws: Problem when it may not be asked. */
export async function selectPage(
  context: Context,
  entity: Entity,
  query: Query,
  size: number,
  within: Expression | null = null,
): Promise<Page> {
  const { database } = context
  const statement = statementOf(context, entity, query, { size, within })
  try {
    const { rows } = await database.query<{ body: string | null; next?: string | null }>(statement)
    const { body = null, next } = rows[0] ?? {}
    const records = body === null ? [] : (JSON.parse(body) as JsonObject[])
    return next
      ? { records, after: (JSON.parse(next) as (string | null)[]).map((each) => ({ text: each })) }
      : { records }
  } catch (error) {
    throw problemOf(error, 'read', context, entity) ?? error
  }
}

/**
 * All records a query gives the caller, of those within a rule, in pieces of so many. On PostgreSQL all are of one moment, read
 * by one statement; on the embedded engine page by page, each of its own moment. throws: Problem when it may not be asked.
 */
export async function* selectAll(
  context: Context,
  entity: Entity,
  query: Query,
  { size, within, signal }: { readonly size: number; readonly within: Expression | null; readonly signal: AbortSignal },
): AsyncGenerator<JsonObject[]> {
  const { database } = context
  if (database.pieces === undefined) return yield* pagesOf(context, entity, query, { size, within, signal })
  const statement = statementOf(context, entity, query, { size, within, apart: true })
  try {
    for await (const rows of database.pieces<{ body: string }>(statement, size, signal))
      yield rows.map(({ body }) => JSON.parse(body) as JsonObject)
  } catch (error) {
    throw problemOf(error, 'read', context, entity) ?? error
  }
}

async function* pagesOf(
  context: Context,
  entity: Entity,
  query: Query,
  { size, within, signal }: { readonly size: number; readonly within: Expression | null; readonly signal: AbortSignal },
): AsyncGenerator<JsonObject[]> {
  for (let after: Query['after'] | 'start' = 'start'; after !== undefined;) {
    signal.throwIfAborted()
    const page = await selectPage(context, entity, after === 'start' ? query : { ...query, after }, size, within)
    if (page.records.length > 0) yield page.records
    after = page.after
  }
}

/** Entities a query touches, in whatever clause, whose reads are noted; a Problem when it may not be asked. */
export function notedOf(context: Context, entity: Entity, query: Query): Entity[] | Problem {
  const read = trimmedOf(context, entity, query)
  return read instanceof Problem ? read : notedIn(read, context.model)
}

function trimmedOf({ model, actor }: Context, entity: Entity, query: Query): TrimmedRead | Problem {
  const bound = bindRead([{ op: 'name', name: entity.entitySet, position: 0 }], query, {
    model,
    wire: (id) => readableWire(model, actor, id),
  })
  return bound instanceof Problem ? bound : trimRead(bound, model, actor)
}

function statementOf(
  context: Context,
  entity: Entity,
  query: Query,
  { size, within, apart }: { readonly size: number; readonly within: Expression | null; readonly apart?: boolean },
): { text: string; values: readonly unknown[] } {
  const { model, actor, schema, language } = context
  const read = must(trimmedOf(context, entity, query))
  const { text, parameters } = compileRead(narrow(read, within), {
    model,
    schema,
    pageSize: size,
    maxPageSize: size,
    exact: true,
    language,
    apart,
  })
  const values = valuesOf(parameters, { literals: [], actor, now: new Date().toISOString() })
  if (values instanceof Problem) throw values
  return { text, values }
}

function narrow(read: TrimmedRead, within: Expression | null): TrimmedRead {
  return within === null ? read : { ...read, query: { ...read.query, within } }
}

/** unit: records. More than this for one batch of lookups means that the matched field says nothing. */
const mostFound = 200_000

/** The records of a query "path in (values)", through the caller's rights. */
export async function findIn(
  context: Context,
  entity: Entity,
  path: readonly string[],
  values: readonly string[],
  select: readonly (readonly string[])[],
): Promise<JsonObject[]> {
  const kind = kindAt(context.model, entity, path)
  const items = values.map((value): Syntax => ({ op: 'literal', kind, value, position: 0 }))
  const where: Syntax = {
    op: 'call',
    name: 'in',
    args: [
      { op: 'path', names: path, position: 0 },
      { op: 'list', items, position: 0 },
    ],
    position: 0,
  }
  return (await selectPage(context, entity, { ...selecting(select), filter: where }, mostFound)).records
}

function kindAt(model: Model, entity: Entity, [name, ...rest]: readonly string[]): ValueKind {
  const wire = wireOf(model, entity)
  if (rest.length === 0) return wire.properties.get(name!)!.kind
  return kindAt(model, model.entityById.get(wire.navigations.get(name!)!.target)!, rest)
}

/** `$select` and `$expand` of paths: `name` is selected, `account.name` is selected within an expand of `account`. */
export function selecting(paths: readonly (readonly string[])[]): Query {
  const own = paths.filter((path) => path.length === 1)
  const deeper = Map.groupBy(
    paths.filter((path) => path.length > 1),
    ([name]) => name!,
  )
  const expand = [...deeper].map(([name, below]) => ({
    name,
    position: 0,
    query: selecting(below.map((path) => path.slice(1))),
  }))
  return { select: own.length > 0 ? own : [['id']], ...(expand.length > 0 ? { expand } : {}) }
}

/** The filter `id in (…)`. */
export function among(ids: readonly Id[]): Syntax {
  const position = 0
  const items = ids.map((value): Syntax => ({ op: 'literal', kind: 'uuid', value, position }))
  return {
    op: 'call',
    name: 'in',
    args: [
      { op: 'path', names: ['id'], position },
      { op: 'list', items, position },
    ],
    position,
  }
}
