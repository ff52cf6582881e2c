// Choosing a record by name: type-ahead over the person's own rights, several target entities, open what is chosen, create what is missing.
import { fold } from '@peyvand/core/base/fold.ts'
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { avatar } from '../shell/avatar.ts'
import { say } from '../texts/text.ts'
import { icon } from './icons.ts'
import { moveBy, place } from './popover.ts'
import { View } from './view.ts'

export interface Candidate {
  readonly id: string
  readonly label: string
  readonly second?: string
  /** The file of the picture it is known by. */
  readonly picture?: string
}
export interface Target {
  readonly entity: string
  readonly label: string
  readonly icon?: string
  /** Whether its records are shown with a picture or initials. */
  readonly face?: boolean
}
export interface Linked {
  readonly entity: string
  readonly id: string
  readonly label: string
  readonly picture?: string
}

/** What a picker asks the app for. */
export interface LookupSource {
  find(entity: string, text: string, signal: AbortSignal): Promise<readonly Candidate[]>
  readonly href: (entity: string, id: string) => string
  /** Makes a record from the typed name; absent where the person may not. */
  create?(entity: string, text: string): Promise<Candidate | undefined>
}

let count = 0

/** `<pv-lookup>`: tells `pick` with what was chosen, or null. */
export class LookupElement extends View {
  static override properties = {
    value: { attribute: false },
    targets: { attribute: false },
    source: { attribute: false },
    disabled: { attribute: false },
    invalid: { attribute: false },
    required: { attribute: false },
    controlId: { attribute: false },
    describedby: { attribute: false },
    label: { attribute: false },
    _text: { state: true },
    _found: { state: true },
    _at: { state: true },
    _target: { state: true },
    _lost: { state: true },
  }
  declare value: Linked | null | undefined
  declare targets: readonly Target[]
  declare source: LookupSource
  declare disabled: boolean
  declare invalid: boolean
  declare required: boolean
  declare controlId: string | undefined
  declare describedby: string | undefined
  declare label: string | undefined
  declare _text: string | undefined
  declare _found: readonly Candidate[] | undefined
  declare _at: number
  declare _target: string | undefined
  /** What was typed and left without being a record: it stays in the box and is said to be none. */
  declare _lost: string | undefined
  readonly #list = `pv-found-${++count}`
  #asked: AbortController | undefined
  #timer = 0
  /** What is shown answers an earlier text. */
  #waiting = false
  /** Enter was pressed before the answer to what is typed came: the first of that answer is meant, not of the one before. */
  #hurried = false
  /** The box was left before the answer to what is typed came. */
  #left = false

  constructor() {
    super()
    this.targets = []
    this.disabled = this.invalid = this.required = false
    this._at = 0
  }

  get #target(): Target | undefined {
    const wanted = this._target ?? this.value?.entity
    return this.targets.find(({ entity }) => entity === wanted) ?? this.targets[0]
  }

  protected override render(): unknown {
    const open = this._text !== undefined
    const lost = open ? undefined : this._lost
    const note = `${this.#list}-lost`
    const face =
      this.value &&
      !open &&
      lost === undefined &&
      this.targets.some((each) => each.face && each.entity === this.value!.entity)
    return html`<span class="input affix lookup ${this.invalid || lost !== undefined ? 'invalid' : ''}">
        ${face ? avatar(this.value!.label, this.value!.picture) : nothing}<input
          type="text"
          role="combobox"
          id=${this.controlId ?? nothing}
          aria-expanded=${String(open)}
          aria-controls=${this.#list}
          aria-autocomplete="list"
          autocomplete="off"
          spellcheck="false"
          aria-activedescendant=${open && this._found ? `${this.#list}-${this._at}` : nothing}
          aria-label=${this.label ?? nothing}
          aria-required=${this.required ? 'true' : nothing}
          aria-invalid=${this.invalid || lost !== undefined ? 'true' : nothing}
          aria-describedby=${[this.describedby, lost === undefined ? undefined : note].filter(Boolean).join(' ') || nothing}
          ?disabled=${this.disabled}
          dir="auto"
          .value=${this._text ?? lost ?? this.value?.label ?? ''}
          @input=${(event: Event) => this.#type((event.target as HTMLInputElement).value)}
          @click=${() => this.#show()}
          @keydown=${(event: KeyboardEvent) => this.#key(event)}
          @blur=${() => this.#leave()}
        />
        ${this.value && !open && lost === undefined ? html`<a class="button ghost icon small" href=${this.source.href(this.value.entity, this.value.id)} aria-label=${say('open.of', { name: this.value.label })} title=${say('open')}>${icon('external', 14, 'mirror')}</a>` : nothing}
        ${this.value && !this.disabled && !this.required ? html`<button type="button" class="button ghost icon small" aria-label=${say('clear')} title=${say('clear')} @click=${() => this.#give(null)}>${icon('close', 14)}</button>` : nothing}
      </span>
      ${lost === undefined ? nothing : html`<span class="error" id=${note} role="alert">${say('lookup.lost')}</span>`}
      <div
        class="menu found"
        popover="manual"
        @pointerdown=${(event: Event) => event.preventDefault()}
        @click=${/* Inside a label a click would go on to the box and open it again. */ (event: Event) => event.preventDefault()}
      >
        ${open ? this.#panel() : nothing}
      </div>`
  }

  #panel(): TemplateResult {
    const target = this.#target
    const text = (this._text ?? '').trim()
    const creates = this.source.create && text !== '' && target && text !== this.value?.label
    return html` ${
        this.targets.length > 1
          ? html`<div class="segment targets">
              ${this.targets.map(
                (one) =>
                  html`<button
                    type="button"
                    tabindex="-1"
                    aria-pressed=${String(one.entity === target?.entity)}
                    @click=${() => {
                      this._target = one.entity
                      this.#ask()
                    }}
                  >
                    ${one.label}
                  </button>`,
              )}
            </div>`
          : nothing
      }
      <div role="listbox" id=${this.#list} aria-label=${target?.label ?? say('choices')}>
        ${this._found === undefined ? html`<div class="item" aria-hidden="true"><span class="skeleton wide"></span></div>` : nothing}
        ${this._found?.length === 0 && !creates ? html`<div class="nothing" role="option" aria-disabled="true" aria-selected="false">${say('nothing.found')}</div>` : nothing}
        ${(this._found ?? []).map(
          (one, at) =>
            html`<div
              class="item"
              role="option"
              id="${this.#list}-${at}"
              aria-selected=${String(one.id === this.value?.id)}
              ?data-active=${at === this._at}
              @click=${() => this.#give(one)}
              @pointermove=${() => {
                this._at = at
              }}
            >
              ${target?.face ? avatar(one.label, one.picture) : icon(target?.icon)}<span class="grow cut"
                ><bdi>${one.label}</bdi></span
              >${one.second ? html`<span class="second">${one.second}</span>` : nothing}
            </div>`,
        )}
        ${
          creates
            ? html`<div
                class="item"
                role="option"
                id="${this.#list}-${this._found?.length ?? 0}"
                aria-selected="false"
                ?data-active=${this._at === (this._found?.length ?? 0)}
                @click=${() => void this.#create(text)}
              >
                ${icon('plus')}<span class="grow cut">${say('create.named', { name: text })}</span>
              </div>`
            : nothing
        }
      </div>`
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('value')
    if (changed.has('value') && before?.id !== this.value?.id) this._lost = undefined
  }

  protected override updated(): void {
    const popover = this.querySelector<HTMLElement>('.found')!
    const open = this._text !== undefined
    if (open && !popover.matches(':popover-open')) popover.showPopover()
    if (!open && popover.matches(':popover-open')) popover.hidePopover()
    if (!open) return
    const box = this.querySelector<HTMLElement>('.lookup')!
    popover.style.minWidth = `${Math.max(240, box.getBoundingClientRect().width)}px`
    place(popover, box)
    popover.querySelector('[data-active]')?.scrollIntoView({ block: 'nearest' })
  }

  #show(): void {
    if (this.disabled || this._text !== undefined) return
    this.querySelector('input')!.select()
    this._text = this._lost ?? this.value?.label ?? ''
    this.#ask(this._lost ?? '')
  }

  #type(text: string): void {
    this._text = text
    this._lost = undefined
    this.#hurried = this.#left = false
    this._at = 0
    this.#waiting = true
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => this.#ask(), 90)
  }

  async #find(target: Target, text: string, signal: AbortSignal): Promise<void> {
    const found = await this.source.find(target.entity, text, signal).catch(() => [])
    if (signal.aborted) return
    this._found = found
    this._at = 0
    this.#waiting = false
    if (this.#hurried && found[0]) this.#give(found[0])
    this.#hurried = false
    if (this.#left) this.#settle()
  }

  #ask(text = this._text ?? ''): void {
    const target = this.#target
    if (!target) return
    this.#asked?.abort()
    const asked = (this.#asked = new AbortController())
    void this.#find(target, text, asked.signal)
  }

  #key(event: KeyboardEvent): void {
    const open = this._text !== undefined
    const length = (this._found?.length ?? 0) + (this.source.create && this._text?.trim() ? 1 : 0)
    const to =
      event.key === 'Home' || event.key === 'End' ? undefined : moveBy(event.key, open ? this._at : -1, length || 1)
    if (to !== undefined) {
      event.preventDefault()
      if (open) this._at = to
      else this.#show()
    } else if (event.key === 'Enter' && open) {
      event.preventDefault()
      event.stopPropagation()
      if (this.#waiting) this.#hurried = true
      else if (this._found?.[this._at]) this.#give(this._found[this._at]!)
      else if (this._text?.trim() && this.source.create) void this.#create(this._text.trim())
    } else if (event.key === 'Tab' && this.#isTyped && !this.#waiting && this._found?.[this._at]) {
      // The way on leads from the box, so it keeps its turn.
      this.#take(this._found[this._at]!)
    } else if (event.key === 'Escape' && this._lost !== undefined && !open) {
      event.stopPropagation()
      this._lost = undefined
    } else if (event.key === 'Escape' && open) {
      event.preventDefault()
      event.stopPropagation()
      this.#close()
    }
  }

  /** Whether what stands in the open box is something else than what is chosen. */
  get #isTyped(): boolean {
    const text = this._text?.trim()
    return text !== undefined && text !== '' && text !== (this.value?.label ?? '')
  }

  #leave(): void {
    if (this._text === undefined) return
    if (this._text.trim() === '' && this.value && !this.required) this.#take(null)
    else if (!this.#isTyped) this.#close()
    else if (this.#waiting) this.#left = true
    else this.#settle()
  }

  /** What was typed and left: the one record it finds, or the one that is called so; else it is said that none was chosen. */
  #settle(): void {
    const found = this._found ?? []
    const text = this._text!.trim()
    const named = found.filter(({ label }) => fold(label) === fold(text))
    const [only, another] = named.length > 0 ? named : found
    if (only && !another) return this.#take(only)
    this.#close()
    this._lost = text
  }

  #close(): void {
    clearTimeout(this.#timer)
    this.#asked?.abort()
    this._text = undefined
    this._found = undefined
    this._lost = undefined
    this.#waiting = this.#hurried = this.#left = false
  }

  #take(one: Candidate | null): void {
    const target = this.#target
    this.value = one && target ? { entity: target.entity, id: one.id, label: one.label, picture: one.picture } : null
    this.#close()
    this.tell('pick', this.value)
  }

  #give(one: Candidate | null): void {
    this.#take(one)
    this.querySelector('input')?.focus()
  }

  async #create(text: string): Promise<void> {
    const target = this.#target!
    this.#close()
    const made = await this.source.create!(target.entity, text)
    if (!made) return
    this._target = target.entity
    this.#give(made)
  }
}
customElements.define('pv-lookup', LookupElement)
