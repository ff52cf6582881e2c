// The SQL backend: an expression → a fragment. What a property or a lambda is in SQL depends on the statement around it, so
// the query compiler says that; literals become parameters. Where only "is it true" matters, `truth` lets eq be a plain
// `=` that an index can serve.
import type { ValueKind } from '../base/kind.ts'
import { operandKinds } from './evaluate.ts'
import { join, param, sql, type Sql } from './fragment.ts'
import { functions } from './functions/index.ts'
import { readLiteral } from './literal.ts'
import { castOf } from './sql-type.ts'
import type { Expression } from './tree.ts'

type Of<Op extends Expression['op']> = Extract<Expression, { op: Op }>

export interface SqlScope {
  property(expression: Of<'property'>): Sql
  lambda(expression: Of<'lambda'>): Sql
  hierarchy(expression: Of<'hierarchy'>): Sql
  parent(expression: Of<'parent'>): Sql
  items(expression: Of<'items'>): Sql
  item(expression: Of<'item'>): Sql
  /** Whether the property can never be null here. */
  sure(expression: Of<'property'>): boolean
  /** One of the tenant's tables that are no entity's. */
  table(name: string): Sql
  /** An id is sought in the lists of whoever asks by halving, which needs no plan for the list at hand. */
  readonly halving?: boolean
}

/** The fragment of an expression; `truth` when null may count as false. */
export function toSql(expression: Expression, scope: SqlScope, truth = false): Sql {
  switch (expression.op) {
    case 'literal':
      return literalSql(expression)
    case 'list':
      return sql`(${join(
        expression.items.map((item) => toSql(item, scope)),
        ', ',
      )})`
    case 'property':
      return scope.property(expression)
    case 'lambda':
      return scope.lambda(expression)
    case 'hierarchy':
      return scope.hierarchy(expression)
    case 'parent':
      return scope.parent(expression)
    case 'items':
      return scope.items(expression)
    case 'item':
      return scope.item(expression)
    case 'call':
      return callSql(expression, scope, truth)
  }
}

function literalSql({ kind, value, slot }: Of<'literal'>): Sql {
  const known: ValueKind = kind === 'null' ? 'text' : kind
  if (value === null) return sql`null::${{ pieces: [castOf[known]] }}`
  if (typeof value === 'boolean') return value ? sql`true` : sql`false`
  const convert = (text: string | boolean | null) => {
    const read = text === null ? null : readLiteral(known, text)
    return known === 'duration' && typeof read === 'string' ? intervalText(read) : read
  }
  return param(
    slot === undefined ? { from: 'value', value: convert(value) } : { from: 'literal', slot, convert },
    castOf[known],
  )
}

/** A duration as PostgreSQL reads it, which knows a sign of each part only. */
function intervalText(duration: string): string {
  return duration.startsWith('-') ? duration.slice(1).replaceAll(/[\d.]+/g, '-$&') : duration
}

function callSql(expression: Of<'call'>, scope: SqlScope, truth: boolean): Sql {
  const definition = functions.get(expression.function)!
  const passOn = truth && (expression.function === 'and' || expression.function === 'or')
  const { args } = expression
  const items = args[1]?.op === 'list' ? args[1].items.map((item) => toSql(item, scope)) : undefined
  return definition.sql(
    args.map((arg) => toSql(arg, scope, passOn)),
    {
      kinds: operandKinds(expression),
      gives: expression.kind,
      args,
      items,
      truth,
      sure: (index) => neverNull(args[index], scope),
      literal: (index, make) => madeLiteral(args[index], make),
      table: (name) => scope.table(name),
      ...(scope.halving === undefined ? {} : { halving: scope.halving }),
    },
  )
}

function neverNull(expression: Expression | undefined, scope: SqlScope): boolean {
  if (expression?.op === 'literal') return expression.value !== null
  if (expression?.op === 'property') return scope.sure(expression)
  return (
    expression?.op === 'call' &&
    (expression.function === 'me' || expression.function === 'now' || expression.function === 'today')
  )
}

/** A parameter made from a text literal, such as a LIKE pattern. */
function madeLiteral(expression: Expression | undefined, make: (text: string) => unknown): Sql | undefined {
  if (expression?.op !== 'literal' || typeof expression.value !== 'string' || expression.kind !== 'text')
    return undefined
  const convert = (text: string | boolean | null) => {
    const read = readLiteral('text', text as string)
    return typeof read === 'string' ? make(read) : read
  }
  const { slot, value } = expression
  return param(
    slot === undefined ? { from: 'value', value: convert(value) } : { from: 'literal', slot, convert },
    'text',
  )
}
