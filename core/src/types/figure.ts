// How numbers are painted, whatever their type: figures line up at the end of a list column and are typed in any digits.
// Each number type's element.ts is one line over this; how a value reads is the type's `format`.
import { html, nothing } from 'lit'
import type { Value } from '../base/kind.ts'
import { textIn, type Control, type FieldElement, type Shown } from './paint.ts'
import type { Field } from '../model/model.ts'
import type { FieldType } from './type.ts'

const number = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/

/** The element of a number type; `around` is the control's frame, when it has more than a box. */
export function figureElement<F extends Field>(
  type: FieldType<F>,
  width: number,
  around: (box: unknown, control: Control) => unknown = (box) => box,
): FieldElement {
  const show = ({ field, record, reader }: Shown): string => {
    const text = textIn(record, field.name)
    if (text === undefined || !number.test(text)) return text ?? ''
    return type.format(record[field.name] as Value, field as F, reader, record)
  }
  const control = (each: Control): unknown => {
    const { field, record } = each
    const box = html`<pv-number
      .controlId=${each.id}
      .value=${record[field.name]}
      .shown=${show(each)}
      .disabled=${each.disabled}
      .required=${each.required}
      .invalid=${each.invalid}
      .describedby=${each.describedBy}
      @change-value=${(event: CustomEvent) => each.change({ [field.name]: event.detail })}
    ></pv-number>`
    return around(box, each)
  }
  return {
    type: type.name,
    width,
    numeric: true,
    cell: (shown) => (show(shown) ? html`<span class="cut">${show(shown)}</span>` : nothing),
    control,
  }
}
