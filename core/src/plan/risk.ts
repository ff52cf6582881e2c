// What a step risks and costs: its lock, whether the table is rewritten, and the worst that may happen, with a question to
// the database (as data) where the rows decide. Runs nothing itself.
import { labelText } from '../base/label.ts'
import { quoteName } from '../base/sql.ts'
import { typeOf } from '../types/index.ts'
import { castOf, columnBefore, fieldIn, qualified, type StepContext } from './context.ts'
import { differing, leftBehind, moveOfColumn, overruled, unreached } from './moved.ts'
import { offendersTwice, offendersWhere, type Offenders } from './offenders.ts'
import { byKind, type ByKind, type Risk, type Step, type StepOf, type TableColumn } from './steps.ts'

/** A count the database is asked before the plan runs. */
export interface Question {
  /** One row, one column `n`. Uses the names before the plan. */
  readonly text: string
  /** The risk when the count is zero. */
  readonly zero: Risk
  /** Why, when it is not; `{n}` is the count. */
  readonly because: string
  /** The rows that were counted, where people can mend them. */
  readonly offenders?: Offenders
}

export interface Assessment {
  /** The worst case; holds until the question is answered. */
  readonly risk: Risk
  readonly lock: string
  readonly rewrite: boolean
  /** How much work the step is for each row. unit: microseconds. */
  readonly perRow: number
  readonly because?: string
  readonly question?: Question
}

/** What a step risks before anything is asked. */
export function risk(step: Step, schema: string, context: StepContext): Assessment {
  return byKind(risks, step, schema, context)
}

const safe: Assessment = { risk: 'safe', lock: 'ACCESS EXCLUSIVE', rewrite: false, perRow: 0 }

const risks: ByKind<[string, StepContext], Assessment> = {
  create_table: () => ({ ...safe, lock: 'none' }),
  drop_table: ({ table }, schema) => ({
    ...safe,
    ...worst('lossy', {
      text: count(schema, table.name),
      zero: 'safe',
      because: 'Its {n} records go to the recycle bin',
    }),
  }),
  rename_table: () => safe,
  add_column: addColumn,
  drop_column: dropColumn,
  rename_column: () => safe,
  retype_column: retype,
  move_values: moveValues,
  backfill: () => ({ ...safe, lock: 'ROW EXCLUSIVE', perRow: 8 }),
  set_not_null: setNotNull,
  drop_not_null: () => safe,
  add_index: addIndex,
  drop_index: () => safe,
  add_foreign_key: addForeignKey,
  drop_foreign_key: () => safe,
}

/** Rows above which work on every row is called slow. */
const many = 100_000

/** The assessment with what the database said: rows of the table (an estimate will do) and the answer to the question. */
export function settle(
  assessment: Assessment,
  measured: { readonly rows: number; readonly count?: number },
): { risk: Risk; because?: string; estimateMs: number } {
  const { question, perRow } = assessment
  const estimateMs = Math.round(2 + (perRow * measured.rows) / 1000)
  const heavy = (level: Risk): Risk => (level === 'safe' && perRow > 0 && measured.rows > many ? 'slow' : level)
  if (question === undefined) return { risk: heavy(assessment.risk), because: assessment.because, estimateMs }
  if (measured.count === 0)
    return {
      risk: heavy(question.zero),
      because: question.zero === 'lossy' ? assessment.because : undefined,
      estimateMs,
    }
  const n = measured.count === undefined ? 'Some' : String(measured.count)
  return { risk: assessment.risk, because: question.because.replace('{n}', n), estimateMs }
}

function worst(level: Risk, question: Question): Pick<Assessment, 'risk' | 'question' | 'because'> {
  return { risk: level, question, because: question.because.replace('{n} ', '') }
}

function count(schema: string, table: string, where?: string): string {
  return `select count(*) as n from ${qualified(schema, table)}${where === undefined ? '' : ` where ${where}`}`
}

/** Counts rows of a table by its name before the plan; undefined when the table is new. */
function countBefore(table: string, schema: string, context: StepContext, where?: string): string | undefined {
  const before = context.now.get(table)
  return before === undefined ? undefined : count(schema, before.name, where)
}

function nameOf(table: string, column: TableColumn, context: StepContext): string {
  const found = fieldIn(context.after, table, column.id) ?? fieldIn(context.before, table, column.id)
  return labelText(found?.field.label, 'en', column.name)
}

function dropColumn({ table, column }: StepOf<'drop_column'>, schema: string, context: StepContext): Assessment {
  const before = column.derived === undefined ? columnBefore(context.now, table, column.id) : undefined
  if (before === undefined) return safe
  const name = nameOf(table, column, context)
  const move = moveOfColumn(context, 'source', table, column.id)
  if (move?.isMain === false) return safe
  const text =
    move === undefined
      ? countBefore(table, schema, context, `${quoteName(before.name)} is not null`)
      : leftBehind(move.step, schema, context)
  if (text === undefined) return safe
  const because =
    move === undefined
      ? `{n} records have a value in "${name}", which goes to the recycle bin`
      : `{n} values of "${name}" have no record to go to; they stay in the recycle bin`
  return { ...safe, ...worst('lossy', { text, zero: 'safe', because }) }
}

/** Children that say different things of one parent are refused, or some of their values lose. */
function moveValues(step: StepOf<'move_values'>, schema: string, context: StepContext): Assessment {
  const cost: Assessment = { ...safe, lock: 'ROW EXCLUSIVE', perRow: 15 }
  if (step.toward === 'child') return cost
  const name = nameOf(step.source, step.columns[0]!.column, context)
  if (step.take === 'refuse') {
    const because = `{n} records would get several values of "${name}"; say which is taken, the latest or the first`
    return { ...cost, ...worst('blocked', { ...differing(step, schema, context), zero: 'safe', because }) }
  }
  const because = `{n} values of "${name}" are not taken, because another record of the same parent gives the ${step.take} one; they stay in the recycle bin`
  return { ...cost, ...worst('lossy', { text: overruled(step, schema, context), zero: 'safe', because }) }
}

/** A new column is free; a column that a field needs because its type changed must not lose what the field held. */
function addColumn({ table, column }: StepOf<'add_column'>, schema: string, context: StepContext): Assessment {
  const from = fieldIn(context.after, table, column.id)
  const before =
    from === undefined
      ? undefined
      : context.before?.entityById.get(table)?.fields.find((field) => field.id === from.field.id)
  if (from === undefined || before === undefined) return safe
  const main = typeOf(from.field).columns(from.field)[0]!.suffix
  const held = typeOf(before).columns(before)[0]!.suffix
  const isLink = typeOf(from.field).link?.(from.field).typeSuffix === from.suffix
  if (from.suffix !== main && !isLink) return safe
  const old = columnBefore(context.now, table, before.id + held)
  const text = old === undefined ? undefined : countBefore(table, schema, context, `${quoteName(old.name)} is not null`)
  if (text === undefined) return safe
  const what = isLink
    ? 'a lookup to one entity cannot become one to several'
    : `${before.type} cannot become ${from.field.type}`
  return {
    ...safe,
    ...worst('blocked', {
      text,
      zero: 'safe',
      because: `{n} records have a value in "${nameOf(table, column, context)}", and ${what}; add a new field instead`,
    }),
  }
}

function retype(step: StepOf<'retype_column'>, schema: string, context: StepContext): Assessment {
  const { from, to, table } = step
  if (step.twin !== undefined) return safe
  const label = nameOf(table, to, context)
  const cast = castOf(step, context.before, context.after)
  const before = columnBefore(context.now, table, from.id)
  if (before === undefined) return safe
  const isHeld = `${quoteName(before.name)} is not null`
  const held = countBefore(table, schema, context, isHeld)
  if (cast === undefined) {
    const because = `{n} records have a value in "${label}", and ${from.type} cannot become ${to.type}; add a new field instead`
    return {
      ...safe,
      rewrite: true,
      perRow: 5,
      ...(held === undefined
        ? {}
        : worst('blocked', {
            text: held,
            zero: 'safe',
            because,
            offenders: offendersWhere(table, schema, context, [before.name], isHeld),
          })),
    }
  }
  const rewrite = from.sqlType !== to.sqlType && !isWidening(from.sqlType, to.sqlType)
  const cost = rewrite ? 6 : 0.5
  const lost =
    cast.risk === 'lossy'
      ? `The old values of "${label}" go to the recycle bin; the new ones may have less detail`
      : undefined
  if (cast.fails === undefined) return { ...safe, risk: cast.risk, rewrite, perRow: rewrite ? cost : 0, because: lost }
  const fails = cast.fails(quoteName(before.name))
  const { otherwise } = step
  const text = countBefore(table, schema, context, fails)
  const because = `{n} values of "${label}" cannot become ${to.type}`
  const assessment: Assessment = { ...safe, rewrite, perRow: cost, risk: cast.risk, because: lost }
  if (text === undefined) return assessment
  const offenders = offendersWhere(table, schema, context, [before.name], fails)
  if (otherwise !== undefined) {
    const becomes = otherwise.value === null ? 'are emptied' : `become ${JSON.stringify(otherwise.value)}`
    const said = `${because} and ${becomes}; the old values go to the recycle bin`
    return { ...assessment, ...worst('lossy', { text, zero: cast.risk, because: said, offenders }), because: lost }
  }
  return { ...assessment, risk: 'blocked', question: { text, zero: cast.risk, because, offenders } }
}

/** Types PostgreSQL changes without touching a row. */
export function isWidening(from: string, to: string): boolean {
  const [a, b] = [/^numeric\((\d+),(\d+)\)$/.exec(from), /^numeric\((\d+),(\d+)\)$/.exec(to)]
  if (a && b) return a[2] === b[2] && Number(b[1]) >= Number(a[1])
  const [x, y] = [/^varchar\((\d+)\)$/.exec(from), /^varchar\((\d+)\)$/.exec(to)]
  return (
    (x !== null && (to === 'text' || (y !== null && Number(y[1]) >= Number(x[1])))) || (a !== null && to === 'numeric')
  )
}

function setNotNull({ table, column }: StepOf<'set_not_null'>, schema: string, context: StepContext): Assessment {
  const before = columnBefore(context.now, table, column.id)
  const cost: Assessment = { ...safe, perRow: 0.5 }
  const move = before === undefined ? moveOfColumn(context, 'table', table, column.id) : undefined
  if (column.fill !== undefined && (before !== undefined || move !== undefined)) return cost
  if (move !== undefined) return requireMoved(move.step, schema, context)
  const isEmpty = before === undefined ? undefined : `${quoteName(before.name)} is null`
  const text = countBefore(table, schema, context, isEmpty)
  if (text === undefined) return safe
  const label = nameOf(table, column, context)
  return {
    ...cost,
    ...worst('blocked', {
      text,
      zero: 'safe',
      because: `{n} records have no value in "${label}"; give the field a default, or fill them first`,
      offenders: offendersWhere(table, schema, context, before === undefined ? [] : [before.name], isEmpty),
    }),
  }
}

/** Every record must get a value of those that come. */
function requireMoved(step: StepOf<'move_values'>, schema: string, context: StepContext): Assessment {
  const on = qualified(schema, context.now.get(step.table)!.name)
  const where = unreached(step, schema, context)
  const label = nameOf(step.table, step.columns[0]!.column, context)
  return {
    ...safe,
    perRow: 0.5,
    ...worst('blocked', {
      text: `select count(*) as n from ${on} as one where ${where}`,
      zero: 'safe',
      because: `{n} records would have no value in "${label}"; give the field a default, or make it optional first`,
      offenders: {
        entity: step.table,
        columns: [],
        text: `select one."id" from ${on} as one where ${where} order by one."id" limit $1::int`,
      },
    }),
  }
}

function addIndex({ table, index }: StepOf<'add_index'>, schema: string, context: StepContext): Assessment {
  const cost: Assessment = { ...safe, lock: 'SHARE', perRow: 3 }
  if (!context.now.has(table)) return { ...cost, lock: 'none', perRow: 0 }
  if (!index.unique) return cost
  const at = context.tables.get(table)
  const columns = index.columns
    .map((name) => at?.columns.find((column) => column.name === name))
    .map((column) => (column === undefined ? undefined : columnBefore(context.now, table, column.id)?.name))
  if (columns.some((name) => name === undefined)) return cost
  const names = columns.map((name) => quoteName(name!))
  const filled = names.map((name) => `${name} is not null`).join(' and ')
  const on = qualified(schema, context.now.get(table)!.name)
  const text = `select count(*) as n from (select 1 from ${on} where ${filled} group by ${names.join(', ')} having count(*) > 1) as doubles`
  return {
    ...cost,
    ...worst('blocked', {
      text,
      zero: 'safe',
      because: `{n} values of ${index.columns.join(', ')} are there more than once`,
      offenders: offendersTwice(
        table,
        on,
        columns.map((name) => name!),
      ),
    }),
  }
}

function addForeignKey(
  { table, foreignKey: key }: StepOf<'add_foreign_key'>,
  schema: string,
  context: StepContext,
): Assessment {
  const cost: Assessment = { ...safe, lock: 'SHARE ROW EXCLUSIVE', perRow: 2 }
  const column = context.tables.get(table)?.columns.find((one) => one.name === key.column)
  const before = column === undefined ? undefined : columnBefore(context.now, table, column.id)
  if (before === undefined) return { ...cost, perRow: 0 }
  const pointed = [...context.tables.values()].find((one) => one.name === key.table)
  const pointedBefore = pointed === undefined ? undefined : context.now.get(pointed.id)
  const name = `one.${quoteName(before.name)}`
  const exists =
    pointedBefore === undefined
      ? ''
      : ` and not exists (select 1 from ${qualified(schema, pointedBefore.name)} as other where other."id" = ${name})`
  const text = `select count(*) as n from ${qualified(schema, context.now.get(table)!.name)} as one where ${name} is not null${exists}`
  return {
    ...cost,
    ...worst('blocked', { text, zero: 'safe', because: `{n} records point at records that are not in ${key.table}` }),
  }
}
