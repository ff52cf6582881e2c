// Two people, one record: 400 random pairs of edits lose nothing, and only true conflicts ask.
import { describe, expect, test } from 'vitest'
import { mergeRecords } from '../../core/src/form/conflict.ts'
import { buildModel } from '../../core/src/model/build.ts'
import type { Definition } from '../../core/src/model/definition.ts'
import type { JsonObject } from '../../core/src/base/json.ts'

const fields = ['a', 'b', 'c', 'd'].map((name) => ({ name, type: 'text' }))
const model = buildModel(
  [{ kind: 'entity', name: 'thing', fields: [...fields, { name: 'price', type: 'money' }] }] as unknown as Definition[],
  1,
)
const entity = model.entities.get('thing')!
const base = { a: '1', b: '2', c: null, d: '4', price: '5.0000', price_currency: 'EUR' }

describe('one record, two people', () => {
  const rows: readonly [string, JsonObject, JsonObject, JsonObject, readonly string[], readonly string[]][] = [
    ['different fields', { a: 'x' }, { b: 'y' }, { a: 'x' }, [], ['b']],
    ['the same field', { a: 'x' }, { a: 'y' }, {}, ['a'], []],
    ['the same field to the same value', { a: 'x' }, { a: 'x' }, {}, [], []],
    ['one cleared, one set', { c: 'x' }, { c: 'y' }, {}, ['c'], []],
    ['amount and currency are one field', { price: '6' }, { price_currency: 'IRR' }, {}, ['price'], []],
    ['only theirs', {}, { a: 'y', d: null }, {}, [], ['a', 'd']],
  ]
  test.each(rows)('%s', (_title, changes, theirs, free, conflicts, taken) => {
    const merge = mergeRecords({ model, entity, base, theirs: { ...base, ...theirs }, changes })
    expect(merge.free).toEqual(free)
    expect(merge.conflicts.map(({ field }) => field.name)).toEqual(conflicts)
    expect(merge.taken.map(({ name }) => name)).toEqual(taken)
  })

  test('law: each of my edits is saved, asked about, or theirs already', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
    console.log(`seed ${seed}`)
    const random = generator(seed)
    for (let round = 0; round < 400; round++) {
      const edit = () =>
        Object.fromEntries(
          fields
            .filter(() => random() < 0.5)
            .map(({ name }) => [name, [null, 'x', 'y', base[name as 'a']][Math.floor(random() * 4)]!]),
        )
      const changes = edit() as JsonObject
      const theirs = { ...base, ...edit() } as Record<string, unknown>
      const { free, conflicts } = mergeRecords({ model, entity, base, theirs, changes })
      const asked = new Set(conflicts.map(({ field }) => field.name))
      for (const [name, value] of Object.entries(changes)) {
        const same = (value ?? null) === (theirs[name] ?? null)
        expect(
          [name in free, asked.has(name), same].filter(Boolean).length,
          `seed ${seed} round ${round} field ${name}`,
        ).toBe(1)
      }
    }
  })
})

/** A small generator of its own, so that a seed tells the same story everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}
