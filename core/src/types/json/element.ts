// JSON documents on screen: one line in lists, a box of indented text in forms.
import { html, nothing } from 'lit'
import { bringValidator } from '#validator'
import { textIn, type Control, type FieldElement, type Shown } from '../paint.ts'
import { type } from './type.ts'

function cell({ field, record }: Shown): unknown {
  const text = textIn(record, field.name)
  return text === undefined ? nothing : html`<code class="cut ltr">${text.slice(0, 200)}</code>`
}

function control(each: Control): unknown {
  const { field, record } = each
  if (field['schema'] !== undefined) bringValidator()
  const value = record[field.name]
  const shown = typeof value === 'string' ? value : value ? JSON.stringify(value, null, 2) : ''
  const give = (text: string): void => {
    const read = type.fromText(text, field)
    each.change({ [field.name]: read instanceof Error ? text : read })
  }
  return html`<textarea
    class="input code ltr"
    id=${each.id}
    dir="ltr"
    rows="6"
    spellcheck="false"
    ?disabled=${each.disabled}
    aria-required=${each.required ? 'true' : nothing}
    aria-invalid=${each.invalid ? 'true' : nothing}
    aria-describedby=${each.describedBy ?? nothing}
    .value=${shown}
    @change=${(event: Event) => give((event.target as HTMLTextAreaElement).value)}
  ></textarea>`
}

export const element: FieldElement = { type: 'json', width: 200, cell, control }
