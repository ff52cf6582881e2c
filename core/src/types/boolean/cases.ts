// Facts about yes or no.
import type { TypeCases } from '../type.ts'
import type { BooleanField } from './type.ts'

export const cases: TypeCases<BooleanField> = {
  fields: [
    { title: 'plain', field: { name: 'active' } },
    { title: 'with labels', field: { name: 'vip', trueLabel: { en: 'VIP' }, falseLabel: { en: 'Regular' } } },
    { title: 'required', field: { name: 'agreed', required: true } },
  ],
  good: [
    { input: true, stored: true },
    { input: false, stored: false },
    { input: null, stored: null },
  ],
  bad: [
    { input: 'true', code: 'check.invalid' },
    { input: 1, code: 'check.invalid' },
    { input: {}, code: 'check.invalid' },
    { input: null, code: 'check.required', field: 2 },
  ],
  sorted: [false, true],
  text: [
    { value: true, language: 'en', text: 'Yes' },
    { value: false, language: 'fa', text: 'خیر' },
    { value: true, language: 'ru', text: 'Да' },
    { value: true, language: 'en', text: 'VIP', field: 1 },
    { value: null, language: 'th', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: true, gives: 'true' },
    { to: { type: 'integer' }, value: false, gives: 0 },
    { to: { type: 'choice', options: [{ value: 'true' }, { value: 'false' }] }, value: true, gives: 'true' },
  ],
  badSettings: [],
}
