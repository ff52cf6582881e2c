// Whether the designer puts back what it took: a part of the model as a definition builds the same part again, with every
// member its schema knows. And whether it has a word for everything it asks.
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { JsonValue } from '@peyvand/core/base/json.ts'
import { kindOf } from '@peyvand/core/model/kinds.ts'
import { propertyNames } from '@peyvand/core/schemas/names.ts'
import { types } from '@peyvand/core/types/index.ts'
import { enStudio } from '../../studio/src/texts/en-studio.ts'
import { definitionOf, partOf, type Definition } from '../../studio/src/design/definition.ts'

test('every setting of every type is called by a word of the studio', () => {
  const settings = [...types.values()].flatMap(({ settings: { properties } }) => Object.keys(properties))
  const asked = new Set(settings.filter((name) => name !== 'cascade'))
  expect([...asked].filter((name) => !(`setting.${name}` in enStudio))).toEqual([])
})

const designed = ['entity', 'form', 'view', 'role', 'webhook']

const build = (definition: Definition): object => kindOf(definition.kind)!.build(definition as never) as object

/** An entity that says everything an entity can say. */
const whole: Definition = {
  kind: 'entity',
  id: '019a0000-0000-7000-8000-000000000001',
  name: 'pledge',
  label: 'Pledge',
  plural: 'Pledges',
  description: 'What was promised',
  icon: 'star',
  color: 'green',
  entitySet: 'pledges',
  ownership: 'user',
  primaryField: 'name',
  audit: { reads: true, days: 30 },
  connections: true,
  person: true,
  appendOnly: true,
  state: true,
  fields: [{ id: '019a0000-0000-7000-8000-000000000002', name: 'name', label: 'Name', type: 'text', maxLength: 100 }],
  keys: [{ id: '019a0000-0000-7000-8000-000000000003', name: 'name', label: 'Name', fields: ['name'] }],
}

test('an entity comes back with every member its schema knows', () => {
  expect(Object.keys(whole).sort()).toEqual([...propertyNames['entity']!['']!].sort())
  expect(definitionOf('entity', build(whole))).toEqual(whole)
})

test.each<JsonValue>([true, false, { reads: true }, { days: 30 }])('an audit of %j comes back', (audit) => {
  expect(definitionOf('entity', build({ ...whole, audit }))['audit']).toEqual(audit)
})

test('a changed entity keeps what the server says of it, and nothing its definition no longer says', () => {
  const before = { ...build(whole), can: { read: true }, solution: 'crm' }
  const { person: _person, state: _state, ...rest } = whole
  const less = { ...rest, audit: true } as unknown as Definition
  expect(partOf(less, before)).toEqual({ ...build(less), can: { read: true }, solution: 'crm' })
})

const others: readonly Definition[] = [
  { kind: 'view', id: 'v', name: 'mine', entity: 'pledge', type: 'grid', label: 'Mine', columns: [{ field: 'name' }] },
  { kind: 'form', id: 'f', name: 'main', entity: 'pledge', label: 'Main', tabs: [] },
  { kind: 'role', id: 'r', name: 'clerk', label: 'Clerk', grants: [{ entity: 'pledge', read: 'own' }] },
  { kind: 'webhook', id: 'w', name: 'out', label: 'Out', url: 'https://example.com', entity: 'pledge', on: ['create'] },
  { kind: 'choice', id: 'c', name: 'color', label: 'Colour', options: [{ value: 'red', label: 'Red' }] },
  { kind: 'app', id: 'a', name: 'work', label: 'Work', areas: [] },
]
test.each(others)('a $kind keeps its description', (definition) => {
  const described = { ...definition, description: { en: 'What it is for' } }
  expect(definitionOf(definition.kind, build(described))).toMatchObject(described)
})

const files = globSync('solutions/*/{entities,forms,views,roles,webhooks}/*.json')

test('what the solutions define builds the same parts again', () => {
  const definitions = files.flatMap((path) => {
    const read = JSON.parse(readFileSync(path, 'utf8')) as Definition | Definition[]
    return Array.isArray(read) ? read : [read]
  })
  const kinds = definitions.filter(({ kind }) => designed.includes(kind))
  expect(kinds.length).toBeGreaterThan(20)
  for (const definition of kinds) {
    const part = build(definition)
    expect(build(definitionOf(definition.kind, part)), definition.name).toEqual(part)
  }
})
