// What the values of a write demand of its record (types/demand.ts): a new record is judged at once, a stored one by the
// statement that would change it, except for what the write itself brings.
import type { Value } from '../base/kind.ts'
import { gather, type Problem } from '../base/problem.ts'
import { demandsOf, hasDemands, unmetDemands } from '../model/demands.ts'
import { isMet, listOf, type Change } from '../types/demand.ts'
import type { StoredDemand } from '../query/write-plan.ts'
import { readableWire } from './field.ts'
import type { Write } from './owner.ts'

/** What the stored record has to be asked, or why the write is refused whatever is stored. */
export function demandsOn(write: Write): StoredDemand[] | Problem {
  const { operation, entity, model, insert, update } = write
  if (operation === 'delete' || !hasDemands(entity)) return []
  const values = operation === 'create' ? insert : update
  const written = (column: string): Value | undefined => (column in values ? values[column] : undefined)
  const change: Change = { entity, model, written, isNew: operation === 'create' }
  const readable = readableWire(model, write.actor, entity.id).properties
  const shows = (column: string): boolean => readable.has(column)
  if (operation !== 'create') return asked(write, change, shows)
  const before = write.actor.system ? written : () => undefined
  return refused(unmetDemands(change, before, written, shows)) ?? []
}

/** The demands on what is stored. The system may go back to what was before. */
function asked({ actor, wire }: Write, change: Change, shows: (column: string) => boolean): StoredDemand[] | Problem {
  const demands = demandsOf(change).filter(({ when }) => when === 'after' || !actor.system)
  const problems: Problem[] = []
  const stored: StoredDemand[] = []
  for (const demand of demands) {
    const given = demand.when === 'after' ? change.written(demand.column) : undefined
    const property = wire.properties.get(demand.column)
    if (given !== undefined) {
      const held = listOf(given)
      if (!isMet(demand, held)) problems.push(demand.refusal(held))
    } else if (property !== undefined)
      stored.push({
        ...demand,
        property,
        input: `@demand${stored.length}`,
        shows: shows(property.name),
      })
  }
  return refused(problems) ?? stored
}

function refused(problems: readonly Problem[]): Problem | undefined {
  return problems.length === 0 ? undefined : gather('check.invalid', problems)
}
