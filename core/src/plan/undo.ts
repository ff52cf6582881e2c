// The way back of a step. Decides only the opposite; that a dropped column comes back with its rows is ddl's work (it was
// renamed into the recycle bin, not dropped).
import type { Step } from './steps.ts'

/** The step that takes a step back. law: undo of undo is the step itself, for every kind but backfill. */
export function undo(step: Step): Step {
  switch (step.kind) {
    case 'create_table':
      return { ...step, kind: 'drop_table' }
    case 'drop_table':
      return { ...step, kind: 'create_table' }
    case 'rename_table':
    case 'rename_column':
      return { ...step, from: step.to, to: step.from }
    case 'add_column':
      return { ...step, kind: 'drop_column' }
    case 'drop_column':
      return { ...step, kind: 'add_column' }
    case 'retype_column':
      return { ...step, from: step.to, to: step.from }
    case 'backfill':
      return step
    case 'set_not_null':
      return { ...step, kind: 'drop_not_null' }
    case 'drop_not_null':
      return { ...step, kind: 'set_not_null' }
    case 'add_index':
      return { ...step, kind: 'drop_index' }
    case 'drop_index':
      return { ...step, kind: 'add_index' }
    case 'add_foreign_key':
      return { ...step, kind: 'drop_foreign_key' }
    case 'drop_foreign_key':
      return { ...step, kind: 'add_foreign_key' }
  }
}

/** The steps back, in the order in which they are taken. A backfill needs none: the values stay. */
export function undoAll(steps: readonly Step[]): Step[] {
  return steps.toReversed().filter((step) => step.kind !== 'backfill').map(undo)
}
