// A write → one statement: it locks and checks the record, writes it, writes the audit row and gives back the finished JSON.
// What went wrong is told apart in the same statement, so that no second look (and no race) is needed.
//
// The one row of the result: `outcome` ('created' | 'updated' | 'deleted' | 'missing' | 'denied' | 'stale' | 'inactive' |
// 'demand' | 'held' | 'reference'), `missing` names of lookups whose target is not there (comma separated), the demand that is
// not met (demand.ts) or the hold (hold.ts), `id`, `etag`, `body` (JSON text) when asked for.
import { allOf, ident, join, nothing, param, sql, type Sql } from '../expression/fragment.ts'
import { castOf } from '../expression/sql-type.ts'
import { column, newFrame, ruleSql, tableOf, type Frame } from './frame.ts'
import { unmetSql } from './demand.ts'
import { endedShares } from './ended-shares.ts'
import { heldSql } from './hold.ts'
import { updatedShadows } from './shadow.ts'
import {
  attachedSql,
  caseOf,
  missingSql,
  needsCheck,
  newRecord,
  outcomeOfNew,
  ruleOver,
  unitSql,
} from './write-check.ts'
import type { Given } from './write-many.ts'
import { input, inputName, insertLists, own, ownerFields, stamps, type WritePlan } from './write-plan.ts'
import { loggedColumns, auditSql, resultColumns, returned, written } from './write-result.ts'

/** The statement of a write. */
export function writeSql(plan: WritePlan): Sql {
  if (plan.operation === 'create') return needsCheck(plan) ? checkedInsert(plan) : plainInsert(plan)
  return changeSql(plan)
}

function plainInsert(plan: WritePlan): Sql {
  const { names, values } = insertLists(plan, undefined)
  const into = sql`insert into ${tableOf(plan.build, plan.wire.entity.id)} (${names})`
  const head = sql`with "w" as (${into} values (${values}) returning ${returned(plan)})${auditSql(plan, 'create', nothing)}`
  return sql`${head} select 'created' as "outcome", '' as "missing"${resultColumns(plan)} from ${written(plan)}`
}

function checkedInsert(plan: WritePlan): Sql {
  const record = sql`"n" as materialized (${newRecord(plan, nothing)})`
  const head = sql`with ${record}, "w" as (${insertFrom(plan)})${auditSql(plan, 'create', nothing)}`
  const columns = sql`${outcomeOfNew} as "outcome", "n"."missing"${resultColumns(plan)}`
  return sql`${head} select ${columns} from "n" left join ${written(plan)} on true`
}

function insertFrom(plan: WritePlan): Sql {
  const { names, values } = insertLists(plan, plan.ownerEntity ? sql`"n"."unit"` : undefined)
  const into = sql`insert into ${tableOf(plan.build, plan.wire.entity.id)} (${names})`
  return sql`${into} select ${values} from "n" where "n"."may" and "n"."missing" = '' returning ${returned(plan)}`
}

function changeSql(plan: WritePlan): Sql {
  const { operation } = plan
  const deletes = operation === 'delete'
  const old = sql`"o" as materialized (${oldRecord(plan)})`
  const change = sql`"w" as (${deletes ? deleteFrom(plan) : updateFrom(plan)})`
  const head = sql`with ${old}, ${change}${auditSql(plan, deletes ? 'delete' : 'update', sql`, "o"`)}${deletes ? endedShares(plan) : nothing}`
  const outcome = caseOf([
    ['missing', sql`not "o"."seen"`],
    // Before the rules: one that looks along a lookup may look at a record that the caller does not see.
    ['reference', sql`"o"."missing" <> ''`],
    ['denied', sql`not "o"."may"`],
    ['stale', sql`not "o"."fresh"`],
    ...(plan.needsActive ? [['inactive', sql`not "o"."open"`] as const] : []),
    ...(plan.demands.length > 0 ? [['demand', sql`"o"."demand" is not null`] as const] : []),
    ...(deletes ? [['held', sql`"o"."held" is not null`] as const] : []),
    [deletes ? 'deleted' : 'updated'],
  ])
  if (operation === 'upsert') return upsertSql(plan, head, outcome)
  const columns = sql`${outcome} as "outcome", ${told(plan)} as "missing"${resultColumns(plan)}`
  return sql`${head} select ${columns} from "o" left join ${written(plan)} on true`
}

/** Adds to the change of a record that it is created when there is none. */
function upsertSql(plan: WritePlan, change: Sql, outcome: Sql): Sql {
  const record = sql`"n" as materialized (${newRecord(plan, sql` where not exists (select 1 from "o")`)})`
  const created = sql`"c" as (${insertFrom(plan)})${auditSql(plan, 'create', nothing, '"c"', '"m"')}`
  const both = sql`case when "o"."id" is not null then ${outcome} else ${outcomeOfNew} end`
  const missing = sql`coalesce(${told(plan)}, "n"."missing")`
  const columns = sql`${both} as "outcome", ${missing} as "missing"${resultColumns(plan)}`
  const rows = sql`"o" full join "n" on true left join ${written(plan, true)} on true`
  return sql`${change}, ${record}, ${created} select ${columns} from ${rows}`
}

/**
 * The record as it is, locked, with what the caller may do about it. Of gathered writes (write-gathered.ts) these are several,
 * with the columns that came with each; those that others have locked are left out.
 */
export function oldRecord(plan: WritePlan, gathered?: readonly Given[]): Sql {
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
  const attached = operation === 'delete' ? undefined : attachedSql(plan, 'update')
  const may = allOf([ruleOver(plan, plan.may, frame), ruleOver(plan, plan.mayBecome, after), attached])
  const seen = ruleSql(build, frame)
  const fresh = plan.matchesVersion
    ? sql`${column(frame, 'version')} = any(${param({ from: 'input', name: '@versions' }, 'integer[]')})`
    : sql`true`
  const unit =
    operation === 'delete' || !plan.update.some(({ column: name }) => name === 'owner_id')
      ? undefined
      : unitSql(plan, 'update')
  const kept = loggedColumns(plan)
    .map(({ column: name }) => name)
    .filter((name) => name !== 'id' && name !== 'version')
  const columns = [
    column(frame, 'id'),
    column(frame, 'version'),
    ...[...new Set([...kept, ...(plan.watched ?? [])])].map(
      (name) => sql`${column(frame, name)} as ${ident(`~${name}`)}`,
    ),
    sql`${seen ? sql`(${seen}) is true` : sql`true`} as "seen"`,
    sql`${may.pieces.length > 0 ? sql`(${may}) is true` : sql`true`} as "may"`,
    sql`${fresh} as "fresh"`,
    ...(plan.needsActive ? [sql`${column(frame, 'state')} is distinct from 'inactive' as "open"`] : []),
    sql`${operation === 'delete' ? sql`''` : missingSql(plan, 'update')} as "missing"`,
    ...(unit ? [sql`${unit} as "unit"`] : []),
    ...(plan.demands.length > 0 ? [sql`${unmetSql(plan.demands, frame)} as "demand"`] : []),
    ...(operation === 'delete' ? [sql`${heldSql(plan, frame)} as "held"`] : []),
    ...(gathered ?? []).map(({ column: name }) => carried(plan, name)),
  ]
  const where = allOf(
    match.map(({ column: name, stored, kind }) => {
      const value = param({ from: 'input', name: inputName('match', name) }, castOf[kind])
      return sql`${column(frame, stored ?? name)} = ${value}`
    }),
  )
  const lock = operation === 'delete' ? sql` for update of ${frame.alias}` : sql` for no key update of ${frame.alias}`
  const [others, passing] = gathered === undefined ? [nothing, nothing] : [sql`, "x"`, sql` skip locked`]
  const from = sql`${tableOf(build, wire.entity.id)} ${frame.alias}${others}`
  return sql`select ${join(columns, ', ')} from ${from} where ${where}${lock}${passing}`
}

/** A value that came with a gathered write; a value to set must not be taken for the one that is there. */
function carried({ update }: WritePlan, name: string): Sql {
  return sql`"x".${ident(name)} as ${ident(update.some(({ column: own }) => own === name) ? `^${name}` : name)}`
}

/** Whether nothing stands against the change. */
function allowed({ needsActive, demands, operation }: WritePlan): Sql {
  return allOf([
    sql`"o"."seen" and "o"."may" and "o"."fresh" and "o"."missing" = ''`,
    needsActive ? sql`"o"."open"` : undefined,
    demands.length > 0 ? sql`"o"."demand" is null` : undefined,
    operation === 'delete' ? sql`"o"."held" is null` : undefined,
  ])
}

/** What the outcome is about: the lookups that lead nowhere, the demand that is not met, or the hold. */
function told({ demands, operation }: WritePlan): Sql {
  if (operation === 'delete') return sql`coalesce("o"."held", '')`
  return demands.length > 0 ? sql`coalesce(nullif("o"."missing", ''), "o"."demand", '')` : sql`"o"."missing"`
}

/** The change of the locked record where nothing stands against it. */
export function updateFrom(plan: WritePlan): Sql {
  const { build, wire, ownerEntity } = plan
  const moves = ownerEntity !== undefined && plan.update.some(({ column: name }) => name === 'owner_id')
  const given = plan.update
    .filter(({ column: name }) => !(moves && name === 'owning_unit_id'))
    .map((property) => [property.column, input('update', property)] as const)
  const unit = moves ? own(wire, [['owning_unit_id', sql`"o"."unit"`]]) : []
  const changed = [...given, ...unit, ...stamps(wire, false)]
  const pairs = [...changed, ...updatedShadows(build.model, wire, changed, sql`"t"`)]
  const sets = pairs.map(([name, value]) => sql`${ident(name)} = ${value}`)
  const set = sql`set ${join([...sets, sql`"version" = "t"."version" + 1`], ', ')}`
  const where = sql`from "o" where "t"."id" = "o"."id" and ${allowed(plan)} returning ${returned(plan, sql`"t".`)}`
  return sql`update ${tableOf(build, wire.entity.id)} "t" ${set} ${where}`
}

function deleteFrom(plan: WritePlan): Sql {
  const { build, wire } = plan
  const where = sql`where "t"."id" = "o"."id" and ${allowed(plan)} returning "t"."id", "t"."version"`
  return sql`delete from ${tableOf(build, wire.entity.id)} "t" using "o" ${where}`
}
