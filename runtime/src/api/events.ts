// /api/events: what happens, as server-sent events, only as far as the caller may know. A record event of an entity on which
// the caller's rights depend on the row is sent after that row was found through the caller's own rights.
import { Hono } from 'hono'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import type { Bearing } from '../auth/identify.ts'
import { bearingOf, watchCaller } from '../auth/watch.ts'
import type { Context } from '../context.ts'
import type { PlatformEvent } from '../events.ts'
import { observeError } from '../observe.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { requestBearing } from './gate.ts'

const heartbeat = 15_000
const mostWaiting = 1_000

/** Which of these records of an entity the caller may read; given by the data service. */
export type Visible = (context: Context, entity: string, ids: readonly string[]) => Promise<ReadonlySet<string> | 'all'>

/** The routes under /api/events. `streams` collects how to end the open streams when the server stops. */
export function eventRoutes(platform: RunningPlatform, visible: Visible, streams: Set<() => void>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/', (c) => {
    const bearing = bearingOf(requestBearing(c, platform.config))
    const stream = new EventStream(platform, visible, { context: c.get('context'), bearing }, (end) => {
      streams.add(end)
      return () => void streams.delete(end)
    })
    c.req.raw.signal.addEventListener('abort', () => stream.end())
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' }
    return new Response(stream.body, { headers })
  })
  return app
}

/** Who listens: as resolved when the stream was opened, and what proves it again. */
interface Caller {
  readonly context: Context
  readonly bearing: Bearing
}

class EventStream {
  readonly body: ReadableStream<Uint8Array>
  readonly #platform: RunningPlatform
  readonly #visible: Visible
  readonly #context: Context
  readonly #encoder = new TextEncoder()
  readonly #leave: () => void
  /** Ids this stream has shown, so that their deletion may be told too. */
  readonly #shown = new Set<string>()
  #waiting: { readonly entity: string; readonly id: string; readonly change: string }[] = []
  #timer: NodeJS.Timeout | undefined
  #beat: NodeJS.Timeout
  #off: () => void
  #unwatch: () => void
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined

  constructor(platform: RunningPlatform, visible: Visible, caller: Caller, join: (end: () => void) => () => void) {
    this.#platform = platform
    this.#visible = visible
    this.#context = caller.context
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller
      },
      cancel: () => this.end(),
    })
    this.#off = platform.events.on((event) => this.#hear(event))
    const { bearing, context } = caller
    this.#unwatch = watchCaller(platform, { bearing, actor: context.actor }, () => this.end())
    this.#beat = setInterval(() => this.#write(': \n\n'), heartbeat)
    this.#leave = join(() => this.end())
    this.#write(
      `retry: 2000\nevent: hello\ndata: ${JSON.stringify({ revision: String(platform.model().revision) })}\n\n`,
    )
  }

  #hear(event: PlatformEvent): void {
    if (event.kind === 'model')
      return this.#write(`event: model\ndata: ${JSON.stringify({ revision: String(event.revision) })}\n\n`)
    if (event.kind === 'job') return this.#writeJob(event)
    if (event.kind === 'access' || event.kind === 'webhook') return
    const { entity, ids, change } = event
    for (const id of ids.slice(0, mostWaiting - this.#waiting.length)) this.#waiting.push({ entity, id, change })
    this.#timer ??= setTimeout(() => void this.#send().catch((error: unknown) => observeError('events', error)), 50)
  }

  #writeJob({ kind: _kind, ...job }: Extract<PlatformEvent, { kind: 'job' }>): void {
    if (hasPrivilege(this.#platform.model(), this.#context.actor, 'administer'))
      this.#write(`event: job\ndata: ${JSON.stringify(job)}\n\n`)
  }

  async #send(): Promise<void> {
    this.#timer = undefined
    const events = this.#waiting
    this.#waiting = []
    const context = { ...this.#context, model: this.#platform.model() }
    for (const [entity, group] of Map.groupBy(events, (event) => event.entity)) {
      const ids = [...new Set(group.filter(({ change }) => change !== 'delete').map(({ id }) => id))]
      const seen = await this.#visible(context, entity, ids)
      for (const { id, change } of group) {
        if (seen !== 'all' && !(change === 'delete' ? this.#shown.has(id) : seen.has(id))) continue
        if (change === 'delete') this.#shown.delete(id)
        else if (seen !== 'all' && this.#shown.size < 10_000) this.#shown.add(id)
        this.#write(`event: record\ndata: ${JSON.stringify({ entity, id, change })}\n\n`)
      }
    }
  }

  #write(text: string): void {
    try {
      this.#controller?.enqueue(this.#encoder.encode(text))
      if ((this.#controller?.desiredSize ?? 0) < -10_000) this.end()
    } catch {
      this.end()
    }
  }

  end(): void {
    clearInterval(this.#beat)
    clearTimeout(this.#timer)
    this.#off()
    this.#unwatch()
    this.#leave()
    try {
      this.#controller?.close()
    } catch {
      // The reader was faster.
    }
    this.#controller = undefined
  }
}
