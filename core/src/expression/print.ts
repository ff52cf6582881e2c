// Syntax and Expression → OData text, with no more parentheses than needed. Law: parse(print(s)) = s, but for positions.
import { functions } from './functions/index.ts'
import type { Expression, Syntax } from './tree.ts'

const unary = 7
const primary = 8

/** The OData spelling of a written tree. */
export function printSyntax(syntax: Syntax): string {
  return print(syntax)[0]
}

/** The OData spelling of a bound expression. */
export function printExpression(expression: Expression): string {
  return printSyntax(unbind(expression, []))
}

/** Text and the strength of its outermost operator. */
function print(syntax: Syntax): [string, number] {
  switch (syntax.op) {
    case 'literal':
      return [printLiteral(syntax.kind, syntax.value), primary]
    case 'path':
      return [syntax.names.join('/'), primary]
    case 'alias':
      return [syntax.name, primary]
    case 'list':
      return [`(${syntax.items.map(printSyntax).join(',')})`, primary]
    case 'lambda': {
      const body = syntax.where ? `${syntax.variable}:${printSyntax(syntax.where)}` : ''
      return [`${syntax.names.join('/')}/${syntax.test}(${body})`, primary]
    }
    case 'call':
      return printCall(syntax.name, syntax.args)
  }
}

function printCall(name: string, args: readonly Syntax[]): [string, number] {
  if (name === 'not') return [`not ${within(args[0]!, unary)}`, unary]
  if (name === 'neg') return [`-(${printSyntax(args[0]!)})`, unary]
  const strength = functions.get(name)?.infix
  if (strength === undefined || args.length < 2) return [`${name}(${args.map(printSyntax).join(',')})`, primary]
  const [first, ...rest] = args
  const chain = name === 'and' || name === 'or'
  const left = within(first!, chain ? strength + 1 : strength)
  return [`${left} ${rest.map((arg) => `${name} ${within(arg, strength + 1)}`).join(' ')}`, strength]
}

function within(syntax: Syntax, strength: number): string {
  const [text, own] = print(syntax)
  return own < strength ? `(${text})` : text
}

function printLiteral(kind: string, value: string | boolean | null): string {
  if (kind === 'text') return `'${String(value).replaceAll("'", "''")}'`
  return String(value)
}

const variables = ['x', 'y', 'z', 'v4', 'v5', 'v6', 'v7', 'v8', 'v9', 'v10']

function unbind(expression: Expression, scopes: readonly string[]): Syntax {
  const position = 0
  switch (expression.op) {
    case 'literal':
      return { op: 'literal', kind: expression.kind, value: expression.value, position }
    case 'list':
      return { op: 'list', items: expression.items.map((item) => unbind(item, scopes)), position }
    case 'call':
      return {
        op: 'call',
        name: expression.function,
        args: expression.args.map((arg) => unbind(arg, scopes)),
        position,
      }
    case 'property':
      return {
        op: 'path',
        names: [
          ...scoped(expression.scope, scopes),
          ...expression.through.map(({ name }) => name),
          expression.property.name,
        ],
        position,
      }
    case 'lambda': {
      const names = [
        ...scoped(expression.scope, scopes),
        ...expression.through.map(({ name }) => name),
        expression.navigation.name,
      ]
      const variable = variables[scopes.length]!
      const where = expression.where && unbind(expression.where, [...scopes, variable])
      return where
        ? { op: 'lambda', test: expression.test, names, variable, where, position }
        : { op: 'lambda', test: expression.test, names, position }
    }
  }
}

function scoped(scope: number | undefined, scopes: readonly string[]): string[] {
  return scope === undefined || scope === 0 ? [] : [scopes[scope - 1]!]
}
