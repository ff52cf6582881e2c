// Facts about several choices.
import type { ChoiceOption } from '../../model/model.ts'
import type { ChoiceField } from '../choice/type.ts'
import type { TypeCases } from '../type.ts'

const options: readonly ChoiceOption[] = [
  { value: 'a', label: { en: 'Alpha', fa: 'الف' }, color: 'green' },
  { value: 'b', label: { en: 'Beta' } },
  { value: "it's", active: false },
]

const city = { name: 'city', type: 'choice', options: [{ value: 'tehran' }, { value: 'cluj' }] }
const areas = {
  name: 'areas',
  options: [{ value: 'north' }, { value: 'south' }, { value: 'old' }],
  dependsOn: { field: 'city', map: { tehran: ['north', 'south'], cluj: ['old'] } },
}
const tags = { name: 'tags', options }
const inCity = { beside: [city], field: areas }

export const cases: TypeCases<ChoiceField> = {
  fields: [
    { title: 'own options', field: { name: 'tags', options } },
    { title: 'required', field: { name: 'channels', options, required: true } },
    { title: 'a shared choice', field: { name: 'industries', choice: 'industry' } },
  ],
  good: [
    { input: ['a'], stored: ['a'] },
    { input: ['b', 'a'], stored: ['a', 'b'] },
    { input: ['a', 'a', 'b', 'a'], stored: ['a', 'b'] },
    { input: ["it's", 'b'], stored: ['b', "it's"] },
    { input: [], stored: [] },
    { input: null, stored: [] },
    { input: ['b'], stored: ['b'], field: 1 },
    { input: ['food'], stored: ['food'], field: 2 },
  ],
  bad: [
    { input: 'a', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: ['A'], code: 'check.invalid' },
    { input: ['a', 'c'], code: 'check.invalid' },
    { input: [1], code: 'check.invalid' },
    { input: [null], code: 'check.invalid' },
    { input: [['a']], code: 'check.invalid' },
    { input: { a: true }, code: 'check.invalid' },
    { input: ['constructor'], code: 'check.invalid' },
    { input: [], code: 'check.required', field: 1 },
    { input: null, code: 'check.required', field: 1 },
    { input: ['a'], code: 'check.invalid', field: 2 },
  ],
  sorted: [['a'], ['a', 'b'], ['a', "it's"], ['b'], ["it's"]],
  text: [
    { value: ['a', 'b'], language: 'en', text: 'Alpha, Beta' },
    { value: ['a'], language: 'fa', text: 'الف' },
    { value: ['a', "it's"], language: 'en', text: "Alpha, it's" },
    { value: ['gone'], language: 'en', text: 'gone' },
    { value: [], language: 'en', text: '' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: ['a', 'b'], gives: 'a; b' },
    { to: { type: 'text', maxLength: 2 }, value: ['a', 'b'], gives: 'fails' },
    { to: { type: 'choice', options }, value: ['b'], gives: 'b' },
    { to: { type: 'choice', options }, value: ['a', 'b'], gives: 'fails' },
    { to: { type: 'choice', options: [{ value: 'b' }] }, value: ['a'], gives: 'fails' },
  ],
  changes: [
    { field: tags, record: { tags: ["it's"] }, write: { tags: ["it's", 'a'] }, gives: 'accepted' },
    {
      field: tags,
      record: { tags: ['a'] },
      write: { tags: ["it's", 'a'] },
      gives: { refused: 'retired', says: 'can no longer become "it\'s"' },
    },
    { field: tags, record: { tags: null }, write: { tags: ["it's"] }, gives: { refused: 'retired', says: '' } },
    { ...inCity, record: { city: 'tehran' }, write: { areas: ['north', 'south'] }, gives: 'accepted' },
    { ...inCity, record: { city: 'tehran', areas: null }, write: { city: 'cluj' }, gives: 'accepted' },
    {
      ...inCity,
      record: { city: 'tehran', areas: ['north'] },
      write: { areas: ['north', 'old'] },
      gives: { refused: 'fit', says: '"Areas" is "old", which does not fit "City" "tehran"' },
    },
    {
      ...inCity,
      record: { city: 'tehran', areas: ['north', 'south'] },
      write: { city: 'cluj' },
      gives: { refused: 'fit', says: '"north", "south"' },
    },
  ],
  badSettings: [
    { field: { ...tags, transitions: { a: ['b'] } }, pointer: '/transitions' },
    { field: { name: 'a' }, pointer: '/options' },
    { field: { name: 'a', options: [{ value: 'x' }, { value: 'x' }] }, pointer: '/options/1/value' },
    { field: { name: 'a', choice: 'no_such_choice' }, pointer: '/choice' },
  ],
}
