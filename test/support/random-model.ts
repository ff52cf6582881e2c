// A random model and random records for it: entities with fields of every type that can be stored, lookups to one and to
// several entities, a hierarchy, and values from the types' own tables of facts beside texts of five scripts. A new type
// takes part by being there.
import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isJsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import type { Entity, Field, Model } from '@peyvand/core/model/model.ts'
import { typeOf, types } from '@peyvand/core/types/index.ts'
import type { TypeCases } from '@peyvand/core/types/type.ts'
import type { Random } from './random.ts'
import { teamId, unitId, userId } from './query-model.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../core/src/types')
const facts = new Map(
  await Promise.all(
    globSync('*/cases.ts', { cwd: root })
      .sort()
      .map(async (file) => {
        const { cases } = (await import(pathToFileURL(join(root, file)).href)) as { cases: TypeCases }
        return [dirname(file), cases] as const
      }),
  ),
)

/** Words people would write, in Latin, Arabic, Thai, Cyrillic and Greek script, and texts that break things. */
export const words = [
  'Alpha',
  'alpha',
  'ALPHA beta',
  'Ștefan Țepeș',
  'Stefan Tepes',
  'Café',
  'Cafe\u0301',
  'straße',
  'STRASSE',
  'İstanbul',
  'ıssız',
  'کتاب',
  'كتاب',
  'می\u200cروم',
  '۱۲۳',
  'สวัสดี',
  'เก้า',
  'Москва',
  'ёлка',
  'елка',
  'Ωmega',
  'ὈΔΥΣΣΕΎΣ',
  '東京',
  '😀',
  'a😀b',
  "O'Hara",
  '100%',
  'a_b',
  'a\\b',
  '"quoted"',
  '; drop table x; --',
  '  spaced  ',
  'tab\tand\nline',
  '\uffee',
  '$1',
  'null',
  '',
]

/** Types whose values come from elsewhere: uploads, counters, and the lookups that are drawn here. */
const elsewhere = new Set(['file', 'image', 'autonumber', 'lookup', 'rollup', 'formula'])
const entityNames = ['ship', 'port', 'crew', 'cargo', 'voyage', 'berth']

interface Drawn {
  readonly type: string
  /** Which of the type's fields in its table of facts. */
  readonly at: number
}

/** A model and, by "entity.field", where the values of a field come from. */
export interface RandomModel {
  readonly model: Model
  readonly sources: ReadonlyMap<string, Drawn>
  readonly definitions: readonly Definition[]
  /** Entities of the model that are not those everybody has. */
  readonly drawn: readonly Entity[]
}

const organization = { ownership: 'organization', primaryField: 'name', audit: false, label: 'x', plural: 'x' }
const people = [
  { kind: 'entity', name: 'business_unit', entitySet: 'business_units', fields: [{ name: 'name', type: 'text' }] },
  { kind: 'entity', name: 'team', entitySet: 'teams', fields: [{ name: 'name', type: 'text' }] },
  { kind: 'entity', name: 'user', entitySet: 'users', fields: [{ name: 'name', type: 'text' }] },
  { kind: 'entity', name: 'account', entitySet: 'accounts', fields: [{ name: 'name', type: 'text' }] },
  { kind: 'entity', name: 'contact', entitySet: 'contacts', fields: [{ name: 'name', type: 'text' }] },
]
const roles = (entities: readonly string[], hidden: readonly (readonly [string, string])[]) => [
  { name: 'administrator', grants: [{ entity: '*', create: 'all', read: 'all', write: 'all', delete: 'all' }] },
  {
    name: 'narrow',
    grants: entities.map((entity, i) => ({ entity, read: ['own', 'unit', 'unit_tree', 'all'][i % 4] })),
    fields: hidden.map(([entity, field]) => ({ entity, field, read: false, write: false })),
  },
]

/** Draws a model. Every type stands in it at least once. */
export function drawModel(random: Random): RandomModel {
  let made = 0
  const id = (): string => `019f0000-0000-7000-8000-${String(++made).padStart(12, '0')}`
  const sources = new Map<string, Drawn>()
  const open = [...types.keys()].filter((name) => !elsewhere.has(name))
  const names = entityNames.slice(0, random.whole(4, entityNames.length))
  const dealt = new Map(names.map((name) => [name, [] as string[]]))
  for (const type of random.some(open, open.length, open.length)) dealt.get(random.pick(names))!.push(type)
  const hidden: [string, string][] = []
  const entities = names.map((name, i) => {
    const kinds = [...dealt.get(name)!, 'text', 'integer', 'decimal', ...random.some(open, 3, 6)]
    const drawn = kinds.map((type, n) => {
      const at = random.pick(usable(type))
      const field = `f${n}_${type}`
      sources.set(`${name}.${field}`, { type, at })
      const { name: _own, required: _required, ...settings } = facts.get(type)!.fields[at]!.field
      return { id: id(), name: field, type, ...settings, ...(type === 'text' ? { searchable: true } : {}) }
    })
    const lookups = [
      { id: id(), name: 'above', type: 'lookup', target: name, inverse: 'below' },
      {
        id: id(),
        name: 'other',
        type: 'lookup',
        target: random.pick(names.slice(0, i + 1)),
        inverse: `${name}_others`,
      },
      { id: id(), name: 'about', type: 'lookup', target: random.some(names, 2, 3), inverse: `${name}_about` },
    ]
    const formulas = [
      { id: id(), name: 'twice', type: 'formula', returns: 'integer', expression: 'number * 2 + 1' },
      { id: id(), name: 'mark', type: 'formula', returns: 'text', expression: "title + '/' + title" },
    ]
    hidden.push([name, drawn[0]!.name])
    return {
      kind: 'entity',
      id: id(),
      name,
      label: name,
      plural: name,
      entitySet: `${name}s`,
      ownership: i % 3 === 2 ? 'organization' : 'user',
      primaryField: 'title',
      audit: false,
      keys: [],
      fields: [
        { id: id(), name: 'title', type: 'text', maxLength: 200, searchable: true },
        { id: id(), name: 'number', type: 'integer', min: -1000000, max: 1000000 },
        ...drawn,
        ...lookups,
        ...formulas,
      ],
    }
  })
  const definitions = [
    ...people.map((entity) => ({ id: id(), keys: [], ...organization, ...entity })),
    { kind: 'choice', id: id(), name: 'industry', label: 'x', options: [{ value: 'food' }, { value: 'metal' }] },
    ...entities,
    ...roles(names, hidden).map((role) => ({
      kind: 'role',
      id: id(),
      label: 'x',
      fields: [],
      privileges: [],
      ...role,
    })),
  ] as unknown as Definition[]
  const problems = checkDefinitions(definitions)
  if (problems.length > 0) throw new Error(problems.map((each) => `${each.pointer} ${each.message}`).join('\n'))
  const model = buildModel(definitions, 1)
  return { model, sources, definitions, drawn: names.map((name) => model.entities.get(name)!) }
}

/** The fields of a type's facts that take a value or none, and depend on nothing beside them. */
function usable(type: string): number[] {
  return facts.get(type)!.fields.flatMap(({ field }, at) => (field.required === true || 'from' in field ? [] : [at]))
}

const inputOf = (value: JsonValue): Record<string, JsonValue> =>
  isJsonObject(value) && Object.keys(value).length > 0 && Object.keys(value).every((key) => /^(_.*)?$/.test(key))
    ? value
    : { '': value }

/** What a writer could send for a field: a good value of its type's facts, a word, or nothing. */
export function drawInput(random: Random, { type, at }: Drawn): JsonValue {
  if (random.chance(0.2)) return null
  if ((type === 'text' || type === 'rich_text') && random.chance(0.7)) return random.pick(words)
  const good = facts.get(type)!.good.filter(({ field = 0, input }) => field === at && input !== null)
  return good.length === 0 ? null : random.pick(good).input
}

/** Rows of every drawn entity, in an order in which references lead back: column → value as a driver takes it. */
export function drawRows(random: Random, { model, sources, drawn }: RandomModel, each: number): Map<string, Row[]> {
  const ids = new Map(drawn.map(({ name }, i) => [name, Array.from({ length: each }, (_none, n) => rowId(i, n))]))
  const rows = new Map<string, Row[]>()
  for (const entity of drawn) {
    const own = ids.get(entity.name)!
    rows.set(
      entity.name,
      own.map((id, n) => {
        const row: Row = { id, created_at: momentOf(n), ...(entity.ownership === 'user' ? ownerOf(random) : {}) }
        for (const field of entity.fields) {
          const source = sources.get(`${entity.name}.${field.name}`)
          if (source) Object.assign(row, columnsOf(field, parsed(random, source, field, model)))
        }
        row['title'] = random.chance(0.1) ? null : random.pick(words)
        row['number'] = random.chance(0.2) ? null : random.whole(-20, 20)
        return row
      }),
    )
  }
  for (const entity of drawn) link(random, entity, rows.get(entity.name)!, ids)
  return rows
}

export type Row = Record<string, unknown>
const rowId = (entity: number, n: number): string =>
  `${String(50 + entity).padStart(8, '0')}-0000-7000-8000-${String(n + 1).padStart(12, '0')}`
const momentOf = (n: number): string => new Date(Date.UTC(2026, 0, 1 + (n % 40), n % 24, n % 60, 0, n)).toISOString()
const ownerOf = (random: Random): Row => ({
  ...random.pick([
    { owner_id: userId(1), owner_type: 'user' },
    { owner_id: userId(2), owner_type: 'user' },
    { owner_id: teamId(1), owner_type: 'team' },
  ]),
  owning_unit_id: random.pick([unitId(1), unitId(2), unitId(3), null]),
})

/** Lookups lead to what is there already when the row is inserted; so the hierarchy never leads back to itself. */
function link(random: Random, entity: Entity, rows: Row[], ids: ReadonlyMap<string, readonly string[]>): void {
  for (const field of entity.fields) {
    const way = typeOf(field).link?.(field)
    if (way === undefined || !['above', 'other', 'about'].includes(field.name)) continue
    rows.forEach((row, n) => {
      if (random.chance(0.25)) return
      const target = random.pick(way.targets)
      const own = target === entity.name && !way.polymorphic ? ids.get(target)!.slice(0, n) : ids.get(target)!
      if (own.length === 0) return
      row[field.name + way.idSuffix] = random.pick(own)
      if (way.typeSuffix !== undefined) row[field.name + way.typeSuffix] = target
    })
  }
}

function parsed(random: Random, source: Drawn, field: Field, model: Model): Readonly<Record<string, Value>> {
  const value = typeOf(field).parse(inputOf(drawInput(random, source)), field, model)
  return value instanceof Problem ? {} : value
}

function columnsOf(field: Field, values: Readonly<Record<string, Value>>): Row {
  const row: Row = {}
  for (const { suffix, sqlType, virtual } of typeOf(field).columns(field)) {
    const value = values[suffix]
    if (virtual === true || value === undefined) continue
    row[field.name + suffix] = value !== null && sqlType === 'jsonb' ? JSON.stringify(value) : value
  }
  return row
}
