// The boxes that the dialogs of the studio are made of: a text, a legal name, a choice of entities.
import { html, nothing, type TemplateResult } from 'lit'
import type { Option } from '../kit/select.ts'
import { labelOf, say } from '../texts/text.ts'
import { draft } from './draft.ts'

/** Every entity people know, as choices of a select. */
export function entityOptions(): Option[] {
  return [...draft.model.entities.values()]
    .filter(({ intersect }) => !intersect)
    .map(({ name, label, icon }) => ({ value: name, label: labelOf(label, name), icon: icon ?? 'table', second: name }))
    .sort((a, b) => a.label.localeCompare(b.label))
}

/** A box for text that people read. */
export function textBox(id: string, label: string, value: string, give: (text: string) => void): TemplateResult {
  return html`<label class="field"
    ><span class="label">${label}</span
    ><input
      class="input"
      name=${id}
      dir="auto"
      autocomplete="off"
      .value=${value}
      @input=${(event: Event) => give((event.target as HTMLInputElement).value)}
  /></label>`
}

/** A box for what programs read, a name or an address; what is wrong with it stands below. */
export function nameBox(box: {
  readonly id: string
  readonly label: string
  readonly value: string
  readonly wrong: string
  readonly help?: string
  readonly placeholder?: string
  readonly fixed?: boolean
  readonly give: (name: string) => void
}): TemplateResult {
  const { id, wrong } = box
  const help = wrong || box.help
  return html`<div class="field">
    <label class="label" for=${id}>${box.label}</label
    ><input
      class="input ltr"
      id=${id}
      name=${id}
      spellcheck="false"
      autocomplete="off"
      placeholder=${box.placeholder ?? nothing}
      ?readonly=${box.fixed === true}
      aria-invalid=${wrong ? 'true' : nothing}
      aria-describedby=${help ? `${id}-help` : nothing}
      .value=${box.value}
      @input=${(event: Event) => box.give((event.target as HTMLInputElement).value.trim())}
    />${help ? html`<span class=${wrong ? 'error' : 'help'} id="${id}-help">${help}</span>` : nothing}
  </div>`
}

/** A button of one picture in a row of a list. */
export function rowButton(label: string, picture: TemplateResult, run: () => void): TemplateResult {
  return html`<button type="button" class="button ghost icon small" aria-label=${label} title=${label} @click=${run}>
    ${picture}
  </button>`
}

/** The heading of a list with its explanation and the way to one more. */
export function listHead(title: string, text: string, add: string, run: () => void): TemplateResult {
  return html`<header class="list-head">
    <div>
      <h2>${title}</h2>
      <p class="quiet">${text}</p>
    </div>
    <button type="button" class="button small" aria-label=${`${add}: ${title}`} @click=${run}>${add}</button>
  </header>`
}

/** What a list says when there is nothing in it. */
export const nothingYet = (): TemplateResult => html`<p class="quiet none">${say('relations.none')}</p>`
