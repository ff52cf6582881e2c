// `GET /api/export/<entity>`: the records a caller may read and export, as a file that is written while it is read. Decides
// when it ends early: the reader went away, stands still for too long, or the server stops.
import { Hono, type Context as HonoContext } from 'hono'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { note } from '../audit/note.ts'
import { Turns } from '../auth/turn.ts'
import { bearingOf, watchCaller } from '../auth/watch.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { exportFormats, exportRecords, type ExportFormat } from '../records/export.ts'
import { observeError } from '../observe.ts'
import { doerOf } from './auth/ask.ts'
import { requestBearing } from './gate.ts'
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
  const { config } = platform
  const turns = new Turns({ what: 'exports', atOnce: config.exportLimit, waiting: 0, wait: 0 })
  const send = async (c: HonoContext<ApiEnv>): Promise<Response> => {
    const context = c.get('context')
    const entity = recordsNamed(context, c.req.param('entity')!, c.req.param('relationship'))
    const said = c.req.query()
    checkNames(said)
    const format = formatOf(said['format'])
    const { user } = context.actor
    const late = await turns.begin(user)
    if (late !== undefined) throw late
    const reading = new AbortController()
    let rows = 0
    const tell = (outcome: 'asked' | 'accepted' | 'failed', more: JsonObject = {}) =>
      note(platform, {
        kind: 'export',
        outcome,
        actor: user,
        via: context.actor.via,
        ...doerOf(c, platform),
        entity: entity.id,
        request: context.requestId,
        detail: { format, view: said['view'] ?? null, ...more },
      })
    const end = (isWhole = false) => {
      void tell(isWhole ? 'accepted' : 'failed', { rows }).catch((error: unknown) => observeError('audit', error))
      turns.end(user)
      streams.delete(stop)
      unwatch()
    }
    const caller = { bearing: bearingOf(requestBearing(c, config)), actor: context.actor }
    const unwatch = watchCaller(platform, caller, () =>
      reading.abort(new Problem('auth.invalid', { detail: 'Who asked for this may not have it any more' })),
    )
    const stop = () => reading.abort(new Problem('internal.unavailable', { detail: 'The server is stopping' }))
    streams.add(stop)
    try {
      const pieces = exportRecords(context, {
        entity,
        format,
        view: said['view'],
        labels: said['labels'] === 'true',
        bom: said['bom'] === 'true',
        counted: (count) => (rows += count),
        signal: reading.signal,
      })
      await tell('asked')
      const first = await pieces.next()
      const headers = {
        'content-type': types[format],
        'content-disposition': `attachment; filename="${entity.entitySet}.${format}"`,
        'cache-control': 'no-store',
      }
      const patience = config.requestTimeout
      return new Response(streamOf(first, pieces, { reading, patience, end }), { headers })
    } catch (error) {
      end()
      throw error
    }
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

interface Reading {
  /** Ends the statement that runs. */
  readonly reading: AbortController
  /** How long the reader may take for one piece. unit: milliseconds */
  readonly patience: number
  /** Called once, when it is over; whether all of it was sent. */
  readonly end: (isWhole?: boolean) => void
}

/**
 * The pieces as they are asked for: nothing is read ahead, so a slow reader costs no memory. What fails in the middle breaks
 * the answer off, so that nobody takes a part for the whole.
 */
function streamOf(
  first: IteratorResult<string | Uint8Array>,
  rest: AsyncGenerator<string | Uint8Array>,
  { reading, patience, end }: Reading,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let next: IteratorResult<string | Uint8Array> | undefined = first
  let still: NodeJS.Timeout | undefined
  let over = false
  const finish = (isWhole = false) => {
    clearTimeout(still)
    if (!over) end(isWhole)
    over = true
  }
  return new ReadableStream({
    async pull(controller) {
      clearTimeout(still)
      try {
        const { value, done } = next ?? (await rest.next())
        next = undefined
        if (over) return
        if (done) {
          finish(true)
          return controller.close()
        }
        controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value)
        still = setTimeout(() => {
          finish()
          reading.abort(new Problem('limit.time', { detail: 'The reader stood still for too long' }))
          controller.error(reading.signal.reason)
          void rest.return(undefined).catch(() => undefined)
        }, patience)
      } catch (error) {
        if (over) return
        finish()
        if (!reading.signal.aborted) observeError('export', error)
        controller.error(error)
      }
    },
    async cancel() {
      finish()
      reading.abort(new Problem('limit.time', { detail: 'The reader went away' }))
      await rest.return(undefined).catch(() => undefined)
    },
  })
}
