// What of a value is shown to those who may know only that there is one. PostgreSQL makes the masked text, so that the value
// itself never leaves the database; a type says which of these make sense for it (`masks` of its contract). How many dots
// there are says nothing of how long the value is. Nothing stays nothing: whether a field is filled in is no secret.
import { sql, type Sql } from '../expression/fragment.ts'

/** The ways of masking, from the one that tells least. */
export const maskNames = ['all', 'initials', 'last4', 'domain'] as const
export type MaskName = (typeof maskNames)[number]

/** The masked text of a stored value. */
export type Mask = (value: Sql) => Sql
export type Masks = Readonly<Partial<Record<MaskName, Mask>>>

/** What stands for what is not shown. */
export const dots = '•••••'

const all: Mask = (value) => sql`case when ${value} is not null then '•••••' end`

/** Of a short value four characters would be most of it. unit: characters. */
const last4: Mask = (value) =>
  sql`case when char_length(${value}::text) >= 8 then '•••••' || right(${value}::text, 4) when ${value} is not null then '•••••' end`

const initials: Mask = (value) => sql`regexp_replace(${value}::text, '([^ ])[^ ]*', '\\1.', 'g')`

/** What stands behind the last @; all of a text without one is masked. */
const domain: Mask = (value) =>
  sql`case when ${value} is not null then '•••••' || coalesce(substring(${value}::text from '@[^@]*$'), '') end`

/** For values that are no text: that there is one is all that can be told. */
export const anyMasks: Masks = { all }
/** For numbers people read out: of an order, of a card. */
export const numberMasks: Masks = { all, last4 }
/** For what is a name. */
export const nameMasks: Masks = { all, initials }
/** For any text. */
export const textMasks: Masks = { all, initials, last4, domain }

/** Whether a text is what a mask makes of a value, so that it is no value itself. */
export function isMasked(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith(dots)
}
