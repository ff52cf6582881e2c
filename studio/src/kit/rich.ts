// Writing formatted text: a page that takes paragraphs, headings, lists and links, with a small bar of buttons. What is typed or
// pasted goes through the same allow-list as on the server before anyone sees it; tells `change-value` with HTML or null.
import { htmlOfText, isSafeLink, sanitizeHtml, textOfHtml } from '@peyvand/core/base/html.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { say, type TextKey } from '../texts/text.ts'
import { openDialog } from './dialog.ts'
import { icon, type IconName } from './icons.ts'
import { trustedHtml } from './trusted.ts'
import { View } from './view.ts'

interface Tool {
  readonly icon: IconName
  readonly text: TextKey
  readonly command: string
  readonly value?: string
}

const tools: readonly Tool[] = [
  { icon: 'bold', text: 'rich.bold', command: 'bold' },
  { icon: 'italic', text: 'rich.italic', command: 'italic' },
  { icon: 'text', text: 'rich.heading', command: 'formatBlock', value: 'h3' },
  { icon: 'list', text: 'rich.list', command: 'insertUnorderedList' },
  { icon: 'hash', text: 'rich.numbers', command: 'insertOrderedList' },
  { icon: 'quote', text: 'rich.quote', command: 'formatBlock', value: 'blockquote' },
]

/** `<pv-rich>`: an editor for a rich_text field. */
export class RichElement extends View {
  static override properties = {
    value: { attribute: false },
    label: { attribute: false },
    disabled: { attribute: false },
    invalid: { attribute: false },
    required: { attribute: false },
    controlId: { attribute: false },
    describedby: { attribute: false },
  }
  declare value: string
  declare label: string | undefined
  declare disabled: boolean
  declare invalid: boolean
  declare required: boolean
  declare controlId: string | undefined
  declare describedby: string | undefined
  /** What the page shows, so that a repaint does not move the cursor. */
  #shown: string | undefined

  constructor() {
    super()
    this.value = ''
    this.disabled = this.invalid = this.required = false
  }

  protected override render(): TemplateResult {
    return html`<div class="input rich ${this.invalid ? 'invalid' : ''}">
      ${this.disabled ? nothing : this.#bar()}
      <div
        class="page"
        id=${this.controlId ?? nothing}
        role="textbox"
        aria-multiline="true"
        dir="auto"
        contenteditable=${this.disabled ? 'false' : 'true'}
        aria-label=${this.label ?? nothing}
        aria-readonly=${this.disabled ? 'true' : nothing}
        aria-required=${this.required ? 'true' : nothing}
        aria-invalid=${this.invalid ? 'true' : nothing}
        aria-describedby=${this.describedby ?? nothing}
        @input=${() => this.#tell()}
        @paste=${(event: ClipboardEvent) => this.#paste(event)}
      ></div>
    </div>`
  }

  protected override updated(): void {
    if (this.value === this.#shown) return
    this.#page.innerHTML = trustedHtml(this.value)
    this.#shown = this.value
  }

  get #page(): HTMLElement {
    return this.querySelector<HTMLElement>('.page')!
  }

  #bar(): TemplateResult {
    return html`<div class="bar" role="toolbar" aria-label=${say('rich.tools')}>
      ${tools.map(
        (tool) =>
          html`<button
            type="button"
            class="button ghost icon small"
            aria-label=${say(tool.text)}
            title=${say(tool.text)}
            @mousedown=${(event: Event) => event.preventDefault()}
            @click=${() => this.#run(tool.command, tool.value)}
          >
            ${icon(tool.icon, 14)}
          </button>`,
      )}
      <button
        type="button"
        class="button ghost icon small"
        aria-label=${say('rich.link')}
        title=${say('rich.link')}
        @mousedown=${(event: Event) => event.preventDefault()}
        @click=${() => void this.#link()}
      >
        ${icon('link', 14)}
      </button>
    </div>`
  }

  #run(command: string, value?: string): void {
    this.#page.focus()
    document.execCommand('defaultParagraphSeparator', false, 'p')
    document.execCommand(command, false, value)
    this.#tell()
  }

  async #link(): Promise<void> {
    const selection = document.getSelection()
    const range = selection && selection.rangeCount > 0 ? selection.getRangeAt(0) : undefined
    const address = await askAddress()
    if (!address || !range || !this.#page.contains(range.startContainer)) return
    this.#page.focus()
    selection!.removeAllRanges()
    selection!.addRange(range)
    if (range.collapsed) document.execCommand('insertText', false, address)
    else document.execCommand('createLink', false, address)
    this.#tell()
  }

  #paste(event: ClipboardEvent): void {
    const data = event.clipboardData
    if (!data) return
    event.preventDefault()
    const written = data.getData('text/html') || htmlOfText(data.getData('text/plain'))
    document.execCommand('insertHTML', false, trustedHtml(written))
  }

  #tell(): void {
    const written = sanitizeHtml(this.#page.innerHTML)
    const value = textOfHtml(written) === '' ? '' : written
    this.value = this.#shown = value
    this.tell('change-value', value === '' ? null : value)
  }
}
customElements.define('pv-rich', RichElement)

/** Asks where a link leads; undefined when nobody says or it may lead nowhere. */
async function askAddress(): Promise<string | undefined> {
  const given = await openDialog<string>(
    (answer) =>
      html`<form
        method="dialog"
        @submit=${(event: SubmitEvent) => {
          event.preventDefault()
          answer(new FormData(event.target as HTMLFormElement).get('address') as string)
        }}
      >
        <h2>${say('rich.link')}</h2>
        <input
          class="input ltr"
          name="address"
          type="url"
          autofocus
          placeholder="https://"
          aria-label=${say('rich.link')}
        />
        <div class="actions"><button class="button primary">${say('rich.link')}</button></div>
      </form>`,
    { label: say('rich.link') },
  )
  return given && isSafeLink(given) ? given : undefined
}
