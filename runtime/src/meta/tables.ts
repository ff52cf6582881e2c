// The tables as they stand in the database, kept beside the definitions: what plans start from. Not derived from the model, for
// a newer version of the platform may want other indexes for the same model; then publish brings the tables up to it.
import type { Id } from '@peyvand/core/model/model.ts'
import type { Step, Table, Tables } from '@peyvand/core/plan/steps.ts'
import type { Session } from '../db/database.ts'

/** The tables of now, from those that were known at a revision. */
export async function loadTables(
  session: Session,
  schema: string,
  known: Tables = new Map(),
  since = 0,
): Promise<Tables> {
  const { rows } = await session.query<{ entity_id: Id; body: Table | null }>({
    text: `select t.entity_id, t.body from "${schema}"._table t where t.revision > $1::int`,
    values: [since],
  })
  const tables = new Map(known)
  for (const { entity_id: id, body } of rows) {
    if (body === null) tables.delete(id)
    else tables.set(id, body)
  }
  return tables
}

/** Keeps the tables that some steps changed. A table that went leaves a row behind, so that others hear of it. */
export async function saveTables(
  session: Session,
  schema: string,
  steps: readonly Step[],
  after: Tables,
  revision: number,
): Promise<void> {
  const touched = new Set(steps.flatMap((step) => touchedBy(step, after)))
  if (touched.size === 0) return
  const rows = [...touched].map((id) => ({ entity_id: id, body: after.get(id) ?? null }))
  await session.query({
    text: `insert into "${schema}"._table (entity_id, body, revision)
      select r.entity_id, r.body, $2::int from json_to_recordset($1::json) as r (entity_id uuid, body json)
      on conflict (entity_id) do update set body = excluded.body, revision = excluded.revision`,
    values: [JSON.stringify(rows), revision],
  })
}

/** The table of a step; with a new name also those that point at it. */
function touchedBy(step: Step, after: Tables): Id[] {
  if (typeof step.table !== 'string') return [step.table.id]
  if (step.kind !== 'rename_table') return [step.table]
  const name = after.get(step.table)?.name
  const pointing = [...after.values()].filter(({ foreignKeys }) => foreignKeys.some(({ table }) => table === name))
  return [step.table, ...pointing.map(({ id }) => id)]
}
