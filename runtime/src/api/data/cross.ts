// Answers to `GET $crossjoin(firms,deals)`. A page that is not the last leads on by $skip.
import { prepareCross } from '@peyvand/core/access/cross.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { readOptionName } from '@peyvand/core/query/option.ts'
import { onNewestModel } from '../../records/failure.ts'
import { defaultPageSize, maxPageSize } from '../../records/read.ts'
import { noteRead } from '../../records/told.ts'
import type { DataRequest } from '../data.ts'
import { reckoningOf } from './annotate.ts'
import { contextMember } from './answer.ts'
import { checkAccept, jsonType, wantsExact } from './headers.ts'
import { only, readMethods } from './method.ts'
import { readPrefer } from './prefer.ts'

interface Row {
  readonly body: string
  readonly more: boolean
  readonly count?: string
}

/** Answers a cross join. throws: Problem. */
export async function answerCross(request: DataRequest): Promise<Response> {
  const refused = only(request, readMethods)
  if (refused) return refused
  const { platform, context, path, query, header, base, version } = request
  const unwanted = checkAccept(header('accept'), query)
  if (unwanted) throw unwanted
  const prefer = must(readPrefer(header('prefer')))
  const exact = wantsExact(header('accept'), query)
  const reckoning = reckoningOf(platform.config, context.language, prefer)
  const order = { path, query, exact, reckoning, pageSize: prefer.pageSize ?? defaultPageSize, maxPageSize }
  const { prepared, row } = await onNewestModel(platform, context, 'read', undefined, async (current) => {
    const { model, actor, schema, database, limits, rows: counts } = current
    const prepared = prepareCross({ ...order, model, actor, schema, limits, rows: counts })
    if (prepared === undefined)
      throw new Problem('missing.path', { detail: 'Write $crossjoin(set,set)', target: 'path' })
    const cross = must(prepared)
    const { rows } = await database.query<Row>({ ...cross.statement, planned: true })
    const row = rows[0]!
    if (cross.noted.length > 0) await noteRead(current, cross.noted, { body: row.body, path: 'crossjoin' })
    return { prepared: cross, row }
  })
  const { page, counted } = prepared
  const count = counted ? `,"@odata.count":${row.count}` : ''
  const next = row.more && !page.ends ? `,"@odata.nextLink":${JSON.stringify(nextLink(request, page))}` : ''
  const names = decodeURIComponent(path).slice('$crossjoin'.length)
  const text = `${contextMember(base, `$crossjoin${names}`)}${count},"value":${row.body}${next}}`
  const headers = {
    'content-type': jsonType(exact),
    'odata-version': version,
    'cache-control': 'private, no-cache',
    ...(prefer.applied.length > 0 ? { 'preference-applied': prefer.applied.join(', ') } : {}),
  }
  return new Response(text, { headers })
}

function nextLink({ base, path, query }: DataRequest, { size, skip }: { size: number; skip: number }): string {
  const kept = query.split('&').filter((part) => {
    const name = readOptionName(decodeURIComponent(part.split('=', 1)[0]!))
    return part !== '' && name !== 'skip' && name !== 'top'
  })
  const top = new URLSearchParams(query)
  const asked = [...top].find(([name]) => readOptionName(name) === 'top')?.[1]
  const left = asked === undefined ? [] : [`$top=${Number(asked) - size}`]
  return `${base}/${path}?${[...kept, `$skip=${skip + size}`, ...left].join('&')}`
}
