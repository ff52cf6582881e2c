// What the audit is told of a publish: who changed which definitions, never what they say.
import { createHash } from 'node:crypto'
import { note } from '../audit/note.ts'
import type { Session } from '../db/database.ts'
import { summaryOf } from './history.ts'
import type { Changes } from './store.ts'
import type { Work } from './work.ts'

interface Noted {
  readonly work: Work
  readonly revision: number
  readonly plan: string
  readonly change: string
  readonly changes: Changes
  readonly before: Changes
}

/** Says in the audit who changed which definitions; the hash is of what they are now. */
export function noteModel(
  session: Session,
  schema: string,
  { work, revision, plan, change, changes, before }: Noted,
): Promise<void> {
  const { action, actor } = work
  const definitions = summaryOf(before, changes).map(({ kind, name, layer, change: how }) => ({
    kind,
    name,
    layer,
    change: how,
  }))
  const hash = createHash('sha256').update(JSON.stringify(changes)).digest('hex')
  const detail = { action, revision, plan, change, hash, definitions }
  const { user, via } = actor
  return note({ database: session, schema }, { kind: 'model', outcome: 'changed', actor: user, via, detail })
}
