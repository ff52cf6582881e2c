// Texts people write in a language of their own: Markdown, shown as it reads until someone writes in it, and code, with the
// numbers of its lines. The value is the source; tells `change-value` with it, or null.
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { say } from '../texts/text.ts'
import { toast } from './dialog.ts'
import { icon } from './icons.ts'
import { trustedHtml } from './trusted.ts'
import { View } from './view.ts'

type Reading = (source: string) => string

/** `<pv-source>`: an editor for Markdown or code. */
export class SourceElement extends View {
  static override properties = {
    value: { attribute: false },
    markdown: { attribute: false },
    language: { attribute: false },
    label: { attribute: false },
    maxLength: { attribute: false },
    disabled: { attribute: false },
    invalid: { attribute: false },
    required: { attribute: false },
    controlId: { attribute: false },
    describedby: { attribute: false },
    _writing: { state: true },
    _read: { state: true },
  }
  declare value: string
  declare markdown: boolean
  /** What language code is written in. */
  declare language: string | undefined
  declare label: string
  declare maxLength: number | undefined
  declare disabled: boolean
  declare invalid: boolean
  declare required: boolean
  declare controlId: string | undefined
  declare describedby: string | undefined
  /** Whether the source is on screen instead of what it says. */
  declare _writing: boolean
  /** How Markdown becomes HTML; it comes with the first text that is shown so. */
  declare _read: Reading | undefined
  #shown: string | undefined

  constructor() {
    super()
    this.value = this.label = ''
    this.markdown = this.disabled = this.invalid = this.required = this._writing = false
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('value') && this.hasUpdated) return
    if (this.value === '' && !this.disabled) this._writing = true
    if (this.markdown && this.value !== '' && !this._read) void this.#learn()
  }

  protected override render(): TemplateResult {
    const reads = this.markdown && (!this._writing || this.disabled)
    return html`<div class="input source ${this.invalid ? 'invalid' : ''}">
      <div class="bar">
        ${this.markdown ? this.#switch() : html`<span class="tongue" dir="ltr">${this.language ?? say('source.code')}</span>`}
        <button
          type="button"
          class="button ghost icon small"
          aria-label=${say('source.copy')}
          title=${say('source.copy')}
          ?disabled=${this.value === ''}
          @click=${() => void this.#copy()}
        >
          ${icon('copy', 14)}
        </button>
      </div>
      ${reads ? this.#page() : this.#lines()}
    </div>`
  }

  protected override updated(): void {
    const page = this.querySelector<HTMLElement>('.prose')
    if (!page || !this._read) {
      this.#shown = undefined
      return
    }
    if (this.#shown === this.value) return
    page.innerHTML = trustedHtml(this._read(this.value))
    for (const link of page.querySelectorAll('a')) link.target = '_blank'
    this.#shown = this.value
  }

  #switch(): TemplateResult | typeof nothing {
    if (this.disabled) return html`<span class="tongue">Markdown</span>`
    const tab = (writing: boolean) =>
      html`<button
        type="button"
        class="button ghost small"
        aria-pressed=${String(this._writing === writing)}
        ?disabled=${!writing && this.value === ''}
        @click=${() => void this.#turn(writing)}
      >
        ${say(writing ? 'source.write' : 'source.preview')}
      </button>`
    return html`<div class="segments" role="group" aria-label=${this.label || nothing}>${tab(true)}${tab(false)}</div>`
  }

  #page(): TemplateResult {
    return html`<div
      class="prose"
      id=${this.controlId ?? nothing}
      dir="auto"
      role="group"
      aria-label=${this.label || nothing}
      aria-busy=${this._read ? nothing : 'true'}
      tabindex="0"
      @dblclick=${() => void this.#turn(true)}
    ></div>`
  }

  #lines(): TemplateResult {
    const count = this.value.split('\n').length
    return html`<div class="lines ${this.markdown ? 'plain' : ''}">
      ${this.markdown ? nothing : html`<pre aria-hidden="true">${Array.from({ length: count }, (_, at) => at + 1).join('\n')}</pre>`}
      <textarea
        id=${this.controlId ?? nothing}
        dir=${this.markdown ? 'auto' : 'ltr'}
        rows=${Math.max(4, count)}
        spellcheck=${this.markdown ? 'true' : 'false'}
        autocapitalize="off"
        autocomplete="off"
        maxlength=${this.maxLength ?? nothing}
        aria-label=${this.label || nothing}
        ?readonly=${this.disabled}
        aria-required=${this.required ? 'true' : nothing}
        aria-invalid=${this.invalid ? 'true' : nothing}
        aria-describedby=${this.describedby ?? nothing}
        .value=${this.value}
        @input=${(event: Event) => this.#give((event.target as HTMLTextAreaElement).value)}
        @keydown=${(event: KeyboardEvent) => this.#indent(event)}
      ></textarea>
    </div>`
  }

  async #learn(): Promise<void> {
    const { htmlOfMarkdown } = await import('@peyvand/core/base/markdown.ts')
    this._read = htmlOfMarkdown
  }

  async #turn(writing: boolean): Promise<void> {
    if (this.disabled || this._writing === writing) return
    if (!writing && !this._read) await this.#learn()
    this._writing = writing
    await this.updateComplete
    this.querySelector<HTMLElement>(writing ? 'textarea' : '.prose')?.focus()
  }

  /** A new line of code starts where the one before it did. Tab goes on to the next field, as everywhere. */
  #indent(event: KeyboardEvent): void {
    if (this.markdown || event.key !== 'Enter' || event.isComposing || event.ctrlKey || event.metaKey) return
    const box = event.target as HTMLTextAreaElement
    const before = box.value.slice(0, box.selectionStart)
    const [space = ''] = /^[ \t]*/.exec(before.slice(before.lastIndexOf('\n') + 1)) ?? []
    if (space === '') return
    event.preventDefault()
    // Typed for the person, so that the browser can undo it.
    document.execCommand('insertText', false, `\n${space}`)
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.value)
      toast(say('source.copied'))
    } catch {
      this.querySelector('textarea')?.select()
    }
  }

  #give(value: string): void {
    this.value = value
    this.tell('change-value', value === '' ? null : value)
  }
}
customElements.define('pv-source', SourceElement)
