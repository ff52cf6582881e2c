// /api/files: a content is sent to the address of the collection and belongs to its sender until a record takes it; its own
// address gives it back to whoever may read it there.
import { Hono } from 'hono'
import { Problem } from '@peyvand/core/base/problem.ts'
import { mayField } from '@peyvand/core/access/field.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../context.ts'
import { findFile } from '../files/find.ts'
import { dispositionName } from '../files/name.ts'
import { uploadFile } from '../files/upload.ts'
import type { ApiEnv, Platform } from '../platform.ts'
import { headersOf } from './gate.ts'
import { serveFile } from './serve-file.ts'
import { readUpload } from './upload.ts'

/** The routes under /api/files. */
export function fileRoutes(platform: Platform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.post('/', async (c) => {
    const context = c.get('context')
    const most = limitFor(context, c.req.query('for'))
    const declared = headersOf(c).get('content-type') ?? ''
    const upload = await readUpload(c.req.raw, { file: Number.POSITIVE_INFINITY, field: 1_000 })
    const form = upload.name !== undefined
    const file = await uploadFile(platform, context, {
      bytes: upload.bytes,
      name: c.req.query('name') ?? upload.name ?? dispositionName(headersOf(c).get('content-disposition') ?? '') ?? '',
      declared: form ? (upload.type ?? '') : declared,
      most,
    })
    return c.json(file, 201, { location: `${new URL(c.req.url).pathname.replace(/\/$/, '')}/${file.id}` })
  })
  app.on(['GET', 'HEAD'], '/:id', async (c) => {
    const headers = headersOf(c)
    const file = await findFile(platform, c.get('context'), c.req.param('id'))
    return serveFile(platform, file, {
      method: c.req.method,
      header: (name) => headers.get(name) ?? undefined,
      size: c.req.query('size'),
      download: c.req.query('download') !== undefined,
      shape: 'problem',
    })
  })
  return app
}

/** The limit of the field a file is meant for (`account.logo`), so that too much is refused while it comes. */
function limitFor({ model, actor }: Context, meant: string | undefined): number | undefined {
  if (meant === undefined) return undefined
  const [name = '', fieldName = ''] = meant.split('.')
  const entity = model.entities.get(name) ?? model.entityBySet.get(name)
  const field = entity?.fields.find((each) => each.name === fieldName)
  const files = field === undefined ? undefined : typeOf(field).files
  if (
    entity === undefined ||
    field === undefined ||
    files === undefined ||
    !(mayField(model, actor, entity, field, 'update') || mayField(model, actor, entity, field, 'create'))
  )
    throw new Problem('request.unknown', {
      detail: `There is no field of files "${meant.slice(0, 100)}"`,
      target: 'for',
      hint: 'Write entity.field, like contact.photo',
    })
  return files.maxBytes(field)
}
