// Is what is remembered of earlier changes only faster? Random walks through changes of the real solutions, sound and unsound: at
// each step the check, the model, its tables and the steps to them are the same as from scratch, over definitions nobody saw.
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import { identify } from '@peyvand/core/model/identify.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { diff } from '@peyvand/core/plan/diff.ts'
import { canonical } from '@peyvand/core/plan/tables.ts'
import { target } from '@peyvand/core/plan/target.ts'
import { merge } from '@peyvand/core/solution/merge.ts'
import { checkExpression } from '@peyvand/runtime/meta/expression.ts'
import { readSolutions } from '@peyvand/runtime/meta/solution.ts'
import { cases, seed } from '../support/law.ts'
import { randomFrom, type Random } from '../support/random.ts'

const steps = Math.max(50, Math.round(cases / 20))
const solutions = fileURLToPath(new URL('../../solutions', import.meta.url))

type Fields = JsonObject[]
const fieldsOf = (definition: JsonObject): Fields => definition['fields'] as Fields
const text = (value: unknown): string => String(value)

/** One random change of one definition; some leave the definitions unsound. */
const changes: readonly ((random: Random, all: readonly JsonObject[], step: number) => JsonObject[])[] = [
  (random, all, step) =>
    withField(random, all, { name: `plain_${step}`, type: 'text', ...(random.chance(0.3) ? { indexed: true } : {}) }),
  (random, all, step) => withField(random, all, { name: `count_${step}`, type: 'integer', required: true, default: 1 }),
  (random, all, step) => {
    const other = random.pick(entitiesOf(all))
    const inverse: JsonObject = random.chance(0.4) ? { inverse: random.pick(['contacts', 'back', 'lines']) } : {}
    return withField(random, all, { name: `to_${step}`, type: 'lookup', target: text(other['name']), ...inverse })
  },
  (random, all, step) => {
    const [from, to] = [random.pick(entitiesOf(all)), random.pick(entitiesOf(all))]
    const path = `${text(random.pick(fieldsOf(from))['name'])}.${text(random.pick(fieldsOf(to))['name'])}`
    const expression = random.pick([
      `size(${path}) > 0`,
      `${path} == null`,
      `${text(random.pick(fieldsOf(from))['name'])} == null`,
    ])
    const field = {
      name: `worked_${step}`,
      type: 'formula',
      returns: 'boolean',
      expression,
      indexed: random.chance(0.3),
    }
    return all.map((one) => (one === from ? { ...one, fields: [...fieldsOf(one), field] } : one))
  },
  (random, all, step) => {
    const child = random.pick(entitiesOf(all))
    const lookup = fieldsOf(child).find(({ type, target: to }) => type === 'lookup' && typeof to === 'string')
    if (lookup === undefined) return [...all]
    const field = {
      name: `sum_${step}`,
      type: 'rollup',
      entity: text(child['name']),
      via: text(lookup['name']),
      aggregate: 'count',
    }
    return all.map((one) =>
      one['kind'] === 'entity' && one['name'] === lookup['target']
        ? { ...one, fields: [...fieldsOf(one), field] }
        : one,
    )
  },
  (random, all) => {
    const entity = random.pick(entitiesOf(all))
    const gone = random.pick(fieldsOf(entity))
    return all.map((one) =>
      one === entity ? { ...one, fields: fieldsOf(one).filter((field) => field !== gone) } : one,
    )
  },
  (random, all, step) => {
    const entity = random.pick(entitiesOf(all))
    const renamed = random.pick(fieldsOf(entity))
    const fields = fieldsOf(entity).map((field) => (field === renamed ? { ...field, name: `named_${step}` } : field))
    return all.map((one) => (one === entity ? { ...one, fields } : one))
  },
  (random, all) => {
    const entity = random.pick(entitiesOf(all))
    return all.map((one) => (one === entity ? { ...one, ownership: random.pick(['user', 'organization']) } : one))
  },
  (random, all) => {
    const entity = random.pick(entitiesOf(all))
    const set = random.chance(0.5) ? 'accounts' : `${text(entity['name'])}_list`
    return all.map((one) => (one === entity ? { ...one, entitySet: set } : one))
  },
  (random, all) => {
    const gone = someOf(random, all, random.pick(['view', 'form', 'role', 'app', 'choice', 'relationship']))
    return all.filter((one) => one !== gone)
  },
  (random, all) => {
    const view = someOf(random, all, 'view')
    const sort = [{ field: random.pick(['name', 'created_at', 'owner', 'account.name']) }]
    return all.map((one) => (one === view ? { ...one, sort } : one))
  },
  (random, all, step) => {
    const entity = text(random.pick(entitiesOf(all))['name'])
    return [
      ...all,
      { kind: 'view', name: `list_${step}`, entity, columns: [{ field: random.pick(['name', 'id', 'created_at']) }] },
    ]
  },
  (random, all, step) => {
    const [from, to] = [random.pick(entitiesOf(all)), random.pick(entitiesOf(all))]
    return [
      ...all,
      {
        kind: 'relationship',
        name: `link_${step}`,
        from: { entity: text(from['name']) },
        to: { entity: text(to['name']) },
      },
    ]
  },
  (random, all, step) => {
    const entity = text(random.pick(entitiesOf(all))['name'])
    const reach = random.pick(['own', 'unit', 'all'])
    return [
      ...all,
      {
        kind: 'role',
        name: `role_${step}`,
        grants: [{ entity, read: reach, rule: random.pick(["name != ''", 'owner == me()']) }],
      },
    ]
  },
  (random, all) => {
    const choice = someOf(random, all, 'choice')
    return all.map((one) =>
      one === choice ? { ...one, options: ((one['options'] ?? []) as JsonObject[]).slice(1) } : one,
    )
  },
  (_random, all, step) => [...all, { kind: 'entity', name: `extra_${step}`, fields: [{ name: 'name', type: 'text' }] }],
]

/** One of a kind that is there; an entity where there is none. */
function someOf(random: Random, all: readonly JsonObject[], kind: string): JsonObject {
  const some = all.filter((one) => one['kind'] === kind)
  return random.pick(some.length > 0 ? some : entitiesOf(all))
}

/** Entities that have fields to change. */
function entitiesOf(all: readonly JsonObject[]): JsonObject[] {
  return all.filter((one) => one['kind'] === 'entity' && fieldsOf(one).length > 0)
}

function withField(random: Random, all: readonly JsonObject[], field: JsonObject): JsonObject[] {
  const entity = random.pick(entitiesOf(all))
  return all.map((one) => (one === entity ? { ...one, fields: [...fieldsOf(one), field] } : one))
}

const check = (definitions: readonly JsonObject[]): string[] =>
  checkDefinitions(definitions, { expression: checkExpression }).map(({ pointer, message }) => `${pointer} ${message}`)
const plainModel = (model: Model): string =>
  JSON.stringify(model, (_key, value: unknown) => (value instanceof Map ? [...value] : value))

describe('incremental = from scratch', () => {
  it('over random changes of the solutions', { timeout: 1_200_000 }, async () => {
    console.log(`law "incremental = from scratch": ${steps} steps, seed ${seed}`)
    const random = randomFrom(seed)
    let ids = 0
    const named = (all: readonly JsonObject[], before: readonly JsonObject[]): JsonObject[] =>
      identify(
        all as never,
        before as never,
        () => `019f0000-0000-7000-8000-${String(ids++).padStart(12, '0')}`,
      ) as never
    const layers = await readSolutions(solutions, ['crm'])
    let now = named(merge(layers.map(({ manifest: { name }, definitions }) => ({ name, definitions }))).definitions, [])
    expect(check(now)).toEqual([])
    let [sound, unsound] = [0, 0]
    for (let step = 0; step < steps; step++) {
      const wanted = named(random.pick(changes)(random, now, step), now)
      const fresh = structuredClone(wanted)
      const found = check(wanted)
      expect(found, `step ${step}`).toEqual(check(fresh))
      if (found.length > 0) {
        unsound++
        continue
      }
      sound++
      const [before, scratch] = [
        buildModel(now as unknown as Definition[], 1),
        buildModel(structuredClone(now) as unknown as Definition[], 1),
      ]
      const [model, whole] = [
        buildModel(wanted as unknown as Definition[], 2),
        buildModel(fresh as unknown as Definition[], 2),
      ]
      expect(plainModel(model) === plainModel(whole), `the model of step ${step}`).toBe(true)
      expect(canonical(target(model)) === canonical(target(whole)), `the tables of step ${step}`).toBe(true)
      expect(diff(target(before), target(model)), `step ${step}`).toEqual(diff(target(scratch), target(whole)))
      now = wanted
    }
    console.log(`${sound} sound steps, ${unsound} unsound`)
    expect(Math.min(sound, unsound)).toBeGreaterThan(steps / 10)
  })
})
