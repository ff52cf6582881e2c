// Many new records → one statement: the records travel as one JSON parameter, and what a single create has checked is checked
// here for each of them, by the same expressions. Rows that may not be created are left out and told.
//
// The rows of the result are those that were left out: `id`, `outcome` ('denied' | 'reference'), `missing` (see write.ts).
import { quoteName } from '../base/sql.ts'
import { ident, join, nothing, param, sql, type Sql } from '../expression/fragment.ts'
import { castOf } from '../expression/sql-type.ts'
import type { Property } from '../model/wire.ts'
import { tableOf } from './frame.ts'
import { needsCheck, newRecord, outcomeOfNew } from './write-check.ts'
import { insertLists, type WritePlan } from './write-plan.ts'
import { auditSql, returned } from './write-result.ts'

/**
 * The statement; its inputs are `records` (JSON text of a list), `@writer`, `@request` and, by their names in a single create,
 * the values of columns that all records have in common.
 */
export function insertManySql(plan: WritePlan, common: ReadonlySet<string>): Sql {
  const { build, wire } = plan
  const columns = plan.insert.filter(({ column }) => !common.has(column))
  const checks = needsCheck(plan)
  const unit = checks && plan.ownerEntity ? sql`"x"."~unit"` : undefined
  const { names, values } = insertLists(plan, unit)
  const allowed = checks ? sql` where "x"."~may" and "x"."~missing" = ''` : nothing
  const into = sql`insert into ${tableOf(build, wire.entity.id)} (${names})`
  const written = sql`${into} select ${rowwise(values, common)} from "x"${allowed} returning ${returned(plan)}`
  const records = checks ? checked(plan, columns, common) : given(columns)
  const audit = auditSql(plan, 'create', nothing)
  const head = sql`with "x" as materialized (${records}), "w" as (${written})${audit}`
  if (!checks) return sql`${head} select "w"."id", 'created' as "outcome", '' as "missing" from "w" where false`
  const found = sql`select "x"."id", "x"."~may" as "may", "x"."~missing" as "missing" from "x"`
  const told = sql`"n"."id", ${outcomeOfNew} as "outcome", "n"."missing"`
  return sql`${head} select ${told} from (${found}) "n" where not ("n"."may" and "n"."missing" = '')`
}

/** What a row carries beside the values of its columns: the id of the request it came with. */
export const requestColumn: Given = { column: '~request', kind: 'text' }

/** A column of the given records. */
export type Given = Pick<Property, 'column' | 'kind'>

/** The records as rows; one without a column has null there. Read as `json`: what is read once needs no index of its names. */
export function given(columns: readonly Given[]): Sql {
  const shape = join(
    columns.map(({ column, kind }) => sql`${ident(column)} ${{ pieces: [castOf[kind]] }}`),
    ', ',
  )
  const records = param({ from: 'input', name: 'records' }, 'json')
  return sql`select ${namesOf(columns, '')} from json_to_recordset(${records}) as "r"(${shape})`
}

/** Each record with whether it may be created, which of its lookups lead nowhere, and the unit of its owner. */
export function checked(plan: WritePlan, columns: readonly Given[], common: ReadonlySet<string>): Sql {
  const unit = plan.ownerEntity ? sql`, "m"."unit" as "~unit"` : nothing
  const found = sql`"m"."may" as "~may", "m"."missing" as "~missing"${unit}`
  const record = rowwise(newRecord(plan, nothing), common)
  return sql`select ${namesOf(columns, '"x".')}, ${found} from (${given(columns)}) "x" cross join lateral (${record}) "m"`
}

function namesOf(columns: readonly Given[], prefix: string): Sql {
  return join(
    columns.map(({ column }): Sql => ({ pieces: [prefix + quoteName(column)] })),
    ', ',
  )
}

/** The same SQL over the row of a record instead of the inputs of a single create, but for those that all have in common. */
export function rowwise(created: Sql, common: ReadonlySet<string>): Sql {
  return overRow(created, (name) =>
    name.startsWith('+') && !common.has(name.slice(1)) ? `"x".${quoteName(name.slice(1))}` : undefined,
  )
}

/** SQL with columns in the place of some of the inputs of a single write. */
export function overRow({ pieces }: Sql, columnOf: (input: string) => string | undefined): Sql {
  return {
    pieces: pieces.map((piece) =>
      typeof piece === 'string' || 'select' in piece || piece.parameter.from !== 'input'
        ? piece
        : (columnOf(piece.parameter.name) ?? piece),
    ),
  }
}
