// Many new records → one statement: the records travel as one JSON parameter, and what a single create has checked is checked
// here for each of them, by the same expressions. Rows that may not be created are left out and told.
//
// The rows of the result are those that were left out: `id`, `outcome` ('denied' | 'reference'), `missing` (see write.ts).
import { quoteName } from '../base/sql.ts'
import { ident, join, nothing, param, sql, type Sql } from '../expression/fragment.ts'
import { castOf } from '../expression/sql.ts'
import { tableOf } from './frame.ts'
import { needsCheck, newRecord, outcomeOfNew } from './write-check.ts'
import { insertLists, type WritePlan } from './write-plan.ts'
import { auditSql, returned } from './write-result.ts'

/** The statement; its inputs are `records` (JSON text of a list), `@writer` and `@request`. */
export function insertManySql(plan: WritePlan): Sql {
  const { build, wire, insert } = plan
  const checks = needsCheck(plan)
  const unit = checks && plan.ownerEntity ? sql`"n"."unit"` : undefined
  const { names, values } = insertLists(plan, unit)
  const allowed = checks ? sql` join "n" on "n"."id" = "x"."id" where "n"."may" and "n"."missing" = ''` : nothing
  const into = sql`insert into ${tableOf(build, wire.entity.id)} (${names})`
  const written = sql`${into} select ${rowwise(values)} from "x"${allowed} returning ${returned(plan)}`
  const found = checks ? sql`, "n" as materialized (${checked(plan)})` : nothing
  const audit = auditSql(plan, 'create', nothing)
  const head = sql`with "x" as materialized (${given(insert)})${found}, "w" as (${written})${audit}`
  if (!checks) return sql`${head} select "w"."id", 'created' as "outcome", '' as "missing" from "w" where false`
  const columns = sql`"n"."id", ${outcomeOfNew} as "outcome", "n"."missing"`
  return sql`${head} select ${columns} from "n" where not ("n"."may" and "n"."missing" = '')`
}

/** The records as rows; one without a column has null there. */
function given(columns: WritePlan['insert']): Sql {
  const names = join(
    columns.map(({ column }) => ident(column)),
    ', ',
  )
  const shape = join(
    columns.map(({ column, kind }) => sql`${ident(column)} ${{ pieces: [castOf[kind]] }}`),
    ', ',
  )
  const records = param({ from: 'input', name: 'records' }, 'jsonb')
  return sql`select ${names} from jsonb_to_recordset(${records}) as "r"(${shape})`
}

/** For each record whether it may be created, which of its lookups lead nowhere, and the unit of its owner. */
function checked(plan: WritePlan): Sql {
  const unit = plan.ownerEntity ? sql`, "m"."unit"` : nothing
  const record = rowwise(newRecord(plan, nothing))
  return sql`select "x"."id", "m"."may", "m"."missing"${unit} from "x" cross join lateral (${record}) "m"`
}

/** The same SQL over the row of a record instead of the inputs of a single create. */
function rowwise({ pieces }: Sql): Sql {
  return {
    pieces: pieces.map((piece) => {
      if (typeof piece === 'string' || piece.parameter.from !== 'input' || !piece.parameter.name.startsWith('+'))
        return piece
      return `"x".${quoteName(piece.parameter.name.slice(1))}`
    }),
  }
}
