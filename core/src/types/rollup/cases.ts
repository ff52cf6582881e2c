// Facts about rollups as values; that they are kept fresh is what test/api/rollup.test.ts shows. The tests have an entity
// `visit` whose lookup `of` points at the entity of the field.
import type { TypeCases } from '../type.ts'
import type { RollupField } from './type.ts'

const over = { entity: 'visit', via: 'of' } as const

export const cases: TypeCases<RollupField> = {
  not: { bulk: 'the server keeps it; test/api/rollup.test.ts shows how' },
  fields: [
    { title: 'count', field: { name: 'visits', ...over, aggregate: 'count' } },
    {
      title: 'sum of amounts',
      field: { name: 'cost', ...over, aggregate: 'sum', field: 'cost', filter: "note != 'x'" },
    },
    { title: 'latest', field: { name: 'last', ...over, aggregate: 'max', field: 'day' } },
    { title: 'average', field: { name: 'mean', ...over, aggregate: 'avg', field: 'minutes', scale: 1 } },
    { title: 'different', field: { name: 'kinds', ...over, aggregate: 'count_distinct', field: 'note' } },
    { title: 'first text', field: { name: 'first', ...over, aggregate: 'min', field: 'note' } },
  ],
  good: [],
  bad: [
    { input: 3, code: 'check.invalid' },
    { input: null, code: 'check.invalid', field: 1 },
  ],
  sorted: [0, 1, 7, '9223372036854775807'],
  text: [
    { value: 1234567, language: 'en', text: '1,234,567' },
    { value: '1250.5', language: 'en', text: '1,250.50', field: 1 },
    { value: '12.25', language: 'fa', text: '۱۲٫۳', field: 3 },
    { value: null, language: 'en', text: '' },
  ],
  casts: [],
  badSettings: [
    { field: { name: 'a', entity: 'visits', via: 'of', aggregate: 'count' }, pointer: '/entity' },
    { field: { name: 'a', entity: 'visit', via: 'note', aggregate: 'count' }, pointer: '/via' },
    { field: { name: 'a', ...over, aggregate: 'sum' }, pointer: '/field' },
    { field: { name: 'a', ...over, aggregate: 'count', field: 'cost' }, pointer: '/field' },
    { field: { name: 'a', ...over, aggregate: 'sum', field: 'prise' }, pointer: '/field' },
    { field: { name: 'a', ...over, aggregate: 'sum', field: 'note' }, pointer: '/aggregate' },
    { field: { name: 'a', ...over, aggregate: 'max', field: 'paid' }, pointer: '/aggregate' },
    { field: { name: 'a', ...over, aggregate: 'count', filter: 'cost >' }, pointer: '/filter' },
    { field: { name: 'a', ...over, aggregate: 'count', filter: 'nothing == 1' }, pointer: '/filter' },
    { field: { name: 'a', ...over, aggregate: 'count', filter: 'day < today()' }, pointer: '/filter' },
    { field: { name: 'a', ...over, aggregate: 'count', filter: 'of.version > 1' }, pointer: '/filter' },
    { field: { name: 'a', ...over, aggregate: 'count', required: true }, pointer: '/required' },
  ],
}
