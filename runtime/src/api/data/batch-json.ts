// The JSON form of a batch (OData 4.01): `{"requests": [{"id", "method", "url", "headers", "body", "atomicityGroup",
// "dependsOn"}]}` → requests, and answers → `{"responses": […]}`. All that is wrong with the batch itself is said at once.
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import type { BatchAnswer, BatchRequest } from './batch-run.ts'
import { parseBody } from './body.ts'

const members = ['id', 'method', 'url', 'headers', 'body', 'atomicityGroup', 'dependsOn'] as const

/** Reads a JSON batch. */
export function readJsonBatch(text: string): BatchRequest[] | Problem {
  const body = parseBody(text)
  if (body instanceof Problem) return body
  const list = isJsonObject(body) ? body['requests'] : undefined
  if (!Array.isArray(list)) return wrong('The body must be {"requests": […]}', '/requests')
  const problems: Problem[] = []
  const requests: BatchRequest[] = []
  const known = new Set<string>()
  for (const [i, each] of list.entries()) {
    const at = `/requests/${i}`
    const request = isJsonObject(each) ? readRequest(each, at) : wrong('A request is an object', at)
    if (request instanceof Problem) {
      problems.push(request)
      continue
    }
    const problem = checkPlace(request, requests.at(-1), known, at)
    if (problem) problems.push(problem)
    known.add(request.id)
    if (request.group !== undefined) known.add(request.group)
    requests.push(request)
  }
  return problems.length > 0 ? gather('request.malformed', problems) : requests
}

function wrong(detail: string, pointer: string): Problem {
  return new Problem('request.malformed', { detail, pointer })
}

function readRequest(given: JsonObject, at: string): BatchRequest | Problem {
  const odd = Object.keys(given).find((name) => !(members as readonly string[]).includes(name))
  if (odd === 'if') return new Problem('request.unsupported', { detail: '"if" is not supported', pointer: `${at}/if` })
  if (odd !== undefined)
    return new Problem('request.unknown', {
      detail: `"${odd.slice(0, 60)}" is not known here`,
      pointer: `${at}/${odd.slice(0, 60)}`,
      hint: suggest(odd, members),
    })
  const { id, method, url, headers = {}, body, atomicityGroup: group, dependsOn = [] } = given
  for (const [name, value] of Object.entries({ id, method, url }))
    if (typeof value !== 'string' || value === '') return wrong(`"${name}" must be a text`, `${at}/${name}`)
  if (group !== undefined && (typeof group !== 'string' || group === ''))
    return wrong('"atomicityGroup" must be a text', `${at}/atomicityGroup`)
  if (!isTextList(dependsOn)) return wrong('"dependsOn" must be a list of ids', `${at}/dependsOn`)
  if (!isJsonObject(headers) || !Object.values(headers).every((value) => typeof value === 'string'))
    return wrong('"headers" must be an object of texts', `${at}/headers`)
  return {
    id: id as string,
    method: method as string,
    url: url as string,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value as string])),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(group === undefined ? {} : { group }),
    dependsOn,
  }
}

function isTextList(value: JsonValue): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

/** Ids are there once, groups stand together, and only what came before can be depended on. */
function checkPlace(
  { id, group, dependsOn }: BatchRequest,
  before: BatchRequest | undefined,
  known: ReadonlySet<string>,
  at: string,
): Problem | undefined {
  if (known.has(id) || id === group) return wrong(`The id "${id.slice(0, 60)}" is used twice`, `${at}/id`)
  if (group !== undefined && before?.group !== group && known.has(group))
    return wrong('The requests of a group must stand together', `${at}/atomicityGroup`)
  const odd = dependsOn.find((each) => !known.has(each) || each === group)
  return odd === undefined
    ? undefined
    : wrong(`There is no request "${odd.slice(0, 60)}" before this one`, `${at}/dependsOn`)
}

/** The answers as JSON; bodies that are JSON already are put in as they are. */
export function writeJsonBatch(answers: readonly BatchAnswer[]): string {
  const parts = answers.map(({ request: { id, group }, status, headers, body }) => {
    const head = JSON.stringify({ id, ...(group === undefined ? {} : { atomicityGroup: group }), status, headers })
    if (body === '') return head
    const json = /^application\/([\w.+-]*\+)?json\b/.test(headers['content-type'] ?? '')
    return `${head.slice(0, -1)},"body":${json ? body : JSON.stringify(body)}}`
  })
  return `{"responses":[${parts.join(',')}]}`
}
