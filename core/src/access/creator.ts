// Creates of one request, prepared one by one. What follows from the columns that are given (rights, lookups to look up, the
// shape of the statement) is worked out for the first record that has them; for the others only their values are looked at.
import type { Value } from '../base/kind.ts'
import { Problem } from '../base/problem.ts'
import { ownColumns, reaches } from '../expression/visit.ts'
import type { Id } from '../model/model.ts'
import { hasDemands } from '../model/demands.ts'
import type { Property } from '../model/wire.ts'
import type { WritePlan } from '../query/write-plan.ts'
import { appendRule, linkColumnsOf, setsLink } from './append.ts'
import { demandsOn } from './demand.ts'
import { ownerType, withOwner, type Write } from './owner.ts'
import { readableWire } from './field.ts'
import { checkRights } from './permit.ts'
import { ruleOf } from './rule.ts'
import { checkedLinks, linksOf, planOf } from './write-plan.ts'
import { namesOf, type Values, type WriteRequest } from './write.ts'

/** What is the caller's own in one of many creates. */
export interface NewRecord {
  readonly id: Id
  readonly chosen?: boolean
  readonly values: Values
  readonly given?: readonly string[]
}

/** Creates that differ in their values alone share a statement. */
export interface Form {
  readonly shape: string
  /** Columns that all records of the form have the same value in: whose they are. */
  readonly common: Values
  readonly plan: (columns: readonly Property[]) => WritePlan
}

/** One create among many. */
export interface CreateOfMany {
  readonly id: Id
  readonly values: Values
  readonly form: Form
  /** Ids of records of the same entity that have to be there before this one. */
  readonly links: readonly Value[]
}

/** The first record of some columns, and what holds for all others that have them. */
interface Pattern {
  readonly given: readonly string[]
  readonly columns: readonly string[]
  readonly write: Write
  readonly form: Form
  /** Lookups, which ask something of others when they have a value, and whether they have. */
  readonly lookups: readonly (readonly [column: string, isGiven: boolean])[]
  /** Those of them that lead to records of the same entity. */
  readonly inside: readonly string[]
}

type Request = Omit<WriteRequest, keyof NewRecord | 'operation'>

/** Prepares creates of one request one by one. */
export function creator(request: Request): (record: NewRecord) => CreateOfMany | Problem {
  let last: Pattern | undefined
  return ({ id, chosen = false, values, given = Object.keys(values) }) => {
    if (last !== undefined && last.write.chosen === chosen && fits(last, values, given))
      return demanded(last, id, values) ?? like(last, id, values)
    const write = withOwner({ ...request, operation: 'create', id, chosen, values, given })
    const checked = checkRights(write)
    if (checked instanceof Problem) return checked
    const demands = demandsOn(write)
    if (demands instanceof Problem) return demands
    const pattern = patternOf(write, checked)
    if (isRepeatable(write)) last = pattern
    return like(pattern, id, values)
  }
}

function patternOf(write: Write, checked: boolean): Pattern {
  const { entity, own, values = {}, given = [] } = write
  const links = linksOf(write)
  const inside = links.filter(({ targets }) => targets.some(({ target }) => target === entity.id))
  const looked = checkedLinks(write).map(({ property: { column } }) => column)
  const lookups = [...new Set([...looked, ...linkColumnsOf(write.wire)])]
  return {
    given,
    columns: Object.keys(values),
    write,
    lookups: lookups.flatMap((column) => (column in values ? [[column, values[column] !== null] as const] : [])),
    inside: inside.map(({ property }) => property.column),
    form: {
      common: own,
      shape: `${checked}|${setsLink(write)}|${namesOf(links)}|${ownerType(write) ?? ''}|${Object.keys(own).join()}`,
      plan: (columns) => ({ ...planOf(write, links, checked, []), insert: columns }),
    },
  }
}

/** Whether others of the same columns have the same rights: what is asked looks at no value that is given. */
function isRepeatable(write: Write): boolean {
  const { model, actor, entity, values = {}, given = [], own, ownerGiven } = write
  if (ownerGiven || values['owner_id'] != null) return false
  // What is seen masked may be given, but not what is shown in its place.
  const { properties } = readableWire(model, actor, entity.id)
  if (!given.every((name) => properties.has(name))) return false
  return [ruleOf(model, actor, entity, 'create'), appendRule(write)].every(
    (rule) => rule == null || reaches(rule) || [...ownColumns(rule)].every((column) => column in own),
  )
}

/** The same columns, and values in the same lookups. */
function fits({ columns, given, lookups }: Pattern, values: Values, named: readonly string[]): boolean {
  let at = 0
  for (const name in values) if (columns[at++] !== name) return false
  if (at !== columns.length || named.length !== given.length) return false
  for (let i = 0; i < named.length; i++) if (named[i] !== given[i]) return false
  if (values['owner_id'] != null) return false
  return lookups.every(([column, isGiven]) => (values[column] !== null) === isGiven)
}

/** What its values demand of a record and do not get. */
function demanded({ write }: Pattern, id: Id, values: Values): Problem | undefined {
  if (!hasDemands(write.entity)) return undefined
  const demands = demandsOn({ ...write, id, values, insert: { id, ...values, ...write.own } })
  return demands instanceof Problem ? demands : undefined
}

function like({ form, inside }: Pattern, id: Id, values: Values): CreateOfMany {
  return { id, values, form, links: inside.map((column) => values[column] ?? form.common[column] ?? null) }
}
