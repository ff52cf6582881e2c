// What the importer needs of the records: finding many by a value, creating many, changing many — all with the caller's
// rights, each in as few statements as there are batches, and what belongs together in one transaction with its journal.
// Kept apart so that run.ts reads as the story of an import.
import { opens } from '@peyvand/core/access/rule.ts'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../../db/database.ts'
import type { Platform } from '../../platform.ts'
import { writeItems } from '../bulk/write.ts'
import { newId } from '../id.ts'
import { findIn } from '../select.ts'
import { together } from '../together.ts'
import type { ChunkTold, WrittenIds } from './journal.ts'

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
  update(entity: Entity, changes: readonly Changing[]): Promise<(string | Problem)[]>
  /** Everything that is done with the store of this chunk, and the note of it, is there together or not at all. */
  chunk(work: (store: Store) => Promise<ChunkTold>): Promise<ChunkTold>
}

/** A change of a record. `before`: what the changed values are now, as far as the caller reads them. */
export interface Changing extends Writing {
  readonly id: string
  readonly before?: JsonObject
}

/** Where an import notes what it did, in the transaction that does it. */
export interface Journal {
  keep(session: Session, told: ChunkTold, writes: readonly WrittenIds[]): Promise<void>
  /** Called first in each transaction; throws when this process may not go on with the import. */
  hold?(session: Session): Promise<void>
}

/** The records of the platform, as the caller may read and write them. throws: Problem when the caller may not import. */
export function openStore(platform: Platform, context: Context, entity: Entity, journal: Journal): Store {
  checkMayImport(context, entity)
  return {
    ...storeOf(platform, context, []),
    chunk: (work) =>
      together(platform, context, async (one, inside) => {
        await journal.hold?.(inside.database)
        const writes: WrittenIds[] = []
        const told = await work(storeOf(one, inside, writes))
        await journal.keep(inside.database, told, writes)
        return told
      }),
  }
}

/** throws: Problem when the caller may not import records of an entity. */
export function checkMayImport({ model, actor }: Context, entity: Entity): void {
  if (!opens(model, actor, entity, 'import'))
    throw new Problem('access.denied', { detail: `You may not import "${entity.entitySet}"`, target: entity.entitySet })
}

/** Finds records with the caller's rights. */
export const finder =
  (context: Context): Store['find'] =>
  (...asked) =>
    findIn(context, ...asked)

/**
 * The store of a dry run: reads are real, writes are taken for done and nothing is noted. `refused`: why the id of a new record
 * may not come from the file.
 */
export function withoutWrites(real: Pick<Store, 'find'>, refused?: (entity: Entity) => Problem | undefined): Store {
  const store: Store = {
    find: (...asked) => real.find(...asked),
    create: async (entity, records) =>
      records.map(({ id }) => (id === undefined ? newId() : (refused?.(entity) ?? id))),
    update: async (_, changes) => changes.map(({ id }) => id),
    chunk: (work) => work(store),
  }
  return store
}

function storeOf(platform: Platform, context: Context, writes: WrittenIds[]): Store {
  const store: Store = {
    find: finder(context),
    create: async (of, records) => {
      const items = records.map((each) => ({ ...each, id: each.id ?? newId(), chosen: each.id !== undefined }))
      const outcomes = await writeAll(platform, context, of, 'create', items)
      const created = outcomes.filter((each) => typeof each === 'string')
      if (created.length > 0) writes.push({ entity: of.id, created })
      return outcomes
    },
    update: async (of, changes) => {
      const outcomes = await writeAll(platform, context, of, 'update', changes)
      const done = changes.filter((_, place) => typeof outcomes[place] === 'string')
      if (done.length > 0) writes.push({ entity: of.id, updated: done.map(({ id }) => id), ...keptChanges(of, done) })
      return outcomes
    },
    chunk: (work) => work(store),
  }
  return store
}

/** Where no audit log keeps what a change changed, the import does: only so can it be undone. */
function keptChanges({ audit }: Entity, changes: readonly Changing[]): Pick<WrittenIds, 'changes'> {
  if (audit) return {}
  return {
    changes: Object.fromEntries(
      changes.map(({ id, before = {}, values, given }) => [
        id,
        { before, after: Object.fromEntries(given.map((name) => [name, values[name] as JsonValue])) },
      ]),
    ),
  }
}

/** Writes records row by row: one that fails leaves the others alone. */
async function writeAll(
  platform: Platform,
  context: Context,
  entity: Entity,
  operation: 'create' | 'update',
  items: readonly (Writing & { readonly id: string; readonly chosen?: boolean })[],
): Promise<(string | Problem)[]> {
  const copies = items.map(({ id, chosen, values, given }) => ({ operation, id, chosen, values: { ...values }, given }))
  const outcomes = await writeItems(platform, context, entity, copies, false)
  return outcomes.map((each) => (each instanceof Problem ? each : each.id))
}
