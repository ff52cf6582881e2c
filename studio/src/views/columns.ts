// The columns of a list: a view's columns (or a path through a lookup) with field, element, label and width; how sums and sorts name them.
import { elementFor, type FieldElement } from '@peyvand/core/elements'
import type { Entity, Field, View } from '@peyvand/core/model/model.ts'
import { current } from '../data/model.ts'
import { lookups, type Row } from '../data/records.ts'
import { propertiesOf } from '@peyvand/core/form/state.ts'
import { faceOf, hasFace } from '@peyvand/core/types/face.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html } from 'lit'
import { labelOf } from '../texts/text.ts'
import { reader } from './reader.ts'

export interface Column {
  /** Path as the view writes it: `amount`, `account.industry`. */
  readonly path: string
  readonly entity: Entity
  readonly field: Field
  readonly element: FieldElement
  readonly label: string
  /** unit: px */
  readonly width: number
  /** The person set the width; else the first column takes what is left. */
  readonly fixed?: boolean
  readonly total?: string
  /** Expression to order by. */
  readonly orderby: string
  /** Values are shown masked: they can be neither sorted by nor asked for. */
  readonly masked: boolean
  /** The record the field stands in: the row itself or what a lookup expanded to. */
  recordOf(row: Row): Readonly<Record<string, unknown>>
}

export interface Sort {
  readonly path: string
  readonly descending: boolean
}

/** The columns a view shows that this person may see. Hidden ones are left out, widths may be the person's own. */
export function columnsOf(
  entity: Entity,
  view: View | undefined,
  own: { widths?: Readonly<Record<string, number>>; hidden?: readonly string[] } = {},
): readonly Column[] {
  const listed = view?.columns ?? [{ field: entity.primaryField }]
  return listed
    .filter(({ field }) => !own.hidden?.includes(field))
    .flatMap(({ field: path, width, total }) => {
      const column = columnOf(entity, path, own.widths?.[path] ?? width, total)
      return column ? [{ ...column, fixed: own.widths?.[path] !== undefined }] : []
    })
}

/** One column by path; undefined for a field that is not there for this person. */
export function columnOf(entity: Entity, path: string, width?: number, total?: string): Column | undefined {
  const [name, through] = path.split('.') as [string, string?]
  const field = entity.fields.find((each) => each.name === name)
  if (!field) return undefined
  if (through === undefined) return plainColumn(entity, field, path, width, total)
  const navigation = lookups(entity).find((each) => each.field.id === field.id)
  const target = navigation && current().entityById.get(navigation.target)
  const far = target?.fields.find((each) => each.name === through)
  if (!target || !far || !navigation) return undefined
  const element = elementFor(far)
  return {
    path,
    entity: target,
    field: far,
    element,
    width: width ?? naturalWidth(element, far),
    orderby: `${navigation.name}/${far.name}`,
    masked: far.masked !== undefined,
    label: `${labelOf(field.label, field.name)} · ${labelOf(far.label, far.name)}`,
    recordOf: (row) => (row[navigation.name] ?? {}) as Readonly<Record<string, unknown>>,
  }
}

function plainColumn(entity: Entity, field: Field, path: string, width?: number, total?: string): Column {
  const element =
    field.name === entity.primaryField && hasFace(entity) ? withFace(elementFor(field)) : elementFor(field)
  return {
    path,
    entity,
    field,
    element,
    total,
    label: labelOf(field.label, field.name),
    width: width ?? (field.name === entity.primaryField ? 260 : naturalWidth(element, field)),
    orderby: orderOf(entity, field),
    masked: field.masked !== undefined,
    recordOf: (row) => row,
  }
}

/** unit: px. The width a column has before anybody set one. */
export function naturalWidth(element: FieldElement, field: Field): number {
  return element.widthFor?.(field, reader()) ?? element.width
}

/** Names of records with the picture they are known by. */
function withFace(element: FieldElement): FieldElement {
  return {
    ...element,
    cell: (shown) => {
      const { entity, field, record } = shown
      const name = textIn(record, field.name) ?? ''
      return html`<span class="linked"
        >${shown.reader.avatar(name, faceOf(entity, record))}${element.cell(shown)}</span
      >`
    },
  }
}

/** What to order by for a field: a lookup by its record's name, money in the base currency, all else by its own value. */
function orderOf(entity: Entity, field: Field): string {
  const ways = lookups(entity).filter((navigation) => navigation.field.id === field.id)
  const target = ways.length === 1 ? current().entityById.get(ways[0]!.target) : undefined
  if (target && nameField(target)?.masked === undefined) return `${ways[0]!.name}/${target.primaryField}`
  return comparableOf(entity, field)
}

const nameField = ({ fields, primaryField }: Entity): Field | undefined =>
  fields.find(({ name }) => name === primaryField)

/** The property a total is computed over. */
export const totalProperty = ({ entity, field }: Column): string => comparableOf(entity, field)

/** The property whose values can be compared and added: of money the base currency's, as every record may have its own. */
function comparableOf(entity: Entity, field: Field): string {
  const properties = propertiesOf(current(), entity, field)
  const base = properties.find(({ name }) => name === `${field.name}_base`)
  return (base ?? properties[0])?.name ?? field.name
}
