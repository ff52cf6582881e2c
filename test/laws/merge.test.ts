// Do layers keep their laws: it does not matter in which order neighbours are laid over each other, taking the top layer
// away restores what was, and the customer's changes said as a layer give the customer's definitions?
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import { diff, same } from '@peyvand/core/solution/diff.ts'
import { keyOf, merge, stack } from '@peyvand/core/solution/merge.ts'
import { pack, unpack } from '@peyvand/core/solution/pack.ts'
import { runs } from './models.ts'

const label = fc.option(
  fc.oneof(fc.constantFrom('A', 'B'), fc.dictionary(fc.constantFrom('en', 'fa', 'ru'), fc.constantFrom('x', 'y'))),
  { nil: undefined },
)
const named = fc.constantFrom('a', 'b', 'c', 'd')
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined, freq: 3 })
const parts = (item: fc.Arbitrary<Record<string, unknown>>, by = 'name') =>
  fc.uniqueArray(item, { selector: (part) => part[by], maxLength: 4 })
const marks = fc.constantFrom<Record<string, boolean>>({}, {}, {}, {}, { remove: true }, { replace: true })

/** Drops what is undefined, so that the documents are JSON. */
const json = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject

const field = fc.record({
  name: named,
  type: fc.constantFrom('text', 'choice'),
  label,
  maxLength: maybe(fc.nat(9)),
  options: maybe(parts(fc.record({ value: named, label }), 'value')),
})
const entity = fc.record({
  kind: fc.constant('entity'),
  name: fc.constantFrom('car', 'trip'),
  label,
  primaryField: maybe(named),
  fields: parts(field),
  keys: maybe(parts(fc.record({ name: named, fields: fc.constant(['a']) }))),
})
const section = fc.record({
  name: named,
  label,
  columns: maybe(fc.nat(3)),
  controls: parts(fc.record({ field: named, span: maybe(fc.nat(4)) }), 'field'),
})
const form = fc.record({
  kind: fc.constant('form'),
  name: fc.constantFrom('main', 'short'),
  entity: fc.constant('car'),
  header: maybe(fc.uniqueArray(named)),
  tabs: parts(fc.record({ name: named, label, sections: parts(section) })),
})

/** Whole definitions, without markers. */
const whole = fc
  .uniqueArray(fc.oneof(entity, form), { selector: (one) => `${one.kind}/${one.name}`, maxLength: 4 })
  .map((list) => list.map(json))

/** What to add to a list of values. */
const addition = fc
  .record({ add: fc.array(named), first: fc.array(named) }, { requiredKeys: [] })
  .filter((one) => Object.keys(one).length > 0)

/** What a layer may say: whole or partial definitions, with markers on definitions and parts. */
const patch = fc
  .uniqueArray(
    fc.oneof(
      fc.record({
        kind: fc.constant('entity'),
        name: fc.constantFrom('car', 'trip'),
        label,
        primaryField: maybe(named),
        fields: maybe(parts(fc.tuple(field, marks).map(([one, mark]) => ({ ...one, ...mark })))),
        keys: fc.option(parts(fc.record({ name: named })), { nil: null }),
        more: marks,
      }),
      fc.record({
        kind: fc.constant('form'),
        name: fc.constantFrom('main', 'short'),
        header: fc.option(fc.oneof(fc.uniqueArray(named), addition, addition), { nil: null, freq: 4 }),
        tabs: maybe(
          parts(
            fc
              .tuple(fc.record({ name: named, label, sections: maybe(parts(section)) }), marks)
              .map(([one, mark]) => ({ ...one, ...mark })),
          ),
        ),
        more: marks,
      }),
    ),
    { selector: (one) => `${one.kind}/${one.name}`, maxLength: 4 },
  )
  .map((list) => list.map(({ more, ...one }) => json({ ...one, ...more })))

/** An empty list of parts says the same as none. */
function tidy(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(tidy)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) =>
      Array.isArray(inner) && inner.length === 0 ? [] : [[name, tidy(inner)]],
    ),
  )
}

const layers = (...lists: JsonObject[][]) => lists.map((definitions, i) => ({ name: `layer ${i}`, definitions }))
const byName = (list: readonly JsonObject[]) => list.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))

describe('layers', () => {
  it('(a over b) over c = a over (b over c)', () => {
    fc.assert(
      fc.property(whole, patch, patch, patch, (a, b, c, d) => {
        const all = merge(layers(a, b, c, d)).definitions
        expect(merge(layers(stack([a, b]), c, d)).definitions).toEqual(all)
        expect(merge(layers(a, stack([b, c]), d)).definitions).toEqual(all)
        expect(merge(layers(a, stack([b, c, d]))).definitions).toEqual(all)
        expect(merge(layers(stack([a, stack([b, c])]), d)).definitions).toEqual(all)
      }),
      runs,
    )
  })

  it('removing the top layer restores what was', () => {
    fc.assert(
      fc.property(whole, patch, patch, (a, b, top) => {
        const before = merge(layers(a, b))
        const frozen = JSON.stringify([a, b])
        merge(layers(a, b, top))
        expect(JSON.stringify([a, b])).toBe(frozen)
        expect(merge(layers(a, b, top).slice(0, 2))).toEqual(before)
      }),
      runs,
    )
  })

  it('merge([lower, diff(lower, wanted)]) = wanted, and nothing is said where nothing differs', () => {
    fc.assert(
      fc.property(whole, whole, (lower, wanted) => {
        const change = diff(lower, wanted)
        const merged = merge(layers(lower, change)).definitions
        expect(byName(merged).map(tidy)).toEqual(byName(wanted).map(tidy))
        expect(diff(lower, lower)).toEqual([])
        for (const definition of change) expect(lower.some((one) => same(one, definition))).toBe(false)
      }),
      runs,
    )
  })

  it('names the layers that say something, from the lowest up', () => {
    const base = [json({ kind: 'entity', name: 'car', fields: [{ name: 'a', type: 'text' }] })]
    const top = [
      json({
        kind: 'entity',
        name: 'car',
        fields: [
          { name: 'a', label: 'A' },
          { name: 'b', type: 'date' },
        ],
      }),
    ]
    const { provenance } = merge([
      { name: 'base', definitions: base },
      { name: 'custom', definitions: top },
    ])
    expect(Object.fromEntries(provenance)).toEqual({
      'entity/car': ['base', 'custom'],
      'entity/car/fields/a': ['base', 'custom'],
      'entity/car/fields/b': ['custom'],
    })
  })

  it('a layer relabels, adds and hides without repeating the rest', () => {
    const base = [
      json({
        kind: 'entity',
        name: 'car',
        label: { en: 'Car' },
        fields: [
          { name: 'name', type: 'text' },
          { name: 'year', type: 'integer' },
          { name: 'vin', type: 'text' },
        ],
      }),
    ]
    const custom = [
      json({
        kind: 'entity',
        name: 'car',
        label: { fa: 'خودرو' },
        fields: [
          { name: 'year', remove: true },
          { name: 'abc_color', type: 'text' },
        ],
        order: { fields: ['abc_color', 'vin'] },
      }),
    ]
    const { definitions } = merge(layers(base, custom))
    expect(definitions).toEqual([
      {
        kind: 'entity',
        name: 'car',
        label: { en: 'Car', fa: 'خودرو' },
        fields: [
          { name: 'name', type: 'text' },
          { name: 'abc_color', type: 'text' },
          { name: 'vin', type: 'text' },
        ],
      },
    ])
    expect(checkDefinitions(definitions)).toEqual([])
  })

  it('adds to a list of values whatever lies below', () => {
    const activity = (target: JsonValue) => [
      json({ kind: 'entity', name: 'activity', fields: [{ name: 'regarding', type: 'lookup', target }] }),
    ]
    const targets: readonly (readonly [JsonValue[], JsonValue])[] = [
      [
        [['user'], { add: ['car'] }],
        ['user', 'car'],
      ],
      [
        [['user'], { first: ['account'] }, { add: ['car'] }],
        ['account', 'user', 'car'],
      ],
      [
        [['user'], { first: ['account'] }, { first: ['car', 'user'] }],
        ['car', 'user', 'account'],
      ],
      [
        [['user', 'team'], { add: ['car', 'user'] }],
        ['user', 'team', 'car'],
      ],
      [
        ['user', { add: ['car'] }],
        ['user', 'car'],
      ],
      [[{ add: ['car'] }], ['car']],
      [[['user'], { add: ['car'] }, ['team']], ['team']],
    ]
    for (const [said, expected] of targets) {
      const [definition] = merge(layers(...said.map(activity))).definitions
      expect(definition!['fields']).toEqual([{ name: 'regarding', type: 'lookup', target: expected }])
    }
  })

  it('follows a part by its id when both layers know it', () => {
    const base = [
      json({ kind: 'entity', name: 'car', fields: [{ id: '1', name: 'year', type: 'integer', label: 'Year' }] }),
    ]
    const custom = [
      json({
        kind: 'entity',
        name: 'car',
        fields: [
          { id: '1', name: 'built' },
          { id: '2', name: 'year', type: 'date' },
        ],
      }),
    ]
    expect(merge(layers(base, custom)).definitions[0]!['fields']).toEqual([
      { id: '1', name: 'built', type: 'integer', label: 'Year' },
      { id: '2', name: 'year', type: 'date' },
    ])
  })
})

describe('packages', () => {
  it('unpack(pack(x)) = x, and the same solution gives the same files', () => {
    fc.assert(
      fc.property(whole, (definitions) => {
        const manifest = { name: 'car_park', version: '1.0.0' }
        const files = pack(manifest, definitions)
        const back = unpack(files)
        expect(back.manifest).toEqual(manifest)
        expect(byName(back.definitions)).toEqual(byName(definitions))
        expect([...pack(manifest, back.definitions)]).toEqual([...files])
      }),
      runs,
    )
  })
})
