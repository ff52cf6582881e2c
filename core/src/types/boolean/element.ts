// Yes or no on screen: a tick in lists, a switch in forms.
import { html, nothing } from 'lit'
import { type Control, type FieldElement, type Shown } from '../paint.ts'

function cell({ field, record, reader }: Shown): unknown {
  const value = record[field.name]
  if (typeof value !== 'boolean') return nothing
  return html`<span class="yes-no ${value ? 'yes' : ''}">${reader.word(value ? 'yes' : 'no')}</span>`
}

function control(each: Control): unknown {
  const { field, record, reader } = each
  const on = record[field.name] === true
  return html`<span class="switch"
    ><input
      type="checkbox"
      role="switch"
      id=${each.id}
      .checked=${on}
      ?disabled=${each.disabled}
      aria-invalid=${each.invalid ? 'true' : nothing}
      aria-describedby=${each.describedBy ?? nothing}
      @change=${(event: Event) => each.change({ [field.name]: (event.target as HTMLInputElement).checked })}
    /><span aria-hidden="true">${reader.word(on ? 'yes' : 'no')}</span></span
  >`
}

export const element: FieldElement = { type: 'boolean', width: 90, cell, control }
