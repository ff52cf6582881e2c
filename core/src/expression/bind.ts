// Syntax → Expression: names become properties and navigations of the model, kinds are checked, and each literal takes the
// kind of what it is compared with. A literal that has a slot keeps its text: its value is read per request, so that one
// bound shape serves them all; any other literal is read here.
import type { ValueKind } from '../base/kind.ts'
import { suggest } from '../base/name.ts'
import type { Problem } from '../base/problem.ts'
import { bindHierarchy } from './bind-hierarchy.ts'
import { bindMy } from './bind-my.ts'
import { bindTypeTest } from './bind-type.ts'
import { functions } from './functions/index.ts'
import type { FunctionDefinition, Overload } from './functions/function.ts'
import { kindName } from './literal.ts'
import { reading, shown } from './reader.ts'
import { bindProperty, fits, problem, settle, sizeOf, spend, start, unknownName, walk, type Scope } from './scope.ts'
import type { WireEntity } from '../model/wire.ts'
import { hierarchyTests, type Expression, type HierarchyTest, type Syntax } from './tree.ts'

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

/** What a path stands for: a computed value, or a property and the navigations to it. throws: Problem */
export function bindPath(names: readonly string[], scope: Scope, position: number): Expression {
  const computed = scope.computed?.get(names.join('/'))
  if (computed && (scope.row ?? 0) === 0 && !isVariable(names[0]!, scope)) {
    spend(scope, sizeOf(computed), position)
    return computed
  }
  if (scope.closed) throw notThere(names.join('/'), scope, position)
  return bindProperty(names, scope, position)
}

function isVariable(name: string, { variables = [] }: Scope): boolean {
  return variables.some((variable) => variable.name === name)
}

function notThere(name: string, scope: Scope, position: number): Problem {
  const hint = suggest(name, scope.computed?.keys() ?? [])
  return problem('request.unknown', scope, position, `"${shown(name)}" does not come out of $apply`, hint)
}

/** Binds a part of an expression; its literals keep the kind they are written in. */
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
      return bindItem(syntax, scope) ?? bindPath(syntax.names, scope, syntax.position)
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

/** The value a lambda over a list of values is at, when the path names it. */
function bindItem({ names, position }: Extract<Syntax, { op: 'path' }>, scope: Scope): Expression | undefined {
  const index = (scope.variables ?? []).findLastIndex(({ name }) => name === names[0])
  const variable = scope.variables?.[index]
  if (variable === undefined || 'wire' in variable) return undefined
  if (names.length > 1)
    throw problem('request.type', scope, position, `"${names[0]}" is a value; nothing lies behind it`)
  return { op: 'item', kind: variable.item, scope: index + 1 }
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
  if (value.op === 'literal') return bind(value, { ...scope, target: syntax.name })
  const bound = bind(value, { ...scope, target: syntax.name, aliases: without(scope.aliases!, syntax.name) })
  spend(scope, sizeOf(bound), syntax.position)
  return bound
}

/** An alias cannot be made of itself. */
function without(aliases: ReadonlyMap<string, Syntax>, name: string): ReadonlyMap<string, Syntax> {
  return new Map([...aliases].filter(([each]) => each !== name))
}

function bindLambda(syntax: Extract<Syntax, { op: 'lambda' }>, scope: Scope): Expression {
  if (scope.closed) throw notThere(syntax.names.join('/'), scope, syntax.position)
  const { wire, rest, depth } = start(syntax.names, scope)
  const { through, wire: owner } = walk(rest.slice(0, -1), wire, scope, syntax.position)
  const name = rest.at(-1) ?? ''
  const navigation = owner.navigations.get(name)
  if (!navigation && owner.properties.get(name)?.kind === 'texts') return bindItems(syntax, scope)
  if (!navigation) throw unknownName(owner, name, scope.target, syntax.position)
  if (!navigation.collection)
    throw problem('request.type', scope, syntax.position, `"${name}" leads to one record, not to many`)
  const base = {
    op: 'lambda' as const,
    test: syntax.test,
    through,
    navigation,
    kind: syntax.test === 'count' ? ('integer' as const) : ('boolean' as const),
    ...(depth === 0 ? {} : { scope: depth }),
  }
  const asked = askedOf(syntax, scope.wire(navigation.target), scope)
  if (!asked) return base
  const variables = [...(scope.variables ?? []), { name: syntax.variable ?? '', wire: scope.wire(navigation.target) }]
  const inner = { ...scope, variables, ...(syntax.variable === undefined ? { row: variables.length } : {}) }
  return { ...base, where: bindWhere(asked, inner) }
}

/** The condition of a lambda: what it filters and what it searches for. */
function askedOf(
  { where, search, position }: Extract<Syntax, { op: 'lambda' }>,
  wire: WireEntity,
  scope: Scope,
): Syntax | undefined {
  if (search === undefined) return where
  if (!scope.searching)
    throw problem('request.unsupported', scope, position, '"$search" inside $count is not supported here')
  const words = scope.searching(search, wire)
  return where ? { op: 'call', name: 'and', args: [where, words], position } : words
}

/** `tags/any(t:t eq 'x')`: the values of a list, one after the other. */
function bindItems(syntax: Extract<Syntax, { op: 'lambda' }>, scope: Scope): Expression {
  const base = {
    op: 'items' as const,
    test: syntax.test,
    of: bindProperty(syntax.names, scope, syntax.position),
    kind: syntax.test === 'count' ? ('integer' as const) : ('boolean' as const),
  }
  if (!syntax.where) return base
  if (syntax.variable === undefined)
    throw problem('request.unsupported', scope, syntax.position, 'A filter inside $count of a list is not supported')
  const variables = [...(scope.variables ?? []), { name: syntax.variable, item: 'text' as const }]
  return { ...base, where: bindWhere(syntax.where, { ...scope, variables }) }
}

/** The condition of a lambda. */
function bindWhere(syntax: Syntax, scope: Scope): Expression {
  const where = settle(bind(syntax, scope), syntax, 'boolean', scope)
  if (where.kind !== 'boolean')
    throw problem('request.type', scope, syntax.position, `Expected a condition, found ${kindName(where.kind)}`)
  return where
}

function bindCall(syntax: Extract<Syntax, { op: 'call' }>, scope: Scope): Expression {
  if (syntax.name === 'in') {
    const list = listOf(syntax.args[1]!, scope)
    if (list) return bindIn(syntax, list, scope)
  }
  if (syntax.name === 'my') return bindMy(syntax, scope)
  if (syntax.name === 'isof' || syntax.name === 'cast') return bindTypeTest(syntax, scope, bind)
  if ((hierarchyTests as readonly string[]).includes(syntax.name))
    return bindHierarchy(syntax as typeof syntax & { name: HierarchyTest }, scope, bind)
  const written = syntax.args.map((arg) => bind(arg, scope))
  const args = functions.get(syntax.name)?.zoned ? written.map(wallDay) : written
  const name = syntax.name === '+' ? (args.some(({ kind }) => kind === 'text') ? 'concat' : 'add') : syntax.name
  const definition = functions.get(name)
  if (!definition) throw unknownFunction(name, scope, syntax.position)
  if (name === 'in' && args[1]?.kind === 'texts')
    return bindCall({ ...syntax, name: 'has', args: syntax.args.toReversed() }, scope)
  const overload = pick(definition.overloads, (candidate, widening) => accepts(candidate, args, widening))
  if (!overload) throw noOverload(definition, args, syntax, scope)
  const settled = args.map((arg, i) => settle(arg, syntax.args[i]!, paramKind(overload, i), scope))
  const odd = definition.written?.find((i) => settled[i]!.op !== 'literal' || settled[i]!.kind === 'null')
  if (odd !== undefined)
    throw problem(
      'request.unsupported',
      scope,
      syntax.args[odd]!.position,
      `"${name}" with a computed pattern is not supported`,
    )
  return { op: 'call', function: name, args: settled, kind: overload.gives }
}

/** A wall time has no zone: its day is the one it shows. */
function wallDay(value: Expression): Expression {
  if (value.op !== 'property' || value.property.wallTime !== true) return value
  return { op: 'call', function: 'date', args: [value], kind: 'date' }
}

/** The written list behind "in", also as a parameter alias. */
function listOf(syntax: Syntax, scope: Scope): Extract<Syntax, { op: 'list' }> | undefined {
  const value = syntax.op === 'alias' ? scope.aliases?.get(syntax.name) : syntax
  return value?.op === 'list' ? value : undefined
}

/** `x in (…)`: every item takes the kind of x. */
function bindIn(
  syntax: Extract<Syntax, { op: 'call' }>,
  list: Extract<Syntax, { op: 'list' }>,
  scope: Scope,
): Expression {
  const value = bind(syntax.args[0]!, scope)
  const items = list.items.map((item) => bind(item, scope))
  if (items.length === 0) return { op: 'literal', kind: 'boolean', value: false }
  const overload = pick(functions.get('in')!.overloads, ({ params: [kind] }, widening) =>
    [value, ...items].every((each) => fits(each, kind!, widening)),
  )
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

/** The first overload that fits as it is, else the first that fits when values widen. */
function pick(
  overloads: readonly Overload[],
  fit: (overload: Overload, widening: boolean) => boolean,
): Overload | undefined {
  return overloads.find((one) => fit(one, false)) ?? overloads.find((one) => fit(one, true))
}

function accepts(overload: Overload, args: readonly Expression[], widening: boolean): boolean {
  const { params, rest } = overload
  if (rest ? args.length < params.length : args.length !== params.length) return false
  return args.every((arg, i) => fits(arg, paramKind(overload, i), widening))
}

function unknownFunction(name: string, scope: Scope, position: number): Problem {
  return problem(
    'request.unknown',
    scope,
    position,
    `There is no function "${shown(name)}"`,
    suggest(
      name,
      [...functions.keys()].filter((each) => !each.startsWith('~')),
    ),
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
