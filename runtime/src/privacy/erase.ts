// Erasing one person, step by step, as a durable job does it: which steps there are and in which order. A step can be done again
// from its beginning at any time and comes to the same end, so that a job that was killed goes on with the step it was at. What
// a step does stands in its file of erase/.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Platform } from '../platform.ts'
import { eraseAccounts } from './erase/accounts.ts'
import { Erasing, type Counts, type ErasingTask } from './erase/erasing.ts'
import { eraseFiles } from './erase/files.ts'
import { eraseHistory } from './erase/history.ts'
import { eraseImports } from './erase/imports.ts'
import { eraseMentions } from './erase/mentions.ts'
import { eraseOwn, eraseRecordsAbout } from './erase/records.ts'
import { eraseTables } from './erase/tables.ts'
import { findErasure, type Tombstone } from './order.ts'
import { noteTombstone } from './tombstones.ts'

export type { Counts, ErasingTask } from './erase/erasing.ts'

type Step = readonly [name: string, run: (erasing: Erasing) => Promise<void>]

function stepsOf({ mentions }: Tombstone): readonly Step[] {
  return [
    ['records about the person', eraseRecordsAbout],
    ['records of the person', eraseOwn],
    ['accounts', eraseAccounts],
    ['files', eraseFiles],
    ['imports', traced(eraseImports)],
    ...(mentions ? [['mentions', traced(eraseMentions)] as const] : []),
    ['own tables', traced(eraseTables)],
    ['history', traced(eraseHistory)],
    ['tombstone', finish],
  ]
}

/** A step that looks for the person's traces; without traces it has nothing to do. */
function traced(run: (erasing: Erasing, pattern: string) => Promise<void>): Step[1] {
  return async (erasing) => {
    if (erasing.pattern !== undefined) await run(erasing, erasing.pattern)
  }
}

/** Erases what an erasure was ordered for. Gives what was done. throws: Problem. */
export async function erasePerson(platform: Platform, erasure: Id, task: ErasingTask): Promise<Counts> {
  const found = await findErasure(platform, erasure)
  if (found === undefined) throw new Problem('missing.record', { detail: 'There is no such erasure' })
  if (found.done_at !== null) return { ...found.counts }
  const erasing = await Erasing.begin(platform, found, task)
  const steps = stepsOf(found)
  const first = Math.max(
    0,
    steps.findIndex(([name]) => name === task.at),
  )
  for (const [done, [name, run]] of steps.entries()) {
    if (done < first) continue
    await task.report({ done, total: steps.length, at: name })
    await run(erasing)
    await erasing.keepCounts()
  }
  return erasing.counts
}

/** The traces go with the end of the work: from here on nothing knows who it was. */
async function finish(erasing: Erasing): Promise<void> {
  await noteTombstone(erasing.platform, erasing.erasure)
  await erasing.through((session, schema) =>
    session.query({
      text: `update "${schema}"."_erasure" set "traces" = null, "done_at" = now() where "id" = $1::uuid`,
      values: [erasing.erasure.id],
    }),
  )
}
