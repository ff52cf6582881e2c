// `GET /api/export/<entity>`: the records a caller may read and export, as a file that is written while it is read.
import { Hono } from 'hono'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { ApiEnv } from '../platform.ts'
import { exportRecords } from '../records/export.ts'
import { observeError } from '../observe.ts'
import { entityNamed } from './import.ts'

const known = ['format', 'view', 'labels', 'bom'] as const
const types = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const

/** The routes under /api/export. */
export function exportRoutes(): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/:entity', async (c) => {
    const context = c.get('context')
    const entity = entityNamed(context, c.req.param('entity'))
    const said = c.req.query()
    const unknown = Object.keys(said).find((name) => !(known as readonly string[]).includes(name))
    if (unknown !== undefined)
      throw new Problem('request.unknown', {
        detail: `An export knows no "${unknown.slice(0, 100)}"`,
        target: unknown.slice(0, 100),
        hint: suggest(unknown, known),
      })
    const format = formatOf(said['format'])
    const pieces = exportRecords(context, {
      entity,
      format,
      view: said['view'],
      labels: said['labels'] === 'true',
      bom: said['bom'] === 'true',
    })
    const first = await pieces.next()
    const headers = {
      'content-type': types[format],
      'content-disposition': `attachment; filename="${entity.entitySet}.${format}"`,
      'cache-control': 'no-store',
    }
    return new Response(streamOf(first, pieces), { headers })
  })
  return app
}

function formatOf(text = 'csv'): 'csv' | 'json' {
  if (text === 'csv' || text === 'json') return text
  throw new Problem('request.unsupported', {
    detail: `There is no format "${text.slice(0, 20)}"`,
    target: 'format',
    hint: 'It is csv or json; spreadsheets read CSV',
  })
}

/** The pieces as they are asked for. What fails in the middle breaks the answer off, so that nobody takes a part for the whole. */
function streamOf(first: IteratorResult<string>, rest: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let next: IteratorResult<string> | undefined = first
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = next ?? (await rest.next())
        next = undefined
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      } catch (error) {
        observeError('export', error)
        controller.error(error)
      }
    },
    cancel: async () => void (await rest.return(undefined)),
  })
}
