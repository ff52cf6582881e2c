// `amount with sum as total` → an aggregate: which methods there are, what each takes and what kind it gives.
import { isOrdered, type ValueKind } from '../base/kind.ts'
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import { kindName } from '../expression/literal.ts'
import { shown } from '../expression/reader.ts'
import type { Scope } from '../expression/scope.ts'
import type { Expression, Syntax } from '../expression/tree.ts'
import type { AggregateSyntax } from './syntax.ts'
import { aggregateMethods, type AggregateMethod, type BoundAggregate } from './tree.ts'

const sorted: ReadonlySet<string> = new Set<ValueKind>([
  'text',
  'integer',
  'decimal',
  'float',
  'date',
  'time',
  'datetime',
  'duration',
])

/** Binds an aggregate. throws: Problem */
export function bindAggregate({ of, method, position }: AggregateSyntax, scope: Scope): BoundAggregate {
  if (!(aggregateMethods as readonly string[]).includes(method))
    throw new Problem('request.unknown', {
      detail: `There is no aggregate method "${shown(method)}"`,
      target: '$apply',
      position,
      hint: suggest(method, aggregateMethods),
    })
  const known = method as AggregateMethod
  if (!of) return { method: known }
  const many = listIn(of, scope)
  if (many !== undefined)
    throw new Problem('request.unsupported', {
      detail: `"${shown(many)}" leads to many records; to aggregate over those of all is not supported in this form`,
      target: '$apply',
      position,
      hint: `Join them: join(${shown(many)} as x)/aggregate(x/… with ${known} as …)`,
    })
  const written = bindExpression(of, scope)
  if (written instanceof Problem) throw written
  const expression = known === 'sum' || known === 'average' ? exactly(written) : written
  if (!takes(known, expression.kind)) throw wrongKind(method, expression.kind, position)
  return { of: expression, method: known }
}

/** The list that a value lies behind: `contacts` of `contacts/age`. */
function listIn(of: Syntax, { root, wire }: Scope): string | undefined {
  let at = root
  for (const name of of.op === 'path' ? of.names.slice(0, -1) : []) {
    const navigation = at.navigations.get(name)
    if (navigation === undefined) return undefined
    if (navigation.collection) return name
    at = wire(navigation.target)
  }
  return undefined
}

/** Floats are added up exactly, so that the order of the rows does not show and no sum overflows. */
function exactly(value: Expression): Expression {
  return value.kind === 'float' ? { op: 'call', function: 'to_decimal', args: [value], kind: 'decimal' } : value
}

function takes(method: AggregateMethod, kind: Expression['kind']): boolean {
  if (method === 'sum' || method === 'average') return kind === 'integer' || kind === 'decimal' || kind === 'duration'
  if (method === 'min' || method === 'max') return sorted.has(kind)
  return kind === 'null' || isOrdered(kind)
}

/** The kind of what an aggregate gives. */
export function kindOf({ of, method }: BoundAggregate): ValueKind {
  if (method === 'count' || method === 'countdistinct') return 'integer'
  return method === 'average' && of!.kind !== 'duration' ? 'decimal' : (of!.kind as ValueKind)
}

/** The kind that values of a kind give when they are aggregated so; undefined when they cannot be. */
export function aggregateKind(method: AggregateMethod, kind: ValueKind): ValueKind | undefined {
  const value: Expression = { op: 'literal', kind, value: null }
  const of = method === 'sum' || method === 'average' ? exactly(value) : value
  return takes(method, of.kind) ? kindOf({ of, method }) : undefined
}

/** The problem of a value that cannot be used this way. */
export function wrongKind(what: string, kind: Expression['kind'], position: number, target = '$apply'): Problem {
  return new Problem('request.type', { detail: `"${what}" cannot take ${kindName(kind)}`, target, position })
}
