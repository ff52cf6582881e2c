// Conditions of the oracle: one small tree that prints as CEL (rules of roles, filters of rollups) and as OData ($filter), and
// knows the names it uses. What it comes to is evaluate.ts.
import type { State } from './state.ts'

type By = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'
export type Plain = string | number | boolean | null

/** A way over lookups to a field. */
export type Path = readonly string[]

export type Condition =
  | { readonly op: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly op: 'not'; readonly of: Condition }
  | { readonly op: 'is'; readonly path: Path; readonly by: By; readonly value: Plain }
  | { readonly op: 'contains'; readonly path: Path; readonly text: string }
  | { readonly op: 'among'; readonly path: Path; readonly values: readonly Plain[] }
  | { readonly op: 'some' | 'every'; readonly through: string; readonly of: Condition }
  /** Rules only: who asks. */
  | { readonly op: 'mine'; readonly what: 'me' | 'my_owners' | 'my_units' | 'my_people' }
  /** Rules only: a lookup leads to what a lookup of the asker's own record leads to. */
  | { readonly op: 'my'; readonly lookup: string; readonly of: string }

const signs: Readonly<Record<By, string>> = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' }
const isDay = (value: Plain): boolean => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)

function celValue(value: Plain): string {
  if (typeof value !== 'string') return String(value)
  return isDay(value) ? `date('${value}')` : `'${value}'`
}

/** As a definition says it. `item` is the name of the record of a lambda around. */
export function printCel(condition: Condition, item = ''): string {
  const at = (path: Path): string => (item === '' ? '' : `${item}.`) + path.join('.')
  switch (condition.op) {
    case 'and':
    case 'or':
      return `(${condition.of.map((each) => printCel(each, item)).join(condition.op === 'and' ? ' && ' : ' || ')})`
    case 'not':
      return `!(${printCel(condition.of, item)})`
    case 'is':
      return `${at(condition.path)} ${signs[condition.by]} ${celValue(condition.value)}`
    case 'contains':
      return `${at(condition.path)}.contains('${condition.text}')`
    case 'among':
      return `${at(condition.path)} in [${condition.values.map(celValue).join(', ')}]`
    case 'some':
      return `${at([condition.through])}.exists(x, ${printCel(condition.of, 'x')})`
    case 'every':
      return `${at([condition.through])}.all(x, ${printCel(condition.of, 'x')})`
    case 'mine':
      if (condition.what === 'me') return `${at(['owner'])} == me()`
      if (condition.what === 'my_units') return `${at(['owning_unit'])} in my_units()`
      return `${at(['owner'])} in ${condition.what}()`
    case 'my':
      return `${at([condition.lookup])} == my('${condition.of}')`
  }
}

/** As the wire says it; names of lookups at the end of a path get `_id`. */
export function printOData(condition: Condition, item = ''): string {
  const at = (path: Path): string => (item === '' ? '' : `${item}/`) + path.join('/')
  const text = (value: Plain): string => (typeof value === 'string' && !isDay(value) ? `'${value}'` : String(value))
  switch (condition.op) {
    case 'and':
    case 'or':
      return `(${condition.of.map((each) => printOData(each, item)).join(` ${condition.op} `)})`
    case 'not':
      return `not (${printOData(condition.of, item)})`
    case 'is':
      return `${at(condition.path)} ${condition.by} ${text(condition.value)}`
    case 'contains':
      return `contains(${at(condition.path)},'${condition.text}')`
    case 'among':
      return `${at(condition.path)} in (${condition.values.map(text).join(',')})`
    case 'some':
    case 'every':
      return `${at([condition.through])}/${condition.op === 'some' ? 'any' : 'all'}(x:${printOData(condition.of, 'x')})`
    default:
      throw new TypeError(`${condition.op} is for rules`)
  }
}

/** Every path of a condition with the entity it begins at, for whoever asks which names it uses. */
export function* pathsIn(condition: Condition, from: string, state: State): Generator<readonly [string, Path]> {
  switch (condition.op) {
    case 'and':
    case 'or':
      for (const each of condition.of) yield* pathsIn(each, from, state)
      return
    case 'not':
      yield* pathsIn(condition.of, from, state)
      return
    case 'is':
    case 'contains':
    case 'among':
      yield [from, condition.path]
      return
    case 'some':
    case 'every':
      yield [from, [condition.through]]
      yield* pathsIn(condition.of, state.world.collection(from, condition.through)!.entity, state)
      return
    case 'mine':
      yield [from, [condition.what === 'my_units' ? 'owning_unit_id' : 'owner_id']]
      return
    case 'my':
      yield [from, [`${condition.lookup}_id`]]
  }
}
