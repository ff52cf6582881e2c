// Imports as things that can be looked at and steered: the list of them, a staged one that is checked and begun, its rows that
// failed, and the way back. Seen by whoever made an import, and by administrators.
import { Readable } from 'node:stream'
import { Hono, type Context as HonoContext } from 'hono'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import { receive } from '../files/receive.ts'
import type { JobKind } from '../jobs/job.ts'
import { cancelImport, checkJob, enqueueImport, importJob, undoJob } from '../jobs/kinds/import.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { errorHeader, errorLine } from '../records/import/errors.ts'
import {
  failedRows,
  findImport,
  listImports,
  moveImport,
  type ImportRecord,
  type ImportState,
} from '../records/import/journal.ts'
import { readMapping, type Mapping } from '../records/import/mapping.ts'
import { previewOf, stageImport } from '../records/import/stage.ts'
import { checkMayImport } from '../records/import/store.ts'
import { undoneOf } from '../records/import/undo.ts'
import { readObject } from './body.ts'
import type { Upload } from './upload.ts'

/** unit: records that did not go back, told with an import */
const mostLeft = 1_000
/** How long an import that reads while it is sent may write nothing before it counts as broken off. unit: milliseconds */
const silence = 60_000
const id = '/:id{[0-9a-fA-F-]{36}}'
const undoable: readonly ImportState[] = ['done', 'failed', 'cancelled', 'running']

/** The routes under /api/import that speak of imports by id. */
export function importsRoutes(platform: RunningPlatform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const { database, schema } = platform
  const one = (c: HonoContext<ApiEnv>): Promise<ImportRecord> =>
    findImport(database, c.get('context'), c.req.param('id')!)
  const answer = async (c: HonoContext<ApiEnv>, status: 200 | 202 = 200): Promise<Response> =>
    c.json(await told(platform, c.get('context'), await one(c)), status)

  app.get('/', async (c) => {
    const { top = '50', entity } = c.req.query()
    if (!/^\d{1,3}$/.test(top))
      throw new Problem('request.malformed', { target: 'top', detail: 'It must be a whole number from 0 to 999' })
    const context = c.get('context')
    const entityId = entity === undefined ? undefined : context.model.entities.get(entity)?.id
    if (entity !== undefined && entityId === undefined)
      throw new Problem('missing.definition', { detail: 'There is no such entity', target: 'entity' })
    const found = await listImports(database, context, { top: Number(top), ...(entityId ? { entityId } : {}) })
    return c.json({ value: found.map((record) => shownOf(context, record)) })
  })
  app.get(id, (c) => answer(c))
  app.get(`${id}/errors`, async (c) => errorFile(platform, await one(c)))
  app.put(`${id}/mapping`, async (c) => {
    const record = await one(c)
    const mapping = readMapping(await readObject(c))
    const { content } = record
    if (content === null) throw wrongState(record, 'mapped')
    const context = c.get('context')
    const facts = await previewOf(platform, context, content, { entity: entityOf(context, record), mapping })
    const change = { mapping, facts: facts as unknown as JsonObject, checked: null, problem: null }
    if (!(await moveImport(database, schema, record.id, { from: ['staged', 'checked'], to: 'staged', ...change })))
      throw wrongState(record, 'mapped')
    return answer(c)
  })
  app.post(`${id}/check`, async (c) => {
    await begin(platform, c.get('context'), await one(c), { to: 'checking', kind: checkJob, doing: 'checked' })
    return answer(c, 202)
  })
  app.post(`${id}/commit`, async (c) => {
    await begin(platform, c.get('context'), await one(c), { to: 'running', kind: importJob, doing: 'begun' })
    return answer(c, 202)
  })
  app.post(`${id}/undo`, async (c) => {
    await undo(platform, c.get('context'), await one(c))
    return answer(c, 202)
  })
  app.post(`${id}/cancel`, async (c) => {
    await stop(platform, await one(c))
    return answer(c)
  })
  return app
}

/** Keeps an upload for an import that is mapped, checked and begun later. */
export async function stage(
  platform: RunningPlatform,
  context: Context,
  { bytes, name }: Pick<Upload, 'bytes' | 'name'>,
  { entity, mapping }: { readonly entity: Entity; readonly mapping: Mapping },
): Promise<JsonObject> {
  checkMayImport(context, entity)
  const content = await receive(bytes, platform.files.incoming, Number.MAX_SAFE_INTEGER)
  const file = name ?? null
  return told(platform, context, await stageImport(platform, context, content, { entity, mapping, file }))
}

function entityOf({ model }: Context, { entityId }: ImportRecord): Entity {
  const entity = model.entityById.get(entityId)
  if (entity !== undefined) return entity
  throw new Problem('missing.definition', { detail: 'The entity of the import is not there any more' })
}

/** An import as it is told in lists. */
function shownOf({ model }: Context, record: ImportRecord): JsonObject {
  const { id: own, actorId, actorName, at, file, state, progress, problem, entityId } = record
  return {
    id: own,
    entity: model.entityById.get(entityId)?.name ?? null,
    file,
    state,
    at,
    by: { id: actorId, name: actorName },
    ...progress.counts,
    problem,
  }
}

/** An import with everything there is to know of it. */
async function told(
  { database, schema }: RunningPlatform,
  context: Context,
  record: ImportRecord,
): Promise<JsonObject> {
  const { state, mapping, facts, checked } = record
  const wasUndone = state === 'undoing' || state === 'undone'
  const undone = wasUndone ? await undoneOf(database, schema, record.id, mostLeft) : undefined
  return {
    ...shownOf(context, record),
    mapping: mapping as unknown as JsonValue,
    ...facts,
    ...(checked ? { checked } : {}),
    ...(undone ? { undone: undone as unknown as JsonObject } : {}),
  }
}

function wrongState({ state }: ImportRecord, doing: string): Problem {
  return new Problem('conflict.locked', { detail: `The import is ${state}; it cannot be ${doing} now` })
}

async function begin(
  { database, schema }: RunningPlatform,
  context: Context,
  record: ImportRecord,
  { to, kind, doing }: { readonly to: ImportState; readonly kind: JobKind; readonly doing: string },
): Promise<void> {
  checkMayImport(context, entityOf(context, record))
  // What was begun and failed goes on where it is.
  const from: ImportState[] = to === 'running' ? ['staged', 'checked', 'failed', 'cancelled'] : ['staged', 'checked']
  await database.transaction(async (session) => {
    const moved = record.content !== null && (await moveImport(session, schema, record.id, { from, to, problem: null }))
    if (!moved) throw wrongState(record, doing)
    await enqueueImport(session, context, kind, record.id)
  })
}

async function undo({ database, schema }: RunningPlatform, context: Context, record: ImportRecord): Promise<void> {
  await database.transaction(async (session) => {
    if (record.state === 'running' && (await isAlive(session, schema, record))) throw wrongState(record, 'undone')
    if (!(await moveImport(session, schema, record.id, { from: undoable, to: 'undoing', problem: null })))
      throw wrongState(record, 'undone')
    await enqueueImport(session, context, undoJob, record.id)
  })
}

type Sessions = Pick<RunningPlatform['database'], 'query'>

/** Whether something still works on an import: a job, or the request it came with. */
async function isAlive(session: Sessions, schema: string, { id: own, content }: ImportRecord): Promise<boolean> {
  if (content !== null) return true
  const { rows } = await session.query<{ quiet: number }>({
    text: `select (extract(epoch from now() - greatest(i.at, (select max(c.at) from "${schema}"._import_chunk c
      where c.import_id = i.id))) * 1000)::float8 as quiet from "${schema}"._import i where i.id = $1::uuid`,
    values: [own],
  })
  return (rows[0]?.quiet ?? 0) < silence
}

/** Stops the work on an import: what is written stays, and can be gone on with or undone. */
async function stop({ database, schema }: RunningPlatform, record: ImportRecord): Promise<void> {
  await database.transaction(async (session) => {
    const stopped = await cancelImport(session, schema, record.id)
    const back = { checking: 'staged', running: 'cancelled', undoing: 'done' } as const
    const { state } = record
    const to = state in back ? back[state as keyof typeof back] : undefined
    if (to === undefined || !stopped || !(await moveImport(session, schema, record.id, { from: [state], to })))
      throw wrongState(record, 'stopped')
  })
}

/** The rows that failed, as CSV with the reason in front: put right, it can be imported with the same mapping. */
function errorFile({ database, schema }: RunningPlatform, { id: own, facts, checked, state }: ImportRecord): Response {
  const columns = isJsonObject(facts) && Array.isArray(facts['columns']) ? (facts['columns'] as string[]) : []
  const guarded = facts?.['format'] === 'csv'
  const encoder = new TextEncoder()
  const begun = state !== 'staged' && state !== 'checked' && state !== 'checking'
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield encoder.encode(`\uFEFF${errorHeader(columns)}`)
    const dry = checked?.['errors'] as unknown as Parameters<typeof errorLine>[0][] | undefined
    const rows = begun ? failedRows(database, schema, own) : [dry ?? []]
    for await (const part of rows) yield encoder.encode(part.map((row) => errorLine(row, columns, guarded)).join(''))
  }
  return new Response(Readable.toWeb(Readable.from(pieces())) as ReadableStream<Uint8Array>, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="errors.csv"',
      'cache-control': 'no-store',
    },
  })
}
