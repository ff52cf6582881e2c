// A request that may be run: its document, read within the limits and checked against the schema of what it names. Kept by its text
// per model and access, so that what is sent again and again is checked once.
import { GraphQLError, validate, type DocumentNode } from 'graphql'
import { cached, keep, newCache, type Cache } from '@peyvand/core/access/cache.ts'
import { accessKey } from '@peyvand/core/access/grant.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem, problemCodes } from '@peyvand/core/base/problem.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import { readDocument } from './document.ts'
import { schemaFor, type Schema } from './schema.ts'
import type { Types } from './types.ts'

/** What a client sends. */
export interface Asking {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
  readonly operation?: string
  /** Whether only queries may be asked, as by GET. */
  readonly reads: boolean
}

export interface Checked extends Schema {
  readonly document: DocumentNode
}

/** A document that asks about the schema itself, which is another's work. */
export interface Curious {
  readonly document: DocumentNode
  readonly schema?: undefined
}

const mostErrors = 10
const mostKept = 300
/** Longer texts are no queries that are sent again and again. */
const longestKept = 10_000
const kept = new WeakMap<Model, Cache<Checked>>()

/** The checked request, or what GraphQL finds wrong with it. throws: Problem when it is too large. */
export function check(
  context: Pick<Context, 'model' | 'actor'>,
  { query, variables }: Asking,
): Checked | Curious | readonly GraphQLError[] {
  let known = kept.get(context.model)
  if (known === undefined) kept.set(context.model, (known = newCache(mostKept)))
  const given = keysIn(variables)
  const key = `${accessKey(context.actor)};${[...given].sort().join()};${query}`
  const before = cached(known, key)
  if (before !== undefined) return before
  try {
    const { document, names } = readDocument(query)
    if (names.has('__schema') || names.has('__type')) return { document }
    const schema = schemaFor(context, new Set([...names, ...given]))
    // What may be meant is not said: the schema at hand only knows what the request names.
    const errors = validate(schema.schema, document, undefined, { maxErrors: mostErrors, hideSuggestions: true })
    if (errors.length > 0) return errors.map((error) => hinted(error, schema.types))
    const checked = { ...schema, document }
    return key.length > longestKept ? checked : keep(known, key, checked)
  } catch (thrown) {
    if (thrown instanceof GraphQLError) return [thrown]
    throw thrown
  }
}

/** The same error with what may have been meant, of all that is there for the caller. */
function hinted(error: GraphQLError, types: Types): GraphQLError {
  const [, field, type] = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(error.message) ?? []
  const hint = field === undefined ? undefined : suggest(field, types.fieldsOf(type!))
  if (hint === undefined) return error
  return new GraphQLError(error.message, {
    nodes: error.nodes,
    extensions: { status: problemCodes['request.unknown'].status, code: 'request.unknown', hint },
  })
}

const mostKeys = 500

/** Every name in the variables. throws: Problem when there are too many */
function keysIn(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) keysIn(item, found)
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) {
      found.add(name)
      keysIn(inner, found)
    }
  if (found.size > mostKeys)
    throw new Problem('limit.size', { detail: `Variables may have ${mostKeys} names`, target: 'variables' })
  return found
}
