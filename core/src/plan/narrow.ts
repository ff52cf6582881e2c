// Fields that take less than before: a shorter text, a smaller range, fewer options. Nothing about their columns changes, so
// the tables do not tell; what is stored has to be looked at all the same, or it could never be written again as it is.
import type { Field, Id, Model } from '../model/model.ts'
import { typeOf } from '../types/index.ts'
import { beyond, type Beyond } from '../types/limits.ts'
import { columnBefore, fieldIn, type StepContext } from './context.ts'
import type { StepOf, Tables } from './steps.ts'
import { columnId } from './target.ts'

/** One check for each field that is kept, of the same type, and takes less. */
export function valueChecks(
  before: Model | undefined,
  after: Model | undefined,
  now: Tables,
): StepOf<'check_values'>[] {
  if (before === undefined || after === undefined) return []
  // A field can take less although nothing is said about it: options may be those of a choice that fields share.
  const isShared = [...before.choices].some(([name, choice]) => after.choices.get(name) !== choice)
  return [...after.entities.values()].flatMap((entity) => {
    const was = before.entityById.get(entity.id)
    if (was === undefined || (was === entity && !isShared)) return []
    const fields = new Map(was.fields.map((field) => [field.id, field]))
    return entity.fields.flatMap((field): StepOf<'check_values'>[] => {
      const column = columnBefore(now, entity.id, mainColumn(field))
      const takesLess = column && beyondBetween(fields.get(field.id), before, field, after) !== undefined
      return takesLess ? [{ kind: 'check_values', table: entity.id, column }] : []
    })
  })
}

/** The values of a column that its field took before and takes no longer. */
export function beyondIn({ before, after }: StepContext, table: Id, column: string): Beyond | undefined {
  const [was, is] = [fieldIn(before, table, column)?.field, fieldIn(after, table, column)?.field]
  return before && after && is && beyondBetween(was, before, is, after)
}

function beyondBetween(was: Field | undefined, before: Model, is: Field, after: Model): Beyond | undefined {
  if (was?.type !== is.type) return undefined
  const [wide, tight] = [typeOf(was).limits?.(was, before), typeOf(is).limits?.(is, after)]
  return wide && tight && beyond(wide, tight)
}

function mainColumn(field: Field): string {
  return columnId(field, typeOf(field).columns(field)[0]?.suffix ?? '')
}
