// Random sound definitions for the laws: entities and fields from fixed pools of ids, so that two draws share some of them
// under the same or another name, with the same or another type.
import fc from 'fast-check'
import { buildModel } from '@peyvand/core/model/build.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { seed } from '../support/law.ts'

export const cases = Number(process.env['CASES'] ?? 2000)

/** How a law over models runs; the seed of the run is printed. */
export const runs = { numRuns: cases, seed }
console.log(`laws of plans: ${cases} cases, seed ${seed}`)

const names = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta']
const uuid = (n: number): string => `019f0000-0000-7000-8000-${String(n).padStart(12, '0')}`

const settings = fc.constantFrom(
  { type: 'text' },
  { type: 'text', maxLength: 50, unique: true },
  { type: 'text', required: true, default: 'x' },
  { type: 'integer', indexed: true },
  { type: 'integer', required: true },
  { type: 'decimal', precision: 10, scale: 2 },
  { type: 'decimal', precision: 12, scale: 2 },
  { type: 'money' },
  { type: 'boolean', required: true, default: false },
  { type: 'date' },
  { type: 'datetime' },
  { type: 'choice', options: [{ value: 'a' }, { value: 'b' }] },
  { type: 'uuid' },
  { type: 'autonumber', pattern: 'A-{000}', unique: true },
  { type: 'lookup', onDelete: 'clear' },
  { type: 'lookup', onDelete: 'cascade' },
  { type: 'lookup', several: true },
)

const fieldsOf = (entity: number) =>
  fc
    .tuple(
      fc.shuffledSubarray(names),
      fc.shuffledSubarray([1, 2, 3, 4, 5, 6]),
      fc.array(settings, { minLength: 6, maxLength: 6 }),
      fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
    )
    .map(([called, ids, kinds, targets]) =>
      called
        .slice(0, ids.length)
        .map((name, i) => ({ name, id: uuid(entity * 100 + ids[i]!), settings: kinds[i]!, target: targets[i]! })),
    )

/** Definitions of up to four entities that obey every check. */
export const definitions: fc.Arbitrary<Definition[]> = fc
  .tuple(
    fc.shuffledSubarray(['one', 'two', 'three', 'four']),
    fc.shuffledSubarray([1, 2, 3, 4]),
    fc.tuple(fieldsOf(1), fieldsOf(2), fieldsOf(3), fieldsOf(4)),
    fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  )
  .map(([called, ids, fields, owned, keyed]) => {
    const entities = called.slice(0, ids.length)
    return entities.map((name, i): Definition => {
      const id = ids[i]!
      const own = fields[id - 1]!.map(({ settings: { several, ...rest }, target, ...field }: Drawn) => ({
        ...field,
        ...rest,
        ...(rest.type === 'lookup'
          ? { target: several === true ? [entities[target % entities.length]!] : entities[target % entities.length]! }
          : {}),
      }))
      const keyable = own.find((field) => field.type === 'integer' || field.type === 'date')
      const keys =
        keyed[i] === true && keyable !== undefined
          ? [{ id: uuid(id * 100 + 50), name: 'key', fields: [keyable.name] }]
          : []
      return {
        kind: 'entity',
        name,
        id: uuid(id),
        ownership: owned[i] === true ? 'user' : 'organization',
        fields: own,
        keys,
      } as unknown as Definition
    })
  })

type Drawn = {
  readonly name: string
  readonly id: string
  readonly target: number
  readonly settings: { readonly type: string; readonly several?: boolean }
}

/** A model of such definitions. */
export const models: fc.Arbitrary<Model> = definitions.map((drawn) => buildModel(drawn, 1))
