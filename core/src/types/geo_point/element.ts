// Places on screen: typed and pasted as latitude and longitude, the way maps give them.
import { html, nothing } from 'lit'
import { pointOf } from '../../base/point.ts'
import type { Control, FieldElement, Shown } from '../paint.ts'
import { readPlace, type, typedPlace } from './type.ts'

function cell({ field, record, reader }: Shown): unknown {
  const point = pointOf(record[field.name])
  if (point === undefined) return nothing
  return html`<bdi class="cut ltr">${type.format(point, field, reader, record)}</bdi>`
}

function control(each: Control): unknown {
  const { field, record } = each
  const value = record[field.name]
  const point = pointOf(value)
  const give = (text: string): void => {
    const read = text.trim() === '' ? null : readPlace(text)
    each.change({ [field.name]: read === null ? null : read ? { ...read, coordinates: [...read.coordinates] } : text })
  }
  return html`<input
    class="input ltr"
    id=${each.id}
    inputmode="text"
    .value=${point ? typedPlace(point) : typeof value === 'string' ? value : ''}
    placeholder="35.7, 51.4"
    ?disabled=${each.disabled}
    autocomplete="off"
    spellcheck="false"
    aria-required=${each.required ? 'true' : nothing}
    aria-invalid=${each.invalid ? 'true' : nothing}
    aria-describedby=${each.describedBy ?? nothing}
    @change=${(event: Event) => give((event.target as HTMLInputElement).value)}
  />`
}

export const element: FieldElement = { type: 'geo_point', width: 160, cell, control }
