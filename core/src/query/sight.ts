// How much of an entity somebody sees, and what follows for lists: who sees much has a page among the first rows of the order,
// so that the rule is best asked of them one by one; who sees little has it found by the rule (arms.ts). PostgreSQL would find
// that out for each statement anew, from hundreds of ids, and knows nothing of what is shared; a sample tells it once.
// Decides which lists have the choice, and how the sample is taken; who asks for it and remembers is not decided here.
import { param, render, sql } from '../expression/fragment.ts'
import type { Expression } from '../expression/tree.ts'
import { nodesIn } from '../expression/visit.ts'
import type { Id, Model } from '../model/model.ts'
import { newBuild, newFrame, ruleSql, tableOf, type Frame } from './frame.ts'
import type { BoundQuery, Compiled, Rules, TrimmedRead } from './tree.ts'

/** Smaller tables are read as quickly either way. unit: rows */
export const leastRows = 5_000

/** Who sees such a part of the rows has a page of them soon. */
export const much = 0.1

/** What the statistics of columns answer. Of a part of a text they know little, and the order is no way to find one. */
const weighed: ReadonlySet<string> = new Set(['and', 'or', 'not', 'eq', 'ne', 'gt', 'ge', 'lt', 'le', 'in'])

/** Whether PostgreSQL knows about how many rows a filter leaves. */
function isWeighed(filter: Expression): boolean {
  const nodes = [...nodesIn(filter)]
  return (
    nodes.every(({ op }) => op !== 'lambda' && op !== 'items' && op !== 'hierarchy') &&
    nodes.every((node) => node.op !== 'call' || weighed.has(node.function))
  )
}

/** Whether a list has the choice: it follows an order that its table has, under a rule that is more than whose the records are. */
export function hasChoice({ result, steps, query, rules }: TrimmedRead): boolean {
  const { entity, pipes, records = [], order, filter, search } = query
  const isList = (result === 'collection' || result === 'refs') && steps.length === 1 && pipes === undefined
  const isPlain = isList && records.length === 0 && search === undefined && (!filter || isWeighed(filter))
  const rule = rules.get(entity.id)
  return isPlain && hasTableOrder(order) && !!rule && !isOwn(rule)
}

/** Whether an index of its table has the order: the one over ids, or the one over when records were made. */
function hasTableOrder(order: BoundQuery['order']): boolean {
  const names = order.map(({ by }) => (by.op === 'property' && by.through.length === 0 ? by.property.name : ''))
  const isOneWay = order.every(({ descending }) => descending === order[0]!.descending)
  return isOneWay && (names.join() === 'created_at,id' || names.join() === 'id')
}

/** Whether a rule is about the owner alone: an index that begins with the owner has the first rows then. */
function isOwn(rule: Expression): boolean {
  if (rule.op !== 'call' || rule.function !== 'eq') return false
  const [value] = rule.args
  return value?.op === 'property' && value.through.length === 0 && value.property.name === 'owner_id'
}

/** Whether the best way of a list depends on what it asks beside its order; else one plan is good for everybody. */
export function isPlanned({ filter, within, count, expand }: BoundQuery): boolean {
  return filter !== undefined || within !== undefined || count || expand.length > 0
}

/** So many rows tell how much somebody sees. */
const sampled = 1_000

export interface SightOptions {
  readonly model: Model
  readonly schema: string
  readonly rules: Rules
  readonly entity: Id
  /** How many rows there are. */
  readonly rows: number
}

/** The statement that looks at some rows from all over a table: `seen`, the part of them that the rules show. */
export function compileSight({ model, schema, rules, entity, rows }: SightOptions): Compiled {
  const build = newBuild(model, schema, rules)
  const frame: Frame = { ...newFrame(build, entity), asked: true }
  const percent = param({ from: 'value', value: Math.min(100, (100 * sampled) / rows) }, 'real')
  const seen = sql`count(*) filter (where ${ruleSql(build, frame) ?? sql`true`})::float8 / greatest(count(*), 1)`
  return render(
    sql`select ${seen} as "seen" from ${tableOf(build, entity)} ${frame.alias} tablesample system (${percent})`,
  )
}
