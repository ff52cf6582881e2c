// Numbers the server gives: shown, never typed.
import { html, nothing } from 'lit'
import { textIn, type Control, type FieldElement, type Shown } from '../paint.ts'

function cell({ field, record }: Shown): unknown {
  const text = textIn(record, field.name)
  return text === undefined ? nothing : html`<bdi class="cut tabular">${text}</bdi>`
}

function control(each: Control): unknown {
  const text = textIn(each.record, each.field.name)
  return html`<input
    class="input"
    id=${each.id}
    type="text"
    readonly
    .value=${text ?? ''}
    placeholder=${each.reader.word('generated')}
    aria-describedby=${each.describedBy ?? nothing}
  />`
}

export const element: FieldElement = { type: 'autonumber', width: 120, cell, control }
