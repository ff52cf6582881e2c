// Writing single properties, and links between records: `…/name`, `…/$value`, `…/contacts/$ref`.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { referenceId } from '../../records/input/link.ts'
import { linkRecords, unlinkRecords } from '../../records/link.ts'
import { idAt } from '../../records/read.ts'
import { changeRecord } from '../../records/write.ts'
import type { DataRequest } from '../data.ts'
import type { Place } from './address.ts'
import { asObject, readBody } from './body.ts'
import { readCondition } from './headers.ts'
import { only, readMethods } from './method.ts'
import { refuseOptions } from './option.ts'
import { addressOf, nothingMore, optionsOf, type Write } from './written.ts'

/** Answers a write of one property. */
export async function answerProperty(write: Write): Promise<Response> {
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

/** Answers a write to `$ref`. */
export async function answerLink(request: DataRequest, place: Place): Promise<Response> {
  const { platform, context, method } = request
  const { via, entity } = place
  refuseOptions(request.query, '$ref', method === 'DELETE' ? ['id'] : [])
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

/** The lookup values that put a record into the collection of another. */
export async function linkTo({ platform, context }: DataRequest, { via }: Place): Promise<JsonObject> {
  const { navigation, parent, parentEntity } = via!
  const id = await idAt(platform, context, parent)
  return {
    [navigation.column]: id,
    ...(navigation.typeColumn === undefined ? {} : { [navigation.typeColumn]: parentEntity.name }),
  }
}
