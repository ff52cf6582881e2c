// Rollups, kept in the transaction of the write that changes them: which records gather what was written (before and after),
// what a deletion takes along, refreshing level by level upwards. Working all of them out anew is meta/rollup.ts's.
import type { WriteRow } from '@peyvand/core/access/outcome.ts'
import { reachesOf, type Reach } from '@peyvand/core/model/cascades.ts'
import type { Entity, Id, Model } from '@peyvand/core/model/model.ts'
import {
  linkColumns,
  rankOf,
  rollupsIn,
  watchesOver,
  type Rollup,
  type Watch,
  type Way,
} from '@peyvand/core/model/rollups.ts'
import { linkedSql, lockSql, refreshSql } from '@peyvand/core/query/rollup.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'
import { rebuild, run } from '../meta/rollup.ts'
import type { Platform } from '../platform.ts'

/** Values of lookups by column. */
export type Links = Readonly<Record<string, unknown>>

/** Records whose rollups have to be worked out anew. */
export class Touched {
  readonly #ids = new Map<Rollup, Set<Id>>()
  /** Records at the other end of links: whoever gathers them is still to be found. */
  readonly #linked = new Map<Rollup, Set<Id>>()
  /** Records that links were made to or taken from. */
  readonly #ends = new Map<Id, Set<Id>>()

  /** Notes the record that a written one points at, for each of the rollups. */
  add(watches: readonly Watch[], links: Links): void {
    for (const { rollup, near, far } of watches) {
      const id = near === undefined ? links['id'] : targetOf(links, near, rollup.parent)
      if (typeof id !== 'string') continue
      note(near === undefined ? this.#linked : this.#ids, rollup, id)
      const end = far && targetOf(links, far, rollup.child)
      if (typeof end === 'string') note(this.#ends, rollup.child.id, end)
    }
  }

  /** Notes records whose rollup has to be worked out anew, whatever was written. */
  addRecords(rollup: Rollup, ids: readonly Id[]): void {
    for (const id of ids) note(this.#ids, rollup, id)
  }

  /** Notes what the row of a write statement says of before and after. */
  addRow(watches: readonly Watch[], { before, after }: Pick<WriteRow, 'before' | 'after'>): void {
    for (const text of [before, after]) if (text != null) this.add(watches, JSON.parse(text) as Links)
  }

  /**
   * Finds who gathers the linked records. Those that links were made to are held meanwhile: else one that is being changed by
   * someone else would be counted as it was, by a link that the other one does not see.
   */
  async follow(session: Session, { model, schema }: Scope): Promise<void> {
    for (const entity of [...this.#ends.keys()].sort()) {
      const { name } = model.entityById.get(entity)!
      await session.query({
        text: `select "id" from "${schema}"."${name}" where "id" = any($1::uuid[]) order by "id" for share`,
        values: [[...this.#ends.get(entity)!]],
      })
    }
    this.#ends.clear()
    for (const [rollup, ids] of this.#linked) {
      const { rows } = await run<{ id: Id }>(session, linkedSql(model, schema, rollup), { ids: [...ids] })
      for (const { id } of rows) note(this.#ids, rollup, id)
    }
    this.#linked.clear()
  }

  /** Takes out all that concerns one entity, the lowest; undefined when nothing is left. */
  take(
    model: Model,
  ): { readonly parent: Entity; readonly rollups: readonly Rollup[]; readonly ids: readonly Id[] } | undefined {
    const before = (a: Entity, b: Entity): boolean => {
      const up = rankOf(model, a.id) - rankOf(model, b.id)
      return up === 0 ? a.id < b.id : up < 0
    }
    let parent: Entity | undefined
    for (const { parent: one } of this.#ids.keys()) if (parent === undefined || before(one, parent)) parent = one
    if (parent === undefined) return undefined
    const rollups = [...this.#ids.keys()].filter((rollup) => rollup.parent.id === parent.id)
    const ids = new Set(rollups.flatMap((rollup) => [...this.#ids.get(rollup)!]))
    for (const rollup of rollups) this.#ids.delete(rollup)
    return { parent, rollups: rollups.sort(byField), ids: [...ids].sort() }
  }
}

function note<Key>(into: Map<Key, Set<Id>>, key: Key, id: Id): void {
  let ids = into.get(key)
  if (!ids) into.set(key, (ids = new Set()))
  ids.add(id.toLowerCase())
}

/** The record a lookup holds, when it is one of that entity. */
function targetOf(links: Links, { column, typeColumn }: Way, { name }: Entity): unknown {
  return typeColumn === undefined || links[typeColumn] === name ? links[column] : undefined
}

const byField = (a: Rollup, b: Rollup): number => (a.field.id < b.field.id ? -1 : 1)

/** A record whose rollups became others. */
export interface Refreshed {
  readonly entity: string
  readonly id: Id
}

/** Refreshes what was touched and, going up, what gathers that. Runs inside the transaction of the write. */
export async function refresh(session: Session, { model, schema }: Scope, touched: Touched): Promise<Refreshed[]> {
  const done: Refreshed[] = []
  for (;;) {
    await touched.follow(session, { model, schema })
    const next = touched.take(model)
    if (next === undefined) return done
    const { parent, rollups, ids } = next
    await run(session, lockSql(schema, parent), { ids })
    const written = new Set(rollups.map(({ property }) => property.column))
    const above = watchesOver(model, parent.id).filter(({ columns }) => [...written].some((name) => columns.has(name)))
    const { rows } = await run<{ id: Id; links: string }>(
      session,
      refreshSql(model, schema, rollups, linkColumns(above)),
      { ids },
    )
    for (const { id, links } of rows) {
      done.push({ entity: parent.name, id })
      touched.add(above, JSON.parse(links) as Links)
    }
  }
}

/** Tells of the records whose rollups became others, each once. */
export function tellRefreshed({ events }: Pick<Platform, 'events'>, refreshed: readonly Refreshed[]): void {
  if (refreshed.length === 0) return
  for (const [entity, group] of Map.groupBy(refreshed, (each) => each.entity))
    events.emit({ kind: 'record', entity, ids: [...new Set(group.map(({ id }) => id))], change: 'update' })
}

/** What of a context refreshing needs. */
export type Scope = Pick<Context, 'model' | 'schema'>

/** Whether the deletion of an entity's record changes rollups of others. */
export function deletionTouches(model: Model, entity: Entity): boolean {
  return watchesOver(model, entity.id).length > 0 || reachesOf(model, entity.id).length > 0
}

/** Notes what gathers the records that a deletion takes along or lets go of. Call it before the record is deleted. */
export async function noteDeletion(
  session: Session,
  scope: Scope,
  entity: Entity,
  id: Id,
  touched: Touched,
): Promise<void> {
  const reaches = reachesOf(scope.model, entity.id)
  if (reaches.length === 0) return
  await session.query({
    text: `select "id" from "${scope.schema}"."${entity.name}" where "id" = $1::uuid for update`,
    values: [id],
  })
  const seen = new Set<Id>([id])
  let level: readonly (readonly [Reach, readonly Id[]])[] = reaches.map((reach) => [reach, [id]] as const)
  while (level.length > 0) {
    const next: (readonly [Reach, readonly Id[]])[] = []
    for (const [reach, ids] of level) {
      const found = await noteReach(session, scope, reach, ids, touched)
      const fresh = found.filter((each) => !seen.has(each))
      for (const each of fresh) seen.add(each)
      if (reach.deletes && fresh.length > 0)
        next.push(...reachesOf(scope.model, reach.entity.id).map((one) => [one, fresh] as const))
    }
    level = next
  }
}

/** The records at the end of one way, with what gathers them noted. */
async function noteReach(
  session: Session,
  { schema }: Scope,
  { entity, column, watches }: Reach,
  ids: readonly Id[],
  touched: Touched,
): Promise<Id[]> {
  const names = [...new Set(['id', ...linkColumns(watches)])].map((name) => `"${name}"`).join(', ')
  const { rows } = await session.query<Links & { readonly id: Id }>({
    text: `select ${names} from "${schema}"."${entity.name}" where "${column}" = any($1::uuid[]) order by "id" for update`,
    values: [ids],
  })
  for (const row of rows) touched.add(watches, row)
  return rows.map(({ id }) => id)
}

/** Works out everything that may have changed when many records of an entity came at once. */
export async function refreshAll(session: Session, scope: Scope, entity: Entity): Promise<void> {
  const some = new Set([
    ...rollupsIn(scope.model, entity.id),
    ...watchesOver(scope.model, entity.id).map(({ rollup }) => rollup),
  ])
  for (const { parent, property } of some)
    for (const above of watchesOver(scope.model, parent.id))
      if (above.columns.has(property.column)) some.add(above.rollup)
  if (some.size > 0) await rebuild(session, scope, [...some])
}
