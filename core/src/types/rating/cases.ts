// Facts about ratings.
import type { TypeCases } from '../type.ts'
import type { RatingField } from './type.ts'

export const cases: TypeCases<RatingField> = {
  fields: [
    { title: 'five stars', field: { name: 'satisfaction' } },
    { title: 'ten stars', field: { name: 'likely', most: 10 } },
    { title: 'required', field: { name: 'quality', required: true } },
  ],
  good: [
    { input: 1, stored: 1 },
    { input: 2, stored: 2 },
    { input: 3, stored: 3 },
    { input: 5, stored: 5 },
    { input: '4', stored: 4 },
    { input: '۴', stored: 4 },
    { input: '๔', stored: 4 },
    { input: 3.0, stored: 3 },
    { input: null, stored: null },
    { input: 10, stored: 10, field: 1 },
  ],
  bad: [
    { input: 0, code: 'check.invalid' },
    { input: 6, code: 'check.invalid' },
    { input: -1, code: 'check.invalid' },
    { input: 2.5, code: 'check.invalid' },
    { input: '★★', code: 'check.invalid' },
    { input: '4/5', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: true, code: 'check.invalid' },
    { input: [3], code: 'check.invalid' },
    { input: 11, code: 'check.invalid', field: 1 },
    { input: null, code: 'check.required', field: 2 },
  ],
  sorted: [1, 2, 3, 4, 5],
  text: [
    { value: 4, language: 'en', text: '4/5' },
    { value: 4, language: 'fa', text: '۴/۵' },
    { value: 4, language: 'ro', text: '4/5' },
    { value: 9, language: 'en', text: '9/10', field: 1 },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: 4, gives: '4' },
    { to: { type: 'integer' }, value: 4, gives: 4 },
    { to: { type: 'decimal', precision: 5, scale: 2 }, value: 4, gives: '4.00' },
    { to: { type: 'rating', most: 10 }, value: 5, gives: 5 },
    { to: { type: 'rating', most: 3 }, value: 3, gives: 3 },
    { to: { type: 'rating', most: 3 }, value: 5, gives: 'fails' },
  ],
  badSettings: [
    { field: { name: 'a', most: 2 }, pointer: '/most' },
    { field: { name: 'a', most: 11 }, pointer: '/most' },
  ],
}
