// Colours on screen: a swatch with its code; chosen with the browser's own picker or typed.
import { html, nothing } from 'lit'
import { textIn, type Control, type FieldElement, type Shown } from '../paint.ts'
import { readColor } from './type.ts'

function cell({ field, record }: Shown): unknown {
  const text = textIn(record, field.name)
  if (text === undefined) return nothing
  return html`<span class="swatch-text"
    ><input type="color" class="swatch" tabindex="-1" disabled aria-hidden="true" .value=${text} /><bdi class="cut ltr"
      >${text}</bdi
    ></span
  >`
}

function control(each: Control): unknown {
  const { field, record } = each
  const value = textIn(record, field.name) ?? ''
  const give = (text: string): void => each.change({ [field.name]: text === '' ? null : (readColor(text) ?? text) })
  return html`<span class="swatch-text">
    <input
      type="color"
      class="swatch"
      aria-label=${each.label}
      .value=${readColor(value) ?? '#000000'}
      ?disabled=${each.disabled}
      @change=${(event: Event) => give((event.target as HTMLInputElement).value)} />
    <input
      class="input ltr"
      id=${each.id}
      maxlength="20"
      .value=${value}
      placeholder="#1e90ff"
      ?disabled=${each.disabled}
      autocomplete="off"
      spellcheck="false"
      aria-required=${each.required ? 'true' : nothing}
      aria-invalid=${each.invalid ? 'true' : nothing}
      aria-describedby=${each.describedBy ?? nothing}
      @change=${(event: Event) => give((event.target as HTMLInputElement).value.trim())}
  /></span>`
}

export const element: FieldElement = { type: 'color', width: 110, cell, control }
