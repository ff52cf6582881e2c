// Random requests over a world: names that are hidden from some come as often as others, records come from everywhere.
import type { Random } from '../support/random.ts'
import type { Condition, Path, Plain } from './condition.ts'
import type { Person } from './person.ts'
import { opens, reaches } from './rights.ts'
import type { State } from './state.ts'
import type { Aggregate, Expand, Options, Read, Request, Sort, Values, Write } from './request.ts'
import { idKinds, idOf } from './id.ts'
import { drawLookup, drawValue, ownersIn } from './records.ts'
import { words } from './word.ts'
import type { World } from './world.ts'

const numbers = ['number', 'twice']

interface Drawing {
  readonly random: Random
  readonly world: World
  readonly state: State
  /** Who will ask; most requests are about what they have something to do with. */
  readonly person?: Person | undefined
}

/** Draws a request. `fresh` numbers the records it may make. */
export function drawRequest(drawing: Drawing, fresh: number): Request {
  const { random } = drawing
  return random.weighted<() => Request>([
    [30, () => drawList(drawing)],
    [8, () => drawGet(drawing)],
    [8, () => ({ kind: 'count', entity: drawEntity(drawing), options: countOptions(drawing) })],
    [10, () => drawGroup(drawing)],
    [5, () => drawWay(drawing)],
    [3, () => drawValueOf(drawing)],
    [2, () => ({ kind: 'export', entity: drawEntity(drawing) })],
    [3, () => ({ kind: 'find', text: random.pick(words) })],
    [2, () => ({ kind: 'batch', of: [drawList(drawing), drawGet(drawing), drawGroup(drawing)] })],
    [9, () => drawCreate(drawing, fresh)],
    [12, () => drawUpdate(drawing, 'update')],
    [3, () => (random.chance(0.5) ? drawUpdate(drawing, 'upsert') : { ...drawCreate(drawing, fresh), kind: 'upsert' })],
    [4, () => ({ kind: 'delete', ...drawRecord(drawing) })],
    [4, () => drawLink(drawing)],
    [4, () => drawShare(drawing)],
    [3, () => drawBulk(drawing)],
  ])()
}

function drawEntity({ random, world, person }: Drawing): string {
  const open = person === undefined ? [] : world.drawn.filter((entity) => opens(person, 'read', entity))
  return random.pick(open.length > 0 && random.chance(0.7) ? open : world.drawn)
}

/** A record of an entity; sometimes one that is nowhere. */
function drawRecord(drawing: Drawing, entity = drawEntity(drawing)): { entity: string; id: string } {
  const { random, world, state, person } = drawing
  const all = state.all(entity)
  // What was shared with somebody is theirs to do something with.
  const given = state.shares.filter((share) => share.entity === entity && person?.receivers.has(share.to) === true)
  if (given.length > 0 && random.chance(0.2)) return { entity, id: random.pick(given).record }
  const seen =
    person !== undefined && random.chance(0.7) ? all.filter((rec) => reaches(state, person, 'read', rec)) : []
  const some = seen.length > 0 ? seen : all
  const none = some.length === 0 || random.chance(0.05)
  return { entity, id: none ? idOf(idKinds.record + world.drawn.indexOf(entity), 999) : random.pick(some).id }
}

/** Fields one can ask for their value: not those behind lookups. */
function plainNames({ state }: Drawing, entity: string): string[] {
  return state.world.things.get(entity)!.parts.flatMap(({ name, type }) => (type === 'lookup' ? [] : [name]))
}

function wireNames({ state }: Drawing, entity: string): string[] {
  const { parts, owned } = state.world.things.get(entity)!
  const own = parts.flatMap(({ name, type, targets }) =>
    type !== 'lookup' ? [name] : targets!.length > 1 ? [`${name}_id`, `${name}_type`] : [`${name}_id`],
  )
  return owned ? [...own, 'owner_id', 'owning_unit_id'] : own
}

/** A path over up to two lookups. */
function drawPath(drawing: Drawing, entity: string, end: (names: readonly string[]) => string): Path {
  const { random, state } = drawing
  let at = entity
  const path: string[] = []
  while (path.length < 2 && random.chance(path.length === 0 ? 0.3 : 0.2)) {
    const lookup = random.pick(state.world.lookups(at))
    path.push(lookup)
    at = state.world.lookup(at, lookup)!.target
  }
  return [...path, end(plainNames(drawing, at))]
}

function drawFilter(drawing: Drawing, entity: string, depth = 2): Condition {
  const { random, state } = drawing
  return random.weighted<() => Condition>([
    [8, () => drawComparison(drawing, entity)],
    [
      depth > 0 ? 2 : 0,
      () => ({
        op: random.pick(['and', 'or']),
        of: [drawFilter(drawing, entity, depth - 1), drawFilter(drawing, entity, depth - 1)],
      }),
    ],
    [depth > 0 ? 1 : 0, () => ({ op: 'not', of: drawFilter(drawing, entity, depth - 1) })],
    [
      depth > 0 && state.world.collections(entity).length > 0 ? 2 : 0,
      () => {
        const through = random.pick(state.world.collections(entity))
        const target = state.world.collection(entity, through)!.entity
        return { op: random.pick(['some', 'every']), through, of: drawComparison(drawing, target) }
      },
    ],
  ])()
}

function drawComparison(drawing: Drawing, entity: string): Condition {
  const { random, state } = drawing
  const path = drawPath(drawing, entity, (names) => random.pick(names))
  const end = path.slice(0, -1).reduce((at, name) => state.world.lookup(at, name)!.target, entity)
  const part = state.world.part(end, path.at(-1)!)!
  const sample = sampleOf(drawing, end, part.name)
  const isText = typeof sample === 'string' && part.type !== 'date'
  if (isText && part.type !== 'choice' && random.chance(0.4))
    return { op: 'contains', path, text: random.pick(words).slice(0, 3) }
  if (part.type === 'boolean' || part.type === 'choice' || sample === null)
    return { op: 'is', path, by: random.pick(['eq', 'ne']), value: sample }
  if (random.chance(0.15)) return { op: 'among', path, values: [sample, sampleOf(drawing, end, part.name) ?? sample] }
  return { op: 'is', path, by: random.pick(['eq', 'ne', 'lt', 'le', 'gt', 'ge']), value: sample }
}

/** A value that some record could have in a field. */
function sampleOf({ random, state }: Drawing, entity: string, name: string): Plain {
  const part = state.world.part(entity, name)!
  if (part.gather !== undefined) return random.whole(0, 8)
  if (part.calc !== undefined) {
    if ('twice' in part.calc) return random.whole(0, 7) * 2
    return part.calc.field === 'number' ? random.whole(0, 7) : random.pick(words)
  }
  return drawValue(random, part)
}

function drawSort(drawing: Drawing, entity: string): Sort[] {
  const { random } = drawing
  // Booleans, choices and money have orders of their own; the last key makes the order one.
  const sortable = (names: readonly string[]) =>
    random.pick(names.filter((name) => !['kind', 'flag', 'email'].includes(name)))
  const keys = Array.from({ length: random.whole(1, 2) }, () => ({
    path: drawPath(drawing, entity, sortable),
    descending: random.chance(0.4),
  }))
  return [...keys, { path: ['id'], descending: false }]
}

function drawOptions(drawing: Drawing, entity: string, depth: number): Options {
  const { random, state } = drawing
  const sort = random.chance(0.5) ? drawSort(drawing, entity) : undefined
  const select = random.chance(0.7) ? random.some(wireNames(drawing, entity), 1, 5) : undefined
  const compute = random.chance(0.08) ? { of: random.pick(numbers), as: 'threefold' } : undefined
  const ways = [
    ...state.world.lookups(entity).map((name) => ({ name, many: false, to: state.world.lookup(entity, name)!.target })),
    ...state.world
      .collections(entity)
      .map((name) => ({ name, many: true, to: state.world.collection(entity, name)!.entity })),
  ]
  const expand =
    depth > 0 && random.chance(0.35)
      ? random.some(ways, 1, 2).map(({ name, many, to }): Expand => {
          const inner = drawOptions(drawing, to, depth - 1)
          const { select: columns, expand: deeper } = inner
          const one = {
            ...(columns === undefined ? {} : { select: columns }),
            ...(deeper === undefined ? {} : { expand: deeper }),
          }
          return { name, many, options: many ? forCollection(inner) : one }
        })
      : undefined
  return {
    ...(select === undefined ? {} : { select: compute === undefined ? select : [...select, compute.as] }),
    ...(compute === undefined || select === undefined ? {} : { compute }),
    ...(random.chance(0.5) ? { filter: drawFilter(drawing, entity) } : {}),
    ...(sort === undefined ? {} : { sort }),
    ...(sort !== undefined && random.chance(0.3) ? { top: random.whole(1, 5) } : {}),
    ...(sort !== undefined && random.chance(0.2) ? { skip: random.whole(1, 3) } : {}),
    ...(random.chance(0.25) ? { count: true } : {}),
    ...(random.chance(0.15) ? { search: random.pick(words) } : {}),
    ...(expand === undefined ? {} : { expand }),
  }
}

/** A list inside a record stands in the order that is asked for, so one is asked for. */
function forCollection({ search: _search, compute: _compute, select, ...options }: Options): Options {
  return {
    ...options,
    sort: options.sort ?? [{ path: ['id'], descending: false }],
    ...(select === undefined ? {} : { select: select.filter((name) => name !== 'threefold') }),
  }
}

function drawList(drawing: Drawing): Read {
  const entity = drawEntity(drawing)
  const options = drawOptions(drawing, entity, 2)
  const { random } = drawing
  return { kind: 'list', entity, options, ...(random.chance(0.15) ? { pages: random.whole(2, 5) } : {}) }
}

function drawGet(drawing: Drawing): Read {
  const at = drawRecord(drawing)
  const { select, expand } = drawOptions(drawing, at.entity, 2)
  const columns = select?.filter((name) => name !== 'threefold')
  return {
    kind: 'get',
    ...at,
    options: { ...(columns === undefined ? {} : { select: columns }), ...(expand === undefined ? {} : { expand }) },
  }
}

function countOptions(drawing: Drawing): Options {
  const { random, world } = drawing
  void world
  return random.chance(0.2) ? {} : random.chance(0.3) ? { search: random.pick(words) } : {}
}

function drawGroup(drawing: Drawing): Read {
  const { random } = drawing
  const entity = drawEntity(drawing)
  const keys = ['kind', 'flag', 'note', 'number', 'twice', 'day']
  const by = Array.from({ length: random.whole(0, 2) }, () =>
    drawPath(drawing, entity, (names) => random.pick(names.filter((name) => keys.includes(name)))),
  )
  const aggregates: Aggregate[] = Array.from({ length: random.whole(1, 2) }, () =>
    random.chance(0.4)
      ? 'count'
      : {
          of: random.pick(['number', 'twice', 'many']),
          by: random.pick(['sum', 'min', 'max', 'countdistinct'] as const),
        },
  )
  const different = by.filter((path, i) => by.findIndex((other) => other.join() === path.join()) === i)
  const fields = aggregates.map((each) =>
    each !== 'count' && drawing.state.world.part(entity, each.of) === undefined ? ('count' as const) : each,
  )
  return {
    kind: 'group',
    entity,
    by: different,
    aggregates: fields,
    ...(random.chance(0.4) ? { filter: drawFilter(drawing, entity) } : {}),
  }
}

function drawWay(drawing: Drawing): Read {
  const { random, state } = drawing
  const at = drawRecord(drawing)
  const many = random.chance(0.5) && state.world.collections(at.entity).length > 0
  const name = random.pick(many ? state.world.collections(at.entity) : state.world.lookups(at.entity))
  return { kind: 'way', ...at, name, many }
}

function drawValueOf(drawing: Drawing): Read {
  const at = drawRecord(drawing)
  return { kind: 'value', ...at, name: drawing.random.pick(plainNames(drawing, at.entity)) }
}

// ---- writes ---------------------------------------------------------------------------------------------------------

function drawValues(drawing: Drawing, entity: string, least: number, most: number): Record<string, Plain> {
  const { random, state } = drawing
  const { parts } = state.world.things.get(entity)!
  const values: Record<string, Plain> = {}
  for (const part of random.some(parts, least, most)) {
    if (part.calc !== undefined || part.gather !== undefined) {
      if (random.chance(0.1)) values[part.name] = 1
      continue
    }
    if (part.type !== 'lookup') {
      values[part.name] = part.type === 'text' && random.chance(0.05) ? '•••••mber' : drawValue(random, part)
      continue
    }
    const led = drawLookup(random, state, part, {
      entity,
      id: '',
      values: {},
      owner: null,
      ownerType: null,
      unit: null,
    })
    if (part.name === 'above') continue
    const id = led[part.name] ?? null
    values[`${part.name}_id`] = random.chance(0.03) && id !== null ? idOf(idKinds.record, 999) : id
    if (part.targets!.length > 1 && id !== null) values[`${part.name}_type`] = led[`${part.name}_type`]!
  }
  return values
}

function drawOwner({ random, state }: Drawing): Values {
  const access = state.all('team').filter(({ values }) => values['kind'] === 'access')
  if (random.chance(0.1)) return { owner_id: access[0]!.id, owner_type: 'team' }
  // A team that only gives access owns nothing, whoever tries.
  const wrong = access.flatMap(({ id }) => Array.from({ length: 4 }, () => ({ id, type: 'team' as const })))
  const { id, type } = random.pick([...ownersIn(state), ...wrong])
  return { owner_id: id, owner_type: type }
}

function drawCreate(drawing: Drawing, fresh: number): Extract<Write, { kind: 'create' }> {
  const { random, world, state } = drawing
  const entity = drawEntity(drawing)
  const { owned } = state.world.things.get(entity)!
  const name: Values = random.chance(0.95) ? { name: `${random.pick(words)} ${String(fresh).padStart(4, '0')}` } : {}
  return {
    kind: 'create',
    entity,
    id: idOf(idKinds.record + world.drawn.indexOf(entity), 1000 + fresh),
    values: {
      ...drawValues(drawing, entity, 0, 5),
      ...name,
      ...(owned && random.chance(0.3) ? drawOwner(drawing) : {}),
    },
  }
}

function drawUpdate(drawing: Drawing, kind: 'update' | 'upsert'): Write {
  const { random, state } = drawing
  const at = drawRecord(drawing)
  const { owned } = state.world.things.get(at.entity)!
  const gives = owned && random.chance(0.35)
  const values = gives && random.chance(0.6) ? {} : drawValues(drawing, at.entity, 1, 3)
  const kept = kind === 'upsert' && state.find(at.entity, at.id) === undefined ? { ...values, name: 'amber' } : values
  return { kind, ...at, values: { ...kept, ...(gives ? drawOwner(drawing) : {}) } }
}

function drawLink(drawing: Drawing): Write {
  const { random, state } = drawing
  const [bond] = state.world.bonds
  const side = random.pick([bond!.from, bond!.to])
  const other = side === bond!.from ? bond!.to : bond!.from
  const to = drawRecord(drawing, other.entity).id
  return { kind: random.pick(['link', 'link', 'unlink']), ...drawRecord(drawing, side.entity), name: side.name, to }
}

function drawShare(drawing: Drawing): Write {
  const { random, state } = drawing
  const at = drawRecord(drawing)
  const to = random.pick([...state.all('user'), ...state.all('team')]).id
  const there = state.shares.filter(({ over }) => !over)
  if (random.chance(0.3) && there.length > 0) {
    const { entity, record, to: receiver } = random.pick(there)
    return { kind: 'unshare', entity, id: record, to: receiver }
  }
  const rights = random.some(['read', 'write', 'delete', 'assign', 'share', 'append', 'append_to'], 1, 3)
  return { kind: 'share', ...at, to, rights }
}

function drawBulk(drawing: Drawing): Write {
  const { random, state } = drawing
  const entity = drawEntity(drawing)
  const rows = random
    .some(state.all(entity), 1, 3)
    .map(({ id }) => ({ id, ...drawValues(drawing, entity, 1, 2) }))
    .filter((row) => Object.keys(row).length > 1)
  if (rows.length === 0) return drawUpdate(drawing, 'update')
  return { kind: 'bulk', entity, rows }
}
