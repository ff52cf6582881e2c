// Which indexes follow from roles and views: led by the owner where a role reaches only its own records, and no others.
import { expect, test } from 'vitest'
import type { Definition } from '@peyvand/core/model/definition.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import { diff } from '@peyvand/core/plan/diff.ts'
import { target } from '@peyvand/core/plan/target.ts'

const entity = {
  kind: 'entity',
  id: '0190a000-0000-7000-8000-000000000001',
  name: 'deal',
  entitySet: 'deals',
  ownership: 'user',
  primaryField: 'name',
  fields: [
    ['name', 'text', {}],
    ['stage', 'choice', { options: [{ value: 'open' }] }],
    ['amount', 'decimal', { precision: 18, scale: 2 }],
    ['close_date', 'date', {}],
    ['note', 'text', { maxLength: 4000, multiline: true }],
  ].map(([name, type, settings], i) => ({
    id: `0190a000-0000-7000-8000-0000000001${10 + i}`,
    name,
    type,
    ...(settings as object),
  })),
}
const role = (read: string) => ({ kind: 'role', name: 'seller', grants: [{ entity: 'deal', read }] })
const view = (name: string, more: object) => ({
  kind: 'view',
  name,
  entity: 'deal',
  columns: [{ field: 'name' }],
  ...more,
})
const pipeline = view('pipeline', {
  columns: [{ field: 'name' }, { field: 'amount', total: 'sum' }],
  group: ['stage'],
  sort: [{ field: 'close_date' }],
})
const model = (...parts: readonly object[]) =>
  buildModel(
    [
      ...(parts.some((part) => 'fields' in part && 'entitySet' in part) ? [] : [entity]),
      ...parts,
    ] as unknown as Definition[],
    1,
  )
const owned = (...parts: readonly object[]) =>
  [...target(model(...parts)).values()]
    .flatMap(({ indexes }) => indexes)
    .map(({ columns }) => columns.join(' '))
    .filter((columns) => columns.startsWith('owner_id') && columns !== 'owner_id created_at id')

test.each([
  ['no role reads its own records only', [role('all'), pipeline], []],
  ['nobody defined a view', [role('own')], []],
  ['groups with a total', [role('own'), pipeline], ['owner_id stage close_date amount']],
  ['groups without a total', [role('own'), view('v', { group: ['stage'] })], ['owner_id stage created_at']],
  ['an order', [role('own'), view('v', { sort: [{ field: 'close_date' }] })], ['owner_id close_date']],
  ['the order all lists have', [role('own'), view('v', { sort: [{ field: 'created_at' }] })], []],
  ['an order of texts, which is not that of an index', [role('own'), view('v', { sort: [{ field: 'name' }] })], []],
  ['groups of texts too long for an index', [role('own'), view('v', { group: ['note'] })], []],
  [
    'an index that another one begins with',
    [role('own'), view('v', { sort: [{ field: 'amount' }] }), view('w', { group: ['amount'] })],
    ['owner_id amount created_at'],
  ],
])('%s', (_when, parts, expected) => {
  expect(owned(...parts)).toEqual(expected)
})

test('the plan of a role brings the indexes, and takes them away with it', () => {
  const [none, some] = [target(model(pipeline)), target(model(pipeline, role('own')))]
  expect(diff(none, some).map(({ kind }) => kind)).toEqual(['add_index'])
  expect(diff(some, none).map(({ kind }) => kind)).toEqual(['drop_index'])
})

test('an indexed list of choices is found by each of its values', () => {
  const tags = {
    id: '0190a000-0000-7000-8000-000000000120',
    name: 'tags',
    type: 'multi_choice',
    options: [{ value: 'a' }],
    indexed: true,
  }
  const indexes = [...target(model({ ...entity, fields: [...entity.fields, tags] })).values()][0]!.indexes
  expect(indexes.filter(({ columns }) => columns.join() === 'tags')).toMatchObject([{ method: 'gin', unique: false }])
})
