// Random requests over any model, most of them right: every kind of address and every query option, nested to any depth, with
// expressions from random-syntax.ts.
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import { printSyntax } from '@peyvand/core/expression/print.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { wireOf, type WireEntity } from '@peyvand/core/model/wire.ts'
import { drawValue, singles, targetOf, type Drawing } from './random-syntax.ts'

export interface DrawnRequest {
  /** Below the service root, percent-encoded. */
  readonly path: string
  /** Query string without "?", percent-encoded. */
  readonly query: string
}

const sortable: readonly ValueKind[] = [
  'text',
  'integer',
  'decimal',
  'float',
  'boolean',
  'date',
  'time',
  'datetime',
  'duration',
  'uuid',
]
const encoded = (text: string): string => encodeURIComponent(text)

/** One request for records of one of `entities`. */
export function drawRequest(drawing: Drawing, entities: readonly Entity[]): DrawnRequest {
  const { random, model } = drawing
  const wire = wireOf(model, random.pick(entities))
  const set = wire.entity.entitySet
  const id = `${set}(${random.pick(drawing.ids)})`
  return random.weighted<() => DrawnRequest>([
    [10, () => ({ path: set, query: written(listOptions(drawing, wire, 2)) })],
    [3, () => ({ path: set, query: written(applyOptions(drawing, wire)) })],
    [1, () => ({ path: `${set}/$count`, query: written(some(drawing, [['$filter', () => filter(drawing, wire)]])) })],
    [1, () => ({ path: id, query: written(recordOptions(drawing, wire, 2)) })],
    [1, () => ({ path: `${id}/${random.pick([...wire.properties.keys()])}`, query: '' })],
    [1, () => ({ path: `${id}/${random.pick([...wire.properties.keys()])}/$value`, query: '' })],
    [1, () => through(drawing, wire, id)],
    [0.5, () => ({ path: `${set}/$ref`, query: written(some(drawing, [['$top', () => String(random.whole(0, 5))]])) })],
  ])()
}

function through(drawing: Drawing, wire: WireEntity, id: string): DrawnRequest {
  const navigation = drawing.random.pick([...wire.navigations.values()])
  const target = targetOf(drawing.model, navigation)
  const options = navigation.collection ? listOptions(drawing, target, 1) : recordOptions(drawing, target, 1)
  return { path: `${id}/${navigation.name}`, query: written(options) }
}

type Option = readonly [name: string, text: string]
const written = (options: readonly Option[]): string =>
  options.map(([name, text]) => `${name}=${encoded(text)}`).join('&')

/** Some of the options, in any order; an option that cannot be drawn is left out. */
function some(
  { random }: Drawing,
  all: readonly (readonly [name: string, draw: () => string | undefined])[],
): Option[] {
  return random.some(all, 0, all.length).flatMap(([name, draw]) => {
    const text = draw()
    return text === undefined ? [] : [[name, text] as const]
  })
}

function listOptions(drawing: Drawing, wire: WireEntity, depth: number): Option[] {
  const { random } = drawing
  const options = some(drawing, [
    ['$filter', () => filter(drawing, wire)],
    ['$filter', () => filter(drawing, wire)],
    ['$orderby', () => order(drawing, wire)],
    ['$top', () => String(random.whole(0, 30))],
    ['$skip', () => String(random.whole(0, 20))],
    ['$count', () => String(random.chance(0.8))],
    ['$search', () => search(drawing)],
    ['$compute', () => computed(drawing, wire)],
    ['$select', () => select(drawing, wire)],
    ['$expand', () => (depth > 0 ? expand(drawing, wire, depth) : undefined)],
  ])
  return once(options)
}

function recordOptions(drawing: Drawing, wire: WireEntity, depth: number): Option[] {
  return some(drawing, [
    ['$select', () => select(drawing, wire)],
    ['$expand', () => expand(drawing, wire, depth)],
  ])
}

const once = (options: readonly Option[]): Option[] => [...new Map(options)]

function filter(drawing: Drawing, wire: WireEntity): string | undefined {
  const value = drawValue(drawing, { wire, depth: drawing.random.whole(1, 4) }, 'boolean')
  return value && printSyntax(value)
}

function order(drawing: Drawing, wire: WireEntity): string | undefined {
  const { random } = drawing
  const keys = Array.from({ length: random.whole(1, 3) }, () =>
    drawValue(drawing, { wire, depth: random.whole(0, 1) }, random.pick(sortable)),
  ).filter((key) => key !== undefined && key.op !== 'literal')
  return keys.length === 0
    ? undefined
    : keys.map((key) => printSyntax(key) + random.pick(['', ' asc', ' desc'])).join(',')
}

function computed(drawing: Drawing, wire: WireEntity): string | undefined {
  const { random } = drawing
  const values = [1, 2].slice(0, random.whole(1, 2)).flatMap((n) => {
    const value = drawValue(drawing, { wire, depth: 2 }, random.pick(sortable))
    return value === undefined ? [] : [`${printSyntax(value)} as c${n}`]
  })
  return values.length === 0 ? undefined : values.join(',')
}

function select({ random }: Drawing, wire: WireEntity): string {
  return random.chance(0.1) ? '*' : random.some([...wire.properties.keys()], 1, 5).join(',')
}

function search({ random }: Drawing): string {
  const word = (): string =>
    random.pick(['alpha', 'stefan', 'کتاب', 'สวัสดี', 'москва', 'ёлка', 'cafe', '"a b"', '100', 'ωmega', '۱۲۳'])
  return random.pick([
    word(),
    `${word()} OR ${word()}`,
    `${word()} ${word()}`,
    `NOT ${word()}`,
    `(${word()} OR ${word()}) NOT ${word()}`,
  ])
}

/** Related records with options of their own. */
function expand(drawing: Drawing, wire: WireEntity, depth: number): string | undefined {
  const { random, model } = drawing
  const ways = random.some([...wire.navigations.values()], 1, 2)
  if (ways.length === 0) return undefined
  return ways
    .map((navigation) => {
      const target = targetOf(model, navigation)
      if (navigation.collection && random.chance(0.1)) return `${navigation.name}/$count`
      if (random.chance(0.1)) return `${navigation.name}/$ref`
      const options = navigation.collection
        ? listOptions(drawing, target, depth - 1)
        : recordOptions(drawing, target, depth - 1)
      const levels =
        navigation.target === wire.entity.id && random.chance(0.3)
          ? [['$levels', random.pick(['2', 'max'])] as const]
          : []
      const text = [...options, ...levels].map(([name, value]) => `${name}=${value}`).join(';')
      return text === '' ? navigation.name : `${navigation.name}(${text})`
    })
    .join(',')
}

/** A chain of transformations; what follows a grouping speaks of what it left. */
function applyOptions(drawing: Drawing, wire: WireEntity): Option[] {
  const { random } = drawing
  const steps: string[] = []
  if (random.chance(0.5)) {
    const where = filter(drawing, wire)
    if (where !== undefined) steps.push(`filter(${where})`)
  }
  if (random.chance(0.2)) steps.push(`${random.pick(['topcount', 'bottomcount'])}(${random.whole(1, 20)},number)`)
  const keys = random.some(groupKeys(drawing, wire), 1, 2)
  const measures = [
    '$count as n',
    ...random.some(
      [
        'number with sum as s',
        'number with average as a',
        'number with min as lo',
        'title with max as hi',
        'title with countdistinct as k',
      ],
      0,
      3,
    ),
  ].join(',')
  const grouped = random.weighted([
    [5, `groupby((${keys.join(',')}),aggregate(${measures}))`],
    [1, `groupby((rollup($all,${keys.join(',')})),aggregate(${measures}))`],
    [1, `groupby((${keys.join(',')}))`],
    [2, `aggregate(${measures})`],
    [1, `concat(groupby((${keys.join(',')}),aggregate($count as n)),aggregate($count as n))`],
  ])
  steps.push(grouped)
  if (grouped.startsWith('groupby((') && grouped.includes('$count as n')) {
    if (random.chance(0.3)) steps.push('filter(n gt 1)')
    if (random.chance(0.3)) steps.push('compute(n mul 2 as m)')
  }
  const sorted = grouped.includes(' as n') && random.chance(0.5) ? [['$orderby', 'n desc'] as const] : []
  return [['$apply', steps.join('/')], ...sorted, ...(random.chance(0.3) ? [['$top', '5'] as const] : [])]
}

function groupKeys({ model }: Drawing, wire: WireEntity): string[] {
  const plain = (of: WireEntity): string[] =>
    [...of.properties.values()].filter(({ kind }) => sortable.includes(kind)).map(({ name }) => name)
  const far = singles(wire).flatMap((navigation) =>
    [`${navigation.name}/title`, `${navigation.name}/number`].filter((name) =>
      targetOf(model, navigation).properties.has(name.split('/')[1]!),
    ),
  )
  return [...plain(wire), ...far]
}
