// Taking a publish back: whether it still can be, and the steps of the way back. What a publish put into the recycle bin comes
// out of it by the statements that were logged; what else the tables then lack is planned like any other change.
import { Problem } from '@peyvand/core/base/problem.ts'
import { prepare, review } from '@peyvand/core/plan/prepare.ts'
import type { Tables } from '@peyvand/core/plan/steps.ts'
import { applySteps } from '@peyvand/core/plan/tables.ts'
import { undo } from '@peyvand/core/plan/undo.ts'
import { same } from '@peyvand/core/solution/diff.ts'
import type { State } from './current.ts'
import type { Logged, LoggedStep } from './history.ts'

/** A publish can be taken back while everything it changed is still as it left it. throws: Problem plan.undo. */
export function checkUndo({ undoneBy, action, after }: Logged, { stored }: State): void {
  if (undoneBy !== null)
    throw new Problem('plan.undo', { detail: `It was taken back already, by revision ${undoneBy}` })
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

/** The steps from the tables of now to those of the next state, over the way back. throws: Problem plan.undo. */
export function undoSteps(logged: Logged, state: State, next: State, schema: string): LoggedStep[] {
  // A shadow that had other values before is filled again by the plan of the rest, when all that it reads is back.
  const refilled = ({ step }: LoggedStep) => step.kind === 'backfill' && step.before !== undefined
  const back = logged.steps
    .filter((step) => !refilled(step))
    .toReversed()
    .map(backwards)
  const now = tablesAfter(state.tables, back)
  const stamp = String(next.stored.revision)
  const rest = prepare({ now, next: next.tables, before: state.model, after: next.model, schema, stamp })
  return [...back, ...rest.map((prepared) => ({ ...review(prepared, { rows: 0, count: 0 }), step: prepared.step }))]
}

function tablesAfter(tables: Tables, steps: readonly LoggedStep[]): Tables {
  try {
    return applySteps(
      tables,
      steps.map(({ step }) => step),
    )
  } catch (error) {
    if (error instanceof RangeError) throw new Problem('plan.undo', { detail: 'The tables were changed again since' })
    throw error
  }
}

/** The step the other way round. What goes into the bin on the way back comes out of it when that is taken back again. */
function backwards(logged: LoggedStep): LoggedStep {
  const bins = logged.undo.some((text) => / rename .*to "_bin_/.test(text))
  const sql = bins ? logged.undo.toReversed().map(inverse) : logged.sql
  return {
    ...logged,
    kind: undo(logged.step).kind,
    risk: 'safe',
    because: undefined,
    sql: logged.undo,
    undo: sql,
    step: undo(logged.step),
  }
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
