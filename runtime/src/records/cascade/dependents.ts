// The records that depend on others: found through every lookup that leads to those, whoever may see them, and locked so that
// nothing is added to them meanwhile. What is done about them is decided beside this file; what is told of them is trimmed.
import { readableWire } from '@peyvand/core/access/field.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Id, Model, Relationship } from '@peyvand/core/model/model.ts'
import { waysBack } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { readRecords } from '../read.ts'

/** One record and a lookup of its that leads to `parent`. */
export interface Dependent {
  readonly way: Relationship
  readonly entity: Entity
  readonly id: Id
  readonly parent: Id
  /** True for records of entities without a state too. */
  readonly active: boolean
  readonly owner: Id | null
}

/** The columns of a lookup: the id, and the entity's name where it leads to several. */
export function lookupColumns(model: Model, way: Relationship): { column: string; typeColumn?: string } {
  const field = model.entityById.get(way.from)!.fields.find(({ id }) => id === way.id)!
  const link = typeOf(field).link!(field)
  return {
    column: field.name + link.idSuffix,
    ...(link.typeSuffix === undefined ? {} : { typeColumn: field.name + link.typeSuffix }),
  }
}

/** Locks records of an entity, in the order of their ids. */
export async function lockRecords({ database, schema }: Context, entity: Entity, ids: readonly Id[]): Promise<void> {
  const text = `select "id" from "${schema}"."${entity.name}" where "id" = any($1::uuid[]) order by "id" for update`
  await database.query({ text, values: [ids] })
}

/** Locks records that were found as dependents some time ago. Gives those that still are: the others went or moved away. */
export async function lockLinked(context: Context, some: readonly Dependent[]): Promise<Dependent[]> {
  const { database, schema, model } = context
  const still: Dependent[] = []
  for (const [way, group] of Map.groupBy(some, (each) => each.way)) {
    const { entity } = group[0]!
    const { column } = lookupColumns(model, way)
    const { rows } = await database.query<{ id: Id; parent: Id | null }>({
      text: `select "id", "${column}" as "parent" from "${schema}"."${entity.name}" where "id" = any($1::uuid[]) order by "id" for update`,
      values: [group.map(({ id }) => id)],
    })
    const now = new Map(rows.map(({ id, parent }) => [id, parent]))
    still.push(...group.filter(({ id, parent }) => now.get(id) === parent))
  }
  return still
}

/** The records whose lookups of these relationships lead to the given ones; one more than `most` tells that there are more. */
export async function dependentsOf(
  context: Context,
  entity: Entity,
  ids: readonly Id[],
  ways: readonly Relationship[],
  most: number,
): Promise<Dependent[]> {
  if (ways.length === 0 || ids.length === 0) return []
  const parts = ways.map((way, i) => `(${dependentSelect(context, entity, way, i)} limit ${most + 1})`)
  const { rows } = await context.database.query<{
    way: number
    id: Id
    parent: Id
    active: boolean
    owner: Id | null
  }>({ text: parts.join(' union all '), values: [ids] })
  return rows.map(({ way, ...row }) => ({
    ...row,
    way: ways[way]!,
    entity: context.model.entityById.get(ways[way]!.from)!,
  }))
}

function dependentSelect({ model, schema }: Context, target: Entity, way: Relationship, index: number): string {
  const entity = model.entityById.get(way.from)!
  const { column, typeColumn } = lookupColumns(model, way)
  const active = entity.state === undefined ? 'true' : `("state" is distinct from 'inactive')`
  const owner = entity.ownership === 'user' ? '"owner_id"' : 'null::uuid'
  const typed = typeColumn === undefined ? '' : ` and "${typeColumn}" = '${target.name}'`
  return `select ${index} as "way", "id", "${column}" as "parent", ${active} as "active", ${owner} as "owner"
    from "${schema}"."${entity.name}" where "${column}" = any($1::uuid[])${typed} order by "id"`
}

/** The relationships that lead to an entity. */
export function waysTo(model: Model, entity: Entity): readonly Relationship[] {
  return waysBack(model, entity.id)
}

/** How many of the records a lookup ties to one the caller can see. */
export async function visibleCount(
  platform: Platform,
  context: Context,
  { entity, way }: Dependent,
  parent: { readonly entity: Entity; readonly id: Id },
): Promise<number> {
  const { model, actor } = context
  const { column, typeColumn } = lookupColumns(model, way)
  const readable = readableWire(model, actor, entity.id).properties
  if (ruleOf(model, actor, entity, 'read') === undefined || !readable.has(column)) return 0
  const typed = typeColumn === undefined ? '' : ` and ${typeColumn} eq '${parent.entity.name}'`
  const query = `$filter=${encodeURIComponent(`${column} eq ${parent.id}${typed}`)}`
  const { row } = await readRecords(platform, context, { path: `${entity.entitySet}/$count`, query })
  return Number(row?.body ?? 0)
}

/** The refusal of a change that would reach more records than one transaction takes; `job`: the kind of job that can do it. */
export function tooMany(doing: string, most: number, job?: 'delete' | 'assign'): Problem {
  return new Problem('limit.size', {
    detail: `${doing} would change more than ${most} records that depend on this one`,
    hint: job === undefined ? 'Change those first, in parts' : 'Send "Prefer: respond-async" to have it done by a job',
    params: { limit: most, ...(job === undefined ? {} : { job }) },
  })
}

/** The kind of job that can do what was refused because it is too much for one transaction. */
export function jobFor(thrown: unknown): string | undefined {
  const job = thrown instanceof Problem && thrown.code === 'limit.size' ? thrown.params?.['job'] : undefined
  return typeof job === 'string' ? job : undefined
}

/** The name by which the caller may be told of dependents: that of the relationship, which the model shows them, or nothing. */
export function toldName(context: Context, dependent: Pick<Dependent, 'entity' | 'way'>): string {
  return isTold(context, dependent)
    ? `Records of "${dependent.entity.entitySet}" (by "${dependent.way.field}")`
    : 'Records that you cannot see'
}

/** Whether the caller knows of a relationship: may read such records, and the lookup. */
export function isTold({ model, actor }: Context, { entity, way }: Pick<Dependent, 'entity' | 'way'>): boolean {
  return (
    ruleOf(model, actor, entity, 'read') !== undefined &&
    readableWire(model, actor, entity.id).properties.has(lookupColumns(model, way).column)
  )
}
