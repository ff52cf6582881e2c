// Writes of the same kind that arrive at the same time → one statement for all of them. It does only what nothing stands
// against: a record that is not there, not the caller's, locked by others or in any way wrong is left out, and whoever asked
// for it sends it alone (write.ts), which tells what is wrong.
//
// One row for each write that was done, with the columns that a single one gives (write.ts). Its inputs are `records` (JSON
// text of a list: id, values by column, `~request`), `@writer` and, by their names in a single create, what all records share.
import { quoteName } from '../base/sql.ts'
import { nothing, sql, type Sql } from '../expression/fragment.ts'
import { tableOf } from './frame.ts'
import { oldRecord, updateFrom } from './write.ts'
import { needsCheck } from './write-check.ts'
import { checked, given, overRow, requestColumn, rowwise } from './write-many.ts'
import { insertLists, type WritePlan } from './write-plan.ts'
import { auditSql, resultColumns, returned, written } from './write-result.ts'

/** The statement of several creates; `common` are the columns that all have the same value in. */
export function gatheredInsertSql(plan: WritePlan, common: ReadonlySet<string>): Sql {
  const columns = [...plan.insert.filter(({ column }) => !common.has(column)), requestColumn]
  const checks = needsCheck(plan)
  const { names, values } = insertLists(plan, undefined)
  const allowed = checks ? sql` where "x"."~may" and "x"."~missing" = ''` : nothing
  const into = sql`insert into ${tableOf(plan.build, plan.wire.entity.id)} (${names})`
  const insert = sql`${into} select ${rowwise(values, common)} from "x"${allowed} returning ${returned(plan)}`
  const records = checks ? checked(plan, columns, common) : given(columns)
  const log = logOf(plan, 'create', '"x"')
  const rows = sql`select 'created' as "outcome", '' as "missing"${resultColumns(plan)} from ${written(plan)}`
  return sql`with "x" as materialized (${records}), "w" as (${insert})${log} ${rows}`
}

/** The statement of several updates by id, each of another record. */
export function gatheredUpdateSql(plan: WritePlan): Sql {
  const brought = [...plan.update, requestColumn]
  const before = overRow(oldRecord(plan, brought), (name) => `"x".${quoteName(name.replace(/^=/, ''))}`)
  const updated = new Set(plan.update.map(({ column }) => column))
  const update = overRow(updateFrom(plan), (name) => (updated.has(name) ? `"o".${quoteName(`^${name}`)}` : undefined))
  const log = logOf(plan, 'update', '"o"')
  const rows = sql`select 'updated' as "outcome", '' as "missing"${resultColumns(plan)} from ${written(plan)}`
  return sql`with "x" as materialized (${given([...plan.match, ...brought])}), "o" as materialized (${before}), "w" as (${update})${log} ${rows}`
}

/** The log rows, each with the request of its own record; `source` has that beside the ids. */
function logOf(plan: WritePlan, change: 'create' | 'update', source: '"x"' | '"o"'): Sql {
  const own: Sql = { pieces: [source] }
  const log = auditSql(plan, change, sql`, ${own} where ${own}."id" = "w"."id"`)
  return overRow(log, (name) => (name === '@request' ? `${source}.${quoteName(requestColumn.column)}` : undefined))
}
