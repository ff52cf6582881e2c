// Many new records → one statement: the records travel as one JSON parameter, and what a single create has checked is checked
// here for each of them, by the same expressions. Rows that may not be created are left out and told.
//
// The rows of the result are those that were left out: `id`, `outcome` ('denied' | 'reference'), `missing` (see write.ts).
import { quoteName } from '../base/sql.ts'
import { ident, join, nothing, param, sql, type Sql } from '../expression/fragment.ts'
import { castOf } from '../expression/sql.ts'
import { tableOf } from './frame.ts'
import { auditSql, insertPairs, needsCheck, newRecord, outcomeOfNew, returned, type WritePlan } from './write.ts'

/** The statement; its inputs are `records` (JSON text of a list), `@writer` and `@request`. */
export function insertManySql(plan: WritePlan): Sql {
  const { build, wire, insert } = plan
  const checks = needsCheck(plan)
  const unit = checks && plan.ownerEntity ? sql`"n"."unit"` : undefined
  const pairs = insertPairs(plan, unit)
  const names = join(
    pairs.map(([name]) => ident(name)),
    ', ',
  )
  const values = rowwise(
    join(
      pairs.map(([, value]) => value),
      ', ',
    ),
  )
  const allowed = checks ? sql` join "n" on "n"."id" = "x"."id" where "n"."may" and "n"."missing" = ''` : nothing
  const written = sql`insert into ${tableOf(build, wire.entity.id)} (${names}) select ${values} from "x"${allowed} returning ${returned(plan)}`
  const head = sql`with "x" as materialized (${given(insert)})${checks ? sql`, "n" as materialized (${checked(plan)})` : nothing}, "w" as (${written})${auditSql(plan, 'create', nothing)}`
  if (!checks) return sql`${head} select "w"."id", 'created' as "outcome", '' as "missing" from "w" where false`
  return sql`${head} select "n"."id", ${outcomeOfNew} as "outcome", "n"."missing" from "n" where not ("n"."may" and "n"."missing" = '')`
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
  return sql`select ${names} from jsonb_to_recordset(${param({ from: 'input', name: 'records' }, 'jsonb')}) as "r"(${shape})`
}

/** For each record whether it may be created, which of its lookups lead nowhere, and the unit of its owner. */
function checked(plan: WritePlan): Sql {
  const unit = plan.ownerEntity ? sql`, "m"."unit"` : nothing
  return sql`select "x"."id", "m"."may", "m"."missing"${unit} from "x" cross join lateral (${rowwise(newRecord(plan, nothing))}) "m"`
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
