// Amounts in the base currency, worked out anew by the rates as they are now: for drafts whose rates came or changed after they
// were written. Goes through the records that a filter finds with the rights of whoever asked, by the writes that anybody makes.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { valueText, type Value } from '@peyvand/core/base/kind.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import { parseOData } from '@peyvand/core/expression/parse-odata.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { amountsOf, derive, sourcesOf, type Amount, type Rates } from './derive.ts'
import type { Values } from './input.ts'
import { ratesOf } from './rates.ts'
import { readRecords } from './read.ts'
import { changeRecord } from './write.ts'

/** Which records. */
export interface Recomputing {
  readonly entity: Entity
  /** OData filter. */
  readonly filter: string
}

export interface Recomputed {
  readonly seen: number
  readonly changed: number
  /** Id of the last record; absent when there are no more. */
  readonly last?: string
}

const pageSize = 200

/** One page of records, behind the one with the id `after`. throws: Problem. */
export async function recomputePage(
  platform: Platform,
  context: Context,
  { entity, filter }: Recomputing,
  after?: string,
): Promise<Recomputed> {
  // Read alone first: what is no whole expression could end the brackets around it.
  must(parseOData(filter))
  const amounts = readableAmounts(context, entity)
  const columns = new Set(amounts.flatMap((each) => [...sourcesOf(each), each.base, ...(each.rate ? [each.rate] : [])]))
  const behind = after === undefined ? '' : ` and id gt ${after}`
  const { row } = await readRecords(platform, context, {
    path: entity.entitySet,
    query: `$select=id,version,${[...columns].join(',')}&$orderby=id&$top=${pageSize}&$filter=${encodeURIComponent(`(${filter})${behind}`)}`,
    pageSize,
    exact: true,
  })
  const records = JSON.parse(row?.body ?? '[]') as JsonObject[]
  const rates = await ratesOf(platform, context)
  let changed = 0
  for (const record of records) {
    const body = staleAmounts(entity, amounts, record, rates)
    if (body !== undefined && (await rewrite(platform, context, entity, record, body))) changed++
  }
  const last = records.length < pageSize ? undefined : (records.at(-1)!['id'] as string)
  return { seen: records.length, changed, ...(last === undefined ? {} : { last }) }
}

function readableAmounts({ model, actor }: Context, entity: Entity): readonly Amount[] {
  const { properties } = readableWire(model, actor, entity.id)
  const amounts = amountsOf(entity).filter((each) => sourcesOf(each).every((column) => properties.has(column)))
  if (amounts.length > 0) return amounts
  throw new Problem('request.unknown', {
    detail: `"${entity.entitySet}" has no amounts to work out`,
    pointer: '/entity',
    target: 'entity',
  })
}

/** The amounts that come out otherwise now, as a body that writes them once more. */
function staleAmounts(
  entity: Entity,
  amounts: readonly Amount[],
  record: JsonObject,
  rates: Rates,
): JsonObject | undefined {
  const body: Record<string, JsonValue> = {}
  for (const { amount, base, rate } of amounts) {
    const values: Values = { [amount]: record[amount] as Value }
    if (record[amount] == null || derive(entity, values, rates, record) !== undefined) continue
    const same = (column: string | undefined) =>
      column === undefined || Number(values[column]) === Number(record[column] ?? Number.NaN)
    if (!same(base) || !same(rate)) body[amount] = record[amount]
  }
  return Object.keys(body).length === 0 ? undefined : body
}

/** False when somebody else wrote the record meanwhile: they wrote it by the rates of now. */
async function rewrite(
  platform: Platform,
  context: Context,
  entity: Entity,
  record: JsonObject,
  body: JsonObject,
): Promise<boolean> {
  try {
    await changeRecord(platform, context, entity.name, { id: record['id'] as string }, body, {
      purpose: 'update',
      creates: false,
      returning: 'nothing',
      ifMatch: `W/"${valueText(record['version'] ?? null)}"`,
    })
    return true
  } catch (thrown) {
    if (thrown instanceof Problem && (thrown.code === 'conflict.stale' || thrown.code === 'missing.record'))
      return false
    throw thrown
  }
}
