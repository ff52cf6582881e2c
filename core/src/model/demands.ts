// All that the fields of an entity demand of a write (types/demand.ts), asked of what is known of the record.
import type { Value } from '../base/kind.ts'
import type { Problem } from '../base/problem.ts'
import { isMet, listOf, type Change, type Demand } from '../types/demand.ts'
import { typeOf } from '../types/index.ts'

/** All demands of a write. */
export function demandsOf(change: Change): Demand[] {
  return change.entity.fields.flatMap((field) => typeOf(field).demands?.(field, change) ?? [])
}

/** A record by column. */
type ValueOf = (column: string) => Value | undefined

/** What is wrong with a change whose record is known whole; `shows` says of a column whether the writer may read it. */
export function unmetDemands(
  change: Change,
  before: ValueOf,
  after: ValueOf,
  shows: (column: string) => boolean = () => true,
): Problem[] {
  return demandsOf(change).flatMap((demand) => {
    const held = listOf((demand.when === 'before' ? before : after)(demand.column))
    return isMet(demand, held) ? [] : [demand.refusal(shows(demand.column) ? held : undefined)]
  })
}
