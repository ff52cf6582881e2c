// Files on screen, for every type that holds them: a small picture or a paper clip with the name in lists, the kit's uploader
// in forms. What a record says of its files stands in the columns beside the id, or in the list of several.
import { html, nothing } from 'lit'
import type { JsonValue } from '../base/json.ts'
import type { HolderField } from './holder.ts'
import { textIn, type Control, type FieldElement, type Shown } from './paint.ts'
import type { FieldType, FileFacts } from './type.ts'

/** The files of a record's field. */
export function filesIn(field: HolderField, record: Readonly<Record<string, unknown>>): readonly FileFacts[] {
  if (field.many === true) {
    const list = record[`${field.name}_files`]
    return Array.isArray(list) ? (list as FileFacts[]) : []
  }
  const id = textIn(record, `${field.name}_id`)
  if (id === undefined) return []
  const [name, type] = [textIn(record, `${field.name}_name`), textIn(record, `${field.name}_type`)]
  return [{ id, name: name ?? '', type: type ?? '', size: Number(record[`${field.name}_size`] ?? 0) }]
}

/** The wire values of a field that has these files now. */
function valuesOf(field: HolderField, files: readonly FileFacts[]): Record<string, JsonValue> {
  if (field.many === true)
    return { [`${field.name}_files`]: files.length === 0 ? null : (files as unknown as JsonValue) }
  const [file] = files
  return {
    [`${field.name}_id`]: file?.id ?? null,
    [`${field.name}_name`]: file?.name ?? null,
    [`${field.name}_type`]: file?.type ?? null,
    [`${field.name}_size`]: file?.size ?? null,
  }
}

/** Address of a small version of a picture. unit: pixels. */
export const smallPicture = (id: string, size: number): string => `/api/files/${id}?size=${size}`

const isShown = ({ type }: FileFacts): boolean => /^image\/(jpeg|png|webp|gif|avif)$/.test(type)

/** The element of a type of files. */
export function heldElement<F extends HolderField>(type: FieldType<F>, width: number): FieldElement {
  const isPicture = type.files?.thumbnails !== undefined
  const cell = ({ field, record }: Shown): unknown => {
    const files = filesIn(field, record)
    if (files.length === 0) return nothing
    const pictures = files.filter(isShown).slice(0, isPicture ? 3 : 1)
    return html`<span class="held"
      >${pictures.map((file) => html`<img class="mini" src=${smallPicture(file.id, 48)} alt="" loading="lazy" />`)}<bdi
        class="cut"
        >${files.map(({ name }) => name).join(', ')}</bdi
      ></span
    >`
  }
  const control = (each: Control): unknown => {
    const field = each.field as F
    each.reader.bring('pv-file')
    return html`<pv-file
      .controlId=${each.id}
      .label=${each.label}
      .value=${filesIn(field, each.record)}
      .many=${field.many === true}
      .most=${type.files!.most(field)}
      .accept=${field.accept}
      .maxBytes=${field.maxBytes}
      .picture=${isPicture}
      .meant=${`${each.entity.name}.${field.name}`}
      .disabled=${each.disabled}
      .required=${each.required}
      .invalid=${each.invalid}
      .describedby=${each.describedBy}
      @change-value=${(event: CustomEvent) => each.change(valuesOf(field, event.detail as readonly FileFacts[]))}
    ></pv-file>`
  }
  return { type: type.name, width, cell, control }
}
