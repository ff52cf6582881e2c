// One seal: what it says of a batch of rows, and the hash that hangs it behind the one before. Decides which bytes are hashed;
// whoever changes that gives the words at the beginning of them another number.
import { createHash } from 'node:crypto'
import type { Session } from '../db/database.ts'
import type { Place } from './place.ts'

/** What a seal says. It covers the rows behind the place of the seal before, up to its own. */
export interface Seal {
  /** From 1 on, without gaps. As text: it has 64 bits. */
  readonly number: string
  readonly era: number
  readonly until: Place
  readonly count: number
  /** The hash of the entries. */
  readonly root: Buffer
  /** The hash of the seal before. */
  readonly previous: Buffer
  /** ISO 8601 */
  readonly sealedAt: string
  readonly hash: Buffer
  readonly keyId: string
  readonly mac: Buffer
}

/** What stands before the first seal. */
export const noHash = Buffer.alloc(32)

/** The root of a batch with these entries. */
export function rootOf(entries: Buffer): Buffer {
  return createHash('sha256').update(entries).digest()
}

/** The hash of what a seal says, with the hash of the one before. */
export function hashOf(seal: Omit<Seal, 'hash' | 'mac'>): Buffer {
  const { number, era, until, count, root, previous, sealedAt, keyId } = seal
  const said = ['peyvand seal 1', number, era, until.xid, until.source, until.id, count, root.toString('hex')]
  return createHash('sha256')
    .update(JSON.stringify([...said, previous.toString('hex'), sealedAt, keyId]))
    .digest()
}

/** What is signed at the head of a chain: another signature than the seal's own, so that nobody can take an older seal for it. */
export function headBytes(hash: Buffer): Buffer {
  return Buffer.concat([Buffer.from('peyvand head 1 '), hash])
}

interface SealRow {
  readonly number: string
  readonly era: number
  readonly xid: string
  readonly source: number
  readonly id: string
  readonly count: number
  readonly root: string
  readonly previous: string
  readonly sealedAt: string
  readonly hash: string
  readonly keyId: string
  readonly mac: string
}

const bytes = (name: string): string => `encode(l.${name}, 'hex') as ${name}`

/** The columns of a seal, of a table called `l`. */
export const sealColumns = `l.number::text as number, l.era, l.until_xid::text as xid, l.until_source as source, l.until_id::text as id, l.count,
  ${bytes('root')}, ${bytes('previous')}, to_char(l.sealed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "sealedAt",
  ${bytes('hash')}, l.key_id::text as "keyId", ${bytes('mac')}`

/** A seal out of its columns. */
export function sealOf({ number, era, xid, source, id, count, sealedAt, keyId, ...row }: SealRow): Seal {
  const [root, previous, hash, mac] = [row.root, row.previous, row.hash, row.mac].map((text) =>
    Buffer.from(text, 'hex'),
  )
  return {
    number,
    era,
    until: { xid, source, id },
    count,
    root: root!,
    previous: previous!,
    sealedAt,
    hash: hash!,
    keyId,
    mac: mac!,
  }
}

/** The last seal; undefined before the first. */
export async function lastSeal(session: Session, schema: string): Promise<Seal | undefined> {
  const { rows } = await session.query<SealRow>({
    text: `select ${sealColumns} from "${schema}"._seal l order by l.number desc limit 1`,
  })
  return rows[0] && sealOf(rows[0])
}

/** Seals and what is kept of their rows, from a number on. `entries`: absent where all of them were removed. */
export interface KeptSeal extends Seal {
  readonly entries: Buffer | undefined
  readonly salts: Buffer | undefined
  /** Rows whose values were erased: index of the entry → the event that says so. */
  readonly redacted: Readonly<Record<string, EventPlace>>
  readonly removed: readonly Removal[]
  /** False when there is a seal without what is kept of its rows. */
  readonly isWhole: boolean
}

/** Where an event stands in `_security`. */
export interface EventPlace {
  readonly id: string
  readonly at: string
}

/** Rows of a seal that retention took away. */
export interface Removal {
  readonly event: EventPlace
  readonly count: number
  /** Indices of their entries; absent where the entries are gone, too. */
  readonly rows?: readonly number[]
  /** Hash of the seal's number and the digests of those entries. */
  readonly digest: string
}

/** So many seals from a number on, in their order. */
export async function readSeals(session: Session, schema: string, from: string, most: number): Promise<KeptSeal[]> {
  type Row = SealRow & {
    entries: string | null
    salts: string | null
    redacted: KeptSeal['redacted'] | null
    removed: KeptSeal['removed'] | null
  }
  const { rows } = await session.query<Row>({
    text: `select ${sealColumns}, encode(r.entries, 'hex') as entries, encode(r.salts, 'hex') as salts, r.redacted, r.removed
      from (select x.* from "${schema}"._seal x where x.number >= $1::bigint order by x.number limit $2::int) l
      left join "${schema}"._seal_rows r on r.number = l.number order by l.number`,
    values: [from, most],
  })
  return rows.map(({ entries, salts, redacted, removed, ...row }) => ({
    ...sealOf(row),
    entries: entries === null ? undefined : Buffer.from(entries, 'hex'),
    salts: salts === null ? undefined : Buffer.from(salts, 'hex'),
    redacted: redacted ?? {},
    removed: removed ?? [],
    isWhole: removed !== null,
  }))
}

/** The hash of what retention takes out of one seal. */
export function removalDigest(number: string, digests: readonly Buffer[]): Buffer {
  const hash = createHash('sha256').update(`peyvand removal 1 ${number} `)
  for (const digest of digests) hash.update(digest)
  return hash.digest()
}
