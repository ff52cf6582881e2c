// Where in a request a problem is: what is wrong with a definition that was sent is shown in the change that brought it. A
// definition nobody sent keeps its place in the model, by kind and name: `/view/open_deals/columns/2`.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { moved } from '@peyvand/core/base/pointer.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'
import { definitionKey } from '@peyvand/core/model/definition.ts'
import { keyOf } from '@peyvand/core/solution/merge.ts'
import type { Change } from './change.ts'

/** Problems of a list of definitions as problems of the changes: `/changes/0/definition/fields/3/type`. */
export function inRequest(
  problems: readonly Problem[],
  changes: readonly Change[],
  definitions: readonly JsonObject[],
): Problem[] {
  if (problems.length === 0) return []
  const places = new Map<string, string>()
  for (const [i, change] of changes.entries()) {
    if (change.op === 'delete') places.set(definitionKey(change), `/changes/${i}`)
    else if (change.op === 'put')
      for (const key of [keyOf(change.definition), String(definitions.indexOf(change.definition))])
        places.set(key, `/changes/${i}/definition`)
  }
  return problems.map((problem) => moved(problem, (pointer) => placed(pointer, places)))
}

/** A pointer starts with kind and name of its definition, or with its position in the list. */
function placed(pointer: string, places: ReadonlyMap<string, string>): string {
  const [, first = '', second = '', ...rest] = pointer.split('/')
  const byName = places.get(`${first}/${second}`)
  if (byName !== undefined) return [byName, ...rest].join('/')
  const byPosition = places.get(first)
  return byPosition === undefined ? pointer : byPosition + pointer.slice(first.length + 1)
}
