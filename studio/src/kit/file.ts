// Files in a form: what is there (with a small picture where it is one), a place to drop or choose more, progress that can be
// stopped, and what went wrong where it did. Tells `change-value` with the list of files.
import type { FileFacts } from '@peyvand/core/types/type.ts'
import { matches } from '@peyvand/core/types/holder.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { upload } from '../data/files.ts'
import { settings } from '../data/settings.ts'
import { explain } from '../forms/explain.ts'
import { say } from '../texts/text.ts'
import { icon } from './icons.ts'
import { View } from './view.ts'

/** A file on its way, or one that did not make it. */
interface Sending {
  readonly key: number
  readonly file: File
  readonly part: number
  readonly problem?: string
  readonly stop: AbortController
}

/** How large a file is, in the reader's words. */
export function bytesText(size: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
  const step = Math.min(units.length - 1, size < 1 ? 0 : Math.floor(Math.log10(size) / 3))
  const number = new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[step]!,
    // Persian has no short names of its own for these: it would show the English ones.
    unitDisplay: step === 0 || locale.startsWith('fa') ? 'long' : 'short',
    maximumFractionDigits: 1,
  })
  return number.format(size / 1000 ** step)
}

/** `<pv-file>`: the files of a field. */
export class FileElement extends View {
  static override properties = {
    value: { attribute: false },
    many: { attribute: false },
    most: { attribute: false },
    accept: { attribute: false },
    maxBytes: { attribute: false },
    picture: { attribute: false },
    meant: { attribute: false },
    disabled: { attribute: false },
    invalid: { attribute: false },
    required: { attribute: false },
    controlId: { attribute: false },
    describedby: { attribute: false },
    label: { attribute: false },
    _sending: { state: true },
    _over: { state: true },
    _said: { state: true },
  }
  declare value: readonly FileFacts[]
  declare many: boolean
  declare most: number
  declare accept: readonly string[] | undefined
  declare maxBytes: number | undefined
  declare picture: boolean
  /** `entity.field` */
  declare meant: string
  declare disabled: boolean
  declare invalid: boolean
  declare required: boolean
  declare controlId: string | undefined
  declare describedby: string | undefined
  declare label: string
  declare _sending: readonly Sending[]
  /** Whether something is dragged over it. */
  declare _over: boolean
  /** What happened last, for who listens instead of looking. */
  declare _said: string
  #next = 0

  constructor() {
    super()
    this.value = []
    this._sending = []
    this.many = this.picture = this.disabled = this.invalid = this.required = this._over = false
    this.most = 1
    this.meant = this.label = this._said = ''
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const { stop } of this._sending) stop.abort()
  }

  protected override render(): TemplateResult {
    const room = !this.disabled && (this.many ? this.value.length + this.#active < this.most : this.#active === 0)
    return html`<div
      class="files ${this.picture ? 'pictures' : ''} ${this._over ? 'over' : ''} ${this.invalid ? 'invalid' : ''}"
      role="group"
      aria-label=${this.label || nothing}
      @dragover=${(event: DragEvent) => this.#drag(event, room)}
      @dragleave=${() => (this._over = false)}
      @drop=${(event: DragEvent) => this.#drop(event, room)}
    >
      ${
        this.value.length + this._sending.length > 0
          ? html`<ul>
              ${this.value.map((file) => this.#item(file))} ${this._sending.map((each) => this.#progress(each))}
            </ul>`
          : nothing
      }
      ${room ? this.#chooser() : this.disabled && this.value.length === 0 ? html`<span class="none">–</span>` : nothing}
      <span class="unseen" role="status">${this._said}</span>
    </div>`
  }

  get #active(): number {
    return this._sending.filter(({ problem }) => problem === undefined).length
  }

  #item(file: FileFacts): TemplateResult {
    const address = `/api/files/${file.id}`
    const shown = file.type.startsWith('image/') && file.type !== 'image/svg+xml'
    const size = this.picture ? 192 : 96
    return html`<li class="file">
      <a href=${address} target="_blank" rel="noopener" class="open" title=${file.name}>
        ${
          shown
            ? html`<img src="${address}?size=${size}" alt="" loading="lazy" />`
            : html`<span class="kind" aria-hidden="true">${icon('note', 16)}</span>`
        }
        <span class="about"
          ><bdi class="cut">${file.name}</bdi><span class="size">${bytesText(file.size, settings.locale)}</span></span
        >
      </a>
      <a
        class="button ghost icon small"
        href="${address}?download"
        download
        aria-label=${say('file.download', { name: file.name })}
        title=${say('file.download.short')}
        >${icon('download', 14)}</a
      >
      ${
        this.disabled
          ? nothing
          : html`<button
              type="button"
              class="button ghost icon small"
              aria-label=${say('file.remove', { name: file.name })}
              title=${say('file.remove.short')}
              @click=${() => this.#remove(file)}
            >
              ${icon('trash', 14)}
            </button>`
      }
    </li>`
  }

  #progress({ key, file, part, problem, stop }: Sending): TemplateResult {
    const percent = new Intl.NumberFormat(settings.locale, { style: 'percent' }).format(part)
    return html`<li class="file sending ${problem === undefined ? '' : 'failed'}">
      <span class="kind" aria-hidden="true">${icon(problem === undefined ? 'upload' : 'alert', 16)}</span>
      <span class="about">
        <bdi class="cut">${file.name}</bdi>
        ${
          problem === undefined
            ? html`<progress max="1" .value=${part} aria-label=${say('file.sending', { name: file.name })}></progress>`
            : html`<span class="error" role="alert">${problem}</span>`
        }
      </span>
      ${problem === undefined ? html`<span class="size">${percent}</span>` : nothing}
      <button
        type="button"
        class="button ghost icon small"
        aria-label=${say(problem === undefined ? 'file.stop' : 'file.dismiss', { name: file.name })}
        @click=${() => {
          stop.abort()
          this.#forget(key)
        }}
      >
        ${icon('close', 14)}
      </button>
    </li>`
  }

  #chooser(): TemplateResult {
    const there = this.value.length > 0
    const text = !there
      ? this.picture
        ? 'file.choose.picture'
        : 'file.choose'
      : this.many
        ? 'file.add'
        : 'file.replace'
    return html`<label class="choose">
      <input
        type="file"
        class="unseen"
        id=${this.controlId ?? nothing}
        ?multiple=${this.many}
        accept=${this.accept?.join(',') ?? (this.picture ? 'image/jpeg,image/png,image/webp,image/gif,image/avif' : nothing)}
        aria-label="${this.label}: ${say(text)}"
        aria-required=${this.required ? 'true' : nothing}
        aria-invalid=${this.invalid ? 'true' : nothing}
        aria-describedby=${this.describedby ?? nothing}
        @change=${(event: Event) => {
          const input = event.target as HTMLInputElement
          this.#take([...(input.files ?? [])])
          input.value = ''
        }}
      />
      ${icon(there && !this.many ? 'refresh' : 'upload', 14)}<span>${say(text)}</span
      ><span class="or">${say('file.drop')}</span>
    </label>`
  }

  #drag(event: DragEvent, room: boolean): void {
    if (!room || !event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    this._over = true
  }

  #drop(event: DragEvent, room: boolean): void {
    this._over = false
    if (!room || !event.dataTransfer?.files.length) return
    event.preventDefault()
    this.#take([...event.dataTransfer.files])
  }

  #take(files: readonly File[]): void {
    this._sending = this._sending.filter(({ problem }) => problem === undefined)
    const room = this.many ? this.most - this.value.length - this.#active : 1
    for (const file of files.slice(0, room)) void this.#send(file)
    if (files.length > room) this.#refuse(files[room]!, say('rule.maxFiles', { limit: this.most }))
  }

  async #send(file: File): Promise<void> {
    const wrong = this.#wrong(file)
    if (wrong !== undefined) return this.#refuse(file, wrong)
    const sending: Sending = { key: this.#next++, file, part: 0, stop: new AbortController() }
    this._sending = [...this._sending, sending]
    this._said = say('file.sending', { name: file.name })
    try {
      const stored = await upload(file, {
        meant: this.meant,
        signal: sending.stop.signal,
        progress: (part) => this.#change(sending.key, { part }),
      })
      this.#forget(sending.key)
      this._said = say('file.sent', { name: stored.name })
      this.#tellValue(this.many ? [...this.value, stored] : [stored])
    } catch (error) {
      if (error instanceof DOMException) return this.#forget(sending.key)
      this.#change(sending.key, { problem: explain(error) })
    }
  }

  /** What can be said before anything is sent. */
  #wrong(file: File): string | undefined {
    if (this.maxBytes !== undefined && file.size > this.maxBytes)
      return say('rule.maxBytes', { limit: bytesText(this.maxBytes, settings.locale) })
    const { accept } = this
    // The browser's idea of a type is the name's; an empty one is left to the server.
    if (accept === undefined || (file.type === '' && accept.some((one) => one.includes('/')))) return undefined
    return accept.some((one) => matches(one, file)) ? undefined : say('rule.accept', { limit: accept.join(', ') })
  }

  #refuse(file: File, problem: string): void {
    this._sending = [...this._sending, { key: this.#next++, file, part: 0, problem, stop: new AbortController() }]
  }

  #change(key: number, values: Partial<Sending>): void {
    this._sending = this._sending.map((each) => (each.key === key ? { ...each, ...values } : each))
  }

  #forget(key: number): void {
    this._sending = this._sending.filter((each) => each.key !== key)
  }

  #remove(file: FileFacts): void {
    this._said = say('file.removed', { name: file.name })
    this.#tellValue(this.value.filter(({ id }) => id !== file.id))
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('input[type="file"]')?.focus())
  }

  #tellValue(files: readonly FileFacts[]): void {
    this.value = files
    this.tell('change-value', files)
  }
}
customElements.define('pv-file', FileElement)
