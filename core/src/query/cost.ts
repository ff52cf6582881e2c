// What a query asks of the database, estimated before it runs: how many records it has to look at, part by part, from the
// query, the model and how many records there are. Pure arithmetic, a fraction of a millisecond. It errs on the dear side
// where only the data could tell (conditions that no index answers look at every record), and it leaves out what the caller
// cannot change: row rules. The statement timeout stands behind it.
import { queryLimits, type QueryLimits } from '../base/limits.ts'
import { Problem } from '../base/problem.ts'
import { functions } from '../expression/functions/index.ts'
import type { Expression } from '../expression/tree.ts'
import { nodesIn, partsOf } from '../expression/visit.ts'
import type { Entity, Id, Model } from '../model/model.ts'
import type { Navigation, Property } from '../model/wire.ts'
import { typeOf } from '../types/index.ts'
import { levelCount } from './rollups.ts'
import type {
  BoundCross,
  BoundExpand,
  BoundGroup,
  BoundOrder,
  BoundQuery,
  BoundRead,
  PipeSource,
  RecordStage,
  TableStage,
} from './tree.ts'

/** About how many records there are, by the entity's name. An entity that is not there counts as empty. */
export type RowCounts = ReadonlyMap<string, number>

/** Where nobody has counted. */
export const noRows: RowCounts = new Map()

/** One part of a query and the records it makes the database look at. */
export interface CostPart {
  /** The query option, as people write it. */
  readonly target: string
  readonly rows: number
  /** Why it is dear, as the end of a sentence. */
  readonly because: string
  readonly hint: string
}

export interface Cost {
  readonly rows: number
  readonly parts: readonly CostPart[]
}

export interface CostOptions {
  readonly model: Model
  readonly rows: RowCounts
  readonly pageSize: number
  readonly maxPageSize: number
}

/** The cost of a read. */
export function costOf(read: BoundRead, options: CostOptions): Cost {
  const weighing: Weighing = { ...options, parts: [] }
  const last = read.steps.at(-1)!
  const narrow = read.steps.length > 1 || last.key !== undefined
  const there = last.key
    ? 1
    : narrow && last.navigation
      ? fanOf(weighing, last.navigation)
      : rowsOf(weighing, last.entity.id)
  const limit = read.result === 'count' ? 0 : pageOf(read.query, options.pageSize)
  weighList(weighing, read.query, { there, limit, counted: read.result === 'count', at: '' })
  return total(weighing)
}

/** The cost of a cross join: every record of one set with every record of the others, unless a condition joins them. */
export function costOfCross({ parts, filter }: BoundCross, options: Pick<CostOptions, 'model' | 'rows'>): Cost {
  const weighing: Weighing = { ...options, pageSize: 0, maxPageSize: 0, parts: [] }
  const sizes = parts.map(({ query }) => rowsOf(weighing, query.entity.id))
  const joined = new Set(filter ? conjuncts(filter).flatMap(scopesJoined) : [])
  const apart = sizes.filter((_, i) => !joined.has(i + 1)).reduce((product, size) => product * Math.max(1, size), 1)
  const together = sizes.reduce((sum, size) => sum + size, 0)
  add(weighing, {
    target: '$crossjoin',
    rows: together * 2 + apart * Math.max(1, ...sizes.filter((_, i) => joined.has(i + 1))),
    because: 'puts every record of one set beside every record of another',
    hint: 'Compare a property of one set with a property of the other in $filter, such as a/id eq b/account_id',
  })
  return total(weighing)
}

/** The problem with what costs more than the limit. Says how dear it is as a multiple, never how many records there are. */
export function checkCost({ rows, parts }: Cost, { cost: most }: QueryLimits = queryLimits): Problem | undefined {
  if (most === 0 || rows <= most) return undefined
  const dearest = parts.reduce((one, other) => (other.rows > one.rows ? other : one))
  const times = Math.min(1_000_000, Math.ceil(rows / most))
  const share = Math.max(1, Math.round((dearest.rows / rows) * 100))
  return new Problem('limit.cost', {
    detail: `This would cost about ${times} times what one query may cost; ${share} % of it because ${dearest.target} ${dearest.because}`,
    target: dearest.target,
    hint: dearest.hint,
    params: { times, share },
  })
}

interface Weighing extends CostOptions {
  readonly parts: CostPart[]
}

function total({ parts }: Weighing): Cost {
  return { rows: parts.reduce((sum, { rows }) => sum + rows, 0), parts }
}

function add({ parts }: Weighing, part: CostPart): void {
  if (part.rows > 0) parts.push(part)
}

function rowsOf({ model, rows }: Weighing, entity: Id): number {
  return rows.get(model.entityById.get(entity)?.name ?? '') ?? 0
}

/** How many records a relationship leads to from one record, on average. */
function fanOf(weighing: Weighing, { collection, target, field }: Navigation): number {
  if (!collection) return 1
  const leadTo = typeOf(field).link?.(field).targets ?? []
  const others = leadTo.reduce((sum, name) => sum + (weighing.rows.get(name) ?? 0), 0)
  return Math.max(1, rowsOf(weighing, target) / Math.max(1, others))
}

interface Listing {
  /** Records there are before the filter. */
  readonly there: number
  /** Records that are answered at most. */
  readonly limit: number
  /** All records are counted, or grouped. */
  readonly counted: boolean
  /** Where it stands: empty at the root, `$expand=contacts` below. */
  readonly at: string
  /** How many lists of this kind are read. */
  readonly times?: number
}

function weighList(weighing: Weighing, query: BoundQuery, { there, limit, counted, at, times = 1 }: Listing): void {
  const target = (option: string) => (at === '' ? option : at)
  const found = query.filter ? Math.min(there, narrowed(weighing, query.entity, query.filter)) : there
  const all = counted || query.count || query.pipes !== undefined
  const sorts = !isIndexed(query.entity, query.order)
  const scanned = all || sorts || query.filter ? found : Math.min(found, limit)
  add(weighing, {
    target: target(query.filter ? '$filter' : all ? '$count' : '$orderby'),
    rows: times * scanned,
    because: query.filter
      ? 'has no condition that an index answers, so every record is looked at'
      : all
        ? 'looks at every record'
        : 'sorts every record',
    hint: 'Add a condition on an indexed field (a lookup, a key, a field marked as indexed)',
  })
  if (query.filter) weighCondition(weighing, query.filter, times * scanned, target('$filter'))
  for (const { by } of query.order) weighCondition(weighing, by, times * (sorts ? scanned : 0), target('$orderby'))
  if (sorts && !all) add(weighing, sorting(target('$orderby'), times * scanned))
  for (const { value } of query.computed ?? [])
    weighCondition(weighing, value, times * Math.min(scanned, limit), target('$compute'))
  if (query.search) add(weighing, searching(target('$search'), times * scanned))
  const kept = weighStages(weighing, query.records ?? [], times * scanned, target('$apply'))
  for (const { source, after } of query.pipes ?? []) weighPipe(weighing, source, after, kept, target('$apply'))
  for (const expand of query.expand) weighExpand(weighing, expand, times * Math.min(found, limit), at)
}

const sorting = (target: string, rows: number): CostPart => ({
  target,
  rows,
  because: 'sorts every record',
  hint: 'Sort by created_at or leave $orderby out, or add a condition that leaves fewer records',
})

const searching = (target: string, rows: number): CostPart => ({
  target,
  // Words of three letters and more are found by an index; a tenth stands for what is left to look at.
  rows: rows / 10,
  because: 'looks through the texts of many records',
  hint: 'Search with longer words, or add a condition that leaves fewer records',
})

function weighExpand(
  weighing: Weighing,
  { navigation, query, countOnly }: BoundExpand,
  parents: number,
  at: string,
): void {
  const fan = fanOf(weighing, navigation)
  const name = at === '' ? `$expand=${navigation.name}` : `${at}/${navigation.name}`
  // Finding the way to each list costs a few records, however short it is.
  add(weighing, {
    target: name,
    rows: parents * 2,
    because: `is read for each of ${Math.ceil(parents).toLocaleString('en')} records`,
    hint: 'Ask for a smaller page, or expand fewer relationships',
  })
  const limit = countOnly ? 0 : pageOf(query, weighing.maxPageSize)
  weighList(weighing, query, { there: fan, limit, counted: countOnly === true, at: name, times: parents })
}

function weighStages(weighing: Weighing, stages: readonly RecordStage[], before: number, target: string): number {
  return stages.reduce((rows, stage) => weighStage(weighing, stage, rows, target), before)
}

/** Weighs one stage over so many records; gives how many come out. */
function weighStage(weighing: Weighing, stage: RecordStage, rows: number, target: string): number {
  switch (stage.op) {
    case 'filter':
      weighCondition(weighing, stage.where, rows, target)
      return rows
    case 'search':
      add(weighing, searching(target, rows))
      return rows
    case 'cut':
    case 'share':
      add(weighing, sorting(target, rows))
      return stage.op === 'cut' && stage.top && !stage.partition ? Math.min(rows, stage.top.value) : rows
    case 'tree': {
      const all = rowsOf(weighing, stage.navigation.target)
      add(weighing, { target, rows: all * 2, because: 'walks a whole hierarchy', hint: 'Start from fewer records' })
      weighStages(weighing, stage.start, all, target)
      return Math.min(rows, all)
    }
    case 'join': {
      const joined = rows * fanOf(weighing, stage.navigation)
      add(weighing, {
        target,
        rows: joined,
        because: `joins every record with its ${stage.navigation.name}`,
        hint: 'Filter before you join',
      })
      return weighStages(weighing, stage.within, joined, target)
    }
  }
}

function weighPipe(
  weighing: Weighing,
  source: PipeSource,
  after: readonly TableStage[],
  rows: number,
  target: string,
): number {
  const out = weighSource(weighing, source, rows, target)
  return after.reduce((left, stage) => {
    if (stage.op === 'group') return weighGroup(weighing, stage, left, target)
    if (stage.op !== 'compute') add(weighing, sorting(target, left))
    return left
  }, out)
}

function weighSource(weighing: Weighing, source: PipeSource, rows: number, target: string): number {
  if (source.op === 'union')
    return source.parts.reduce((sum, part) => sum + weighPipe(weighing, part.source, part.after, rows, target), 0)
  const kept = weighStages(weighing, source.records, rows, target)
  if (source.op === 'group') return weighGroup(weighing, source.group, kept, target)
  for (const value of source.values) weighCondition(weighing, value, kept, target)
  return kept
}

/** Each aggregate is a fraction of looking at the record; distinct values are kept and sorted. */
function weighGroup(weighing: Weighing, { by, aggregate, rollups }: BoundGroup, rows: number, target: string): number {
  const distinct = aggregate.filter(({ method }) => method === 'countdistinct').length
  const levels = rollups ? levelCount(rollups) : 1
  add(weighing, {
    target,
    rows: rows * (levels * (by.length > 0 ? 1 : 0) + aggregate.length / 10 + distinct),
    because: 'groups every record',
    hint: 'Filter before you group: filter(…)/groupby(…)',
  })
  for (const value of [...by, ...aggregate.flatMap(({ of, where }) => [of, where])])
    if (value) weighCondition(weighing, value, rows, target)
  return by.length === 0 ? 1 : rows
}

/** What one expression costs when it is asked of so many records: text functions, questions about related records. */
function weighCondition(weighing: Weighing, expression: Expression, rows: number, target: string): void {
  if (rows <= 0) return
  const { effort, because, hint } = weightOf(weighing, expression)
  if (effort > 0) add(weighing, { target, rows: rows * effort, because, hint })
}

interface Weight {
  /** unit: records looked at, for each record the expression is asked of. */
  readonly effort: number
  readonly because: string
  readonly hint: string
}

const light: Weight = { effort: 0, because: '', hint: '' }

function weightOf(weighing: Weighing, expression: Expression): Weight {
  const own = ownWeight(weighing, expression)
  const formula = expression.op === 'property' ? expression.property.formula : undefined
  const parts = expression.op === 'lambda' || expression.op === 'hierarchy' ? [] : partsOf(expression)
  const inner = [...parts, ...(formula ? [formula] : [])].map((part) => weightOf(weighing, part))
  const all = [own, ...inner]
  const dearest = all.reduce((one, other) => (other.effort > one.effort ? other : one))
  return { ...dearest, effort: all.reduce((sum, { effort }) => sum + effort, 0) }
}

function ownWeight(weighing: Weighing, expression: Expression): Weight {
  switch (expression.op) {
    case 'call': {
      const effort = functions.get(expression.function)?.effort ?? 0
      return {
        effort,
        because: `reads every text with ${expression.function}`,
        hint: 'Use $search, or add a condition on an indexed field',
      }
    }
    case 'property':
      return expression.through.length === 0
        ? light
        : {
            effort: expression.through.length,
            because: `asks another record for ${expression.property.name}`,
            hint: 'Add a condition on the record itself',
          }
    case 'lambda': {
      const fan = fanOf(weighing, expression.navigation)
      const each = expression.where ? weightOf(weighing, expression.where).effort : 0
      return {
        effort: 1 + fan * (1 + each) + expression.through.length,
        because: `asks all ${expression.navigation.name} of every record`,
        hint: `Ask for the ${expression.navigation.name} themselves, or add a condition on an indexed field`,
      }
    }
    case 'items':
      return { effort: 1, because: 'looks into a list of values', hint: 'Add a condition on an indexed field' }
    case 'hierarchy':
      return {
        effort: 10 + weightOf(weighing, expression.value).effort,
        because: 'walks up a hierarchy',
        hint: 'Add a condition on an indexed field',
      }
    default:
      return light
  }
}

/** Records that are left to look at when an index answers one of the conditions. */
function narrowed(weighing: Weighing, entity: Entity, filter: Expression): number {
  const all = rowsOf(weighing, entity.id)
  return Math.min(all, ...conjuncts(filter).map((each) => answered(entity, each, all)))
}

/** A value of an indexed field is taken to leave a hundredth, and at least so many. */
const usualShare = 100
const least = 1_000

function answered(entity: Entity, condition: Expression, all: number): number {
  if (condition.op !== 'call' || !['eq', 'in'].includes(condition.function)) return all
  const [one, other] = condition.args
  const property = [one, other].find((arg) => arg?.op === 'property' && arg.through.length === 0 && !arg.scope)
  const value = property === one ? other : one
  if (property?.op !== 'property' || (value?.op !== 'literal' && value?.op !== 'list')) return all
  const values = value.op === 'list' ? value.items.length : 1
  const kind = indexOf(entity, property.property)
  if (kind === 'unique') return values
  return kind === 'plain' ? Math.max(least, (all / usualShare) * values) : all
}

/** How an entity's records are found by a property alone. */
function indexOf(entity: Entity, { field, name }: Property): 'unique' | 'plain' | undefined {
  if (name === 'id' || field['unique'] === true) return 'unique'
  if (entity.keys.some(({ fields }) => fields.length === 1 && fields[0] === field.name)) return 'unique'
  const first = entity.keys.some(({ fields }) => fields[0] === field.name)
  return first || field['indexed'] === true || name === 'created_at' || typeOf(field).link?.(field)
    ? 'plain'
    : undefined
}

/** Whether records come in this order from an index. */
function isIndexed(entity: Entity, order: readonly BoundOrder[]): boolean {
  const [first] = order
  if (first === undefined) return true
  return first.by.op === 'property' && first.by.through.length === 0 && indexOf(entity, first.by.property) !== undefined
}

function conjuncts(filter: Expression): readonly Expression[] {
  return filter.op === 'call' && filter.function === 'and' ? filter.args.flatMap(conjuncts) : [filter]
}

/** The sets of a cross join that one condition ties together. */
function scopesJoined(condition: Expression): number[] {
  if (condition.op !== 'call' || condition.function !== 'eq') return []
  const scopes = condition.args.map((arg) => [...nodesIn(arg)].find((node) => node.op === 'property')?.scope ?? 0)
  return new Set(scopes).size > 1 && condition.args.every(({ op }) => op === 'property') ? scopes : []
}

function pageOf({ top }: BoundQuery, size: number): number {
  return top && top.slot === undefined ? Math.min(top.value, size) : size
}
