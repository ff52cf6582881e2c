// What happened to the records of an entity since a cursor, from the log that every write leaves: the audit of entities that have
// one, and the small log of changes. Read a part at a time, whole transactions each, and per record in the order it happened.
import type { WireEntity } from '@peyvand/core/model/wire.ts'
import type { Session } from '../db/database.ts'
import { loggedValues } from '../records/history.ts'

/** One change, with the values that may be known of it. */
export interface LogRow {
  readonly xid: string
  readonly record: string
  readonly change: 'create' | 'update' | 'delete'
  readonly version: number | null
  /** ISO 8601 */
  readonly at: string
  /** Who made it, where that is noted. */
  readonly by: string | null
  readonly request: string | null
  /** JSON; null where values are not noted. */
  readonly before: string | null
  readonly after: string | null
  /** Whether it was noted what changed. */
  readonly known: boolean
}

/** A part of the log to be read. */
export interface Stretch {
  /** Snapshot up to which it was read before. */
  readonly since: string
  readonly now: string
  /** The last transaction of this part; absent: all that is there. */
  readonly last?: string
}

interface Place {
  readonly session: Session
  readonly schema: string
  readonly entity: string
}

/** Some changes more or less: a transaction is read whole. */
const atOnce = 500

/** What there is to read since a snapshot; undefined when nothing happened. */
export async function nextStretch(place: Place, since: string): Promise<Stretch | undefined> {
  const { session, schema, entity } = place
  const fresh = (log: string) => `(select l.xid from "${schema}".${log} l where l.entity_id = $1::uuid
    and l.xid >= pg_snapshot_xmin($2::pg_snapshot) and not pg_visible_in_snapshot(l.xid, $2::pg_snapshot) order by l.xid limit ${atOnce + 1})`
  const { rows } = await session.query<{ now: string; found: number; last: string }>({
    text: `select pg_current_snapshot()::text as now, count(*)::int as found, coalesce(
        (array_agg(l.xid::text order by l.xid desc) filter (where l.xid >= pg_snapshot_xmax($2::pg_snapshot)))[2],
        (pg_snapshot_xmax($2::pg_snapshot)::text::numeric - 1)::text) as last
      from (select x.xid from (${fresh('_audit')} union all ${fresh('_change')}) x order by x.xid limit ${atOnce + 1}) l`,
    values: [entity, since],
  })
  const { now, found, last } = rows[0]!
  if (found === 0) return undefined
  if (found <= atOnce) return { since, now }
  return { since, now, last: await whole(place, { since, now, last }) }
}

/** The last transaction of a part, moved on until no earlier change of one of its records is left behind. */
async function whole({ session, schema, entity }: Place, stretch: Required<Stretch>): Promise<string> {
  let { last } = stretch
  for (;;) {
    const { since, now } = stretch
    const { rows } = await session.query<{ last: string | null }>({
      text: `with l as (select a.xid, a.record_id, a.version from "${schema}"._audit a where ${isFresh('a')}
          union all select a.xid, a.record_id, a.version from "${schema}"._change a where ${isFresh('a')})
        select max(b.xid)::text as last from l a join l b on b.record_id = a.record_id and b.version < a.version
        where a.xid <= $4::xid8 and b.xid > $4::xid8`,
      values: [entity, since, now, last],
    })
    const more = rows[0]?.last
    if (more === null || more === undefined) return last
    last = more
  }
}

/** What of a log is in a part: parameters are entity, since and now. */
function isFresh(log: string): string {
  return `${log}.entity_id = $1::uuid and ${log}.xid >= pg_snapshot_xmin($2::pg_snapshot)
    and not pg_visible_in_snapshot(${log}.xid, $2::pg_snapshot) and pg_visible_in_snapshot(${log}.xid, $3::pg_snapshot)`
}

/** The changes of a part, as far as a reader of this wire shape may know them. */
export async function readLog(place: Place, { since, now, last }: Stretch, wire: WireEntity): Promise<LogRow[]> {
  const { session, schema, entity } = place
  const within = (log: string) =>
    `${isFresh(log)} and ($4::xid8 is null or ${log}.xid <= $4::xid8) and ${log}.change in ('create', 'update', 'delete')`
  const at = `to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
  const { rows } = await session.query<LogRow>({
    text: `select a.xid::text, a.record_id as record, a.change, a.version, ${at} as at, a.actor_id as by, a.request_id as request,
        ${loggedValues('before', wire.shown)} as before, ${loggedValues('after', wire.shown)} as after, true as known
      from "${schema}"._audit a where ${within('a')}
      union all select a.xid::text, a.record_id, a.change, a.version, ${at}, null, null, null, null, false
      from "${schema}"._change a where ${within('a')}`,
    values: [entity, since, now, last ?? null],
  })
  return inOrder(rows)
}

const ranks = { create: 0, update: 1, delete: 2 } as const

/** By transaction, but the changes of one record by its versions: a transaction that began earlier may have written later. */
export function inOrder(rows: readonly LogRow[]): LogRow[] {
  const all = rows.toSorted(byTransaction)
  const places = Map.groupBy(
    all.map((row, i) => ({ row, i })),
    ({ row }) => row.record,
  )
  for (const some of places.values()) {
    if (some.length === 1) continue
    const sorted = some.map(({ row }) => row).toSorted(isMadeAgain(some) ? byTransaction : byVersion)
    some.forEach(({ i }, n) => (all[i] = sorted[n]!))
  }
  return all
}

/** A record that was deleted and made again counts its versions anew. */
function isMadeAgain(some: readonly { readonly row: LogRow }[]): boolean {
  const deleted = some.find(({ row }) => row.change === 'delete')
  return (
    deleted !== undefined &&
    some.some(({ row }) => row.change === 'create' && BigInt(row.xid) > BigInt(deleted.row.xid))
  )
}

function byTransaction(a: LogRow, b: LogRow): number {
  const [x, y] = [BigInt(a.xid), BigInt(b.xid)]
  return x === y ? (a.version ?? 0) - (b.version ?? 0) || ranks[a.change] - ranks[b.change] : x < y ? -1 : 1
}

function byVersion(a: LogRow, b: LogRow): number {
  return (a.version ?? 0) - (b.version ?? 0) || ranks[a.change] - ranks[b.change] || byTransaction(a, b)
}
