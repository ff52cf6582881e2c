// How a value leaves the database: PostgreSQL's own JSON is the wire form of every kind but durations (whose spelling there
// depends on a setting of the session) and lists (where none is an empty list). With `exact`, numbers that a JavaScript
// reader would round travel as text (OData's IEEE754Compatible).
import type { ValueKind } from '../base/kind.ts'
import { sql, type Sql } from './fragment.ts'

/** The value as it is put into JSON; `exact`: whole and decimal numbers as text. */
export function outgoing(kind: ValueKind | 'null', value: Sql, exact = false): Sql {
  if (kind === 'duration') return durationText(value)
  if (kind === 'texts') return sql`coalesce(${value}, '{}')`
  return exact && (kind === 'integer' || kind === 'decimal') ? sql`(${value})::text` : value
}

/** "P1DT2H30M1.5S", "-P1D", as base/clock.ts prints it. */
function durationText(value: Sql): Sql {
  const signed = sql`select extract(epoch from ${value}) as "t"`
  const whole = sql`select case when "t" < 0 then '-' else '' end as "sign", abs("t") as "s" from (${signed}) "~s"`
  const parts = sql`select "sign", div("s", 86400) as "d", div(mod("s", 86400), 3600) as "h", div(mod("s", 3600), 60) as "m", trim_scale(mod("s", 60)) as "s" from (${whole}) "~e"`
  const clock = sql`case when "h" + "m" + "s" > 0 or "d" = 0 then 'T' else '' end || case when "h" > 0 then "h" || 'H' else '' end || case when "m" > 0 then "m" || 'M' else '' end || case when "s" > 0 or "d" + "h" + "m" = 0 then "s" || 'S' else '' end`
  return sql`(select "sign" || 'P' || case when "d" > 0 then "d" || 'D' else '' end || ${clock} from (${parts}) "~d" where "d" is not null)`
}
