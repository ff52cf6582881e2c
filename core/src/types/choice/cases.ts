// Facts about choices.
import type { ChoiceOption } from '../../model/model.ts'
import type { TypeCases } from '../type.ts'
import type { ChoiceField } from './type.ts'

const options: readonly ChoiceOption[] = [
  { value: 'active', label: { en: 'Active', fa: 'فعال' }, color: 'green' },
  { value: 'sold', label: { en: 'Sold' } },
  { value: 'on hold', active: false },
]

const stages = {
  name: 'stage',
  options: [{ value: 'new' }, { value: 'open' }, { value: 'done' }, { value: 'lost' }],
  transitions: { new: ['open'], open: ['done', 'lost'], done: [] },
}
const country = { name: 'country', type: 'choice', options: [{ value: 'ir' }, { value: 'ro' }] }
const city = {
  name: 'city',
  options: [{ value: 'tehran' }, { value: 'cluj' }, { value: 'nowhere' }],
  dependsOn: { field: 'country', map: { ir: ['tehran'], ro: ['cluj'] } },
}
const status = { name: 'status', options }
const inCity = { beside: [country], field: city }

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
    { to: { type: 'multi_choice', options }, value: 'active', gives: ['active'] },
    { to: { type: 'multi_choice', options: [{ value: 'x' }] }, value: 'active', gives: 'fails' },
  ],
  changes: [
    { field: status, record: { status: 'active' }, write: { status: 'sold' }, gives: 'accepted' },
    { field: status, record: { status: 'on hold' }, write: { status: 'on hold' }, gives: 'accepted' },
    {
      field: status,
      record: { status: 'active' },
      write: { status: 'on hold' },
      gives: { refused: 'retired', says: 'can no longer become "on hold"' },
    },
    { field: status, record: { status: null }, write: { status: 'on hold' }, gives: { refused: 'retired', says: '' } },
    { field: stages, record: { stage: 'new' }, write: { stage: 'open' }, gives: 'accepted' },
    { field: stages, record: { stage: 'done' }, write: { stage: 'done' }, gives: 'accepted' },
    { field: stages, record: { stage: 'lost' }, write: { stage: null }, gives: 'accepted' },
    { field: stages, record: { stage: null }, write: { stage: 'done' }, gives: 'accepted' },
    {
      field: stages,
      record: { stage: 'new' },
      write: { stage: 'lost' },
      gives: { refused: 'transition', says: 'cannot go from "new" to "lost"' },
    },
    {
      field: stages,
      record: { stage: 'open' },
      write: { stage: null },
      gives: { refused: 'transition', says: 'cannot go from "open" to no value' },
    },
    { ...inCity, record: { country: 'ir', city: null }, write: { city: 'tehran' }, gives: 'accepted' },
    { ...inCity, record: { country: 'ir', city: 'tehran' }, write: { city: null }, gives: 'accepted' },
    { ...inCity, record: { country: 'ir', city: 'tehran' }, write: { country: 'ro', city: 'cluj' }, gives: 'accepted' },
    { ...inCity, record: { country: 'ir', city: null }, write: { country: 'ro' }, gives: 'accepted' },
    {
      ...inCity,
      record: { country: 'ir', city: 'tehran' },
      write: { country: 'ro' },
      gives: { refused: 'fit', says: '"City" is "tehran", which does not fit "Country" "ro"' },
    },
    {
      ...inCity,
      record: { country: 'ir', city: null },
      write: { city: 'cluj' },
      gives: { refused: 'fit', says: '"City" is "cluj", which does not fit "Country" "ir"' },
    },
    { ...inCity, record: { country: null }, write: { city: 'cluj' }, gives: { refused: 'fit', says: 'is empty' } },
    { ...inCity, record: { country: 'ir' }, write: { city: 'nowhere' }, gives: { refused: 'fit', says: 'nowhere' } },
  ],
  badSettings: [
    { field: { name: 'a' }, pointer: '/options' },
    { field: { name: 'a', options: [] }, pointer: '/options' },
    { field: { name: 'a', options: [{ value: 'x' }, { value: 'x' }] }, pointer: '/options/1/value' },
    { field: { name: 'a', choice: 'no_such_choice' }, pointer: '/choice' },
    { field: { ...stages, transitions: { gone: ['new'] } }, pointer: '/transitions/gone' },
    { field: { ...stages, transitions: { new: ['gone'] } }, pointer: '/transitions/new/0' },
    { field: city, pointer: '/dependsOn/field' },
    { field: { ...city, dependsOn: { field: 'city', map: {} } }, pointer: '/dependsOn/field' },
    { field: { name: 'a', choice: 'industry', options: [{ value: 'x' }] }, pointer: '/choice' },
  ],
}
