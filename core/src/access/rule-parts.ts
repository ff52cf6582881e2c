// A grant's rule taken apart at `&&`, `||` and `!`, each part with its place in the text and with what it came to on one record.
// Who is told may not read everything themselves: what a part reads that they may not is not told, nor what it came to.
import { Problem } from '../base/problem.ts'
import { partsOfCel, type CelPart } from '../expression/parse-cel.ts'
import type { Expression, Syntax } from '../expression/tree.ts'
import { nodesIn, targetsOf } from '../expression/visit.ts'
import type { Entity, Id, Model } from '../model/model.ts'
import type { Actor } from './actor.ts'
import { readableWire } from './field.ts'
import { bindCondition, ruleOf } from './rule.ts'

/** A part of a rule. */
export interface RulePart {
  readonly op: 'and' | 'or' | 'not' | 'leaf'
  /** Characters of the rule's text. */
  readonly start: number
  readonly end: number
  /** Null: neither true nor false, as a value that is needed is not there. */
  readonly holds: boolean | null
  readonly parts?: readonly RulePart[]
}

export interface PartQuestion {
  readonly model: Model
  readonly entity: Entity
  /** Who is told. */
  readonly told: Actor
  /** Adds a condition to what is asked of the record, and gives the name of its answer. */
  readonly ask: (condition: Expression) => string
}

type Row = Readonly<Record<string, unknown>>

/** Asks what each part of a rule comes to; undefined where who is told may not know. */
export function ruleParts(question: PartQuestion, text: string): ((row: Row) => RulePart) | undefined {
  const parts = partsOfCel(text)
  if (parts instanceof Problem || !leavesOf(parts).every((leaf) => mayKnow(question, leaf))) return undefined
  return askPart(question, parts)
}

function leavesOf(part: CelPart): readonly Syntax[] {
  return part.op === 'leaf' ? [part.syntax] : part.parts.flatMap(leavesOf)
}

/** Whether somebody reads all that a condition reads: its names, and every record of the entities it walks to. */
function mayKnow({ model, entity, told }: PartQuestion, leaf: Syntax): boolean {
  if (told.system === true) return true
  const bound = bindCondition(model, entity, leaf, (id) => readableWire(model, told, id))
  if (bound instanceof Problem) return false
  return [...walked(bound)].every((id) => ruleOf(model, told, model.entityById.get(id)!, 'read') === null)
}

function walked(condition: Expression): ReadonlySet<Id> {
  const found = targetsOf(condition)
  for (const node of nodesIn(condition)) {
    if (node.op === 'lambda' || node.op === 'hierarchy') found.add(node.navigation.target)
    if (node.op === 'lambda') for (const { target } of node.through) found.add(target)
  }
  return found
}

function askPart(question: PartQuestion, part: CelPart): (row: Row) => RulePart {
  const { start, end, op } = part
  if (op === 'leaf') return askLeaf(question, part)
  const inner = part.parts.map((each) => askPart(question, each))
  return (row) => {
    const parts = inner.map((each) => each(row))
    const holds = combined(
      op,
      parts.map((each) => each.holds),
    )
    return { op, start, end, holds, parts }
  }
}

function askLeaf({ model, entity, ask }: PartQuestion, part: Extract<CelPart, { op: 'leaf' }>): (row: Row) => RulePart {
  const { op, start, end, syntax } = part
  const bound = bindCondition(model, entity, syntax)
  const name = bound instanceof Problem ? undefined : ask(bound)
  return (row) => ({ op, start, end, holds: name === undefined ? null : ((row[name] as boolean | null) ?? null) })
}

/** Three values, as PostgreSQL has them. */
function combined(op: 'and' | 'or' | 'not', parts: readonly (boolean | null)[]): boolean | null {
  if (op === 'not') return parts[0] == null ? null : !parts[0]
  const decides = op === 'or'
  if (parts.includes(decides)) return decides
  return parts.includes(null) ? null : !decides
}
