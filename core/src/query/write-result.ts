// What a write gives back and what it leaves behind: the JSON of the record and the audit row, as parts of the same statement.
import { ident, join, nothing, param, quoted, sql, type Sql } from '../expression/fragment.ts'
import { outgoing } from '../expression/outgoing.ts'
import { ownColumns } from '../expression/visit.ts'
import type { Property } from '../model/wire.ts'
import { etag, propertyColumns } from './compile-columns.ts'
import { column, table, type Frame } from './frame.ts'
import { nowParam, type WritePlan } from './write-plan.ts'

/** Columns the audit row and the answer need. */
export function returned(plan: WritePlan, prefix: Sql = nothing): Sql {
  const names = new Set([
    'id',
    'version',
    ...loggedColumns(plan).map(({ column: name }) => name),
    ...answered(plan),
    ...watchedAfter(plan),
  ])
  return join(
    [...names].map((name) => sql`${prefix}${ident(name)}`),
    ', ',
  )
}

/** Columns the answer is made of: those asked for, and those that formulas among them read. */
function answered({ returning = [] }: WritePlan): string[] {
  return returning.flatMap((property) => (property.formula ? [...ownColumns(property.formula)] : [property.column]))
}

const isStored = ({ formula }: Property): boolean => formula === undefined

type Kind = 'create' | 'update' | 'delete'

/** The columns whose values the log needs from a write. */
export function loggedColumns(plan: WritePlan): readonly Property[] {
  if (plan.operation === 'delete') return columnsOf(plan, 'delete')
  return [...new Set([...columnsOf(plan, 'update'), ...columnsOf(plan, 'create')])]
}

/** What a log row keeps of one kind of change: all it touches, or without audit only whose the record was. */
function columnsOf({ audit, wire, insert, update }: WritePlan, change: Kind): readonly Property[] {
  const { properties } = wire
  if (change === 'create') return audit ? insert : []
  const unit = properties.get('owning_unit_id')
  const moves = unit !== undefined && update.some(({ column: name }) => name === 'owner_id')
  const touched =
    change === 'delete' ? [...properties.values()].filter(isStored) : moves ? [...new Set([...update, unit])] : update
  return audit ? touched : touched.filter(({ column: name }) => ownerColumns.has(name))
}

/** Columns that say whose a record is: what most row rules read. */
export const ownerColumns: ReadonlySet<string> = new Set(['owner_id', 'owning_unit_id'])

/** What was written, as the answer: id, etag and the JSON of the record. */
export function written(plan: WritePlan, both = false): Sql {
  const frame: Frame = {
    entity: plan.wire.entity.id,
    alias: sql`"w"`,
    joins: new Map(),
    exact: plan.build.exact,
    // What formulas are kept in is not among the columns.
    instead: new Map(),
  }
  const columns = plan.returning
    ? join([sql`${etag(frame)} as "@odata.etag"`, ...propertyColumns(plan.build, plan.returning, frame)], ', ')
    : undefined
  const names = join(
    ['id', 'version', ...answered(plan), ...watchedAfter(plan)]
      .filter((name, i, all) => all.indexOf(name) === i)
      .map(ident),
    ', ',
  )
  const source = both ? sql`(select ${names} from "w" union all select ${names} from "c") "w"` : sql`"w"`
  const body = columns ? sql`, row_to_json("r")::text as "body"` : nothing
  const record = columns ? sql` cross join lateral (select ${columns}) "r"` : nothing
  const watched = watchedAfter(plan)
  const after = watched.length === 0 ? nothing : sql`, ${linksJson(watched, (name) => column(frame, name))} as "after"`
  return sql`(select ${column(frame, 'id')}, ${etag(frame)} as "etag"${body}${after} from ${source}${record}) "b"`
}

/** The columns of the answer that come from what was written. */
export function resultColumns(plan: WritePlan): Sql {
  const body = plan.returning ? sql`, "b"."body"` : nothing
  const after = watchedAfter(plan).length > 0 ? sql`, "b"."after"` : nothing
  return sql`, "b"."id", "b"."etag"${body}${after}${watchedBefore(plan)}`
}

/** Watched columns of a record that is there after the write. */
function watchedAfter({ watched = [], operation }: WritePlan): readonly string[] {
  return operation === 'delete' ? [] : watched
}

/** The watched columns of a record that was there, as JSON text. */
function watchedBefore({ watched = [], operation }: WritePlan): Sql {
  if (watched.length === 0 || operation === 'create') return nothing
  return sql`, ${linksJson(watched, (name) => sql`"o".${ident(`~${name}`)}`)} as "before"`
}

function linksJson(names: readonly string[], value: (name: string) => Sql): Sql {
  return sql`jsonb_build_object(${join(
    names.flatMap((name) => [quoted(name), value(name)]),
    ', ',
  )})::text`
}

/**
 * The log row of what was written, as one more part of the statement: an audit row, or for an entity without audit a small
 * row that only says what changed. Both carry the transaction, from which delta links tell what a caller has not seen yet.
 */
export function auditSql(plan: WritePlan, change: Kind, more: Sql, source = '"w"', name = '"l"'): Sql {
  const from: Sql = { pieces: [source] }
  const row = plan.audit ? auditRow(plan, change, from) : changeRow(plan, change, from)
  const names = join(Object.keys(row).map(ident), ', ')
  const insert = sql`insert into ${table(plan.build, plan.audit ? '_audit' : '_change')} (${names})`
  return sql`, ${{ pieces: [name] }} as (${insert} select ${join(Object.values(row), ', ')} from ${from}${more})`
}

type Row = Readonly<Record<string, Sql>>

function auditRow(plan: WritePlan, change: Kind, from: Sql): Row {
  const after = columnsOf(plan, change).map(
    ({ kind, column: own }) => sql`${outgoing(kind, sql`${from}.${ident(own)}`)} as ${ident(own)}`,
  )
  return {
    at: nowParam,
    actor_id: param({ from: 'actor', take: 'user' }, 'uuid'),
    via_id: param({ from: 'actor', take: 'via' }, 'uuid'),
    request_id: param({ from: 'input', name: '@request' }, 'text'),
    ...changeRow(plan, change, from),
    before: change === 'create' ? sql`null` : jsonOf(before(plan, change)),
    after: change === 'delete' ? sql`null` : jsonOf(after),
  }
}

function changeRow(plan: WritePlan, change: Kind, from: Sql): Row {
  const old = change === 'create' ? [] : before(plan, change)
  return {
    entity_id: param({ from: 'value', value: plan.wire.entity.id }, 'uuid'),
    record_id: sql`${from}."id"`,
    change: quoted(change),
    version: sql`${from}."version"`,
    ...(old.length > 0 ? { before: jsonOf(old) } : {}),
  }
}

function before(plan: WritePlan, change: Kind): Sql[] {
  return columnsOf(plan, change).map(
    (property) => sql`${outgoing(property.kind, oldColumn(property))} as ${ident(property.column)}`,
  )
}

function oldColumn({ column: name }: Property): Sql {
  return name === 'id' || name === 'version' ? sql`"o".${ident(name)}` : sql`"o".${ident(`~${name}`)}`
}

function jsonOf(columns: readonly Sql[]): Sql {
  return columns.length === 0 ? sql`'{}'::jsonb` : sql`(select to_jsonb("x") from (select ${join(columns, ', ')}) "x")`
}
