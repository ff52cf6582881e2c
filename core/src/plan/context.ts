// What ddl and risk know besides the step: the models on both sides, the tables at this moment of the plan, and the stamp
// that makes recycle-bin names of this plan its own.
import { hash48 } from '../base/hash.ts'
import { quoteName } from '../base/sql.ts'
import type { Entity, Field, Id, Model } from '../model/model.ts'
import { castBetween } from '../types/between.ts'
import { typeOf } from '../types/index.ts'
import type { Cast } from '../types/type.ts'
import type { Step, StepOf, Table, TableColumn, Tables } from './steps.ts'
import { fieldOfColumn } from './target.ts'

export interface StepContext {
  /** The tables as they are just before the step. */
  readonly tables: Tables
  /** The tables before the whole plan; questions to the database use their names. */
  readonly now: Tables
  readonly before?: Model
  readonly after?: Model
  /** The steps of the plan that carry values to another table. */
  readonly moves?: readonly StepOf<'move_values'>[]
  /** Something of this plan alone (its revision or hash), so that dropping the same thing twice gives two names. */
  readonly stamp: string
}

/** The table a step changes, as it is just before the step. throws: RangeError when there is none. */
export function tableOf(step: Step, tables: Tables): Table {
  if (step.kind === 'create_table' || step.kind === 'drop_table') return step.table
  const table = tables.get(step.table)
  if (table === undefined) throw new RangeError(`${step.kind}: there is no table ${step.table}`)
  return table
}

/** A table's quoted, qualified name. */
export function qualified(schema: string, table: string): string {
  return `${quoteName(schema)}.${quoteName(table)}`
}

/** The name something gets in the recycle bin: `_bin_<8 hex>_<name>`. */
export function binName(id: string, name: string, stamp: string): string {
  return `_bin_${hash48(`${id} ${stamp}`).slice(0, 8)}_${name}`.slice(0, 63)
}

/** The field of a column in a model. */
export function fieldIn(
  model: Model | undefined,
  table: Id,
  column: string,
): { readonly entity: Entity; readonly field: Field; readonly suffix: string } | undefined {
  const entity = model?.entityById.get(table)
  const found = entity === undefined ? undefined : fieldOfColumn(entity, column)
  return entity === undefined || found === undefined ? undefined : { entity, ...found }
}

type Retype = Extract<Step, { kind: 'retype_column' }>

/** The conversion a retype asks for; undefined when the types know none. Columns beside the main one keep their values. */
export function castOf(step: Retype, before: Model | undefined, after: Model | undefined): Cast | undefined {
  const from = fieldIn(before, step.table, step.from.id)
  const to = fieldIn(after, step.table, step.to.id)
  if (from === undefined || to === undefined)
    return step.from.sqlType === step.to.sqlType ? { risk: 'safe', using: (column) => column } : undefined
  const main = typeOf(from.field).columns(from.field)[0]!.suffix
  if (from.suffix !== main)
    return step.from.sqlType === step.to.sqlType ? { risk: 'safe', using: (column) => column } : undefined
  const cast = castBetween(from.field, to.field)
  return cast === undefined || cast.risk === 'blocked' ? undefined : cast
}

/** How a column is called before the plan, by its id; undefined when it is new. */
export function columnBefore(now: Tables, table: Id, column: string): TableColumn | undefined {
  return now.get(table)?.columns.find((one) => one.id === column)
}
