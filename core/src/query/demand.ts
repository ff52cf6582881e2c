// What stored values must be like (types/demand.ts), asked of the locked record in the statement that would change it: there is
// no moment between the question and the change.
import { join, param, quoted, sql, type Sql } from '../expression/fragment.ts'
import type { DemandRelation } from '../types/demand.ts'
import { column, type Frame } from './frame.ts'
import type { StoredDemand } from './write-plan.ts'

const relations: Readonly<Record<DemandRelation, (held: Sql, values: Sql) => Sql>> = {
  holds: (held, values) => sql`${held} @> ${values}`,
  within: (held, values) => sql`${held} <@ ${values}`,
  meets: (held, values) => sql`${held} && ${values}`,
  some: (held) => sql`${held} <> '{}'`,
  apart: (held, values) => sql`not (${held} && ${values})`,
}

/** The first demand that is not met, as `place:list of what is there`; null when all are. */
export function unmetSql(demands: readonly StoredDemand[], frame: Frame): Sql {
  const cases = demands.map(({ property, relation, input, shows }, place) => {
    const stored = column(frame, property.column)
    const held =
      property.kind === 'texts' ? sql`coalesce(${stored}, '{}')` : sql`array_remove(array[${stored}::text], null)`
    const met = relations[relation](held, param({ from: 'input', name: input }, 'text[]'))
    const told = shows ? sql`${quoted(`${place}:`)} || to_json(${held})::text` : quoted(`${place}:`)
    return sql`when not (${met}) then ${told}`
  })
  return sql`case ${join(cases, ' ')} end`
}

/** The refusal that unmetSql speaks of. */
export function refusalOf(demands: readonly StoredDemand[], told: string): ReturnType<StoredDemand['refusal']> {
  const colon = told.indexOf(':')
  const held = told.slice(colon + 1)
  return demands[Number(told.slice(0, colon))]!.refusal(held === '' ? undefined : (JSON.parse(held) as string[]))
}
