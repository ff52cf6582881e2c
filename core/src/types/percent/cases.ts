// Facts about percentages.
import type { TypeCases } from '../type.ts'
import type { PercentField } from './type.ts'

export const cases: TypeCases<PercentField> = {
  fields: [
    { title: 'plain', field: { name: 'discount' } },
    { title: 'whole, of a hundred', field: { name: 'probability', scale: 0, min: 0, max: 100 } },
    { title: 'required', field: { name: 'rate', required: true, precision: 12, scale: 6 } },
  ],
  good: [
    { input: 12.5, stored: '12.50' },
    { input: '12.5', stored: '12.50' },
    { input: 0, stored: '0.00' },
    { input: -3, stored: '-3.00' },
    { input: 100, stored: '100.00' },
    { input: 250, stored: '250.00' },
    { input: '۱۲٫۵', stored: '12.50' },
    { input: '−3', stored: '-3.00' },
    { input: null, stored: null },
    { input: 40, stored: '40', field: 1 },
    { input: '0.000001', stored: '0.000001', field: 2 },
  ],
  bad: [
    { input: 12.345, code: 'check.invalid' },
    { input: '12.5%', code: 'check.invalid' },
    { input: '12,5', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: true, code: 'check.invalid' },
    { input: 1e9, code: 'check.invalid' },
    { input: 'half', code: 'check.invalid' },
    { input: 101, code: 'check.invalid', field: 1 },
    { input: -1, code: 'check.invalid', field: 1 },
    { input: 0.5, code: 'check.invalid', field: 1 },
    { input: null, code: 'check.required', field: 2 },
  ],
  sorted: ['-3.00', '0.00', '9.50', '10.00', '100.00'],
  text: [
    { value: '12.50', language: 'en', text: '12.5%' },
    { value: '12.50', language: 'ro', text: '12,5 %' },
    { value: '12.50', language: 'ru', text: '12,5 %' },
    { value: '12.50', language: 'fa', text: '۱۲٫۵٪' },
    { value: '-1234.50', language: 'en', text: '-1,234.5%' },
    { value: '100.00', language: 'th', text: '100%' },
    { value: '40', language: 'en', text: '40%', field: 1 },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: '12.50', gives: '12.50' },
    { to: { type: 'decimal', precision: 18, scale: 4 }, value: '12.50', gives: '12.5000' },
    { to: { type: 'percent', precision: 4, scale: 1 }, value: '12.50', gives: '12.5' },
    { to: { type: 'percent', precision: 4, scale: 2 }, value: '100.00', gives: 'fails' },
    { to: { type: 'float' }, value: '12.50', gives: 12.5 },
  ],
  badSettings: [
    { field: { name: 'a', precision: 4, scale: 5 }, pointer: '/scale' },
    { field: { name: 'a', min: 'low' }, pointer: '/min' },
    { field: { name: 'a', min: 2, max: '1.5' }, pointer: '/max' },
  ],
}
