// Facts about large whole numbers.
import type { TypeCases } from '../type.ts'
import type { BigintField } from './type.ts'

export const cases: TypeCases<BigintField> = {
  fields: [
    { title: 'plain', field: { name: 'external_number' } },
    { title: 'with limits', field: { name: 'serial', min: 1, max: '9007199254740995' } },
    { title: 'required', field: { name: 'total', required: true } },
  ],
  good: [
    { input: 0, stored: 0 },
    { input: -7, stored: -7 },
    { input: '-0', stored: 0 },
    { input: 3000000000, stored: 3000000000 },
    { input: 9007199254740991, stored: 9007199254740991 },
    { input: '9007199254740993', stored: '9007199254740993' },
    { input: '9223372036854775807', stored: '9223372036854775807' },
    { input: '-9223372036854775808', stored: '-9223372036854775808' },
    { input: '0012', stored: 12 },
    { input: '۱۲۳۴۵۶۷۸۹۰۱۲', stored: 123456789012 },
    { input: '1e3', stored: 1000 },
    { input: null, stored: null },
    { input: '9007199254740995', stored: '9007199254740995', field: 1 },
  ],
  bad: [
    { input: 1.5, code: 'check.invalid' },
    { input: '1.5', code: 'check.invalid' },
    { input: 9007199254740992, code: 'check.invalid' },
    { input: 1e300, code: 'check.invalid' },
    { input: '9223372036854775808', code: 'check.invalid' },
    { input: '-9223372036854775809', code: 'check.invalid' },
    { input: '1,000', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: true, code: 'check.invalid' },
    { input: [1], code: 'check.invalid' },
    { input: 0, code: 'check.invalid', field: 1 },
    { input: '9007199254740996', code: 'check.invalid', field: 1 },
    { input: null, code: 'check.required', field: 2 },
  ],
  sorted: ['-9223372036854775808', -1, 0, 9, 10, 9007199254740991, '9007199254740992', '9223372036854775807'],
  text: [
    { value: 1234567, language: 'en', text: '1,234,567' },
    { value: '9223372036854775807', language: 'en', text: '9,223,372,036,854,775,807' },
    { value: '9007199254740993', language: 'fa', text: '۹٬۰۰۷٬۱۹۹٬۲۵۴٬۷۴۰٬۹۹۳' },
    { value: 1234567, language: 'ru', text: '1 234 567' },
    { value: -1234, language: 'ro', text: '-1.234' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: '9007199254740993', gives: '9007199254740993' },
    { to: { type: 'integer' }, value: 2147483647, gives: 2147483647 },
    { to: { type: 'integer' }, value: 2147483648, gives: 'fails' },
    { to: { type: 'decimal', precision: 20, scale: 0 }, value: '9223372036854775807', gives: '9223372036854775807' },
    { to: { type: 'decimal', precision: 5, scale: 2 }, value: 1000, gives: 'fails' },
    { to: { type: 'money' }, value: 12, gives: '12.0000' },
    { to: { type: 'money' }, value: '1000000000000000', gives: 'fails' },
  ],
  badSettings: [
    { field: { name: 'a', min: 5, max: 1 }, pointer: '/max' },
    { field: { name: 'a', min: 'low' }, pointer: '/min' },
    { field: { name: 'a', max: '1.5' }, pointer: '/max' },
  ],
}
