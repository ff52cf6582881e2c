// Times of day on screen; typed in the browser's own time box, which knows the reader's clock.
import { html, nothing } from 'lit'
import { momentCell } from '../moment.ts'
import { textIn, type Control, type FieldElement } from '../paint.ts'
import { type } from './type.ts'

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

export const element: FieldElement = { type: 'time', width: 90, cell: momentCell(type), control }
