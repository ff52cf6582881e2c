// Many records in one transaction, a chunk after the other: all or nothing, or row by row, where halves are tried until only the
// wrong rows are left out. What one chunk is written by is chunk.ts's.
import { within } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import { retrying } from '../../db/retry.ts'
import type { Platform } from '../../platform.ts'
import { derives } from '../derive.ts'
import { problemOf } from '../failure.ts'
import { noRates, ratesOf } from '../rates.ts'
import { refresh, tellRefreshed, Touched, type Refreshed } from '../rollup.ts'
import { writeChunk } from './chunk.ts'
import { prepared } from './follow.ts'
import { allOf, type Item, type Outcome } from './item.ts'

/** unit: records of one statement, and of one transaction where each row stands for itself */
const chunk = 1_000

/** Writes items; a Problem in place of an item stays where it is. Atomic: with any problem nothing is written. */
export async function writeItems(
  platform: Platform,
  context: Context,
  entity: Entity,
  given: readonly (Item | Problem)[],
  atomic: boolean,
): Promise<(Outcome | Problem)[]> {
  const outcomes: (Outcome | Problem)[] = given.map((item) =>
    item instanceof Problem ? item : { id: item.id, outcome: item.operation === 'create' ? 'created' : 'updated' },
  )
  const rates = derives(entity) ? await ratesOf(platform, context) : noRates
  const items = given.map((item) => (item instanceof Problem ? item : prepared(entity, item, rates)))
  for (const [i, item] of items.entries()) if (item instanceof Problem) outcomes[i] = item
  if (atomic && outcomes.some((each) => each instanceof Problem)) return outcomes
  const places = [...items.keys()].filter((i) => !(outcomes[i] instanceof Problem))
  const refreshed = atomic
    ? await retrying(context.database, () => writeAtomic(context, entity, items as readonly Item[], places))
    : []
  const rest = atomic ? [] : places
  for (let at = 0; at < rest.length; at += chunk)
    refreshed.push(
      ...(await writeOrSplit(context, entity, items as readonly Item[], rest.slice(at, at + chunk), outcomes)),
    )
  tellWritten(platform, entity, outcomes)
  tellRefreshed(platform, refreshed)
  return outcomes
}

function tellWritten({ events }: Platform, entity: Entity, outcomes: readonly (Outcome | Problem)[]): void {
  for (const [outcome, change] of [
    ['created', 'create'],
    ['updated', 'update'],
  ] as const) {
    const ids = outcomes.flatMap((each) => (!(each instanceof Problem) && each.outcome === outcome ? each.id : []))
    if (ids.length > 0) events.emit({ kind: 'record', entity: entity.name, ids, change })
  }
}

function writeAtomic(
  context: Context,
  entity: Entity,
  items: readonly Item[],
  places: readonly number[],
): Promise<Refreshed[]> {
  return context.database.transaction(async (session) => {
    const touched = new Touched()
    for (let at = 0; at < places.length; at += chunk) {
      const part = places.slice(at, at + chunk)
      const problems = await writeChunk(
        session,
        context,
        entity,
        part.map((i) => items[i]!),
        touched,
      )
      const wrong = problems.flatMap((problem, n) => (problem ? [within(`/${part[n]}`, problem)] : []))
      if (wrong.length > 0) throw allOf(wrong)
    }
    return refresh(session, context, touched)
  })
}

/** Writes in one transaction; when a row breaks it, halves are tried, so that only the wrong rows are left out. */
async function writeOrSplit(
  context: Context,
  entity: Entity,
  items: readonly Item[],
  places: readonly number[],
  outcomes: (Outcome | Problem)[],
): Promise<Refreshed[]> {
  const part = places.map((i) => items[i]!)
  try {
    const { problems, refreshed } = await retrying(context.database, () =>
      context.database.transaction(async (session) => {
        const touched = new Touched()
        const found = await writeChunk(session, context, entity, part, touched)
        return { problems: found, refreshed: await refresh(session, context, touched) }
      }),
    )
    for (const [n, problem] of problems.entries()) if (problem) outcomes[places[n]!] = problem
    return refreshed
  } catch (thrown) {
    const problem = problemOf(thrown, 'create', context, entity)
    if (problem === undefined) throw thrown
    if (places.length === 1) {
      outcomes[places[0]!] = problem
      return []
    }
    const half = places.length >> 1
    return [
      ...(await writeOrSplit(context, entity, items, places.slice(0, half), outcomes)),
      ...(await writeOrSplit(context, entity, items, places.slice(half), outcomes)),
    ]
  }
}
