// Facts about countries.
import type { TypeCases } from '../type.ts'

export const cases: TypeCases = {
  fields: [
    { title: 'plain', field: { name: 'country' } },
    { title: 'required', field: { name: 'origin', required: true } },
  ],
  good: [
    { input: 'DE', stored: 'DE' },
    { input: 'de', stored: 'DE' },
    { input: ' ro ', stored: 'RO' },
    { input: 'IR', stored: 'IR' },
    { input: 'TH', stored: 'TH' },
    { input: 'US', stored: 'US' },
    { input: 'GB', stored: 'GB' },
    { input: 'AX', stored: 'AX' },
    { input: 'ZW', stored: 'ZW' },
    { input: null, stored: null },
  ],
  bad: [
    { input: 'Germany', code: 'check.invalid' },
    { input: 'UK', code: 'check.invalid' },
    { input: 'EU', code: 'check.invalid' },
    { input: 'ZZ', code: 'check.invalid' },
    { input: 'D', code: 'check.invalid' },
    { input: 'DEU', code: 'check.invalid' },
    { input: '276', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: 49, code: 'check.invalid' },
    { input: ['DE'], code: 'check.invalid' },
    { input: null, code: 'check.required', field: 1 },
  ],
  sorted: ['AD', 'DE', 'IR', 'RO', 'ZW'],
  text: [
    { value: 'DE', language: 'en', text: 'Germany' },
    { value: 'DE', language: 'fa', text: 'آلمان' },
    { value: 'DE', language: 'ru', text: 'Германия' },
    { value: 'DE', language: 'th', text: 'เยอรมนี' },
    { value: 'DE', language: 'ro', text: 'Germania' },
    { value: 'not a code', language: 'en', text: 'not a code' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [{ to: { type: 'text' }, value: 'DE', gives: 'DE' }],
  badSettings: [],
}
