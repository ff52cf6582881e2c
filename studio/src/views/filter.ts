// A list's filter as people build it: groups of conditions, read from and written to the one expression tree (Syntax).
// What a condition cannot say stays a part of its own and is never dropped, because dropping would widen the result.
import { parseOData } from '@peyvand/core/expression/parse-odata.ts'
import { printSyntax } from '@peyvand/core/expression/print.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'

export type Operator =
  | 'eq'
  | 'ne'
  | 'gt'
  | 'ge'
  | 'lt'
  | 'le'
  | 'contains'
  | 'startswith'
  | 'endswith'
  | 'in'
  | 'notin'
  | 'has'
  | 'nothas'
  | 'empty'
  | 'filled'
/** Literal text with its kind, or a call that needs no row, as written: `me()`, `start_of_month(today())`. */
export type Operand = { readonly kind: string; readonly text: string } | { readonly call: string }

export interface Condition {
  readonly is: 'condition'
  readonly path: readonly string[]
  readonly operator: Operator
  readonly operands: readonly Operand[]
}
export interface Group {
  readonly is: 'group'
  readonly join: 'and' | 'or'
  readonly items: readonly Part[]
}
/** Anything else, kept as written. */
export interface Other {
  readonly is: 'other'
  readonly syntax: Syntax
}
export type Part = Condition | Group | Other

export const everything: Group = { is: 'group', join: 'and', items: [] }
const comparisons = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const
const textTests = ['contains', 'startswith', 'endswith'] as const
const lists = ['has'] as const

/** The filter of an address, or undefined when it cannot be read. */
export function readFilter(text: string): Group | undefined {
  if (!text.trim()) return everything
  const syntax = parseOData(text)
  return syntax instanceof Error ? undefined : groupOf(syntax)
}

/** The filter as `$filter` text; '' when it lets everything through. law: readFilter(printFilter(f)) = f for complete filters. */
export function printFilter(group: Group): string {
  const syntax = syntaxOf(group)
  return syntax ? printSyntax(syntax) : ''
}

/** A tree as a group of conditions. */
export function groupOf(syntax: Syntax): Group {
  const part = partOf(syntax)
  return part.is === 'group' ? part : { is: 'group', join: 'and', items: [part] }
}

function partOf(syntax: Syntax): Part {
  if (syntax.op !== 'call') return { is: 'other', syntax }
  if (syntax.name === 'and' || syntax.name === 'or')
    return { is: 'group', join: syntax.name, items: syntax.args.map(partOf) }
  return conditionOf(syntax) ?? { is: 'other', syntax }
}

function conditionOf(syntax: Extract<Syntax, { op: 'call' }>): Condition | undefined {
  const [left, right] = syntax.args
  if (syntax.name === 'not' && left?.op === 'call' && left.name === 'in') {
    const inner = conditionOf(left)
    return inner && { ...inner, operator: 'notin' }
  }
  if (syntax.name === 'not' && left?.op === 'call' && left.name === 'has') {
    const inner = conditionOf(left)
    return inner && { ...inner, operator: 'nothas' }
  }
  if (!left || !right) return undefined
  const path = pathOf(left)
  if (!path) return undefined
  if (syntax.name === 'in' && right.op === 'list') {
    const operands = right.items.map(operandOf)
    return operands.every((operand) => operand !== undefined)
      ? { is: 'condition', path, operator: 'in', operands: operands }
      : undefined
  }
  const comparison = comparisons.find((name) => name === syntax.name)
  if (comparison && right.op === 'literal' && right.kind === 'null')
    return comparison === 'eq' || comparison === 'ne'
      ? { is: 'condition', path, operator: comparison === 'eq' ? 'empty' : 'filled', operands: [] }
      : undefined
  const operator = comparison ?? [...textTests, ...lists].find((name) => name === syntax.name)
  const operand = operandOf(right)
  return operator && operand ? { is: 'condition', path, operator, operands: [operand] } : undefined
}

/** A path, also inside `fold(…)`, which text tests are written with (older ones with `tolower(…)`). */
function pathOf(syntax: Syntax): readonly string[] | undefined {
  if (syntax.op === 'path') return syntax.names
  return syntax.op === 'call' && (syntax.name === 'fold' || syntax.name === 'tolower') && syntax.args[0]?.op === 'path'
    ? syntax.args[0].names
    : undefined
}

function operandOf(syntax: Syntax): Operand | undefined {
  if (syntax.op === 'literal' && syntax.kind !== 'null') return { kind: syntax.kind, text: String(syntax.value) }
  if (syntax.op === 'call' && syntax.name === 'fold') return syntax.args[0] && operandOf(syntax.args[0])
  return syntax.op === 'call' && needsNoRow(syntax) ? { call: printSyntax(syntax) } : undefined
}

function needsNoRow(syntax: Syntax): boolean {
  return syntax.op === 'literal' || (syntax.op === 'call' && syntax.args.every(needsNoRow))
}

/** The tree of a part; undefined for a condition that still lacks its value and for an empty group. */
export function syntaxOf(part: Part): Syntax | undefined {
  if (part.is === 'other') return part.syntax
  if (part.is === 'condition') return conditionSyntax(part)
  const parts = part.items.map(syntaxOf).filter((syntax) => syntax !== undefined)
  if (parts.length < 2) return parts[0]
  return { op: 'call', name: part.join, args: parts, position: 0 }
}

function conditionSyntax({ path: names, operator, operands }: Condition): Syntax | undefined {
  const path: Syntax = { op: 'path', names, position: 0 }
  const nothing: Syntax = { op: 'literal', kind: 'null', value: null, position: 0 }
  if (operator === 'empty' || operator === 'filled')
    return { op: 'call', name: operator === 'empty' ? 'eq' : 'ne', args: [path, nothing], position: 0 }
  const values = operands.filter((operand) => 'call' in operand || operand.text !== '').map(valueSyntax)
  if (values.length === 0) return undefined
  if (operator === 'in' || operator === 'notin') {
    const within: Syntax = {
      op: 'call',
      name: 'in',
      args: [path, { op: 'list', items: values, position: 0 }],
      position: 0,
    }
    return operator === 'in' ? within : { op: 'call', name: 'not', args: [within], position: 0 }
  }
  if (operator === 'nothas') {
    const has: Syntax = { op: 'call', name: 'has', args: [path, values[0]!], position: 0 }
    return { op: 'call', name: 'not', args: [has], position: 0 }
  }
  if (textTests.some((name) => name === operator))
    return { op: 'call', name: operator, args: [folded(path), folded(values[0]!)], position: 0 }
  return { op: 'call', name: operator, args: [path, values[0]!], position: 0 }
}

/** As people take texts for the same, whatever the keyboard. */
const folded = (of: Syntax): Syntax => ({ op: 'call', name: 'fold', args: [of], position: 0 })

function valueSyntax(operand: Operand): Syntax {
  if ('call' in operand) {
    const parsed = parseOData(operand.call)
    return parsed instanceof Error ? { op: 'path', names: [operand.call], position: 0 } : parsed
  }
  const value = operand.kind === 'boolean' ? operand.text === 'true' : operand.text
  return { op: 'literal', kind: operand.kind as Extract<Syntax, { op: 'literal' }>['kind'], value, position: 0 }
}

/** How many conditions a filter has, for its badge. */
export function countConditions(group: Group): number {
  return group.items.reduce((sum, part) => sum + (part.is === 'group' ? countConditions(part) : 1), 0)
}
