// Facts about whole numbers.
import type { TypeCases } from '../type.ts'
import type { IntegerField } from './type.ts'

export const cases: TypeCases<IntegerField> = {
  fields: [
    { title: 'plain', field: { name: 'employees' } },
    { title: 'with limits', field: { name: 'rating', min: 1, max: 5 } },
    { title: 'required', field: { name: 'count', required: true } },
    { title: 'a year', field: { name: 'built', grouping: false } },
  ],
  good: [
    { input: 0, stored: 0 },
    { input: -5, stored: -5 },
    { input: '42', stored: 42 },
    { input: '۱۲۳', stored: 123 },
    { input: '٤٥', stored: 45 },
    { input: '๑๒', stored: 12 },
    { input: 1e3, stored: 1000 },
    { input: 3.0, stored: 3 },
    { input: 2147483647, stored: 2147483647 },
    { input: -2147483648, stored: -2147483648 },
    { input: null, stored: null },
    { input: 5, stored: 5, field: 1 },
  ],
  bad: [
    { input: 1.5, code: 'check.invalid' },
    { input: 'twelve', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: '1,000', code: 'check.invalid' },
    { input: true, code: 'check.invalid' },
    { input: [1], code: 'check.invalid' },
    { input: 2147483648, code: 'check.invalid' },
    { input: 1e300, code: 'check.invalid' },
    { input: 0, code: 'check.invalid', field: 1 },
    { input: 6, code: 'check.invalid', field: 1 },
    { input: null, code: 'check.required', field: 2 },
  ],
  sorted: [-2147483648, -1, 0, 7, 10, 2147483647],
  text: [
    { value: 1234567, language: 'en', text: '1,234,567' },
    { value: 1234, language: 'fa', text: '۱٬۲۳۴' },
    { value: 2013, language: 'en', text: '2013', field: 3 },
    { value: 1392, language: 'fa', text: '۱۳۹۲', field: 3 },
    { value: -1234567, language: 'ru', text: '-1234567', field: 3 },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: -12, gives: '-12' },
    { to: { type: 'decimal', precision: 5, scale: 2 }, value: 999, gives: '999.00' },
    { to: { type: 'decimal', precision: 5, scale: 2 }, value: 1000, gives: 'fails' },
    { to: { type: 'money' }, value: 7, gives: '7.0000' },
    { to: { type: 'boolean' }, value: 1, gives: true },
    { to: { type: 'boolean' }, value: 2, gives: 'fails' },
  ],
  badSettings: [{ field: { name: 'a', min: 5, max: 1 }, pointer: '/max' }],
}
