// `GET /api/export/<entity>`: the records a caller may read and export, as a file that is written while it is read. When it ends
// early is decided in download.ts.
import { Hono, type Context as HonoContext } from 'hono'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { note } from '../audit/note.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { exportFormats, exportRecords, type ExportFormat } from '../records/export.ts'
import { doerOf } from './auth/ask.ts'
import { downloads } from './download.ts'
import { recordsNamed } from './import.ts'

const known = ['format', 'view', 'labels', 'bom'] as const
const types: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
}

/** The routes under /api/export. */
export function exportRoutes(platform: RunningPlatform, streams: Set<() => void>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const download = downloads(platform, streams)
  const send = async (c: HonoContext<ApiEnv>): Promise<Response> => {
    const context = c.get('context')
    const entity = recordsNamed(context, c.req.param('entity')!, c.req.param('relationship'))
    const said = c.req.query()
    checkNames(said)
    const format = formatOf(said['format'])
    let rows = 0
    const tell = (outcome: 'asked' | 'accepted' | 'failed', more: JsonObject = {}) =>
      note(platform, {
        kind: 'export',
        outcome,
        actor: context.actor.user,
        via: context.actor.via,
        ...doerOf(c, platform),
        entity: entity.id,
        request: context.requestId,
        detail: { format, view: said['view'] ?? null, ...more },
      })
    return download(c, {
      name: `${entity.entitySet}.${format}`,
      type: types[format],
      ended: (isWhole) => tell(isWhole ? 'accepted' : 'failed', { rows }),
      begin: async (signal) => {
        const pieces = exportRecords(context, {
          entity,
          format,
          view: said['view'],
          labels: said['labels'] === 'true',
          bom: said['bom'] === 'true',
          counted: (count) => (rows += count),
          signal,
        })
        await tell('asked')
        return pieces
      },
    })
  }
  app.get('/:entity', send)
  app.get('/:entity/:relationship', send)
  return app
}

function checkNames(said: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(said).find((name) => !(known as readonly string[]).includes(name))
  if (unknown !== undefined)
    throw new Problem('request.unknown', {
      detail: `An export knows no "${unknown.slice(0, 100)}"`,
      target: unknown.slice(0, 100),
      hint: suggest(unknown, known),
    })
}

function formatOf(text = 'csv'): ExportFormat {
  const format = exportFormats.find((each) => each === text)
  if (format !== undefined) return format
  throw new Problem('request.unsupported', {
    detail: `There is no format "${text.slice(0, 20)}"`,
    target: 'format',
    hint: `It is ${exportFormats.join(', ')}`,
  })
}
