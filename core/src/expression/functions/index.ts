// All functions and operators by name, and by their spelling in CEL.
import { actorFunctions } from './actor.ts'
import { calendarFunctions } from './calendar.ts'
import { castFunctions } from './cast.ts'
import { compareFunctions } from './compare.ts'
import { dateFunctions } from './date.ts'
import type { FunctionDefinition } from './function.ts'
import { logicFunctions } from './logic.ts'
import { numberFunctions } from './number.ts'
import { periodFunctions } from './period.ts'
import { placeFunctions } from './place.ts'
import { textFunctions } from './text.ts'

const all = [
  ...logicFunctions,
  ...compareFunctions,
  ...numberFunctions,
  ...textFunctions,
  ...dateFunctions,
  ...calendarFunctions,
  ...periodFunctions,
  ...placeFunctions,
  ...castFunctions,
  ...actorFunctions,
]

/** Every function and operator by its name in the tree (and on the wire). */
export const functions: ReadonlyMap<string, FunctionDefinition> = new Map(
  all.map((definition) => [definition.name, definition]),
)

/** Name in the tree by CEL spelling, where it is another one. */
export const celNames: ReadonlyMap<string, string> = new Map(
  all.flatMap(({ cel, name }) => (cel === undefined ? [] : [[cel, name] as const])),
)
