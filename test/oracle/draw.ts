// Random requests over a world: names that are hidden from some come as often as others, records come from everywhere.
import { drawEntity, drawRecord, type Drawing } from './aim.ts'
import type { Condition, Path, Plain } from './condition.ts'
import { drawBulk, drawCreate, drawLink, drawShare, drawUpdate } from './draw-write.ts'
import { drawValue } from './records.ts'
import type { Aggregate, Expand, Options, Read, Request, Sort } from './request.ts'
import { words } from './word.ts'

const numbers = ['number', 'twice']

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
    [4, () => ({ kind: 'delete', ...drawRecord(drawing, { operation: 'delete' }) })],
    [4, () => drawLink(drawing)],
    [4, () => drawShare(drawing)],
    [3, () => drawBulk(drawing)],
  ])()
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
