// A file that is written while it is read: nothing is kept, and a slow reader costs no memory. Decides how many one person reads
// at once, and when it ends early: the reader went away, stands still for too long, may not have it any more, or the server stops.
import type { Context as HonoContext } from 'hono'
import { Problem } from '@peyvand/core/base/problem.ts'
import { Turns } from '../auth/turn.ts'
import { bearingOf, watchCaller } from '../auth/watch.ts'
import { collectEarly } from '../heap.ts'
import { observeError } from '../observe.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { requestBearing } from './gate.ts'

/** What is sent. */
export interface Download {
  /** Name of the file; ASCII. */
  readonly name: string
  readonly type: string
  /** Begins its pieces. throws: Problem, which is the answer then. */
  readonly begin: (signal: AbortSignal) => Promise<AsyncGenerator<string | Uint8Array>>
  /** Called once, when it is over: whether all of it was sent. */
  readonly ended?: (isWhole: boolean) => Promise<void>
}

/** The way files are sent by some routes, which share how many of them one person reads at once. */
export function downloads(
  platform: RunningPlatform,
  streams: Set<() => void>,
): (c: HonoContext<ApiEnv>, download: Download) => Promise<Response> {
  const { config } = platform
  const turns = new Turns({ what: 'exports', atOnce: config.exportLimit, waiting: 0, wait: 0 })
  return async (c, { name, type, begin, ended }) => {
    const { actor } = c.get('context')
    const late = await turns.begin(actor.user)
    if (late !== undefined) throw late
    const reading = new AbortController()
    const collectAsUsual = collectEarly()
    const end = (isWhole = false) => {
      void ended?.(isWhole).catch((error: unknown) => observeError('audit', error))
      turns.end(actor.user)
      collectAsUsual()
      streams.delete(stop)
      unwatch()
    }
    const caller = { bearing: bearingOf(requestBearing(c, config)), actor }
    const unwatch = watchCaller(platform, caller, () =>
      reading.abort(new Problem('auth.invalid', { detail: 'Who asked for this may not have it any more' })),
    )
    const stop = () => reading.abort(new Problem('internal.unavailable', { detail: 'The server is stopping' }))
    streams.add(stop)
    try {
      const pieces = await begin(reading.signal)
      const first = await pieces.next()
      const headers = {
        'content-type': type,
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
      }
      return new Response(streamOf(first, pieces, { reading, patience: config.requestTimeout, end }), { headers })
    } catch (error) {
      end()
      throw error
    }
  }
}

interface Reading {
  /** Ends the statement that runs. */
  readonly reading: AbortController
  /** How long the reader may take for one piece. unit: milliseconds */
  readonly patience: number
  /** Called once, when it is over; whether all of it was sent. */
  readonly end: (isWhole?: boolean) => void
}

/**
 * The pieces as they are asked for: nothing is read ahead, so a slow reader costs no memory. What fails in the middle breaks
 * the answer off, so that nobody takes a part for the whole.
 */
function streamOf(
  first: IteratorResult<string | Uint8Array>,
  rest: AsyncGenerator<string | Uint8Array>,
  { reading, patience, end }: Reading,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let next: IteratorResult<string | Uint8Array> | undefined = first
  let still: NodeJS.Timeout | undefined
  let over = false
  const finish = (isWhole = false) => {
    clearTimeout(still)
    if (!over) end(isWhole)
    over = true
  }
  return new ReadableStream({
    async pull(controller) {
      clearTimeout(still)
      try {
        const { value, done } = next ?? (await rest.next())
        next = undefined
        if (over) return
        if (done) {
          finish(true)
          return controller.close()
        }
        controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value)
        still = setTimeout(() => {
          finish()
          reading.abort(new Problem('limit.time', { detail: 'The reader stood still for too long' }))
          controller.error(reading.signal.reason)
          void rest.return(undefined).catch(() => undefined)
        }, patience)
      } catch (error) {
        if (over) return
        finish()
        if (!reading.signal.aborted) observeError('export', error)
        controller.error(error)
      }
    },
    async cancel() {
      finish()
      reading.abort(new Problem('limit.time', { detail: 'The reader went away' }))
      await rest.return(undefined).catch(() => undefined)
    },
  })
}
