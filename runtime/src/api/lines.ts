// JSON lines that are sent while something happens. Whoever writes them waits for a slow reader, so that lines do not pile up; a
// reader that takes nothing for too long counts as gone, and what happens goes on without it.
import { Problem } from '@peyvand/core/base/problem.ts'

/** Where lines are written. */
export interface Lines {
  readonly say: (line: object) => void
  /** Done once the reader has taken most of what was said, or is gone. */
  readonly taken: () => Promise<void>
}

/** unit: bytes of lines that wait for their reader */
const mostWaiting = 1_048_576

/** An answer of the lines that are written. `patience`: how long a reader may take nothing, in milliseconds. */
export function jsonLines(patience: number, write: (lines: Lines) => Promise<void>): Response {
  const encoder = new TextEncoder()
  let isGone = false
  let next = Promise.withResolvers<void>()
  const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    const say = (line: object) => void (isGone || controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`)))
    const taken = async (): Promise<void> => {
      if (isGone || controller.desiredSize! > 0) return
      next = Promise.withResolvers()
      if (await inTime(patience, next.promise)) return
      isGone = true
      controller.error(new Problem('limit.time', { detail: 'The reader stood still for too long' }))
    }
    const end = () => void (isGone || controller.close())
    // Not awaited: a stream that has not started is not asked for more, and nobody would be waited for.
    write({ say, taken }).then(end, (error: unknown) => void (isGone || controller.error(error)))
  }
  const pull = () => next.resolve()
  const cancel = (): void => {
    isGone = true
    next.resolve()
  }
  const size = new ByteLengthQueuingStrategy({ highWaterMark: mostWaiting })
  const body = new ReadableStream<Uint8Array>({ start, pull, cancel }, size)
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' } })
}

/** Whether something happens in time. */
async function inTime(most: number, happens: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), most)))
  try {
    return await Promise.race([happens.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
