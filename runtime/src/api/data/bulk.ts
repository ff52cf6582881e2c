// `POST <set>/$bulk`: many records in one call.
//   {"create": […]} · {"update": […]} · {"upsert": […], "key": "code"} · {"delete": […]}
// "key" says how a row finds its record: "id" (the default of update and delete), or the fields of a key ("code", "a,b",
// ["a", "b"]). "atomic": false writes the good rows all the same.
import { opens } from '@peyvand/core/access/rule.ts'
import { isJsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import { createMany } from '../../records/bulk/create.ts'
import { deleteMany } from '../../records/bulk/delete.ts'
import type { ManyOptions } from '../../records/bulk/meaning.ts'
import type { DataRequest } from '../data.ts'
import { odataError } from '../problem.ts'
import type { Place } from './address.ts'
import { readBody } from './body.ts'
import { refuseOptions } from './option.ts'

const lists = ['create', 'update', 'upsert', 'delete'] as const
const members: readonly string[] = [...lists, 'key', 'atomic']

/** Answers a bulk write. throws: Problem; when atomic, with the problems of all rows. */
export async function answerBulk(
  { platform, context, request, query, header, version }: DataRequest,
  place: Place,
): Promise<Response> {
  if (place.result !== 'collection' || place.via !== undefined)
    throw new Problem('missing.path', {
      detail: '"$bulk" belongs to an entity set',
      target: 'path',
      hint: 'POST <set>/$bulk',
    })
  refuseOptions(query, '$bulk')
  askBulk(context, place.entity)
  const { rows, options, list } = readOrder(
    platform.config.bulkLimit,
    must(await readBody(request, header('content-type') ?? null)),
  )
  const write = list === 'delete' ? deleteMany : createMany
  const outcomes = await write(platform, context, place.entity.name, rows, options)
  const value = outcomes.map((each) => (each instanceof Problem ? odataError(each) : each))
  return new Response(JSON.stringify({ value }), {
    headers: { 'content-type': 'application/json', 'odata-version': version },
  })
}

/** Writing many records by one request takes a right of its own, before any of them is looked at. throws: Problem */
export function askBulk({ model, actor }: Context, entity: Entity): void {
  if (opens(model, actor, entity, 'bulk')) return
  throw new Problem('access.denied', {
    detail: `You may not write many records of "${entity.entitySet}" by one request`,
    target: entity.entitySet,
    hint: 'It takes the right "bulk"; write them one by one',
  })
}

function readOrder(
  mostRows: number,
  body: JsonValue,
): {
  rows: readonly JsonValue[]
  options: ManyOptions
  list: (typeof lists)[number]
} {
  if (!isJsonObject(body)) throw malformed('The body must be a JSON object', '')
  const unknown = Object.keys(body).find((name) => !members.includes(name))
  if (unknown !== undefined)
    throw new Problem('request.unknown', {
      detail: `"${unknown.slice(0, 100)}" is not known here`,
      pointer: `/${unknown.slice(0, 100)}`,
      hint: suggest(unknown, members),
    })
  const given = lists.filter((name) => name in body)
  const [list] = given
  if (list === undefined || given.length > 1)
    throw malformed('Give one of "create", "update", "upsert" and "delete"', '')
  const rows = body[list]!
  if (!Array.isArray(rows)) throw malformed(`"${list}" must be a list of records`, `/${list}`)
  if (rows.length > mostRows)
    throw new Problem('limit.size', { detail: `At most ${mostRows} records at once`, pointer: `/${list}` })
  const { atomic = true } = body
  if (typeof atomic !== 'boolean') throw malformed('"atomic" is true or false', '/atomic')
  const key = keyOf(body['key'])
  if (list === 'upsert' && key === undefined) throw malformed('"upsert" needs the "key" that finds a record', '/key')
  if (list === 'create' && key !== undefined) throw malformed('"create" has no "key": every row is new', '/key')
  const found = list === 'create' ? {} : { key: key ?? ['id'] }
  return { rows, list, options: { atomic, pointer: `/${list}`, update: list === 'update', ...found } }
}

/** `"code"`, `"a,b"` or `["a", "b"]`. */
function keyOf(written: JsonValue | undefined): string[] | undefined {
  if (written === undefined) return undefined
  const names = typeof written === 'string' ? written.split(',').map((name) => name.trim()) : written
  if (Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string' && name !== ''))
    return names as string[]
  throw malformed('"key" is "id" or the names of the fields of a key', '/key')
}

function malformed(detail: string, pointer: string): Problem {
  return new Problem('request.malformed', { detail, pointer })
}
