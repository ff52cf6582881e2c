// Fields that take less than before: a shorter text, a smaller range, fewer options, a status that is of another state now. Nothing about their columns changes, so
// the tables do not tell; what is stored has to be looked at all the same, or it could never be written again as it is.
import { quoteText } from '../base/sql.ts'
import type { Entity, Field, Id, Model } from '../model/model.ts'
import { isStatus } from '../model/state.ts'
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
    const then = (field: Field | undefined) => field && { entity: was, field, model: before }
    return entity.fields.flatMap((field): StepOf<'check_values'>[] => {
      const column = columnBefore(now, entity.id, mainColumn(field))
      const beyond = beyondBetween(then(fields.get(field.id)), { entity, field, model: after })
      return column && beyond ? [{ kind: 'check_values', table: entity.id, column }] : []
    })
  })
}

/** A field as it is on one side of a plan. */
interface Side {
  readonly entity: Entity
  readonly field: Field
  readonly model: Model
}

/** The values of a column that its field took before and takes no longer. */
export function beyondIn({ before, after }: StepContext, table: Id, column: string): Beyond | undefined {
  const side = (model: Model | undefined): Side | undefined => {
    const found = fieldIn(model, table, column)
    return model && found && { ...found, model }
  }
  const is = side(after)
  return is && beyondBetween(side(before), is)
}

function beyondBetween(was: Side | undefined, is: Side): Beyond | undefined {
  if (was?.field.type !== is.field.type) return undefined
  const [wide, tight] = [was, is].map(({ field, model }) => typeOf(field).limits?.(field, model))
  const [gone, moved] = [wide && tight && beyond(wide, tight), isStatus(is.entity, is.field) && restated(was, is)]
  return gone && moved ? either(gone, moved) : gone || moved || undefined
}

/** Statuses that stay and are of another state now: records that have one would be in neither. */
function restated(was: Side, is: Side): Beyond | undefined {
  const states = new Map(was.entity.state?.statuses.map(({ value, state }) => [value, state]))
  const other = (is.entity.state?.statuses ?? []).filter(({ value, state }) => (states.get(value) ?? state) !== state)
  if (other.length === 0) return undefined
  const values = other.map(({ value }) => quoteText(value)).join(', ')
  return {
    where: (column) => `${column} in (${values})`,
    says: 'would be of another state than their records; give the records another status first',
  }
}

function either(one: Beyond, other: Beyond): Beyond {
  return {
    where: (column) => `${one.where(column)} or ${other.where(column)}`,
    says: `${one.says}; or ${other.says}`,
  }
}

function mainColumn(field: Field): string {
  return columnId(field, typeOf(field).columns(field)[0]?.suffix ?? '')
}
