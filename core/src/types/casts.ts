// SQL conversions that several types share, as tested on PostgreSQL 15 and PGlite. Decides how text becomes another kind
// and which texts would not; `fails` never raises an error itself, because a plan asks it before it touches anything.
import { quoteText } from '../base/sql.ts'
import type { Cast } from './type.ts'

/** The same values under another name of type; nothing can be lost. */
export const unchanged: Cast = { risk: 'safe', using: (column) => column }

/** Any value to its text by PostgreSQL's own cast. */
export const asText: Cast = { risk: 'safe', using: (column) => `${column}::text` }

const numberForm = String.raw`'^\s*[+-]?[0-9]{1,60}(\.[0-9]{0,60})?\s*$'`

/** Text → a number type; texts that are no number or do not fit fail. shape: `most` is the first value that is too large. */
export function textToNumber(sqlType: string, most: string, round?: number): Cast {
  const fits = (column: string): string => {
    const value = round === undefined ? `btrim(${column})::numeric` : `round(btrim(${column})::numeric, ${round})`
    return `abs(${value}) < ${most}`
  }
  return {
    risk: 'lossy',
    using: (column) => `nullif(btrim(${column}), '')::numeric::${sqlType}`,
    fails: (column) => `(case when ${column} ~ ${numberForm} then not ${fits(column)} else btrim(${column}) <> '' end)`,
  }
}

/** A number → a number type with a limit. */
export function numberToNumber(sqlType: string, most: string, round: number, risk: Cast['risk']): Cast {
  return {
    risk,
    using: (column) => `${column}::${sqlType}`,
    fails: (column) => `abs(round(${column}::numeric, ${round})) >= ${most}`,
  }
}

const dateForm = String.raw`'^\s*[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'`
const timeForm = String.raw`'^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?)?\s*(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])?\s*$'`
const onlyDateForm = String.raw`'^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$'`

function isDate(column: string): string {
  const part = (from: number, length: number): string => `substr(btrim(${column}), ${from}, ${length})::integer`
  const last = `extract(day from (make_date(${part(1, 4)}, ${part(6, 2)}, 1) + interval '1 month - 1 day'))`
  return `(case when ${column} ~ ${dateForm} and substr(btrim(${column}), 1, 4) <> '0000' then ${part(9, 2)} <= ${last} else false end)`
}

/** Text "2026-11-25" → date. */
export const textToDate: Cast = {
  risk: 'lossy',
  using: (column) => `nullif(btrim(${column}), '')::date`,
  fails: (column) => `(btrim(${column}) <> '' and not (${column} ~ ${onlyDateForm} and ${isDate(column)}))`,
}

/** Text "2026-11-25T10:00:00Z" (or a date alone, or without an offset: UTC) → datetime. */
export const textToDatetime: Cast = {
  risk: 'lossy',
  using: (column) =>
    String.raw`(case when ${column} ~ '(Z|[+-][0-9]{2}:?[0-9]{2})\s*$' and ${column} !~ ${onlyDateForm} then btrim(${column}) else nullif(btrim(${column}), '') || ' UTC' end)::timestamptz(3)`,
  fails: (column) => `(btrim(${column}) <> '' and not (${column} ~ ${timeForm} and ${isDate(column)}))`,
}

/** Text → one of these values, as written; others fail. */
export function textToOneOf(values: readonly string[]): Cast {
  const list = values.map(quoteText).join(', ')
  return {
    risk: 'safe',
    using: (column) => `nullif(${column}, '')`,
    fails: (column) => (list === '' ? `${column} <> ''` : `(${column} <> '' and ${column} not in (${list}))`),
  }
}

/** Text → at most so many characters; longer ones fail. */
export function textToText(longest: number): Cast {
  return { risk: 'safe', using: (column) => column, fails: (column) => `length(${column}) > ${longest}` }
}
