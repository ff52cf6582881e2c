// One write as the data service is asked for it, and its answer: what the caller wants back, status, headers and body.
import type { Actor } from '@peyvand/core/access/actor.ts'
import { cached, keep, newCache, type Cache } from '@peyvand/core/access/cache.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import { accessKey } from '@peyvand/core/access/grant.ts'
import type { Written } from '@peyvand/core/access/write.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Model } from '@peyvand/core/model/model.ts'
import { bindQuery } from '@peyvand/core/query/bind.ts'
import { parseQuery } from '@peyvand/core/query/parse.ts'
import { idAt, readRecords } from '../../records/read.ts'
import type { Address } from '../../records/write.ts'
import type { DataRequest } from '../data.ts'
import type { Place } from './address.ts'
import { contextMember } from './answer.ts'
import { jsonType, readCondition, wantsExact } from './headers.ts'
import type { Preferences } from './prefer.ts'

/** A write whose place and preferences are read. */
export interface Write extends DataRequest {
  readonly place: Place
  readonly prefer: Preferences
  readonly wish: Wish
}

/** Which properties the answer has, and whether related records belong to it. */
interface Wish {
  readonly select?: readonly string[]
  readonly expands: boolean
}
const everything: Wish = { expands: false }

const wishes = new WeakMap<Model, Cache<Wish>>()

/** Read from the query once per model, access and text. throws: Problem. */
export function wishOf({ context: { model, actor } }: DataRequest, entity: Entity, text: string): Wish {
  if (text === '') return everything
  let cache = wishes.get(model)
  if (cache === undefined) wishes.set(model, (cache = newCache(500)))
  const key = `${entity.id};${accessKey(actor)};${text}`
  return cached(cache, key) ?? keep(cache, key, readWish(model, actor, entity, text))
}

function readWish(model: Model, actor: Actor, entity: Entity, text: string): Wish {
  const query = must(parseQuery(text))
  const wrong = Object.keys(query).find((name) => !['select', 'expand', 'aliases'].includes(name))
  if (wrong !== undefined)
    throw new Problem('request.malformed', { detail: `"$${wrong}" cannot be used when writing`, target: `$${wrong}` })
  const bound = must(bindQuery(query, entity, { model, wire: (id) => readableWire(model, actor, id) }))
  const select = bound.selected ? { select: bound.select.map(({ name }) => name) } : {}
  return { expands: bound.expand.length > 0, ...select }
}

/** How the records function is told what the caller wants back. */
export function optionsOf({ header, prefer, wish }: Write) {
  return {
    ifMatch: must(readCondition('If-Match', header('if-match'))) === undefined ? undefined : header('if-match'),
    returning: prefer.return === 'minimal' || wish.expands ? 'nothing' : 'record',
    select: wish.select,
    exact: wantsExact(header('accept'), ''),
  } as const
}

/** Answers what was written. */
export async function answerWritten(
  { platform, context, base, query, version, prefer, wish, header, place: { entity } }: Write,
  written: Written,
): Promise<Response> {
  const address = `${base}/${entity.entitySet}(${written.id})`
  const created = written.outcome === 'created'
  const exact = wantsExact(header('accept'), '')
  const headers: Record<string, string> = { 'odata-version': version, etag: written.etag, 'odata-entityid': address }
  if (created) headers['location'] = address
  const applied = prefer.applied.filter((each) => /^(return|handling)=/.test(each))
  if (applied.length > 0) headers['preference-applied'] = applied.join(', ')
  const status = created ? 201 : 200
  const path = `${entity.entitySet}(${written.id})`
  const reads = wish.expands && prefer.return !== 'minimal'
  const again = reads ? await readRecords(platform, context, { path, query, exact }) : undefined
  const body = again === undefined ? written.body : (again.row?.body ?? undefined)
  if (body === undefined) return new Response(null, { status: 204, headers })
  headers['content-type'] = jsonType(exact)
  const columns = wish.select === undefined ? '' : `(${wish.select.join(',')})`
  const fragment = again?.read.context ?? `${entity.entitySet}${columns}/$entity`
  return new Response(`${contextMember(base, fragment)},${body.slice(1)}`, { status, headers })
}

/** An answer without a body. */
export function nothingMore({ version }: DataRequest, headers: Record<string, string> = {}): Response {
  return new Response(null, { status: 204, headers: { 'odata-version': version, ...headers } })
}

/** The record's key from the path, or its id when it is reached through another record. */
export async function addressOf({ platform, context, place }: Write): Promise<Address> {
  if (place.via === undefined && place.address !== undefined) return place.address
  return { id: await idAt(platform, context, place.path) }
}
