// Formatted text on screen: its words in lists, the kit's editor in forms.
import { html, nothing } from 'lit'
import { textOfHtml } from '../../base/html.ts'
import { textIn, type Control, type FieldElement, type Shown } from '../paint.ts'

function cell({ field, record }: Shown): unknown {
  const text = textIn(record, field.name)
  return text === undefined
    ? nothing
    : html`<span class="cut" dir="auto">${textOfHtml(text).replace(/\s+/g, ' ').slice(0, 300)}</span>`
}

function control(each: Control): unknown {
  const { field, record } = each
  each.reader.bring('pv-rich')
  return html`<pv-rich
    .controlId=${each.id}
    .label=${each.label}
    .value=${textIn(record, field.name) ?? ''}
    .disabled=${each.disabled}
    .required=${each.required}
    .invalid=${each.invalid}
    .describedby=${each.describedBy}
    @change-value=${(event: CustomEvent) => each.change({ [field.name]: event.detail as string | null })}
  ></pv-rich>`
}

export const element: FieldElement = { type: 'rich_text', width: 240, cell, control }
