// What the user of a webhook may know of records: the records themselves, read through their rights and the webhook's filter, and
// which of those that are gone had been theirs to read. Both are questions of the data service, asked as anybody asks them.
import { prepareDelta, type DeltaRow } from '@peyvand/core/access/delta.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { queryLimits } from '@peyvand/core/base/limits.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { must } from '@peyvand/core/base/problem.ts'
import { parseCel } from '@peyvand/core/expression/parse-cel.ts'
import { printSyntax } from '@peyvand/core/expression/print.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import type { Entity, Webhook } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import { selectPage } from '../records/select.ts'

/** A webhook with its entity and what it asks of records. */
export interface Asking {
  readonly hook: Webhook
  readonly entity: Entity
  readonly context: Context
}

/** The filter of a webhook as a tree. throws: Problem when it cannot be read. */
function filterOf({ filter }: Webhook): Syntax | undefined {
  return filter === undefined ? undefined : must(parseCel(filter, 'filter'))
}

const recordsAtOnce = 200

/** The records among these that are there and may be told, by id. throws: Problem when the filter may not be asked. */
export async function readRecords(
  { hook, entity, context }: Asking,
  ids: readonly string[],
  { filtered = true }: { readonly filtered?: boolean } = {},
): Promise<Map<string, JsonObject>> {
  const found = new Map<string, JsonObject>()
  if (ruleOf(context.model, context.actor, entity, 'read') === undefined) return found
  const condition = filtered ? filterOf(hook) : undefined
  const select = selected({ hook, entity, context })
  for (let i = 0; i < ids.length; i += recordsAtOnce) {
    const some = ids.slice(i, i + recordsAtOnce)
    const within = isOneOf(some)
    const filter = condition === undefined ? within : call('and', [condition, within])
    const { records } = await selectPage(context, entity, { filter, ...(select && { select }) }, some.length)
    for (const record of records) found.set(record['id'] as string, plain(record))
  }
  return found
}

/** What of a record is told, by wire name; undefined for all that its user may read. */
export function selected({ hook, entity, context: { model, actor } }: Asking): string[][] | undefined {
  if (hook.include === undefined) return undefined
  const wanted = new Set(['id', ...hook.include])
  const { shown } = readableWire(model, actor, entity.id)
  return [...shown.values()]
    .filter(({ field, name }) => name === 'id' || wanted.has(field.name))
    .map(({ name }) => [name])
}

function isOneOf(ids: readonly string[]): Syntax {
  const items = ids.map((value): Syntax => ({ op: 'literal', kind: 'uuid', value, position: 0 }))
  return call('in', [
    { op: 'path', names: ['id'], position: 0 },
    { op: 'list', items, position: 0 },
  ])
}

const call = (name: string, args: readonly Syntax[]): Syntax => ({ op: 'call', name, args, position: 0 })

/** The record without what the data service says about it. */
function plain(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !name.includes('@')))
}

const goneAtOnce = 1_000

/** The records among these that are deleted, and were in the list of the webhook's user at some time since a snapshot. */
export async function readGone(
  { hook, entity, context }: Asking,
  ids: readonly string[],
  since: string,
): Promise<ReadonlySet<string>> {
  const { model, actor, schema, database } = context
  if (ids.length === 0) return new Set()
  if (hook.filter === undefined && ruleOf(model, actor, entity, 'read') === null) return new Set(ids)
  const filter = filterOf(hook)
  const query = filter === undefined ? '' : `&$filter=${encodeURIComponent(printSyntax(filter))}`
  const delta = prepareDelta({
    model,
    actor,
    schema,
    path: entity.entitySet,
    query: `$select=id${query}`,
    version: '4.01',
    pageSize: goneAtOnce,
    maxPageSize: goneAtOnce,
    limits: { ...queryLimits, length: 50_000 },
  })
  const gone = new Set<string>()
  // What cannot be told for certain is not told.
  if (delta === undefined || delta instanceof Error) return gone
  const wanted = new Set(ids)
  const [first, last] = [ids.reduce((a, b) => (b < a ? b : a)), ids.reduce((a, b) => (b > a ? b : a))]
  for (let after: string | null = before(first); after === null || after < last;) {
    const { rows } = await database.query<DeltaRow>({ ...must(delta.statement(since, after)), planned: true })
    const { body, next } = rows[0]!
    for (const item of JSON.parse(body) as { id: string; '@removed'?: { reason: string } }[])
      if (item['@removed']?.reason === 'deleted' && wanted.has(item.id)) gone.add(item.id)
    if (next === null) break
    after = next
  }
  return gone
}

/** The id that comes before an id; null before the first of all. */
function before(id: string): string | null {
  const number = BigInt(`0x${id.replaceAll('-', '')}`)
  if (number === 0n) return null
  const digits = (number - 1n).toString(16).padStart(32, '0')
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  )
}
