// Facts about lookups. The conformance tests provide entities `account` and `contact`.
import type { TypeCases } from '../type.ts'
import type { LookupField } from './type.ts'

const one = '019f0000-0000-7000-8000-000000000001'
const two = '019f0000-0000-7000-8000-000000000002'

export const cases: TypeCases<LookupField> = {
  fields: [
    { title: 'one target', field: { name: 'account', target: 'account' } },
    { title: 'several targets', field: { name: 'regarding', target: ['account', 'contact'] } },
    { title: 'required', field: { name: 'customer', target: 'account', required: true } },
  ],
  good: [
    { input: one, stored: one },
    { input: { id: one }, stored: one },
    { input: { _id: one.toUpperCase() }, stored: one },
    { input: null, stored: null },
    { input: { _id: null }, stored: null },
    { input: { _id: two, _type: 'contact' }, stored: two, field: 1 },
    { input: { id: two, type: 'account' }, stored: two, field: 1 },
  ],
  bad: [
    { input: 'Acme', code: 'check.invalid' },
    { input: 5, code: 'check.invalid' },
    { input: {}, code: 'check.invalid' },
    { input: [one], code: 'check.invalid' },
    { input: { _id: one }, code: 'check.invalid', field: 1 },
    { input: { _id: one, _type: 'lead' }, code: 'check.invalid', field: 1 },
    { input: { _id: one, _type: 7 }, code: 'check.invalid', field: 1 },
    { input: null, code: 'check.required', field: 2 },
  ],
  sorted: [one, two],
  text: [{ value: null, language: 'en', text: '' }],
  casts: [],
  badSettings: [
    { field: { name: 'a', target: 'acount' }, pointer: '/target' },
    { field: { name: 'a', target: ['account', 'nobody'] }, pointer: '/target/1' },
    { field: { name: 'a', target: ['account', 'account'] }, pointer: '/target/1' },
    { field: { name: 'a', target: 'account', required: true, onDelete: 'clear' }, pointer: '/onDelete' },
  ],
}
