// CEL (definitions: filters, rules, formulas) → Syntax, from the AST of cel-js. Fields are bare names, lookups are walked with
// dots, a relationship is asked with `contacts.exists(c, …)`. No `matches`, no maps, no indexing: they have no SQL.
import { Environment, type ASTNode } from '@marcbachmann/cel-js'
import { queryLimits } from '../base/limits.ts'
import { Problem } from '../base/problem.ts'
import { celNames } from './functions/index.ts'
import { reading, shown } from './reader.ts'
import type { Syntax } from './tree.ts'

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  limits: {
    maxAstNodes: queryLimits.nodes,
    maxDepth: 40,
    maxListElements: queryLimits.nodes,
    maxMapEntries: 16,
    maxCallArguments: 16,
  },
})

/** Reads a CEL expression. */
export function parseCel(text: string, target = 'expression'): Syntax | Problem {
  if (text.length > queryLimits.length)
    return new Problem('limit.size', {
      target,
      detail: `The expression is longer than ${queryLimits.length} characters`,
    })
  return reading(() => read(parseTree(text, target), target))
}

/** A condition taken apart at its `&&`, `||` and `!`; `start` and `end` are characters of the text. */
export type CelPart = { readonly start: number; readonly end: number } & (
  | { readonly op: 'and' | 'or' | 'not'; readonly parts: readonly CelPart[] }
  | { readonly op: 'leaf'; readonly syntax: Syntax }
)

/** The parts of a CEL condition, each with its place in the text. */
export function partsOfCel(text: string, target = 'rule'): CelPart | Problem {
  const whole = parseCel(text, target)
  return whole instanceof Problem ? whole : reading(() => takeApart(parseTree(text, target), target))
}

function takeApart(node: ASTNode, target: string): CelPart {
  const { start, end } = node
  const inner = (parts: readonly ASTNode[]) => parts.map((part) => takeApart(part, target))
  if (node.op === '&&' || node.op === '||')
    return { op: node.op === '&&' ? 'and' : 'or', parts: inner(chain(node, node.op)), start, end }
  if (node.op === '!_') return { op: 'not', parts: inner([node.args]), start, end }
  return { op: 'leaf', syntax: read(node, target), start, end }
}

function parseTree(text: string, target: string): ASTNode {
  try {
    return environment.parse(text).ast
  } catch (thrown) {
    const { summary, range, code } = thrown as { summary?: string; range?: { start: number }; code?: string }
    const position = range?.start ?? 0
    const deep = code?.includes('limit') || code?.includes('exceeded')
    throw new Problem(deep ? 'limit.depth' : 'request.syntax', {
      detail: `${summary ?? 'The expression cannot be read'} at position ${position}`,
      target,
      position,
    })
  }
}

const binary: Readonly<Record<string, string>> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  in: 'in',
  '+': '+',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'mod',
}

function read(node: ASTNode, target: string): Syntax {
  const position = node.start
  const call = (name: string, ...args: Syntax[]): Syntax => ({ op: 'call', name, args, position })
  const sub = (child: ASTNode) => read(child, target)
  switch (node.op) {
    case 'value':
      return readValue(node, target)
    case 'id':
      return { op: 'path', names: [node.args], position }
    case '.':
      return readSelect(node, target)
    case '!_':
      return call('not', sub(node.args))
    case '-_':
      return call('neg', sub(node.args))
    case '&&':
    case '||':
      return call(node.op === '&&' ? 'and' : 'or', ...chain(node, node.op).map(sub))
    case '?:':
      return call('if', ...node.args.map(sub))
    case 'list':
      return { op: 'list', items: node.args.map(sub), position }
    case 'call':
      return readCall(node, target)
    case 'rcall':
      return readMethod(node, target)
    default: {
      const name = binary[node.op]
      if (name === undefined) throw notSupported(node.op, target, position)
      return call(name, ...(node.args as [ASTNode, ASTNode]).map(sub))
    }
  }
}

/** `a && b && c` as one list, however it nests to the left. */
function chain(node: ASTNode, op: '&&' | '||'): ASTNode[] {
  if (node.op !== op) return [node]
  const [left, right] = node.args
  return [...chain(left, op), right]
}

function readValue(node: Extract<ASTNode, { op: 'value' }>, target: string): Syntax {
  const { args: value, start: position } = node
  if (value === null) return { op: 'literal', kind: 'null', value: null, position }
  if (typeof value === 'boolean') return { op: 'literal', kind: 'boolean', value, position }
  if (typeof value === 'bigint') return { op: 'literal', kind: 'integer', value: value.toString(), position }
  if (typeof value === 'number')
    return { op: 'literal', kind: 'decimal', value: node.input.slice(node.start, node.end), position }
  if (typeof value === 'string') return { op: 'literal', kind: 'text', value, position }
  throw notSupported('This kind of value', target, position)
}

function readSelect(node: Extract<ASTNode, { op: '.' }>, target: string): Syntax {
  const [object, name] = node.args
  const path = read(object, target)
  if (path.op !== 'path')
    throw new Problem('request.syntax', {
      detail: `"${shown(name)}" can only be taken from a record`,
      target,
      position: node.start,
    })
  return { op: 'path', names: [...path.names, name], position: node.start }
}

function readCall(node: Extract<ASTNode, { op: 'call' }>, target: string): Syntax {
  const [name, args] = node.args
  const position = node.start
  const operands = args.map((arg) => read(arg, target))
  if (name === 'has' && operands.length === 1)
    return {
      op: 'call',
      name: 'ne',
      args: [operands[0]!, { op: 'literal', kind: 'null', value: null, position }],
      position,
    }
  return { op: 'call', name: celName(name, target, position), args: operands, position }
}

function readMethod(node: Extract<ASTNode, { op: 'rcall' }>, target: string): Syntax {
  const [name, receiver, args] = node.args
  const position = node.start
  if (name === 'exists' || name === 'all') {
    const path = read(receiver, target)
    const [variable, where] = args
    if (path.op !== 'path' || variable?.op !== 'id' || !where)
      throw new Problem('request.syntax', { detail: `Write ${name} like contacts.${name}(c, …)`, target, position })
    return {
      op: 'lambda',
      test: name === 'exists' ? 'any' : 'all',
      names: path.names,
      variable: variable.args,
      where: read(where, target),
      position,
    }
  }
  return {
    op: 'call',
    name: celName(name, target, position),
    args: [receiver, ...args].map((arg) => read(arg, target)),
    position,
  }
}

function celName(name: string, target: string, position: number): string {
  if (name === 'matches') throw notSupported('"matches"', target, position)
  return celNames.get(name) ?? name
}

function notSupported(what: string, target: string, position: number): Problem {
  return new Problem('request.unsupported', { detail: `${what} is not supported in expressions`, target, position })
}
