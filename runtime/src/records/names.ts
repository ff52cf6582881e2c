// What records are called, read as the caller reads them.
import { readableWire } from '@peyvand/core/access/field.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { readRecords } from './read.ts'

/** The names of records of an entity, by id; those the caller may not read have none. */
export async function namesOf(
  platform: Platform,
  context: Context,
  name: string,
  ids: readonly string[],
): Promise<Record<string, string>> {
  const { model, actor } = context
  const entity = model.entities.get(name)
  if (!entity || ids.length === 0 || ruleOf(model, actor, entity, 'read') === undefined) return {}
  if (!readableWire(model, actor, entity.id).shown.has(entity.primaryField)) return {}
  const query = `$select=id,${entity.primaryField}&$filter=${encodeURIComponent(`id in (${ids.join(',')})`)}`
  const { row } = await readRecords(platform, context, { path: entity.entitySet, query, pageSize: ids.length })
  const listed: unknown = JSON.parse(row?.body ?? '[]')
  const records = Array.isArray(listed) ? listed.filter(isJsonObject) : []
  return Object.fromEntries(
    records.flatMap(({ id, [entity.primaryField]: label }) =>
      typeof id === 'string' && typeof label === 'string' ? [[id, label]] : [],
    ),
  )
}
