// Linking and unlinking two records of a relationship of many with many. A link is a record of the entity in between and is
// written as any record is, so rights, audit and events are those of every write; here is only which record that is.
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Entity, Id, Model } from '@peyvand/core/model/model.ts'
import type { Navigation } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { readRecords } from './read.ts'
import { createRecord, deleteRecord } from './write.ts'

/** Two records and the collection of `near` that `far` is or shall be in. */
export interface Pair {
  readonly navigation: Navigation
  readonly near: Id
  readonly far: Id
}

/** Links two records; nothing happens when they are linked already. throws: Problem. */
export async function linkRecords(platform: Platform, context: Context, pair: Pair): Promise<void> {
  const { entity } = between(context.model, pair.navigation)
  must(plainly(entity, pair.navigation))
  if ((await linksOf(platform, context, pair)).length > 0) return
  await told(pair, context.model, () =>
    createRecord(platform, context, entity.name, valuesOf(context.model, pair), { returning: 'nothing' }),
  )
}

/** Takes the link between two records away. throws: Problem when there is none. */
export async function unlinkRecords(platform: Platform, context: Context, pair: Pair): Promise<void> {
  const { entity } = between(context.model, pair.navigation)
  const links = await linksOf(platform, context, pair)
  if (links.length === 0)
    throw new Problem('missing.record', {
      detail: `The two records are not linked by "${pair.navigation.name}"`,
      target: pair.navigation.name,
    })
  for (const id of links)
    await told(pair, context.model, () => deleteRecord(platform, context, entity.name, { id }, {}))
}

/** The entity in between and the one the collection stands on. */
function between(model: Model, navigation: Navigation): { entity: Entity; near: Entity; far: Entity } {
  const { association, entity } = navigation.hop!
  const forward = association.from.name === navigation.name && association.through.to === navigation.field.name
  const near = model.entities.get((forward ? association.from : association.to).entity)!
  return { entity: model.entityById.get(entity)!, near, far: model.entityById.get(navigation.target)! }
}

/** The values of the record that links two others. */
function valuesOf(model: Model, { navigation, near, far }: Pair): Readonly<Record<string, string>> {
  const hop = navigation.hop!
  const ends = between(model, navigation)
  return {
    [hop.column]: near,
    ...(hop.typeColumn === undefined ? {} : { [hop.typeColumn]: ends.near.name }),
    [navigation.column]: far,
    ...(navigation.typeColumn === undefined ? {} : { [navigation.typeColumn]: ends.far.name }),
  }
}

/** The records that link the two, as far as the caller sees them. */
async function linksOf(platform: Platform, context: Context, pair: Pair): Promise<Id[]> {
  const { entity } = between(context.model, pair.navigation)
  const conditions = Object.entries(valuesOf(context.model, pair)).map(([name, value]) => {
    const bare: boolean = isUuid(value)
    return bare ? `${name} eq ${value}` : `${name} eq '${value}'`
  })
  const query = `$select=id&$filter=${encodeURIComponent(conditions.join(' and '))}`
  const { row } = await readRecords(platform, context, { path: entity.entitySet, query })
  return (JSON.parse(row?.body ?? '[]') as { id: Id }[]).map(({ id }) => id)
}

/** A link that has to say more than which two it links cannot be made by naming them. */
function plainly(entity: Entity, { field, hop, name }: Navigation): true | Problem {
  const missing = entity.fields.filter(
    (one) =>
      one.required === true &&
      one.system !== true &&
      one.default === undefined &&
      typeOf(one).generated !== true &&
      one.id !== field.id &&
      one.id !== hop!.field.id,
  )
  if (missing.length === 0) return true
  const names = missing.map((one) => `"${one.name}"`).join(', ')
  return new Problem('check.required', {
    detail: `A link of "${name}" needs values of its own: ${names}`,
    target: name,
    hint: `Create a record of "${entity.entitySet}" with "${hop!.field.name}", "${field.name}" and ${names}`,
  })
}

/** Refusals in the words of links instead of those of the table they are kept in. */
async function told(pair: Pair, model: Model, work: () => Promise<unknown>): Promise<void> {
  const { entity, near, far } = between(model, pair.navigation)
  try {
    await work()
  } catch (thrown) {
    if (!(thrown instanceof Problem) || entity.intersect !== true) throw thrown
    if (thrown.code === 'access.denied')
      throw new Problem('access.denied', {
        detail: `You may not link or unlink these records of "${near.entitySet}" and "${far.entitySet}"`,
        target: pair.navigation.name,
        hint: 'It takes the right to append one and to append to the other',
      })
    if (thrown.code === 'check.reference')
      throw new Problem('check.reference', {
        detail: `There is no such record in "${far.entitySet}"`,
        target: pair.navigation.name,
      })
    throw thrown
  }
}
