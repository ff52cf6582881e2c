// Who gains or loses access to how many records and to which fields, when rights change: for each person their rights before and
// after, both compiled as they always are, and the difference counted by the database. People for whom a statement would be the
// same are asked about once; what takes longer than its time is cut and said to be the least.
import type { AccessDiff, Moved, RecordDifference } from '@peyvand/core/answer/access.ts'
import { isSame, systemActor, type Actor } from '@peyvand/core/access/actor.ts'
import { Crowd, crowdRelation } from '@peyvand/core/access/crowd.ts'
import {
  entityRights,
  extentOf,
  fieldChanges,
  isAble,
  pairsOf,
  recordRights,
  type Extent,
  type FieldChange,
  type Holding,
} from '@peyvand/core/access/difference.ts'
import { accessKey } from '@peyvand/core/access/grant.ts'
import { valuesOf } from '@peyvand/core/access/values.ts'
import { ident, render, sql, whole, type Sql } from '@peyvand/core/expression/fragment.ts'
import type { Entity, Id, Model, Operation } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { namesOf } from '../records/names.ts'
import { withNames } from './names.ts'

/** Somebody before and after; without an actor they are nobody. */
export interface Affected {
  readonly user: Id
  readonly before: Actor | undefined
  readonly after: Actor | undefined
}

export interface Sides {
  readonly before: Model
  readonly after: Model
  readonly people: readonly Affected[]
}

/** unit: milliseconds */
export const usualBudget = 10_000
const mostWho = 5
const mostSamples = 5
/** Different people that one statement counts for. */
const perStatement = 40

/** What a change of rights does. */
export async function diffAccess(
  platform: Platform,
  context: Context,
  sides: Sides,
  budget = usualBudget,
): Promise<AccessDiff> {
  const counting: Counting = {
    platform,
    context,
    sides,
    until: Date.now() + budget,
    cut: false,
    uncounted: new Set(),
  }
  const moved = sides.people.filter((person) => sides.before !== sides.after || !isUnmoved(person))
  const groups = [...Map.groupBy(moved, groupKey).values()]
  const records: RecordDifference[] = []
  for (const pair of pairsOf(sides.before, sides.after))
    for (const operation of recordRights) {
      const found = await diffRight(counting, groups, pair, operation)
      if (found !== undefined) records.push(found)
    }
  return {
    people: moved.length,
    records,
    abilities: abilitiesOf(sides, groups),
    fields: fieldsOf(sides, groups),
    complete: !counting.cut,
    uncounted: [...counting.uncounted],
  }
}

interface Counting {
  readonly platform: Platform
  readonly context: Context
  readonly sides: Sides
  readonly until: number
  cut: boolean
  readonly uncounted: Set<string>
}

type Group = readonly Affected[]

function isUnmoved({ before, after }: Affected): boolean {
  if (before === undefined || after === undefined) return before === after
  return isSame(before, after)
}

/** People whose rights are written in the same words, before and after. */
function groupKey({ before, after }: Affected): string {
  return JSON.stringify([before && accessKey(before), after && accessKey(after)])
}

async function diffRight(
  counting: Counting,
  groups: readonly Group[],
  [was, is]: readonly [Entity, Entity],
  operation: Operation,
): Promise<RecordDifference | undefined> {
  const { sides, context } = counting
  const gained: Found[] = []
  const lost: Found[] = []
  for (const group of groups) {
    const [first] = group
    const before = extentOf({ model: sides.before, actor: first!.before }, was, operation, context.schema)
    const after = extentOf({ model: sides.after, actor: first!.after }, is, operation, context.schema)
    gained.push(...(await countBeyond(counting, was, group, { has: after, of: 'after', not: before })))
    lost.push(...(await countBeyond(counting, was, group, { has: before, of: 'before', not: after })))
  }
  if (gained.length === 0 && lost.length === 0) return undefined
  return {
    entity: was.name,
    operation,
    gained: await movedOf(counting, was, gained),
    lost: await movedOf(counting, was, lost),
  }
}

/** The records of one side that the other side does not have. */
interface Beyond {
  readonly has: Extent
  readonly of: 'before' | 'after'
  readonly not: Extent
}

/** So many records move for each of these people. */
interface Found {
  readonly people: Group
  readonly records: number
  /** Finds some of the records. */
  readonly some: Ready
}

interface Ready {
  readonly text: string
  readonly values: readonly unknown[]
}

async function countBeyond(counting: Counting, entity: Entity, group: Group, beyond: Beyond): Promise<Found[]> {
  const { has, not } = beyond
  if (has === 'none' || not === 'all') return []
  const written = write(beyond)
  const classes = [...Map.groupBy(group, (person) => JSON.stringify(written.cells(person))).values()]
  const changed = classes.filter(([person]) => !isUnchanged(written, person!))
  const found: Found[] = []
  for (let i = 0; i < changed.length; i += perStatement) {
    if (Date.now() > counting.until) {
      counting.cut = true
      break
    }
    found.push(...(await countSome(counting, entity, written, changed.slice(i, i + perStatement))))
  }
  return found
}

/** The two sides as SQL over `"who"`. */
interface Written {
  readonly has: Sql | undefined
  readonly not: Sql | undefined
  readonly crowds: readonly [Crowd, Crowd]
  readonly cells: (person: Affected) => Readonly<Record<string, unknown>>
}

function write({ has, of, not }: Beyond): Written {
  const [own, other] = [new Crowd('h'), new Crowd('n')]
  const actors = ({ before, after }: Affected) => (of === 'after' ? [after, before] : [before, after])
  return {
    has: typeof has === 'string' ? undefined : own.over(has),
    not: typeof not === 'string' ? undefined : other.over(not),
    crowds: [own, other],
    cells: (person) => {
      const [mine, theirs] = actors(person)
      return {
        ...(typeof has === 'string' ? {} : own.cells(mine ?? systemActor)),
        ...(typeof not === 'string' ? {} : other.cells(theirs ?? systemActor)),
      }
    },
  }
}

/** The same condition with the same values on both sides: nothing moves. */
function isUnchanged({ has, not, cells }: Written, person: Affected): boolean {
  // All on one side, or none on the other: the same is only what is on both.
  if (has === undefined || not === undefined) return false
  const plain = (side: Sql, prefix: string) => {
    const { text, parameters } = render(side)
    return `${text.replaceAll(`"who"."${prefix}`, '"who"."')} ${JSON.stringify(parameters)}`
  }
  if (plain(has, 'h') !== plain(not, 'n')) return false
  const values = cells(person)
  return Object.entries(values).every(
    ([name, value]) => !name.startsWith('h') || JSON.stringify(value) === JSON.stringify(values[`n${name.slice(1)}`]),
  )
}

async function countSome(
  counting: Counting,
  entity: Entity,
  written: Written,
  classes: readonly Group[],
): Promise<Found[]> {
  const { context, until } = counting
  const table = sql`${ident(context.schema)}.${ident(entity.name)}`
  const where = conditionOf(written)
  const counted = sql`select "who"."n", ${countOf(table, written)} as "records" from ${crowdRelation(...written.crowds)} order by 1`
  const some = sql`select "t0"."id" from ${crowdRelation(...written.crowds)}, ${table} "t0"${where} limit ${whole(5 * mostSamples)}`
  const ready = (statement: Sql, people: readonly Group[]): Ready => {
    const { text, parameters } = render(statement)
    const who = JSON.stringify(people.map(([person], n) => ({ n, ...written.cells(person!) })))
    const values = valuesOf(parameters, {
      literals: [],
      actor: context.actor,
      now: new Date().toISOString(),
      input: { who },
    })
    return { text, values: values as unknown[] }
  }
  try {
    const statementTimeout = Math.max(100, until - Date.now())
    const { rows } = await context.database.transaction(
      (session) => session.query<{ n: number; records: string }>(ready(counted, classes)),
      { statementTimeout },
    )
    return rows.flatMap(({ n, records }) => {
      const people = classes[n]!
      return Number(records) === 0 ? [] : [{ people, records: Number(records), some: ready(some, [people]) }]
    })
  } catch (error) {
    return forgive(counting, entity, error)
  }
}

/** What is left of all records is counted by what is not: that is found by an index where all would have to be looked at. */
function countOf(table: Sql, written: Written): Sql {
  const { has, not } = written
  if (has !== undefined || not === undefined) return sql`(select count(*) from ${table} "t0"${conditionOf(written)})`
  return sql`(select count(*) from ${table}) - (select count(*) from ${table} "t0" where ${not})`
}

function conditionOf({ has, not }: Written): Sql {
  const parts = [...(has ? [sql`${has}`] : []), ...(not ? [sql`(${not}) is not true`] : [])]
  if (parts.length === 0) return { pieces: [] }
  return sql` where ${parts.reduce((one, other) => sql`${one} and ${other}`)}`
}

/** What is not there yet cannot be counted, and what takes too long is left: the rest is told all the same. */
function forgive(counting: Counting, entity: Entity, error: unknown): [] {
  const code = (error as { readonly code?: string }).code
  if (code === '57014') counting.cut = true
  else if (code === '42703' || code === '42P01' || code === '42883') counting.uncounted.add(entity.name)
  else throw error
  return []
}

async function movedOf({ platform, context }: Counting, entity: Entity, found: readonly Found[]): Promise<Moved> {
  const most = found.toSorted((a, b) => b.records - a.records)
  const named = most.flatMap(({ people, records }) => people.map(({ user }) => ({ user, records }))).slice(0, mostWho)
  const who = await withNames(platform, context, (name) =>
    named.map(({ user, records }) => ({ ...name('user', user), records })),
  )
  return {
    people: found.reduce((sum, { people }) => sum + people.length, 0),
    records: found.reduce((sum, { people, records }) => sum + people.length * records, 0),
    who,
    samples: most[0] === undefined ? [] : await samplesOf(platform, context, entity, most[0].some),
  }
}

async function samplesOf(platform: Platform, context: Context, entity: Entity, some: Ready): Promise<Moved['samples']> {
  const { rows } = await context.database.query<{ id: Id }>(some)
  const names = await namesOf(
    platform,
    context,
    entity.name,
    rows.map(({ id }) => id),
  )
  return Object.entries(names)
    .slice(0, mostSamples)
    .map(([id, name]) => ({ id, name }))
}

function holdingsOf({ before, after }: Sides, [first]: Group): [Holding, Holding] {
  return [
    { model: before, actor: first!.before },
    { model: after, actor: first!.after },
  ]
}

function abilitiesOf(sides: Sides, groups: readonly Group[]): AccessDiff['abilities'] {
  return pairsOf(sides.before, sides.after).flatMap(([was, is]) =>
    entityRights.flatMap((operation) => {
      let [gained, lost] = [0, 0]
      for (const group of groups) {
        const [before, after] = holdingsOf(sides, group)
        const [had, has] = [isAble(before, was, operation), isAble(after, is, operation)]
        if (has && !had) gained += group.length
        if (had && !has) lost += group.length
      }
      return gained + lost === 0 ? [] : [{ entity: is.name, operation, gained, lost }]
    }),
  )
}

function fieldsOf(sides: Sides, groups: readonly Group[]): AccessDiff['fields'] {
  const found = new Map<string, FieldChange & { people: number }>()
  for (const group of groups)
    for (const change of fieldChanges(...holdingsOf(sides, group))) {
      const key = JSON.stringify(change)
      const known = found.get(key)
      found.set(key, { ...change, people: (known?.people ?? 0) + group.length })
    }
  return [...found.values()]
}
