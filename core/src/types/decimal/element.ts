// Decimal numbers on screen: figures line up in lists and are typed in any digits.
import { html, nothing } from 'lit'
import type { Value } from '../../base/kind.ts'
import { textIn, type Control, type FieldElement, type Shown } from '../paint.ts'
import { type } from './type.ts'

function show({ field, record, reader }: Shown): string {
  const text = textIn(record, field.name)
  if (text === undefined || !/^-?\d+(\.\d+)?$/.test(text)) return text ?? ''
  return type.format(record[field.name] as Value, field, reader, record)
}

function control(each: Control): unknown {
  const { field, record } = each
  return html`<pv-number
    .controlId=${each.id}
    .value=${record[field.name]}
    .shown=${show(each)}
    .disabled=${each.disabled}
    .required=${each.required}
    .invalid=${each.invalid}
    .describedby=${each.describedBy}
    @change-value=${(event: CustomEvent) => each.change({ [field.name]: event.detail })}
  ></pv-number>`
}

export const element: FieldElement = {
  type: 'decimal',
  width: 110,
  numeric: true,
  cell: (shown) => (show(shown) ? html`<span class="cut">${show(shown)}</span>` : nothing),
  control,
}
