// What the importer needs of the records: finding many by a value, creating many, changing many — all with the caller's
// rights, each in as few statements as there are batches. Kept apart so that run.ts reads as the story of an import.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import { may } from '@peyvand/core/access/grant.ts'
import type { Platform } from '../../platform.ts'
import { writeItems } from '../bulk.ts'
import { newId } from '../id.ts'
import { findIn } from '../select.ts'

export type Values = Readonly<Record<string, Value>>

/** Values by column; `given` are those the file gave, without defaults. */
export interface Writing {
  readonly values: Values
  readonly given: readonly string[]
}

export interface Store {
  /** Records whose property (or path) has one of the values, with the wanted properties. Numbers come as their text. */
  find(
    entity: Entity,
    path: readonly string[],
    values: readonly string[],
    select: readonly (readonly string[])[],
  ): Promise<JsonObject[]>
  /** Creates records in one transaction; a Problem per record that failed, and then the others are there all the same. */
  create(entity: Entity, records: readonly (Writing & { readonly id?: string })[]): Promise<(string | Problem)[]>
  /** Changes records in one transaction, like create. */
  update(entity: Entity, changes: readonly (Writing & { readonly id: string })[]): Promise<(string | Problem)[]>
}

/** The records of the platform, as the caller may read and write them. throws: Problem when the caller may not import. */
export function openStore(platform: Platform, context: Context, entity: Entity): Store {
  if (!may(context.model, context.actor, entity, 'import'))
    throw new Problem('access.denied', { detail: `You may not import "${entity.entitySet}"`, target: entity.entitySet })
  return {
    find: (...asked) => findIn(context, ...asked),
    create: (of, records) =>
      writeAll(
        platform,
        context,
        of,
        'create',
        records.map((each) => ({ ...each, id: each.id ?? newId() })),
      ),
    update: (of, changes) => writeAll(platform, context, of, 'update', changes),
  }
}

type Item = Writing & { readonly id: string }

/** Writes records row by row: one that fails leaves the others alone. */
async function writeAll(
  platform: Platform,
  context: Context,
  entity: Entity,
  operation: 'create' | 'update',
  items: readonly Item[],
): Promise<(string | Problem)[]> {
  const copies = items.map(({ id, values, given }) => ({ operation, id, values: { ...values }, given }))
  const outcomes = await writeItems(platform, context, entity, copies, false)
  return outcomes.map((each) => (each instanceof Problem ? each : each.id))
}
