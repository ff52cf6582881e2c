// Types that are one text made of parts (a name of its first and last, an address of its lines). Every part is a column and a
// property of its own; the text is the main value, made anew whenever a part changes. Parts can be given one by one, together
// as an object, or as the text alone, which the type takes apart.
import { isJsonObject, type JsonValue } from '../base/json.ts'
import type { Label } from '../base/label.ts'
import { valueText, type Value } from '../base/kind.ts'
import type { Problem } from '../base/problem.ts'
import type { Field } from '../model/model.ts'
import { textToText, unchanged } from './casts.ts'
import { longest as longestText, refuseStored } from './text/type.ts'
import type { Masks } from './mask.ts'
import type { Column, FieldType, Parsed, TypeGroup } from './type.ts'
import { missing, refuse, withoutValue } from './value.ts'

/** What one composite type is. */
export interface Composite<F extends Field> {
  readonly name: string
  readonly label: Label
  readonly group: TypeGroup
  readonly icon: string
  readonly description: Label
  readonly settings: FieldType['settings']
  /** Column suffix of each part → the most characters it takes. */
  readonly parts: Readonly<Record<string, number>>
  /** Most characters of the whole. */
  readonly longest: number
  /** The whole from its parts; '' when there is none. */
  compose(field: F, part: (suffix: string) => string): string
  /** The parts of a whole that was given as text. */
  takeApart(text: string, field: F): Readonly<Record<string, JsonValue>>
  /** A part that is more than text: its canonical form, or what is wrong with it. */
  readPart?(suffix: string, text: string, field: F): string | Problem
  /** How the whole reads; as it is stored by default. */
  format?: FieldType<F>['format']
  readonly masks: Masks
  readonly example: string
}

const column = (suffix: string): Column => ({
  suffix,
  kind: 'text',
  sqlType: 'text',
  collation: 'C',
  edm: 'Edm.String',
})

/** The field type of a composite. */
export function compositeType<F extends Field>(composite: Composite<F>): FieldType<F> {
  const { name, label, group, icon, description, settings, longest } = composite
  const suffixes = Object.keys(composite.parts)
  return {
    name,
    label,
    group,
    icon,
    description,
    settings,
    columns: () => ['', ...suffixes].map(column),
    check: () => [],
    parse: (input, field) => parse(composite, input, field),
    format: composite.format ?? ((value) => valueText(value)),
    fromText: (text) => (text.trim() === '' ? null : text.trim()),
    operators: ['contains', 'startswith', 'endswith', 'eq', 'ne'],
    composition: (field) => ({ from: suffixes, make: (valueOf) => whole(composite, field, valueOf) }),
    casts: { text: (_from, to) => textToText(longestText(to)), [name]: () => unchanged },
    castsFrom: { text: () => textToText(longest) },
    masks: composite.masks,
    indexable: longest <= 650,
    searched: () => false,
    indexBytes: () => longest * 4,
    schema: () => ({ type: 'string', maxLength: longest, examples: [composite.example] }),
  }
}

/** The whole of these parts, cut where it is too long; null when there is none. */
function whole<F extends Field>(composite: Composite<F>, field: F, valueOf: (suffix: string) => Value): string | null {
  const text = composite.compose(field, (suffix) => valueText(valueOf(suffix)).trim())
  return text === '' ? null : text.slice(0, composite.longest)
}

function parse<F extends Field>(
  composite: Composite<F>,
  input: Readonly<Record<string, JsonValue>>,
  field: F,
): Parsed | Problem {
  const given = input['']
  if (given === undefined) return readParts(composite, input, field)
  const none = withoutValue(given, field)
  if (none instanceof Error) return none
  const parts = given === null ? {} : typeof given === 'string' ? composite.takeApart(given, field) : spread(given)
  const known = Object.keys(composite.parts)
  const odd = parts === undefined ? '' : Object.keys(parts).find((suffix) => !known.includes(suffix))
  if (odd !== undefined)
    return refuse(field, {
      rule: composite.name,
      says: odd === '' ? 'must be a text or an object with its parts' : `has no part "${odd.slice(1, 60)}"`,
      hint: `The parts are ${known.map((suffix) => suffix.slice(1)).join(', ')}`,
    })
  const values = readParts(composite, { ...parts, ...input }, field)
  if (values instanceof Error) return values
  const text = whole(composite, field, (suffix) => values[suffix] ?? null)
  if (text === null && field.required === true) return missing(field)
  return { '': text, ...Object.fromEntries(known.map((suffix) => [suffix, values[suffix] ?? null])) }
}

/** `{"first": …}` as parts by suffix; undefined for what is no object. */
function spread(given: JsonValue): Record<string, JsonValue> | undefined {
  if (!isJsonObject(given)) return undefined
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [`_${name}`, value]))
}

function readParts<F extends Field>(
  composite: Composite<F>,
  given: Readonly<Record<string, JsonValue>>,
  field: F,
): Parsed | Problem {
  const values: Record<string, string | null> = {}
  for (const [suffix, longest] of Object.entries(composite.parts)) {
    const value = given[suffix]
    if (value === undefined) continue
    if (value !== null && typeof value !== 'string')
      return refuse(field, { rule: 'type', says: 'must be text', suffix })
    const text = value?.trim().replace(/\s+/g, ' ') ?? ''
    const read = text === '' ? null : (refuseStored(text, partOf(field, suffix), longest) ?? text)
    const settled = typeof read === 'string' ? (composite.readPart?.(suffix, read, field) ?? read) : read
    if (settled instanceof Error) return settled
    values[suffix] = settled
  }
  return values
}

/** The field under a part's name, for problems. */
function partOf(field: Field, suffix: string): Field {
  return { ...field, name: field.name + suffix }
}
