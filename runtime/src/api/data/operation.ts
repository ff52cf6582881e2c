// OData's actions and functions: which call an address means (`accounts(<id>)/peyvand.merge`, `who_am_i()`,
// `accounts/initial_values`), with which parameters, and the answer around what the operation gives.
import { readableWire } from '@peyvand/core/access/field.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { readOptionName } from '@peyvand/core/query/option.ts'
import { callOperation } from '../../actions/call.ts'
import { edmOf } from '../../actions/edm.ts'
import { operationFor, operationsNamed } from '../../actions/find.ts'
import type { Operation } from '../../actions/operation.ts'
import { readAlias, readInline } from '../../actions/parameters.ts'
import { readRecords } from '../../records/read.ts'
import type { DataRequest } from '../data.ts'
import { placeOf } from './address.ts'
import { contextMember } from './answer.ts'
import { readBody } from './body.ts'
import { jsonType, wantsExact } from './headers.ts'
import { only, readMethods } from './method.ts'
import { answerOnce } from './once.ts'
import { readPrefer } from './prefer.ts'

/** A call as its address says it. */
export interface OperationCall {
  readonly operation: Operation
  /** What stands in the parentheses, without them. */
  readonly inline: string
  readonly on?: { readonly entity: Entity; readonly path?: string }
}

/** The call an address means; undefined when it is the address of records. throws: Problem. */
export function operationAt({ path, query, context }: DataRequest): OperationCall | undefined {
  let end = path.length
  while (path[end - 1] === '/') end--
  const own = path.slice(0, end)
  const cut = own.lastIndexOf('/')
  const segment = /^((?:\w+\.)*[a-z_]\w*)(?:\((.*)\))?$/is.exec(decode(own.slice(cut + 1)))
  if (!segment) return undefined
  const [, written, inline = ''] = segment as unknown as [string, string, string?]
  const named = operationsNamed(written)
  if (named.length === 0) return undefined
  if (cut < 0) {
    const operation = context.model.entityBySet.has(written) ? undefined : operationFor(named, undefined)
    return operation && { operation, inline }
  }
  const place = placeOf(context, own.slice(0, cut), query)
  if (place.result !== 'record' && place.result !== 'collection') return undefined
  const { entity } = place
  const wire = readableWire(context.model, context.actor, entity.id)
  if (wire.shown.has(written) || wire.navigations.has(written)) return undefined
  const what = place.result === 'record' ? 'record' : 'set'
  const operation = operationFor(named, what, entity)
  return operation && { operation, inline, on: { entity, ...(what === 'record' ? { path: place.path } : {}) } }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** Answers a call. throws: Problem. */
export function answerOperation(request: DataRequest, call: OperationCall): Response | Promise<Response> {
  const isAction = call.operation.kind === 'action'
  const refused = only(request, isAction ? ['POST'] : readMethods)
  if (refused) return refused
  const key = request.header('idempotency-key')
  return isAction && key !== undefined ? answerOnce(request, key, (inside) => run(inside, call)) : run(request, call)
}

async function run(request: DataRequest, { operation, inline, on }: OperationCall): Promise<Response> {
  const { platform, context } = request
  const { given, rest } =
    operation.kind === 'action' ? await bodyOf(request, inline) : queryOf(request, operation, inline)
  const value = await callOperation(platform, context, { operation, given, ...(on ? { on } : {}) })
  return answer({ ...request, query: rest }, operation, value, on?.entity)
}

async function bodyOf(
  { request, header, query }: DataRequest,
  inline: string,
): Promise<{ given: JsonObject; rest: string }> {
  if (inline !== '')
    throw new Problem('request.malformed', { detail: 'The parameters of an action stand in the body', target: 'path' })
  if (request.body === null || header('content-length') === '0') return { given: {}, rest: query }
  const body = must(await readBody(request, header('content-type') ?? null))
  if (!isJsonObject(body))
    throw new Problem('request.malformed', { detail: 'The body must be a JSON object', pointer: '' })
  return { given: Object.fromEntries(Object.entries(body).filter(([name]) => !name.includes('@'))), rest: query }
}

/** Parameters in parentheses, by alias, or by their own name in the query; what is left are query options. */
function queryOf(
  { query }: DataRequest,
  { parameters }: Operation,
  inline: string,
): { given: JsonObject; rest: string } {
  const aliases = new Map<string, string>()
  const given: JsonObject = {}
  const rest: string[] = []
  for (const part of query.split('&').filter((each) => each !== '')) {
    const [name, text] = [...new URLSearchParams(part)][0] ?? ['', '']
    const plain = name.replace(/^@/, '')
    if (Object.hasOwn(parameters, plain)) given[plain] = must(readAlias(name, text))
    if (name.startsWith('@')) aliases.set(name, text)
    else if (!Object.hasOwn(parameters, plain)) rest.push(part)
  }
  const written = inline === '' ? given : must(readInline(inline, aliases))
  return { given: written, rest: rest.join('&') }
}

async function answer(
  request: DataRequest,
  { result }: Operation,
  value: JsonValue | undefined,
  entity: Entity | undefined,
): Promise<Response> {
  const { platform, context, base, version, header, query } = request
  const prefer = must(readPrefer(header('prefer')))
  const headers: Record<string, string> = { 'odata-version': version, 'cache-control': 'private, no-cache' }
  if (prefer.return !== undefined) headers['preference-applied'] = `return=${prefer.return}`
  if (result === undefined || value === undefined || prefer.return === 'minimal')
    return new Response(null, { status: 204, headers })
  const exact = wantsExact(header('accept'), query)
  headers['content-type'] = jsonType(exact)
  if ('schema' in result) {
    refuseOptions(query)
    return new Response(plain(base, edmOf(result.schema), value), { headers })
  }
  const target = result.record === '*' ? entity! : context.model.entities.get(result.record)!
  const path = `${target.entitySet}(${value as string})`
  const { read, row } = await readRecords(platform, context, { path, query, exact, base })
  if (!row?.body) return new Response(null, { status: 204, headers: { 'odata-version': version } })
  return new Response(`${contextMember(base, read.context)},${read.tidy(row.body).slice(1)}`, { headers })
}

/** An object stands in the answer itself, any other value behind "value". */
function plain(base: string, edm: string, value: JsonValue): string {
  const context = contextMember(base, edm)
  const text = JSON.stringify(value)
  if (!isJsonObject(value)) return `${context},"value":${text}}`
  return text === '{}' ? `${context}}` : `${context},${text.slice(1)}`
}

function refuseOptions(query: string): void {
  for (const name of new URLSearchParams(query).keys())
    if (readOptionName(name) !== 'format')
      throw new Problem('request.malformed', {
        detail: `"${name.slice(0, 60)}" cannot be used here`,
        target: name.slice(0, 60),
        hint: 'The operation gives a value, not records',
      })
}
