// Taking a publish back: whether it still can be, and the steps of the way back. What a publish put into the recycle bin comes
// out of it by the statements that were logged; what else the tables then lack is planned like any other change.
import { Problem } from '@peyvand/core/base/problem.ts'
import { prepare, prepareStep, type PreparedStep } from '@peyvand/core/plan/prepare.ts'
import type { Tables } from '@peyvand/core/plan/steps.ts'
import { applySteps } from '@peyvand/core/plan/tables.ts'
import { undo } from '@peyvand/core/plan/undo.ts'
import { same } from '@peyvand/core/solution/diff.ts'
import type { Session } from '../db/database.ts'
import type { State } from './current.ts'
import type { Logged, LoggedStep } from './history.ts'
import { measureSteps, type PlanContext } from './plan.ts'

/** A publish can be taken back while everything it changed is still as it left it. throws: Problem plan.undo. */
export function checkUndo({ undoneBy, action, after }: Logged, { stored }: State): void {
  if (undoneBy !== null)
    throw new Problem('plan.undo', { detail: `It was taken back already, by revision ${undoneBy}` })
  if (action === 'finish')
    throw new Problem('plan.undo', {
      detail: 'It is the end of an earlier change',
      hint: 'Take that change back instead.',
    })
  if (action === 'upgrade') throw new Problem('plan.undo', { detail: 'It belongs to this version of the platform' })
  const layers = new Map(stored.layers.map((layer) => [layer.name, layer]))
  const changed = after.definitions.find(
    ({ layer, kind, name, body }) => !same(layers.get(layer)?.definitions.get(`${kind}/${name}`) ?? null, body),
  )
  if (changed === undefined) return
  throw new Problem('plan.undo', {
    target: `${changed.kind}/${changed.name}`,
    detail: `The ${changed.kind} "${changed.name}" was changed again since`,
    hint: 'Take the later change back first.',
  })
}

/** Why a publish cannot be taken back any more; undefined while it can. `days`: how long the recycle bin keeps things. */
export function staysBecause(logged: Logged, at: string, state: State, days: number): string | undefined {
  try {
    checkUndo(logged, state)
  } catch (error) {
    if (error instanceof Problem) return error.message
    throw error
  }
  const old = Date.now() - new Date(at).getTime() > days * 86_400_000
  return old && logged.steps.some(({ sql }) => sql.some(isBinRename))
    ? 'What it took away has left the recycle bin'
    : undefined
}

/** The steps from the tables of now to those of the next state, over the way back. throws: Problem plan.undo. */
export async function undoSteps(
  logged: Logged,
  state: State,
  next: State,
  context: PlanContext,
  session: Session,
): Promise<LoggedStep[]> {
  const { schema } = context
  const stamp = String(next.stored.revision)
  const walk = { tables: state.tables, now: state.tables, before: state.model, after: next.model, stamp }
  const back = logged.steps.toReversed().filter((one) => isTakenBack(one, state.tables))
  const prepared: PreparedStep[] = []
  let { tables } = state
  for (const one of back) {
    const step = undo(one.step)
    try {
      prepared.push(keepingBin(one, prepareStep(step, schema, { ...walk, tables })))
      tables = applySteps(tables, [step])
    } catch (error) {
      if (error instanceof RangeError) throw new Problem('plan.undo', { detail: 'The tables were changed again since' })
      throw error
    }
  }
  const { before, after } = walk
  const rest = prepare({ now: tables, next: next.tables, asked: state.tables, before, after, schema, stamp })
  return measureSteps(session, context, state, [...prepared, ...rest])
}

/** Values that were filled in stay; a twin goes and a conversion is planned anew, because a job may have ended them. */
function isTakenBack({ step, sql }: LoggedStep, tables: Tables): boolean {
  if (step.kind === 'backfill' || step.kind === 'move_values' || step.kind === 'check_values') return false
  // What was restored goes to the bin once more, as if it were taken away now.
  if ((step.kind === 'rename_table' || step.kind === 'rename_column') && step.from.startsWith('_bin_')) return false
  if (step.kind === 'add_column' && step.column.derived !== undefined)
    return tables.get(step.table)?.columns.some(({ id }) => id === step.column.id) === true
  // One that was taken back itself is done anew, too: values were written since.
  if (step.kind === 'retype_column') return sql.some(isBinRename) && !sql.some(isOutOfBin)
  return true
}

/** What lies in the recycle bin is known by the names that were logged. A way back asks nothing: it was there before. */
function keepingBin({ undo: back, sql: forth }: LoggedStep, prepared: PreparedStep): PreparedStep {
  const trusted: PreparedStep = {
    ...prepared,
    assessment: { ...prepared.assessment, risk: 'safe', because: undefined, question: undefined },
  }
  if (!back.some((text) => text.includes('"_bin_'))) return trusted
  const bins = back.some((text) => / rename .*to "_bin_/.test(text))
  return { ...trusted, sql: back, undo: bins ? back.toReversed().map(inverse) : forth, online: undefined }
}

function isBinRename(text: string): boolean {
  return / rename .*"_bin_/.test(text)
}

function isOutOfBin(text: string): boolean {
  return / rename column "_bin_/.test(text)
}

/** A rename the other way, `drop not null` as `set not null`; names of the bin follow. */
function inverse(text: string): string {
  const rename = /^(alter (?:table|index) "[^"]+"\.)("[^"]+")( rename (?:column ("[^"]+") )?to )("[^"]+")$/.exec(text)
  if (rename === null) return text.replace(/ drop not null$/, ' set not null')
  const [start, relation, column, to] = [rename[1]!, rename[2]!, rename[4], rename[5]!]
  return column === undefined
    ? `${start}${to} rename to ${relation}`
    : `${start}${relation} rename column ${to} to ${column}`
}
