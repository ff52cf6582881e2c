// Walking an expression without caring what its parts are. What a part means is evaluate's, SQL's and trim's business.
import type { Id } from '../model/model.ts'
import { functions } from './functions/index.ts'
import type { Expression } from './tree.ts'

/** The parts an expression is directly made of. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.op) {
    case 'literal':
    case 'property':
    case 'item':
    // What is asked of a parent speaks of another record.
    case 'parent':
      return []
    case 'list':
      return expression.items
    case 'call':
      return expression.args
    case 'lambda':
      return expression.where ? [expression.where] : []
    case 'items':
      return expression.where ? [expression.of, expression.where] : [expression.of]
    case 'hierarchy':
      return [expression.value, expression.of]
  }
}

/** The expression and all parts below it; formulas that are named are not entered. */
export function* nodesIn(expression: Expression): Generator<Expression> {
  yield expression
  for (const part of partsOf(expression)) yield* nodesIn(part)
}

type Named = Extract<Expression, { op: 'property' }>

/** The expression with other expressions in the place of its properties; formulas that are named are not entered. */
export function replaceProperties(expression: Expression, by: (node: Named) => Expression): Expression {
  const inside = (part: Expression): Expression => replaceProperties(part, by)
  switch (expression.op) {
    case 'literal':
    case 'item':
    case 'parent':
      return expression
    case 'property':
      return by(expression)
    case 'list':
      return { ...expression, items: expression.items.map(inside) }
    case 'call':
      return { ...expression, args: expression.args.map(inside) }
    case 'lambda':
    case 'items':
      return expression.where ? { ...expression, where: inside(expression.where) } : expression
    case 'hierarchy':
      return { ...expression, value: inside(expression.value), of: inside(expression.of) }
  }
}

/** What the value depends on beside the record: the moment, or who asks. Formulas that are named count too. */
export function dependsOf(expression: Expression): 'moment' | 'actor' | undefined {
  for (const node of nodesIn(expression)) {
    const depends =
      node.op === 'call'
        ? functions.get(node.function)?.depends
        : node.op === 'property' && node.property.formula !== undefined
          ? dependsOf(node.property.formula)
          : undefined
    if (depends) return depends
  }
  return undefined
}

const reaching = new WeakMap<Expression, boolean>()

/** Whether the value depends on other records. Formulas that are named count too. Asked of the same rules again and again. */
export function reaches(expression: Expression): boolean {
  let found = reaching.get(expression)
  if (found === undefined) reaching.set(expression, (found = findsOthers(expression)))
  return found
}

function findsOthers(expression: Expression): boolean {
  for (const node of nodesIn(expression))
    if (walks(node) || (node.op === 'call' && functions.get(node.function)?.reaches === true)) return true
  return false
}

/** Whether a node goes to other records along relationships. */
export function walks(node: Expression): boolean {
  if (node.op !== 'property') return node.op === 'lambda' || node.op === 'hierarchy' || node.op === 'parent'
  return node.through.length > 0 || (node.property.formula !== undefined && reaches(node.property.formula))
}

/** Columns of the root row that an expression reads; formulas that are named are followed into. */
export function ownColumns(expression: Expression, into = new Set<string>()): Set<string> {
  for (const node of nodesIn(expression)) {
    if (node.op !== 'parent' && (node.op !== 'property' || (node.scope ?? 0) !== 0)) continue
    const [first] = node.through
    if (first !== undefined) {
      into.add(first.column)
      if (first.typeColumn !== undefined) into.add(first.typeColumn)
    } else if (node.op === 'parent') continue
    else if (node.property.formula !== undefined) ownColumns(node.property.formula, into)
    else into.add(node.property.column)
  }
  return into
}

/** Entities whose records an expression walks to; formulas that are named are followed into. */
export function targetsOf(expression: Expression, into = new Set<Id>()): Set<Id> {
  for (const node of nodesIn(expression)) {
    if (node.op !== 'property') continue
    for (const { target } of node.through) into.add(target)
    if (node.property.formula !== undefined) targetsOf(node.property.formula, into)
  }
  return into
}
