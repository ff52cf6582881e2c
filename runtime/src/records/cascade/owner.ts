// What follows when a record gets another owner or another parent: records that inherit from it are given to the new owner
// too. A person who assigns needs the right to assign all of them; inheriting from a new parent asks nobody.
import { elevated } from '@peyvand/core/access/actor.ts'
import type { Written } from '@peyvand/core/access/write.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { JsonValue } from '@peyvand/core/base/json.ts'
import type { Entity, Id, Relationship } from '@peyvand/core/model/model.ts'
import { wayOf, wireOf } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { mayAll } from './allowed.ts'
import { waysTo, type Dependent } from './dependents.ts'
import { heirsOf, isMeant } from './heirs.ts'
import { single, type WriteOne, type WriteOptions } from '../write-one.ts'

/** Who has a record. */
export interface Owner {
  readonly owner_id: Id | null
  readonly owner_type: string | null
}

/** What a change of a record may bring about; undefined when nothing. `columns` are those it writes. */
export function followsFrom(
  { model }: Context,
  entity: Entity,
  columns: readonly string[],
): { readonly assigns: boolean; readonly parents: readonly Relationship[] } | undefined {
  if (entity.ownership !== 'user') return undefined
  const assigns = columns.includes('owner_id')
  const inherits = waysTo(model, entity).some(({ cascade }) => cascade.assign !== 'none')
  const parents = assigns
    ? []
    : entity.fields.flatMap((field) => {
        const link = field.system === true ? undefined : typeOf(field).link?.(field)
        const way = link && wayOf(model, field.id)
        return way && way.cascade.reparent !== 'none' && columns.includes(field.name + link.idSuffix) ? [way] : []
      })
  return (assigns && inherits) || parents.length > 0 ? { assigns: assigns && inherits, parents } : undefined
}

/** Changes a record and gives those that inherit from it to its new owner. throws: Problem. */
export async function changeWithHeirs(
  platform: Platform,
  context: Context,
  target: { readonly entity: Entity; readonly id: Id },
  follows: NonNullable<ReturnType<typeof followsFrom>>,
  { change, hooks }: { readonly change: () => Promise<Written> } & Pick<WriteOptions, 'hooks'>,
): Promise<Written> {
  const { entity, id } = target
  const before = await stored(context, entity, id)
  const written = await change()
  const after = await stored(context, entity, id)
  if (before === undefined || after === undefined) return written
  const one: Heirs = { platform, context, write: single(hooks), most: platform.config.cascadeLimit }
  if (follows.assigns && before['owner_id'] !== after['owner_id'])
    await assignBelow({ ...one, job: 'assign' }, target, ownerOf(before), ownerOf(after))
  for (const way of follows.parents) await inherit(one, target, way, before, after)
  return written
}

interface Heirs {
  readonly platform: Platform
  readonly context: Context
  readonly write: WriteOne
  readonly most: number
  /** The kind of job that can do it when it is too much. */
  readonly job?: 'assign'
}

type Row = Readonly<Record<string, JsonValue>>

/** All columns of a record, whoever may see them. */
async function stored({ database, schema, model }: Context, entity: Entity, id: Id): Promise<Row | undefined> {
  const names = [...wireOf(model, entity).properties.values()]
    .filter(({ kind }) => kind === 'uuid' || kind === 'text')
    .map(({ column }) => `"${column}"`)
  const text = `select ${names.join(', ')} from "${schema}"."${entity.name}" where "id" = $1::uuid for update`
  return (await database.query<Record<string, JsonValue>>({ text, values: [id] })).rows[0]
}

function ownerOf(row: Row): Owner {
  return { owner_id: row['owner_id'] as Id | null, owner_type: row['owner_type'] as string | null }
}

/** Gives the records below one to a new owner, level by level. */
async function assignBelow(
  one: Heirs,
  target: { readonly entity: Entity; readonly id: Id },
  old: Owner,
  owner: Owner,
): Promise<void> {
  const { context, most, job } = one
  const inheritance = { action: 'assign', old, most, job, doing: 'Assigning it' } as const
  for await (const level of heirsOf(context, target, inheritance))
    for (const [entity, heirs] of Map.groupBy(level, (heir) => heir.entity))
      if (entity.ownership === 'user') await give(one, entity, heirs, owner)
}

/** Gives records to an owner, inactive ones too, where the caller may assign all of them. */
async function give(
  { platform, context, write }: Heirs,
  entity: Entity,
  heirs: readonly Dependent[],
  owner: Owner,
): Promise<void> {
  const others = heirs.filter((heir) => heir.owner !== owner.owner_id).map(({ id }) => id)
  if (!(await mayAll(context, entity, others, 'assign')) || !(await mayAll(context, entity, others, 'write')))
    throw deniedHeirs(entity)
  const system = { ...context, actor: elevated(context.actor) }
  for (const id of others) await write.change(platform, system, entity, id, { ...owner })
}

/** The refusal of an assignment that would give away records which the caller may not give. */
export function deniedHeirs({ entitySet }: Entity): Problem {
  return new Problem('access.denied', {
    detail: `Records of "${entitySet}" would be assigned with this one, and you may not assign all of them`,
    target: entitySet,
  })
}

/** A record with a new parent goes to the parent's owner, with all that inherits from it. */
async function inherit(
  one: Heirs,
  target: { readonly entity: Entity; readonly id: Id },
  way: Relationship,
  before: Row,
  after: Row,
): Promise<void> {
  const parents = [before, after].map((row) => parentIn(one.context, way, row))
  const [old, next] = parents
  if (next === undefined || old?.id === next.id) return
  const owner = await ownerOfRecord(one.context, next)
  const previous = old && (await ownerOfRecord(one.context, old))
  const active = target.entity.state === undefined || after['state'] !== 'inactive'
  const self = { active, owner: ownerOf(after).owner_id }
  const wanted = isMeant(way.cascade.reparent, self, previous ?? { owner_id: null, owner_type: null })
  if (owner?.owner_id == null || !wanted || owner.owner_id === self.owner) return
  const system: Heirs = { ...one, context: { ...one.context, actor: elevated(one.context.actor) } }
  await one.write.change(one.platform, system.context, target.entity, target.id, { ...owner })
  await assignBelow(system, target, ownerOf(after), owner)
}

function parentIn({ model }: Context, way: Relationship, row: Row): { entity: Entity; id: Id } | undefined {
  const field = model.entityById.get(way.from)!.fields.find(({ id }) => id === way.id)!
  const link = typeOf(field).link!(field)
  const id = row[field.name + link.idSuffix]
  const name = link.typeSuffix === undefined ? link.targets[0]! : row[field.name + link.typeSuffix]
  const entity = typeof name === 'string' ? model.entities.get(name) : undefined
  return typeof id === 'string' && entity !== undefined ? { entity, id } : undefined
}

/** Who has a record; undefined when nobody can, or when it is not there. */
export async function ownerOfRecord(
  context: Context,
  { entity, id }: { readonly entity: Entity; readonly id: Id },
): Promise<Owner | undefined> {
  if (entity.ownership !== 'user') return undefined
  const row = await stored(context, entity, id)
  return row && ownerOf(row)
}
