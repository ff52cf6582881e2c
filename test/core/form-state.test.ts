// What a form paints and sends: a pure function, so every question is a row.
import { describe, expect, test } from 'vitest'
import { Problem } from '../../core/src/base/problem.ts'
import { offeredOptions } from '../../core/src/types/choice/rules.ts'
import { followed } from '../../core/src/form/follow.ts'
import {
  formState,
  newRecord,
  type Draft,
  type FieldState,
  type FormInput,
  type FormState,
} from '../../core/src/form/state.ts'
import { buildModel } from '../../core/src/model/build.ts'
import type { Definition } from '../../core/src/model/definition.ts'

const definitions = [
  {
    kind: 'entity',
    name: 'vehicle',
    label: { en: 'Vehicle', fa: 'خودرو' },
    ownership: 'user',
    primaryField: 'name',
    fields: [
      { name: 'name', type: 'text', label: { en: 'Name', fa: 'نام' }, maxLength: 10, required: true },
      { name: 'seats', type: 'integer', min: 1, max: 9 },
      { name: 'price', type: 'money' },
      { name: 'state', type: 'choice', options: [{ value: 'new' }, { value: 'sold' }], default: 'new', required: true },
      { name: 'bought_on', type: 'date' },
      { name: 'number', type: 'autonumber', pattern: 'V-{0000}' },
      { name: 'parent', type: 'lookup', target: 'vehicle' },
      { name: 'about', type: 'lookup', target: ['vehicle', 'garage'] },
      { name: 'bay', type: 'lookup', target: 'garage' },
      { name: 'yard', type: 'lookup', target: 'garage', instead: 'bay' },
    ],
  },
  { kind: 'entity', name: 'garage', fields: [{ name: 'name', type: 'text' }] },
  {
    kind: 'form',
    name: 'vehicle_main',
    entity: 'vehicle',
    header: ['state', 'owner'],
    tabs: [
      {
        name: 'one',
        label: { en: 'One', fa: 'یک' },
        sections: [
          {
            name: 'main',
            columns: 2,
            controls: [
              { field: 'name', span: 4 },
              { field: 'seats' },
              { field: 'price' },
              { field: 'number' },
              { field: 'bought_on' },
            ],
          },
        ],
      },
      {
        name: 'two',
        sections: [
          {
            name: 'links',
            controls: [
              { field: 'parent' },
              { field: 'about' },
              { subgrid: 'vehicles', view: 'v' },
              { field: 'created_at' },
            ],
          },
        ],
      },
      { name: 'empty', sections: [{ name: 'none', controls: [] }] },
    ],
  },
] as unknown as Definition[]

const model = buildModel(definitions, 1)
const entity = model.entities.get('vehicle')!
const base = {
  model,
  entity,
  form: model.forms.get('vehicle_main')!,
  rights: { create: true, write: true, delete: true },
  language: 'en',
}
const stored = {
  id: '0190',
  name: 'Rivo',
  seats: 4,
  price: '12.5000',
  price_currency: 'EUR',
  state: 'new',
  bought_on: '2026-12-03',
  number: 'V-0001',
  parent_id: null,
  about_id: null,
  about_type: null,
}
const id = '01903f5e-1111-7abc-8def-000000000001'

const stateOf = (input: Partial<FormInput>): FormState =>
  formState({ ...base, record: stored, original: stored, ...input })
const fieldOf = (state: FormState, name: string): FieldState => {
  const found = state.tabs
    .flatMap(({ sections }) => sections.flatMap(({ controls }) => controls))
    .find((control) => control.kind === 'field' && control.field.name === name)
  return found as FieldState
}
const codes = (state: FormState) => state.problems.map(({ code, params }) => `${params?.['field']}: ${code}`)

describe('what an untouched record paints', () => {
  const state = stateOf({})
  test('nothing is dirty, nothing is sent', () =>
    expect([state.dirty, state.changes, state.problems]).toEqual([false, {}, []]))
  test('its title is the primary field', () => expect(state.title).toBe('Rivo'))
  test('tabs without controls are left out', () => expect(state.tabs.map(({ name }) => name)).toEqual(['one', 'two']))
  test('a tab without a label shows its name', () =>
    expect(state.tabs.map(({ label }) => label)).toEqual(['One', 'two']))
  test('a control never spans more than its section has', () => expect(fieldOf(state, 'name').span).toBe(2))
  test('subgrids keep their place', () =>
    expect(state.tabs[1]!.sections[0]!.controls[2]).toEqual({
      kind: 'subgrid',
      navigation: 'vehicles',
      view: 'v',
      span: 1,
    }))
  test('labels follow the language', () => expect(fieldOf(stateOf({ language: 'fa' }), 'name').label).toBe('نام'))
})

describe('what may be edited', () => {
  const rows: readonly [string, Partial<FormInput>, string, string | undefined][] = [
    ['a plain field', {}, 'seats', undefined],
    ['a number the server gives', {}, 'number', 'generated'],
    ['a system field', {}, 'created_at', 'system'],
    [
      'anything without the right to write',
      { rights: { create: true, write: false, delete: false } },
      'seats',
      'permission',
    ],
    [
      'a new record without the right to create',
      { original: undefined, rights: { create: false, write: true, delete: true } },
      'seats',
      'permission',
    ],
    ['a locked field', { locked: new Set(['seats']) }, 'seats', 'permission'],
  ]
  test.each(rows)('%s', (_title, input, field, lock) => expect(fieldOf(stateOf(input), field).lock).toBe(lock))

  const allowed: readonly [string, Partial<FormInput>, boolean, boolean][] = [
    ['all rights', {}, true, true],
    ['no right to write', { rights: { create: true, write: false, delete: true } }, false, true],
    ['a new record cannot be deleted', { original: undefined }, true, false],
  ]
  test.each(allowed)('%s', (_title, input, canSave, canDelete) => {
    const state = stateOf(input)
    expect([state.canSave, state.canDelete]).toEqual([canSave, canDelete])
  })
})

describe('what a save sends', () => {
  const rows: readonly [string, Record<string, unknown>, Record<string, unknown>][] = [
    ['a changed text', { name: 'Talo' }, { name: 'Talo' }],
    ['a number typed in Persian digits', { seats: '۵' }, { seats: 5 }],
    ['an amount keeps its digits', { price: '1234567890.1234' }, { price: '1234567890.1234' }],
    ['the currency alone', { price_currency: 'IRR' }, { price_currency: 'IRR' }],
    ['the same amount spelled otherwise is no change when it is the same text', { price: '12.5000' }, {}],
    ['a cleared value', { bought_on: null }, { bought_on: null }],
    ['an empty text clears', { bought_on: '', name: 'Rivo' }, {}],
    ['a link', { parent_id: id, parent: { id, name: 'x' } }, { parent_id: id }],
    [
      'a link to one of several goes with its entity',
      { about_id: id, about_type: 'garage' },
      { about_id: id, about_type: 'garage' },
    ],
    ['a number of the server is never sent', { number: 'V-9' }, {}],
  ]
  test.each(rows)('%s', (title, change, sent) => {
    const state = stateOf({ record: { ...stored, ...change } })
    if (title.startsWith('an empty text')) expect(Object.keys(state.changes)).toEqual(['bought_on'])
    else expect(state.changes).toEqual(sent)
    expect(state.dirty).toBe(Object.keys(state.changes).length > 0)
  })
})

describe('what is wrong', () => {
  const someId = '019f0000-0000-7000-8000-000000000001'
  const rows: readonly [string, Partial<FormInput>, readonly string[]][] = [
    ['a text that is too long', { record: { ...stored, name: 'x'.repeat(11) } }, ['name: check.invalid']],
    ['a number out of range', { record: { ...stored, seats: '12' } }, ['seats: check.invalid']],
    ['no number at all', { record: { ...stored, seats: 'many' } }, ['seats: check.invalid']],
    ['a required value taken away', { record: { ...stored, name: null } }, ['name: check.required']],
    ['a new record is not blamed before it is saved', { record: {}, original: undefined }, []],
    [
      'a new record that is saved',
      { record: {}, original: undefined, complete: true },
      ['name: check.required', 'state: check.required', 'yard: check.invalid'],
    ],
    [
      'defaults fill what is required',
      { record: { ...newRecord(entity), name: 'Rivo', bay_id: someId }, original: undefined, complete: true },
      [],
    ],
    [
      'one that stands instead of another',
      { record: { ...stored, bay_id: someId, yard_id: someId } },
      ['yard: check.invalid'],
    ],
    [
      'neither of the two any more',
      { record: { ...stored, bay_id: null }, original: { ...stored, bay_id: someId } },
      ['bay: check.invalid'],
    ],
    ['what is older is left alone', { record: { ...stored, seats: 3 } }, []],
  ]
  test.each(rows)('%s', (_title, input, expected) => expect(codes(stateOf(input))).toEqual(expected))

  test('what the server refused lands on its field and counts on its tab', () => {
    const refused = [new Problem('conflict.duplicate', { pointer: '/price_currency' })]
    const state = stateOf({ refused })
    expect(fieldOf(state, 'price').problem).toBe(refused[0])
    expect(state.tabs.map(({ problems }) => problems)).toEqual([1, 0])
  })
  test('a field that is wrong still counts as changed, so that it is not lost', () => {
    expect(stateOf({ record: { ...stored, seats: 'many' } }).dirty).toBe(true)
  })
})

describe('a new record', () => {
  const start = newRecord(entity)
  test('is not dirty while it holds what it began with', () =>
    expect(stateOf({ record: start, start, original: undefined }).dirty).toBe(false))
  test('is dirty once something else is there', () =>
    expect(stateOf({ record: { ...start, name: 'Rivo' }, start, original: undefined }).dirty).toBe(true))
})

test('law: the same input gives the same state', () => {
  const input = { record: { ...stored, name: 'Talo', seats: 'x' } }
  expect(stateOf(input)).toEqual(stateOf(input))
})

describe('dependent choices', () => {
  const options = (...values: string[]) => values.map((value) => ({ value }))
  const place = buildModel(
    [
      {
        kind: 'entity',
        name: 'place',
        fields: [
          { name: 'country', type: 'choice', options: options('ir', 'ro') },
          {
            name: 'city',
            type: 'choice',
            options: options('tehran', 'cluj'),
            dependsOn: { field: 'country', map: { ir: ['tehran'], ro: ['cluj'] } },
          },
          {
            name: 'areas',
            type: 'multi_choice',
            options: options('north', 'old'),
            dependsOn: { field: 'city', map: { tehran: ['north'], cluj: ['old'] } },
          },
          { name: 'stage', type: 'choice', options: options('new', 'open', 'done'), transitions: { new: ['open'] } },
          { name: 'grade', type: 'choice', options: [{ value: 'a' }, { value: 'old', active: false }] },
        ],
      },
    ] as unknown as Definition[],
    1,
  )
  const entity = place.entities.get('place')!
  const field = (name: string) => entity.fields.find((each) => each.name === name)!
  const offered = (name: string, record: object, original?: object) =>
    offeredOptions(field(name), place, record as Draft, original as Draft).map(({ value }) => value)

  test.each([
    [{ country: 'ro' }, { country: 'ro', city: null, areas: [] }],
    [{ country: 'ir' }, { country: 'ir' }],
    [
      { country: 'ro', city: 'cluj' },
      { country: 'ro', city: 'cluj', areas: [] },
    ],
    [{ stage: 'open' }, { stage: 'open' }],
  ])('after %j is written, so is %j', (changes, all) => {
    const record = { country: 'ir', city: 'tehran', areas: ['north'] }
    const first = followed(entity, record, changes)
    expect(first).toEqual(all)
    expect(followed(entity, record, first)).toEqual(first)
  })

  test('only what may be chosen is offered, and what is there', () => {
    expect(offered('city', { country: 'ro' })).toEqual(['cluj'])
    expect(offered('city', {})).toEqual([])
    expect(offered('stage', { stage: 'new' }, { stage: 'new' })).toEqual(['new', 'open'])
    expect(offered('stage', { stage: 'open' }, { stage: 'new' })).toEqual(['new', 'open'])
    expect(offered('stage', {})).toEqual(['new', 'open', 'done'])
    expect(offered('grade', {})).toEqual(['a'])
    expect(offered('grade', { grade: 'a' }, { grade: 'old' })).toEqual(['a', 'old'])
  })

  test('a form says before the server what does not fit', () => {
    const state = formState({
      model: place,
      entity,
      form: { id: 'f', name: 'f', entity: 'place', label: 'F', header: [], tabs: [] },
      record: { country: 'ro', city: 'tehran', stage: 'done' },
      original: { country: 'ir', city: 'tehran', stage: 'new' },
      rights: { create: true, write: true, delete: true },
      language: 'en',
    })
    expect(state.problems.map(({ params }) => params?.['rule'])).toEqual(['fit', 'transition'])
  })
})
