// The order of steps: what frees a name comes before what takes it, what is pointed at before what points. Names that two
// parts swap go through a temporary name.
import { hash48 } from '../base/hash.ts'
import type { Step, Tables } from './steps.ts'

/** Earlier first. A backfill needs the new type, NOT NULL needs the values, a foreign key needs its index and its table. */
const phases: readonly Step['kind'][] = [
  'check_values',
  'drop_foreign_key',
  'drop_index',
  'drop_not_null',
  'drop_column',
  'drop_table',
  'rename_table',
  'rename_column',
  'create_table',
  'add_column',
  'retype_column',
  'move_values',
  'backfill',
  'set_not_null',
  'add_index',
  'add_foreign_key',
]

/** The steps in an order that works, starting from these tables. Steps of one kind keep their order. */
export function order(steps: readonly Step[], now: Tables): Step[] {
  return phases.flatMap((kind) => {
    const some = steps.filter((step) => step.kind === kind)
    if (kind === 'rename_table') return inTurn(some as RenameTable[], (step) => step.table)
    if (kind !== 'rename_column') return some
    return [...now.keys()].flatMap((table) =>
      inTurn(
        (some as RenameColumn[]).filter((step) => step.table === table),
        (step) => step.column,
      ),
    )
  })
}

type RenameTable = Extract<Step, { kind: 'rename_table' }>
type RenameColumn = Extract<Step, { kind: 'rename_column' }>

/** Renames so that a name is free when it is taken; a circle is opened by a temporary name. */
function inTurn<R extends RenameTable | RenameColumn>(renames: readonly R[], id: (step: R) => string): R[] {
  const waiting = [...renames]
  const done: R[] = []
  while (waiting.length > 0) {
    const next = waiting.findIndex((step) => !waiting.some((other) => other !== step && other.from === step.to))
    if (next >= 0) {
      done.push(...waiting.splice(next, 1))
      continue
    }
    const first = waiting[0]!
    const between = `_tmp_${hash48(id(first))}`
    done.push({ ...first, to: between })
    waiting[0] = { ...first, from: between }
  }
  return done
}
