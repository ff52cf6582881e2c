// Ratings on screen: stars to read in lists, a row of star buttons that works as one radio group in forms.
import { html, nothing } from 'lit'
import type { Control, FieldElement, Shown } from '../paint.ts'
import { mostOf, type } from './type.ts'

function starsIn({ field, record }: Shown): number {
  const value = record[field.name]
  return typeof value === 'number' ? value : 0
}

function cell(shown: Shown): unknown {
  const { field, record, reader } = shown
  const stars = starsIn(shown)
  if (stars === 0) return nothing
  const most = mostOf(field)
  const text = type.format(stars, field, reader, record)
  return html`<span class="stars" role="img" aria-label=${text} title=${text}
    >${'★'.repeat(Math.min(stars, most))}<span class="off">${'★'.repeat(Math.max(most - stars, 0))}</span></span
  >`
}

function control(each: Control): unknown {
  const { field, record, reader } = each
  const stars = starsIn(each)
  const give = (value: number | null): void => each.change({ [field.name]: value })
  const star = (value: number): unknown =>
    html`<label class=${value <= stars ? '' : 'off'}
      ><input
        type="radio"
        name=${each.id}
        id=${value === Math.max(stars, 1) ? each.id : nothing}
        .checked=${value === stars}
        ?disabled=${each.disabled}
        aria-label=${type.format(value, field, reader, record)}
        @change=${() => give(value)}
        @click=${() => (value === stars && !each.required ? give(null) : undefined)}
      /><span aria-hidden="true">★</span></label
    >`
  return html`<span
    class="stars input-row"
    role="radiogroup"
    aria-label=${each.label}
    aria-invalid=${each.invalid ? 'true' : nothing}
    aria-describedby=${each.describedBy ?? nothing}
    >${Array.from({ length: mostOf(field) }, (_, index) => star(index + 1))}</span
  >`
}

export const element: FieldElement = { type: 'rating', width: 110, cell, control }
