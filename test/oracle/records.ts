// The records of a random world: values, owners, links and shares.
import type { Random } from '../support/random.ts'
import type { Plain } from './condition.ts'
import { idKinds, idOf } from './id.ts'
import type { Bond, OwnerType, Part, State } from './state.ts'
import { choices, days, words } from './word.ts'

/** A value of a field as somebody could give it. */
export function drawValue(random: Random, part: Part): Plain {
  if (part.required !== true && random.chance(0.2)) return null
  switch (part.type) {
    case 'integer':
      return random.whole(0, 7)
    case 'decimal':
    case 'money':
      return random.whole(0, 40) / 4
    case 'date':
      return random.pick(days)
    case 'choice':
      return random.pick(choices)
    case 'boolean':
      return random.chance(0.5)
    default:
      if (part.name === 'email') return `${random.pick(words)}@${random.pick(words)}.example`
      return random.chance(0.3) ? `${random.pick(words)} ${random.pick(words)}` : random.pick(words)
  }
}

/** Who could own a record, of what type and in which unit. */
export function ownersIn(state: State): { id: string; type: OwnerType; unit: string | null }[] {
  const of = (type: OwnerType) =>
    state.all(type).map(({ id, values }) => ({ id, type, unit: (values['unit'] ?? null) as string | null }))
  return [
    ...of('user'),
    ...of('team').filter(({ id }) => state.find('team', id)!.values['kind'] !== 'access'),
    ...of('queue'),
  ]
}

/** Values of lookups among the records that are there, so that no ring comes about. */
function drawLookup(random: Random, state: State, part: Part): Record<string, Plain> {
  const several = part.targets!.length > 1
  const target = random.pick(part.targets!)
  const some = state.all(target)
  const none = some.length === 0 || random.chance(0.2)
  const id = none ? null : random.pick(some).id
  return { [part.name]: id, ...(several ? { [`${part.name}_type`]: id === null ? null : target } : {}) }
}

/** Records of an entity, with whoever owns them. */
export function drawRecords(random: Random, state: State, entity: string, names: readonly string[]): void {
  const thing = state.world.things.get(entity)!
  const kind = idKinds.record + names.indexOf(entity)
  const count = random.whole(6, 14)
  for (let n = 1; n <= count; n++) {
    const id = idOf(kind, n)
    const owner = thing.owned ? random.pick(ownersIn(state)) : undefined
    const values: Record<string, Plain> = {}
    for (const part of thing.parts) {
      if (part.calc !== undefined || part.gather !== undefined) continue
      if (part.type === 'lookup') Object.assign(values, drawLookup(random, state, part))
      else values[part.name] = drawValue(random, part)
    }
    state.put({
      entity,
      id,
      values,
      owner: owner?.id ?? null,
      ownerType: owner?.type ?? null,
      unit: owner?.unit ?? null,
    })
  }
}

/** Some people are a contact. */
export function drawPortal(random: Random, state: State): void {
  for (const user of state.all('user')) {
    const [contact] = random.some(state.all('contact'), 1, 1)
    if (contact !== undefined && random.chance(0.5)) user.values['contact'] = contact.id
  }
}

/** Links of many with many. */
export function drawLinks(random: Random, state: State, bond: Bond): void {
  for (const from of state.all(bond.from.entity))
    for (const to of random.some(state.all(bond.to.entity), 0, 2)) state.links.push([bond.name, from.id, to.id])
}

/** Shares of some records, some of them over. */
export function drawShares(random: Random, state: State, names: readonly string[]): void {
  const rights = ['read', 'write', 'delete', 'assign', 'share', 'append', 'append_to']
  const to = [...state.all('user').filter(({ values }) => values['state'] === 'active'), ...state.all('team')]
  for (const entity of names) {
    if (!state.world.things.get(entity)!.owned) continue
    for (const record of random.some(state.all(entity), 1, 5)) {
      const receiver = random.pick(to)
      state.shares.push({
        entity,
        record: record.id,
        to: receiver.id,
        rights: ['read', ...random.some(rights.slice(1), 0, 4)],
        over: random.chance(0.2),
      })
    }
  }
}
