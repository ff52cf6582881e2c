// Fields that take less than before: a shorter text, a smaller range. Nothing about their columns changes, so the tables do not
// tell; what is stored has to be looked at all the same, or it could never be written again as it is.
import type { Field, Id, Model } from '../model/model.ts'
import { typeOf } from '../types/index.ts'
import { beyond } from '../types/limits.ts'
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
  return [...after.entities.values()].flatMap((entity) => {
    const was = before.entityById.get(entity.id)
    if (was === undefined || was === entity) return []
    const fields = new Map(was.fields.map((field) => [field.id, field]))
    return entity.fields.flatMap((field): StepOf<'check_values'>[] => {
      const column = columnBefore(now, entity.id, mainColumn(field))
      const takesLess = beyondBetween(fields.get(field.id), field, '') !== undefined
      return column && takesLess ? [{ kind: 'check_values', table: entity.id, column }] : []
    })
  })
}

/** The condition on a column, by its quoted name, for values that the field took before and takes no longer. */
export function beyondIn({ before, after }: StepContext, table: Id, column: string, name: string): string | undefined {
  const [was, is] = [fieldIn(before, table, column)?.field, fieldIn(after, table, column)?.field]
  return is && beyondBetween(was, is, name)
}

function beyondBetween(before: Field | undefined, after: Field, name: string): string | undefined {
  if (before === undefined || before === after || before.type !== after.type) return undefined
  const [was, is] = [typeOf(before).limits?.(before), typeOf(after).limits?.(after)]
  return was && is && beyond(was, is, name)
}

function mainColumn(field: Field): string {
  return columnId(field, typeOf(field).columns(field)[0]?.suffix ?? '')
}
