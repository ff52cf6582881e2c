// Answers to POST, PATCH, PUT and DELETE: which records function an address and a method mean, the preconditions, and the
// answer's status and headers.
import type { Actor } from '@peyvand/core/access/actor.ts'
import { cached, keep, newCache, type Cache } from '@peyvand/core/access/cache.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import { accessKey } from '@peyvand/core/access/grant.ts'
import type { Written } from '@peyvand/core/access/write.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Model } from '@peyvand/core/model/model.ts'
import { bindQuery } from '@peyvand/core/query/bind.ts'
import { parseQuery } from '@peyvand/core/query/parse.ts'
import type { ResultKind } from '@peyvand/core/query/tree.ts'
import { createDeep, expandOf } from '../../records/deep.ts'
import { changeDeep, relatedNames } from '../../records/deep-update.ts'
import { referenceId } from '../../records/input.ts'
import { linkRecords, unlinkRecords } from '../../records/link.ts'
import { idAt, readRecords } from '../../records/read.ts'
import { together } from '../../records/together.ts'
import { changeRecord, createRecord, deleteRecord, type Address } from '../../records/write.ts'
import type { DataRequest } from '../data.ts'
import { placeOf, type Place } from './address.ts'
import { contextMember } from './answer.ts'
import { readBody } from './body.ts'
import { answerBulk } from './bulk.ts'
import { jsonType, meets, readCondition, readPrefer, wantsExact, type Condition, type Preferences } from './headers.ts'
import { only, readMethods } from './method.ts'
import { answerOnce } from './once.ts'

const allowed: Readonly<Record<ResultKind, readonly string[]>> = {
  collection: [...readMethods, 'POST'],
  record: [...readMethods, 'PATCH', 'PUT', 'DELETE'],
  property: [...readMethods, 'PUT', 'PATCH', 'DELETE'],
  value: [...readMethods, 'PUT', 'DELETE'],
  count: readMethods,
  ref: [...readMethods, 'PUT', 'DELETE'],
  refs: [...readMethods, 'POST', 'DELETE'],
}

interface Write extends DataRequest {
  readonly place: Place
  readonly prefer: Preferences
  readonly wish: Wish
}

/** Answers a write, or OPTIONS. throws: Problem. */
export async function answerWrite(request: DataRequest): Promise<Response> {
  const key = request.header('idempotency-key')
  if (key === undefined) return answerOne(request)
  if (request.method === 'POST') return answerOnce(request, key, answerOne)
  throw new Problem('request.unsupported', {
    detail: `"Idempotency-Key" is not supported with ${request.method}`,
    target: 'Idempotency-Key',
    hint: 'It belongs to POST; If-Match and an id of your own let the other methods be sent twice',
  })
}

async function answerOne(request: DataRequest): Promise<Response> {
  const { path, context, header, method, query } = request
  if (/\/\$bulk\/*$/.test(path))
    return only(request, ['POST']) ?? answerBulk(request, placeOf(context, path.replace(/\/\$bulk\/*$/, '')))
  const place = placeOf(context, path)
  const refused = only(request, allowed[place.result])
  if (refused) return refused
  const prefer = must(readPrefer(header('prefer')))
  if (place.result === 'refs' || place.result === 'ref') return answerLink(request, place)
  const write: Write = { ...request, place, prefer, wish: wishOf(request, place.entity, query) }
  if (place.result === 'property' || place.result === 'value') return answerProperty(write)
  if (method === 'POST') return answerCreate(write)
  return method === 'DELETE' ? answerDelete(write) : answerChange(write)
}

// ---- what comes back ------------------------------------------------------------------------------------------------

/** Which properties the answer has, and whether related records belong to it. */
interface Wish {
  readonly select?: readonly string[]
  readonly expands: boolean
}
const everything: Wish = { expands: false }

const wishes = new WeakMap<Model, Cache<Wish>>()

/** Read from the query once per model, access and text. throws: Problem. */
function wishOf({ context: { model, actor } }: DataRequest, entity: Entity, text: string): Wish {
  if (text === '') return everything
  let cache = wishes.get(model)
  if (cache === undefined) wishes.set(model, (cache = newCache(500)))
  const key = `${entity.id};${accessKey(actor)};${text}`
  return cached(cache, key) ?? keep(cache, key, readWish(model, actor, entity, text))
}

function readWish(model: Model, actor: Actor, entity: Entity, text: string): Wish {
  const query = must(parseQuery(text))
  const wrong = Object.keys(query).find((name) => name !== 'select' && name !== 'expand')
  if (wrong !== undefined)
    throw new Problem('request.malformed', { detail: `"$${wrong}" cannot be used when writing`, target: `$${wrong}` })
  const bound = must(bindQuery(query, entity, { model, wire: (id) => readableWire(model, actor, id) }))
  const select = bound.selected ? { select: bound.select.map(({ name }) => name) } : {}
  return { expands: bound.expand.length > 0, ...select }
}

/** How the records function is told what the caller wants back. */
function optionsOf({ header, prefer, wish }: Write) {
  return {
    ifMatch: must(readCondition('If-Match', header('if-match'))) === undefined ? undefined : header('if-match'),
    returning: prefer.return === 'minimal' || wish.expands ? 'nothing' : 'record',
    select: wish.select,
    exact: wantsExact(header('accept'), ''),
  } as const
}

async function answerWritten(
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
  let body = written.body
  if (wish.expands && prefer.return !== 'minimal')
    body =
      (await readRecords(platform, context, { path: `${entity.entitySet}(${written.id})`, query, exact })).row?.body ??
      undefined
  if (body === undefined) return new Response(null, { status: 204, headers })
  headers['content-type'] = jsonType(exact)
  const columns = wish.select === undefined ? '' : `(${wish.select.join(',')})`
  return new Response(`${contextMember(base, `${entity.entitySet}${columns}/$entity`)},${body.slice(1)}`, {
    status,
    headers,
  })
}

function nothingMore({ version }: DataRequest, headers: Record<string, string> = {}): Response {
  return new Response(null, { status: 204, headers: { 'odata-version': version, ...headers } })
}

// ---- records --------------------------------------------------------------------------------------------------------

async function answerCreate(write: Write): Promise<Response> {
  const { platform, context, request, header, place } = write
  const body = must(await readBody(request, header('content-type') ?? null))
  if (place.via?.navigation.hop !== undefined) return answerCreateLinked(write, body)
  const whole = place.via === undefined ? body : { ...asObject(body), ...(await linkTo(write, place)) }
  return answerCreated(write, whole, await createDeep(platform, context, place.entity, whole, optionsOf(write)))
}

/** Answers a new record with the related ones that came with it. */
async function answerCreated(write: Write, whole: JsonValue, written: Written): Promise<Response> {
  const { context, place } = write
  const related = write.wish.expands ? '' : expandOf(context, place.entity, whole)
  if (related === '') return answerWritten(write, written)
  const query = [write.query, `$expand=${encodeURIComponent(related)}`].filter((part) => part !== '').join('&')
  return answerWritten({ ...write, query, wish: { ...write.wish, expands: true } }, written)
}

/** A new record in a collection of many with many: it is made and linked, both or neither. */
async function answerCreateLinked(write: Write, body: JsonValue): Promise<Response> {
  const { navigation, parent } = write.place.via!
  const written = await together(write.platform, write.context, async (platform, context) => {
    const near = await idAt(platform, context, parent)
    const made = await createDeep(platform, context, write.place.entity, body, optionsOf(write))
    await linkRecords(platform, context, { navigation, near, far: made.id })
    return made
  })
  return answerCreated(write, body, written)
}

/** The lookup values that put a record into the collection of another. */
async function linkTo({ platform, context }: DataRequest, { via }: Place): Promise<JsonObject> {
  const { navigation, parent, parentEntity } = via!
  const id = await idAt(platform, context, parent)
  return {
    [navigation.column]: id,
    ...(navigation.typeColumn === undefined ? {} : { [navigation.typeColumn]: parentEntity.name }),
  }
}

async function answerChange(write: Write): Promise<Response> {
  const { platform, context, request, method, place, header } = write
  const { entity } = place
  const body = must(await readBody(request, header('content-type') ?? null))
  const address = await addressOf(write)
  const ifNoneMatch = must(readCondition('If-None-Match', header('if-none-match')))
  if (ifNoneMatch?.any === true) return answerWritten(write, await createOnly(write, address, body))
  const options = {
    ...optionsOf(write),
    purpose: method === 'PUT' ? 'replace' : 'update',
    creates: must(readCondition('If-Match', header('if-match'))) === undefined && place.via === undefined,
  } as const
  const written = await unless(write, address, ifNoneMatch, (ifMatch) =>
    changeDeep(platform, context, entity, address, body, ifMatch === undefined ? options : { ...options, ifMatch }),
  )
  return answerRelated(write, relatedNames(context, entity, body), written)
}

/** The record with the related ones that were written along. */
async function answerRelated(write: Write, related: string, written: Written): Promise<Response> {
  if (related === '' || write.wish.expands) return answerWritten(write, written)
  const query = [write.query, `$expand=${encodeURIComponent(related)}`].filter((part) => part !== '').join('&')
  return answerWritten({ ...write, query, wish: { ...write.wish, expands: true } }, written)
}

const mostTries = 4

/**
 * Writes unless the record has one of the versions of `If-None-Match`: what is read here is what has to be written, so that
 * nobody comes in between. throws: Problem.
 */
async function unless<T>(
  { platform, context, header, place: { entity } }: Write,
  address: Address,
  versions: Condition | undefined,
  work: (ifMatch: string | undefined) => Promise<T>,
): Promise<T> {
  if (versions === undefined) return work(undefined)
  const path = address.key === undefined ? `${entity.entitySet}(${address.id})` : address.path
  for (let tries = 1; ; tries++) {
    const { row } = await readRecords(platform, context, { path, query: '$select=id' })
    if (row?.etag && meets(versions, row.etag))
      throw new Problem('conflict.stale', {
        detail: versions.any ? 'The record is there' : 'The record still has this version',
        target: 'If-None-Match',
      })
    const given = must(readCondition('If-Match', header('if-match')))
    try {
      return await work(given === undefined ? row?.etag : header('if-match'))
    } catch (thrown) {
      const raced = thrown instanceof Problem && thrown.code === 'conflict.stale' && given === undefined
      if (!raced || tries >= mostTries) throw thrown
    }
  }
}

/** `If-None-Match: *`: a record that is there already is left alone. */
async function createOnly(write: Write, address: Address, body: JsonValue): Promise<Written> {
  const {
    platform,
    context,
    place: { entity },
  } = write
  try {
    return await createRecord(
      platform,
      context,
      entity.name,
      address.key ? { ...address.key, ...asObject(body) } : body,
      { ...optionsOf(write), id: address.id },
    )
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== 'conflict.duplicate') throw thrown
    throw new Problem('conflict.stale', { detail: 'The record is there already', target: 'If-None-Match' })
  }
}

async function answerDelete(write: Write): Promise<Response> {
  const {
    platform,
    context,
    place: { entity },
  } = write
  const options = optionsOf(write)
  const address = await addressOf(write)
  const ifNoneMatch = must(readCondition('If-None-Match', write.header('if-none-match')))
  await unless(write, address, ifNoneMatch, (ifMatch = options.ifMatch) =>
    deleteRecord(platform, context, entity.name, address, { ifMatch }),
  )
  return nothingMore(write)
}

/** The record's key from the path, or its id when it is reached through another record. */
async function addressOf({ platform, context, place }: Write): Promise<Address> {
  if (place.via === undefined && place.address !== undefined) return place.address
  return { id: await idAt(platform, context, place.path) }
}

// ---- properties and links -------------------------------------------------------------------------------------------

async function answerProperty(write: Write): Promise<Response> {
  const { platform, context, method, request, header, place } = write
  const name = place.property!.name
  const given =
    method === 'DELETE'
      ? { value: null }
      : place.result === 'value'
        ? { value: await readPlain(write) }
        : asObject(must(await readBody(request, header('content-type') ?? null)))
  if (!('value' in given))
    throw new Problem('request.malformed', { detail: `Write {"value": …} to set "${name}"`, pointer: '/value' })
  const { ifMatch } = optionsOf(write)
  const written = await changeRecord(
    platform,
    context,
    place.entity.name,
    await addressOf(write),
    { [name]: given['value']! },
    { ifMatch, returning: 'nothing', purpose: 'update', creates: false },
  )
  return nothingMore(write, { etag: written.etag })
}

/** The body of `PUT …/$value`: the value as plain text, in the spelling it is read in. */
async function readPlain({ request, header, place }: Write): Promise<JsonValue> {
  const type = (header('content-type') ?? 'text/plain').split(';')[0]!.trim().toLowerCase()
  if (type !== 'text/plain')
    throw new Problem('request.media', {
      detail: 'A value is sent as text',
      target: 'Content-Type',
      hint: 'Send text/plain',
    })
  const text = await request.text()
  const { kind } = place.property!
  if (kind === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  return kind === 'integer' && /^-?\d{1,15}$/.test(text) ? Number(text) : text
}

async function answerLink(request: DataRequest, place: Place): Promise<Response> {
  const { platform, context, method } = request
  const { via, entity } = place
  if (via === undefined) return only(request, readMethods)!
  const { navigation, parent, parentEntity } = via
  if (navigation.hop !== undefined) return answerAcross(request, place)
  const set = async (of: Entity, id: string, values: JsonObject): Promise<Response> => {
    const match = must(readCondition('If-Match', request.header('if-match')))
    await changeRecord(platform, context, of.name, { id }, values, {
      returning: 'nothing',
      purpose: 'update',
      creates: false,
      ...(match === undefined || navigation.collection ? {} : { ifMatch: request.header('if-match') }),
    })
    return nothingMore(request)
  }
  const link = (id: string | null, target: string): JsonObject => ({
    [navigation.column]: id,
    ...(navigation.typeColumn === undefined ? {} : { [navigation.typeColumn]: id === null ? null : target }),
  })
  if (!navigation.collection) {
    const target = method === 'DELETE' ? null : await givenId(request, entity)
    return set(parentEntity, await idAt(platform, context, parent), link(target, entity.name))
  }
  if (method === 'POST') return set(entity, await givenId(request, entity), await linkTo(request, place))
  if (method === 'PUT') return only(request, ['GET', 'HEAD', 'DELETE'])!
  const child =
    place.address === undefined
      ? await idAt(platform, context, `${place.path}(${namedId(request, entity)})`)
      : await idAt(platform, context, place.path)
  return set(entity, child, link(null, entity.name))
}

/** Links and unlinks records of a relationship of many with many. */
async function answerAcross(request: DataRequest, { via, entity, address, path }: Place): Promise<Response> {
  const { platform, context, method } = request
  const { navigation, parent } = via!
  if (method === 'PUT') return only(request, ['GET', 'HEAD', 'POST', 'DELETE'])!
  const near = await idAt(platform, context, parent)
  if (method === 'POST') {
    await linkRecords(platform, context, { navigation, near, far: await givenId(request, entity) })
    return nothingMore(request)
  }
  const far =
    address === undefined
      ? await idAt(platform, context, `${path}(${namedId(request, entity)})`)
      : await idAt(platform, context, path)
  await unlinkRecords(platform, context, { navigation, near, far })
  return nothingMore(request)
}

/** `{"@odata.id": "/contacts(<id>)"}` */
async function givenId({ request, header }: DataRequest, entity: Entity): Promise<string> {
  const body = asObject(must(await readBody(request, header('content-type') ?? null)))
  const name = '@id' in body ? '@id' : '@odata.id'
  const id = typeof body[name] === 'string' ? referenceId(body[name], entity.entitySet) : undefined
  if (id !== undefined) return id
  throw new Problem('request.type', {
    detail: `"${name}" must be the address of a record of "${entity.entitySet}"`,
    pointer: `/${name}`,
    target: name,
    hint: `Write {"@odata.id": "${entity.entitySet}(<uuid>)"}`,
  })
}

/** `?$id=contacts(<id>)` */
function namedId({ query }: DataRequest, entity: Entity): string {
  const given = [...new URLSearchParams(query)].find(([name]) => /^\$?id$/i.test(name))?.[1]
  const id = given === undefined ? undefined : referenceId(given, entity.entitySet)
  if (id !== undefined) return id
  throw new Problem('request.malformed', {
    detail: 'Name the record to unlink',
    target: '$id',
    hint: `DELETE …/$ref?$id=${entity.entitySet}(<uuid>), or …/${entity.entitySet}(<uuid>)/$ref`,
  })
}

function asObject(body: JsonValue): JsonObject {
  if (isJsonObject(body)) return body
  throw new Problem('request.malformed', { detail: 'The body must be a JSON object', pointer: '' })
}
