// Schema errors as sentences for the person who wrote the definition. Decides wording and hints; the places come from ajv.
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import { propertyNames } from '../schemas/names.ts'
import type { SchemaError } from '../schemas/validate.js'
import { types } from '../types/index.ts'

/** One problem per schema error; the pointer is relative to the definition. */
export function schemaProblems(kind: string, definition: unknown, errors: readonly SchemaError[]): Problem[] {
  return errors.flatMap((error) => {
    const said = sentence(kind, definition, error)
    return said === undefined
      ? []
      : [
          new Problem('check.definition', {
            detail: said.says,
            pointer: error.instancePath + (said.at ?? ''),
            hint: said.hint,
          }),
        ]
  })
}

interface Said {
  readonly says: string
  readonly hint?: string
  readonly at?: string
}

function sentence(kind: string, definition: unknown, error: SchemaError): Said | undefined {
  const params = error.params
  const value = valueAt(definition, error.instancePath)
  switch (error.keyword) {
    case 'required':
      return { says: `"${String(params['missingProperty'])}" is missing` }
    case 'additionalProperties': {
      const name = String(params['additionalProperty'])
      return {
        says: `"${name}" is not known here`,
        hint: suggest(name, namesAt(kind, definition, error.instancePath)),
        at: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      }
    }
    case 'discriminator': {
      const tag = params['tagValue']
      if (typeof tag !== 'string')
        return {
          says: tag === undefined ? '"type" is missing' : '"type" must be text',
          at: tag === undefined ? '' : '/type',
        }
      return {
        says: `There is no field type "${tag}"`,
        hint: suggest(tag, types.keys()) ?? `One of: ${[...types.keys()].join(', ')}`,
        at: '/type',
      }
    }
    case 'type':
      return {
        says: `This must be ${([] as unknown[])
          .concat(params['type'])
          .map((type) => typeWords[String(type)] ?? String(type))
          .join(' or ')}`,
      }
    case 'const':
      return { says: `This must be ${JSON.stringify(params['allowedValue'])}` }
    case 'enum': {
      const allowed = params['allowedValues'] as readonly string[]
      return {
        says: `${short(value)} is not allowed here`,
        hint: (typeof value === 'string' ? suggest(value, allowed) : undefined) ?? `One of: ${allowed.join(', ')}`,
      }
    }
    case 'pattern':
      return patternSentence(String(params['pattern']), value)
    case 'propertyNames':
      return { says: `"${String(params['propertyName'])}" is not a language tag`, hint: 'Like en, fa or pt-BR' }
    default:
      return limitSentence(error)
  }
}

function limitSentence(error: SchemaError): Said {
  const limit = Number(error.params['limit'])
  const says: Readonly<Record<string, string>> = {
    minimum: `This must be at least ${limit}`,
    maximum: `This must be at most ${limit}`,
    minLength: limit === 1 ? 'This must not be empty' : `This must have at least ${limit} characters`,
    maxLength: `This can have at most ${limit} characters`,
    minItems: `This needs at least ${limit} ${limit === 1 ? 'item' : 'items'}`,
    maxItems: `This can have at most ${limit} items`,
  }
  return { says: says[error.keyword] ?? `This breaks the rule "${error.keyword}"` }
}

function patternSentence(pattern: string, value: unknown): Said | undefined {
  if (pattern.startsWith('^[a-z]{2,3}(-')) return undefined
  if (pattern.startsWith('^[a-z][a-z0-9_]') || pattern.startsWith('^(\\*|[a-z]')) {
    return {
      says: `${short(value)} is not a name`,
      hint: 'Lower-case letters, digits and underscores, starting with a letter, at most 48',
    }
  }
  if (pattern.startsWith('^[0-9a-f]{8}-'))
    return { says: `${short(value)} is not a UUID`, hint: 'Leave the id out; it is given on the first apply' }
  return { says: `${short(value)} does not have the expected form`, hint: `Expected form: ${pattern}` }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function namesAt(kind: string, definition: unknown, path: string): readonly string[] {
  let place = ''
  let at: unknown = definition
  for (const step of path.split('/').slice(1)) {
    place += Array.isArray(at) ? '/*' : `/${step}`
    at = (at as Record<string, unknown> | undefined)?.[step]
    if (kind === 'entity' && place === '/fields/*') place += `:${String((at as { type?: unknown } | undefined)?.type)}`
  }
  return propertyNames[kind]?.[place] ?? []
}

function valueAt(definition: unknown, path: string): unknown {
  let at: unknown = definition
  for (const step of path.split('/').slice(1))
    at = (at as Record<string, unknown> | undefined)?.[step.replaceAll('~1', '/').replaceAll('~0', '~')]
  return at
}
