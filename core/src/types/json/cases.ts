// Facts about JSON documents.
import type { TypeCases } from '../type.ts'
import type { JsonField } from './type.ts'

const schema = {
  type: 'object',
  properties: { size: { type: 'integer', minimum: 1 }, lines: { type: 'array', items: { $ref: '#/$defs/line' } } },
  required: ['size'],
  additionalProperties: false,
  $defs: { line: { type: 'string', maxLength: 10 } },
}

function deep(levels: number): unknown[] {
  return levels === 0 ? [] : [deep(levels - 1)]
}

export const cases: TypeCases<JsonField> = {
  fields: [
    { title: 'any document', field: { name: 'payload' } },
    { title: 'with a schema', field: { name: 'specification', schema } },
    { title: 'required', field: { name: 'settings', required: true } },
  ],
  good: [
    { input: { a: 1 }, stored: { a: 1 } },
    { input: { b: 1, a: { c: [true, null, 'x'] } }, stored: { a: { c: [true, null, 'x'] }, b: 1 } },
    { input: [1, 2, 3], stored: [1, 2, 3] },
    { input: ['a', "it's", 'say "x"', '{b}'], stored: ['a', "it's", 'say "x"', '{b}'] },
    { input: [[1], { a: [] }], stored: [[1], { a: [] }] },
    { input: [], stored: [] },
    { input: { کلید: 'مقدار 😀' }, stored: { کلید: 'مقدار 😀' } },
    { input: { n: 0.1, m: -1e300 }, stored: { n: 0.1, m: -1e300 } },
    { input: { __proto__x: 1, constructor: 2 }, stored: { __proto__x: 1, constructor: 2 } },
    { input: null, stored: null },
    { input: { size: 3, lines: ['a', 'b'] }, stored: { size: 3, lines: ['a', 'b'] }, field: 1 },
  ],
  bad: [
    { input: 'text', code: 'check.invalid' },
    { input: '{"a": 1}', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: 5, code: 'check.invalid' },
    { input: true, code: 'check.invalid' },
    { input: { a: 'NUL \u0000' }, code: 'check.invalid' },
    { input: { '\u0000': 1 }, code: 'check.invalid' },
    { input: ['\ud800'], code: 'check.invalid' },
    { input: [Number.POSITIVE_INFINITY], code: 'check.invalid' },
    { input: { a: 'x'.repeat(100_001) }, code: 'check.invalid' },
    { input: deep(40) as never, code: 'check.invalid' },
    { input: {}, code: 'check.invalid', field: 1 },
    { input: { size: 0 }, code: 'check.invalid', field: 1 },
    { input: { size: 1, other: 2 }, code: 'check.invalid', field: 1 },
    { input: { size: 1, lines: ['longer than ten'] }, code: 'check.invalid', field: 1 },
    { input: [1], code: 'check.invalid', field: 1 },
    { input: null, code: 'check.required', field: 2 },
  ],
  sorted: [[1], [2], [1, 2], { a: 1 }, { a: 2 }],
  text: [
    { value: { a: 1 }, language: 'en', text: '{"a":1}' },
    { value: [1, 'x'], language: 'fa', text: '[1,"x"]' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: { a: 1 }, gives: '{"a": 1}' },
    { to: { type: 'text', maxLength: 3 }, value: { a: 1 }, gives: 'fails' },
    { to: { type: 'json', schema }, value: { a: 1 }, gives: { a: 1 } },
  ],
  badSettings: [
    { field: { name: 'a', schema: { type: 'objekt' } }, pointer: '/schema/type' },
    { field: { name: 'a', schema: { $ref: 'https://example.com/x' } }, pointer: '/schema/$ref' },
    { field: { name: 'a', schema: { items: { $ref: '#/$defs/x' } } }, pointer: '/schema/items/$ref' },
    { field: { name: 'a', schema: { pattern: '(a+)+$' } }, pointer: '/schema/pattern' },
  ],
}
