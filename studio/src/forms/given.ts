// What a new record starts with when its address says so: `?account_id=<id>` from a subgrid, `?name=…` from a picker.
import type { Entity } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { current } from '../data/model.ts'
import { list, lookups } from '../data/records.ts'

/** The given values that are properties of the entity, lookups with their record's name. */
export async function lookupsGiven(
  entity: Entity,
  given: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const wire = wireOf(current(), entity)
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(given).filter(([name]) => wire.properties.get(name)?.readOnly === false),
  )
  for (const navigation of lookups(entity)) {
    const id = values[navigation.column]
    const target = current().entityById.get(navigation.target)
    if (typeof id !== 'string' || !target || (navigation.typeColumn && values[navigation.typeColumn] !== target.name))
      continue
    const { rows } = await list({ entity: target, fields: [target.primaryField], filter: `id eq ${id}`, top: 1 }).catch(
      () => ({ rows: [] }),
    )
    if (rows[0]) values[navigation.name] = rows[0]
  }
  return values
}
