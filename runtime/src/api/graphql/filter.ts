// Filters: for each kind of value an input type with the operators that the expressions of the data service have, found in their
// own table; for each entity one with its fields, its relationships, and AND, OR, NOT. What comes in becomes the same tree that
// `$filter` is read into. Names in capitals cannot be those of fields.
import {
  GraphQLBoolean,
  GraphQLInputObjectType,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLInputFieldConfig,
  type GraphQLInputType,
} from 'graphql'
import { valueKinds, type ValueKind } from '@peyvand/core/base/kind.ts'
import type { QueryLimits } from '@peyvand/core/base/limits.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { functions } from '@peyvand/core/expression/functions/index.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import type { Navigation, Property } from '@peyvand/core/model/wire.ts'
import { pascal, plain } from './names.ts'
import { comparedType, literalText, typeOfKind } from './scalars.ts'

type Inputs = Record<string, GraphQLInputFieldConfig>

/** An operator of a filter. */
interface Operator {
  readonly name: string
  /** The function of the expressions. */
  readonly call: string
  /** What it is compared with: a value of this kind, a list of them, or nothing but yes and no. */
  readonly takes: ValueKind | 'list' | 'none'
  readonly doc: string
}

/** Functions that join conditions or choose between values are no operators of one field. */
const joining: ReadonlySet<string> = new Set(['and', 'or', 'not', 'if', 'coalesce'])
/** Values of these kinds are not written in filters; whether there is one can be asked. */
const unwritten: ReadonlySet<ValueKind> = new Set(['json', 'texts', 'point', 'polygon'])

/** The operators of a kind: every function that says yes or no about one of its values. */
export function operatorsOf(kind: ValueKind): readonly Operator[] {
  const found: Operator[] = []
  for (const { name, doc, overloads } of functions.values()) {
    const fit = overloads.find(({ params, gives }) => gives === 'boolean' && params[0] === kind)
    if (fit === undefined || joining.has(name) || fit.params.length > 2) continue
    const other = fit.params[1]
    if (other === kind && unwritten.has(kind)) continue
    const takes = name === 'in' ? 'list' : (other ?? 'none')
    found.push({ name: plain(name), call: name, takes, doc })
  }
  return found
}

const operators: ReadonlyMap<ValueKind, ReadonlyMap<string, Operator>> = new Map(
  valueKinds.map((kind) => [kind, new Map(operatorsOf(kind).map((each) => [each.name, each]))]),
)

/** The input types of one kind of value each. */
export const kindFilters: ReadonlyMap<ValueKind, GraphQLInputObjectType> = new Map(
  valueKinds.map((kind) => [
    kind,
    new GraphQLInputObjectType({
      name: `${pascal(kind)}Filter`,
      description: 'Conditions on one value; all of them must hold.',
      fields: Object.fromEntries<GraphQLInputFieldConfig>([
        ['is_null', { type: GraphQLBoolean, description: 'Whether there is no value.' }],
        ...operatorsOf(kind).map(({ name, takes, doc }): [string, GraphQLInputFieldConfig] => [
          name,
          { type: operandType(kind, takes), description: takes === 'none' ? `${doc} (false: the others)` : doc },
        ]),
      ]),
    }),
  ]),
)

function operandType(kind: ValueKind, takes: Operator['takes']): GraphQLInputType {
  if (takes === 'none') return GraphQLBoolean
  return takes === 'list' ? new GraphQLList(typeOfKind(kind)) : comparedType(takes)
}

/** The fields of an entity's filter. `related` and `many` give the filters of what relationships lead to. */
export function filterFields(
  own: GraphQLInputObjectType,
  properties: Iterable<Property>,
  navigations: Iterable<Navigation>,
  filterOf: (navigation: Navigation) => GraphQLInputObjectType,
): Inputs {
  const list = new GraphQLList(new GraphQLNonNull(own))
  return {
    AND: { type: list, description: 'All of these.' },
    OR: { type: list, description: 'At least one of these.' },
    NOT: { type: own, description: 'Not this.' },
    ...Object.fromEntries([...navigations].map((each) => [each.name, { type: filterOf(each) }])),
    ...Object.fromEntries([...properties].map(({ name, kind }) => [name, { type: kindFilters.get(kind)! }])),
  }
}

/** The filter of the many records a relationship leads to. */
export function listFilter(name: string, of: GraphQLInputObjectType): GraphQLInputObjectType {
  return new GraphQLInputObjectType({
    name,
    description: 'Conditions on related records; all of them must hold.',
    fields: {
      any: { type: of, description: 'There is one that meets this; {} asks whether there is one at all.' },
      all: { type: of, description: 'There is none that does not meet this.' },
      count: { type: kindFilters.get('integer')!, description: 'How many there are.' },
    },
  })
}

// ---- what comes in --------------------------------------------------------------------------------------------------

/** What a filter is about: the names there are, and how much it may hold. */
export interface FilterScope {
  readonly properties: ReadonlyMap<string, Property>
  readonly navigations: ReadonlyMap<string, Navigation>
  readonly wire: (entity: string) => Pick<FilterScope, 'properties' | 'navigations'>
  readonly limits: QueryLimits
  readonly budget: { nodes: number; variables: number }
  /** How names are reached from the record that is asked about. */
  readonly prefix: readonly string[]
  readonly depth: number
}

type Given = Readonly<Record<string, unknown>>

/** The condition of a filter; undefined when it asks nothing. throws: Problem when it holds too much. */
export function conditionOf(filter: Given, scope: FilterScope): Syntax | undefined {
  if (scope.depth > scope.limits.depth)
    throw new Problem('limit.depth', {
      detail: `A filter may be nested ${scope.limits.depth} levels deep`,
      target: 'filter',
    })
  const parts = Object.entries(filter).flatMap(([name, given]): Syntax[] => {
    if (given === undefined) return []
    const part = partOf(name, given, { ...scope, depth: scope.depth + 1 })
    return part === undefined ? [] : [part]
  })
  return joined('and', parts)
}

function partOf(name: string, given: unknown, scope: FilterScope): Syntax | undefined {
  if (given === null) throw empty(name)
  if (name === 'AND' || name === 'OR') {
    const all = (given as readonly Given[]).map((each) => conditionOf(each, scope) ?? truth(true))
    return joined(name === 'AND' ? 'and' : 'or', all) ?? truth(name === 'AND')
  }
  if (name === 'NOT') return call(scope, 'not', [conditionOf(given as Given, scope) ?? truth(true)])
  const property = scope.properties.get(name)
  if (property) return valueCondition(path(scope, name), property.kind, given as Given, scope)
  const navigation = scope.navigations.get(name)!
  const inner = { ...scope, ...scope.wire(navigation.target) }
  if (!navigation.collection) return conditionOf(given as Given, { ...inner, prefix: [...scope.prefix, name] })
  return listCondition(name, given as Given, scope, inner)
}

function listCondition(name: string, given: Given, scope: FilterScope, inner: FilterScope): Syntax | undefined {
  const names = [...scope.prefix, name]
  const parts = Object.entries(given).flatMap(([test, value]): Syntax[] => {
    if (value === undefined) return []
    if (value === null) throw empty(test)
    spend(scope)
    if (test === 'count') {
      const many: Syntax = { op: 'lambda', test: 'count', names, position: 0 }
      const condition = valueCondition(many, 'integer', value as Given, scope)
      return condition === undefined ? [] : [condition]
    }
    const variable = `X${scope.budget.variables++}`
    const where = conditionOf(value as Given, { ...inner, prefix: [variable] })
    if (where === undefined && test === 'all') return []
    return [{ op: 'lambda', test: test as 'any' | 'all', names, position: 0, ...(where ? { variable, where } : {}) }]
  })
  return joined('and', parts)
}

/** The conditions on one value. */
export function valueCondition(
  value: Syntax,
  kind: ValueKind,
  given: Given,
  scope: Pick<FilterScope, 'budget' | 'limits'>,
): Syntax | undefined {
  const parts = Object.entries(given).flatMap(([name, operand]): Syntax[] => {
    if (operand === undefined) return []
    spend(scope)
    const none: Syntax = { op: 'literal', kind: 'null', value: null, position: 0 }
    if (name === 'is_null') {
      if (operand === null) throw empty(name)
      return [call(scope, operand === true ? 'eq' : 'ne', [value, none])]
    }
    const operator = operators.get(kind)!.get(name)!
    if (operand === null && operator.call !== 'eq' && operator.call !== 'ne') throw empty(name)
    if (operator.takes === 'none') {
      const asked = call(scope, operator.call, [value])
      return [operand === true ? asked : call(scope, 'not', [asked])]
    }
    if (operator.takes === 'list') {
      const items = (operand as readonly unknown[]).map((each) => literal(each, kind, scope))
      return [call(scope, 'in', [value, { op: 'list', items, position: 0 }])]
    }
    return [call(scope, operator.call, [value, operand === null ? none : literal(operand, operator.takes, scope)])]
  })
  return joined('and', parts)
}

function literal(value: unknown, kind: ValueKind, scope: Pick<FilterScope, 'budget' | 'limits'>): Syntax {
  spend(scope)
  // The scalars have let nothing else through.
  const text = literalText(value as string | number | boolean | null, scope.limits.length)
  return { op: 'literal', kind: text === null ? 'null' : kind, value: text, position: 0 }
}

function path(scope: FilterScope, name: string): Syntax {
  return { op: 'path', names: [...scope.prefix, name], position: 0 }
}

function call(scope: Pick<FilterScope, 'budget' | 'limits'>, name: string, args: readonly Syntax[]): Syntax {
  spend(scope)
  return { op: 'call', name, args, position: 0 }
}

const truth = (value: boolean): Syntax => ({ op: 'literal', kind: 'boolean', value, position: 0 })

function joined(name: 'and' | 'or', parts: readonly Syntax[]): Syntax | undefined {
  return parts.length > 1 ? { op: 'call', name, args: parts, position: 0 } : parts[0]
}

function spend({ budget, limits }: Pick<FilterScope, 'budget' | 'limits'>): void {
  if (--budget.nodes < 0)
    throw new Problem('limit.depth', { detail: `A filter may have ${limits.nodes} parts`, target: 'filter' })
}

function empty(name: string): Problem {
  return new Problem('request.type', {
    detail: `"${name}" must have a value`,
    target: 'filter',
    hint: 'Leave it out, or ask with is_null',
  })
}
