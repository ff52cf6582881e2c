// Addresses that say elsewhere what they ask: `$entity?$id=…` names a record by its id, and `POST …/$query` carries the query
// options in its body, for those that are too long for an address.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { DataRequest } from '../data.ts'

const most = 100_000

/** The request for the record that `$id` names. throws: Problem. */
export function entityNamed(request: DataRequest): DataRequest {
  const { query, base } = request
  const parts = query.split('&').filter((part) => part !== '')
  const isId = (part: string) => /^(?:\$|%24)?id=/i.test(part)
  const address = new URLSearchParams(parts.find(isId) ?? '').values().next().value
  const path = address?.replace(/^https?:\/\/[^/]+\/api\/data\/v1\//, '').replace(/^\/+/, '') ?? ''
  const own = address?.startsWith('http') === true ? address.startsWith(`${base}/`) : true
  if (!own || !/^[a-z]\w*\([^/]+\)$/i.test(path))
    throw new Problem('request.malformed', {
      detail: '"$entity" needs the address of a record',
      target: '$id',
      hint: 'Write $entity?$id=accounts(<uuid>)',
    })
  return { ...request, path, query: parts.filter((part) => !isId(part)).join('&') }
}

/** Answers `POST …/$query` as the GET it stands for. throws: Problem. */
export async function answerQuery(
  request: DataRequest,
  answer: (request: DataRequest) => Promise<Response>,
): Promise<Response> {
  const { path, query, header } = request
  const type = (header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  if (type !== 'text/plain' && type !== 'application/json')
    throw new Problem('request.media', {
      detail: 'The body of $query is text/plain, or JSON',
      target: 'Content-Type',
      hint: 'Send the query options as they would stand behind "?"',
    })
  const text = await request.request.text()
  if (text.length > most)
    throw new Problem('limit.size', { detail: `The query is longer than ${most} characters`, target: 'body' })
  const given = type === 'text/plain' ? text.trim().replace(/^\?/, '') : optionsOf(text)
  return answer({
    ...request,
    method: 'GET',
    path: path.slice(0, -'/$query'.length),
    query: [query, given].filter((part) => part !== '').join('&'),
  })
}

/** `{"$filter": "…", "$top": 5}` as a query string. */
function optionsOf(text: string): string {
  let options: unknown
  try {
    options = JSON.parse(text)
  } catch {
    options = undefined
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new Problem('request.malformed', {
      detail: 'The body must be a JSON object of query options',
      target: 'body',
    })
  return Object.entries(options)
    .map(([name, value]) => {
      const plain = typeof value === 'object' ? JSON.stringify(value) : String(value)
      // Half a character cannot be encoded: it becomes the sign for what cannot be read, and is judged like any other.
      const written = encodeURIComponent(name.toWellFormed()).replaceAll('%24', '$').replaceAll('%40', '@')
      return `${written}=${encodeURIComponent(plain.toWellFormed())}`
    })
    .join('&')
}
