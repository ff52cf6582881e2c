// Facts about lookups. The conformance tests provide entities `account` and `contact`.
import type { TypeCases } from '../type.ts'
import type { LookupField } from './type.ts'

const one = '019f0000-0000-7000-8000-000000000001'
const two = '019f0000-0000-7000-8000-000000000002'

const person = { name: 'person', target: 'account', instead: 'account' }
const beside = [{ name: 'account', type: 'lookup', target: 'account' }]
const both = { refused: 'instead', says: 'cannot be given beside' } as const
const neither = { refused: 'instead', says: 'cannot both be empty' } as const

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
  changes: [
    { field: person, beside, record: { account_id: one }, write: { person_id: one }, gives: both },
    { field: person, beside, record: { person_id: one }, write: { account_id: one }, gives: both },
    { field: person, beside, record: {}, write: { account_id: one, person_id: one }, gives: both },
    { field: person, beside, record: { account_id: one }, write: { account_id: null }, gives: neither },
    { field: person, beside, record: { person_id: one }, write: { person_id: null }, gives: neither },
    { field: person, beside, record: {}, write: { person_id: null, account_id: null }, gives: neither },
    {
      field: person,
      beside,
      record: { account_id: one },
      write: { person_id: one, account_id: null },
      gives: 'accepted',
    },
    { field: person, beside, record: { person_id: one }, write: { person_id: two }, gives: 'accepted' },
    { field: person, beside, record: { person_id: one }, write: { account_id: null }, gives: 'accepted' },
    // What is older than the setting has both, and can be changed otherwise.
    { field: person, beside, record: { account_id: one, person_id: one }, write: {}, gives: 'accepted' },
  ],
  badSettings: [
    { field: { name: 'a', target: 'account', instead: 'nothing' }, pointer: '/instead' },
    { field: { name: 'a', target: 'account', instead: 'a' }, pointer: '/instead' },
    { field: { name: 'a', target: 'acount' }, pointer: '/target' },
    { field: { name: 'a', target: ['account', 'nobody'] }, pointer: '/target/1' },
    { field: { name: 'a', target: ['account', 'account'] }, pointer: '/target/1' },
    { field: { name: 'a', target: 'account', required: true, onDelete: 'clear' }, pointer: '/onDelete' },
  ],
}
