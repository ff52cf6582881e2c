// How worked-out values are painted: as their plain type paints them, never to be changed. The sign beside them says so.
import { html, nothing } from 'lit'
import type { Value } from '../base/kind.ts'
import type { Field } from '../model/model.ts'
import { element as bigint } from './bigint/element.ts'
import { element as boolean } from './boolean/element.ts'
import { element as date } from './date/element.ts'
import { element as datetime } from './datetime/element.ts'
import { element as decimal } from './decimal/element.ts'
import { element as duration } from './duration/element.ts'
import { element as percent } from './percent/element.ts'
import { element as text } from './text/element.ts'
import { element as time } from './time/element.ts'
import type { Control, FieldElement, Shown } from './paint.ts'
import type { Returns } from './returned.ts'
import type { FieldType } from './type.ts'

const plain: Readonly<Record<Returns, FieldElement>> = {
  text,
  integer: bigint,
  decimal,
  percent,
  boolean,
  date,
  datetime,
  time,
  duration,
}

/** The element of a worked-out type; a field looks like what it returns. */
export function computedElement<F extends Field>(type: FieldType<F>): FieldElement {
  const shown = ({ field, record, reader }: Shown): string => {
    const value = (record[field.name] ?? null) as Value
    return value === null ? '' : type.format(value, field as F, reader, record)
  }
  const control = (each: Control): unknown =>
    html`<output class="input computed" id=${each.id} dir="auto" aria-describedby=${each.describedBy ?? nothing}
      >${shown(each)}</output
    >`
  const of = (field: Field): FieldElement => plain[(field['returns'] as Returns | undefined) ?? 'decimal']
  const cell = (each: Shown): unknown => {
    const words = shown(each)
    return words === '' ? nothing : html`<bdi class="cut tabular">${words}</bdi>`
  }
  const whole: FieldElement = { type: type.name, width: 130, cell, control }
  return {
    ...whole,
    for: (field) => ({ ...whole, width: of(field).width, ...(of(field).numeric ? { numeric: true } : {}) }),
  }
}
