// How every field type is painted (browser only). The list of elements is made from the type folders; a type a plugin brings is
// added here at run time.
import { html, nothing } from 'lit'
import type { Field } from './model/model.ts'
import { elements as own } from './types/elements.ts'
import { textIn, type FieldElement } from './types/paint.ts'

export type { Control, FieldElement, Reader, Shown } from './types/paint.ts'
export { linkedOf } from './types/lookup/element.ts'

const elements = new Map(own.map((each) => [each.type, each]))

/** A type without an element of its own (uuid, a plugin's that is not loaded): its value as plain text, read only. */
const plain: FieldElement = {
  type: '',
  width: 160,
  cell: ({ field, record }) =>
    textIn(record, field.name) === undefined ? nothing : html`<bdi class="cut">${textIn(record, field.name)}</bdi>`,
  control: ({ id, field, record }) =>
    html`<input class="input" id=${id} readonly .value=${textIn(record, field.name) ?? ''} />`,
}

/** How a field type is painted. */
export const elementOf = (type: string): FieldElement => elements.get(type) ?? plain

/** How one field is painted: its type's way, or what that makes of the field's settings. */
export const elementFor = (field: Field): FieldElement => {
  const element = elementOf(field.type)
  return element.for?.(field) ?? element
}

/** Adds or replaces the element of a type. */
export function paintWith(element: FieldElement): void {
  elements.set(element.type, element)
}
