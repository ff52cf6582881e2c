// How dates and moments are painted: the text in the reader's calendar, and the kit's box to pick one. Each type's element.ts is one
// line over this; how a value reads is the type's `format`.
import { html, nothing } from 'lit'
import { textIn, type Control, type FieldElement, type Shown } from './paint.ts'
import type { FieldType } from './type.ts'

interface Moment {
  readonly width: number
  /** Whether a time of day belongs to it. */
  readonly time: boolean
  /** Whether it is the same in every time zone. */
  readonly local?: boolean
}

/** A value as a text of a moment; `told`: what programs are told it is. */
export function momentCell(type: FieldType, told = (text: string) => text): FieldElement['cell'] {
  return ({ field, record, reader }: Shown) => {
    const text = textIn(record, field.name)
    if (text === undefined) return nothing
    return html`<time class="cut" datetime=${told(text)}>${type.format(text, field, reader, record)}</time>`
  }
}

/** The element of a type of dates or moments. */
export function momentElement(type: FieldType, { width, time, local = false }: Moment): FieldElement {
  const control = (each: Control): unknown => {
    const { field, record } = each
    each.reader.bring('pv-date')
    return html`<pv-date
      .controlId=${each.id}
      .value=${record[field.name]}
      .time=${time}
      .local=${local}
      .disabled=${each.disabled}
      .required=${each.required}
      .invalid=${each.invalid}
      .describedby=${each.describedBy}
      @change-value=${(event: CustomEvent) => each.change({ [field.name]: event.detail })}
    ></pv-date>`
  }
  // A local time has no offset that a program could be told.
  return { type: type.name, width, cell: momentCell(type, local ? (text) => text.slice(0, 16) : undefined), control }
}
