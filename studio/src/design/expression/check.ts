// What the expression editor knows while a person types: whether the expression can be read and bound over the draft, what it
// gives, what could stand at the caret, and what it gives on a record. All of it is worked out in the browser by the same
// code the server checks with.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Value, ValueKind } from '@peyvand/core/base/kind.ts'
import { bindExpression } from '@peyvand/core/expression/bind.ts'
import { evaluate } from '@peyvand/core/expression/evaluate.ts'
import { functions } from '@peyvand/core/expression/functions/index.ts'
import type { FunctionDefinition } from '@peyvand/core/expression/functions/function.ts'
import { parseCel } from '@peyvand/core/expression/parse-cel.ts'
import type { Expression } from '@peyvand/core/expression/tree.ts'
import { nodesIn } from '@peyvand/core/expression/visit.ts'
import { bindFormula } from '@peyvand/core/model/formula.ts'
import type { Entity, Model } from '@peyvand/core/model/model.ts'
import { wireOf, type WireEntity } from '@peyvand/core/model/wire.ts'
import type { Formula } from '@peyvand/core/types/type.ts'

/** What an expression must be: a condition, or the formula of a field. The rule of a role may ask `my(…)`. */
export interface Wanted {
  readonly kind: ValueKind
  readonly use?: 'rule'
  readonly formula?: Omit<Formula, 'text' | 'syntax' | 'kind'>
}

/** What is known of an expression as it stands. */
export type Checked =
  | { readonly problem: Problem; readonly expression?: undefined }
  | { readonly problem?: undefined; readonly expression: Expression }

/** Reads and binds an expression over an entity. */
export function checkExpression(text: string, model: Model, entity: Entity, { kind, formula, use }: Wanted): Checked {
  const syntax = parseCel(text)
  if (syntax instanceof Problem) return { problem: syntax }
  const wire = (id: string): WireEntity => wireOf(model, model.entityById.get(id)!)
  const root = wireOf(model, entity)
  const people = use === 'rule' ? model.entities.get('user') : undefined
  const asker = people && { asker: wireOf(model, people) }
  const bound = formula
    ? bindFormula({ ...formula, text, syntax, kind }, root, wire)
    : bindExpression(syntax, { root, wire, ...asker, target: 'expression' }, kind)
  return bound instanceof Problem ? { problem: bound } : { expression: bound }
}

/** The part of the text a problem is about: the word at its position. */
export function faultyRange(
  text: string,
  { position }: Problem,
): { readonly from: number; readonly to: number } | undefined {
  if (position === undefined || text === '') return undefined
  const from = Math.min(Math.max(position, 0), text.length - 1)
  const word = /^[\p{L}\p{N}_.]+|^'[^']*'?|^./u.exec(text.slice(from))
  return { from, to: from + (word?.[0].length ?? 1) }
}

/** Something that can stand at the caret. */
export interface Suggestion {
  readonly insert: string
  readonly what: 'field' | 'lookup' | 'function'
  readonly name: string
  /** How people know the field; what the function does. */
  readonly says: string
  readonly signature?: string
}

/** What begins with the word before the caret, and where that word starts. */
export function suggestionsAt(
  text: string,
  caret: number,
  model: Model,
  entity: Entity,
  label: (field: WireEntity['entity']['fields'][number]) => string,
): { readonly from: number; readonly list: readonly Suggestion[] } {
  const written = /[A-Za-z_][\w.]*$/.exec(text.slice(0, caret))?.[0] ?? ''
  const steps = written.split('.')
  const word = steps.pop()!
  const from = caret - word.length
  const at = follow(model, entity, steps)
  if (at === undefined || (word === '' && steps.length === 0)) return { from, list: [] }
  const { properties, navigations } = wireOf(model, at)
  const fields = [...properties.values()].map(({ name, field }): Suggestion => ({
    insert: name,
    what: 'field',
    name,
    says: label(field),
  }))
  const lookups = [...navigations.values()]
    .filter(({ collection }) => !collection)
    .map(({ name, field }): Suggestion => ({ insert: `${name}.`, what: 'lookup', name, says: label(field) }))
  const calls = steps.length > 0 ? [] : callable.map(asSuggestion)
  const begins = word.toLowerCase()
  const list = [...fields, ...lookups, ...calls].filter(({ name }) => name.startsWith(begins) && name !== word)
  return { from, list: list.slice(0, 12) }
}

/** The entity at the end of lookups, from one to the next. */
function follow(model: Model, entity: Entity, steps: readonly string[]): Entity | undefined {
  let at: Entity | undefined = entity
  for (const step of steps) {
    const way: { readonly target: string; readonly collection: boolean } | undefined =
      at && wireOf(model, at).navigations.get(step)
    at = way === undefined || way.collection ? undefined : model.entityById.get(way.target)
  }
  return at
}

/** Functions that are written by their name; operators have signs of their own. */
const callable: readonly FunctionDefinition[] = [...functions.values()].filter(
  ({ name, cel, infix }) =>
    infix === undefined && /^[a-z]\w*$/.test(cel ?? name) && !['not', 'neg', 'list'].includes(name),
)

/** How a function is written in an expression. */
const spelled = ({ cel, name }: FunctionDefinition): string => cel ?? name

function asSuggestion(definition: FunctionDefinition): Suggestion {
  const name = spelled(definition)
  return { insert: `${name}(`, what: 'function', name, says: definition.doc, signature: signatureOf(definition) }
}

/** `round(decimal, integer) → decimal`: the first shape of a function. */
export function signatureOf(definition: FunctionDefinition): string {
  const [first] = definition.overloads
  const params = first === undefined ? '' : first.params.join(', ') + (first.rest === true ? ', …' : '')
  return `${spelled(definition)}(${params}) → ${first?.gives ?? ''}`
}

/** The function whose brackets the caret stands in. */
export function functionAt(text: string, caret: number): FunctionDefinition | undefined {
  let depth = 0
  for (let at = caret - 1; at >= 0; at--) {
    if (text[at] === ')') depth++
    else if (text[at] === '(' && depth-- === 0) {
      const name = /[A-Za-z_]\w*$/.exec(text.slice(0, at))?.[0]
      return callable.find((each) => spelled(each) === name)
    }
  }
  return undefined
}

/** `$expand` that brings every record the expression walks to. */
export function expandFor(expression: Expression): string {
  interface Branch extends Map<string, Branch> {}
  const root: Branch = new Map()
  for (const node of nodesIn(expression)) {
    if (node.op !== 'property') continue
    let at = root
    for (const { name } of node.through) {
      const next: Branch = at.get(name) ?? new Map()
      at.set(name, next)
      at = next
    }
  }
  const print = (branch: Branch): string =>
    [...branch].map(([name, inner]) => (inner.size === 0 ? name : `${name}($expand=${print(inner)})`)).join(',')
  return print(root)
}

/** Whether a record as it is read decides the value: conditions over many records, and over who asks, need the server. */
export function isTellable(expression: Expression): boolean {
  return ![...nodesIn(expression)].some(
    (node) => node.op === 'lambda' || node.op === 'hierarchy' || (node.op === 'call' && node.function === 'my'),
  )
}

const nobody = { user: '', name: '', roles: [], teams: [], unit: null, unitTree: [] }

/** What an expression gives on a record. */
export function valueOn(expression: Expression, row: Readonly<Record<string, unknown>>, now: string): Value {
  return evaluate(expression, row, { now, actor: nobody })
}
