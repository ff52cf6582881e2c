// JSON Schema (draft 2020-12) for documents that people define at run time. Interpreted, because compiling one needs `eval`,
// which a browser under a strict content security policy refuses. Decides which schemas may run: small ones that refer
// only to themselves and whose patterns are safe.
import type { Validator } from '@cfworker/json-schema'
import { validatorOf } from '#validator'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'
import { patternProblem } from './pattern.ts'

/** What a document breaks: where, and what is asked there. */
export interface SchemaFault {
  /** JSON pointer into the document. */
  readonly at: string
  readonly says: string
}

const validators = new WeakMap<JsonObject, Validator>()
const longestText = 100_000

/** Why a schema cannot be used, as pointer into it and a sentence; undefined when it can. */
export function schemaProblem(schema: JsonObject): SchemaFault | undefined {
  if (JSON.stringify(schema).length > 20_000) return { at: '', says: 'A schema can have at most 20,000 characters' }
  return partProblem(schema, schema, '', 0)
}

function partProblem(root: JsonObject, part: JsonValue, at: string, depth: number): SchemaFault | undefined {
  if (depth > 20) return { at, says: 'The schema is nested too deeply' }
  if (typeof part !== 'object' || part === null) return undefined
  for (const [name, value] of Object.entries(part)) {
    const place = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const says = keywordProblem(root, name, value)
    if (says !== undefined) return { at: place, says }
    const inner = partProblem(root, value, place, depth + 1)
    if (inner) return inner
  }
  return undefined
}

const typeNames = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'])

function keywordProblem(root: JsonObject, name: string, value: JsonValue): string | undefined {
  switch (name) {
    case '$ref':
      return typeof value === 'string' && refersInside(root, value)
        ? undefined
        : 'A $ref must point inside this schema, like #/$defs/line'
    case '$id':
    case '$anchor':
    case '$dynamicRef':
    case '$dynamicAnchor':
      return typeof value === 'string' ? `"${name}" is not supported` : undefined
    case 'pattern':
      return typeof value === 'string' ? patternProblem(value, 1000) : undefined
    case 'patternProperties':
      return isJsonObject(value)
        ? Object.keys(value)
            .map((pattern) => patternProblem(pattern, 1000))
            .find((problem) => problem !== undefined)
        : undefined
    case 'type': {
      const names = Array.isArray(value) ? value : [value]
      const odd = names.filter((one) => typeof one === 'string').find((one) => !typeNames.has(one))
      return odd === undefined ? undefined : `There is no type "${odd}"`
    }
    default:
      return undefined
  }
}

function refersInside(root: JsonObject, reference: string): boolean {
  if (reference === '#') return true
  if (!reference.startsWith('#/')) return false
  let at: JsonValue | undefined = root
  for (const step of reference.slice(2).split('/')) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as JsonObject)[name] : undefined
  }
  return at !== undefined
}

/**
 * The first thing a document breaks, deepest first; undefined when it is valid, and in a browser until it can be told.
 * throws: never for a checked schema.
 */
export function schemaFault(schema: JsonObject, document: JsonValue): SchemaFault | undefined {
  const validator = validators.get(schema) ?? validatorOf(schema)
  if (validator === undefined) return undefined
  validators.set(schema, validator)
  const { valid, errors } = validator.validate(document)
  if (valid) return undefined
  const found = errors.findLast(({ keyword }) => keyword !== 'false') ?? errors.at(-1)
  return { at: decodeURIComponent(found?.instanceLocation.slice(1) ?? ''), says: found?.error ?? 'It is not valid' }
}

/** Why a document cannot be stored, whatever its schema; undefined when it can. */
export function documentProblem(document: JsonValue): string | undefined {
  if (JSON.stringify(document).length > longestText) return `can have at most ${longestText} characters`
  return storableProblem(document, 0)
}

function storableProblem(value: JsonValue, depth: number): string | undefined {
  if (depth > 30) return 'is nested more than 30 levels deep'
  if (typeof value === 'string') return textProblem(value)
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'has a number that is too large'
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, inner] of Object.entries(value)) {
    const problem = textProblem(name) ?? storableProblem(inner, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}

function textProblem(text: string): string | undefined {
  if (text.includes('\u0000')) return 'has a NUL character, which cannot be stored'
  return text.isWellFormed() ? undefined : 'has half of a character (a lone surrogate)'
}
