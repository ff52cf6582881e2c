// Several choices on screen: chips in lists, a listbox of chips that takes many in forms.
import { html, nothing } from 'lit'
import { labelText } from '../../base/label.ts'
import { optionsOf } from '../choice/options.ts'
import { offeredOptions } from '../choice/rules.ts'
import type { Control, FieldElement, Shown } from '../paint.ts'

function chosenIn({ field, record }: Shown): readonly string[] {
  const value = record[field.name]
  return Array.isArray(value) ? value.map(String) : []
}

function cell(shown: Shown): unknown {
  const { field, reader } = shown
  const chosen = chosenIn(shown)
  if (chosen.length === 0) return nothing
  const options = optionsOf(field, reader.model)
  return html`<span class="chips"
    >${chosen.map((value) => {
      const option = options.find((each) => each.value === value)
      return html`<span class="chip" data-color=${option?.color ?? 'gray'}
        ><span class="cut">${labelText(option?.label, reader.language, value)}</span></span
      > `
    })}</span
  >`
}

function control(each: Control): unknown {
  const { field, reader } = each
  const chosen = chosenIn(each)
  const options = offeredOptions(field, reader.model, each.record, each.original).map((option) => ({
    value: option.value,
    label: labelText(option.label, reader.language, option.value),
    color: option.color ?? 'gray',
  }))
  return html`<pv-select
    .controlId=${each.id}
    .label=${each.label}
    .options=${options}
    .multiple=${true}
    .value=${chosen}
    .clearable=${!each.required}
    .disabled=${each.disabled}
    .invalid=${each.invalid}
    .describedby=${each.describedBy}
    @pick=${(event: CustomEvent) => each.change({ [field.name]: event.detail as string[] })}
  ></pv-select>`
}

export const element: FieldElement = { type: 'multi_choice', width: 200, cell, control }
