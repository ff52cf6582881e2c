// A merge taken back: what it changed gets the values it had, the last first. What somebody changed since is left alone and
// told; nothing of what happened after the merge is lost.
import { elevated } from '@peyvand/core/access/actor.ts'
import { mayField, readableWire } from '@peyvand/core/access/field.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Id, Model } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import type { Context } from '../../context.ts'
import { DatabaseError } from '../../db/error.ts'
import type { Platform } from '../../platform.ts'
import { mayAll } from '../cascade/allowed.ts'
import { onNewestModel } from '../failure.ts'
import type { Values } from '../input.ts'
import { together } from '../together.ts'
import { single } from '../write-one.ts'
import { cellsOf, sameCell, valuesOf, type Cells } from './cells.ts'
import { mergeOf, noteSplit, type MergeStep } from './lineage.ts'

/** Something that stays as it is. Records the caller may not change are told without their id. */
export interface Kept {
  readonly entity: string
  readonly id?: Id
  /** Columns that stay, when not the whole record does. */
  readonly fields?: readonly string[]
  readonly because: 'changed' | 'deleted' | 'denied' | 'conflict'
}

export interface Split {
  readonly winner: Id
  readonly restored: number
  readonly kept: readonly Kept[]
}

/** Takes the merge back that a record went away in. throws: Problem. */
export function splitRecord(platform: Platform, context: Context, entity: Entity, loser: Id): Promise<Split> {
  return onNewestModel(platform, context, 'update', entity.name, (current) =>
    together(platform, current, (one, inside) => split(one, inside, entity, loser)),
  )
}

async function split(platform: Platform, context: Context, entity: Entity, loser: Id): Promise<Split> {
  const seen = await mayAll(context, entity, [loser], 'read')
  const merge = seen ? await mergeOf(context, entity.id, loser) : undefined
  if (merge === undefined)
    throw new Problem('missing.record', {
      detail: `No merge took the record ${loser} of "${entity.entitySet}"`,
      target: 'record',
    })
  const there = (await cellsOf(context, entity, merge.winner)) === undefined ? [loser] : [loser, merge.winner]
  if (!(await mayAll(context, entity, there, 'write')))
    throw new Problem('access.denied', {
      detail: 'Splitting takes the right to change both records',
      target: entity.entitySet,
    })
  const kept: Kept[] = []
  let restored = 0
  for (const step of merge.steps.toReversed()) {
    const left = await takeBack(platform, context, step)
    kept.push(...left)
    if (left.every(({ fields }) => fields !== undefined)) restored++
  }
  await noteSplit(context, merge)
  return { winner: merge.winner, restored, kept }
}

/** Takes one step back. Gives what stays. */
async function takeBack(platform: Platform, context: Context, step: MergeStep): Promise<Kept[]> {
  const entity = context.model.entityById.get(step.entity)
  if (entity === undefined) return [{ entity: step.entity, because: 'deleted' }]
  const told = (because: Kept['because']): Kept[] => [{ entity: entity.name, id: step.record, because }]
  const system: Context = { ...context, actor: elevated(context.actor) }
  const now = await cellsOf(context, entity, step.record)
  if (step.change === 'delete') {
    if (now !== undefined) return []
    const values = valuesOf(context.model, entity, step.before)
    return attempt(context, told('conflict'), () => single().create(platform, system, entity, step.record, values))
  }
  if (now === undefined) return told('deleted')
  if (entity.intersect !== true && !(await mayAll(context, entity, [step.record], 'write')))
    return [{ entity: entity.name, because: 'denied' }]
  const { same, changed } = compare(step, now)
  const back = valuesOf(context.model, entity, same)
  const closed = entity.intersect === true ? new Set<string>() : await closedIn(context, entity, step.record, back)
  const { shown } = readableWire(context.model, context.actor, entity.id)
  const left = (['changed', 'denied'] as const).flatMap((because): Kept[] => {
    const all = because === 'denied' ? [...closed] : Object.keys(valuesOf(context.model, entity, changed))
    const fields = all.filter((column) => shown.has(column))
    return fields.length === 0 ? [] : [{ ...told(because)[0]!, fields }]
  })
  // A field that was dropped meanwhile has no place for its value.
  if (Object.keys(step.before).some((id) => !(id in now))) left.push(...told('deleted'))
  const open = Object.fromEntries(Object.entries(back).filter(([column]) => !closed.has(column)))
  const values = withTypes(context.model, entity, open, now)
  if (Object.keys(values).length === 0) return left
  const failed = await attempt(context, told('conflict'), () =>
    single().change(platform, system, entity, step.record, values),
  )
  return [...left, ...failed]
}

/** Columns that the caller may not change: a split does what a merge alone may do, and of the rest no more than its caller may. */
async function closedIn(context: Context, entity: Entity, id: Id, values: Values): Promise<Set<string>> {
  const { model, actor } = context
  const { properties } = wireOf(model, entity)
  const columns = Object.keys(values)
  const owns = (column: string): boolean => owning.has(properties.get(column)!.field.name)
  const assigns = !columns.some(owns) || (await mayAll(context, entity, [id], 'assign'))
  return new Set(
    columns.filter((column) => {
      const { field } = properties.get(column)!
      if (owns(column)) return !assigns
      return field.system !== true && !mayField(model, actor, entity, field, 'update')
    }),
  )
}

/** What only who may assign gives to somebody. */
const owning: ReadonlySet<string> = new Set(['owner', 'owning_unit'])

/** A lookup of several targets is written with the entity it leads to, also when only the record changes. */
function withTypes(model: Model, entity: Entity, values: Values, now: Cells): Values {
  const all = valuesOf(model, entity, now)
  const types = [...wireOf(model, entity).navigations.values()].flatMap(({ collection, column, typeColumn }) =>
    !collection && typeColumn !== undefined && column in values && !(typeColumn in values)
      ? [[typeColumn, all[typeColumn] ?? null] as const]
      : [],
  )
  return types.length === 0 ? values : { ...values, ...Object.fromEntries(types) }
}

/** What the merge wrote and nobody changed since, as it was before; and what somebody did. */
function compare({ before, after }: MergeStep, now: Cells): { same: Cells; changed: Cells } {
  const [same, changed]: [Record<string, Cells[string]>, Record<string, Cells[string]>] = [{}, {}]
  for (const [id, value] of Object.entries(before)) {
    if (sameCell(now[id], after[id])) same[id] = value
    else if (!sameCell(now[id], value)) changed[id] = value
  }
  return { same, changed }
}

/** Tries a write; one the database refuses (a key is taken, a record is gone) leaves everything else as it was. */
async function attempt(context: Context, otherwise: Kept[], work: () => Promise<unknown>): Promise<Kept[]> {
  try {
    await context.database.transaction(work)
    return []
  } catch (thrown) {
    if (thrown instanceof DatabaseError && thrown.code.startsWith('23')) return otherwise
    throw thrown
  }
}
