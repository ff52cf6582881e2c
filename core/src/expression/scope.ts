// What names mean where an expression stands: the entity's own, lambda variables, computed values; and what a literal becomes
// beside them. bind.ts and its parts for types and hierarchies share this.
import type { ValueKind } from '../base/kind.ts'
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import type { Id } from '../model/model.ts'
import type { Navigation, Property, WireEntity } from '../model/wire.ts'
import { placed, readLiteral } from './literal.ts'
import { shown } from './reader.ts'
import type { Expression, Syntax } from './tree.ts'

/** A lambda's variable: a record of the entity, or a value of the kind. */
export type Variable =
  | { readonly name: string; readonly wire: WireEntity }
  | { readonly name: string; readonly item: ValueKind }

/** What names mean where an expression stands. */
export interface Scope {
  readonly root: WireEntity
  /** The wire shape of an entity: complete, or only what the caller may read. */
  readonly wire: (entity: Id) => WireEntity
  /** Query option or pointer, for problems. */
  readonly target?: string
  /** Parameter aliases (`@p`) of the request. */
  readonly aliases?: ReadonlyMap<string, Syntax>
  /** Lambda variables from the outside in. */
  readonly variables?: readonly Variable[]
  /** The row that bare names mean, as a number of variables; 0 is the root row. */
  readonly row?: number
  /** Values by name beside the entity's own: what `$compute` gave, or the columns that come out of `$apply`. */
  readonly computed?: ReadonlyMap<string, Expression>
  /** What words to search for ask of a record; absent where nothing can be searched. */
  readonly searching?: (words: string, wire: WireEntity) => Syntax
  /** The entity of those who ask, where their own values can be asked for (`my`). */
  readonly asker?: WireEntity
  /** Only `computed` names exist. */
  readonly closed?: boolean
  /** How many more nodes aliases and computed values may add: each use of one is a copy. */
  readonly budget?: { left: number }
}

/** Binds a part of an expression; its literals keep the kind they are written in. throws: Problem */
export type Bind = (syntax: Syntax, scope: Scope) => Expression

/** Nodes that aliases and computed values may add to one query. */
export const copyLimit = 500

/** The property and the navigations a path walks; a lookup's name alone means its id. throws: Problem */
export function bindProperty(
  names: readonly string[],
  scope: Scope,
  position: number,
): Extract<Expression, { op: 'property' }> {
  const { wire, rest, depth } = start(names, scope)
  const { through, wire: last } = walk(rest.slice(0, -1), wire, scope, position)
  const name = rest.at(-1)
  if (name === undefined)
    throw problem('request.type', scope, position, `"${names.join('/')}" is a record, not a value`)
  const property = propertyOf(last, name)
  if (!property) throw unknownName(last, name, scope.target, position)
  return { op: 'property', through, property, kind: property.kind, ...(depth === 0 ? {} : { scope: depth }) }
}

/** The property a name stands for: its own, or the main one of the field of that name. */
export function propertyOf(wire: WireEntity, name: string): Property | undefined {
  const property = wire.properties.get(name)
  if (property) return property
  const navigation = wire.navigations.get(name)
  if (navigation?.collection) return undefined
  for (const candidate of wire.properties.values()) if (candidate.field.name === name) return candidate
  return navigation && wire.properties.get(navigation.column)
}

/** The one way to say that a name is not known; hints only know what the caller may see. */
export function unknownName(wire: WireEntity, name: string, target?: string, position?: number): Problem {
  const hint = suggest(name, [...wire.properties.keys(), ...wire.navigations.keys()])
  return new Problem('request.unknown', {
    detail: `"${wire.entity.name}" has no property "${shown(name)}"`,
    target,
    position,
    hint,
  })
}

/** Where a path starts: at the row, or at a lambda variable. */
export function start(
  names: readonly string[],
  scope: Scope,
): { wire: WireEntity; rest: readonly string[]; depth: number } {
  const variables = scope.variables ?? []
  const first = names[0]!
  if (first === '$it') return { wire: scope.root, rest: names.slice(1), depth: 0 }
  for (let i = variables.length - 1; i >= 0; i--) {
    const variable = variables[i]!
    if (variable.name === first && 'wire' in variable)
      return { wire: variable.wire, rest: names.slice(1), depth: i + 1 }
  }
  const row = scope.row ?? 0
  return { wire: wireAt(scope, row), rest: names, depth: row }
}

/** The entity of the row at a depth; values of a list have no row, so names beside them mean the root's. */
export function wireAt({ root, variables = [] }: Scope, depth: number): WireEntity {
  const variable = variables[depth - 1]
  return variable !== undefined && 'wire' in variable ? variable.wire : root
}

/** The single-valued navigations a path walks. throws: Problem */
export function walk(
  names: readonly string[],
  from: WireEntity,
  scope: Scope,
  position: number,
): { through: Navigation[]; wire: WireEntity } {
  let wire = from
  const through: Navigation[] = []
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    const cast = names[i + 1] === undefined ? undefined : castNavigation(wire, name, names[i + 1]!, scope)
    if (cast) i++
    const navigation = cast ?? wire.navigations.get(name)
    if (!navigation)
      throw propertyOf(wire, name)
        ? problem('request.type', scope, position, `"${name}" is a value; nothing lies behind it`)
        : unknownName(wire, name, scope.target, position)
    if (navigation.collection)
      throw problem(
        'request.type',
        scope,
        position,
        `"${name}" leads to many records`,
        `Ask about them with ${name}/any(x:…)`,
      )
    through.push(navigation)
    wire = scope.wire(navigation.target)
  }
  return { through, wire }
}

/** `regarding/peyvand.account`: the way from a polymorphic lookup to the records of one entity. */
function castNavigation(wire: WireEntity, name: string, type: string, scope: Scope): Navigation | undefined {
  const target = type.replace(/^peyvand\./, '')
  for (const navigation of wire.navigations.values()) {
    if (navigation.collection || navigation.typeColumn === undefined || navigation.field.name !== name) continue
    if (scope.wire(navigation.target).entity.name === target) return navigation
  }
  return undefined
}

/** Which written values can stand for a kind; bare words of another kind cannot. */
const literalFits: Readonly<Record<string, readonly ValueKind[]>> = {
  text: ['text', 'uuid', 'date', 'datetime', 'time', 'duration', 'point', 'polygon'],
  integer: ['integer', 'decimal', 'float'],
  decimal: ['decimal', 'float'],
  float: ['float'],
  boolean: ['boolean'],
  uuid: ['uuid'],
  date: ['date', 'datetime'],
  datetime: ['datetime'],
  time: ['time'],
  duration: ['duration'],
  point: ['point'],
  polygon: ['polygon'],
  texts: [],
  json: [],
}
/** What a kind widens to, and the function that does it where the two are not compared as they are. */
const widens: Readonly<Partial<Record<ValueKind, { readonly to: ValueKind; readonly by?: string }>>> = {
  integer: { to: 'decimal' },
  float: { to: 'decimal', by: 'to_decimal' },
  date: { to: 'datetime', by: 'start_of_day' },
}

/** Whether an expression can stand where a kind is meant, as it is or (`widening`) as a wider kind. */
export function fits(expression: Expression, kind: ValueKind, widening = true): boolean {
  if (expression.kind === 'null') return true
  if (expression.op === 'literal') return literalFits[expression.kind]!.includes(kind)
  return expression.kind === kind || (widening && widens[expression.kind]?.to === kind)
}

/** Gives a literal its kind and value; widens a day to a moment, or a float to an exact number, where that is meant. */
export function settle(expression: Expression, syntax: Syntax, kind: ValueKind, scope: Scope): Expression {
  if (expression.op !== 'literal') {
    const wider = widens[expression.kind]
    if (wider?.by === undefined || wider.to !== kind) return expression
    return { op: 'call', function: wider.by, args: [expression], kind }
  }
  if (expression.value === null) return { op: 'literal', kind, value: null }
  if (expression.slot !== undefined) return { ...expression, kind }
  const value = readLiteral(kind, expression.value)
  if (value instanceof Problem) throw placed(value, { target: scope.target, position: syntax.position })
  return { op: 'literal', kind, value: value as string | boolean }
}

/** How many nodes an expression has. */
export function sizeOf(expression: Expression): number {
  switch (expression.op) {
    case 'literal':
    case 'property':
    case 'item':
    case 'parent':
      return 1
    case 'items':
      return 1 + (expression.where ? sizeOf(expression.where) : 0)
    case 'list':
      return expression.items.reduce((sum, item) => sum + sizeOf(item), 1)
    case 'call':
      return expression.args.reduce((sum, arg) => sum + sizeOf(arg), 1)
    case 'lambda':
      return 1 + (expression.where ? sizeOf(expression.where) : 0)
    case 'hierarchy':
      return 2 + sizeOf(expression.value)
  }
}

/** Takes from the budget of copies. throws: Problem */
export function spend({ budget, target }: Scope, nodes: number, position: number): void {
  if (budget && (budget.left -= nodes) < 0)
    throw new Problem('limit.depth', {
      detail: `Aliases and computed values add more than ${copyLimit} parts to the query`,
      target,
      position,
    })
}

/** A problem at a place of the text. */
export function problem(
  code: 'request.type' | 'request.unknown' | 'request.syntax' | 'request.unsupported',
  scope: Scope,
  position: number,
  detail: string,
  hint?: string,
): Problem {
  return new Problem(code, { detail, target: scope.target, position, hint })
}
