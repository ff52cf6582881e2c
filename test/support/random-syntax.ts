// Random expressions over any model, well-kinded by construction: properties near and far, literals of every kind, and every
// function and operator of the registry by its own signature. A new function takes part by being there.
import { functions } from '@peyvand/core/expression/functions/index.ts'
import { comparable, type Overload } from '@peyvand/core/expression/functions/function.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import { wireOf, type Navigation, type WireEntity } from '@peyvand/core/model/wire.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { Random } from './random.ts'
import { words } from './random-model.ts'

export interface Drawing {
  readonly random: Random
  readonly model: Model
  /** Ids that records have. */
  readonly ids: readonly string[]
}

const position = 0
const path = (...names: string[]): Syntax => ({ op: 'path', names, position })
const call = (name: string, ...args: Syntax[]): Syntax => ({ op: 'call', name, args, position })
const literal = (kind: ValueKind | 'null', value: string | boolean | null): Syntax => ({
  op: 'literal',
  kind,
  value,
  position,
})

/** Written values of each kind, with the edges; kinds without an entry have no literal. */
const written: Readonly<Partial<Record<ValueKind, readonly string[]>>> = {
  text: words,
  integer: ['0', '1', '-1', '2', '7', '20', '2147483648', '9223372036854775807', '-9223372036854775808'],
  decimal: ['0.5', '-1.25', '100.50', '1.005', '99999999999999999.99', '-2.5'],
  float: ['0.1', '1e300', '5e-324', '-1.5', '9007199254740993'],
  date: ['2001-02-03', '2000-02-29', '2026-01-31', '0001-01-01', '9999-12-31', '2024-12-30'],
  time: ['00:00:00', '08:30:00', '23:59:59.999', '10:00:00.5'],
  datetime: [
    '2026-01-01T00:00:00Z',
    '2026-01-31T23:59:59.999Z',
    '1999-12-31T23:59:59-03:30',
    '2026-03-21T00:00:00+03:30',
  ],
  duration: ['PT0S', 'PT1H30M', 'P1DT2H', 'P999999D', 'PT0.001S', '-P1DT0.5S'],
  point: [
    '{"type":"Point","coordinates":[51.389,35.6892]}',
    '{"type":"Point","coordinates":[0,0]}',
    '{"type":"Point","coordinates":[-180,90]}',
  ],
}

/** Spellings that only the tree has: casts are drawn by their own rule, these two by the actor's rights alone. */
const inTreeOnly = new Set(['my_owners', 'my_units', 'my_teams', 'rounded', 'bounded', 'and', 'or', 'in'])
const casts: readonly (readonly [from: ValueKind, type: string, to: ValueKind])[] = [
  ['integer', 'Edm.String', 'text'],
  ['decimal', 'Edm.String', 'text'],
  ['boolean', 'Edm.String', 'text'],
  ['date', 'Edm.String', 'text'],
  ['uuid', 'Edm.String', 'text'],
  ['decimal', 'Edm.Int64', 'integer'],
  ['datetime', 'Edm.Date', 'date'],
  ['date', 'Edm.DateTimeOffset', 'datetime'],
]

interface Giver {
  readonly name: string
  readonly overload: Overload
  readonly written: readonly number[]
}
const givers = new Map<ValueKind, Giver[]>()
for (const { name, overloads, written: literals = [] } of functions.values()) {
  if (inTreeOnly.has(name) || name.startsWith('to_')) continue
  for (const overload of overloads) {
    if (overload.list === true) continue
    const list = givers.get(overload.gives)
    if (list) list.push({ name, overload, written: literals })
    else givers.set(overload.gives, [{ name, overload, written: literals }])
  }
}

/** Where names start: the record that is asked about, and how far the walk may still go. */
export interface Place {
  readonly wire: WireEntity
  /** The lambda's variable, when inside one. */
  readonly variable?: string
  readonly depth: number
}

/** Properties of a kind, here and one step away. */
function properties({ random, model }: Drawing, { wire, variable }: Place, kind: ValueKind): Syntax[] {
  const before = variable === undefined ? [] : [variable]
  const own = [...wire.properties.values()].filter((property) => property.kind === kind)
  const far = random.chance(0.3)
    ? singles(wire).flatMap((navigation) =>
        [...targetOf(model, navigation).properties.values()]
          .filter((property) => property.kind === kind)
          .map(({ name }) => path(...before, navigation.name, name)),
      )
    : []
  return [...own.map(({ name }) => path(...before, name)), ...far]
}

export const singles = (wire: WireEntity): Navigation[] =>
  [...wire.navigations.values()].filter(({ collection }) => !collection)
export const collections = (wire: WireEntity): Navigation[] =>
  [...wire.navigations.values()].filter(({ collection }) => collection)
export const targetOf = (model: Model, { target }: Navigation): WireEntity =>
  wireOf(model, model.entityById.get(target)!)

/** A written value of a kind. */
export function drawLiteral({ random, ids }: Drawing, kind: ValueKind): Syntax | undefined {
  if (kind === 'boolean') return literal('boolean', random.chance(0.5))
  if (kind === 'uuid') return literal('uuid', random.pick(ids))
  const list = written[kind]
  return list && literal(kind, random.pick(list))
}

/** An expression of a kind; undefined where the model has nothing of it. */
export function drawValue(drawing: Drawing, place: Place, kind: ValueKind): Syntax | undefined {
  const { random } = drawing
  const deeper = { ...place, depth: place.depth - 1 }
  if (place.depth > 0 && random.chance(0.45)) {
    const made = drawCall(drawing, deeper, kind)
    if (made) return made
  }
  const own = properties(drawing, place, kind)
  return own.length > 0 && random.chance(0.75) ? random.pick(own) : (drawLiteral(drawing, kind) ?? own[0])
}

function drawCall(drawing: Drawing, place: Place, kind: ValueKind): Syntax | undefined {
  const { random } = drawing
  if (kind === 'boolean' && random.chance(0.7)) return drawTest(drawing, place)
  const cast = random.pick(casts)
  if (cast[2] === kind && random.chance(0.3)) {
    const of = drawValue(drawing, place, cast[0])
    if (of) return call('cast', of, path(cast[1]))
  }
  const list = givers.get(kind)
  if (list === undefined) return undefined
  const { name, overload, written: literals } = random.pick(list)
  if (name === 'matchesPattern') {
    const of = drawValue(drawing, place, 'text')
    return of && call(name, of, literal('text', random.pick(['^A', 'a.*b', '[a-z]+$', '^$', '\\d'])))
  }
  if (/^(last|next|older_than)_n_/.test(name)) {
    const of = drawValue(drawing, place, overload.params[0]!)
    return of && call(name, of, literal('integer', String(random.whole(0, 60))))
  }
  const args = overload.params.map((param, i) =>
    literals.includes(i) ? drawLiteral(drawing, param) : drawValue(drawing, place, param),
  )
  return args.some((arg) => arg === undefined) ? undefined : call(name, ...(args as Syntax[]))
}

/** A condition of the shapes that filters have. */
function drawTest(drawing: Drawing, place: Place): Syntax | undefined {
  const { random } = drawing
  return random.weighted<() => Syntax | undefined>([
    [5, () => comparison(drawing, place)],
    [2, () => membership(drawing, place)],
    [3, () => chain(drawing, place)],
    [1, () => absent(drawing, place)],
    [2, () => lambda(drawing, place)],
    [1, () => listTest(drawing, place)],
    [0.5, () => hierarchy(drawing, place)],
  ])()
}

function comparison(drawing: Drawing, place: Place): Syntax | undefined {
  const kind = drawing.random.pick(comparable)
  const [left, right] = [drawValue(drawing, place, kind), drawValue(drawing, place, kind)]
  const operators = kind === 'boolean' || kind === 'uuid' ? ['eq', 'ne'] : ['eq', 'ne', 'gt', 'ge', 'lt', 'le']
  return left && right && call(drawing.random.pick(operators), left, right)
}

function membership(drawing: Drawing, place: Place): Syntax | undefined {
  const { random } = drawing
  const kind = random.pick(['text', 'integer', 'decimal', 'date', 'uuid'] as const)
  const value = drawValue(drawing, place, kind)
  const items = Array.from({ length: random.whole(1, 4) }, () =>
    random.chance(0.1) ? literal('null', null) : drawLiteral(drawing, kind)!,
  )
  return value && call('in', value, { op: 'list', items, position })
}

function chain(drawing: Drawing, place: Place): Syntax | undefined {
  const args = Array.from({ length: drawing.random.whole(2, 3) }, () => drawValue(drawing, place, 'boolean'))
  const known = args.filter((arg) => arg !== undefined)
  return known.length < 2 ? known[0] : call(drawing.random.pick(['and', 'or']), ...known)
}

function absent(drawing: Drawing, place: Place): Syntax | undefined {
  const kind = drawing.random.pick(['text', 'integer', 'date', 'json', 'point', 'texts', 'duration'] as const)
  const own = properties(drawing, place, kind)
  return own.length > 0
    ? call(drawing.random.pick(['eq', 'ne']), drawing.random.pick(own), literal('null', null))
    : undefined
}

let variables = 0

function lambda(drawing: Drawing, place: Place): Syntax | undefined {
  const { random, model } = drawing
  const many = collections(place.wire)
  if (many.length === 0 || place.depth < 1) return undefined
  const navigation = random.pick(many)
  const names = [...(place.variable === undefined ? [] : [place.variable]), navigation.name]
  const wire = targetOf(model, navigation)
  if (random.chance(0.3) && place.variable === undefined) {
    const inner = random.chance(0.5) ? drawValue(drawing, { wire, depth: 0 }, 'boolean') : undefined
    const count: Syntax = { op: 'lambda', test: 'count', names, ...(inner ? { where: inner } : {}), position }
    return call(random.pick(['ge', 'eq', 'lt']), count, literal('integer', String(random.whole(0, 4))))
  }
  if (random.chance(0.2)) return { op: 'lambda', test: 'any', names, position }
  const variable = `v${(variables = (variables + 1) % 1000)}`
  const where = drawTest(drawing, { wire, variable, depth: place.depth - 1 })
  return where && { op: 'lambda', test: random.pick(['any', 'all']), names, variable, where, position }
}

function listTest(drawing: Drawing, place: Place): Syntax | undefined {
  const { random } = drawing
  const lists = properties(drawing, place, 'texts')
  if (lists.length === 0) return undefined
  const of = random.pick(lists)
  const item = literal('text', random.pick(['a', 'b', "it's", 'food', 'none']))
  if (random.chance(0.3)) return call('hassubset', of, { op: 'list', items: [item, literal('text', 'b')], position })
  if (random.chance(0.5)) return call('has', of, item)
  const { names } = of as Extract<Syntax, { op: 'path' }>
  return {
    op: 'lambda',
    test: random.pick(['any', 'all']),
    names,
    variable: 't',
    where: call('eq', path('t'), item),
    position,
  }
}

function hierarchy({ random, ids }: Drawing, { wire, variable }: Place): Syntax | undefined {
  if (variable !== undefined || !wire.navigations.has('above')) return undefined
  const test = random.pick(['under', 'under_or_equal', 'above', 'above_or_equal'])
  return call(test, path(random.pick(['id', 'above_id'])), literal('uuid', random.pick(ids)))
}
