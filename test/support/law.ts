// How laws are run: how many cases, from which seed, and the seed is always printed.
import fc from 'fast-check'

/** `CASES` in the environment asks for more (or fewer). */
export const cases = Number(process.env['CASES'] ?? 1000)
/** `SEED` in the environment repeats a run. */
export const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

/** Runs a property with the run's seed; prints both. */
export async function law(name: string, property: fc.IRawProperty<unknown[]>, runs = cases): Promise<void> {
  console.log(`law "${name}": ${runs} cases, seed ${seed}`)
  await fc.assert(property as fc.IAsyncProperty<unknown[]>, { numRuns: runs, seed, endOnFailure: false })
}
