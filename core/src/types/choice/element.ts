// Choices on screen: a coloured chip in lists, a listbox of chips in forms.
import { html, nothing } from 'lit'
import { labelText } from '../../base/label.ts'
import type { Field } from '../../model/model.ts'
import { textIn, type Control, type FieldElement, type Reader, type Shown } from '../paint.ts'
import { optionsOf } from './options.ts'
import { offeredOptions } from './rules.ts'

function cell({ field, record, reader }: Shown): unknown {
  const value = textIn(record, field.name)
  if (value === undefined) return nothing
  const option = optionsOf(field, reader.model).find((each) => each.value === value)
  return html`<span class="chip" data-color=${option?.color ?? 'gray'}
    ><span class="cut">${labelText(option?.label, reader.language, value)}</span></span
  >`
}

function control(each: Control): unknown {
  const { field, record, reader } = each
  const value = textIn(record, field.name)
  const options = offeredOptions(field, reader.model, record, each.original).map((option) => ({
    value: option.value,
    label: labelText(option.label, reader.language, option.value),
    color: option.color ?? 'gray',
  }))
  return html`<pv-select
    .controlId=${each.id}
    .label=${each.label}
    .options=${options}
    .value=${value ?? null}
    .clearable=${!each.required}
    .disabled=${each.disabled}
    .invalid=${each.invalid}
    .describedby=${each.describedBy}
    @pick=${(event: CustomEvent) => each.change({ [field.name]: event.detail })}
  ></pv-select>`
}

/** Room for the longest label in its chip, within what a column may take. */
function widthFor(field: Field, reader: Reader): number {
  const labels = optionsOf(field, reader.model).map(({ label, value }) => labelText(label, reader.language, value))
  const longest = Math.max(0, ...labels.map(({ length }) => length))
  return Math.min(200, Math.max(120, 54 + Math.ceil(longest * 7.2)))
}

export const element: FieldElement = { type: 'choice', width: 140, widthFor, cell, control }
