// Actions and functions in `$metadata`, in both spellings: the operations themselves, and imports for those that are called on
// nothing. An operation on every entity is bound to Edm.EntityType, so that a large model does not repeat it for each.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { edmOf } from '../../actions/edm.ts'
import type { Binding, Operation } from '../../actions/operation.ts'

const title = { action: 'Action', function: 'Function' } as const

interface Typed {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
}

function parametersOf({ on, parameters }: Operation, namespace: string): Typed[] {
  const own = Object.entries(parameters).map(([name, { schema, required }]): Typed => ({
    name,
    type: edmOf(schema),
    nullable: required === undefined,
  }))
  return on ? [{ name: 'on', type: boundType(on, namespace), nullable: false }, ...own] : own
}

function boundType({ what, entity }: Binding, namespace: string): string {
  const type = entity === '*' ? 'Edm.EntityType' : `${namespace}.${entity}`
  return what === 'set' ? `Collection(${type})` : type
}

function resultOf({ on, result }: Operation, namespace: string): string | undefined {
  if (result === undefined) return undefined
  if ('schema' in result) return edmOf(result.schema)
  return result.record === '*' ? boundType({ ...on!, what: 'record' }, namespace) : `${namespace}.${result.record}`
}

/** `<Action …/>` and `<Function …/>` of the schema. */
export function operationsXml(operations: readonly Operation[], namespace: string): string {
  return operations.map((each) => operationXml(each, namespace)).join('')
}

function operationXml(operation: Operation, namespace: string): string {
  const tag = title[operation.kind]
  const bound = operation.on ? ' IsBound="true"' : ''
  const parameters = parametersOf(operation, namespace).map(
    ({ name, type, nullable }) => `<Parameter Name="${name}" Type="${type}"${nullable ? '' : ' Nullable="false"'}/>`,
  )
  const result = resultOf(operation, namespace)
  const returns = result === undefined ? '' : `<ReturnType Type="${result}"/>`
  const doc = `<Annotation Term="Org.OData.Core.V1.Description" String="${escapeXml(operation.doc)}"/>`
  return `<${tag} Name="${operation.name}"${bound}>${parameters.join('')}${returns}${doc}</${tag}>`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

/** `<ActionImport …/>` and `<FunctionImport …/>` of the container. */
export function importsXml(operations: readonly Operation[], namespace: string): string {
  return operations
    .filter(({ on }) => on === undefined)
    .map(({ name, kind }) => `<${title[kind]}Import Name="${name}" ${title[kind]}="${namespace}.${name}"/>`)
    .join('')
}

/** The operations of the schema by name: each name is a list of overloads. */
export function operationsJson(operations: readonly Operation[], namespace: string): JsonObject {
  const byName = Map.groupBy(operations, ({ name }) => name)
  return Object.fromEntries([...byName].map(([name, all]) => [name, all.map((each) => operationJson(each, namespace))]))
}

function operationJson(operation: Operation, namespace: string): JsonObject {
  const parameters = parametersOf(operation, namespace).map(({ name, type, nullable }) => ({
    $Name: name,
    ...typeJson(type, nullable),
  }))
  const result = resultOf(operation, namespace)
  return {
    $Kind: title[operation.kind],
    ...(operation.on ? { $IsBound: true } : {}),
    ...(parameters.length > 0 ? { $Parameter: parameters } : {}),
    ...(result === undefined ? {} : { $ReturnType: typeJson(result, false) }),
    '@Org.OData.Core.V1.Description': operation.doc,
  }
}

function typeJson(type: string, nullable: boolean): Record<string, JsonValue> {
  const item = /^Collection\((.*)\)$/.exec(type)?.[1]
  return {
    ...(item === undefined ? {} : { $Collection: true }),
    ...((item ?? type) === 'Edm.String' ? {} : { $Type: item ?? type }),
    ...(nullable ? { $Nullable: true } : {}),
  }
}

/** The imports of the container. */
export function importsJson(operations: readonly Operation[], namespace: string): JsonObject {
  const unbound = operations.filter(({ on }) => on === undefined)
  return Object.fromEntries(
    unbound.map(({ name, kind }) => [
      name,
      { $Kind: `${title[kind]}Import`, [`$${title[kind]}`]: `${namespace}.${name}` },
    ]),
  )
}

/** The imports of functions, as the service document lists them. */
export function importsListed(operations: readonly Operation[]): JsonObject[] {
  return operations
    .filter(
      ({ on, kind, parameters }) => on === undefined && kind === 'function' && Object.keys(parameters).length === 0,
    )
    .map(({ name }) => ({ name, kind: 'FunctionImport', url: name }))
}
