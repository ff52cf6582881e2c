// `POST /api/import/<entity>`: records from a file, with the caller's rights. The file is the body or a part of a form and
// is read as it arrives. The answer is one summary, or line by line while it happens (`Accept: application/x-ndjson`). With
// `stage=true` the file is only kept; imports.ts has what is done with it then.
import { Hono, type Context as HonoContext } from 'hono'
import { plainText, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import { observeError } from '../observe.ts'
import type { ApiEnv, Platform, RunningPlatform } from '../platform.ts'
import { importRecords, type ImportSummary } from '../records/import/index.ts'
import type { FailedRow } from '../records/import/errors.ts'
import { linksNamed } from '../records/link-set.ts'
import { readMapping, type Mapping } from '../records/import/mapping.ts'
import { importsRoutes, stage } from './imports.ts'
import { jsonLines } from './lines.ts'
import { asProblem, problemDetails } from './problem.ts'
import { readUpload, type Upload } from './upload.ts'

/** unit: failed rows in one summary; the line-by-line answer has all. */
const mostFailed = 10_000
const longestMapping = 262_144

/** The routes under /api/import. */
export function importRoutes(platform: RunningPlatform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.route('/', importsRoutes(platform))
  const receive = async (c: HonoContext<ApiEnv>): Promise<Response> => {
    const context = c.get('context')
    const entity = recordsNamed(context, c.req.param('entity')!, c.req.param('relationship'))
    const upload = await readUpload(c.req.raw, { file: platform.config.importLimit, field: longestMapping })
    const said = { ...c.req.query(), ...upload.fields }
    const mapping = mappingOf(said)
    if (switchOf(said, 'stage')) {
      const staged = await stage(platform, context, upload, { entity, mapping })
      return c.json(staged, 201, { location: `/api/import/${plainText(staged['id'])}` })
    }
    const request = { entity, mapping, dryRun: switchOf(said, 'dryRun'), bytes: upload.bytes, file: upload.name }
    return c.req.header('accept')?.includes('application/x-ndjson')
      ? lines(platform, context, request)
      : c.json(await summary(platform, context, request))
  }
  app.post('/:entity', receive)
  app.post('/:entity/:relationship', receive)
  return app
}

interface ImportRequest {
  readonly entity: Entity
  readonly mapping: Mapping
  readonly dryRun: boolean
  readonly bytes: Upload['bytes']
  readonly file?: string | undefined
}

/** The entity by its name or its set's. throws: Problem when the caller knows none of that name. */
export function entityNamed({ model }: Context, name: string): Entity {
  const entity = model.entities.get(name) ?? model.entityBySet.get(name)
  if (entity) return entity
  const shown = name.slice(0, 100)
  throw new Problem('missing.definition', {
    detail: `There is no entity "${shown}"`,
    target: shown,
    hint: suggest(name, model.entities.keys()),
  })
}

/** The entity of an address; with a relationship of many with many the one that holds its links. throws: Problem. */
export function recordsNamed(context: Context, name: string, relationship: string | undefined): Entity {
  const entity = entityNamed(context, name)
  return relationship === undefined ? entity : linksNamed(context, entity, relationship)
}

const settings = ['key', 'mode', 'format', 'encoding', 'delimiter', 'sheet'] as const

/** The mapping of a request, with what the other parameters say on top. */
function mappingOf(said: Readonly<Record<string, string>>): Mapping {
  const known = new Set<string>([...settings, 'mapping', 'dryRun', 'stage'])
  const unknown = Object.keys(said).find((name) => !known.has(name))
  if (unknown !== undefined)
    throw new Problem('request.unknown', {
      detail: `An import knows no "${unknown.slice(0, 100)}"`,
      target: unknown.slice(0, 100),
      hint: suggest(unknown, known),
    })
  const mapping = said['mapping'] === undefined ? {} : parseMapping(said['mapping'])
  const over: JsonObject = {}
  for (const name of settings)
    if (said[name]) over[name] = name === 'key' ? said[name].split(',').map((field) => field.trim()) : said[name]
  return readMapping({ ...mapping, ...over })
}

function parseMapping(text: string): JsonObject {
  try {
    const json = JSON.parse(text) as JsonValue
    return readMapping(json) as JsonObject
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem('request.malformed', { detail: 'The mapping is no JSON', target: 'mapping' })
  }
}

function switchOf(said: Readonly<Record<string, string>>, name: string): boolean {
  const text = said[name] ?? 'false'
  if (text === 'true' || text === 'false') return text === 'true'
  throw new Problem('request.type', { detail: `"${name}" is true or false`, target: name })
}

async function summary(
  platform: Platform,
  context: Context,
  { bytes, ...request }: ImportRequest,
): Promise<ImportSummary & { errors: FailedRow[]; errorsOmitted?: number }> {
  const errors: FailedRow[] = []
  const done = await importRecords(platform, context, bytes, {
    ...request,
    failed: (row) => errors.length < mostFailed && errors.push(row),
  })
  return { ...done, errors, ...(done.failed > errors.length ? { errorsOmitted: done.failed - errors.length } : {}) }
}

/**
 * One JSON object per line: what the file is like, failed rows and progress as they come, and the summary or a problem. Whoever
 * listened may go: what was uploaded is imported to its end all the same.
 */
function lines(platform: Platform, context: Context, { bytes, ...request }: ImportRequest): Response {
  return jsonLines(platform.config.requestTimeout, async ({ say, taken }) => {
    try {
      const done = await importRecords(platform, context, bytes, {
        ...request,
        opened: (file) => say({ kind: 'file', ...file }),
        failed: (row) => say({ kind: 'failed', ...row }),
        progress: (counts) => {
          say({ kind: 'progress', ...counts })
          return taken()
        },
      })
      say({ kind: 'done', ...done })
    } catch (error) {
      if (!(error instanceof Problem)) observeError('import', error)
      say({ kind: 'problem', ...problemDetails(asProblem(error)) })
    }
  })
}
