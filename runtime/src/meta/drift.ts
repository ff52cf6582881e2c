// Stored rollups compared with what they should be, some records after the others: nothing is locked for it, and only records
// that turn out to be wrong are locked and worked out anew. So people go on working beside it, however many records there are.
import type { Id } from '@peyvand/core/model/model.ts'
import type { Rollup } from '@peyvand/core/model/rollups.ts'
import { driftSql, lockSql, refreshSql } from '@peyvand/core/query/rollup.ts'
import type { Database, Session } from '../db/database.ts'
import { retrying } from '../db/retry.ts'
import { inOrder, run, type Scope } from './rollup.ts'

/** Records compared by one statement. */
const size = 500

/** Where a walk stands: in which group of rollups, behind which record. */
export interface Place {
  readonly group: number
  readonly after: Id
}

const start: Place = { group: 0, after: '00000000-0000-0000-0000-000000000000' }

/** Some records with what is wrong about their rollups. */
export interface Part {
  /** Rollups of one entity. */
  readonly rollups: readonly Rollup[]
  /** How many records were compared. */
  readonly records: number
  readonly wrong: readonly Wrong[]
  /** Where to go on. */
  readonly next: Place
}

/** A record and those of its rollups that are not what they should be, with their values as text. */
export interface Wrong {
  readonly id: Id
  readonly rollups: readonly {
    readonly rollup: Rollup
    readonly stored: string | null
    readonly right: string | null
  }[]
}

/** Compares all records, entity by entity; those that are gathered by others come before those. */
export async function* partsOf(
  session: Session,
  { model, schema }: Scope,
  rollups: readonly Rollup[],
  from: Place = start,
): AsyncGenerator<Part> {
  const groups = inOrder(rollups)
  let { after } = from
  for (let group = from.group; group < groups.length; group++, after = start.after) {
    const some = groups[group]!
    const page = `select "id" from "${schema}"."${some[0]!.parent.name}" where "id" > $1::uuid order by "id" limit ${size}`
    const compare = driftSql(model, schema, some)
    for (let full = true; full;) {
      const { rows } = await session.query<{ id: Id }>({ text: page, values: [after] })
      const ids = rows.map(({ id }) => id)
      full = ids.length === size
      after = ids.at(-1) ?? after
      const wrong = ids.length === 0 ? [] : (await run<WrongRow>(session, compare, { ids })).rows.map(wrongIn(some))
      yield {
        rollups: some,
        records: ids.length,
        wrong,
        next: full ? { group, after } : { ...start, group: group + 1 },
      }
    }
  }
}

interface WrongRow {
  readonly id: Id
  readonly wrong: readonly (number | null)[]
  readonly stored: readonly (string | null)[]
  readonly right: readonly (string | null)[]
}

function wrongIn(rollups: readonly Rollup[]): (row: WrongRow) => Wrong {
  return ({ id, wrong, stored, right }) => ({
    id,
    rollups: wrong.flatMap((place, i) =>
      place === null ? [] : [{ rollup: rollups[place]!, stored: stored[i]!, right: right[i]! }],
    ),
  })
}

/** Works out rollups wherever they are wrong. shape: how many records were. */
export async function mend(database: Database, scope: Scope, rollups: readonly Rollup[]): Promise<number> {
  let mended = 0
  for await (const { rollups: some, wrong } of partsOf(database, scope, rollups)) {
    const ids = wrong.map(({ id }) => id)
    if (ids.length === 0) continue
    mended += ids.length
    await retrying(database, () =>
      database.transaction(async (session) => {
        await run(session, lockSql(scope.schema, some[0]!.parent), { ids })
        await run(session, refreshSql(scope.model, scope.schema, some), { ids })
      }),
    )
  }
  return mended
}

/** A stored rollup that is not what it should be. */
export interface Drift {
  readonly entity: string
  readonly field: string
  readonly id: Id
  readonly stored: string | null
  readonly right: string | null
}

/** What is wrong now, at most so many records. */
export async function driftsIn(
  session: Session,
  scope: Scope,
  rollups: readonly Rollup[],
  most: number,
): Promise<Drift[]> {
  const drifts: Drift[] = []
  for await (const { wrong } of partsOf(session, scope, rollups)) {
    for (const { id, rollups: some } of wrong)
      for (const { rollup, ...values } of some)
        drifts.push({ entity: rollup.parent.name, field: rollup.field.name, id, ...values })
    if (drifts.length >= most) return drifts.slice(0, most)
  }
  return drifts
}
