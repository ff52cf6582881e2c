// Hanging seals behind one another: gathers the rows of transactions that are over, batch by batch, and writes what they were.
// One process at a time does it, by a lock that ends with the transaction; a kill in the middle leaves nothing behind.
// Writers never wait: nothing here locks a row of theirs.
import { randomBytes } from 'node:crypto'
import type { Database, Session } from '../db/database.ts'
import { entryLength } from './entries.ts'
import { before, endOfEra, start, type Place } from './place.ts'
import { digestRows, horizon, measure, saltLength, type Span } from './rows.ts'
import { hashOf, headBytes, lastSeal, noHash, rootOf, type Seal } from './seal.ts'
import type { Signer } from './signer.ts'

/** Where seals are made. */
export interface AuditPlace {
  readonly schema: string
  readonly signer: Signer
}

/** Rows of one seal at most. */
export const batch = 1_000
const lockSpace = 0x70657961

/** Waits for the only right to change seals, until the transaction ends. */
export async function lockSeals(session: Session, schema: string): Promise<void> {
  await session.query({
    text: 'select pg_advisory_xact_lock($1::int, pg_catalog.hashtext($2))',
    values: [lockSpace, schema],
  })
}

async function tryLockSeals(session: Session, schema: string): Promise<boolean> {
  const { rows } = await session.query<{ got: boolean }>({
    text: 'select pg_try_advisory_xact_lock($1::int, pg_catalog.hashtext($2)) as got',
    values: [lockSpace, schema],
  })
  return rows[0]!.got
}

/** What is not sealed yet. */
export interface Unsealed {
  /** Counting ends at some thousands. */
  readonly rows: number
  /** When the oldest of them was written, ISO 8601. */
  readonly oldest?: string
}

const mostCounted = 10_000

/** Counts what is not sealed yet, transactions that still run among it as far as they can be seen. */
export async function unsealed(session: Session, schema: string): Promise<Unsealed> {
  const span = behind(await lastSeal(session, schema), endOfEra)
  const { count, oldest } = await measure(session, schema, span, mostCounted)
  return { rows: count, ...(oldest === undefined ? {} : { oldest }) }
}

/** Seals what is there and not sealed yet. shape: how many rows; undefined when another process does it. */
export async function sealAll(database: Database, place: AuditPlace): Promise<number | undefined> {
  const last = await lastSeal(database, place.schema)
  // Most looks find nothing, and then no transaction is begun.
  const open = await measure(database, place.schema, behind(last, before(await horizon(database))), 1)
  let [count, more] = [0, open.count > 0]
  while (more) {
    const sealed = await database.transaction(async (session) =>
      (await tryLockSeals(session, place.schema)) ? sealNext(session, place) : undefined,
    )
    if (sealed === undefined) return undefined
    count += sealed.count
    more = sealed.more
  }
  return count
}

/** What was sealed: how many rows, and whether there are more. */
export interface Sealed {
  readonly count: number
  readonly more: boolean
}

/** Seals the next batch, in a transaction that holds the lock. */
export async function sealNext(session: Session, place: AuditPlace, end?: Place): Promise<Sealed> {
  const { schema } = place
  const last = await lastSeal(session, schema)
  const through = end ?? before(await horizon(session))
  const span = behind(last, through)
  const { count, more, last: cut } = await measure(session, schema, span, batch)
  if (count > 0 || end !== undefined) await write(session, place, last, more ? { ...span, through: cut! } : span, count)
  return { count, more }
}

/** What lies behind a seal. */
function behind(last: Seal | undefined, through: Place): Span {
  if (last === undefined) return { era: 1, from: start, through }
  const isOver = last.until.xid === endOfEra.xid
  return { era: isOver ? last.era + 1 : last.era, from: isOver ? start : last.until, through }
}

async function write(
  session: Session,
  { schema, signer }: AuditPlace,
  last: Seal | undefined,
  span: Span,
  count: number,
): Promise<void> {
  const salts = randomBytes(saltLength * count)
  const entries = await digestRows(session, schema, span, salts)
  if (entries.length !== count * entryLength)
    throw new Error(`The audit changed while it was sealed: ${entries.length / entryLength} rows of ${count}`)
  const said = {
    number: String(BigInt(last?.number ?? 0) + 1n),
    era: span.era,
    until: span.through,
    count,
    root: rootOf(entries),
    previous: last?.hash ?? noHash,
    sealedAt: await now(session),
    keyId: signer.key,
  }
  const hash = hashOf(said)
  const mac = signer.sign(hash)
  await save(session, schema, { ...said, hash, mac }, signer.sign(headBytes(hash)))
  await session.query({
    text: `insert into "${schema}"._seal_rows (number, entries, salts) values ($1::bigint, $2::bytea, $3::bytea)`,
    values: [said.number, entries, salts],
  })
}

/** The seal, and the head of the chain: the one row that says how far it goes. */
async function save(session: Session, schema: string, seal: Seal, headMac: Buffer): Promise<void> {
  const { number, era, until, count, root, previous, sealedAt, hash, keyId, mac } = seal
  await session.query({
    text: `insert into "${schema}"._seal (number, era, until_xid, until_source, until_id, count, root, previous, sealed_at, hash, key_id, mac)
      values ($1::bigint, $2::int, $3::xid8, $4::int, $5::uuid, $6::int, $7::bytea, $8::bytea, $9::timestamptz, $10::bytea, $11::uuid, $12::bytea)`,
    values: [number, era, until.xid, until.source, until.id, count, root, previous, sealedAt, hash, keyId, mac],
  })
  await session.query({
    text: `delete from "${schema}"._seal_head where key_id <> $1::uuid`,
    values: [keyId],
  })
  await session.query({
    text: `insert into "${schema}"._seal_head as h (key_id, number, hash, mac) values ($1::uuid, $2::bigint, $3::bytea, $4::bytea)
      on conflict (key_id) do update set number = excluded.number, hash = excluded.hash, mac = excluded.mac`,
    values: [keyId, number, hash, headMac],
  })
}

async function now(session: Session): Promise<string> {
  const { rows } = await session.query<{ at: string }>({
    text: `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`,
  })
  return rows[0]!.at
}

/**
 * Where a database was restored into another server, transactions are numbered anew. What is there from before is closed with
 * one seal more, and a new era begins. Before this process writes anything.
 */
export async function beginEra(database: Database, place: AuditPlace): Promise<void> {
  const { schema } = place
  const isBehind = async (session: Session): Promise<boolean> => {
    const last = await lastSeal(session, schema)
    if (last === undefined || last.until.xid === endOfEra.xid) return false
    const { rows } = await session.query<{ behind: boolean }>({
      text: 'select pg_snapshot_xmax(pg_current_snapshot()) < $1::xid8 as behind',
      values: [last.until.xid],
    })
    return rows[0]!.behind
  }
  if (!(await isBehind(database))) return
  await database.transaction(async (session) => {
    await lockSeals(session, schema)
    if (!(await isBehind(session))) return
    const { era } = (await lastSeal(session, schema))!
    while ((await lastSeal(session, schema))!.until.xid !== endOfEra.xid) await sealNext(session, place, endOfEra)
    for (const table of ['_audit', '_security'])
      await session.query({ text: `alter table "${schema}"."${table}" alter column era set default ${era + 1}` })
  })
}
