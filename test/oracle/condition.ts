// Conditions of the oracle: one small tree that prints as CEL (rules of roles, filters of rollups) and as OData ($filter), and an
// evaluator of its own over records in memory. Shares nothing with the expressions of the engine, which it is there to judge.
import { valueOf, type Rec, type State } from './state.ts'
import type { Person } from './person.ts'

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

/** What a condition is asked with: whose eyes look along lookups and collections (absent: everything is seen), and who asks. */
export interface Eyes {
  readonly state: State
  /** Whether a record counts as being there; absent: every one does. */
  readonly sees?: (rec: Rec) => boolean
  readonly person?: Person
}

/** Three values, like a database: null where it cannot be told. */
export function test(condition: Condition, rec: Rec, eyes: Eyes): boolean | null {
  switch (condition.op) {
    case 'and': {
      const all = condition.of.map((each) => test(each, rec, eyes))
      return all.includes(false) ? false : all.includes(null) ? null : true
    }
    case 'or': {
      const all = condition.of.map((each) => test(each, rec, eyes))
      return all.includes(true) ? true : all.includes(null) ? null : false
    }
    case 'not': {
      const inner = test(condition.of, rec, eyes)
      return inner === null ? null : !inner
    }
    case 'is':
      return compare(walk(condition.path, rec, eyes), condition.by, condition.value)
    case 'contains': {
      const value = walk(condition.path, rec, eyes)
      return value === null ? null : String(value).includes(condition.text)
    }
    case 'among':
      return condition.values.includes(walk(condition.path, rec, eyes))
    case 'some':
      return eyes.state.behind(rec, condition.through, eyes.sees).some((one) => test(condition.of, one, eyes) === true)
    case 'every':
      return eyes.state.behind(rec, condition.through, eyes.sees).every((one) => test(condition.of, one, eyes) === true)
    case 'mine':
      return isMine(condition.what, rec, eyes.person!)
    case 'my': {
      const own = eyes.state.find('user', eyes.person!.id)
      const mine = own === undefined ? null : ((own.values[condition.of] ?? null) as Plain)
      return ((rec.values[condition.lookup] ?? null) as Plain) === mine
    }
  }
}

function isMine(what: string, { owner, unit }: Rec, person: Person): boolean {
  if (what === 'my_units') return unit !== null && person.unitTree.has(unit)
  if (owner === null) return false
  if (what === 'me') return owner === person.id
  return person.owners.has(owner) || (what === 'my_people' && person.reports.has(owner))
}

function compare(a: Plain, by: By, b: Plain): boolean | null {
  if (by === 'eq') return a === b
  if (by === 'ne') return a !== b
  if (a === null || b === null) return null
  return by === 'lt' ? a < b : by === 'le' ? a <= b : by === 'gt' ? a > b : a >= b
}

/** The value at the end of a path: null where a record on the way is not there for whoever looks. */
export function walk(path: Path, rec: Rec, eyes: Eyes): Plain {
  let at = rec
  for (const lookup of path.slice(0, -1)) {
    const next = eyes.state.follow(at, lookup, eyes.sees)
    if (next === undefined) return null
    at = next
  }
  return valueOf(eyes.state, at, path.at(-1)!, eyes.sees)
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
