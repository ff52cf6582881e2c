// What types that hold uploaded files have in common: columns, how ids are given, which files a field takes. The content is
// never here: a value is the id of a file the server has, with its name, type and size beside it, so that lists, filters and
// exports need no second look.
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'
import { valueText, type Value } from '../base/kind.ts'
import type { Label } from '../base/label.ts'
import type { Problem } from '../base/problem.ts'
import { isUuid } from '../base/uuid.ts'
import type { Field } from '../model/model.ts'
import type { Column, FieldType, FileFacts, FileHolder, Parsed, Preset } from './type.ts'
import { missing, refuse, settingProblem } from './value.ts'

export interface HolderField extends Field {
  readonly maxBytes?: number
  readonly accept?: readonly string[]
  readonly many?: boolean
  readonly maxFiles?: number
}

/** What one type of files is. */
export interface Holding<F extends HolderField> {
  readonly name: string
  readonly label: Label
  readonly icon: string
  readonly description: Label
  readonly settings: JsonObject
  /** How it is offered when a field holds several. */
  readonly several: Omit<Preset, 'settings' | 'name'>
  /** Columns beside name, id, type and size when a field holds one file. */
  readonly columns: readonly Column[]
  check(field: F): readonly Problem[]
  accepts(file: FileFacts, field: F): Problem | undefined
  readonly thumbnails?: FileHolder<F>['thumbnails']
  readonly casts?: FieldType<F>['casts']
}

const acceptPattern = '^(\\.[A-Za-z0-9]{1,10}|[a-z]+/(\\*|[a-z0-9][a-z0-9.+-]*))$'
const text = { kind: 'text', sqlType: 'text', collation: 'C', edm: 'Edm.String', readOnly: true } as const
const name: Column = { suffix: '_name', ...text }
const id: Column = { suffix: '_id', kind: 'uuid', sqlType: 'uuid', edm: 'Edm.Guid' }
const type: Column = { suffix: '_type', ...text }
const size: Column = { suffix: '_size', kind: 'integer', sqlType: 'bigint', edm: 'Edm.Int64', readOnly: true }
const files: Column = { suffix: '_files', kind: 'json', sqlType: 'jsonb', edm: 'Edm.Untyped' }
const count: Column = { suffix: '_count', kind: 'integer', sqlType: 'integer', edm: 'Edm.Int32', readOnly: true }

/** The settings every type of files has. */
const settings = {
  maxBytes: { type: 'integer', minimum: 1, maximum: 5_368_709_120, description: 'Largest file, in bytes.' },
  accept: {
    type: 'array',
    minItems: 1,
    maxItems: 50,
    items: { type: 'string', pattern: acceptPattern },
    description: 'What a file may be: types (image/*, application/pdf) or name endings (.docx).',
  },
  many: { type: 'boolean', description: 'Whether the field holds several files.' },
  maxFiles: { type: 'integer', minimum: 1, maximum: 100, description: 'Most files of one value; 20 by default.' },
} as const

/** The field type of files that a description says. */
export function holderType<F extends HolderField>(holding: Holding<F>): FieldType<F> {
  return {
    name: holding.name,
    label: holding.label,
    group: 'file',
    icon: holding.icon,
    description: holding.description,
    settings: { properties: { ...settings, ...holding.settings } },
    presets: [{ name: `${holding.name}s`, settings: { many: true }, ...holding.several }],
    columns: (field) => (field.many === true ? [name, files, size, count] : [name, id, type, size, ...holding.columns]),
    check: (field) => [
      ...(field.maxFiles !== undefined && field.many !== true
        ? [settingProblem('maxFiles', 'maxFiles is for fields that hold several files', 'Set "many": true')]
        : []),
      ...holding.check(field),
    ],
    parse: (input, field) => parse(input, field, holderOf(holding)),
    format: (value) => valueText(value),
    // A name alone leads to no file: an id does, or what an export wrote in the column of ids.
    fromText: (written) => (written.trim() === '' ? null : written.trim()),
    operators: ['contains', 'startswith', 'endswith', 'eq', 'ne'],
    casts: holding.casts ?? {},
    indexable: false,
    files: holderOf(holding),
    schema: (field) => ({
      type: 'string',
      description: field.many === true ? 'Names of the files' : 'Name of the file',
    }),
  }
}

function holderOf<F extends HolderField>(holding: Holding<F>): FileHolder<F> {
  return {
    most: (field) => (field.many === true ? (field.maxFiles ?? 20) : 1),
    maxBytes: (field) => field.maxBytes,
    holds: (field) => (field.many === true ? '_files' : '_id'),
    ids: idsIn,
    accepts: (file, field) => acceptsFile(file, field) ?? holding.accepts(file, field),
    stored: (given, field) => stored(given, field, holding.columns),
    ...(holding.thumbnails === undefined ? {} : { thumbnails: holding.thumbnails }),
  }
}

function idsIn(value: Value): string[] {
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value)) return []
  return value.flatMap((each: JsonValue) => {
    const id = isJsonObject(each) ? each['id'] : undefined
    return typeof id === 'string' ? [id] : []
  })
}

/** Size and kind of a file against the field's own limits. */
function acceptsFile(file: FileFacts, field: HolderField): Problem | undefined {
  const suffix = field.many === true ? '_files' : '_id'
  if (field.maxBytes !== undefined && file.size > field.maxBytes)
    return refuse(field, {
      rule: 'maxBytes',
      says: `takes files of at most ${field.maxBytes} bytes; this one has ${file.size}`,
      limit: field.maxBytes,
      suffix,
      code: 'limit.size',
    })
  if (field.accept === undefined || field.accept.some((pattern) => matches(pattern, file))) return undefined
  return refuse(field, {
    rule: 'accept',
    says: `does not take a file of the type ${file.type}`,
    limit: field.accept.join(', '),
    suffix,
    hint: `It takes: ${field.accept.join(', ')}`,
  })
}

/** Whether a file is what a pattern (`image/*`, `application/pdf`, `.docx`) says. */
export function matches(pattern: string, file: Pick<FileFacts, 'name' | 'type'>): boolean {
  if (pattern.startsWith('.')) return file.name.toLowerCase().endsWith(pattern.toLowerCase())
  return pattern.endsWith('/*') ? file.type.startsWith(pattern.slice(0, -1)) : file.type === pattern
}

function stored(given: readonly FileFacts[], field: HolderField, extra: readonly Column[]): Parsed {
  const bytes = given.reduce((sum, file) => sum + file.size, 0)
  if (field.many === true) {
    const none = given.length === 0
    return {
      _name: given.map((file) => file.name).join(', ') || null,
      _files: none ? null : given,
      _size: none ? null : bytes,
      _count: none ? null : given.length,
    }
  }
  const file = given[0] as (FileFacts & Readonly<Record<string, Value>>) | undefined
  const further = extra.map(({ suffix }) => [suffix, file?.[suffix.slice(1)] ?? null] as const)
  return {
    _name: file?.name || null,
    _id: file?.id ?? null,
    _type: file?.type ?? null,
    _size: file?.size ?? null,
    ...Object.fromEntries(further),
  }
}

/** Ids as given: one, several, or objects with an id. What else such an object says is stored only until the server knows. */
function parse<F extends HolderField>(
  input: Readonly<Record<string, JsonValue>>,
  field: F,
  holder: FileHolder<F>,
): Parsed | Problem {
  const holds = holder.holds(field)
  const given = input[holds] === undefined ? input[''] : input[holds]
  if (given === undefined) return {}
  const list = given === null ? [] : field.many === true && Array.isArray(given) ? given : [given]
  const found: FileFacts[] = []
  for (const each of list) {
    const file = factsOf(each)
    if (file === undefined)
      return refuse(field, {
        rule: 'file',
        says: 'must be the id of an uploaded file',
        suffix: holds,
        hint: 'POST the content to /api/files and give the id of the answer',
      })
    if (!found.some((other) => other.id === file.id)) found.push(file)
  }
  if (found.length === 0 && field.required === true) return missing(field, holds)
  if (found.length <= holder.most(field)) return holder.stored(found, field)
  return refuse(field, {
    rule: 'maxFiles',
    says: `takes at most ${holder.most(field)} files`,
    limit: holder.most(field),
    suffix: holds,
  })
}

function factsOf(given: JsonValue): FileFacts | undefined {
  const object = isJsonObject(given) ? given : { id: given }
  const { id: key, name: called, type: kind, size: bytes, width, height } = object
  if (typeof key !== 'string' || !isUuid(key)) return undefined
  const pixels = (side: JsonValue | undefined): number | undefined =>
    typeof side === 'number' && Number.isInteger(side) && side > 0 ? Math.min(side, 1_000_000) : undefined
  const [wide, high] = [pixels(width), pixels(height)]
  return {
    id: key.toLowerCase(),
    name: typeof called === 'string' ? called.replaceAll('\u0000', '').slice(0, 255) : '',
    type: typeof kind === 'string' ? kind.replaceAll('\u0000', '').slice(0, 200) : 'application/octet-stream',
    size: typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : 0,
    ...(wide === undefined ? {} : { width: wide }),
    ...(high === undefined ? {} : { height: high }),
  }
}
