// solution.json: who a solution is and what it stands on. Decides whether a manifest is sound and in which order the layers
// of several solutions lie.
import { isJsonObject } from '../base/json.ts'
import { suggest } from '../base/name.ts'
import { sortByNeed } from '../base/order.ts'
import { within } from '../base/pointer.ts'
import { Problem } from '../base/problem.ts'
import { schemaProblems } from '../model/sentence.ts'
import type { SolutionManifest } from '../schemas/definitions.ts'
import * as validate from '../schemas/validate.js'

export type { SolutionManifest }

/** Every problem of one manifest; pointers are relative to it. */
export function checkManifest(manifest: unknown): Problem[] {
  if (!isJsonObject(manifest))
    return [new Problem('check.definition', { detail: 'solution.json must be an object', pointer: '' })]
  if (validate.solution(manifest))
    return (manifest['depends'] as string[] | undefined)?.includes(manifest['name'] as string) === true
      ? [new Problem('check.definition', { detail: 'A solution cannot depend on itself', pointer: '/depends' })]
      : []
  return schemaProblems('solution', manifest, validate.solution.errors ?? [])
}

/** The manifests from the lowest layer up: each after all it depends on, else as given. shape: or the problems. */
export function orderSolutions(manifests: readonly SolutionManifest[]): readonly SolutionManifest[] | Problem[] {
  const names = new Set(manifests.map((manifest) => manifest.name))
  const missing = manifests.flatMap((manifest) =>
    (manifest.depends ?? []).flatMap((need, i) =>
      names.has(need)
        ? []
        : [
            within(
              `/${manifest.name}`,
              new Problem('check.definition', {
                detail: `"${manifest.name}" needs the solution "${need}", which is not there`,
                pointer: `/depends/${i}`,
                hint: suggest(need, names),
              }),
            ),
          ],
    ),
  )
  if (missing.length > 0) return missing
  const { order, cycle } = sortByNeed(
    manifests,
    (manifest) => manifest.name,
    (manifest) => manifest.depends ?? [],
  )
  if (cycle.length === 0) return order
  return [
    new Problem('check.definition', {
      detail: `These solutions need each other: ${cycle.map((one) => one.name).join(', ')}`,
      pointer: `/${cycle[0]!.name}/depends`,
    }),
  ]
}
