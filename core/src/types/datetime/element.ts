// Moments on screen, in the reader's calendar and time zone.
import { html, nothing } from 'lit'
import { textIn, type Control, type FieldElement, type Shown } from '../paint.ts'
import { type } from './type.ts'

function cell({ field, record, reader }: Shown): unknown {
  const text = textIn(record, field.name)
  if (text === undefined) return nothing
  return html`<time class="cut" datetime=${text}>${type.format(text, field, reader, record)}</time>`
}

function control(each: Control): unknown {
  const { field, record } = each
  each.reader.bring('pv-date')
  return html`<pv-date
    .controlId=${each.id}
    .value=${record[field.name]}
    .time=${true}
    .disabled=${each.disabled}
    .required=${each.required}
    .invalid=${each.invalid}
    .describedby=${each.describedBy}
    @change-value=${(event: CustomEvent) => each.change({ [field.name]: event.detail })}
  ></pv-date>`
}

export const element: FieldElement = { type: 'datetime', width: 160, cell, control }
