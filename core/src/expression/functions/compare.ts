// Comparison. eq, ne and in know null (null eq null is true, null eq 5 is false, ne is the opposite of eq); the order
// operators give null for null, so that a filter leaves such rows out.
import { isOrdered, valueKinds, type Value, type ValueKind } from '../../base/kind.ts'
import { join, param, sql, type Sql } from '../fragment.ts'
import type { Expression } from '../tree.ts'
import { comparable, forKinds, type Case, type FunctionDefinition, type SqlCall } from './function.ts'
import { compareValues } from './value.ts'

const pairs = forKinds(comparable, (kind) => ({ params: [kind, kind], gives: 'boolean' }))
const ordered = forKinds(
  comparable.filter((kind) => kind !== 'boolean'),
  (kind) => ({ params: [kind, kind], gives: 'boolean' }),
)
/** What has no order can only be asked whether it is there. */
const withUnordered = [
  ...pairs,
  ...forKinds(
    valueKinds.filter((kind) => !isOrdered(kind)),
    (kind) => ({ params: [kind, kind], gives: 'boolean' }),
  ),
]

function isNull(expression: Expression | undefined): boolean {
  return expression?.op === 'literal' && expression.value === null
}

function same(a: Value, b: Value, call: { kinds: readonly ValueKind[] }): boolean {
  if (a === null || b === null) return a === b
  return compareValues(a, b, call.kinds[0]!) === 0
}

function equality(
  name: 'eq' | 'ne',
  doc: string,
  cel: string,
  equal: boolean,
  cases: readonly Case[],
): FunctionDefinition {
  return {
    name,
    infix: 3,
    cel,
    handlesNull: true,
    doc,
    overloads: withUnordered,
    cases,
    evaluate: ([a, b], call) => same(a!, b!, call) === equal,
    sql([a, b], call) {
      const is = equal ? sql`is null` : sql`is not null`
      if (isNull(call.args[1])) return sql`(${a!} ${is})`
      if (isNull(call.args[0])) return sql`(${b!} ${is})`
      const sure = equal && call.truth ? call.sure(0) || call.sure(1) : call.sure(0) && call.sure(1)
      if (equal) return sure ? sql`(${a!} = ${b!})` : sql`(${a!} is not distinct from ${b!})`
      return sure ? sql`(${a!} <> ${b!})` : sql`(${a!} is distinct from ${b!})`
    },
  }
}

const eq = equality('eq', 'The same value; null equals only null', '==', true, [
  { args: ['a', 'a'], gives: true },
  { args: ['a', 'A'], gives: false },
  { args: [null, 'a'], gives: false },
  { args: ['a', null], gives: false },
  { args: [null, null], gives: true },
  { args: [5, 5], gives: true, overload: 1 },
  { args: ['1.50', '1.5'], gives: true, overload: 2 },
  { args: [true, false], gives: false, overload: 3 },
])
const ne = equality('ne', 'Another value; the opposite of eq', '!=', false, [
  { args: ['a', 'b'], gives: true },
  { args: ['a', 'a'], gives: false },
  { args: [null, 'a'], gives: true },
  { args: [null, null], gives: false },
  { args: ['0.10', '0.1'], gives: false, overload: 2 },
])

function order(
  name: string,
  cel: string,
  sign: Sql,
  doc: string,
  holds: (difference: number) => boolean,
  cases: readonly Case[],
): FunctionDefinition {
  return {
    name,
    infix: 4,
    cel,
    doc,
    overloads: ordered,
    cases,
    evaluate: ([a, b], call) => holds(compareValues(a!, b!, call.kinds[0]!)),
    sql: ([a, b], call) =>
      call.kinds[0] === 'text' ? sql`(${a!} ${sign} (${b!} collate "C"))` : sql`(${a!} ${sign} ${b!})`,
  }
}

const gt = order('gt', '>', sql`>`, 'Greater than', (d) => d > 0, [
  { args: ['b', 'a'], gives: true },
  { args: ['a', 'B'], gives: true },
  { args: ['😀', '\uffee'], gives: true },
  { args: [null, 'a'], gives: null },
  { args: [3, 3], gives: false, overload: 1 },
])
const ge = order('ge', '>=', sql`>=`, 'Greater than or equal', (d) => d >= 0, [
  { args: ['a', 'a'], gives: true },
  { args: ['2.0', '10'], gives: false, overload: 2 },
  { args: ['a', null], gives: null },
])
const lt = order('lt', '<', sql`<`, 'Less than', (d) => d < 0, [
  { args: ['a', 'b'], gives: true },
  { args: ['2026-01-31', '2026-02-01'], gives: true, overload: 3 },
  { args: [null, null], gives: null },
])
const le = order('le', '<=', sql`<=`, 'Less than or equal', (d) => d <= 0, [
  { args: ['a', 'a'], gives: true },
  { args: ['2026-01-31T10:00:00.000Z', '2026-01-31T11:00:00.000+02:00'], gives: false, overload: 4 },
])

const within: FunctionDefinition = {
  name: 'in',
  infix: 4,
  cel: 'in',
  handlesNull: true,
  doc: 'One of the listed values',
  overloads: pairs,
  evaluate([value, list], call) {
    return Array.isArray(list) && list.some((item: Value) => same(value!, item, call))
  },
  sql([value, list], call) {
    const items = call.args[1]!
    if (items.op === 'call' && call.halving === true)
      return twoValued(sql`(${value!} = (${list!})[width_bucket(${value!}, ${list!})])`, call)
    if (items.op !== 'list') return twoValued(sql`(${value!} = ${list!})`, call)
    const known = items.items.flatMap((item, i) => (isNull(item) ? [] : [listItem(call, i)]))
    const many = manyValues(known)
    const condition = many ? sql`(${value!} = any(${many}))` : sql`(${value!} in (${join(known, ', ')}))`
    const found = known.length > 0 ? twoValued(condition, call) : sql`false`
    return known.length === items.items.length ? found : sql`(${found} or ${value!} is null)`
  },
  cases: [],
}

const has: FunctionDefinition = {
  name: 'has',
  infix: 4,
  handlesNull: true,
  doc: 'Whether a list of texts holds a text',
  overloads: [{ params: ['texts', 'text'], gives: 'boolean' }],
  evaluate: ([list, text]) => Array.isArray(list) && text !== null && list.includes(text),
  sql([list, text], call) {
    // Containment, which an index over the values answers.
    const found = sql`(${list!} @> array[${text!}])`
    return call.truth ? found : sql`coalesce(${found}, false)`
  },
  cases: [],
}

/** From so many values on they travel as one list: a parameter for each would cost more than the reading. */
const manyItems = 50

/** The values of a long list as one parameter; undefined for short ones, and for values that are not known yet. */
function manyValues(items: readonly Sql[]): Sql | undefined {
  if (items.length < manyItems) return undefined
  const [first] = items[0]!.pieces
  if (first === undefined || typeof first === 'string' || 'select' in first) return undefined
  const values: unknown[] = []
  for (const { pieces } of items) {
    const [piece] = pieces
    if (pieces.length !== 1 || piece === undefined || typeof piece === 'string' || 'select' in piece) return undefined
    if (piece.parameter.from !== 'value' || piece.cast !== first.cast) return undefined
    if (typeof piece.parameter.value === 'object') return undefined
    values.push(piece.parameter.value)
  }
  return param({ from: 'value', value: values }, `${first.cast}[]`)
}

function listItem(call: SqlCall, index: number): Sql {
  return call.items![index]!
}

function twoValued(condition: Sql, call: SqlCall): Sql {
  return call.truth || call.sure(0) ? condition : sql`coalesce(${condition}, false)`
}

export const compareFunctions = [eq, ne, gt, ge, lt, le, within, has]
