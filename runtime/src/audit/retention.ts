// Old rows of the audit are removed after their time, some thousand in one transaction. The seals stay, and an event that is
// sealed itself says how many rows went from under which seals and why; what declares other changes is never removed, nor is the
// past of a record that a legal hold keeps.
import { createHash, randomUUID } from 'node:crypto'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Database, Session } from '../db/database.ts'
import { freeOfHolds } from '../db/hold.ts'
import type { AuditPlace } from './chain.ts'
import { removalLine, retentionBytes } from './declared.ts'
import { throughDoor } from './door.ts'
import { note } from './note.ts'
import { removalDigest, type EventPlace } from './seal.ts'
import { keptEntries, keyColumns, sealsOf, type RowKey, type Sealed } from './under.ts'

/** How long rows are kept. unit: days, counted from when they were sealed; 0: for ever. */
export interface Periods {
  readonly standard: number
  /** By id of the entity, where it says otherwise. */
  readonly entities: ReadonlyMap<string, number>
}

interface Removal {
  readonly periods: Periods
  /** ISO 8601 */
  readonly now: string
  /** Id of whoever set it off; nobody for the clock. */
  readonly by?: string
}

/** Rows that one transaction removes at most. */
const chunk = 2_000

/** Removes what is over its time. shape: how many rows. `isOver`: stop between two pieces. */
export async function removeOld(
  database: Database,
  place: AuditPlace,
  removal: Removal,
  isOver: () => boolean = () => false,
): Promise<number> {
  let count = 0
  for (const part of await partsOf(database, place.schema, removal.periods)) {
    for (let removed = chunk; removed === chunk && !isOver(); count += removed)
      removed = await database.transaction((session) =>
        throughDoor(session, { schema: place.schema, why: 'retention' }, () =>
          removeSome(session, place, removal, part),
        ),
      )
  }
  return count
}

/** An entity (absent: the events) and how long its rows are kept. */
interface Part {
  readonly entity?: string
  readonly days: number
}

async function partsOf(session: Session, schema: string, { standard, entities }: Periods): Promise<Part[]> {
  const { rows } = await session.query<{ id: string }>({
    text: `with recursive e (id) as (
        (select a.entity_id from "${schema}"._audit a order by a.entity_id limit 1)
        union all
        select (select a.entity_id from "${schema}"._audit a where a.entity_id > e.id order by a.entity_id limit 1) from e where e.id is not null)
      select e.id::text from e where e.id is not null`,
  })
  const parts = [...rows.map(({ id }) => ({ entity: id, days: entities.get(id) ?? standard })), { days: standard }]
  return parts.filter(({ days }) => days > 0)
}

/** The last seal that is old enough, in each era. */
const ends = (
  schema: string,
): string => `(select distinct on (l.era) l.era, l.until_xid as xid, l.until_source as source, l.until_id as id
  from "${schema}"._seal l where l.sealed_at < $1::timestamptz - make_interval(days => $2::int)
  order by l.era, l.number desc) o`

async function oldRows(session: Session, schema: string, { entity, days }: Part, now: string): Promise<RowKey[]> {
  const place = (source: number): string =>
    `a.era = o.era and (a.xid <= o.xid or a.xid is null) and (coalesce(a.xid, '0'::xid8), ${source}, a.id) <= (o.xid, o.source, o.id)`
  const text =
    entity === undefined
      ? `select 1 as source, ${keyColumns}, a.id as record from ${ends(schema)} join "${schema}"._security a on ${place(1)}
          where a.kind not in ('redaction', 'retention') order by a.xid nulls first, a.id limit ${chunk}`
      : `select 0 as source, ${keyColumns}, a.record_id as record from ${ends(schema)}
          join "${schema}"._audit a on a.entity_id = $3::uuid and ${place(0)}
          where ${freeOfHolds(schema, 'a.record_id', 'a.entity_id')} order by a.xid nulls first, a.id limit ${chunk}`
  const { rows } = await session.query<RowKey>({ text, values: [now, days, ...(entity === undefined ? [] : [entity])] })
  return rows
}

async function removeSome(session: Session, place: AuditPlace, { now, by }: Removal, part: Part): Promise<number> {
  const { schema, signer } = place
  const rows = (await sealsOf(session, schema, await oldRows(session, schema, part, now))).filter(
    (row): row is Sealed & { seal: string } => row.seal !== null,
  )
  if (rows.length === 0) return 0
  const event = { id: randomUUID(), at: new Date().toISOString() }
  const hash = createHash('sha256')
  const struck: RowKey[] = []
  const seals = [...Map.groupBy(rows, ({ seal }) => seal)].sort(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1))
  for (const [seal, own] of seals) {
    const { digest, rows: some } = await strike(session, schema, seal, own, event)
    hash.update(removalLine({ seal, count: some.length, digest }))
    struck.push(...some)
  }
  if (struck.length === 0) return 0
  await remove(session, schema, struck)
  const said = { from: seals[0]![0], through: seals.at(-1)![0], count: struck.length, digest: hash.digest('hex') }
  const mac = signer.sign(retentionBytes(said)).toString('hex')
  const detail: JsonObject = { ...said, days: part.days, key: signer.key, mac }
  await note(
    { database: session, schema },
    { kind: 'retention', outcome: 'removed', actor: by, entity: part.entity, place: event, detail },
  )
  return struck.length
}

/** Notes beside a seal which of its rows go. A row that the seal does not know stays: it tells that somebody put it there. */
async function strike(
  session: Session,
  schema: string,
  number: string,
  rows: readonly RowKey[],
  event: EventPlace,
): Promise<{ digest: string; rows: RowKey[] }> {
  const kept = await keptEntries(session, schema, number)
  const index = new Map(kept?.entries.map(({ source, id }, i) => [`${source}:${id}`, i]))
  const known = rows
    .map((row) => ({ row, index: index.get(`${row.source}:${row.id}`) }))
    .filter((each): each is { row: RowKey; index: number } => each.index !== undefined)
    .sort((one, other) => one.index - other.index)
  const indices = known.map((each) => each.index)
  const digest = removalDigest(
    number,
    indices.map((i) => kept!.entries[i]!.digest),
  ).toString('hex')
  const struck = { digest, rows: known.map(({ row }) => row) }
  if (known.length === 0) return struck
  const removal = { event, count: known.length, rows: indices, digest }
  await session.query({
    text: `update "${schema}"._seal_rows set removed = removed || $2::jsonb where number = $1::bigint`,
    values: [number, JSON.stringify([removal])],
  })
  await session.query({
    text: `update "${schema}"._seal_rows r set entries = null, salts = null, redacted = '{}',
        removed = (select jsonb_agg(x.one - 'rows' order by x.n) from jsonb_array_elements(r.removed) with ordinality x (one, n))
      where r.number = $1::bigint and (select sum((y.one ->> 'count')::int) from jsonb_array_elements(r.removed) y (one))
        = (select l.count from "${schema}"._seal l where l.number = r.number)`,
    values: [number],
  })
  return struck
}

async function remove(session: Session, schema: string, rows: readonly RowKey[]): Promise<void> {
  const list = 'json_to_recordset($1::json) as r (id uuid, at timestamptz, record uuid)'
  for (const [source, own] of Map.groupBy(rows, (row) => row.source))
    await session.query({
      text:
        source === 0
          ? `delete from "${schema}"._audit a using ${list} where a.record_id = r.record and a.at = r.at and a.id = r.id`
          : `delete from "${schema}"._security a using ${list} where a.at = r.at and a.id = r.id`,
      values: [JSON.stringify(own)],
    })
}
