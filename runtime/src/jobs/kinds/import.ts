// The jobs of imports: a dry run, the import itself, and taking it back. An import goes on behind its last transaction; each
// transaction first looks whether this worker still holds the job, so that no row is written by two.
import type { Job } from '@peyvand/core/answer/job.ts'
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../../db/database.ts'
import type { Platform, RunningPlatform } from '../../platform.ts'
import type { FailedRow } from '../../records/import/errors.ts'
import { importRecords } from '../../records/import/index.ts'
import {
  moveImport,
  readImport,
  type Counts,
  type ImportRecord,
  type ImportState,
} from '../../records/import/journal.ts'
import { undoImport, undoneOf } from '../../records/import/undo.ts'
import type { JobKind, RunningJob } from '../job.ts'
import { cancel, enqueue } from '../queue.ts'

interface Payload {
  readonly import: Id
  readonly user: Id
  /** The rights it was asked with: a key may have fewer than its user. */
  readonly roles: readonly string[]
  /** Who acted as the user. */
  readonly via?: string
}

const payloadOf = (payload: JsonObject): Payload => payload as unknown as Payload

/** unit: failed rows kept of a dry run */
const mostFailed = 1_000

export const importJob: JobKind = {
  name: 'import',
  attempts: 20,
  async run(job, platform) {
    const { record, context, entity } = await opened(job, platform)
    const content = await contentOf(platform, record)
    const { import: _, ...done } = await importRecords(platform, context, content, {
      entity,
      mapping: record.mapping,
      begun: { record, hold: (session) => job.hold(session) },
      signal: job.signal,
      progress: ({ rows }) => void job.report({ done: rows }).catch(() => undefined),
    })
    const facts = { ...record.facts, ...factsIn(done) }
    await job.transaction((session) => end(session, platform, record, { from: 'running', to: 'done', facts }))
    await platform.files.delete(record.content!)
    return { ...done } as unknown as JsonObject
  },
  failed: (job, platform) => broken(job, platform, 'running', 'failed'),
  cancel: (job, platform) => cancelled(job, platform, 'running', 'cancelled'),
}

export const checkJob: JobKind = {
  name: 'import-check',
  attempts: 5,
  async run(job, platform) {
    const { record, context, entity } = await opened(job, platform)
    const failed: FailedRow[] = []
    const done = await importRecords(platform, context, await contentOf(platform, record), {
      entity,
      mapping: record.mapping,
      dryRun: true,
      signal: job.signal,
      failed: (row) => failed.length < mostFailed && failed.push(row),
      progress: ({ rows }) => void job.report({ done: rows }).catch(() => undefined),
    })
    const checked = { ...countsIn(done), errors: failed } as unknown as JsonObject
    const facts = { ...record.facts, ...factsIn(done) }
    await job.transaction((session) =>
      end(session, platform, record, { from: 'checking', to: 'checked', facts, checked, problem: null }),
    )
    return { ...countsIn(done) }
  },
  failed: (job, platform) => broken(job, platform, 'checking', 'staged'),
  cancel: (job, platform) => cancelled(job, platform, 'checking', 'staged'),
}

export const undoJob: JobKind = {
  name: 'import-undo',
  attempts: 20,
  async run(job, platform) {
    const { record, context } = await opened(job, platform)
    await undoImport(platform, context, {
      record,
      hold: (session) => job.hold(session),
      signal: job.signal,
      progress: (done, total) => job.report({ done, total }),
    })
    await job.transaction((session) => end(session, platform, record, { from: 'undoing', to: 'undone' }))
    const { deleted, restored, leftCount } = await undoneOf(platform.database, platform.schema, record.id, 0)
    return { deleted, restored, left: leftCount }
  },
  failed: (job, platform) => broken(job, platform, 'undoing', 'done'),
  cancel: (job, platform) => cancelled(job, platform, 'undoing', 'done'),
}

/** The kinds of this file: what a process that only imports has to run. */
export const importJobs: readonly JobKind[] = [importJob, checkJob, undoJob]

/** Puts a job of an import in. */
export function enqueueImport(
  session: Session,
  { schema, actor }: Pick<Context, 'schema' | 'actor'>,
  { name }: JobKind,
  id: Id,
): Promise<string> {
  const payload = {
    import: id,
    user: actor.user,
    roles: [...actor.roles],
    ...(actor.via === undefined ? {} : { via: actor.via }),
  }
  return enqueue(session, schema, { kind: name, payload, unique: id, actor: actor.user })
}

/** Cancels what waits or runs of an import. shape: whether there was something. */
export async function cancelImport(session: Session, schema: string, id: Id): Promise<boolean> {
  const { rows } = await session.query<{ id: Id }>({
    text: `select j.id from "${schema}"._job j where j.unique_key = $1 and j.kind = any($2::text[]) and j.state in ('queued', 'running')`,
    values: [id, importJobs.map(({ name }) => name)],
  })
  for (const job of rows) await cancel(session, schema, job.id)
  return rows.length > 0
}

async function opened(
  job: RunningJob,
  platform: RunningPlatform,
): Promise<{ record: ImportRecord; context: Context; entity: Entity }> {
  const { import: id, user, roles, via } = payloadOf(job.payload)
  const record = await readImport(platform.database, platform.schema, id)
  if (record === undefined) throw new Problem('missing.record', { detail: 'The import is not there any more' })
  const actor = user === systemActor.user ? systemActor : await platform.actorOf(user, roles, via)
  if (actor === undefined)
    throw new Problem('auth.invalid', { detail: 'The account that asked is not active any more' })
  const context = platform.contextFor(actor, 'en', job.id)
  const entity = context.model.entityById.get(record.entityId)
  if (entity === undefined) throw new Problem('missing.path', { detail: 'The entity is not there any more' })
  return { record, context, entity }
}

async function contentOf({ files }: Platform, { content }: ImportRecord): Promise<AsyncIterable<Uint8Array>> {
  const bytes = content === null ? undefined : await files.get(content)
  if (bytes === undefined)
    throw new Problem('missing.record', { detail: 'The file of the import is not there any more' })
  return bytes
}

function countsIn({ rows, created, updated, unchanged, failed }: Counts): Record<keyof Counts, number> {
  return { rows, created, updated, unchanged, failed }
}

function factsIn(done: object): JsonObject {
  const facts = done as JsonObject
  const names = ['format', 'encoding', 'delimiter', 'sheet', 'sheets', 'columns', 'ignored', 'mapped']
  return Object.fromEntries(names.flatMap((name) => (facts[name] === undefined ? [] : [[name, facts[name]]])))
}

async function end(
  session: Session,
  { schema }: Platform,
  { id }: ImportRecord,
  { from, ...rest }: { readonly from: ImportState; readonly to: ImportState } & Partial<ImportRecord>,
): Promise<void> {
  await moveImport(session, schema, id, { from: [from], ...rest })
}

async function broken({ payload, error }: Job, platform: RunningPlatform, from: ImportState, to: ImportState) {
  const { import: id } = payloadOf(payload)
  await moveImport(platform.database, platform.schema, id, { from: [from], to, problem: error })
}

async function cancelled(job: Job, { database, schema }: RunningPlatform, from: ImportState, to: ImportState) {
  await database.transaction(async (session) => {
    await cancel(session, schema, job.id)
    await moveImport(session, schema, payloadOf(job.payload).import, { from: [from], to })
  })
}
