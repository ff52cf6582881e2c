// What a step risks and costs: its lock, whether the table is rewritten, and the worst that may happen, with a question to
// the database (as data) where the rows decide. Runs nothing itself.
import type { StepContext } from './context.ts'
import { count, safe, worst, type Assessment } from './risk/assessment.ts'
import { addColumn, checkValues, dropColumn, moveValues, setNotNull } from './risk/column.ts'
import { addForeignKey, addIndex } from './risk/constraint.ts'
import { retype } from './risk/retype.ts'
import { byKind, type ByKind, type Risk, type Step } from './steps.ts'

/** What a step risks before anything is asked. */
export function risk(step: Step, schema: string, context: StepContext): Assessment {
  return byKind(risks, step, schema, context)
}

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
  check_values: checkValues,
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
