// Facts about names of people. The main value is the full name.
import type { TypeCases } from '../type.ts'
import type { PersonNameField } from './type.ts'

export const cases: TypeCases<PersonNameField> = {
  fields: [
    { title: 'first name first', field: { name: 'full_name' } },
    { title: 'last name first', field: { name: 'author', order: 'last_first' } },
    { title: 'required', field: { name: 'signatory', required: true } },
  ],
  good: [
    { input: 'Ada Lovelace', stored: 'Ada Lovelace' },
    { input: 'Ada', stored: 'Ada' },
    { input: ' Ada   King  Lovelace ', stored: 'Ada King Lovelace' },
    { input: { first: 'Ada', last: 'Lovelace' }, stored: 'Ada Lovelace' },
    { input: { title: 'Dr.', first: 'Ada', middle: 'King', last: 'Lovelace' }, stored: 'Dr. Ada King Lovelace' },
    { input: { last: 'Lovelace' }, stored: 'Lovelace' },
    { input: 'نیما یوشیج', stored: 'نیما یوشیج' },
    { input: { first: 'สมชาย', last: 'ใจดี' }, stored: 'สมชาย ใจดี' },
    { input: { first: null, last: '' }, stored: null },
    { input: '', stored: null },
    { input: null, stored: null },
    { input: { first: 'Zoltán', last: 'Kodály' }, stored: 'Kodály Zoltán', field: 1 },
    { input: 'Kodály Zoltán', stored: 'Kodály Zoltán', field: 1 },
  ],
  bad: [
    { input: 5, code: 'check.invalid' },
    { input: true, code: 'check.invalid' },
    { input: ['Ada'], code: 'check.invalid' },
    { input: { given: 'Ada' }, code: 'check.invalid' },
    { input: { first: 5 }, code: 'check.invalid' },
    { input: { last: { a: 1 } }, code: 'check.invalid' },
    { input: { _first: 7 }, code: 'check.invalid' },
    { input: { _last: 'x'.repeat(101) }, code: 'check.invalid' },
    { input: 'NUL \u0000', code: 'check.invalid' },
    { input: '\ud800', code: 'check.invalid' },
    { input: null, code: 'check.required', field: 2 },
    { input: ' ', code: 'check.required', field: 2 },
  ],
  sorted: ['Ada Lovelace', 'Grace Hopper', 'ada', 'Élodie', 'نیما یوشیج'],
  text: [
    { value: 'Ada Lovelace', language: 'en', text: 'Ada Lovelace' },
    { value: null, language: 'fa', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: 'Ada Lovelace', gives: 'Ada Lovelace' },
    { to: { type: 'text', maxLength: 3 }, value: 'Ada Lovelace', gives: 'fails' },
  ],
  badSettings: [{ field: { name: 'a', order: 'sideways' as never }, pointer: '/order' }],
}
