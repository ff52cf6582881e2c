// Waiting for a durable job that a command has asked for, with its progress on a terminal. On a server the server does it;
// straight on the database this process does it meanwhile.
import { setTimeout as wait } from 'node:timers/promises'
import { isJsonObject, plainText, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { ask, problemFrom, type Door } from './door.ts'
import type { Output } from './output.ts'

/** unit: milliseconds */
const pause = 150

/** Waits until a job has ended. Gives its result. throws: the Problem that it failed with. */
export async function untilDone(door: Door, job: string, output: Output): Promise<JsonValue> {
  const stop = await door.work?.()
  try {
    for (;;) {
      const now = await ask(door, 'GET', `/api/jobs/${job}`)
      if (!isJsonObject(now)) return null
      const { state, progress, result = null, error } = now
      if (state === 'done') return result
      if (state === 'failed' || state === 'cancelled')
        throw problemFrom(isJsonObject(error) ? error : { detail: `The job was ${state}` })
      if (isJsonObject(progress)) output.progress(progressText(progress))
      await wait(pause)
    }
  } finally {
    await stop?.()
  }
}

function progressText({ done, total }: JsonObject): string {
  return total === undefined ? plainText(done) : `${plainText(done)} of ${plainText(total)}`
}
