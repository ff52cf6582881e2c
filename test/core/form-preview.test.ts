// Does a form show what a formula will give while its fields are being typed?
import { describe, expect, test } from 'vitest'
import { previewFormulas } from '@peyvand/core/form/preview.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import { describe as describeFor, modelFrom } from '@peyvand/core/model/describe.ts'
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'

const formula = (name: string, returns: string, expression: string) => ({ name, type: 'formula', returns, expression })
const definitions = [
  { kind: 'entity', name: 'user', fields: [{ name: 'name', type: 'text' }] },
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

  test('leaves to the server what the record alone cannot tell', () => {
    const shown = previewFormulas(model, entity, {}, '2026-11-25T10:00:00.000Z')
    expect(Object.keys(shown).sort()).toEqual(['double', 'late', 'total'])
  })
})
