// The tables a model wants. Decides which columns and foreign keys an entity has and what they are called (indexes.ts
// its indexes); names of foreign keys come from ids, so that they survive every rename.
import { hash48 } from '../base/hash.ts'
import { quoteText } from '../base/sql.ts'
import type { Entity, Field, Model } from '../model/model.ts'
import { isStatus, statusFor } from '../model/state.ts'
import { shadowsOf, shadowTexts } from '../query/shadow.ts'
import { typeOf } from '../types/index.ts'
import { indexesFollow, indexesOf } from './indexes.ts'
import type { Table, TableColumn, TableForeignKey, Tables } from './steps.ts'

/** The physical schema of a model. */
export function target(model: Model): Tables {
  return new Map([...model.entities.values()].map((entity) => [entity.id, tableOf(model, entity)]))
}

/** The table of an entity; the very same one while nothing that decides it has changed. */
function tableOf(model: Model, entity: Entity): Table {
  const deciding = [...indexesFollow(model, entity), ...valuesFollow(model, entity)]
  const before = known.get(entity)
  if (before?.deciding.length === deciding.length && before.deciding.every((one, i) => one === deciding[i]))
    return before.table
  const table = makeTable(model, entity)
  known.set(entity, { deciding, table })
  return table
}

/** A table with all that decided it beside the entity itself. */
interface Known {
  readonly deciding: readonly unknown[]
  readonly table: Table
}

const known = new WeakMap<Entity, Known>()

/** What the columns of an entity follow from beside it: the choices its defaults are of, and which of its targets are there. */
function valuesFollow(model: Model, entity: Entity): readonly unknown[] {
  return entity.fields.flatMap((field): unknown[] => {
    if (field.system === true) return []
    const { choice } = field as { readonly choice?: unknown }
    const targets = typeOf(field).link?.(field).targets ?? []
    return [
      ...(typeof choice === 'string' ? [model.choices.get(choice)] : []),
      ...targets.map((target) => model.entities.has(target)),
    ]
  })
}

function makeTable(model: Model, entity: Entity): Table {
  return {
    id: entity.id,
    name: entity.name,
    columns: [...entity.fields.flatMap((field) => columnsOf(entity, field, model)), ...shadowsIn(entity, model)],
    indexes: indexesOf(entity, model),
    foreignKeys: entity.fields.flatMap((field) => foreignKeyOf(field, model)),
  }
}

/** Id of a column: the field's id and the column's suffix. */
export function columnId(field: Field, suffix: string): string {
  return field.id + suffix
}

/** The field a column belongs to, and the column's suffix. */
export function fieldOfColumn(
  entity: Entity,
  id: string,
): { readonly field: Field; readonly suffix: string } | undefined {
  for (const field of entity.fields) {
    if (!id.startsWith(field.id)) continue
    const suffix = id.slice(field.id.length)
    if (
      typeOf(field)
        .columns(field)
        .some((column) => column.suffix === suffix)
    )
      return { field, suffix }
  }
  return undefined
}

function columnsOf(entity: Entity, field: Field, model: Model): TableColumn[] {
  const type = typeOf(field)
  const columns = type.columns(field).filter((column) => column.virtual !== true)
  return columns.map((column, index) => ({
    id: columnId(field, column.suffix),
    name: field.name + column.suffix,
    sqlType: column.sqlType,
    collation: column.collation,
    notNull: field.required === true && (index === 0 || column.suffix === type.link?.(field).typeSuffix),
    type: field.type,
    fill: fillOf(field, column.suffix, model),
    ...(isStatus(entity, field) && unsuited(entity, field)),
  }))
}

/** The status of a new record does not suit a record that is inactive. */
function unsuited(entity: Entity, status: Field): Pick<TableColumn, 'unsuited'> {
  const state = entity.fields.find(({ name }) => name === 'state')
  const fill = entity.state && statusFor(entity.state, 'inactive')
  if (state === undefined || fill === undefined || typeof status.default !== 'string') return {}
  const [is, has] = [state, status].map((field) => `{{${columnId(field, '')}}}`)
  return { unsuited: { rows: `${is} = 'inactive' and ${has} = ${quoteText(status.default)}`, fill } }
}

function shadowsIn(entity: Entity, model: Model): TableColumn[] {
  return shadowsOf(model, entity).map((shadow) => {
    const { value: derived, agrees } = shadowTexts(entity, shadow)
    return {
      id: shadow.id,
      name: shadow.column,
      sqlType: shadow.sqlType,
      collation: shadow.collation,
      notNull: false,
      type: 'shadow',
      derived,
      ...(agrees === undefined ? {} : { agrees, restores: shadow.restores!.column }),
    }
  })
}

/** The stored value of a field's default for one of its columns. */
function fillOf(field: Field, suffix: string, model: Model): TableColumn['fill'] {
  if (field.default === undefined || field.default === null) return undefined
  const parsed = typeOf(field).parse({ '': field.default }, field, model)
  const value = parsed instanceof Error ? undefined : parsed[suffix]
  return value === null || typeof value !== 'object' ? (value ?? undefined) : asLiteral(value)
}

/** A list or a document as the text PostgreSQL reads. */
function asLiteral(value: object): string {
  return Array.isArray(value) ? `{${value.map((item) => JSON.stringify(item)).join(',')}}` : JSON.stringify(value)
}

const onDelete = { restrict: 'restrict', clear: 'set null', cascade: 'cascade' } as const

/** A lookup with one target is a foreign key; system lookups and lookups with several targets are not. */
function foreignKeyOf(field: Field, model: Model): TableForeignKey[] {
  const link = field.system === true ? undefined : typeOf(field).link?.(field)
  const entity = link === undefined || link.polymorphic ? undefined : model.entities.get(link.targets[0]!)
  if (link === undefined || entity === undefined) return []
  const id = `${field.id}/reference`
  return [
    {
      id,
      name: `fk_${hash48(id)}`,
      column: field.name + link.idSuffix,
      table: entity.name,
      onDelete: onDelete[link.onDelete],
    },
  ]
}
