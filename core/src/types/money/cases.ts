// Facts about money.
import type { TypeCases } from '../type.ts'
import type { MoneyField } from './type.ts'

export const cases: TypeCases<MoneyField> = {
  fields: [
    { title: 'plain', field: { name: 'price' } },
    { title: 'not negative', field: { name: 'cost', min: 0 } },
    { title: 'required', field: { name: 'amount', required: true } },
  ],
  good: [
    { input: 1250.5, stored: '1250.5000' },
    { input: '1250.5', stored: '1250.5000' },
    { input: { '': '9.99', _currency: 'EUR' }, stored: '9.9900' },
    { input: '۱۲۵۰', stored: '1250.0000' },
    { input: '-999999999999999.9999', stored: '-999999999999999.9999' },
    { input: null, stored: null },
    { input: 0, stored: '0.0000', field: 1 },
  ],
  bad: [
    { input: '1.23456', code: 'check.invalid' },
    { input: '1000000000000000', code: 'check.invalid' },
    { input: '$5', code: 'check.invalid' },
    { input: 'five', code: 'check.invalid' },
    { input: { '': 1, _currency: 'euro' }, code: 'check.invalid' },
    { input: { '': 1, _currency: 5 }, code: 'check.invalid' },
    { input: { '': 1, _base: 1 }, code: 'check.invalid' },
    { input: -1, code: 'check.invalid', field: 1 },
    { input: null, code: 'check.required', field: 2 },
  ],
  sorted: ['-10.0000', '0.0000', '9.5000', '10.0000', '100.0000'],
  text: [
    { value: '1250.5', language: 'en', text: '1,250.50' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: '12.5', gives: '12.5000' },
    { to: { type: 'decimal', precision: 18, scale: 2 }, value: '12.5000', gives: '12.50' },
    { to: { type: 'decimal', precision: 4, scale: 2 }, value: '100', gives: 'fails' },
    { to: { type: 'integer' }, value: '12.0000', gives: 12 },
  ],
  badSettings: [
    { field: { name: 'a', min: 5, max: 1 }, pointer: '/max' },
    { field: { name: 'a', rateDate: 'gone' }, pointer: '/rateDate' },
  ],
}
