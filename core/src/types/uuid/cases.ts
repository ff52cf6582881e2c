// Facts about UUIDs.
import type { TypeCases } from '../type.ts'

const one = '019f0000-0000-7000-8000-000000000001'

export const cases: TypeCases = {
  fields: [
    { title: 'plain', field: { name: 'external_id' } },
    { title: 'required', field: { name: 'reference', required: true } },
  ],
  good: [
    { input: one, stored: one },
    { input: one.toUpperCase(), stored: one },
    { input: null, stored: null },
  ],
  bad: [
    { input: 'x', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: 7, code: 'check.invalid' },
    { input: `{${one}}`, code: 'check.invalid' },
    { input: null, code: 'check.required', field: 1 },
  ],
  sorted: [
    '019f0000-0000-7000-8000-000000000001',
    '019f0000-0000-7000-8000-00000000000a',
    'ffffffff-0000-7000-8000-000000000001',
  ],
  text: [{ value: one, language: 'en', text: one }],
  casts: [{ to: { type: 'text' }, value: one, gives: one }],
  badSettings: [],
}
