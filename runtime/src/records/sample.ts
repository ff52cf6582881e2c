// Some of the rows that stand in the way of a model change, as the caller may read them. A plan is made by people who may
// change the model, which gives no right to read records: what they may not read is counted by the plan and not told here.
import { readableWire } from '@peyvand/core/access/field.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import type { QueryLimits } from '@peyvand/core/base/limits.ts'
import { isJsonObject, type JsonObject } from '@peyvand/core/base/json.ts'
import type { Offenders, Sample } from '@peyvand/core/plan/offenders.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { readRecords } from './read.ts'

/** As many are told. */
const most = 20
/** As many are looked at, because the caller may not read all of them. */
const looked = 100

/** At most 20 of the rows, by name and value. None when the caller may not read a field whose values are wrong. */
export async function sampleOf(platform: Platform, context: Context, offenders: Offenders): Promise<Sample[]> {
  const { model, actor, database } = context
  const entity = model.entityById.get(offenders.entity)
  if (entity === undefined || ruleOf(model, actor, entity, 'read') === undefined) return []
  const { properties } = readableWire(model, actor, entity.id)
  if (!offenders.columns.every((name) => properties.has(name))) return []
  const { rows } = await database.query<{ id: string }>({ text: offenders.text, values: [looked] })
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const named = properties.has(entity.primaryField) ? [entity.primaryField] : []
  const select = [...new Set(['id', ...named, ...offenders.columns])].join(',')
  const query = `$select=${select}&$filter=${encodeURIComponent(`id in (${ids.join(',')})`)}`
  const order = { path: entity.entitySet, query, pageSize: ids.length }
  const { row } = await readRecords(platform, { ...context, limits: roomy(context.limits) }, order)
  const listed: unknown = JSON.parse(row?.body ?? '[]')
  const found: JsonObject[] = Array.isArray(listed) ? listed.filter(isJsonObject) : []
  const records = new Map(found.map((one) => [one['id'], one]))
  return ids
    .map((id) => records.get(id))
    .filter((record) => record !== undefined)
    .slice(0, most)
    .map((record) => sampleFrom(record, named[0], offenders.columns))
}

/** The query is ours, not the caller's: a setting that keeps callers short must not refuse it. */
function roomy(limits: QueryLimits): QueryLimits {
  return { ...limits, nodes: Math.max(limits.nodes, 2 * looked), length: Math.max(limits.length, 100 * looked) }
}

function sampleFrom(record: JsonObject, primary: string | undefined, columns: readonly string[]): Sample {
  const name = primary === undefined ? null : record[primary]
  const values = columns.map((column) => record[column] ?? null)
  return {
    id: record['id'] as string,
    name: typeof name === 'string' ? name : null,
    value: values.length > 1 ? values : (values[0] ?? null),
  }
}
