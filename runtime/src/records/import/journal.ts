// What an import did, kept with it: how far it is and which records each of its transactions wrote. From here one that was
// stopped goes on, and one that is done is undone. Rows of `_import` and `_import_chunk`; runs nothing itself.
import { randomUUID } from 'node:crypto'
import { bringsRoles } from '@peyvand/core/access/actor.ts'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../../db/database.ts'
import type { FailedRow } from './errors.ts'
import type { Mapping } from './mapping.ts'

/** staged: the file is there · checking, checked: a dry run · undone: what could go back has gone back. */
export const importStates = [
  'staged',
  'checking',
  'checked',
  'running',
  'done',
  'failed',
  'cancelled',
  'undoing',
  'undone',
] as const
export type ImportState = (typeof importStates)[number]

/** law: rows = created + updated + unchanged + failed, once the import is done. */
export interface Counts {
  rows: number
  created: number
  updated: number
  unchanged: number
  failed: number
}

/** How far an import is; changed in the same transaction as the records. */
export interface ImportProgress {
  readonly counts: Counts
  /** The last row of the file that was taken in. */
  readonly upto: number
  readonly chunks: number
}

/** An import as it is kept. */
export interface ImportRecord {
  readonly id: Id
  readonly entityId: Id
  readonly actorId: Id
  readonly actorName: string
  readonly roles: readonly string[]
  readonly at: string
  readonly file: string | null
  /** Key of the stored file; null when it was read as it came, or is needed no more. */
  readonly content: string | null
  readonly mapping: Mapping
  readonly state: ImportState
  readonly facts: JsonObject | null
  readonly progress: ImportProgress
  readonly checked: JsonObject | null
  readonly problem: JsonObject | null
}

/** The values of a record's change where no audit log keeps them. */
export interface KeptChange {
  readonly before: JsonObject
  readonly after: JsonObject
}

/** What one transaction wrote of one entity, in the order of writing. */
export interface WrittenIds {
  readonly entity: Id
  readonly created?: readonly Id[]
  readonly updated?: readonly Id[]
  readonly changes?: Readonly<Record<Id, KeptChange>>
}

/** What came of the rows of one transaction. */
export interface ChunkTold {
  readonly counts: Counts
  /** Last row that was read for it; absent for rows that were read before and waited. */
  readonly upto?: number
  /** Rows that wait for others from now on, and rows that do not any more. */
  readonly held: readonly number[]
  readonly settled: readonly number[]
  readonly failed: readonly FailedRow[]
}

/** One transaction of an import. */
export interface Chunk {
  readonly number: number
  readonly xid: string
  readonly writes: readonly WrittenIds[]
}

export const noCounts = (): Counts => ({ rows: 0, created: 0, updated: 0, unchanged: 0, failed: 0 })
export const atStart = (): ImportProgress => ({ counts: noCounts(), upto: 0, chunks: 0 })

/** The sum of two. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    rows: a.rows + b.rows,
    created: a.created + b.created,
    updated: a.updated + b.updated,
    unchanged: a.unchanged + b.unchanged,
    failed: a.failed + b.failed,
  }
}

/** What a file says may have characters that jsonb cannot hold: it is kept as json. unit: failed rows kept of one import, so that one of nothing but mistakes does not fill the database. */
const mostFailed = 10_000

const columns = `i.id, i.entity_id as "entityId", i.actor_id as "actorId", i.actor_name as "actorName", i.roles,
  to_json(i.at) as "at", i.file, i.content, i.mapping, i.state, i.facts, i.progress, i.checked, i.problem`

/** Begins the record of an import. */
export async function beginImport(
  session: Session,
  { schema, actor }: Pick<Context, 'schema' | 'actor'>,
  given: Pick<ImportRecord, 'entityId' | 'file' | 'mapping' | 'state'> & {
    readonly id?: Id
    readonly content?: string
    readonly facts?: JsonObject
  },
): Promise<ImportRecord> {
  const { rows } = await session.query<ImportRecord>({
    text: `with i as (insert into "${schema}"._import
        (id, entity_id, actor_id, actor_name, roles, file, content, mapping, state, facts, progress)
        values ($1::uuid, $2::uuid, $3::uuid, $4, $5::jsonb, $6, $7, $8::jsonb, $9, $10::json, $11::jsonb) returning *)
      select ${columns} from i`,
    values: [
      given.id ?? randomUUID(),
      given.entityId,
      actor.user,
      actor.name,
      JSON.stringify(actor.roles),
      given.file,
      given.content ?? null,
      JSON.stringify(given.mapping),
      given.state,
      given.facts === undefined ? null : JSON.stringify(given.facts),
      JSON.stringify(atStart()),
    ],
  })
  return rows[0]!
}

/**
 * Whether somebody may see and steer an import: whoever made it, and administrators. A key that is limited to some of the
 * person's roles has those that it could have made: what is told of an import are values.
 */
export function ownsImport(
  { model, actor }: Pick<Context, 'model' | 'actor'>,
  { actorId, roles }: ImportRecord,
): boolean {
  if (actor.system === true || hasPrivilege(model, actor, 'administer')) return true
  return actor.user === actorId && bringsRoles(actor, roles)
}

/** An import that the caller may see. throws: Problem when there is none. */
export async function findImport(
  session: Session,
  context: Pick<Context, 'schema' | 'model' | 'actor'>,
  id: string,
): Promise<ImportRecord> {
  const found = isUuid(id) ? await readImport(session, context.schema, id) : undefined
  if (found !== undefined && ownsImport(context, found)) return found
  throw new Problem('missing.record', { detail: 'There is no such import', target: id.slice(0, 36) })
}

/** An import, whoever asks. */
export async function readImport(session: Session, schema: string, id: Id): Promise<ImportRecord | undefined> {
  const { rows } = await session.query<ImportRecord>({
    text: `select ${columns} from "${schema}"._import i where i.id = $1::uuid`,
    values: [id],
  })
  return rows[0]
}

/** The newest imports: the caller's own, or for an administrator all. */
export async function listImports(
  session: Session,
  { schema, model, actor }: Pick<Context, 'schema' | 'model' | 'actor'>,
  { top, entityId }: { readonly top: number; readonly entityId?: Id },
): Promise<ImportRecord[]> {
  const all = actor.system === true || hasPrivilege(model, actor, 'administer')
  const { rows } = await session.query<ImportRecord>({
    text: `select ${columns} from "${schema}"._import i
      where ($1::uuid is null or i.actor_id = $1) and ($2::uuid is null or i.entity_id = $2)
        and ($4::jsonb is null or i.roles <@ $4::jsonb)
      order by i.at desc, i.id desc limit $3::int`,
    values: [
      all ? null : actor.user,
      entityId ?? null,
      top,
      !all && actor.limited ? JSON.stringify(actor.roles) : null,
    ],
  })
  return rows
}

type Changes = Partial<Pick<ImportRecord, 'content' | 'mapping' | 'facts' | 'checked' | 'problem'>>
const kinds: Readonly<Record<keyof Changes, string>> = {
  content: 'text',
  mapping: 'jsonb',
  facts: 'json',
  checked: 'json',
  problem: 'jsonb',
}

/** Moves an import on, if it is in one of the states it may come from. shape: whether it was. */
export async function moveImport(
  session: Session,
  schema: string,
  id: Id,
  { from, to, ...changes }: { readonly from: readonly ImportState[]; readonly to: ImportState } & Changes,
): Promise<boolean> {
  const named = Object.entries(changes) as [keyof Changes, JsonValue][]
  const sets = named.map(([name], i) => `, ${name} = $${i + 4}::${kinds[name]}`).join('')
  const values = named.map(([name, value]) =>
    value === null || kinds[name] === 'text' ? value : JSON.stringify(value),
  )
  const { rows } = await session.query({
    text: `update "${schema}"._import set state = $2${sets} where id = $1::uuid and state = any($3::text[]) returning id`,
    values: [id, to, from, ...values],
  })
  return rows.length > 0
}

/** Notes what a transaction of an import did, in that transaction. */
export async function keepChunk(
  session: Session,
  schema: string,
  id: Id,
  told: ChunkTold,
  writes: readonly WrittenIds[],
): Promise<void> {
  const { rows } = await session.query<{ progress: ImportProgress }>({
    text: `select i.progress from "${schema}"._import i where i.id = $1::uuid for update`,
    values: [id],
  })
  const { progress = atStart() } = rows[0] ?? {}
  const next: ImportProgress = {
    counts: addCounts(progress.counts, told.counts),
    upto: told.upto ?? progress.upto,
    chunks: progress.chunks + 1,
  }
  const room = Math.max(0, mostFailed - progress.counts.failed)
  await session.query({
    text: `with c as (insert into "${schema}"._import_chunk (import_id, number, writes, held, settled, failed)
        values ($1::uuid, $2::int, $3::jsonb, $4::jsonb, $5::jsonb, $6::json))
      update "${schema}"._import set progress = $7::jsonb where id = $1::uuid`,
    values: [
      id,
      next.chunks,
      JSON.stringify(writes),
      JSON.stringify(told.held),
      JSON.stringify(told.settled),
      JSON.stringify(told.failed.slice(0, room)),
      JSON.stringify(next),
    ],
  })
}

/** The rows that had been read, and wait for others, when the import was stopped. */
export async function heldRows(session: Session, schema: string, id: Id): Promise<Set<number>> {
  const { rows } = await session.query<{ row: number }>({
    text: `select h.value::int as row from "${schema}"._import_chunk c, jsonb_array_elements_text(c.held) h where c.import_id = $1::uuid
      except select s.value::int from "${schema}"._import_chunk d, jsonb_array_elements_text(d.settled) s where d.import_id = $1::uuid`,
    values: [id],
  })
  return new Set(rows.map(({ row }) => row))
}

/** Rows that failed, in the order of the file's chunks, some chunks at a time. */
export async function* failedRows(session: Session, schema: string, id: Id): AsyncGenerator<FailedRow[]> {
  for (let after: number | undefined = 0; after !== undefined;) {
    const { rows }: { rows: { number: number; failed: FailedRow[] }[] } = await session.query({
      text: `select c.number, c.failed from "${schema}"._import_chunk c
        where c.import_id = $1::uuid and c.number > $2::int and c.failed::text <> '[]' order by c.number limit 10`,
      values: [id, after],
    })
    const found = rows.flatMap(({ failed }) => failed)
    if (found.length > 0) yield found
    after = rows.at(-1)?.number
  }
}
