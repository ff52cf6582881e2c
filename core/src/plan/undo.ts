// The way back of a step. Decides only the opposite; that a dropped column comes back with its rows is ddl's work (it was
// renamed into the recycle bin, not dropped).
import { byKind, type ByKind, type Step } from './steps.ts'

/** The step that takes a step back. law: undo of undo is the step itself, for every kind but those that only fill, move or check values. */
export function undo(step: Step): Step {
  return byKind(back, step)
}

/** The steps back, in the order in which they are taken. Values that were filled in or moved go with their column. */
export function undoAll(steps: readonly Step[]): Step[] {
  return steps.toReversed().filter(hasWayBack).map(undo)
}

function hasWayBack(step: Step): boolean {
  if (step.kind === 'move_values' || step.kind === 'check_values') return false
  return step.kind !== 'backfill' || step.before !== undefined
}

const back: ByKind<[], Step> = {
  create_table: (step) => ({ ...step, kind: 'drop_table' }),
  drop_table: (step) => ({ ...step, kind: 'create_table' }),
  rename_table: (step) => ({ ...step, from: step.to, to: step.from }),
  rename_column: (step) => ({ ...step, from: step.to, to: step.from }),
  add_column: (step) => ({ ...step, kind: 'drop_column' }),
  drop_column: (step) => ({ ...step, kind: 'add_column' }),
  retype_column: ({ twin: _twin, otherwise: _otherwise, ...step }) => ({ ...step, from: step.to, to: step.from }),
  move_values: (step) => step,
  check_values: (step) => step,
  backfill: (step) =>
    step.before === undefined
      ? step
      : { ...step, column: { ...step.column, derived: step.before }, before: step.column.derived },
  set_not_null: (step) => ({ ...step, kind: 'drop_not_null' }),
  drop_not_null: (step) => ({ ...step, kind: 'set_not_null' }),
  add_index: (step) => ({ ...step, kind: 'drop_index' }),
  drop_index: (step) => ({ ...step, kind: 'add_index' }),
  add_foreign_key: (step) => ({ ...step, kind: 'drop_foreign_key' }),
  drop_foreign_key: (step) => ({ ...step, kind: 'add_foreign_key' }),
}
