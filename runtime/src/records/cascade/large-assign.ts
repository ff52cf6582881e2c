// An assignment that reaches more records than one transaction takes, done in parts by a job: everything is looked at and
// checked first; then the records farthest down are given to the new owner before those above them, and the record itself last.
// So a job that was killed finds again whatever is left: it is reached through records that still have their old owner.
import { elevated } from '@peyvand/core/access/actor.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { together } from '../together.ts'
import { single } from '../write-one.ts'
import { mayAll } from './allowed.ts'
import { lockLinked, tooMany, waysTo, type Dependent } from './dependents.ts'
import { isMeant } from './heirs.ts'
import { deniedHeirs, ownerOfRecord, type Owner } from './owner.ts'
import { partsOf, type Task } from './parts.ts'
import type { Target } from './reach.ts'
import { descend } from './survey.ts'

/** Gives the records below one to a new owner; then `last` gives the record itself. Gives how many records. throws: Problem. */
export async function assignInParts(
  platform: Platform,
  context: Context,
  order: {
    readonly target: Target
    readonly owner: Owner
    readonly last: (platform: Platform, context: Context) => Promise<unknown>
  },
  task: Task,
): Promise<number> {
  const { target, owner, last } = order
  const heirs = await heirsOf(context, target, owner, platform.config.cascadeJobLimit)
  for (const [entity, some] of Map.groupBy(heirs, (heir) => heir.entity)) await refuse(context, entity, some)
  const total = heirs.length + 1
  await task.begin(total)
  let done = 0
  for (const part of partsOf(heirs)) {
    await together(platform, context, async (one, inside) => {
      await task.hold(inside.database)
      const system = { ...inside, actor: elevated(inside.actor) }
      for (const { entity, id } of await lockLinked(inside, part))
        await single().change(one, system, entity, id, { ...owner })
    })
    done += part.length
    await task.report(done, total)
  }
  await together(platform, context, async (one, inside) => {
    await task.hold(inside.database)
    await last(one, inside)
  })
  return total
}

/** The records that follow and have another owner yet, those farthest down first. throws: Problem when it is too much. */
async function heirsOf(context: Context, target: Target, owner: Owner, most: number): Promise<Dependent[]> {
  const old = await ownerOfRecord(context, target)
  if (old === undefined)
    throw new Problem('missing.record', { detail: `There is no record ${target.id} in "${target.entity.entitySet}"` })
  const inheriting = (entity: Entity) =>
    waysTo(context.model, entity).filter(({ cascade }) => cascade.assign !== 'none')
  const judge = (heir: Dependent) => (isMeant(heir.way.cascade.assign, heir, old) ? 'followed' : 'ignored')
  const { levels, more } = await descend(context, target, most, judge, inheriting)
  if (more) throw tooMany('Assigning it', most)
  return levels
    .toReversed()
    .flatMap((level) => [...level.values()].flat())
    .filter((heir) => heir.entity.ownership === 'user' && heir.owner !== owner.owner_id)
}

async function refuse(context: Context, entity: Entity, heirs: readonly Dependent[]): Promise<void> {
  const ids = heirs.map(({ id }) => id)
  if (!(await mayAll(context, entity, ids, 'assign')) || !(await mayAll(context, entity, ids, 'write')))
    throw deniedHeirs(entity)
}
