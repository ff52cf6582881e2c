// Looking after rollups as durable jobs: comparing every record, or mending whatever is wrong. What a job has found stays in its
// progress, so that a resumed one goes on behind its last records, and in its result, which is what is told of a rollup later.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Rollup } from '@peyvand/core/model/rollups.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'
import { retrying } from '../db/retry.ts'
import { partsOf, type Part, type Place } from '../meta/drift.ts'
import type { RunningPlatform } from '../platform.ts'
import { refresh, tellRefreshed, Touched, type Refreshed } from '../records/rollup.ts'
import { rollupsNamed, type RollupsNamed } from '../records/rollup-names.ts'
import type { RunningJob } from './job.ts'
import { enqueue } from './queue.ts'

/** The two kinds: one only looks, one mends. */
export type RollupKind = 'rollup_check' | 'rollup_rebuild'

/** What was found of one rollup. Ids alone: values of records are not kept outside of them. */
export interface Found {
  readonly field: Id
  readonly records: number
  /** Records whose stored value was wrong. */
  readonly wrong: number
  readonly samples: readonly Id[]
}

const mostSamples = 10

/** Puts a job in; while one for the same rollups waits or runs, it is that one. Gives its id. */
export function enqueueRollups(
  session: Session,
  { schema, actor }: Pick<Context, 'schema' | 'actor'>,
  kind: RollupKind,
  names: RollupsNamed,
): Promise<string> {
  const unique = `${names.entity ?? '*'}.${names.field ?? '*'}`
  return enqueue(session, schema, { kind, payload: { ...names }, unique, actor: actor.user })
}

/** Where a job is: on which revision of the model, at which records, with what it found so far. */
interface Bookmark {
  readonly revision: string
  readonly place: Place
  readonly found: readonly Found[]
}

/** Goes through the records of the rollups that a job names. Gives what is kept of it. */
export async function lookAfter(job: RunningJob, platform: RunningPlatform, mends: boolean): Promise<JsonObject> {
  const model = platform.model()
  const scope = { model, schema: platform.schema }
  const rollups = rollupsNamed(model, job.payload)
  const revision = String(model.revision)
  const before = bookmarkIn(job, revision)
  const found = new Map((before?.found ?? []).map((each) => [each.field, each]))
  const total = await recordsOf(platform.database, scope, rollups)
  let done = before === undefined ? 0 : (job.progress?.done ?? 0)
  for await (const part of partsOf(platform.database, scope, rollups, before?.place)) {
    // What a rollup means may have changed meanwhile: never mend by yesterday's meaning.
    if (String(platform.model().revision) !== revision) return lookAfter({ ...job, progress: null }, platform, mends)
    if (mends && part.wrong.length > 0) await mendPart(job, platform, scope, part)
    note(found, part)
    done += part.records
    const at: Bookmark = { revision, place: part.next, found: [...found.values()] }
    await job.report({ done, total: Math.max(total, done), at: JSON.stringify(at) })
  }
  return {
    records: done,
    wrong: sum([...found.values()]),
    mended: mends,
    rollups: [...found.values()].map((each) => ({ ...each, samples: [...each.samples] })),
  }
}

function bookmarkIn({ progress }: RunningJob, revision: string): Bookmark | undefined {
  const mark = progress?.at === undefined ? undefined : (JSON.parse(progress.at) as Bookmark)
  return mark?.revision === revision ? mark : undefined
}

const sum = (found: readonly Found[]): number => found.reduce((all, { wrong }) => all + wrong, 0)

async function recordsOf(
  session: Session,
  { schema }: Pick<Context, 'schema'>,
  rollups: readonly Rollup[],
): Promise<number> {
  let all = 0
  for (const name of new Set(rollups.map(({ parent }) => parent.name))) {
    const { rows } = await session.query<{ n: number }>({
      text: `select count(*)::float8 as n from "${schema}"."${name}"`,
    })
    all += rows[0]!.n
  }
  return all
}

/** Works out the wrong ones by the road of every write: locked in order, then whatever gathers them. */
async function mendPart(
  job: RunningJob,
  platform: RunningPlatform,
  scope: Pick<Context, 'model' | 'schema'>,
  { wrong }: Part,
): Promise<void> {
  const refreshed = await retrying(platform.database, () =>
    job.transaction((session): Promise<Refreshed[]> => {
      const touched = new Touched()
      for (const { id, rollups } of wrong) for (const { rollup } of rollups) touched.addRecords(rollup, [id])
      return refresh(session, scope, touched)
    }),
  )
  tellRefreshed(platform, refreshed)
}

function note(found: Map<Id, Found>, { rollups, records, wrong }: Part): void {
  for (const rollup of rollups) {
    const before = found.get(rollup.field.id)
    const ids = wrong.filter((each) => each.rollups.some((one) => one.rollup === rollup)).map(({ id }) => id)
    found.set(rollup.field.id, {
      field: rollup.field.id,
      records: (before?.records ?? 0) + records,
      wrong: (before?.wrong ?? 0) + ids.length,
      samples: [...(before?.samples ?? []), ...ids].slice(0, mostSamples),
    })
  }
}

/** What is known of a rollup. */
export interface RollupState {
  readonly entity: string
  readonly field: string
  /** When a job last came to an end about it; null: never, or longer ago than jobs are kept. */
  readonly checkedAt: string | null
  readonly records: number
  /** Records found wrong and not mended. */
  readonly drift: number
  /** Records that were wrong and are mended. */
  readonly mended: number
  readonly samples: readonly Id[]
  /** The job that is at it or waits. */
  readonly job: string | null
}

interface JobRow {
  readonly id: string
  readonly state: string
  readonly payload: RollupsNamed
  readonly at: string | null
  readonly result: { readonly mended: boolean; readonly rollups: readonly Found[] } | null
}

/** When each rollup was last looked at, and what was found. */
export async function rollupStates(
  session: Session,
  { schema }: Pick<Context, 'schema'>,
  rollups: readonly Rollup[],
): Promise<RollupState[]> {
  const { rows } = await session.query<JobRow>({
    text: `select j.id, j.state, j.payload, to_json(j.finished_at) as "at", j.result from "${schema}"._job j
      where j.kind in ('rollup_check', 'rollup_rebuild') and j.state in ('queued', 'running', 'done')
      order by j.finished_at desc nulls first, j.id limit 200`,
  })
  return rollups.map((rollup) => stateIn(rows, rollup))
}

function stateIn(jobs: readonly JobRow[], { parent, field }: Rollup): RollupState {
  const open = jobs.find(
    ({ state, payload }) =>
      state !== 'done' &&
      (payload.entity ?? parent.name) === parent.name &&
      (payload.field ?? field.name) === field.name,
  )
  const last = jobs.flatMap(({ at, result }) => {
    const found = result?.rollups.find((each) => each.field === field.id)
    return found === undefined ? [] : [{ at, found, mended: result!.mended }]
  })[0]
  const wrong = last?.found.wrong ?? 0
  return {
    entity: parent.name,
    field: field.name,
    checkedAt: last?.at ?? null,
    records: last?.found.records ?? 0,
    drift: last?.mended === true ? 0 : wrong,
    mended: last?.mended === true ? wrong : 0,
    samples: last?.found.samples ?? [],
    job: open?.id ?? null,
  }
}
