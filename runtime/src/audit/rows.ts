// The rows of the audit in their order: counted, read with the text that their digest is made of, or as digests alone. Entity by
// entity, as the index of changes has them, so that writing a record needs no index more. Decides what of a row counts: every column.
import { createHash } from 'node:crypto'
import type { Session } from '../db/database.ts'
import type { Place } from './place.ts'

/** A row of the audit. */
export interface AuditRow extends Place {
  /** ISO 8601 */
  readonly at: string
  /** All columns as one JSON list; two rows that differ in anything have different texts. */
  readonly text: string
  /** The record it is about, where it is one. */
  readonly record: string | null
}

/** From one place (not with it) to another (with it), in one era. */
export interface Span {
  readonly era: number
  readonly from: Place
  readonly through: Place
}

/** unit: bytes */
export const saltLength = 16

/** One of the salts that stand one behind the other. */
export function saltAt(salts: Buffer, index: number): Buffer {
  return salts.subarray(index * saltLength, (index + 1) * saltLength)
}

/** The digest of a row: nobody can guess a value in it without its salt. */
export function digestOf(salt: Buffer, text: string): Buffer {
  return createHash('sha256').update(salt).update(text, 'utf8').digest()
}

const moment = (name: string): string => `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

const columns = {
  _audit: `a.id, coalesce(a.xid, '0'::xid8) as xid, a.at, a.record_id as record, jsonb_build_array(0, a.id, a.era, a.xid::text, ${moment('a.at')},
    a.actor_id, a.via_id, a.request_id, a.entity_id, a.record_id, a.change, a.version, a.before, a.after)::text as text`,
  _security: `s.id, coalesce(s.xid, '0'::xid8) as xid, s.at, s.record_ids[1] as record, jsonb_build_array(1, s.id, s.era, s.xid::text, ${moment('s.at')},
    s.kind, s.outcome, s.user_id, s.actor_id, s.via_id, s.address, s.agent, s.detail, s.request_id, s.entity_id, s.record_ids)::text as text`,
}

/** Every entity that has rows, found without reading them: one step into the index for each. */
export function entitiesSql(schema: string): string {
  return `with recursive e (id) as (
      (select a.entity_id from "${schema}"._audit a order by a.entity_id limit 1)
      union all
      select (select a.entity_id from "${schema}"._audit a where a.entity_id > e.id order by a.entity_id limit 1) from e where e.id is not null)`
}

/** Rows from before transactions were noted belong to the very beginning. */
const isFirst = ({ from }: Span): boolean => from.xid === '0' && from.source < 0
const unnumbered = (span: Span, alias: string): string => (isFirst(span) ? ` or ${alias}.xid is null` : '')
/** As the index has them, where it can be so. */
const sorted = (span: Span, alias: string): string => `${alias}.xid${isFirst(span) ? ' nulls first' : ''}, ${alias}.id`

const within = (alias: string, source: number): string =>
  `(coalesce(${alias}.xid, '0'::xid8), ${source}, ${alias}.id) > ($2::xid8, $3::int, $4::uuid)
     and (coalesce(${alias}.xid, '0'::xid8), ${source}, ${alias}.id) <= ($5::xid8, $6::int, $7::uuid)`

function spanValues({ era, from, through }: Span): unknown[] {
  return [era, from.xid, from.source, from.id, through.xid, through.source, through.id]
}

/** The rows of one entity, or of the other table, that lie in a span, with conditions that the index of changes has. */
function lying(span: Span, alias: 'a' | 's', through = '$5::xid8'): string {
  const own = alias === 'a' ? 'a.entity_id = e.id and ' : ''
  const numbered = `${alias}.xid >= $2::xid8 and ${alias}.xid <= ${through}`
  return `${own}((${numbered})${unnumbered(span, alias)}) and ${within(alias, alias === 'a' ? 0 : 1)}`
}

/** The rows of a span, one after another and unordered; `$9` as in `readRows`. */
function rowsSql(schema: string, span: Span): string {
  const inEra = (alias: 'a' | 's'): string =>
    `(${alias}.era = $1::int or ($9::int is not null and ${alias}.era not between 1 and $9::int))`
  return `
      select 0 as source, x.* from e cross join lateral (select ${columns._audit} from "${schema}"._audit a
        where ${lying(span, 'a')} and ${inEra('a')}) x
      union all
      select 1 as source, ${columns._security} from "${schema}"._security s where ${lying(span, 's')} and ${inEra('s')}`
}

/**
 * The rows of a span in their order, so many at most. `eras`: how many there are so far; a row of any other one is told too,
 * for it was put there by somebody else and nothing else would look for it.
 */
export async function readRows(
  session: Session,
  schema: string,
  span: Span,
  { most, eras = null }: { readonly most: number; readonly eras?: number | null },
): Promise<AuditRow[]> {
  const { rows } = await session.query<AuditRow>({
    text: `${entitiesSql(schema)}
      select r.source, r.id, r.xid::text as xid, ${moment('r.at')} as at, r.record, r.text from (${rowsSql(schema, span)}) r
      order by r.xid, r.source, r.id limit $8::int`,
    values: [...spanValues(span), most, eras],
  })
  return rows
}

/**
 * The entries of all rows of a span in their order, packed as in entries.ts, with the digest of `digestOf` each. The database
 * makes them, because reading every row that was written once more would cost writers more than the audit itself.
 */
export async function digestRows(session: Session, schema: string, span: Span, salts: Buffer): Promise<Buffer> {
  const salt = `substr($8::bytea, (n.place::int - 1) * ${saltLength} + 1, ${saltLength})`
  const entry = `set_byte('\\x00', 0, n.source) || uuid_send(n.id) || sha256(${salt} || convert_to(n.text, 'UTF8'))`
  const { rows } = await session.query<{ entries: string | null }>({
    text: `${entitiesSql(schema)}
      select encode(string_agg(${entry}, ''::bytea order by n.place), 'hex') as entries from (
        select r.source, r.id, r.text, row_number() over (order by r.xid, r.source, r.id) as place
        from (${rowsSql(schema, span)}) r) n`,
    values: [...spanValues(span), salts, null],
  })
  return Buffer.from(rows[0]!.entries ?? '', 'hex')
}

/** One row by its place, as it is now; undefined when it is not there. */
export async function readRow(
  session: Session,
  schema: string,
  {
    source,
    id,
    at,
    record,
  }: { readonly source: number; readonly id: string; readonly at: string; readonly record: string },
): Promise<AuditRow | undefined> {
  const [name, alias] = source === 0 ? (['_audit', 'a'] as const) : (['_security', 's'] as const)
  const key = source === 0 ? ' and a.record_id = $3::uuid' : ''
  const { rows } = await session.query<AuditRow>({
    text: `select r.id, r.xid::text as xid, ${moment('r.at')} as at, r.record, r.text from (
      select ${columns[name]} from "${schema}".${name} ${alias}
      where ${alias}.id = $1::uuid and ${alias}.at = $2::timestamptz${key}) r limit 1`,
    values: source === 0 ? [id, at, record] : [id, at],
  })
  return rows[0] === undefined ? undefined : { ...rows[0], source }
}

/** What lies in a span: how many rows (counting ends at `most`), since when, and where the last of those is. */
export interface Amount {
  readonly count: number
  /** Whether there are more. */
  readonly more: boolean
  /** ISO 8601; absent when there is none. */
  readonly oldest?: string
  readonly last?: Place
}

/** unit: bytes, as they are stored. What one batch holds in memory at the same time. */
const mostBytes = 8_000_000

/**
 * Counts the rows of a span in their order, until there are so many or they are too large together. First it looks how many
 * transactions that takes, along the index: what lies behind them is not read, however much it is.
 */
export async function measure(session: Session, schema: string, span: Span, most: number): Promise<Amount> {
  const far = (alias: 'a' | 's', table: string): string =>
    `(select ${alias}.xid from "${schema}".${table} ${alias} where ${lying(span, alias)} and ${alias}.era = $1::int order by ${alias}.xid${isFirst(span) ? ' nulls first' : ''} offset $8::int limit 1)`
  const through = '(select b.through from b)'
  const { rows } = await session.query<{ count: number; more: boolean; oldest: string | null } & Place>({
    text: `${entitiesSql(schema)}, b as (
        select coalesce(min(x.xid), $5::xid8) as through from (
          select x.xid from e cross join lateral ${far('a', '_audit')} x union all select x.xid from ${far('s', '_security')} x) x),
      r as (
        (select 0 as source, x.id, x.xid, x.at, x.size from e cross join lateral (
          select a.id, coalesce(a.xid, '0'::xid8) as xid, a.at,
            coalesce(pg_column_size(a.before), 0) + coalesce(pg_column_size(a.after), 0) as size
          from "${schema}"._audit a where ${lying(span, 'a', through)} and a.era = $1::int order by ${sorted(span, 'a')} limit $8::int + 1) x)
        union all
        (select 1, s.id, coalesce(s.xid, '0'::xid8), s.at, coalesce(pg_column_size(s.detail), 0)
          from "${schema}"._security s where ${lying(span, 's', through)} and s.era = $1::int order by ${sorted(span, 's')} limit $8::int + 1)),
      f as (select r.*, row_number() over w as n, sum(r.size) over w as total from r
        window w as (order by r.xid, r.source, r.id)),
      k as (select f.* from f where f.n <= $8::int and (f.n = 1 or f.total <= ${mostBytes}))
      select t.count, t.more, ${moment('t.oldest')} as oldest, t.xid::text as xid, t.source, t.id from (
        select count(*) over ()::int as count, count(*) over () < (select count(*) from f) as more,
          min(k.at) over () as oldest, k.xid, k.source, k.id
        from k order by k.n desc limit 1) t`,
    values: [...spanValues(span), most],
  })
  const row = rows[0]
  if (row === undefined) return { count: 0, more: false }
  const { count, more, oldest, xid, source, id } = row
  return { count, more, ...(oldest === null ? {} : { oldest }), last: { xid, source, id } }
}

/** Before what transactions from here on write: all that wrote before are over, and can be seen. */
export async function horizon(session: Session): Promise<string> {
  const { rows } = await session.query<{ xmin: string }>({
    text: 'select pg_snapshot_xmin(pg_current_snapshot())::text as xmin',
  })
  return rows[0]!.xmin
}
