// The stored values of one record, as they can be written back: what a merge remembers and a split compares. Kept by column
// id, so that a rename in between does no harm.
import type { Value } from '@peyvand/core/base/kind.ts'
import type { Entity, Id, Model } from '@peyvand/core/model/model.ts'
import { wireOf, type Property } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../../context.ts'

/** Column id → value. */
export type Cells = Readonly<Record<string, Value>>

/** Columns that every write sets anew; they are never put back. */
const stamped = new Set(['id', 'version', 'created_at', 'created_by_id', 'modified_at', 'modified_by_id'])

/** The id of a column: its field's and its suffix. */
function idOf({ field, column }: Property): string {
  return field.id + column.slice(field.name.length)
}

/** The columns of an entity that hold what a record says; what is worked out from others follows by itself. */
function columnsOf(model: Model, entity: Entity): Property[] {
  return [...wireOf(model, entity).properties.values()].filter(
    ({ column, formula, field }) => formula === undefined && typeOf(field).rollup === undefined && !stamped.has(column),
  )
}

/** Everything a record says, whoever may see it; undefined when it is not there. */
export async function cellsOf(
  { model, database, schema }: Context,
  entity: Entity,
  id: Id,
): Promise<Cells | undefined> {
  const columns = columnsOf(model, entity)
  const list = columns.map((property, i) => `${spelled(property)} as "c${i}"`)
  const text = `select ${list.join(', ')} from "${schema}"."${entity.name}" where "id" = $1::uuid for update`
  const row = (await database.query<Record<string, Value>>({ text, values: [id] })).rows[0]
  return row && Object.fromEntries(columns.map((property, i) => [idOf(property), row[`c${i}`] ?? null]))
}

function spelled({ column, kind }: Property): string {
  if (kind === 'json' || kind === 'point' || kind === 'polygon' || kind === 'boolean') return `"${column}"`
  return kind === 'texts' ? `to_jsonb("${column}")` : `"${column}"::text`
}

/** What differs between two states of a record. */
export function changedCells(before: Cells, after: Cells): { readonly before: Cells; readonly after: Cells } {
  const ids = Object.keys(before).filter((id) => !sameCell(before[id], after[id]))
  const pick = (cells: Cells): Cells => Object.fromEntries(ids.map((id) => [id, cells[id] ?? null]))
  return { before: pick(before), after: pick(after) }
}

/** Whether two stored values are the same. */
export function sameCell(a: Value | undefined, b: Value | undefined): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
}

/** The values by column name; those whose column is gone are left out. */
export function valuesOf(model: Model, entity: Entity, cells: Cells): Record<string, Value> {
  const names = new Map(columnsOf(model, entity).map((property) => [idOf(property), property.column]))
  return Object.fromEntries(
    Object.entries(cells).flatMap(([id, value]) => (names.has(id) ? [[names.get(id)!, value]] : [])),
  )
}

/** The id of a column by its name. */
export function columnId(model: Model, entity: Entity, column: string): string {
  return idOf(wireOf(model, entity).properties.get(column)!)
}
