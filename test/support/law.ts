// How laws are run: how many cases, from which seed, and the seed is always printed. A large run asks PostgreSQL over several
// connections, where there is one; a small one asks PGlite in memory.
import fc from 'fast-check'
import type { Model } from '@peyvand/core/model/model.ts'
import { hasPostgres, startPostgres } from './postgres.ts'
import { memoryDatabase, serverDatabase, type TestDatabase } from './query-model.ts'

/** `CASES` in the environment asks for more (or fewer). */
export const cases = Number(process.env['CASES'] ?? 1000)
/** `SEED` in the environment repeats a run. */
export const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

/** From so many cases on a run is large. */
const large = cases >= 5_000 && hasPostgres()
/** How many parts of a large run are under way at the same time, each with a seed and a connection of its own. */
const parts = large ? 6 : 1

/** Runs a property with the run's seed; prints both, and how long it took. */
export async function law(name: string, property: fc.IRawProperty<unknown[]>, runs = cases): Promise<void> {
  const started = performance.now()
  console.log(`law "${name}": ${runs} cases, seed ${seed}`)
  const share = Math.ceil(runs / parts)
  await Promise.all(
    Array.from({ length: Math.ceil(runs / share) }, (_none, part) =>
      fc.assert(property as fc.IAsyncProperty<unknown[]>, {
        numRuns: Math.min(share, runs - part * share),
        seed: seed + part,
        endOnFailure: false,
      }),
    ),
  )
  console.log(`law "${name}": held, ${((performance.now() - started) / 1000).toFixed(1)} s`)
}

/** The database a run of laws asks. */
export async function lawDatabase(model: Model): Promise<TestDatabase> {
  if (!large) return memoryDatabase(model)
  const postgres = await startPostgres()
  const database = await serverDatabase(model, postgres.url, parts)
  return {
    ...database,
    close: async () => {
      await database.close()
      await postgres.stop()
    },
  }
}
