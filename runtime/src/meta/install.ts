// Installing solutions from their folders: the base solution always, the named ones with all they depend on, in one publish.
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { Publisher } from './publish.ts'
import { readSolutions } from './solution.ts'

const base = 'base'

/** Installs what is not there yet. shape: the names of what was installed, lowest first. */
export async function installSolutions(
  publisher: Publisher,
  folder: string,
  names: readonly string[],
): Promise<string[]> {
  const wanted = [base, ...names.filter((name) => name !== base)]
  if (wanted.every((name) => publisher.hasSolution(name))) return []
  const solutions = (await readSolutions(folder, wanted)).filter(
    ({ manifest }) => !publisher.hasSolution(manifest.name),
  )
  const { undo } = await publisher.install(solutions, systemActor)
  return undo === undefined ? [] : solutions.map(({ manifest }) => manifest.name)
}
