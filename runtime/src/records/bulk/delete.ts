// Many records deleted, one after the other: each takes along what belongs to it.
import { within } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { together } from '../together.ts'
import { deleteRecord } from '../write.ts'
import type { Outcome } from './item.ts'
import { meaningOf, noSuch, versionOf, type ManyOptions } from './meaning.ts'

/** Deletes records. throws: Problem with all problems when atomic. */
export async function deleteMany(
  platform: Platform,
  context: Context,
  entityName: string,
  rows: readonly unknown[],
  options: Pick<ManyOptions, 'atomic' | 'pointer' | 'key'>,
): Promise<(Outcome | Problem)[]> {
  const remove = (one: Platform, inside: Context) => deleteEach(one, inside, entityName, rows, options)
  return options.atomic ? together(platform, context, remove) : remove(platform, context)
}

async function deleteEach(
  platform: Platform,
  context: Context,
  entityName: string,
  rows: readonly unknown[],
  { atomic, pointer = '', key = ['id'] }: Pick<ManyOptions, 'atomic' | 'pointer' | 'key'>,
): Promise<(Outcome | Problem)[]> {
  const meant = (await meaningOf(context, context.model.entities.get(entityName)!, rows, { key, update: true }))!
  const outcomes: (Outcome | Problem)[] = []
  for (const [i, id] of meant.entries()) {
    const outcome =
      id instanceof Problem
        ? id
        : id === undefined
          ? noSuch()
          : await deleteOne(platform, context, entityName, id, versionOf(rows[i]))
    // In one transaction nothing more can be asked of the database once a statement has failed.
    if (atomic && outcome instanceof Problem) throw within(`${pointer}/${i}`, outcome)
    outcomes.push(outcome instanceof Problem ? within(`${pointer}/${i}`, outcome) : outcome)
  }
  return outcomes
}

async function deleteOne(
  platform: Platform,
  context: Context,
  entity: string,
  id: Id,
  ifMatch: string | undefined,
): Promise<Outcome | Problem> {
  try {
    await deleteRecord(platform, context, entity, { id }, { ifMatch })
    return { id, outcome: 'deleted' }
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown
    throw thrown
  }
}
