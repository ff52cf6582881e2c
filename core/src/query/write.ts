// A write → one statement: it locks and checks the record, writes it, writes the audit row and gives back the finished JSON.
// What went wrong is told apart in the same statement, so that no second look (and no race) is needed.
//
// The one row of the result: `outcome` ('created' | 'updated' | 'deleted' | 'missing' | 'denied' | 'stale' | 'reference'),
// `missing` names of lookups whose target is not there (comma separated), `id`, `etag`, `body` (JSON text) when asked for.
import { allOf, ident, join, nothing, param, quoted, sql, type Sql } from '../expression/fragment.ts'
import { castOf, toSql } from '../expression/sql.ts'
import type { Expression } from '../expression/tree.ts'
import type { Entity } from '../model/model.ts'
import type { Navigation, Property, WireEntity } from '../model/wire.ts'
import { etag, propertyColumns } from './compile.ts'
import { column, newFrame, ruleSql, scopeOf, table, tableOf, type Build, type Frame } from './frame.ts'

export type WriteOperation = 'create' | 'update' | 'delete' | 'upsert'

/** A lookup whose target has to be there and visible; `type` names its type column when it is polymorphic. */
export interface LinkCheck {
  readonly property: Property
  readonly targets: readonly Navigation[]
}

export interface WritePlan {
  readonly build: Build
  readonly wire: WireEntity
  readonly operation: WriteOperation
  /** Columns that find the record. */
  readonly match: readonly Property[]
  /** Columns the update sets. */
  readonly update: readonly Property[]
  /** Columns the insert sets. */
  readonly insert: readonly Property[]
  /** Rights on the record as it is; null when there is nothing to check. */
  readonly may: Expression | null
  /** Rights on the record as it will be (update), and on the new record (insert). */
  readonly mayBecome: Expression | null
  readonly mayCreate: Expression | null
  readonly links: readonly LinkCheck[]
  /** The entity whose record owns, when the owner is given and its unit has to be looked up. */
  readonly ownerEntity?: Entity
  readonly matchesVersion: boolean
  readonly returning: readonly Property[] | undefined
  readonly audit: boolean
}

/** The statement of a write. */
export function writeSql(plan: WritePlan): Sql {
  if (plan.operation === 'create') return needsCheck(plan) ? checkedInsert(plan) : plainInsert(plan)
  return changeSql(plan)
}

// ---- values ---------------------------------------------------------------------------------------------------------

type Side = 'insert' | 'update'

/** The value for a column; an upsert may insert other values than it updates. */
function input(side: Side, property: Property): Sql {
  return param({ from: 'input', name: inputName(side, property.column) }, castOf[property.kind])
}

/** Name of a column's value among the inputs of the statement. */
export function inputName(side: Side | 'match', column: string): string {
  return side === 'insert' ? `+${column}` : side === 'match' ? `=${column}` : column
}

const nowParam = param({ from: 'now', take: 'now' }, 'timestamptz')
const writer = param({ from: 'input', name: '@writer' }, 'uuid')

function own(wire: WireEntity, pairs: readonly (readonly [string, Sql])[]): (readonly [string, Sql])[] {
  return pairs.filter(([name]) => wire.properties.has(name))
}

function stamps(wire: WireEntity, creating: boolean): (readonly [string, Sql])[] {
  const modified = own(wire, [
    ['modified_at', nowParam],
    ['modified_by_id', writer],
  ])
  return creating
    ? [
        ...own(wire, [
          ['created_at', nowParam],
          ['created_by_id', writer],
        ]),
        ...modified,
        ['version', sql`1`],
      ]
    : modified
}

/** Columns and values of the insert; `unit` is the owner's, when it was looked up. */
export function insertPairs(plan: WritePlan, unit: Sql | undefined): (readonly [string, Sql])[] {
  const given = plan.insert
    .filter(({ column: name }) => !(unit && name === 'owning_unit_id'))
    .map((property) => [property.column, input('insert', property)] as const)
  return [...given, ...(unit ? own(plan.wire, [['owning_unit_id', unit]]) : []), ...stamps(plan.wire, true)]
}

// ---- checks ---------------------------------------------------------------------------------------------------------

/** Whether the database has to be asked before a record is created. */
export function needsCheck({ mayCreate, links, ownerEntity }: WritePlan): boolean {
  return mayCreate !== null || links.length > 0 || ownerEntity !== undefined
}

function ruleOver({ build }: WritePlan, rule: Expression | null, frame: Frame): Sql | undefined {
  return rule === null ? undefined : toSql(rule, scopeOf(build, [frame], true), true)
}

/** Names of the lookups whose target is not there for the caller, or ''. */
function missingSql(plan: WritePlan, side: Side): Sql {
  const links = plan.links.filter(({ property }) => plan[side].includes(property))
  if (links.length === 0) return sql`''`
  const cases = links.map(({ property, targets }) => {
    const id = input(side, property)
    const found = targets.map((navigation) => {
      const frame = newFrame(plan.build, navigation.target)
      const typed =
        navigation.typeColumn === undefined
          ? undefined
          : sql`${param({ from: 'input', name: inputName(side, navigation.typeColumn) }, 'text')} = ${quoted(plan.build.model.entityById.get(navigation.target)!.name)}`
      return sql`exists (select 1 from ${tableOf(plan.build, navigation.target)} ${frame.alias} where ${allOf([sql`${column(frame, 'id')} = ${id}`, typed, ruleSql(plan.build, frame)])})`
    })
    return sql`case when not (${found.length === 0 ? sql`false` : join(found, ' or ')}) then ${quoted(property.name)} end`
  })
  return sql`concat_ws(',', ${join(cases, ', ')})`
}

/** The business unit a given owner belongs to. */
function unitSql({ build, ownerEntity, wire }: WritePlan, side: Side): Sql | undefined {
  const owner = wire.properties.get('owner_id')
  if (!ownerEntity || !owner) return undefined
  return sql`(select "u"."unit_id" from ${table(build, ownerEntity.name)} "u" where "u"."id" = ${input(side, owner)})`
}

// ---- insert ---------------------------------------------------------------------------------------------------------

function plainInsert(plan: WritePlan): Sql {
  const pairs = insertPairs(plan, undefined)
  const names = join(
    pairs.map(([name]) => ident(name)),
    ', ',
  )
  const values = join(
    pairs.map(([, value]) => value),
    ', ',
  )
  const insert = sql`insert into ${tableOf(plan.build, plan.wire.entity.id)} (${names}) values (${values}) returning ${returned(plan)}`
  return sql`with "w" as (${insert})${auditSql(plan, 'create', nothing)} select 'created' as "outcome", '' as "missing"${resultColumns(plan)} from ${written(plan)}`
}

function checkedInsert(plan: WritePlan): Sql {
  const head = sql`with "n" as materialized (${newRecord(plan, nothing)}), "w" as (${insertFrom(plan)})${auditSql(plan, 'create', nothing)}`
  return sql`${head} select ${outcomeOfNew} as "outcome", "n"."missing"${resultColumns(plan)} from "n" left join ${written(plan)} on true`
}

/** What comes of a new record, from what newRecord found out. */
export const outcomeOfNew = sql`case when not "n"."may" then 'denied' when "n"."missing" <> '' then 'reference' else 'created' end`

/** What has to be known before an insert: whether the caller may, which targets are not there, the owner's unit. */
export function newRecord(plan: WritePlan, where: Sql): Sql {
  const unit = unitSql(plan, 'insert')
  const instead = new Map<string, Sql>(plan.insert.map((property) => [property.column, input('insert', property)]))
  if (unit) instead.set('owning_unit_id', unit)
  for (const [name] of plan.wire.properties)
    if (!instead.has(name)) instead.set(name, nullOf(plan.wire.properties.get(name)!))
  const frame = newFrame(plan.build, plan.wire.entity.id, instead)
  const may = ruleOver(plan, plan.mayCreate, frame)
  return sql`select ${may ? sql`(${may}) is true` : sql`true`} as "may", ${missingSql(plan, 'insert')} as "missing"${unit ? sql`, ${unit} as "unit"` : nothing}${where}`
}

function nullOf({ kind }: Property): Sql {
  return sql`null::${{ pieces: [castOf[kind]] }}`
}

function insertFrom(plan: WritePlan): Sql {
  const pairs = insertPairs(plan, plan.ownerEntity ? sql`"n"."unit"` : undefined)
  const names = join(
    pairs.map(([name]) => ident(name)),
    ', ',
  )
  const values = join(
    pairs.map(([, value]) => value),
    ', ',
  )
  return sql`insert into ${tableOf(plan.build, plan.wire.entity.id)} (${names}) select ${values} from "n" where "n"."may" and "n"."missing" = '' returning ${returned(plan)}`
}

// ---- update, delete, upsert -----------------------------------------------------------------------------------------

function changeSql(plan: WritePlan): Sql {
  const { operation } = plan
  const upsert = operation === 'upsert'
  const old = sql`"o" as materialized (${oldRecord(plan)})`
  const change = sql`"w" as (${operation === 'delete' ? deleteFrom(plan) : updateFrom(plan)})`
  const audit = auditSql(plan, operation === 'delete' ? 'delete' : 'update', sql`, "o"`)
  const created = upsert
    ? sql`, "n" as materialized (${newRecord(plan, sql` where not exists (select 1 from "o")`)}), "c" as (${insertFrom(plan)})${auditSql(plan, 'create', nothing, '"c"', '"m"')}`
    : nothing
  const done = operation === 'delete' ? sql`'deleted'` : sql`'updated'`
  const outcome = sql`case when not "o"."seen" then 'missing' when not "o"."may" then 'denied' when not "o"."fresh" then 'stale' when "o"."missing" <> '' then 'reference' else ${done} end`
  const head = sql`with ${old}, ${change}${audit}${created}`
  if (!upsert)
    return sql`${head} select ${outcome} as "outcome", "o"."missing"${resultColumns(plan)} from "o" left join ${written(plan)} on true`
  const both = sql`case when "o"."id" is not null then ${outcome} else ${outcomeOfNew} end`
  return sql`${head} select ${both} as "outcome", coalesce("o"."missing", "n"."missing") as "missing"${resultColumns(plan)} from "o" full join "n" on true left join ${written(plan, true)} on true`
}

/** Fields that say whose a record is: giving it away is asked by `assign`, not by whether the caller could still write it afterwards. */
export const ownerFields: ReadonlySet<string> = new Set(['owner', 'owning_unit'])

/** The record as it is, locked, with what the caller may do about it. */
function oldRecord(plan: WritePlan): Sql {
  const { build, wire, operation, match } = plan
  const frame = newFrame(build, wire.entity.id)
  const after: Frame = {
    ...frame,
    instead: new Map(
      plan.update
        .filter(({ field }) => !ownerFields.has(field.name))
        .map((property) => [property.column, input('update', property)]),
    ),
  }
  const may = allOf([ruleOver(plan, plan.may, frame), ruleOver(plan, plan.mayBecome, after)])
  const seen = ruleSql(build, frame)
  const fresh = plan.matchesVersion
    ? sql`${column(frame, 'version')} = any(${param({ from: 'input', name: '@versions' }, 'integer[]')})`
    : sql`true`
  const unit =
    operation === 'delete' || !plan.update.some(({ column: name }) => name === 'owner_id')
      ? undefined
      : unitSql(plan, 'update')
  const kept = auditedColumns(plan).filter(({ column: name }) => name !== 'id' && name !== 'version')
  const columns = [
    column(frame, 'id'),
    column(frame, 'version'),
    ...kept.map((property) => sql`${column(frame, property.column)} as ${ident(`~${property.column}`)}`),
    sql`${seen ? sql`(${seen}) is true` : sql`true`} as "seen"`,
    sql`${may.pieces.length > 0 ? sql`(${may}) is true` : sql`true`} as "may"`,
    sql`${fresh} as "fresh"`,
    sql`${operation === 'delete' ? sql`''` : missingSql(plan, 'update')} as "missing"`,
    ...(unit ? [sql`${unit} as "unit"`] : []),
  ]
  const where = allOf(
    match.map(
      (property) =>
        sql`${column(frame, property.column)} = ${param({ from: 'input', name: inputName('match', property.column) }, castOf[property.kind])}`,
    ),
  )
  const lock = operation === 'delete' ? sql` for update of ${frame.alias}` : sql` for no key update of ${frame.alias}`
  return sql`select ${join(columns, ', ')} from ${tableOf(build, wire.entity.id)} ${frame.alias} where ${where}${lock}`
}

const allowed = sql`"o"."seen" and "o"."may" and "o"."fresh" and "o"."missing" = ''`

function updateFrom(plan: WritePlan): Sql {
  const { build, wire, ownerEntity } = plan
  const moves = ownerEntity !== undefined && plan.update.some(({ column: name }) => name === 'owner_id')
  const given = plan.update
    .filter(({ column: name }) => !(moves && name === 'owning_unit_id'))
    .map((property) => [property.column, input('update', property)] as const)
  const unit = moves ? own(wire, [['owning_unit_id', sql`"o"."unit"`]]) : []
  const sets = [...given, ...unit, ...stamps(wire, false)].map(([name, value]) => sql`${ident(name)} = ${value}`)
  return sql`update ${tableOf(build, wire.entity.id)} "t" set ${join([...sets, sql`"version" = "t"."version" + 1`], ', ')} from "o" where "t"."id" = "o"."id" and ${allowed} returning ${returned(plan, sql`"t".`)}`
}

function deleteFrom({ build, wire }: WritePlan): Sql {
  return sql`delete from ${tableOf(build, wire.entity.id)} "t" using "o" where "t"."id" = "o"."id" and ${allowed} returning "t"."id", "t"."version"`
}

// ---- what comes back ------------------------------------------------------------------------------------------------

/** Columns the audit row and the answer need. */
export function returned(plan: WritePlan, prefix: Sql = nothing): Sql {
  const names = new Set([
    'id',
    'version',
    ...auditedColumns(plan).map(({ column: name }) => name),
    ...(plan.returning ?? []).map(({ column: name }) => name),
  ])
  return join(
    [...names].map((name) => sql`${prefix}${ident(name)}`),
    ', ',
  )
}

function auditedColumns(plan: WritePlan): readonly Property[] {
  if (!plan.audit) return []
  if (plan.operation === 'delete') return [...plan.wire.properties.values()]
  return [...new Set([...plan.update, ...plan.insert])]
}

function written(plan: WritePlan, both = false): Sql {
  const frame: Frame = { entity: plan.wire.entity.id, alias: sql`"w"`, joins: new Map() }
  const columns = plan.returning
    ? join([sql`${etag(frame)} as "@odata.etag"`, ...propertyColumns(plan.returning, frame)], ', ')
    : undefined
  const names = join(
    ['id', 'version', ...(plan.returning ?? []).map(({ column: name }) => name)]
      .filter((name, i, all) => all.indexOf(name) === i)
      .map(ident),
    ', ',
  )
  const source = both ? sql`(select ${names} from "w" union all select ${names} from "c") "w"` : sql`"w"`
  const body = columns ? sql`, row_to_json("r")::text as "body"` : nothing
  return sql`(select ${column(frame, 'id')}, ${etag(frame)} as "etag"${body} from ${source}${columns ? sql` cross join lateral (select ${columns}) "r"` : nothing}) "b"`
}

function resultColumns({ returning }: WritePlan): Sql {
  return sql`, "b"."id", "b"."etag"${returning ? sql`, "b"."body"` : nothing}`
}

/** The audit row of what was written, as one more part of the statement; nothing for an entity without audit. */
export function auditSql(
  plan: WritePlan,
  change: 'create' | 'update' | 'delete',
  more: Sql,
  source = '"w"',
  name = '"l"',
): Sql {
  if (!plan.audit) return nothing
  const { build } = plan
  const from: Sql = { pieces: [source] }
  const columns = change === 'create' ? plan.insert : change === 'update' ? plan.update : auditedColumns(plan)
  const before =
    change === 'create'
      ? sql`null`
      : jsonOf(columns.map((property) => sql`${oldColumn(property)} as ${ident(property.column)}`))
  const after =
    change === 'delete' ? sql`null` : jsonOf(columns.map((property) => sql`${from}.${ident(property.column)}`))
  const values = [
    nowParam,
    param({ from: 'actor', take: 'user' }, 'uuid'),
    param({ from: 'input', name: '@request' }, 'text'),
    param({ from: 'value', value: plan.wire.entity.id }, 'uuid'),
    sql`${from}."id"`,
    quoted(change),
    sql`${from}."version"`,
    before,
    after,
  ]
  return sql`, ${{ pieces: [name] }} as (insert into ${table(build, '_audit')} ("at", "actor_id", "request_id", "entity_id", "record_id", "change", "version", "before", "after") select ${join(values, ', ')} from ${from}${more})`
}

function oldColumn({ column: name }: Property): Sql {
  return name === 'id' || name === 'version' ? sql`"o".${ident(name)}` : sql`"o".${ident(`~${name}`)}`
}

function jsonOf(columns: readonly Sql[]): Sql {
  return columns.length === 0 ? sql`'{}'::jsonb` : sql`(select to_jsonb("x") from (select ${join(columns, ', ')}) "x")`
}
