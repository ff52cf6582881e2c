// Typing numbers in the reader's own way: any digit set, the language's separators; tells canonical text, or what was typed when it is no number.
import { html, nothing } from 'lit'
import { settings } from '../data/settings.ts'
import { plainNumber, readNumber } from './typed.ts'
import { View } from './view.ts'

/** `<pv-number>`: tells `change-value` with canonical text ("1234.5"), the text as typed, or null when empty. */
export class NumberElement extends View {
  static override properties = {
    value: { attribute: false },
    shown: { attribute: false },
    disabled: { attribute: false },
    invalid: { attribute: false },
    required: { attribute: false },
    controlId: { attribute: false },
    describedby: { attribute: false },
    label: { attribute: false },
    _typed: { state: true },
  }
  declare value: string | number | null | undefined
  /** The value written for reading, with groups of three. */
  declare shown: string
  declare disabled: boolean
  declare invalid: boolean
  declare required: boolean
  declare controlId: string | undefined
  declare describedby: string | undefined
  declare label: string | undefined
  declare _typed: string | undefined

  constructor() {
    super()
    this.disabled = this.invalid = this.required = false
    this.shown = ''
  }

  protected override render(): unknown {
    const text = this._typed ?? (this.shown || plainNumber(this.value, settings.locale))
    return html`<input
      type="text"
      inputmode="decimal"
      class="input number"
      id=${this.controlId ?? nothing}
      .value=${text}
      ?disabled=${this.disabled}
      autocomplete="off"
      aria-label=${this.label ?? nothing}
      aria-required=${this.required ? 'true' : nothing}
      aria-invalid=${this.invalid ? 'true' : nothing}
      aria-describedby=${this.describedby ?? nothing}
      @focus=${(event: FocusEvent) => {
        this._typed = plainNumber(this.value, settings.locale)
        void this.updateComplete.then(() => (event.target as HTMLInputElement).select())
      }}
      @input=${(event: Event) => this.#type((event.target as HTMLInputElement).value)}
      @blur=${() => {
        this._typed = undefined
      }}
    />`
  }

  #type(text: string): void {
    this._typed = text
    this.value = text.trim() === '' ? null : readNumber(text, settings.locale)
    this.tell('change-value', this.value)
  }
}
customElements.define('pv-number', NumberElement)
