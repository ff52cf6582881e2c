// Erasing values out of the audit, so that a person can be forgotten and the chain still holds: the values go, the salt that
// their digest was made with goes, and an event that is sealed itself says which rows were changed, by whom and why.
import { randomBytes, randomUUID } from 'node:crypto'
import type { Session } from '../db/database.ts'
import type { AuditPlace } from './chain.ts'
import { throughDoor } from './door.ts'
import { note } from './note.ts'
import { digestOf, readRow, saltLength, type AuditRow } from './rows.ts'
import type { EventPlace } from './seal.ts'
import { keyColumns, keptEntries, sealsOf, type RowKey, type Sealed } from './under.ts'

/** Values of one record to be erased, whenever they were written. */
export interface Erased {
  /** Id of the entity. */
  readonly entity: string
  readonly record: string
  /** Names of columns, as the audit has them: all of a field's (`price`, `price_currency`). */
  readonly columns: readonly string[]
}

export interface Redaction {
  readonly records?: readonly Erased[]
  /** Users whose addresses and browsers are erased from what happened at the doors. */
  readonly people?: readonly string[]
  /** Id of whoever erases. */
  readonly by: string
  /** In a few words; without anything personal, for it stays. */
  readonly reason: string
}

/** Rows that one event names at most. */
const chunk = 500

/**
 * Erases values out of the audit, in the caller's transaction. A value that is erased becomes null on both sides of its change.
 * shape: how many rows changed. law: verifying finds nothing afterwards, and says what was erased by whom and why.
 */
export function redactAudit(session: Session, place: AuditPlace, order: Redaction): Promise<number> {
  return throughDoor(session, { schema: place.schema, why: 'redaction' }, async () => {
    const changed = [...(await eraseValues(session, place, order)), ...(await eraseTraces(session, place, order))]
    for (let i = 0; i < changed.length; i += chunk) await declare(session, place, order, changed.slice(i, i + chunk))
    return changed.length
  })
}

async function eraseValues(session: Session, { schema }: AuditPlace, { records = [] }: Redaction): Promise<RowKey[]> {
  if (records.length === 0) return []
  const emptied = (side: string): string =>
    `case when a.${side} is null then null else a.${side} || (select coalesce(jsonb_object_agg(n, null), '{}') from unnest(o.names) n where a.${side} ? n) end`
  const { rows } = await session.query<RowKey>({
    text: `update "${schema}"._audit a set before = ${emptied('before')}, after = ${emptied('after')}
      from (select r.entity, r.record, array(select json_array_elements_text(r.columns)) as names
        from json_to_recordset($1::json) as r (entity uuid, record uuid, columns json)) o
      where a.record_id = o.record and a.entity_id = o.entity and (a.before ?| o.names or a.after ?| o.names)
      returning 0 as source, ${keyColumns}, a.record_id as record`,
    values: [JSON.stringify(records)],
  })
  return rows
}

async function eraseTraces(session: Session, { schema }: AuditPlace, { people = [] }: Redaction): Promise<RowKey[]> {
  if (people.length === 0) return []
  const { rows } = await session.query<RowKey>({
    text: `update "${schema}"._security a set address = null, agent = null
      where (a.user_id = any($1::uuid[]) or a.actor_id = any($1::uuid[])) and (a.address is not null or a.agent is not null)
      returning 1 as source, ${keyColumns}, a.id as record`,
    values: [people],
  })
  return rows
}

/** Says in an event what was changed, and gives the rows under seals their new salts. */
async function declare(
  session: Session,
  { schema, signer }: AuditPlace,
  { by, reason, records = [] }: Redaction,
  changed: readonly RowKey[],
): Promise<void> {
  const event = { id: randomUUID(), at: new Date().toISOString() }
  const digests = new Map<string, string>()
  for (const [number, rows] of Map.groupBy(await sealsOf(session, schema, changed), ({ seal }) => seal)) {
    if (number === null) continue
    for (const [name, digest] of await saltAnew(session, schema, number, rows, event)) digests.set(name, digest)
  }
  const said = { reason, columns: [...new Set(records.flatMap((each) => each.columns))].sort(byText) }
  const rows = Object.fromEntries(digests)
  const mac = signer.sign(redactionBytes({ ...said, rows })).toString('hex')
  await note(
    { database: session, schema },
    {
      kind: 'redaction',
      outcome: 'removed',
      actor: by,
      place: event,
      detail: { ...said, count: changed.length, rows, key: signer.key, mac },
    },
  )
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What is signed of an erasing. */
export function redactionBytes(detail: {
  readonly reason: unknown
  readonly columns: unknown
  readonly rows: Readonly<Record<string, unknown>>
}): Buffer {
  return Buffer.from(
    JSON.stringify([
      'peyvand redaction 1',
      detail.reason,
      detail.columns,
      Object.entries(detail.rows).sort(([a], [b]) => byText(a, b)),
    ]),
  )
}

async function saltAnew(
  session: Session,
  schema: string,
  number: string,
  rows: readonly Sealed[],
  event: EventPlace,
): Promise<[name: string, digest: string][]> {
  const kept = await keptEntries(session, schema, number)
  if (kept === undefined) return []
  const { entries, salts } = kept
  const found: [string, string][] = []
  const redacted: Record<number, EventPlace> = {}
  for (const row of rows) {
    const index = entries.findIndex(({ source, id }) => source === row.source && id === row.id)
    const now = await readRow(session, schema, row)
    if (index < 0 || now === undefined) continue
    const salt = randomBytes(saltLength)
    salt.copy(salts, index * saltLength)
    found.push([nameOf(now), digestOf(salt, now.text).toString('hex')])
    redacted[index] = event
  }
  await session.query({
    text: `update "${schema}"._seal_rows set salts = $2::bytea, redacted = redacted || $3::jsonb where number = $1::bigint`,
    values: [number, salts, JSON.stringify(redacted)],
  })
  return found
}

/** How an event names a row. */
export function nameOf({ source, id }: Pick<AuditRow, 'source' | 'id'>): string {
  return `${source}:${id}`
}
