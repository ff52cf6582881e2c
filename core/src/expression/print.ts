// Syntax and Expression → OData text, with no more parentheses than needed. Law: parse(print(s)) = s, but for positions.
import { pointText } from '../base/point.ts'
import { PolygonFault, polygonFromText, polygonText } from '../base/polygon.ts'
import { functions } from './functions/index.ts'
import { pointOfJson } from './literal.ts'
import { hierarchyTests, type Expression, type Syntax } from './tree.ts'

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
      return [printList(syntax.items), primary]
    case 'lambda': {
      if (syntax.test === 'count') {
        const options = [
          ...(syntax.where ? [`$filter=${printSyntax(syntax.where)}`] : []),
          ...(syntax.search === undefined ? [] : [`$search=${syntax.search}`]),
        ]
        const where = options.length > 0 ? `(${options.join(';')})` : ''
        return [`${syntax.names.join('/')}/$count${where}`, primary]
      }
      const body = syntax.where ? `${syntax.variable}:${printSyntax(syntax.where)}` : ''
      return [`${syntax.names.join('/')}/${syntax.test}(${body})`, primary]
    }
    case 'call':
      return printCall(syntax.name, syntax.args)
  }
}

/** Whether an expression needs no record: a value, an alias, or a call of those such as `me()`. */
export function isConstant(syntax: Syntax): boolean {
  return syntax.op === 'literal' || syntax.op === 'alias' || (syntax.op === 'call' && syntax.args.every(isConstant))
}

/** Values stand in parentheses; a list of anything else, or an empty one, is an array. */
function printList(items: readonly Syntax[]): string {
  const text = items.map(printSyntax).join(',')
  return items.length > 0 && items.every(isConstant) ? `(${text})` : `[${text}]`
}

function printCall(written: string, args: readonly Syntax[]): [string, number] {
  const name = (hierarchyTests as readonly string[]).includes(written) ? written.replaceAll('_', '') : written
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
  if (value === null) return 'null'
  if (kind === 'duration') return `duration'${String(value)}'`
  if (kind === 'point') {
    const point = pointOfJson(String(value))
    return `geography'${point ? pointText(point) : String(value)}'`
  }
  if (kind === 'polygon') {
    const area = polygonFromText(String(value))
    return `geography'${area instanceof PolygonFault ? String(value) : polygonText(area)}'`
  }
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
    case 'hierarchy':
      return {
        op: 'call',
        name: expression.test,
        args: [unbind(expression.value, scopes), unbind(expression.of, scopes)],
        position,
      }
    case 'item':
      return { op: 'path', names: [scopes[expression.scope - 1]!], position }
    case 'parent':
      throw new TypeError('what is asked of a parent cannot be written')
    case 'items': {
      const { names } = unbind(expression.of, scopes) as Extract<Syntax, { op: 'path' }>
      return lambdaSyntax(expression, names, scopes)
    }
    case 'lambda': {
      const names = [
        ...scoped(expression.scope, scopes),
        ...expression.through.map(({ name }) => name),
        expression.navigation.name,
      ]
      return lambdaSyntax(expression, names, scopes)
    }
  }
}

function lambdaSyntax(
  { test, where }: Extract<Expression, { op: 'lambda' | 'items' }>,
  names: readonly string[],
  scopes: readonly string[],
): Syntax {
  if (!where) return { op: 'lambda', test, names, position: 0 }
  // Names inside $count($filter=…) mean the counted record unless a variable or $it stands before them.
  const variable = test === 'count' ? '' : variables[scopes.length]!
  const inner = unbind(where, [...scopes, variable])
  return { op: 'lambda', test, names, ...(test === 'count' ? {} : { variable }), where: inner, position: 0 }
}

function scoped(scope: number | undefined, scopes: readonly string[]): string[] {
  if (scope === undefined || scope === 0) return scopes.includes('') ? ['$it'] : []
  const variable = scopes[scope - 1]!
  return variable === '' ? [] : [variable]
}
