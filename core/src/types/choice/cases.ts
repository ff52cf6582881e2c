// Facts about choices.
import type { ChoiceOption } from '../../model/model.ts'
import type { TypeCases } from '../type.ts'
import type { ChoiceField } from './type.ts'

const options: readonly ChoiceOption[] = [
  { value: 'active', label: { en: 'Active', fa: 'فعال' }, color: 'green' },
  { value: 'sold', label: { en: 'Sold' } },
  { value: 'on hold', active: false },
]

export const cases: TypeCases<ChoiceField> = {
  fields: [
    { title: 'own options', field: { name: 'status', options } },
    { title: 'required', field: { name: 'stage', options, required: true } },
  ],
  good: [
    { input: 'active', stored: 'active' },
    { input: 'on hold', stored: 'on hold' },
    { input: null, stored: null },
  ],
  bad: [
    { input: 'Active', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: 1, code: 'check.invalid' },
    { input: ['active'], code: 'check.invalid' },
    { input: 'constructor', code: 'check.invalid' },
    { input: null, code: 'check.required', field: 1 },
  ],
  sorted: ['active', 'on hold', 'sold'],
  text: [
    { value: 'active', language: 'fa', text: 'فعال' },
    { value: 'sold', language: 'fa', text: 'Sold' },
    { value: 'on hold', language: 'en', text: 'on hold' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: 'active', gives: 'active' },
    { to: { type: 'text', maxLength: 2 }, value: 'active', gives: 'fails' },
  ],
  badSettings: [
    { field: { name: 'a' }, pointer: '/options' },
    { field: { name: 'a', options: [] }, pointer: '/options' },
    { field: { name: 'a', options: [{ value: 'x' }, { value: 'x' }] }, pointer: '/options/1/value' },
    { field: { name: 'a', choice: 'no_such_choice' }, pointer: '/choice' },
    { field: { name: 'a', choice: 'industry', options: [{ value: 'x' }] }, pointer: '/choice' },
  ],
}
