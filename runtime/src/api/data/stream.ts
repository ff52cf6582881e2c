// A field of one file as a stream property of its record: `contacts(<id>)/photo` is the content itself, to read, to replace and
// to take away. What a record says of the file (name, type, size) are plain properties beside it.
import { readableWire } from '@peyvand/core/access/field.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Field, Model } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { heldFile, heldFiles, noFile } from '../../files/find.ts'
import { dispositionName } from '../../files/name.ts'
import { uploadFile } from '../../files/upload.ts'
import { changeRecord, type Address } from '../../records/write.ts'
import { idAt } from '../../records/read.ts'
import type { DataRequest } from '../data.ts'
import { serveFile } from '../serve-file.ts'
import { bytesOf } from '../upload.ts'
import { placeOf, type Place } from './address.ts'
import { checkContentType, readCondition } from './headers.ts'
import { only, readMethods } from './method.ts'

export interface Stream {
  readonly place: Place
  readonly field: Field
}

/** Whether a body of this type is a content, and not JSON that says something. */
export const isContent = (type: string | null): boolean => checkContentType(type ?? undefined) !== undefined

const names = new WeakMap<Model, ReadonlySet<string>>()

/** Names of all fields of one file, so that other addresses cost nothing. */
function streamNames(model: Model): ReadonlySet<string> {
  let known = names.get(model)
  if (known === undefined) {
    const fields = [...model.entities.values()].flatMap((entity) => entity.fields)
    names.set(model, (known = new Set(fields.filter(isSingle).map(({ name }) => name))))
  }
  return known
}

const isSingle = (field: Field): boolean => typeOf(field).files?.most(field) === 1

/** The stream property an address leads to, as far as the caller may know of it. throws: Problem of the address before it. */
export function streamAt({ path, query, context }: DataRequest): Stream | undefined {
  const found = /^(.+)\/([a-z][a-z0-9_]*)(?:\/(?:\$|%24)value)?\/*$/.exec(path)
  if (found === null || !streamNames(context.model).has(found[2]!)) return undefined
  const place = placeOf(context, found[1]!, query)
  if (place.result !== 'record') return undefined
  const { entity } = place
  const field = entity.fields.find((each) => each.name === found[2])
  const isThere =
    field !== undefined &&
    isSingle(field) &&
    readableWire(context.model, context.actor, entity.id).properties.has(field.name + typeOf(field).files!.holds(field))
  return isThere ? { place, field } : undefined
}

/** Answers GET, PUT and DELETE of a stream property. throws: Problem. */
export async function answerStream(request: DataRequest, stream: Stream): Promise<Response> {
  const refused = only(request, [...readMethods, 'PUT', 'DELETE'])
  if (refused) return refused
  return readMethods.includes(request.method) ? read(request, stream) : write(request, stream)
}

async function read({ platform, context, method, header, query }: DataRequest, stream: Stream): Promise<Response> {
  const { place, field } = stream
  const ids = await heldFiles(platform, context, { entity: place.entity, field, path: place.path })
  if (ids === undefined) throw noFile()
  if (ids[0] === undefined) return new Response(null, { status: 204, headers: { 'odata-version': '4.01' } })
  const asked = new URLSearchParams(query)
  return serveFile(platform, await heldFile(context, field, ids[0]), {
    method,
    header,
    size: asked.get('size') ?? undefined,
    download: asked.has('download'),
    shape: 'odata',
  })
}

async function write(request: DataRequest, { place, field }: Stream): Promise<Response> {
  const { platform, context, header, version } = request
  must(readCondition('If-Match', header('if-match')))
  const address: Address =
    place.via === undefined && place.address !== undefined
      ? place.address
      : { id: await idAt(platform, context, place.path) }
  const value = request.method === 'DELETE' ? null : await upload(request, field)
  const written = await changeRecord(
    platform,
    context,
    place.entity.name,
    address,
    { [field.name]: value },
    { ifMatch: header('if-match'), returning: 'nothing', purpose: 'update', creates: false },
  )
  return new Response(null, { status: 204, headers: { 'odata-version': version, etag: written.etag } })
}

async function upload({ platform, context, request, header, query }: DataRequest, field: Field): Promise<string> {
  const declared = header('content-type') ?? ''
  if (!isContent(declared) || declared.startsWith('multipart/'))
    throw new Problem('request.media', {
      detail: 'The content of a file is sent as it is, with its own type',
      target: 'Content-Type',
      hint: `To give the id of an uploaded file, PATCH the record with "${field.name}_id"`,
    })
  const name = new URLSearchParams(query).get('name') ?? dispositionName(header('content-disposition') ?? '')
  const file = await uploadFile(platform, context, {
    bytes: request.body === null ? nothing() : bytesOf(request.body),
    name: name ?? field.name,
    declared,
    most: typeOf(field).files!.maxBytes(field),
  })
  return file.id
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
