// The evaluating backend: an expression over one record in memory, in the browser and on the server. Gives what the SQL
// backend gives for the same row; a test holds them together.
import type { JsonObject } from '../base/json.ts'
import type { Value, ValueKind } from '../base/kind.ts'
import type { Navigation } from '../model/wire.ts'
import { functions } from './functions/index.ts'
import type { Surroundings } from './functions/function.ts'
import { readLiteral } from './literal.ts'
import type { Expression } from './tree.ts'

/** A record as the wire gives it: properties, and what was expanded under the navigations' names. */
export type Row = Readonly<Record<string, unknown>>

/** The value of an expression on a record. What the record does not hold counts as null. */
export function evaluate(expression: Expression, row: Row, surroundings: Surroundings): Value {
  return run(expression, [row], surroundings)
}

/** Whether a condition is true on a record (null is not). */
export function holds(expression: Expression, row: Row, surroundings: Surroundings): boolean {
  return evaluate(expression, row, surroundings) === true
}

function run(expression: Expression, rows: readonly Row[], surroundings: Surroundings): Value {
  switch (expression.op) {
    case 'literal':
      return literalValue(expression)
    case 'list':
      return listValue(expression, rows, surroundings)
    case 'property':
      return propertyValue(expression, rows, surroundings)
    case 'item':
      return rows[expression.scope]!['item'] as Value
    case 'items':
      return runItems(expression, rows, surroundings)
    case 'lambda':
      return runLambda(expression, rows, surroundings)
    case 'hierarchy':
      return runHierarchy(expression, rows, surroundings)
    case 'parent': {
      const parent = walk(rows[0]!, expression.through)
      return parent !== null && (expression.where === null || run(expression.where, [parent], surroundings) === true)
    }
    case 'call':
      return runCall(expression, rows, surroundings)
  }
}

function literalValue({ kind, value }: Extract<Expression, { op: 'literal' }>): Value {
  if (value === null || kind === 'null') return null
  const read = readLiteral(kind, value)
  if (read instanceof Error) throw read
  return read
}

/** A null that is written is one of the values; what comes to nothing is none of them, as in SQL. */
function listValue(
  { items }: Extract<Expression, { op: 'list' }>,
  rows: readonly Row[],
  surroundings: Surroundings,
): Value {
  return items.flatMap((item): Value[] => {
    const value = run(item, rows, surroundings)
    return value === null && item.op !== 'literal' ? [] : [value]
  })
}

/** A list without values counts as null, as it is stored. A formula the record does not bring is worked out. */
function propertyValue(
  { through, property, scope = 0 }: Extract<Expression, { op: 'property' }>,
  rows: readonly Row[],
  surroundings: Surroundings,
): Value {
  const row = walk(rows[scope]!, through)
  if (property.formula !== undefined && row !== null && !Object.hasOwn(row, property.name))
    return run(property.formula, [row], surroundings)
  const value = get(row, property.name) as Value
  return property.kind === 'texts' && Array.isArray(value) && value.length === 0 ? null : value
}

function runItems(
  { test, of, where }: Extract<Expression, { op: 'items' }>,
  rows: readonly Row[],
  surroundings: Surroundings,
): Value {
  const value = propertyValue(of, rows, surroundings)
  const list = Array.isArray(value) ? (value as Value[]) : []
  const passes = (item: Value) => where === undefined || run(where, [...rows, { item }], surroundings) === true
  if (test === 'count') return list.length
  return test === 'any' ? list.some(passes) : list.every(passes)
}

function get(row: Row | null, name: string): unknown {
  return row !== null && Object.hasOwn(row, name) ? (row[name] ?? null) : null
}

function walk(row: Row, through: readonly Navigation[]): Row | null {
  let current: Row | null = row
  for (const { name } of through) current = get(current, name) as JsonObject | null
  return current
}

function runLambda(
  expression: Extract<Expression, { op: 'lambda' }>,
  rows: readonly Row[],
  surroundings: Surroundings,
): Value {
  const { test, where, navigation } = expression
  const children = get(walk(rows[expression.scope ?? 0]!, expression.through), navigation.name)
  const list = Array.isArray(children) ? (children as Row[]) : []
  const passes = (child: Row) => where === undefined || run(where, [...rows, child], surroundings) === true
  if (test === 'count') return list.filter(passes).length
  return test === 'any' ? list.some(passes) : list.every(passes)
}

/** Follows the record's own expanded parents; what is not there counts as not being in the hierarchy. */
function runHierarchy(
  { test, value, of, navigation }: Extract<Expression, { op: 'hierarchy' }>,
  rows: readonly Row[],
  surroundings: Surroundings,
): boolean {
  const [id, root] = [run(value, rows, surroundings), run(of, rows, surroundings)]
  if (id === root) return test.endsWith('_or_equal') && id !== null
  if (test.startsWith('above') || value.op !== 'property') return false
  let row = walk(rows[value.scope ?? 0]!, value.through)
  if (value.property.name !== 'id') row = get(row, value.property.field.name) as JsonObject | null
  for (let steps = 0; row !== null && steps < 100; steps++) {
    if (get(row, navigation.column) === root) return true
    row = get(row, navigation.name) as JsonObject | null
  }
  return false
}

function runCall(
  expression: Extract<Expression, { op: 'call' }>,
  rows: readonly Row[],
  surroundings: Surroundings,
): Value {
  const definition = functions.get(expression.function)!
  const args = expression.args.map((arg) => run(arg, rows, surroundings))
  if (!definition.handlesNull && args.includes(null)) return null
  const kinds = operandKinds(expression)
  return definition.evaluate(args, { kinds, gives: expression.kind }, surroundings)
}

/** The kinds of the arguments; whole numbers beside decimals count as decimals, null takes the kind of its neighbours. */
export function operandKinds({ args }: Extract<Expression, { op: 'call' }>): readonly ValueKind[] {
  const some = (args.find(({ kind }) => kind !== 'null')?.kind ?? 'text') as ValueKind
  const decimal = args.some(({ kind }) => kind === 'decimal')
  return args.map(({ kind }) => (kind === 'null' ? some : kind === 'integer' && decimal ? 'decimal' : kind))
}
