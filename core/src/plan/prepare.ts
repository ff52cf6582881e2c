// The whole plan from two models or two sets of tables: ordered steps with their SQL, their way back and what they risk.
// The database is asked by the caller; `review` puts its answers beside the step.
import type { Field, Model } from '../model/model.ts'
import { fieldIn, type StepContext } from './context.ts'
import { ddl } from './ddl.ts'
import { diff } from './diff.ts'
import type { Wishes } from './moved.ts'
import { valueChecks } from './narrow.ts'
import { online, type Online } from './online.ts'
import { risk, settle } from './risk.ts'
import type { Assessment } from './risk/assessment.ts'
import type { PlannedStep, Step, Tables } from './steps.ts'
import { applyStep } from './tables.ts'

export interface PreparedStep {
  readonly step: Step
  readonly sql: readonly string[]
  readonly undo: readonly string[]
  /** How a job does it, when the table is large. */
  readonly online?: Online
  readonly assessment: Assessment
  /** Id of the table. */
  readonly table: string
  /** Id of another table whose rows are read on the way. */
  readonly reads?: string
  readonly entity: string
  readonly field?: string
}

export interface Preparation {
  readonly now: Tables
  readonly next: Tables
  /** The tables when the database is asked about the steps; where something is done before them, they are not those of `now`. */
  readonly asked?: Tables
  readonly before?: Model
  readonly after?: Model
  readonly schema: string
  /** Something of this plan alone: its revision or hash. */
  readonly stamp: string
  /** What is wished beyond the tables. */
  readonly wishes?: Wishes
}

/** Every step of the way from `now` to `next`, in order, with its SQL and its risk before anything was asked. */
export function prepare(preparation: Preparation): PreparedStep[] {
  const { now, next, asked = now, before, after, schema, stamp, wishes } = preparation
  let tables = now
  const steps = [...valueChecks(before, after, asked), ...diff(now, next, { ...wishes, stamp })]
  const moves = steps.filter((step) => step.kind === 'move_values')
  return steps.map((step) => {
    const prepared = prepareStep(step, schema, { tables, now: asked, before, after, stamp, moves })
    tables = applyStep(tables, step)
    return prepared
  })
}

/** One step with its SQL and its risk. */
export function prepareStep(step: Step, schema: string, context: StepContext): PreparedStep {
  const statements = ddl(step, schema, context)
  const assessment = risk(step, schema, context)
  const touches = step.kind !== 'retype_column' || assessment.rewrite || statements.sql.some(isUpdate)
  return {
    step,
    ...statements,
    ...(touches ? { online: online(step, schema, context) } : {}),
    assessment,
    ...(step.kind === 'move_values' ? { reads: step.source } : {}),
    ...place(step, context),
  }
}

const isUpdate = (text: string): boolean => text.startsWith('update ')

/** What the database said about the table of a step. */
export interface Measured {
  readonly rows: number
  /** unit: bytes */
  readonly bytes?: number
  /** The answer to the step's question. */
  readonly count?: number
  /** Rows above which a step that touches every row is left to a job. */
  readonly jobRows?: number
}

/** A step as people review it, with what the database said about it. */
export function review(prepared: PreparedStep, measured: Measured): PlannedStep {
  const { step, assessment, entity, field } = prepared
  const settled = settle(assessment, measured)
  const later = measured.rows > (measured.jobRows ?? Infinity) ? prepared.online : undefined
  return {
    kind: step.kind,
    entity,
    field,
    risk: settled.risk,
    when: later === undefined ? 'now' : 'job',
    lock: later === undefined ? assessment.lock : 'SHARE UPDATE EXCLUSIVE',
    rewrite: later === undefined && assessment.rewrite,
    rows: measured.rows,
    bytes: measured.bytes ?? 0,
    estimateMs: settled.estimateMs,
    ...(measured.count === undefined ? {} : { count: measured.count }),
    sql: later === undefined ? prepared.sql : [...later.now, ...later.sql],
    undo: later === undefined ? prepared.undo : later.undo,
    because: settled.because,
  }
}

function place(step: Step, context: StepContext): { table: string; entity: string; field?: string } {
  const table = step.kind === 'create_table' || step.kind === 'drop_table' ? step.table.id : step.table
  const entity = context.after?.entityById.get(table)?.name ?? context.before?.entityById.get(table)?.name
  const named = entity ?? context.tables.get(table)?.name ?? (step.kind === 'create_table' ? step.table.name : table)
  const column = columnOf(step, context)
  const field =
    column === undefined
      ? undefined
      : (fieldBehind(context.after, table, column) ?? fieldBehind(context.before, table, column))?.name
  return { table, entity: named, field }
}

/** The field a column stands for; a shadow stands for the field it belongs to. */
function fieldBehind(model: Model | undefined, table: string, column: string): Field | undefined {
  const owner = column.split('~', 1)[0]!
  return owner === column
    ? fieldIn(model, table, column)?.field
    : model?.entityById.get(table)?.fields.find(({ id }) => id === owner)
}

function columnOf(step: Step, context: StepContext): string | undefined {
  const named = (table: string, name: string | undefined): string | undefined =>
    context.tables.get(table)?.columns.find((column) => column.name === name)?.id
  switch (step.kind) {
    case 'rename_column':
      return step.column
    case 'retype_column':
      return step.to.id
    case 'move_values':
      return step.columns[0]!.column.id
    case 'add_column':
    case 'drop_column':
    case 'backfill':
    case 'check_values':
    case 'set_not_null':
    case 'drop_not_null':
      return step.column.id
    case 'add_index':
    case 'drop_index':
      return step.index.columns.length === 1 ? named(step.table, step.index.columns[0]) : undefined
    case 'add_foreign_key':
    case 'drop_foreign_key':
      return named(step.table, step.foreignKey.column)
    default:
      return undefined
  }
}
