// /api/actions: named operations as plain JSON. `POST /api/actions/<name>` with the parameters as an object (a function also by
// GET, with the parameters in the query); "on" names the record or set it is called on, as an address of the data service.
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { Hono } from 'hono'
import { callOperation } from '../actions/call.ts'
import { operationFor, operationsNamed, operationsOf } from '../actions/find.ts'
import type { Operation } from '../actions/operation.ts'
import { readAlias } from '../actions/parameters.ts'
import type { Context } from '../context.ts'
import type { ApiEnv, Platform } from '../platform.ts'
import { readRecords } from '../records/read.ts'
import { readBody } from './body.ts'
import { placeOf } from './data/address.ts'

/** The routes under /api/actions. */
export function actionRoutes(platform: Platform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/', (c) => c.json({ actions: operationsOf(c.get('context')).map(described) }))
  app.post('/:name', async (c) => {
    const empty = c.req.header('content-length') === '0' || c.req.raw.body === null
    const body = empty ? {} : await readBody(c)
    if (!isJsonObject(body))
      throw new Problem('request.malformed', { detail: 'The body must be a JSON object', pointer: '' })
    return c.json(await call(platform, c.get('context'), c.req.param('name'), body, false))
  })
  app.get('/:name', async (c) => {
    const given: JsonObject = {}
    for (const [name, text] of Object.entries(c.req.query()))
      given[name] = name === 'on' ? text : must(readAlias(name, text))
    return c.json(await call(platform, c.get('context'), c.req.param('name'), given, true))
  })
  return app
}

/** What there is to know about an operation before calling it. */
function described({ name, kind, doc, on, parameters, result }: Operation): JsonObject {
  return {
    name,
    kind,
    doc,
    ...(on ? { on: { what: on.what, entity: on.entity } } : {}),
    parameters: {
      type: 'object',
      required: Object.keys(parameters).filter((each) => parameters[each]!.required),
      properties: Object.fromEntries(
        Object.entries(parameters).map(([each, { schema, doc: description }]) => [each, { ...schema, description }]),
      ),
    },
    ...(result === undefined ? {} : { result: 'schema' in result ? result.schema : { record: result.record } }),
  }
}

async function call(
  platform: Platform,
  context: Context,
  name: string,
  { on: address, ...given }: JsonObject,
  asks: boolean,
): Promise<JsonValue> {
  const named = operationsNamed(name)
  if (named.length === 0)
    throw new Problem('missing.path', {
      detail: `There is no action "${name.slice(0, 60)}"`,
      target: 'path',
      hint: suggest(
        name,
        operationsOf(context).map((each) => each.name),
      ),
    })
  const on = address === undefined ? undefined : placeNamed(context, address)
  const operation = operationFor(named, on && (on.path === undefined ? 'set' : 'record'), on?.entity)
  if (!operation) throw misplaced(named[0]!)
  if (asks && operation.kind === 'action')
    throw new Problem('request.method', {
      detail: `"${operation.name}" changes things`,
      hint: 'Send it with POST',
      target: 'method',
    })
  const value = await callOperation(platform, context, { operation, given, ...(on ? { on } : {}) })
  if (operation.result === undefined || !('record' in operation.result)) return value ?? {}
  const entity = operation.result.record === '*' ? on!.entity : context.model.entities.get(operation.result.record)!
  const { row } = await readRecords(platform, context, { path: `${entity.entitySet}(${value as string})`, query: '' })
  return JSON.parse(row?.body ?? '{}') as JsonValue
}

function misplaced({ name, on }: Operation): Problem {
  const hint =
    on === undefined
      ? 'It is called on nothing: leave "on" out'
      : `Name the ${on.what} in "on", such as ${on.what === 'set' ? 'accounts' : 'accounts(<uuid>)'}`
  return new Problem('request.malformed', {
    detail: `"${name}" is not called on this`,
    pointer: '/on',
    target: 'on',
    hint,
  })
}

/** `accounts` or `accounts(<id>)` */
function placeNamed(context: Context, address: JsonValue) {
  const path = typeof address === 'string' ? address.replace(/^.*\/api\/data\/v1\//, '').replace(/^\//, '') : ''
  const { result, entity, path: own } = placeOf(context, path)
  if (result === 'collection') return { entity }
  if (result === 'record') return { entity, path: own }
  throw new Problem('request.type', {
    detail: '"on" must be the address of a record or a set',
    pointer: '/on',
    target: 'on',
  })
}
