// The same steps for large tables: what a step does at once (a lock for a moment, no row touched) and what a job does after
// it, beside the work of people. Says only the statements; how rows are taken in batches is the job's business.
import { hash48 } from '../base/hash.ts'
import { quoteName } from '../base/sql.ts'
import { render } from '../expression/fragment.ts'
import { twinOf } from '../query/shadows/twin.ts'
import { typeOf } from '../types/index.ts'
import { fieldIn, qualified, tableOf, type StepContext } from './context.ts'
import { checkName, dropCheck, filling, notNull } from './ddl/column.ts'
import { foreignKeyStatements } from './ddl/foreign-key.ts'
import { addIndex } from './ddl/indexes.ts'
import { movedValues } from './moved.ts'
import type { Step, StepOf, TableColumn } from './steps.ts'

/** A step in two parts. */
export interface Online {
  /** Done in the transaction of the change. */
  readonly now: readonly string[]
  /** Done by the job, as people review it. */
  readonly sql: readonly string[]
  /** Takes back whatever of it was done. */
  readonly undo: readonly string[]
}

/** The two parts of a step, or undefined for one that touches no rows anyway. */
export function online(step: Step, schema: string, context: StepContext): Online | undefined {
  const on = qualified(schema, tableOf(step, context.tables).name)
  switch (step.kind) {
    case 'add_index':
      return {
        now: [],
        sql: [addIndex({ schema, on }, step.index, true)],
        undo: [`drop index if exists ${qualified(schema, step.index.name)}`],
      }
    case 'add_foreign_key': {
      const [add, validate] = foreignKeyStatements(schema, on, step.foreignKey)
      const undo = `alter table ${on} drop constraint if exists ${quoteName(step.foreignKey.name)}`
      return { now: [add], sql: [validate], undo: [undo] }
    }
    case 'backfill': {
      const { set, lacks } = filling(step.column, tableOf(step, context.tables))
      return { now: [], sql: [`update ${on} set ${set} where ${lacks}`], undo: [] }
    }
    case 'move_values': {
      const { set, lacks } = movedValues(step, schema, context.tables)
      return { now: [], sql: [`update ${on} set ${set} where ${lacks}`], undo: [] }
    }
    case 'set_not_null':
      return { now: [], ...requiring(on, step.column) }
    case 'retype_column':
      return retypeOnline(step, on, context)
    default:
      return undefined
  }
}

/** NOT NULL believes a constraint that was validated: it looks at no row itself. */
function requiring(on: string, column: TableColumn): Pick<Online, 'sql' | 'undo'> {
  const name = quoteName(checkName(column, 'present'))
  const drop = dropCheck(on, column, 'present')
  return {
    sql: [
      `alter table ${on} add constraint ${name} check (${quoteName(column.name)} is not null) not valid`,
      `alter table ${on} validate constraint ${name}`,
      notNull(on, column.name, true),
      drop,
    ],
    undo: [notNull(on, column.name, false), drop],
  }
}

/** By a twin that every write fills, then an exchange of names. Only where the types know the conversion. */
function retypeOnline(step: StepOf<'retype_column'>, on: string, context: StepContext): Online | undefined {
  if (step.twin !== undefined) return undefined
  const fields = retyped(step, context)
  const twin = fields && twinOf(fields.from, { ...fields.to, otherwise: step.otherwise })
  if (twin === undefined) return undefined
  const [name, column] = [quoteName(step.from.name), quoteName(twin.column)]
  const value = render(twin.value(() => ({ pieces: [name] }))).text
  return {
    now: [`alter table ${on} add column ${column} ${twin.sqlType}`],
    sql: [
      `update ${on} set ${column} = ${value} where ${column} is distinct from ${value}`,
      `alter table ${on} rename column ${name} to ${quoteName(`_bin_${hash48(twin.id).slice(0, 8)}_${step.from.name}`.slice(0, 63))}`,
      `alter table ${on} rename column ${column} to ${name}`,
    ],
    undo: [],
  }
}

/** The fields a retype leads from and to, when it concerns their main column and nothing points through it. */
export function retyped(step: StepOf<'retype_column'>, { before, after, tables }: StepContext) {
  const [from, to] = [fieldIn(before, step.table, step.from.id), fieldIn(after, step.table, step.to.id)]
  if (from === undefined || to === undefined || from.field.system === true) return undefined
  const main = [from, to].every(({ field, suffix }) => typeOf(field).columns(field)[0]!.suffix === suffix)
  const points = tables.get(step.table)?.foreignKeys.some(({ column }) => column === step.from.name)
  return main && points !== true ? { entity: from.entity, from: from.field, to: to.field } : undefined
}
