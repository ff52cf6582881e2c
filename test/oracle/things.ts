// The entities of a random world, and how they are published.
import type { Random } from '../support/random.ts'
import { printCel, type Condition } from './condition.ts'
import type { Part, Thing } from './state.ts'
import { choices } from './word.ts'

/** Entities with fields of many kinds, and ways between them. */
export function drawThings(random: Random, names: readonly string[]): Thing[] {
  const first = names.map((name, i): Thing => {
    const to = random.pick(names.slice(0, i + 1))
    const about = random.some(names, 2, 3)
    const parts: Part[] = [
      { name: 'name', type: 'text', required: true, searched: true },
      { name: 'number', type: 'integer' },
      { name: 'note', type: 'text', searched: true },
      { name: 'email', type: 'text', searched: true },
      { name: 'price', type: 'money' },
      { name: 'cost', type: 'decimal' },
      { name: 'day', type: 'date' },
      { name: 'kind', type: 'choice' },
      { name: 'flag', type: 'boolean' },
      {
        name: 'above',
        type: 'lookup',
        targets: [name],
        inverse: 'below',
        onDelete: random.pick(['clear', 'restrict']),
      },
      {
        name: 'other',
        type: 'lookup',
        targets: [to],
        inverse: `${name}_others`,
        onDelete: random.pick(['clear', 'restrict', 'cascade']),
      },
      { name: 'about', type: 'lookup', targets: about, inverse: `${name}_about`, onDelete: 'clear' },
      ...(name === 'contact'
        ? [{ name: 'account', type: 'lookup', targets: ['account'], inverse: 'contacts', onDelete: 'clear' } as const]
        : []),
      { name: 'twice', type: 'formula', calc: { twice: 'number' } },
      { name: 'far', type: 'formula', calc: { through: 'other', field: random.pick(['name', 'note', 'number']) } },
    ]
    return { name, set: `${name}s`, owned: i < 2 || random.chance(0.75), parts }
  })
  return first.map((thing) => ({ ...thing, parts: [...thing.parts, ...drawRollups(random, thing, first)] }))
}

function drawRollups(random: Random, { name }: Thing, things: readonly Thing[]): Part[] {
  const ways = things.flatMap(({ name: from, parts }) =>
    parts.flatMap((part) => (part.type === 'lookup' && part.targets!.includes(name) ? [{ from, via: part.name }] : [])),
  )
  if (ways.length === 0) return []
  const filter: Condition = { op: 'is', path: ['number'], by: 'ge', value: 3 }
  const [one, two] = [random.pick(ways), random.pick(ways)]
  return [
    { name: 'many', type: 'rollup', gather: { entity: one.from, via: one.via, aggregate: 'count' } },
    {
      name: 'total',
      type: 'rollup',
      gather: {
        entity: two.from,
        via: two.via,
        aggregate: random.pick(['sum', 'max']),
        field: 'number',
        ...(random.chance(0.5) ? { filter } : {}),
      },
    },
  ]
}

/** What only twins have. */
export const extraFields = [
  { name: 'code', type: 'text', label: 'code', maxLength: 40, unique: true },
  { name: 'paper', type: 'file', label: 'paper' },
]

/** An entity as it is published, with some fields more. */
export function entityDefinition({ name, set, owned, parts }: Thing, more: readonly object[]): object {
  return {
    kind: 'entity',
    name,
    label: name,
    plural: set,
    entitySet: set,
    ownership: owned ? 'user' : 'organization',
    primaryField: 'name',
    audit: true,
    fields: [...parts.map(fieldDefinition), ...more],
  }
}

function fieldDefinition(part: Part): object {
  const { name, type, required, targets, inverse, onDelete, calc, gather } = part
  const base = { name, type, label: name, ...(required === true ? { required } : {}) }
  if (type === 'text') return { ...base, maxLength: 100, ...(part.searched === true ? { searchable: true } : {}) }
  if (type === 'decimal') return { ...base, precision: 12, scale: 2 }
  if (type === 'choice') return { ...base, options: choices.map((value) => ({ value, label: value })) }
  if (type === 'lookup') return { ...base, target: targets!.length > 1 ? targets : targets![0], inverse, onDelete }
  if (calc !== undefined) {
    if ('twice' in calc) return { ...base, returns: 'integer', expression: `${calc.twice} * 2` }
    return {
      ...base,
      returns: calc.field === 'number' ? 'integer' : 'text',
      expression: `${calc.through}.${calc.field}`,
    }
  }
  if (gather === undefined) return base
  const { filter, ...rest } = gather
  return { ...base, ...rest, ...(filter === undefined ? {} : { filter: printCel(filter) }) }
}
