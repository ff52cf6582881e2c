// Syntax → Expression: names become properties and navigations of the model, kinds are checked, and each literal takes the
// kind of what it is compared with. A literal that has a slot keeps its text: its value is read per request, so that one
// bound shape serves them all; any other literal is read here.
import type { ValueKind } from '../base/kind.ts'
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import type { Id } from '../model/model.ts'
import type { Navigation, Property, WireEntity } from '../model/wire.ts'
import { functions } from './functions/index.ts'
import type { FunctionDefinition, Overload } from './functions/function.ts'
import { kindName, placed, readLiteral } from './literal.ts'
import { reading, shown } from './reader.ts'
import type { Expression, Syntax } from './tree.ts'

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
  readonly variables?: readonly { readonly name: string; readonly wire: WireEntity }[]
}

/** Binds an expression of any kind, or one that must be of the given kind. */
export function bindExpression(syntax: Syntax, scope: Scope, kind?: ValueKind): Expression | Problem {
  return reading(() => {
    const bound = bind(syntax, scope)
    if (kind === undefined || bound.kind === kind)
      return settle(bound, syntax, bound.kind === 'null' ? 'text' : bound.kind, scope)
    if (bound.op === 'literal' && fits(bound, kind)) return settle(bound, syntax, kind, scope)
    throw problem('request.type', scope, syntax.position, `Expected ${kindName(kind)}, found ${kindName(bound.kind)}`)
  })
}

/** The property and the navigations a path walks; a lookup's name alone means its id. throws: Problem */
export function bindPath(
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

function start(names: readonly string[], scope: Scope): { wire: WireEntity; rest: readonly string[]; depth: number } {
  const variables = scope.variables ?? []
  const first = names[0]!
  if (first === '$it') return { wire: scope.root, rest: names.slice(1), depth: 0 }
  for (let i = variables.length - 1; i >= 0; i--) {
    if (variables[i]!.name === first) return { wire: variables[i]!.wire, rest: names.slice(1), depth: i + 1 }
  }
  return { wire: scope.root, rest: names, depth: 0 }
}

function walk(
  names: readonly string[],
  from: WireEntity,
  scope: Scope,
  position: number,
): { through: Navigation[]; wire: WireEntity } {
  let wire = from
  const through: Navigation[] = []
  for (const name of names) {
    const navigation = wire.navigations.get(name)
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

function bind(syntax: Syntax, scope: Scope): Expression {
  switch (syntax.op) {
    case 'literal':
      return {
        op: 'literal',
        kind: syntax.kind,
        value: syntax.value,
        ...(syntax.slot === undefined ? {} : { slot: syntax.slot }),
      }
    case 'path':
      return bindPath(syntax.names, scope, syntax.position)
    case 'alias':
      return bindAlias(syntax, scope)
    case 'lambda':
      return bindLambda(syntax, scope)
    case 'list':
      throw problem('request.type', scope, syntax.position, 'A list can only stand behind "in"')
    case 'call':
      return bindCall(syntax, scope)
  }
}

function bindAlias(syntax: Extract<Syntax, { op: 'alias' }>, scope: Scope): Expression {
  const value = scope.aliases?.get(syntax.name)
  if (!value)
    throw problem(
      'request.unknown',
      scope,
      syntax.position,
      `The parameter "${shown(syntax.name)}" is not given`,
      `Add ${shown(syntax.name)}=… to the query`,
    )
  if (value.op !== 'literal')
    throw problem(
      'request.unsupported',
      scope,
      syntax.position,
      'A parameter alias that is not a plain value is not supported',
    )
  return bind(value, { ...scope, target: syntax.name })
}

function bindLambda(syntax: Extract<Syntax, { op: 'lambda' }>, scope: Scope): Expression {
  const { wire, rest, depth } = start(syntax.names, scope)
  const { through, wire: owner } = walk(rest.slice(0, -1), wire, scope, syntax.position)
  const name = rest.at(-1) ?? ''
  const navigation = owner.navigations.get(name)
  if (!navigation) throw unknownName(owner, name, scope.target, syntax.position)
  if (!navigation.collection)
    throw problem('request.type', scope, syntax.position, `"${name}" leads to one record, not to many`)
  const base = {
    op: 'lambda' as const,
    test: syntax.test,
    through,
    navigation,
    kind: 'boolean' as const,
    ...(depth === 0 ? {} : { scope: depth }),
  }
  if (!syntax.where) return base
  const inner = {
    ...scope,
    variables: [...(scope.variables ?? []), { name: syntax.variable!, wire: scope.wire(navigation.target) }],
  }
  const where = settle(bind(syntax.where, inner), syntax.where, 'boolean', inner)
  if (where.kind !== 'boolean')
    throw problem('request.type', scope, syntax.where.position, `Expected a condition, found ${kindName(where.kind)}`)
  return { ...base, where }
}

function bindCall(syntax: Extract<Syntax, { op: 'call' }>, scope: Scope): Expression {
  if (syntax.name === 'in' && syntax.args[1]?.op === 'list') return bindIn(syntax, syntax.args[1], scope)
  const args = syntax.args.map((arg) => bind(arg, scope))
  const name = syntax.name === '+' ? (args.some(({ kind }) => kind === 'text') ? 'concat' : 'add') : syntax.name
  const definition = functions.get(name)
  if (!definition) throw unknownFunction(name, scope, syntax.position)
  const overload = definition.overloads.find((candidate) => accepts(candidate, args))
  if (!overload) throw noOverload(definition, args, syntax, scope)
  const settled = args.map((arg, i) => settle(arg, syntax.args[i]!, paramKind(overload, i), scope))
  return { op: 'call', function: name, args: settled, kind: overload.gives }
}

/** `x in (…)`: every item takes the kind of x. */
function bindIn(
  syntax: Extract<Syntax, { op: 'call' }>,
  list: Extract<Syntax, { op: 'list' }>,
  scope: Scope,
): Expression {
  const value = bind(syntax.args[0]!, scope)
  const items = list.items.map((item) => bind(item, scope))
  if (items.length === 0) throw problem('request.syntax', scope, list.position, 'The list is empty')
  const overload = functions
    .get('in')!
    .overloads.find(({ params }) => fits(value, params[0]!) && items.every((item) => fits(item, params[0]!)))
  if (!overload) {
    const odd = items.findIndex((item) => value.kind !== 'null' && !fits(item, value.kind))
    throw problem(
      'request.type',
      scope,
      list.items[Math.max(odd, 0)]!.position,
      `The list must hold values of the kind ${kindName(value.kind)}`,
    )
  }
  const kind = overload.params[0]!
  const settled = items.map((item, i) => settle(item, list.items[i]!, kind, scope))
  return {
    op: 'call',
    function: 'in',
    args: [settle(value, syntax.args[0]!, kind, scope), { op: 'list', items: settled, kind }],
    kind: 'boolean',
  }
}

function paramKind({ params }: Overload, index: number): ValueKind {
  return params[Math.min(index, params.length - 1)]!
}

function accepts(overload: Overload, args: readonly Expression[]): boolean {
  const { params, rest } = overload
  if (rest ? args.length < params.length : args.length !== params.length) return false
  return args.every((arg, i) => fits(arg, paramKind(overload, i)))
}

/** Which written values can stand for a kind; bare words of another kind cannot. */
const literalFits: Readonly<Record<string, readonly ValueKind[]>> = {
  text: ['text', 'uuid', 'date', 'datetime'],
  integer: ['integer', 'decimal'],
  decimal: ['decimal'],
  boolean: ['boolean'],
  uuid: ['uuid'],
  date: ['date', 'datetime'],
  datetime: ['datetime'],
  json: [],
}
const widens: Readonly<Partial<Record<ValueKind, ValueKind>>> = { integer: 'decimal', date: 'datetime' }

function fits(expression: Expression, kind: ValueKind): boolean {
  if (expression.kind === 'null') return true
  if (expression.op === 'literal') return literalFits[expression.kind]!.includes(kind)
  return expression.kind === kind || widens[expression.kind] === kind
}

/** Gives a literal its kind and value, and widens a day to a moment where a moment is meant. */
function settle(expression: Expression, syntax: Syntax, kind: ValueKind, scope: Scope): Expression {
  if (expression.op !== 'literal') {
    if (kind !== 'datetime' || expression.kind !== 'date') return expression
    return { op: 'call', function: 'start_of_day', args: [expression], kind: 'datetime' }
  }
  if (expression.value === null) return { op: 'literal', kind, value: null }
  if (expression.slot !== undefined) return { ...expression, kind }
  const value = readLiteral(kind, expression.value)
  if (value instanceof Problem) throw placed(value, { target: scope.target, position: syntax.position })
  return { op: 'literal', kind, value: value as string | boolean }
}

function unknownFunction(name: string, scope: Scope, position: number): Problem {
  return problem(
    'request.unknown',
    scope,
    position,
    `There is no function "${shown(name)}"`,
    suggest(name, functions.keys()),
  )
}

function noOverload(
  definition: FunctionDefinition,
  args: readonly Expression[],
  syntax: Extract<Syntax, { op: 'call' }>,
  scope: Scope,
): Problem {
  const { name, overloads, infix } = definition
  if (infix !== undefined && args.length === 2) {
    const literal = args.findIndex(({ op }) => op === 'literal')
    const position = literal < 0 ? syntax.position : syntax.args[literal]!.position
    return problem(
      'request.type',
      scope,
      position,
      `"${name}" cannot take ${kindName(args[0]!.kind)} and ${kindName(args[1]!.kind)}`,
    )
  }
  const wanted = [...new Set(overloads.map(({ params }) => `${name}(${params.join(', ')})`))].slice(0, 3).join(' or ')
  return problem(
    'request.type',
    scope,
    syntax.position,
    `"${name}" cannot take (${args.map(({ kind }) => kindName(kind)).join(', ')})`,
    `Write ${wanted}`,
  )
}

function problem(
  code: 'request.type' | 'request.unknown' | 'request.syntax' | 'request.unsupported',
  scope: Scope,
  position: number,
  detail: string,
  hint?: string,
): Problem {
  return new Problem(code, { detail, target: scope.target, position, hint })
}
