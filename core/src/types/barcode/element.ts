// Bar codes on screen: typed by hand or by a scanner, which ends with Enter like a person does.
import { html, nothing } from 'lit'
import { textIn, type Control, type FieldElement, type Shown } from '../paint.ts'

function cell({ field, record }: Shown): unknown {
  const text = textIn(record, field.name)
  return text === undefined ? nothing : html`<bdi class="cut ltr">${text}</bdi>`
}

function control(each: Control): unknown {
  const { field, record } = each
  return html`<input
    class="input ltr"
    id=${each.id}
    .value=${textIn(record, field.name) ?? ''}
    ?disabled=${each.disabled}
    autocomplete="off"
    spellcheck="false"
    aria-required=${each.required ? 'true' : nothing}
    aria-invalid=${each.invalid ? 'true' : nothing}
    aria-describedby=${each.describedBy ?? nothing}
    @input=${(event: Event) => each.change({ [field.name]: (event.target as HTMLInputElement).value || null })}
  />`
}

export const element: FieldElement = { type: 'barcode', width: 140, cell, control }
