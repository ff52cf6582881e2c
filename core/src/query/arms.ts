// A rule of which some parts are found by ways of their own (what is shared, what has a parent that may be read), as several
// conditions that are the rule together. As one condition PostgreSQL has one way for all of them: it reads records in order and
// asks each of them everything, or sorts all there are. Apart, each part comes by its own index, and in a list no more of each
// than the list holds. Decides how a rule comes apart, and how the parts are put together again; none may repeat another's rows.
import { allOf, join, sql, type Sql } from '../expression/fragment.ts'
import { toSql } from '../expression/sql.ts'
import type { Expression } from '../expression/tree.ts'
import type { Id } from '../model/model.ts'
import { newFrame, scopeOf, tableOf, type Build, type Frame } from './frame.ts'

/** One part of a rule. */
export interface Arm {
  /** The condition that finds its rows. */
  readonly found: Expression
  /** The same as it is best asked of a row at hand. */
  readonly asked: Expression
}

/** More parts than this cost more than they give. */
const mostParts = 3

/** What parts are for: the first rows of an order, or all of them. */
type Wanted = 'first' | 'all'
const known = {
  first: new WeakMap<Expression, readonly Arm[] | 'one'>(),
  all: new WeakMap<Expression, readonly Arm[] | 'one'>(),
}

/**
 * The parts of the rule of an entity; undefined where it is one. Of units PostgreSQL knows how many rows they have, so that it
 * finds the first of an order well; all of them come from indexes alone only when owners are asked apart.
 */
export function armsOf({ rules }: Build, entity: Id, wanted: Wanted): readonly Arm[] | undefined {
  const rule = rules.get(entity)
  if (rule === undefined || rule === null) return undefined
  let arms = known[wanted].get(rule)
  if (arms === undefined) known[wanted].set(rule, (arms = takenApart(rule, wanted)))
  return arms === 'one' ? undefined : arms
}

function takenApart(rule: Expression, wanted: Wanted): readonly Arm[] | 'one' {
  const parts = [...new Map(partsIn(rule, wanted).map((part) => [nameOf(part), part])).values()]
  if (parts.length === 0 || parts.length > mostParts) return 'one'
  const arms = new Map<Expression, Arm>()
  let rest = rule
  for (const part of parts) {
    const others = assume(rest, part, true)
    arms.set(part, { found: both(sought(part), others), asked: both(part, others) })
    rest = assume(rest, part, false)
  }
  if (!isTruth(rest, false)) arms.set(rest, { found: rest, asked: rest })
  if (arms.size === 1) return 'one'
  // Each leaves out the rows of those before it: units, which have the most, are asked nothing more than their index knows.
  return [...arms].sort(([one], [other]) => placeOf(one) - placeOf(other)).map(([, arm]) => arm)
}

/** The parts of a condition that have ways of their own. Nothing in a rule denies them, so that a row has a part or not. */
function partsIn(rule: Expression, wanted: Wanted): Expression[] {
  if (rule.op === 'parent') return [rule]
  if (rule.op !== 'call') return []
  if (isShared(rule) || (wanted === 'all' && isInUnits(rule))) return [rule]
  return rule.function === 'and' || rule.function === 'or' ? rule.args.flatMap((arg) => partsIn(arg, wanted)) : []
}

/** Where a part stands among the others: units, what no part stands for, and then what is found by lists and other records. */
function placeOf(part: Expression): number {
  if (part.op === 'parent' || isSharedPart(part)) return 2
  return part.op === 'call' && isInUnits(part) ? 0 : 1
}

/** Whether it asks for the units of the record itself. */
function isInUnits({ function: name, args: [value] }: Extract<Expression, { op: 'call' }>): boolean {
  return (
    name === 'in' && value?.op === 'property' && value.through.length === 0 && value.property.name === 'owning_unit_id'
  )
}

/** Whether it asks if the record itself is shared. */
function isShared({ function: name, args }: Extract<Expression, { op: 'call' }>): boolean {
  return name === '~shared' && args[0]?.op === 'property' && args[0].through.length === 0
}

function isSharedPart(part: Expression): boolean {
  return part.op === 'call' && isShared(part)
}

const names = new WeakMap<Expression, object>()

/** The same for parts that ask the same. */
function nameOf(part: Expression): unknown {
  if (part.op === 'call' && isShared(part)) return part.function
  if (!names.has(part)) names.set(part, {})
  return names.get(part)
}

/** What is shared is found by the list of it; asked of one record, by that record. */
function sought(part: Expression): Expression {
  return part.op === 'call' && isShared(part) ? { ...part, function: '~shares' } : part
}

/** The rule of a record that is taken to be shared. */
export function asShared(rule: Expression): Expression {
  const part = partsIn(rule, 'first').find(isSharedPart)
  return part === undefined ? rule : assume(rule, part, true)
}

/** The rule where a part is taken to be true or false. */
function assume(rule: Expression, part: Expression, value: boolean): Expression {
  if (rule === part || (isSharedPart(part) && isSharedPart(rule))) return truth(value)
  if (rule.op !== 'call' || (rule.function !== 'and' && rule.function !== 'or')) return rule
  const decides = rule.function === 'or'
  const args = rule.args.map((arg) => assume(arg, part, value)).filter((arg) => !isTruth(arg, !decides))
  if (args.some((arg) => isTruth(arg, decides))) return truth(decides)
  if (args.length < 2) return args[0] ?? truth(!decides)
  return { ...rule, args }
}

function truth(value: boolean): Expression {
  return { op: 'literal', kind: 'boolean', value }
}

function isTruth(expression: Expression, value: boolean): boolean {
  return expression.op === 'literal' && expression.value === value
}

function both(one: Expression, other: Expression): Expression {
  if (isTruth(other, true)) return one
  return { op: 'call', function: 'and', args: [one, other], kind: 'boolean' }
}

/** The rows of all parts of an entity's rule, each of them once. */
export function recordsSeen(
  build: Build,
  entity: Id,
  arms: readonly Arm[],
): { readonly frame: Frame; readonly from: Sql } {
  const frame = newFrame(build, entity)
  const selects = arms.map(({ found }, i) => {
    const own = newFrame(build, entity)
    const scope = scopeOf(build, [own], 'all')
    const others = arms.slice(0, i).map(({ asked }) => sql`(${toSql(asked, scope)}) is not true`)
    const where = allOf([toSql(found, scope, true), ...others])
    return sql`select ${own.alias}.* from ${tableOf(build, entity)} ${own.alias} where ${where}`
  })
  return { frame: { ...frame, rule: null }, from: sql`(${join(selects, ' union all ')}) ${frame.alias}` }
}
