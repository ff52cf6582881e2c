// Answers to GET and HEAD. Puts the envelope (context, count, next link) around the database's JSON text by joining text:
// nothing is parsed, unless formatted values were asked for.
import { readableWire } from '@peyvand/core/access/field.ts'
import { opens } from '@peyvand/core/access/rule.ts'
import type { PreparedRead, ReadRow } from '@peyvand/core/access/read.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { ChangesOrder } from '../../records/changes.ts'
import { ratesOf } from '../../records/rates.ts'
import { readRecords } from '../../records/read.ts'
import type { DataRequest } from '../data.ts'
import { annotate, formatContext, reckoningOf } from './annotate.ts'
import { changesPage, takeDeltaToken, trackedLink, type DeltaToken } from './delta.ts'
import { checkAccept, jsonType, meets, metadataOf, readCondition, wantsExact } from './headers.ts'
import { readPrefer, type Preferences } from './prefer.ts'

/** Answers a read. throws: Problem. */
export async function answerRead(given: DataRequest): Promise<Response> {
  const delta = takeDeltaToken(given.query)
  const request = delta === undefined ? given : { ...given, query: delta.query }
  const wish = wishOf(request)
  const { prefer, order } = wish
  if (delta !== undefined && !delta.paged) return answerChanges(request, order, delta.token, prefer)
  const tracks = prefer.trackChanges !== undefined && delta === undefined
  const answer = await readRecords(request.platform, request.context, tracks ? { ...order, snapshot: true } : order)
  const { read, row, context } = answer
  if (row === undefined) throw missing(read)
  const told = (tracks || delta !== undefined) && read.result === 'collection'
  const link = told
    ? trackedLink({ ...request, context }, order, { row, next: read.nextQuery(row), given: delta?.token })
    : undefined
  if (tracks && link === undefined && prefer.strict === true) throw untold()
  const headers = headersOf(request, wish, [
    ...(read.omitted ? [prefer.omitNulls] : []),
    ...(tracks && link !== undefined ? [prefer.trackChanges] : []),
  ])
  if (row.etag && isKnown(request, wish, row.etag, headers)) return new Response(null, { status: 304, headers })
  if (row.body === null) return new Response(null, { status: 204, headers })
  if (read.result === 'value' || read.result === 'count')
    return new Response(row.body, { headers: { ...headers, 'content-type': 'text/plain;charset=utf-8' } })
  const unwanted = checkAccept(request.header('accept'), request.query)
  if (unwanted) throw unwanted
  const whole = envelope(request, read, row, order.exact, link)
  const text = order.metadata === 'none' ? withoutContext(whole) : whole
  const shown = prefer.annotations ? await annotated(request, context, read.entity, text, prefer) : text
  return new Response(shown, { headers })
}

type Wish = ReturnType<typeof wishOf>

/** What a request asks for besides its address. throws: Problem. */
function wishOf({ platform, context, path, query, header, base, version }: DataRequest) {
  const prefer = must(readPrefer(header('prefer')))
  const condition = must(readCondition('If-None-Match', header('if-none-match')))
  const match = must(readCondition('If-Match', header('if-match')))
  const metadata = metadataOf(header('accept'), query)
  const order = {
    path,
    query,
    pageSize: prefer.pageSize,
    base,
    exact: wantsExact(header('accept'), query),
    reckoning: reckoningOf(platform.config, context.language, prefer),
    version,
    ...(metadata ? { metadata } : {}),
    ...(prefer.omitNulls === undefined ? {} : { omitNulls: true }),
  }
  return { prefer, condition, match, order }
}

/** The headers of an answer. `more`: applied preferences that only the records decided. */
function headersOf(
  { version }: DataRequest,
  { prefer, order }: Wish,
  more: readonly (string | undefined)[],
): Record<string, string> {
  const applied = [...prefer.applied, ...more]
  return {
    'content-type': jsonType(order.exact, order.metadata),
    'odata-version': version,
    'cache-control': 'private, no-cache',
    ...(applied.length > 0 ? { 'preference-applied': applied.join(', ') } : {}),
  }
}

/** Whether the caller has the record as it is; an answer that is only the record says its version. throws: Problem when stale. */
function isKnown(
  { query }: DataRequest,
  { match, condition }: Wish,
  etag: string,
  headers: Record<string, string>,
): boolean {
  if (match !== undefined && !meets(match, etag))
    throw new Problem('conflict.stale', {
      detail: 'The record is not the one of If-Match any more',
      target: 'If-Match',
    })
  if (/expand|compute/i.test(query)) return false
  headers['etag'] = etag
  return condition !== undefined && meets(condition, etag)
}

/** Without control information an answer begins with what it holds. */
function withoutContext(text: string): string {
  return text.replace(/^\{"@odata\.context":"[^"]*",?/, '{')
}

function untold(): Problem {
  return new Problem('request.unsupported', {
    detail: 'Changes of this list cannot be tracked',
    target: 'Prefer',
    hint: 'Leave out $top, $skip, $apply, lists in $expand, conditions over many records, and functions of the clock',
  })
}

function missing(read: PreparedRead): Problem {
  return new Problem('missing.record', {
    detail: `There is no such record in "${read.entity.entitySet}"`,
    target: 'path',
  })
}

/** The opening of an answer: `{"@odata.context":"…"`. */
export function contextMember(base: string, fragment: string): string {
  return `{"@odata.context":${JSON.stringify(`${base}/$metadata#${fragment}`)}`
}

/** The OData answer around the text that PostgreSQL made. */
function envelope(
  { base, path }: DataRequest,
  read: PreparedRead,
  row: ReadRow,
  exact: boolean,
  tracked?: string,
): string {
  const body = read.tidy(row.body!)
  const context = contextMember(base, read.context)
  switch (read.result) {
    case 'record':
    case 'ref':
      return body === '{}' ? `${context}}` : `${context},${body.slice(1)}`
    case 'property':
      return `${contextMember(base, path)},"value":${body}}`
    default: {
      const count = read.counted ? `,"@odata.count":${exact ? `"${row.count}"` : row.count}` : ''
      const next = read.nextQuery(row)
      const link =
        tracked ?? (next === undefined ? '' : `,"@odata.nextLink":${JSON.stringify(`${base}/${path}?${next}`)}`)
      return `${context}${count},"value":${body}${link}}`
    }
  }
}

/** A page of changes. */
async function answerChanges(
  request: DataRequest,
  order: ChangesOrder,
  token: DeltaToken,
  prefer: Preferences,
): Promise<Response> {
  const page = await changesPage(request, order, token)
  const text = `${contextMember(request.base, page.context)}${page.count},"value":${page.body}${page.link}}`
  const headers: Record<string, string> = {
    'content-type': jsonType(order.exact === true),
    'odata-version': request.version,
    'cache-control': 'private, no-store',
  }
  if (prefer.applied.length > 0) headers['preference-applied'] = prefer.applied.join(', ')
  const shown = prefer.annotations ? await annotated(request, page.current, page.entity, text, prefer) : text
  return new Response(shown, { headers })
}

/** The same answer with formatted values, for people. */
async function annotated(
  { platform, context }: DataRequest,
  current: Context,
  entity: Entity,
  text: string,
  prefer: Preferences,
): Promise<string> {
  const { model, language } = current
  const { base } = await ratesOf(platform, context)
  const format = { ...formatContext(model, language, prefer), currency: base }
  return annotate(text, current, entity, format, async (target, ids, names) => {
    const found = new Map<string, Record<string, unknown>>()
    const { shown } = readableWire(model, current.actor, target.id)
    if (!opens(model, current.actor, target, 'read') || !names.every((name) => shown.has(name))) return found
    for (let i = 0; i < ids.length; i += 100) {
      const part = ids.slice(i, i + 100)
      const query = `$select=id,${names.join(',')}&$filter=${encodeURIComponent(`id in (${part.join(',')})`)}`
      const { row } = await readRecords(platform, context, { path: target.entitySet, query, pageSize: 100 })
      for (const record of JSON.parse(row?.body ?? '[]') as Record<string, unknown>[])
        found.set(record['id'] as string, record)
    }
    return found
  })
}
