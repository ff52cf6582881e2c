// The log of published changes: who, when, what, and how to take it back. Decides what is kept of a publish; the definitions
// in it are the log that other processes follow.
import { randomUUID } from 'node:crypto'
import type { Judged, Offenders } from '@peyvand/core/plan/offenders.ts'
import type { PlannedStep, Step } from '@peyvand/core/plan/steps.ts'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Session } from '../db/database.ts'
import type { Changes, Pending } from './store.ts'
import type { Taken } from './work.ts'

/** `finish`: a job came to its end, and a field is what it was becoming. */
export type Action = 'apply' | 'install' | 'undo' | 'upgrade' | 'finish'

/** A step as it was reviewed, with the step itself: what takes it back. */
export interface LoggedStep extends PlannedStep {
  readonly step: Step
  /** The statements of the transaction, when a job does the rest; else all of `sql`. */
  readonly atOnce?: readonly string[]
  /** The rows in its way, or that lose something; not kept in the history. */
  readonly offenders?: Offenders
  /** The values that its risk tells of; not kept either. */
  readonly judged?: Judged
}

/** What takes a publish back: the definitions of before, and what people had of roles that went. */
export interface Before extends Changes {
  readonly taken?: readonly Taken[]
}

/** One publish as it is listed. */
export interface HistoryRow {
  readonly id: string
  readonly revision: string
  readonly action: Action
  readonly actor: string
  readonly at: string
  /** The definitions that changed: kind, name, and how. */
  readonly changes: readonly {
    readonly kind: string
    readonly name: string
    readonly layer: string
    readonly change: 'create' | 'update' | 'delete'
  }[]
  readonly steps: readonly PlannedStep[]
  readonly undone: boolean
  /** Why it cannot be taken back; absent while it can. */
  readonly stays?: string
}

/** A publish with what is needed to take it back. */
export interface Logged {
  readonly id: string
  readonly revision: number
  readonly action: Action
  readonly steps: readonly LoggedStep[]
  readonly before: Before
  readonly after: Changes
  readonly undoneBy: number | null
}

interface NewEntry {
  readonly revision: number
  readonly action: Action
  readonly plan: string
  readonly actor: Actor
  readonly steps: readonly LoggedStep[]
  readonly before: Before
  readonly after: Changes
}

/** Logs a publish. shape: the id by which it can be undone. */
export async function logPublish(session: Session, schema: string, entry: NewEntry): Promise<string> {
  const id = randomUUID()
  await session.query({
    text: `insert into "${schema}"._history (revision, id, action, plan, actor_id, actor_name, summary, steps, before, after)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    values: [
      entry.revision,
      id,
      entry.action,
      entry.plan,
      entry.actor.user,
      entry.actor.name,
      JSON.stringify(summaryOf(entry.before, entry.after)),
      JSON.stringify(entry.steps.map(({ offenders: _offenders, judged: _judged, ...step }) => step)),
      JSON.stringify(entry.before),
      JSON.stringify(entry.after),
    ],
  })
  return id
}

/** Which definitions changed, and how. */
export function summaryOf(before: Changes, after: Changes): HistoryRow['changes'] {
  return after.definitions.map(({ layer, kind, name, body }, i) => {
    const change = body === null ? 'delete' : before.definitions[i]?.body === null ? 'create' : 'update'
    return { kind, name, layer, change }
  })
}

/** The newest publishes. `stays` says why one cannot be taken back. */
export async function listHistory(
  session: Session,
  schema: string,
  stays: (logged: Logged, at: string) => string | undefined,
  top = 100,
): Promise<HistoryRow[]> {
  const { rows } = await session.query<LoggedRow>({
    text: `select h.id, h.revision, h.action, h.actor_name as actor, to_json(h.at) as at, h.summary as changes, h.steps,
      h.before, h.after, h.undone_by as "undoneBy" from "${schema}"._history h order by h.revision desc limit $1::int`,
    values: [top],
  })
  return rows.map(({ before, after, undoneBy, ...row }) => {
    const reason = stays({ ...row, before, after, undoneBy }, row.at)
    return {
      ...row,
      revision: String(row.revision),
      steps: row.steps.map(reviewed),
      undone: undoneBy !== null,
      ...(reason === undefined ? {} : { stays: reason }),
    }
  })
}

interface LoggedRow extends Logged, Pick<HistoryRow, 'actor' | 'at' | 'changes'> {
  readonly steps: readonly LoggedStep[]
}

/** A step as people see it. */
export function reviewed(logged: LoggedStep): PlannedStep {
  const { step: _step, atOnce: _atOnce, offenders: _offenders, judged: _judged, ...planned } = logged
  return planned
}

/** One publish. throws: Problem when there is none with this id. */
export async function findPublish(session: Session, schema: string, id: string): Promise<Logged> {
  const { rows } = await session.query<Omit<Logged, 'undoneBy'> & { undone_by: number | null }>({
    text: `select h.id, h.revision, h.action, h.steps, h.before, h.after, h.undone_by from "${schema}"._history h where h.id = $1::uuid`,
    values: [id],
  })
  const row = rows[0]
  if (row === undefined) throw new Problem('missing.record', { detail: 'There is no such change in the history' })
  return {
    id: row.id,
    revision: row.revision,
    action: row.action,
    steps: row.steps,
    before: row.before,
    after: row.after,
    undoneBy: row.undone_by,
  }
}

/** Notes that a publish was taken back by another. */
export async function markUndone(session: Session, schema: string, id: string, by: number): Promise<void> {
  await session.query({
    text: `update "${schema}"._history set undone_by = $2::int where id = $1::uuid`,
    values: [id, by],
  })
}

/** The column of the recycle bin, and what values became that did not convert. */
export type Restored = Pick<Pending, 'restores' | 'gave'>

/** Where the old values of fields are that a publish converted by a job, by the field's id. */
export async function finishedBins(
  session: Session,
  schema: string,
  { revision }: Logged,
): Promise<ReadonlyMap<string, Restored>> {
  const { rows } = await session.query<Pick<Logged, 'steps' | 'before'>>({
    text: `select h.steps, h.before from "${schema}"._history h where h.action = 'finish' and h.revision > $1::int order by h.revision`,
    values: [revision],
  })
  const bins = new Map<string, Restored>()
  for (const { steps, before } of rows) {
    const fields = (before.pending ?? []).flatMap(({ body }) => (body?.since === revision ? [body] : []))
    for (const { step, sql } of steps) {
      const field =
        step.kind === 'retype_column' ? fields.find(({ field: id }) => step.to.id.startsWith(id)) : undefined
      const bin = sql.map((text) => / rename column "[^"]+" to "(_bin_[^"]+)"$/.exec(text)?.[1]).find(Boolean)
      if (field !== undefined && bin !== undefined)
        bins.set(field.field, { restores: bin, ...(field.otherwise === undefined ? {} : { gave: field.otherwise }) })
    }
  }
  return bins
}
