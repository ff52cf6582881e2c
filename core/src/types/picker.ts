// How types with a closed list of values are painted: the name in lists, a listbox that can be searched in forms.
import { html, nothing } from 'lit'
import { labelText } from '../base/label.ts'
import { textIn, type Control, type FieldElement, type Shown } from './paint.ts'
import type { FieldType } from './type.ts'

/** The element of a type that has options and paints them as plain names. */
export function pickerElement(type: FieldType, width: number): FieldElement {
  const cell = ({ field, record, reader }: Shown): unknown => {
    const text = textIn(record, field.name)
    if (text === undefined) return nothing
    return html`<span class="cut" dir="auto">${type.format(text, field, reader, record)}</span>`
  }
  const control = (each: Control): unknown => {
    const { field, record, reader } = each
    const given = textIn(record, field.name)
    const offered = type.options?.(field, reader.model) ?? []
    const other = given !== undefined && !offered.some(({ value }) => value === given) ? [given] : []
    const options = [
      ...offered.map(({ value, label }) => ({ value, label: labelText(label, reader.language, value), second: value })),
      ...other.map((value) => ({ value, label: type.format(value, field, reader, record), second: value })),
    ].sort((a, b) => a.label.localeCompare(b.label, reader.language))
    return html`<pv-select
      .controlId=${each.id}
      .label=${each.label}
      .options=${options}
      .value=${given ?? null}
      .clearable=${!each.required}
      .disabled=${each.disabled}
      .invalid=${each.invalid}
      .describedby=${each.describedBy}
      @pick=${(event: CustomEvent) => each.change({ [field.name]: event.detail as string | null })}
    ></pv-select>`
  }
  return { type: type.name, width, cell, control }
}
