// All rollups at once, worked out anew for every record in the transaction of a publish that changed what they say. Beside
// people at work it is done in parts (drift.ts); keeping single records fresh is records/rollup.ts's.
import { systemActor } from '@peyvand/core/access/actor.ts'
import { valuesOf } from '@peyvand/core/access/values.ts'
import type { Id, Model } from '@peyvand/core/model/model.ts'
import { rollupsIn, type Rollup } from '@peyvand/core/model/rollups.ts'
import type { Step } from '@peyvand/core/plan/steps.ts'
import { refreshSql } from '@peyvand/core/query/rollup.ts'
import type { Compiled } from '@peyvand/core/query/tree.ts'
import { noteReset } from '../db/changes.ts'
import type { Session } from '../db/database.ts'

/** Where the records are. */
export interface Scope {
  readonly model: Model
  readonly schema: string
}

/** Works out rollups for every record there is, those that are gathered by others first. shape: how many records changed. */
export async function rebuild(session: Session, { model, schema }: Scope, rollups: readonly Rollup[]): Promise<number> {
  let changed = 0
  for (const group of inOrder(rollups)) {
    const { rows } = await run<{ id: Id }>(session, refreshSql(model, schema, group, [], true), {})
    if (rows.length > 0) await noteReset(session, schema, [group[0]!.parent.id])
    changed += rows.length
  }
  return changed
}

/** The rollups in groups that can be worked out together, each after those whose results it gathers. */
export function inOrder(rollups: readonly Rollup[]): Rollup[][] {
  const groups: Rollup[][] = []
  let left = [...rollups]
  while (left.length > 0) {
    const open = new Set(left)
    const gathersOpen = (one: Rollup) =>
      left.some((other) => other !== one && other.parent.id === one.child.id && one.columns.has(other.property.column))
    const ready = left.filter((one) => !gathersOpen(one))
    const taken = ready.length > 0 ? ready : left
    groups.push(...Map.groupBy(taken, ({ parent }) => parent.id).values())
    for (const one of taken) open.delete(one)
    left = left.filter((one) => open.has(one))
  }
  return groups
}

/** Runs a statement of rollups; nobody asks, so rules and clocks have no part in it. */
export function run<Row>(session: Session, compiled: Compiled, input: Readonly<Record<string, unknown>>) {
  const values = valuesOf(compiled.parameters, {
    literals: [],
    actor: systemActor,
    now: new Date().toISOString(),
    input,
  })
  if (values instanceof Error) throw values
  return session.query<Row>({ text: compiled.text, values, name: compiled.name, writes: true })
}

/**
 * The rollups whose stored values may be wrong after a publish: new ones, those that say something else now, those whose
 * records were touched by a step (a column came back, was retyped or filled), and those that gather one of these.
 */
export function unsettledBy(before: Model, after: Model, steps: readonly Step[], schema: string): Rollup[] {
  const touched = new Set(steps.flatMap(tableOfData))
  const meant = (model: Model) => new Map(rollupsIn(model).map((one) => [one.field.id, meaningOf(model, schema, one)]))
  const old = meant(before)
  const all = rollupsIn(after)
  const unsettled = new Set(
    all.filter(
      (one) =>
        old.get(one.field.id) !== meaningOf(after, schema, one) ||
        touched.has(one.child.id) ||
        touched.has(one.via.from) ||
        touched.has(one.parent.id),
    ),
  )
  for (const one of unsettled)
    for (const above of all)
      if (above.child.id === one.parent.id && above.columns.has(one.property.column)) unsettled.add(above)
  return [...unsettled]
}

/** What a rollup works out, as text: equal for equal results. */
function meaningOf(model: Model, schema: string, rollup: Rollup): string {
  const { text, parameters } = refreshSql(model, schema, [rollup], [], true)
  return text + JSON.stringify(parameters.map((parameter) => (parameter.from === 'value' ? parameter.value : null)))
}

/** The table whose data a step may change. */
function tableOfData(step: Step): string[] {
  switch (step.kind) {
    case 'create_table':
      return [step.table.id]
    case 'add_column':
    case 'retype_column':
    case 'move_values':
    case 'backfill':
      return [step.table]
    default:
      return []
  }
}
