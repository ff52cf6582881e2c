// Facts about addresses. The main value is the whole in one text.
import type { TypeCases } from '../type.ts'

export const cases: TypeCases = {
  fields: [
    { title: 'plain', field: { name: 'address' } },
    { title: 'required', field: { name: 'office', required: true } },
  ],
  good: [
    { input: '1 Main St', stored: '1 Main St' },
    { input: '1 Main St\n2nd floor\nback door', stored: '1 Main St, 2nd floor, back door' },
    {
      input: { line1: '1 Main St', city: 'Springfield', region: 'IL', postal_code: '62701', country: 'us' },
      stored: '1 Main St, Springfield, IL 62701, United States',
    },
    {
      input: { line1: 'Unter den Linden 77', postal_code: '10117', city: 'Berlin', country: 'DE' },
      stored: 'Unter den Linden 77, 10117 Berlin, Germany',
    },
    { input: { line1: '  two   spaces ' }, stored: 'two spaces' },
    { input: { city: 'تهران', country: 'IR' }, stored: 'تهران, Iran' },
    { input: { country: 'RO' }, stored: 'Romania' },
    { input: { '': 'Main St', _city: 'Rome' }, stored: 'Main St, Rome' },
    { input: { line1: '', city: null }, stored: null },
    { input: '', stored: null },
    { input: null, stored: null },
    { input: { city: 'Rome' }, stored: 'Rome', field: 1 },
  ],
  bad: [
    { input: 5, code: 'check.invalid' },
    { input: ['Main St'], code: 'check.invalid' },
    { input: { street: 'Main St' }, code: 'check.invalid' },
    { input: { line1: 5 }, code: 'check.invalid' },
    { input: { line1: { a: 1 } }, code: 'check.invalid' },
    { input: { _country: 'Germany' }, code: 'check.invalid' },
    { input: { _country: 'XX' }, code: 'check.invalid' },
    { input: { _postal_code: '1'.repeat(21) }, code: 'check.invalid' },
    { input: { _city: 'NUL \u0000' }, code: 'check.invalid' },
    { input: { _line1: 'x'.repeat(201) }, code: 'check.invalid' },
    { input: null, code: 'check.required', field: 1 },
    { input: ' ', code: 'check.required', field: 1 },
  ],
  sorted: ['1 Main St', '10 Main St', '2 Main St', 'a', 'خیابان'],
  text: [
    { value: '1 Main St', language: 'en', text: '1 Main St' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: '1 Main St', gives: '1 Main St' },
    { to: { type: 'text', maxLength: 3 }, value: '1 Main St', gives: 'fails' },
  ],
  badSettings: [],
}
