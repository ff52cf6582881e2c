// What a statement saw of the database: its snapshot, and of which history it is. A restored or promoted database counts its
// transactions on from an older state, where the numbers of a snapshot mean other transactions.
import { sql } from '../expression/fragment.ts'

const history = sql`(select "system_identifier" from pg_control_system()) || '.' || (select "timeline_id" from pg_control_checkpoint())`

/** `<snapshot>/<history>` of the statement it stands in, as text. */
export const seenSql = sql`pg_current_snapshot()::text || '/' || ${history}`

/** The two parts of what a statement saw. */
export function seenParts(seen: string): { readonly snapshot: string; readonly history: string } {
  const [snapshot = '', history = ''] = seen.split('/')
  return { snapshot, history }
}
