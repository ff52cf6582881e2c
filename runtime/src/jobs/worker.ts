// Runs jobs: takes them one by one, holds each by a heartbeat, tries again with growing pauses, and lets go when the server
// stops. Woken by notification, and by itself in case one was lost. Decides nothing about what a kind does.
import type { JobProgress, JobState } from '@peyvand/core/answer/job.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { DatabaseError, isPassing } from '../db/error.ts'
import { observe, observeError } from '../observe.ts'
import type { RunningPlatform } from '../platform.ts'
import { LostJob, type JobKind, type RunningJob } from './job.ts'
import * as queue from './queue.ts'
import type { Taken } from './queue.ts'

/** unit: seconds */
const lease = 12
/** unit: milliseconds */
const [heartbeat, poll] = [3_000, 5_000]
const daysKept = 30

interface Running {
  readonly job: Taken
  readonly stop: AbortController
  readonly ended: Promise<void>
}

/** The worker of one process. */
export class Worker {
  readonly #platform: RunningPlatform
  readonly #kinds: ReadonlyMap<string, JobKind>
  readonly #most: number
  readonly #running = new Map<string, Running>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #again = false
  #stopping = false
  #unlisten: (() => Promise<void>) | undefined
  #forgot = 0

  /** `most`: how many jobs it runs at the same time. */
  constructor(platform: RunningPlatform, kinds: readonly JobKind[], most: number) {
    this.#platform = platform
    this.#kinds = new Map(kinds.map((kind) => [kind.name, kind]))
    this.#most = most
  }

  async start(): Promise<void> {
    const { database, schema } = this.#platform
    if (database.engine === 'pglite') await queue.releaseAll(database, schema)
    this.#unlisten = await database.listen(queue.jobChannel(schema), (id) => {
      const running = this.#running.get(id)
      if (running !== undefined) void this.#beat(running)
      this.#look()
    })
    this.#look()
  }

  /** Takes no more jobs, tells those that run to stop, and waits for them; they go on elsewhere or after the restart. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    await this.#unlisten?.()
    await this.#looking
    for (const { stop } of this.#running.values()) stop.abort(new Stopped())
    await Promise.all([...this.#running.values()].map(({ ended }) => ended))
  }

  /** Looks for work now; while it looks, one more look is noted. */
  #look(): void {
    if (this.#stopping) return
    if (this.#looking !== undefined) return void (this.#again = true)
    this.#looking = this.#fill()
      .catch((error: unknown) => (this.#stopping ? undefined : observeError('jobs', error)))
      .finally(() => {
        this.#looking = undefined
        if (this.#again) this.#look()
      })
  }

  async #fill(): Promise<void> {
    const { database, schema } = this.#platform
    const kinds = [...this.#kinds.keys()]
    this.#again = false
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#look(), poll).unref()
    while (!this.#stopping && this.#running.size < this.#most) {
      const job = await queue.take(database, schema, kinds, lease)
      if (job === undefined) return this.#rest()
      const stop = new AbortController()
      const ended = this.#run(job, stop).finally(() => {
        this.#running.delete(job.id)
        this.#look()
      })
      this.#running.set(job.id, { job, stop, ended })
    }
  }

  /** Nothing to take: waits for the next job that becomes due, and tidies up now and then. */
  async #rest(): Promise<void> {
    const { database, schema } = this.#platform
    const ms = await queue.nextDue(database, schema)
    if (ms !== undefined && ms < poll && !this.#stopping) {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#look(), Math.max(50, ms)).unref()
    }
    if (Date.now() - this.#forgot < 3_600_000) return
    this.#forgot = Date.now()
    await queue.forget(database, schema, daysKept)
  }

  async #beat({ job, stop }: Pick<Running, 'job' | 'stop'>): Promise<void> {
    const { database, schema } = this.#platform
    await queue.beat(database, schema, job, lease).catch((error: unknown) => {
      if (error instanceof LostJob) stop.abort(error)
      else observeError('job', error)
    })
  }

  async #run(job: Taken, stop: AbortController): Promise<void> {
    const started = performance.now()
    const beats = setInterval(() => void this.#beat({ job, stop }), heartbeat)
    let state: JobState | 'lost' = 'lost'
    try {
      this.#tell(job, 'running', job.progress)
      state = await this.#try(job, stop)
    } catch (error) {
      if (!(error instanceof LostJob)) observeError('job', error)
    } finally {
      clearInterval(beats)
    }
    observe({ kind: 'job', job: job.kind, id: job.id, outcome: state, ms: Math.round(performance.now() - started) })
  }

  async #try(job: Taken, stop: AbortController): Promise<JobState> {
    const { database, schema } = this.#platform
    const kind = this.#kinds.get(job.kind)!
    try {
      if (job.attempts > kind.attempts)
        throw new Problem('step.failed', { detail: `It did not come to an end in ${kind.attempts} tries` })
      const result = await kind.run(this.#handle(job, stop.signal), this.#platform)
      await queue.finish(database, schema, job, result)
      this.#tell(job, 'done', null)
      return 'done'
    } catch (error) {
      if (error instanceof LostJob || stop.signal.reason instanceof LostJob) {
        this.#tell(job, 'cancelled', null)
        throw new LostJob()
      }
      return this.#afterFailure(job, kind, stop.signal.reason instanceof Stopped ? stop.signal.reason : error)
    }
  }

  async #afterFailure(job: Taken, kind: JobKind, error: unknown): Promise<JobState> {
    const { database, schema } = this.#platform
    if (error instanceof Stopped) {
      await queue.postpone(database, schema, job, { seconds: 0, counts: false })
      return 'queued'
    }
    const problem = problemOf(error)
    if (!(error instanceof Problem) && !isPassing(error)) observeError(`job ${job.kind}`, error)
    if (job.attempts < kind.attempts && mayPass(error)) {
      const seconds = Math.min(300, 2 ** job.attempts * 0.5) * (0.5 + Math.random())
      await queue.postpone(database, schema, job, { seconds, error: problem, counts: true })
      this.#tell(job, 'queued', null)
      return 'queued'
    }
    await queue.fail(database, schema, job, problem)
    this.#tell(job, 'failed', null)
    const failed = await queue.findJob(database, schema, job.id)
    if (failed !== undefined) await kind.failed?.(failed, this.#platform)
    return 'failed'
  }

  #handle(job: Taken, signal: AbortSignal): RunningJob {
    const { database, schema } = this.#platform
    return {
      id: job.id,
      payload: job.payload,
      attempt: job.attempts,
      progress: job.progress,
      signal,
      transaction: async (work, options) => {
        signal.throwIfAborted()
        return database.transaction(async (session) => {
          await queue.hold(session, schema, job)
          return work(session)
        }, options)
      },
      hold: (session) => queue.hold(session, schema, job),
      report: async (progress) => {
        signal.throwIfAborted()
        await queue.report(database, schema, job, progress)
        this.#tell(job, 'running', progress)
      },
    }
  }

  #tell({ id, kind }: Taken, state: JobState, progress: JobProgress | null): void {
    this.#platform.events.emit({ kind: 'job', id, job: kind, state, ...(progress === null ? {} : { progress }) })
  }
}

/** The server stops; the job goes on later. */
class Stopped extends Error {}

/** Whether the same work may succeed later: a busy or absent database, a lock; not what the data or the model refuse. */
function mayPass(error: unknown): boolean {
  if (error instanceof Problem) return error.status >= 500 || error.code === 'conflict.locked' || error.status === 429
  if (error instanceof DatabaseError) return isPassing(error) || !/^2[23]/.test(error.code)
  return true
}

/** What is kept of a failure: a Problem's members; of anything else only that it happened. */
function problemOf(error: unknown): JsonObject {
  const problem = error instanceof Problem ? error : new Problem('internal.unexpected')
  const { code, status, title, message, target, hint, problems } = problem
  return {
    code,
    status,
    title,
    ...(message === title ? {} : { detail: message }),
    ...(target === undefined ? {} : { target }),
    ...(hint === undefined ? {} : { hint }),
    ...(problems.length === 0 ? {} : { problems: problems.map(problemOf) }),
  }
}
