// Are composed texts what a person would write, and are broken templates refused?
import { compose, templateNames } from '@peyvand/core/base/template.ts'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import { describe, expect, test } from 'vitest'

describe('filling in', () => {
  const rows: readonly {
    template: string
    values: Record<string, string | number | null>
    limit?: number
    gives: string | null
  }[] = [
    { template: '{first_name} {last_name}', values: { first_name: 'Ada', last_name: 'King' }, gives: 'Ada King' },
    { template: '{first_name} {last_name}', values: { first_name: null, last_name: 'King' }, gives: 'King' },
    {
      template: '{first_name} {middle} {last_name}',
      values: { first_name: 'Ada', middle: '', last_name: 'King' },
      gives: 'Ada King',
    },
    { template: '{first_name} {last_name}', values: { first_name: null, last_name: null }, gives: null },
    {
      template: '{first_name} {last_name}',
      values: { first_name: 'نیک‌نام', last_name: 'رحیمی' },
      gives: 'نیک‌نام رحیمی',
    },
    { template: '{code}: {name}', values: { code: 'A-1', name: '{code}' }, gives: 'A-1: {code}' },
    { template: '{name}', values: { name: 'x'.repeat(30) }, limit: 10, gives: 'x'.repeat(10) },
    { template: '{name}', values: { name: '😀'.repeat(12) }, limit: 10, gives: '😀'.repeat(10) },
    { template: '{name}', values: { name: '$& $1' }, gives: '$& $1' },
    { template: 'No {number}', values: { number: 7 }, gives: 'No 7' },
  ]
  test.each(rows)('$template gives $gives', ({ template, values, limit = 200, gives }) => {
    expect(compose(template, (name) => values[name] ?? null, limit)).toBe(gives)
  })
})

test.each([
  ['{a} {b} {a}', ['a', 'b']],
  ['plain', undefined],
  ['{a', undefined],
  ['a}', undefined],
  ['{A}', undefined],
  ['{a b}', undefined],
  ['{}', undefined],
  ['{{a}}', undefined],
])('%s names %j', (template, names) => {
  expect(templateNames(template)).toEqual(names)
})

describe('checking', () => {
  const entity = (template: string): unknown => ({
    kind: 'entity',
    name: 'person',
    primaryField: 'full_name',
    fields: [
      { name: 'first', type: 'text' },
      { name: 'age', type: 'integer' },
      { name: 'nick', type: 'text', template: '{first}' },
      { name: 'full_name', type: 'text', template },
    ],
  })
  test.each([
    ['{first}', []],
    ['{frist}', ['/entity/person/fields/3/template']],
    ['{age}', ['/entity/person/fields/3/template']],
    ['{nick}', ['/entity/person/fields/3/template']],
    ['{full_name}', ['/entity/person/fields/3/template']],
    ['none', ['/entity/person/fields/3/template']],
  ])('%s has problems at %j', (template, pointers) => {
    expect(checkDefinitions([entity(template)]).map(({ pointer }) => pointer)).toEqual(pointers)
  })
})
