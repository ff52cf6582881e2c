// Files in a form: what is there (with a small picture where it is one) in an order people decide, a place to drop or choose
// more, progress that can be stopped, and what went wrong where it did. Tells `change-value` with the list of files.
import type { FileFacts } from '@peyvand/core/types/type.ts'
import { matches } from '@peyvand/core/types/holder.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { settings } from '../data/settings.ts'
import { say } from '../texts/text.ts'
import { icon } from './icons.ts'
import { openMenu, type MenuEntry } from './popover.ts'
import { Uploads, type Sending } from './uploads.ts'
import { View, watch } from './view.ts'

/** What is dragged within a list of files; anything else on the way is a file from outside. */
const ours = 'application/x-peyvand-place'

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
    _moving: { state: true },
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
  /** Whether something is dragged over it. */
  declare _over: boolean
  /** The place of the file that is dragged to another. */
  declare _moving: number | undefined
  /** What happened last, for who listens instead of looking. */
  declare _said: string
  readonly #uploads = new Uploads()
  /** When the files that were sent from here were given, so that they stand in that order. */
  readonly #given = new Map<string, number>()

  constructor() {
    super()
    this.value = []
    this.many = this.picture = this.disabled = this.invalid = this.required = this._over = false
    this.most = 1
    this.meant = this.label = this._said = ''
    watch(this, this.#uploads)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#uploads.stop()
  }

  protected override render(): TemplateResult {
    const { list, active } = this.#uploads
    const room = !this.disabled && (this.many ? this.value.length + active < this.most : active === 0)
    return html`<div
      class="files ${this.picture ? 'pictures' : ''} ${this.many ? 'many' : ''} ${this._over ? 'over' : ''} ${this.invalid ? 'invalid' : ''}"
      role="group"
      aria-label=${this.label || nothing}
      @dragover=${(event: DragEvent) => this.#drag(event, room)}
      @dragleave=${() => (this._over = false)}
      @drop=${(event: DragEvent) => this.#drop(event, room)}
    >
      ${
        this.value.length + list.length > 0
          ? html`<ul>
              ${this.value.map((file, at) => this.#item(file, at))} ${list.map((each) => this.#progress(each))}
            </ul>`
          : nothing
      }
      ${this.#count()}${room ? this.#chooser() : this.disabled && this.value.length === 0 ? html`<span class="none">–</span>` : nothing}
      <span class="unseen" role="status">${this._said}</span>
    </div>`
  }

  /** How many of how many, once the end is in sight. */
  #count(): TemplateResult | typeof nothing {
    if (!this.many || this.disabled || this.value.length < this.most * 0.6) return nothing
    return html`<span class="size">${say('file.count', { count: this.value.length, most: this.most })}</span>`
  }

  #item(file: FileFacts, at: number): TemplateResult {
    const address = `/api/files/${file.id}`
    const shown = file.type.startsWith('image/') && file.type !== 'image/svg+xml'
    const size = this.picture ? 192 : 96
    const moves = this.many && !this.disabled && this.value.length > 1
    return html`<li
      class="file ${this._moving === at ? 'moving' : ''}"
      @dragover=${(event: DragEvent) => this.#dragTo(event, at)}
    >
      ${moves ? this.#grip(file, at) : nothing}
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
              class="button ghost icon small remove"
              aria-label=${say('file.remove', { name: file.name })}
              title=${say('file.remove.short')}
              @click=${() => this.#remove(file)}
            >
              ${icon('trash', 14)}
            </button>`
      }
    </li>`
  }

  #progress({ key, file, part, problem }: Sending): TemplateResult {
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
        @click=${() => this.#uploads.forget(key)}
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

  /** Moves a file: by dragging it, by the arrows, or by a menu for those who do neither. */
  #grip(file: FileFacts, at: number): TemplateResult {
    return html`<button
      type="button"
      class="button ghost icon small grip"
      draggable="true"
      aria-label=${say('file.move', { name: file.name })}
      aria-haspopup="menu"
      title=${say('file.move.short')}
      @click=${(event: Event) => this.#moves(event.currentTarget as HTMLElement, at)}
      @keydown=${(event: KeyboardEvent) => {
        const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
        if (by === 0) return
        event.preventDefault()
        this.#move(at, at + by, true)
      }}
      @dragstart=${(event: DragEvent) => {
        event.dataTransfer?.setData(ours, String(at))
        event.dataTransfer?.setDragImage((event.currentTarget as HTMLElement).closest('li')!, 8, 8)
        this._moving = at
      }}
      @dragend=${() => (this._moving = undefined)}
    >
      ${icon('drag', 14)}
    </button>`
  }

  #moves(anchor: HTMLElement, at: number): void {
    const last = this.value.length - 1
    const to = (place: number, label: string): MenuEntry => ({
      label,
      disabled: place === at || place < 0 || place > last,
      run: () => this.#move(at, place, true),
    })
    openMenu(anchor, [
      to(0, say('file.move.first')),
      to(at - 1, say('file.move.up')),
      to(at + 1, say('file.move.down')),
      to(last, say('file.move.last')),
    ])
  }

  #dragTo(event: DragEvent, at: number): void {
    if (this._moving === undefined || !event.dataTransfer?.types.includes(ours)) return
    event.preventDefault()
    if (this._moving === at) return
    const from = this._moving
    this._moving = at
    this.#move(from, at)
  }

  /** Puts the file at one place to another; the hand that moved it stays on it. */
  #move(from: number, to: number, focus = false): void {
    const file = this.value[from]
    if (file === undefined || to < 0 || to >= this.value.length || from === to) return
    this._said = say('file.moved', { name: file.name, place: to + 1 })
    this.#tellValue(this.value.toSpliced(from, 1).toSpliced(to, 0, file))
    if (focus) void this.updateComplete.then(() => this.querySelectorAll<HTMLElement>('.grip')[to]?.focus())
  }

  #drag(event: DragEvent, room: boolean): void {
    if (!room || !event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    this._over = true
  }

  #drop(event: DragEvent, room: boolean): void {
    this._over = false
    if (event.dataTransfer?.types.includes(ours)) event.preventDefault()
    if (!room || !event.dataTransfer?.files.length) return
    event.preventDefault()
    this.#take([...event.dataTransfer.files])
  }

  #take(files: readonly File[]): void {
    this.#uploads.forgetFailed()
    const room = this.many ? this.most - this.value.length - this.#uploads.active : 1
    for (const file of files.slice(0, room)) void this.#send(file)
    for (const file of files.slice(room)) this.#uploads.refuse(file, say('rule.maxFiles', { limit: this.most }))
  }

  async #send(file: File): Promise<void> {
    const wrong = this.#wrong(file)
    if (wrong !== undefined) return this.#uploads.refuse(file, wrong)
    this._said = say('file.sending', { name: file.name })
    const sent = await this.#uploads.send(file, this.meant)
    if (sent === undefined || !this.isConnected) return
    const { key, stored } = sent
    this._said = say('file.sent', { name: stored.name })
    if (!this.many) return this.#tellValue([stored])
    this.#given.set(stored.id, key)
    const before = this.value.findLastIndex(({ id }) => (this.#given.get(id) ?? -1) < key)
    this.#tellValue(this.value.toSpliced(before + 1, 0, stored))
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
