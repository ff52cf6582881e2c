// The service document and $metadata: what there is, for this caller. Kept per model and access, since every client of a
// role sees the same.
import { readableWire } from '@peyvand/core/access/field.ts'
import { accessKey } from '@peyvand/core/access/grant.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Model } from '@peyvand/core/model/model.ts'
import type { WireEntity } from '@peyvand/core/model/wire.ts'
import { operationsOf } from '../../actions/find.ts'
import type { Context } from '../../context.ts'
import type { DataRequest } from '../data.ts'
import { refuseOptions } from './option.ts'
import { csdlJson, csdlXml, serviceDocument, type Visible } from '../metadata.ts'

const known = new WeakMap<Model, Map<string, Visible>>()

/** What the caller may see of the model. */
export function visibleTo({ model, actor }: Pick<Context, 'model' | 'actor'>): Visible {
  let byAccess = known.get(model)
  if (byAccess === undefined) known.set(model, (byAccess = new Map()))
  const key = accessKey(actor)
  let visible = byAccess.get(key)
  if (visible === undefined) byAccess.set(key, (visible = cut({ model, actor })))
  return visible
}

function cut({ model, actor }: Pick<Context, 'model' | 'actor'>): Visible {
  const readable = (entity: Entity) => ruleOf(model, actor, entity, 'read') !== undefined
  const entities = [...model.entities.values()].filter(readable).map((entity): WireEntity => {
    const wire = readableWire(model, actor, entity.id)
    return {
      ...wire,
      navigations: new Map([...wire.navigations].filter(([, { target }]) => readable(model.entityById.get(target)!))),
    }
  })
  return { model, actor, entities, operations: operationsOf({ model, actor }) }
}

/** `GET /api/data/v1/` */
export function answerService({ context, base, query, version }: DataRequest): Response {
  refuseOptions(query, 'the service document', ['format', 'schemaversion'])
  return new Response(JSON.stringify(serviceDocument(visibleTo(context), base)), {
    headers: { 'content-type': 'application/json', 'odata-version': version },
  })
}

const texts = new WeakMap<Visible, { xml?: string; json?: string }>()

/** `GET /api/data/v1/$metadata`, as XML, or as JSON by `$format` or `Accept`. */
export function answerMetadata({ context, query, header, version }: DataRequest): Response {
  const visible = visibleTo(context)
  const format = formatOf(query, header('accept'))
  const etag = `W/"${context.model.revision}-${format}"`
  const headers = {
    'content-type': `application/${format}`,
    'odata-version': version,
    etag,
    'cache-control': 'private, no-cache',
    vary: 'Accept, Authorization, Cookie',
  }
  if (header('if-none-match') === etag) return new Response(null, { status: 304, headers })
  let text = texts.get(visible)
  if (text === undefined) texts.set(visible, (text = {}))
  return new Response((text[format] ??= format === 'xml' ? csdlXml(visible) : JSON.stringify(csdlJson(visible))), {
    headers,
  })
}

function formatOf(query: string, accept: string | undefined): 'xml' | 'json' {
  const options = new URLSearchParams(query)
  for (const name of options.keys()) {
    if (!/^\$?format$/i.test(name))
      throw new Problem('request.unknown', {
        detail: `There is no query option "${name.slice(0, 60)}" here`,
        target: name.slice(0, 60),
      })
  }
  const format = [...options.values()][0]?.toLowerCase()
  if (format !== undefined) {
    if (format === 'json' || format.startsWith('application/json')) return 'json'
    if (format === 'xml' || format.startsWith('application/xml')) return 'xml'
    throw new Problem('request.unsupported', { detail: 'The format is xml or json', target: '$format' })
  }
  return accept !== undefined && /\bjson\b/.test(accept) && !/\bxml\b/.test(accept) ? 'json' : 'xml'
}
