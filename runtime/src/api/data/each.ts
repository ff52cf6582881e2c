// `$each`: one change to every record of a list, `PATCH accounts/$filter(city eq 'Rome')/$each`. All or nothing, within a limit,
// and through the same writes as single records, so that rights, checks and the audit are the same.
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { readRecords } from '../../records/read.ts'
import { together } from '../../records/together.ts'
import { changeRecord, deleteRecord } from '../../records/write.ts'
import type { DataRequest } from '../data.ts'
import { placeOf } from './address.ts'
import { readBody } from './body.ts'
import { askBulk } from './bulk.ts'
import { only } from './method.ts'
import { readPrefer } from './prefer.ts'

/** Records one request may change. */
export const eachLimit = 1_000

/** Answers PATCH and DELETE of `…/$each`. throws: Problem. */
export async function answerEach(request: DataRequest): Promise<Response> {
  const refused = only(request, ['PATCH', 'DELETE'])
  if (refused) return refused
  const { platform, context, method, header, base, version } = request
  const prefer = must(readPrefer(header('prefer')))
  askBulk(context, placeOf(context, request.path.slice(0, -'/$each'.length), request.query).entity)
  const body = method === 'PATCH' ? must(await readBody(request.request, header('content-type') ?? null)) : null
  const returns = method === 'PATCH' && prefer.return === 'representation'
  const { set, bodies } = await together(platform, context, async (inside, current) => {
    const { entity, ids } = await idsOf({ ...request, platform: inside, context: current })
    const bodies: string[] = []
    for (const id of ids) {
      if (method === 'DELETE') await deleteRecord(inside, current, entity, { id }, {})
      else {
        const returning = returns ? 'record' : 'nothing'
        const options = { returning, purpose: 'update', creates: false } as const
        const written = await changeRecord(inside, current, entity, { id }, body, options)
        if (written.body !== undefined) bodies.push(written.body)
      }
    }
    return { set: current.model.entities.get(entity)!.entitySet, bodies }
  })
  const headers = {
    'odata-version': version,
    ...(prefer.return === undefined ? {} : { 'preference-applied': `return=${prefer.return}` }),
  }
  if (!returns) return new Response(null, { status: 204, headers })
  const text = `{"@odata.context":${JSON.stringify(`${base}/$metadata#${set}`)},"value":[${bodies.join(',')}]}`
  return new Response(text, { headers: { ...headers, 'content-type': 'application/json' } })
}

/** The ids of the list, in order, so that two such requests do not wait for each other in a ring. */
async function idsOf({ platform, context, path, query }: DataRequest): Promise<{ entity: string; ids: string[] }> {
  const parts = query.split('&').filter((part) => part !== '')
  const wrong = parts.find((part) => !/^(?:@|%40|(?:\$|%24)?filter=|(?:\$|%24)?search=)/i.test(part))
  if (wrong !== undefined)
    throw new Problem('request.malformed', {
      detail: `"${wrong.split('=')[0]!.slice(0, 60)}" cannot be used with $each`,
      target: '$each',
      hint: 'Say which records by $filter(…) before $each',
    })
  const { read, row } = await readRecords(platform, context, {
    path: path.slice(0, -'/$each'.length),
    query: [...parts, '$select=id', '$orderby=id', `$top=${eachLimit + 1}`].join('&'),
    pageSize: eachLimit + 1,
  })
  if (read.result !== 'collection' || row === undefined)
    throw new Problem('missing.path', { detail: '"$each" stands behind a list of records', target: 'path' })
  const ids = (JSON.parse(row.body ?? '[]') as { id: string }[]).map(({ id }) => id)
  if (ids.length > eachLimit)
    throw new Problem('limit.size', {
      detail: `More than ${eachLimit} records would be changed at once`,
      target: '$each',
      hint: 'Narrow the list with $filter(…)',
    })
  return { entity: read.entity.name, ids }
}
