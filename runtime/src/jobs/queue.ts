// Jobs in the database: how one is put in, taken by one worker alone, held by a lease and let go. Every change of a running
// job asks for the lease it was taken with, so that a worker that was away too long can do no harm.
import type { Job, JobProgress, JobState } from '@peyvand/core/answer/job.ts'
import { randomUUID } from 'node:crypto'
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import type { Session } from '../db/database.ts'
import { LostJob, type NewJob } from './job.ts'

/** A job in the hands of a worker. */
export interface Taken {
  readonly id: string
  readonly kind: string
  readonly payload: JsonObject
  readonly attempts: number
  readonly progress: JobProgress | null
  /** Fencing token: grows with each time the job is taken. */
  readonly lease: number
}

/** The channel on which workers hear that there is something to do, or to stop. */
export function jobChannel(schema: string): string {
  return `peyvand_job_${schema}`
}

/** Puts a job in, in the caller's transaction. shape: its id, or that of the one with the same unique key. */
export async function enqueue(session: Session, schema: string, job: NewJob): Promise<string> {
  const id = randomUUID()
  const { rows } = await session.query<{ id: string }>({
    text: `insert into "${schema}"._job (id, kind, payload, unique_key, run_at, created_by)
      values ($1::uuid, $2, $3::jsonb, $4, coalesce($5::timestamptz, now()), $6::uuid)
      on conflict (kind, unique_key) where state in ('queued', 'running') do nothing returning id`,
    values: [id, job.kind, JSON.stringify(job.payload), job.unique ?? null, job.runAt ?? null, job.actor ?? null],
  })
  await wake(session, schema, id)
  if (rows.length > 0) return id
  const { rows: others } = await session.query<{ id: string }>({
    text: `select j.id from "${schema}"._job j where j.kind = $1 and j.unique_key = $2 and j.state in ('queued', 'running')`,
    values: [job.kind, job.unique],
  })
  return others[0]?.id ?? enqueue(session, schema, job)
}

/** Tells the workers, when the transaction commits, that something about a job changed. */
export async function wake(session: Session, schema: string, id: string): Promise<void> {
  await session.query({ text: 'select pg_notify($1, $2)', values: [jobChannel(schema), id] })
}

/** Takes the job that has waited longest, or one whose worker does not answer any more. unit: seconds */
export async function take(
  session: Session,
  schema: string,
  kinds: readonly string[],
  leaseSeconds: number,
): Promise<Taken | undefined> {
  const { rows } = await session.query<Taken>({
    text: `update "${schema}"._job set state = 'running', lease = lease + 1, attempts = attempts + 1,
        lease_until = now() + make_interval(secs => $2::float8), started_at = now()
      where id = (select j.id from "${schema}"._job j where j.kind = any($1::text[])
        and (j.state = 'queued' and j.run_at <= now() or j.state = 'running' and j.lease_until < now())
        order by j.run_at, j.id limit 1 for update skip locked)
      returning id, kind, payload, attempts, progress, lease`,
    values: [kinds, leaseSeconds],
  })
  return rows[0]
}

/** Whether something could be taken, and when the next queued job is due. unit: milliseconds from now */
export async function nextDue(session: Session, schema: string): Promise<number | undefined> {
  const { rows } = await session.query<{ ms: number | null }>({
    text: `select (extract(epoch from min(case when j.state = 'queued' then j.run_at else j.lease_until end) - now()) * 1000)::float8 as ms
      from "${schema}"._job j where j.state in ('queued', 'running')`,
  })
  return rows[0]?.ms ?? undefined
}

/** Holds on to a job for some more seconds. throws: LostJob. */
export async function beat(session: Session, schema: string, { id, lease }: Taken, seconds: number): Promise<void> {
  await change(session, schema, id, lease, 'lease_until = now() + make_interval(secs => $3::float8)', [seconds])
}

/** Locks the job's row in this transaction: nobody takes or cancels it before the end; its heart beats on. throws: LostJob. */
export async function hold(session: Session, schema: string, { id, lease }: Taken): Promise<void> {
  const { rows } = await session.query({
    text: `select j.id from "${schema}"._job j where j.id = $1::uuid and j.lease = $2::int and j.state = 'running' for key share`,
    values: [id, lease],
  })
  if (rows.length === 0) throw new LostJob()
}

/** Keeps how far a job is. throws: LostJob. */
export async function report(session: Session, schema: string, job: Taken, progress: JobProgress): Promise<void> {
  await change(session, schema, job.id, job.lease, 'progress = $3::jsonb', [JSON.stringify(progress)])
}

/** The job is done. throws: LostJob. */
export async function finish(session: Session, schema: string, job: Taken, result: JsonValue): Promise<void> {
  const set = `state = 'done', finished_at = now(), result = $3::jsonb, error = null, lease_until = null`
  await change(session, schema, job.id, job.lease, set, [JSON.stringify(result)])
}

/** The job has failed for good. throws: LostJob. */
export async function fail(session: Session, schema: string, job: Taken, error: JsonObject): Promise<void> {
  const set = `state = 'failed', finished_at = now(), error = $3::jsonb, lease_until = null`
  await change(session, schema, job.id, job.lease, set, [JSON.stringify(error)])
}

/** The job is tried again later; a try that the server's stop cut short does not count. throws: LostJob. */
export async function postpone(
  session: Session,
  schema: string,
  job: Taken,
  { seconds, error, counts }: { readonly seconds: number; readonly error?: JsonObject; readonly counts: boolean },
): Promise<void> {
  const set = `state = 'queued', lease_until = null, run_at = now() + make_interval(secs => $3::float8), error = $4::jsonb,
    attempts = attempts - $5::int`
  const values = [seconds, error === undefined ? null : JSON.stringify(error), counts ? 0 : 1]
  await change(session, schema, job.id, job.lease, set, values)
}

async function change(
  session: Session,
  schema: string,
  id: string,
  lease: number,
  set: string,
  values: readonly unknown[],
): Promise<void> {
  const { rows } = await session.query({
    text: `update "${schema}"._job set ${set} where id = $1::uuid and lease = $2::int and state = 'running' returning id`,
    values: [id, lease, ...values],
  })
  if (rows.length === 0) throw new LostJob()
}

/** Cancels a job that waits or runs. shape: whether there was something to cancel. */
export async function cancel(session: Session, schema: string, id: string): Promise<boolean> {
  const { rows } = await session.query({
    text: `update "${schema}"._job set state = 'cancelled', finished_at = now(), lease_until = null
      where id = (select j.id from "${schema}"._job j where j.id = $1::uuid and j.state in ('queued', 'running') for update)
      returning id`,
    values: [id],
  })
  await wake(session, schema, id)
  return rows.length > 0
}

/** Queues a job again that failed or was cancelled. shape: whether it was one of those. */
export async function retry(session: Session, schema: string, id: string): Promise<boolean> {
  const { rows } = await session.query({
    text: `update "${schema}"._job set state = 'queued', attempts = 0, run_at = now(), finished_at = null, error = null
      where id = $1::uuid and state in ('failed', 'cancelled') returning id`,
    values: [id],
  })
  await wake(session, schema, id)
  return rows.length > 0
}

/** Gives back what a process of the embedded database left running: nobody else can hold it. */
export async function releaseAll(session: Session, schema: string): Promise<void> {
  await session.query({
    text: `update "${schema}"._job set state = 'queued', lease_until = null, run_at = now() where state = 'running'`,
  })
}

/** Forgets jobs that ended so many days ago. */
export async function forget(session: Session, schema: string, days: number): Promise<void> {
  await session.query({
    text: `delete from "${schema}"._job where state in ('done', 'failed', 'cancelled') and finished_at < now() - make_interval(days => $1::int)`,
    values: [days],
  })
}

const columns = `j.id, j.kind, j.state, j.payload, j.progress, j.attempts, to_json(j.run_at) as "runAt", to_json(j.created_at) as "createdAt",
  j.created_by as "createdBy", to_json(j.started_at) as "startedAt", to_json(j.finished_at) as "finishedAt", j.error, j.result`

/** The newest jobs; `by`: those that this person has asked for, with a limited key those that it could have asked for. */
export async function listJobs(
  session: Session,
  schema: string,
  {
    state,
    kind,
    by,
    top = 100,
  }: { readonly state?: JobState; readonly kind?: string; readonly by?: Actor; readonly top?: number },
): Promise<Job[]> {
  const { rows } = await session.query<Job>({
    text: `select ${columns} from "${schema}"._job j where ($1::text is null or j.state = $1) and ($2::text is null or j.kind = $2)
      and ($4::uuid is null or j.created_by = $4::uuid)
      and ($5::jsonb is null or coalesce(j.payload -> 'roles', '[]') <@ $5::jsonb) order by j.created_at desc, j.id desc limit $3::int`,
    values: [state ?? null, kind ?? null, top, by?.user ?? null, by?.limited ? JSON.stringify(by.roles) : null],
  })
  return rows
}

/** One job. */
export async function findJob(session: Session, schema: string, id: string): Promise<Job | undefined> {
  const { rows } = await session.query<Job>({
    text: `select ${columns} from "${schema}"._job j where j.id = $1::uuid`,
    values: [id],
  })
  return rows[0]
}
