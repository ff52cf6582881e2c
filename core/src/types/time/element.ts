// Times of day on screen; typed in the browser's own time box, which knows the reader's clock.
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
  const seconds = field['seconds'] === true
  return html`<input
    class="input"
    type="time"
    id=${each.id}
    step=${seconds ? 1 : 60}
    .value=${(textIn(record, field.name) ?? '').slice(0, seconds ? 8 : 5)}
    ?disabled=${each.disabled}
    aria-required=${each.required ? 'true' : nothing}
    aria-invalid=${each.invalid ? 'true' : nothing}
    aria-describedby=${each.describedBy ?? nothing}
    @change=${(event: Event) => each.change({ [field.name]: (event.target as HTMLInputElement).value || null })}
  />`
}

export const element: FieldElement = { type: 'time', width: 90, cell, control }
