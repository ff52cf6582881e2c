// Shadows: physical columns that are no property on the wire. The value of a shadow is an SQL expression over the row as it
// is after the write, written by the statement that writes the row, so it can never lag behind. Each source of shadows is a
// file in shadows/ and one line in the list below; write.ts, write-many.ts and plan/target.ts know nothing of the sources.
import { ident, render, sql, type Sql } from '../expression/fragment.ts'
import { castOf } from '../expression/sql-type.ts'
import type { Entity, Model } from '../model/model.ts'
import type { Property, WireEntity } from '../model/wire.ts'
import { typeOf } from '../types/index.ts'
import type { Column } from '../types/type.ts'
import { keptFormulas } from './shadows/formula.ts'
import { searchTexts } from './shadows/search.ts'
import type { Shadow } from './shadows/shadow.ts'
import { twins } from './shadows/twin.ts'

export type { Shadow } from './shadows/shadow.ts'

/** Shadows an entity has for one reason. */
export type ShadowSource = (model: Model, entity: Entity) => readonly Shadow[]

const sources: readonly ShadowSource[] = [searchTexts, keptFormulas, twins]

const known = new WeakMap<Model, Map<string, readonly Shadow[]>>()

/** All shadows of an entity. Computed once per model and entity. */
export function shadowsOf(model: Model, entity: Entity): readonly Shadow[] {
  let ofModel = known.get(model)
  if (ofModel === undefined) known.set(model, (ofModel = new Map()))
  let shadows = ofModel.get(entity.id)
  if (shadows === undefined)
    ofModel.set(entity.id, (shadows = sources.flatMap((shadowsFrom) => shadowsFrom(model, entity))))
  return shadows
}

type Pair = readonly [column: string, value: Sql]

/** What an insert of these columns writes into the shadows: columns that are not given are null. */
export function insertedShadows(model: Model, { entity, properties }: WireEntity, pairs: readonly Pair[]): Pair[] {
  const shadows = shadowsOf(model, entity)
  if (shadows.length === 0) return []
  const given = new Map(pairs)
  const columns = columnsOf(entity)
  const of = (name: string): Sql => stored(given.get(name) ?? nullOf(properties.get(name)), columns.get(name))
  return shadows.map((shadow) => [shadow.column, shadow.value(of)])
}

/** What an update of these columns writes into the shadows that read one of them; `row` is the alias of the row before. */
export function updatedShadows(model: Model, { entity }: WireEntity, pairs: readonly Pair[], row: Sql): Pair[] {
  const given = new Map(pairs)
  const touched = shadowsOf(model, entity).filter(({ reads }) => reads.some((name) => given.has(name)))
  if (touched.length === 0) return []
  const columns = columnsOf(entity)
  const of = (name: string): Sql => {
    const value = given.get(name)
    return value === undefined ? sql`${row}.${ident(name)}` : stored(value, columns.get(name))
  }
  return touched.map((shadow) => [shadow.column, shadow.value(of)])
}

/** A shadow's expressions with `{{column id}}` for each column they read: the same text whatever the columns are called. */
export function shadowTexts(entity: Entity, shadow: Shadow): { readonly value: string; readonly agrees?: string } {
  const ids = new Map(
    entity.fields.flatMap((field) =>
      typeOf(field)
        .columns(field)
        .map(({ suffix }) => [field.name + suffix, field.id + suffix] as const),
    ),
  )
  const place = (id: string): Sql => ({ pieces: [`{{${id}}}`] })
  const of = (name: string): Sql => place(ids.get(name) ?? name)
  const text = (value: Sql): string => {
    const { text: written, parameters } = render(value)
    if (parameters.length > 0) throw new TypeError(`the shadow ${shadow.id} has parameters of its own`)
    return written
  }
  const agrees = shadow.restores?.agrees(place(shadow.id), of)
  return { value: text(shadow.value(of)), ...(agrees === undefined ? {} : { agrees: text(agrees) }) }
}

/** A value as its column would hold it: rounded, cut to size and in the column's collation. */
function stored(value: Sql, column: Column | undefined): Sql {
  if (column === undefined) return value
  const collate = column.collation === undefined ? '' : ` collate "${column.collation}"`
  return sql`(${value}${{ pieces: [`::${column.sqlType}${collate}`] }})`
}

function nullOf(property: Property | undefined): Sql {
  return { pieces: [`null::${property === undefined ? 'text' : castOf[property.kind]}`] }
}

function columnsOf(entity: Entity): ReadonlyMap<string, Column> {
  return new Map(
    entity.fields.flatMap((field) =>
      typeOf(field)
        .columns(field)
        .map((column) => [field.name + column.suffix, column] as const),
    ),
  )
}
