// Does a form show what a formula will give while its fields are being typed?
import { describe, expect, test } from 'vitest'
import { parentsOf, previewFormulas } from '@peyvand/core/form/preview.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import { describe as describeFor, modelFrom } from '@peyvand/core/model/describe.ts'
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'

const formula = (name: string, returns: string, expression: string) => ({ name, type: 'formula', returns, expression })
const definitions = [
  { kind: 'entity', name: 'user', fields: [{ name: 'name', type: 'text' }] },
  { kind: 'entity', name: 'region', fields: [{ name: 'tax', type: 'decimal', scale: 2 }] },
  {
    kind: 'entity',
    name: 'product',
    fields: [
      { name: 'price', type: 'money' },
      { name: 'region', type: 'lookup', target: 'region' },
      formula('label', 'text', "'P' + string(version)"),
    ],
  },
  {
    kind: 'entity',
    name: 'line',
    fields: [
      { name: 'quantity', type: 'integer' },
      { name: 'price', type: 'decimal', scale: 2 },
      { name: 'due', type: 'date' },
      formula('total', 'decimal', 'quantity * price'),
      formula('double', 'decimal', 'total * 2'),
      formula('late', 'boolean', 'due < today()'),
      formula('maker', 'text', 'created_by.name'),
      formula('mine', 'boolean', 'created_by_id == me()'),
      { name: 'product', type: 'lookup', target: 'product' },
      { name: 'about', type: 'lookup', target: ['product', 'region'] },
      formula('worth', 'money', 'product.price * quantity'),
      formula('taxed', 'decimal', 'product.region.tax + 1'),
      formula('says', 'text', 'product.label'),
      formula('said', 'text', "says + '!'"),
      formula('rate', 'decimal', 'about_region.tax'),
    ],
  },
] as unknown as Definition[]

describe('a draft', () => {
  // As a browser has it: from JSON, without anything that was bound.
  const described = JSON.parse(JSON.stringify(describeFor(buildModel(definitions, 1), systemActor))) as Parameters<
    typeof modelFrom
  >[0]
  const model = modelFrom(described)
  const entity = model.entities.get('line')!

  test.each([
    [
      { quantity: 3, price: '1.10' },
      { total: '3.3', double: '6.6' },
    ],
    [
      { quantity: '3', price: 2, total: 99, double: 1 },
      { total: '6', double: '12' },
    ],
    [
      { quantity: null, price: 2 },
      { total: null, double: null },
    ],
    [{ due: '2026-01-01' }, { late: true }],
    [{ due: '2027-01-01' }, { late: false }],
  ])('%j gives %j', (draft, gives) => {
    expect(previewFormulas(model, entity, draft, '2026-11-25T10:00:00.000Z')).toMatchObject(gives)
  })

  const product = '019f0000-0000-7000-8000-0000000000a1'
  const row = {
    id: product,
    price: '2.50',
    price_currency: 'EUR',
    price_base: '3',
    label: 'P7',
    region: { id: 'r', tax: '0.20' },
  }

  test('names the records its formulas read, and what they read of them', () => {
    expect(parentsOf(model, entity, { product_id: product, about_id: 'x', about_type: 'product' })).toEqual([
      {
        navigation: 'product',
        entity: model.entities.get('product')!.id,
        id: product,
        query: '$select=id,price,price_currency,price_base,label&$expand=region($select=id,tax)',
      },
    ])
    expect(parentsOf(model, entity, { product_id: null })).toEqual([])
    expect(
      parentsOf(model, entity, { about_id: 'r', about_type: 'region' }).map(({ navigation, query }) => [
        navigation,
        query,
      ]),
    ).toEqual([['about_region', '$select=id,tax']])
  })

  test.each([
    [
      'read',
      { product: row },
      { worth: '7.5', worth_currency: 'EUR', worth_base: '9', taxed: '1.2', says: 'P7', said: 'P7!' },
    ],
    [
      'not there for this person',
      { product: null },
      { worth: null, worth_currency: null, taxed: null, says: null, said: null },
    ],
  ])('shows what a parent gives that is %s', (_title, parents, gives) => {
    const draft = { quantity: 3, product_id: product, worth: '99', says: 'old' }
    expect(previewFormulas(model, entity, draft, '2026-11-25T10:00:00.000Z', parents)).toMatchObject(gives)
  })

  test('keeps what the server said until a parent is read, and empties it with its lookup', () => {
    const shown = previewFormulas(model, entity, { product_id: product, quantity: 3 }, '2026-11-25T10:00:00.000Z')
    for (const name of ['worth', 'taxed', 'says', 'said']) expect(shown).not.toHaveProperty(name)
    const none = previewFormulas(
      model,
      entity,
      { product_id: null, product: { id: product, price: '9' }, quantity: 3 },
      '2026-11-25T10:00:00.000Z',
    )
    expect(none).toMatchObject({ worth: null, taxed: null, says: null, said: null })
  })

  test('leaves to the server what a field reads that is hidden from this person', () => {
    const closed = JSON.parse(JSON.stringify(describeFor(buildModel(definitions, 1), systemActor))) as typeof described
    const trimmed = modelFrom({
      ...closed,
      entities: closed.entities.map((each) => ({
        ...each,
        fields: each.fields.filter(({ name }) => name !== 'price'),
      })),
    })
    const line = trimmed.entities.get('line')!
    const shown = previewFormulas(trimmed, line, { quantity: 3, total: '9' }, '2026-11-25T10:00:00.000Z', {})
    expect(shown).not.toHaveProperty('total')
    expect(shown).not.toHaveProperty('double')
    expect(shown).toHaveProperty('late')
  })

  test('leaves to the server what the record alone cannot tell', () => {
    const shown = previewFormulas(model, entity, {}, '2026-11-25T10:00:00.000Z')
    expect(shown).not.toHaveProperty('mine')
    expect(Object.keys(shown)).toEqual(expect.arrayContaining(['double', 'late', 'total']))
  })
})
