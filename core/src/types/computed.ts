// How worked-out values are painted: as their plain type paints them, never to be changed. The sign beside them says so.
import { html, nothing } from 'lit'
import type { Value } from '../base/kind.ts'
import type { Field } from '../model/model.ts'
import type { Control, FieldElement, Shown } from './paint.ts'
import type { Returns } from './returned.ts'
import type { FieldType } from './type.ts'

/** unit: px. The width a list column starts with. */
const widths: Readonly<Partial<Record<Returns, number>>> = { text: 180, boolean: 90, date: 120, datetime: 160 }
const figures: readonly Returns[] = ['integer', 'decimal', 'percent']

/** The element of a worked-out type; a field looks like what it returns. */
export function computedElement<F extends Field>(type: FieldType<F>): FieldElement {
  const shown = ({ field, record, reader }: Shown): string => {
    const value = (record[field.name] ?? null) as Value
    return value === null ? '' : type.format(value, field as F, reader, record)
  }
  const control = (each: Control): unknown =>
    html`<input
      class="input"
      id=${each.id}
      type="text"
      dir="auto"
      readonly
      .value=${shown(each)}
      aria-describedby=${each.describedBy ?? nothing}
    />`
  const cell = (each: Shown): unknown => {
    const words = shown(each)
    return words === '' ? nothing : html`<bdi class="cut tabular">${words}</bdi>`
  }
  const whole: FieldElement = { type: type.name, width: 130, cell, control }
  return {
    ...whole,
    for(field) {
      const returns = (field['returns'] as Returns | undefined) ?? 'decimal'
      return { ...whole, width: widths[returns] ?? whole.width, numeric: figures.includes(returns) }
    },
  }
}
