// Durations on screen: read as "1 hr 30 min", typed as 1:30, 1h 30m or the reader's own words.
import { html, nothing } from 'lit'
import { textIn, type Control, type FieldElement, type Shown } from '../paint.ts'
import { type } from './type.ts'

function show({ field, record, reader }: Shown): string {
  const text = textIn(record, field.name)
  return text === undefined ? '' : type.format(text, field, reader, record)
}

function control(each: Control): unknown {
  const { field } = each
  const give = (text: string): void => {
    const read = type.fromText(text, field)
    each.change({ [field.name]: read instanceof Error ? text : read })
  }
  return html`<input
    class="input"
    id=${each.id}
    dir="auto"
    .value=${show(each)}
    placeholder="1:30"
    ?disabled=${each.disabled}
    autocomplete="off"
    aria-required=${each.required ? 'true' : nothing}
    aria-invalid=${each.invalid ? 'true' : nothing}
    aria-describedby=${each.describedBy ?? nothing}
    @change=${(event: Event) => give((event.target as HTMLInputElement).value)}
  />`
}

export const element: FieldElement = {
  type: 'duration',
  width: 120,
  numeric: true,
  cell: (shown) => (show(shown) ? html`<span class="cut">${show(shown)}</span>` : nothing),
  control,
}
