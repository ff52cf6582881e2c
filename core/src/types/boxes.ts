// How composite types are painted: the whole as one text in lists, a group of boxes in forms. The boxes carry the browser's
// own autofill names, so that what it knows of a person is filled in at once.
import { html, nothing } from 'lit'
import { labelText, type Label } from '../base/label.ts'
import { textIn, type Control, type Shown } from './paint.ts'

/** One box of a composite. */
export interface Box {
  /** Column suffix. */
  readonly suffix: string
  readonly label: Label
  /** HTML autofill token. */
  readonly autofill: string
  /** unit: characters. */
  readonly longest: number
}

/** A text in a list, cut to the column. */
export function textCell(text: string | undefined): unknown {
  return text === undefined || text === '' ? nothing : html`<span class="cut" dir="auto" title=${text}>${text}</span>`
}

/** The whole of a composite in a list. */
export function wholeCell({ field, record }: Shown): unknown {
  return textCell(textIn(record, field.name))
}

/** A group of boxes, one per part, with more controls behind them. */
export function boxes(each: Control, parts: readonly Box[], more: unknown = nothing): unknown {
  return html`<span class="parts" role="group" aria-label=${each.label}
    >${parts.map((part, index) => box(each, part, index === 0))}${more}</span
  >`
}

function box(each: Control, { suffix, label, autofill, longest }: Box, first: boolean): unknown {
  const { field, record, reader } = each
  const name = labelText(label, reader.language)
  return html`<input
    class="input ${suffix.slice(1)}"
    id=${first ? each.id : nothing}
    dir="auto"
    aria-label="${each.label}: ${name}"
    placeholder=${name}
    maxlength=${longest}
    autocomplete=${autofill}
    .value=${textIn(record, field.name + suffix) ?? ''}
    ?disabled=${each.disabled}
    aria-required=${first && each.required ? 'true' : nothing}
    aria-invalid=${each.invalid ? 'true' : nothing}
    aria-describedby=${each.describedBy ?? nothing}
    @input=${(event: Event) => each.change({ [field.name + suffix]: (event.target as HTMLInputElement).value || null })}
  />`
}
