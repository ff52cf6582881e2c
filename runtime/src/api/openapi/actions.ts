// Named operations in the OpenAPI document: one address each under /api/actions, with the parameters as its body.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Operation } from '../../actions/operation.ts'
import { answer, body, ref } from './parts.ts'

const wrong = { default: answer('What is wrong and where', ref('Problem'), 'application/problem+json') }
const address: JsonObject = {
  type: 'string',
  description: 'Address of what it is called on: accounts(<uuid>), accounts',
}

/** The addresses of the operations a caller may use. Operations of one name share an address. */
export function actionPaths(operations: readonly Operation[]): JsonObject {
  const byName = Map.groupBy(operations, ({ name }) => name)
  return Object.fromEntries([...byName].map(([name, all]) => [`/api/actions/${name}`, { post: post(name, all) }]))
}

function post(name: string, all: readonly Operation[]): JsonObject {
  const bodies = all.map(bodySchema)
  const results = all.map(resultSchema)
  return {
    tags: ['actions'],
    operationId: `call_${name}`,
    summary: all[0]!.doc,
    requestBody: body(bodies.length === 1 ? bodies[0]! : { anyOf: bodies }),
    responses: { '200': answer('Done', results.length === 1 ? results[0]! : { anyOf: results }), ...wrong },
  }
}

function bodySchema({ on, parameters }: Operation): JsonObject {
  const given = Object.entries(parameters)
  return {
    type: 'object',
    required: [...(on ? ['on'] : []), ...given.flatMap(([name, { required }]) => (required ? [name] : []))],
    properties: {
      ...(on ? { on: address } : {}),
      ...Object.fromEntries(given.map(([name, { schema, doc }]) => [name, { ...schema, description: doc }])),
    },
  }
}

function resultSchema({ result }: Operation): JsonObject {
  if (result === undefined) return { type: 'object' }
  if ('schema' in result) return result.schema
  return result.record === '*' ? { type: 'object' } : ref(result.record)
}
