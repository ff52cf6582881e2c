// Choosing from a known list: a button that opens a listbox, with colours, icons, type-to-find and many at once when asked.
import { html, nothing, type TemplateResult } from 'lit'
import { fold } from '@peyvand/core/base/fold.ts'
import { say } from '../texts/text.ts'
import { icon } from './icons.ts'
import { moveBy, openPopover } from './popover.ts'
import { View } from './view.ts'

export interface Option {
  readonly value: string
  readonly label: string
  readonly color?: string
  readonly icon?: string
  readonly second?: string
  readonly group?: string
}

let count = 0

/** `<pv-select>`: tells `pick` with the value (a list of values when `multiple`). */
export class SelectElement extends View {
  static override properties = {
    options: { attribute: false },
    value: { attribute: false },
    multiple: { attribute: false },
    clearable: { attribute: false },
    disabled: { attribute: false },
    invalid: { attribute: false },
    controlId: { attribute: false },
    labelledby: { attribute: false },
    label: { attribute: false },
    describedby: { attribute: false },
    placeholder: { attribute: false },
    look: { attribute: false },
  }
  declare options: readonly Option[]
  declare value: string | readonly string[] | null | undefined
  declare multiple: boolean
  declare clearable: boolean
  declare disabled: boolean
  declare invalid: boolean
  declare controlId: string | undefined
  declare labelledby: string | undefined
  declare label: string | undefined
  declare describedby: string | undefined
  declare placeholder: string | undefined
  declare look: 'input' | 'plain' | undefined
  readonly #list = `pv-list-${++count}`
  #at = 0
  #text = ''
  #open: { close: () => void; element: HTMLElement; repaint: () => void } | undefined

  constructor() {
    super()
    this.options = []
    this.multiple = this.clearable = this.disabled = this.invalid = false
  }

  protected override render(): unknown {
    const picked = this.#picked()
    const id = this.controlId ?? `${this.#list}-button`
    return html`<button
      type="button"
      id=${id}
      class="${this.look === 'plain' ? 'plain-select' : 'input'} select ${this.invalid ? 'invalid' : ''}"
      role="combobox"
      aria-haspopup="listbox"
      aria-expanded="false"
      aria-controls=${this.#list}
      aria-labelledby=${this.labelledby ? `${this.labelledby} ${id}` : nothing}
      aria-label=${this.label ? `${this.label}: ${picked.map((one) => one.label).join(', ') || say('none')}` : nothing}
      aria-invalid=${this.invalid ? 'true' : nothing}
      aria-describedby=${this.describedby ?? nothing}
      ?disabled=${this.disabled}
      @click=${() => this.#show()}
      @keydown=${(event: KeyboardEvent) => this.#buttonKey(event)}
    >
      <span class="picked"
        >${
          picked.length === 0
            ? html`<span class="quiet cut">${this.placeholder ?? '\u00a0'}</span>`
            : picked.map((option) =>
                option.color
                  ? chip(option)
                  : html`<span class="one cut"
                      >${option.icon ? icon(option.icon) : nothing}<span class="cut"
                        ><bdi>${option.label}</bdi></span
                      ></span
                    >`,
              )
        }</span
      >${icon('chevron-down', 14)}
    </button>`
  }

  #picked(): readonly Option[] {
    const values = Array.isArray(this.value)
      ? (this.value as readonly string[])
      : this.value === null || this.value === undefined
        ? []
        : [this.value as string]
    return values.map((value) => this.options.find((option) => option.value === value) ?? { value, label: value })
  }

  #offered(): readonly Option[] {
    const wanted = fold(this.#text)
    const found = wanted
      ? this.options.filter((option) => fold(`${option.label} ${option.second ?? ''}`).includes(wanted))
      : this.options
    return this.clearable && !this.multiple && !wanted ? [{ value: '', label: say('none') }, ...found] : found
  }

  #buttonKey(event: KeyboardEvent): void {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      this.#show()
    } else if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !this.multiple) {
      const found = this.options.find((option) => fold(option.label).startsWith(fold(event.key)))
      if (found) this.#give(found.value)
    }
  }

  #show(): void {
    this.#text = ''
    this.#at = Math.max(
      0,
      this.#offered().findIndex((option) => this.#isPicked(option.value)),
    )
    const button = this.querySelector('button')!
    this.#open = openPopover(button, () => this.#panel())
    this.#open.element.style.minWidth = `${Math.max(180, button.getBoundingClientRect().width)}px`
    const target =
      this.#open.element.querySelector<HTMLElement>('input') ??
      this.#open.element.querySelector<HTMLElement>('[role=listbox]')!
    this.#open.element.addEventListener('keydown', (event) => this.#listKey(event))
    target.focus()
    this.#reveal()
  }

  #panel(): TemplateResult {
    const offered = this.#offered()
    let group: string | undefined
    const active = offered.length ? `${this.#list}-${this.#at}` : nothing
    return html` ${
        this.options.length > 8
          ? html`<div class="seek">
              ${icon('search', 14)}<input
                type="text"
                role="combobox"
                aria-expanded="true"
                aria-controls=${this.#list}
                aria-activedescendant=${active}
                aria-label=${say('search')}
                placeholder=${say('search')}
                autocomplete="off"
                @input=${(event: Event) => {
                  this.#text = (event.target as HTMLInputElement).value
                  this.#at = 0
                  this.#open?.repaint()
                }}
              />
            </div>`
          : nothing
      }
      <div
        role="listbox"
        id=${this.#list}
        tabindex=${this.options.length > 8 ? '-1' : '0'}
        class="options"
        aria-activedescendant=${this.options.length > 8 ? nothing : active}
        aria-multiselectable=${this.multiple ? 'true' : nothing}
        aria-label=${this.label ?? say('choices')}
      >
        ${offered.length ? nothing : html`<div class="nothing" role="option" aria-disabled="true" aria-selected="false">${say('nothing.found')}</div>`}
        ${offered.map((option, at) => {
          const heading =
            option.group && option.group !== group
              ? html`<div class="heading" role="presentation">${option.group}</div>`
              : nothing
          group = option.group
          return html`${heading}
            <div
              class="item"
              role="option"
              id="${this.#list}-${at}"
              aria-selected=${String(this.#isPicked(option.value))}
              ?data-active=${at === this.#at}
              @click=${() => this.#give(option.value)}
              @pointermove=${() => {
                if (this.#at !== at) {
                  this.#at = at
                  this.#open?.repaint()
                }
              }}
            >
              ${option.color ? chip(option) : html`${option.icon ? icon(option.icon) : nothing}<span class="grow cut ${option.value === '' ? 'quiet' : ''}"><bdi>${option.label}</bdi></span>`}
              ${option.second ? html`<span class="second">${option.second}</span>` : nothing}${this.#isPicked(option.value) ? html`<span class="tick">${icon('check', 14)}</span>` : nothing}
            </div>`
        })}
      </div>`
  }

  #listKey(event: KeyboardEvent): void {
    const offered = this.#offered()
    const to = moveBy(event.key, this.#at, offered.length)
    if (
      to !== undefined &&
      !(event.target instanceof HTMLInputElement && (event.key === 'Home' || event.key === 'End'))
    ) {
      event.preventDefault()
      this.#at = to
      this.#open?.repaint()
      this.#reveal()
    } else if (
      (event.key === 'Enter' || (event.key === ' ' && !(event.target instanceof HTMLInputElement))) &&
      offered[this.#at]
    ) {
      event.preventDefault()
      this.#give(offered[this.#at]!.value)
    } else if (event.key === 'Tab') this.#open?.close()
  }

  #reveal(): void {
    this.#open?.element.querySelector('[data-active]')?.scrollIntoView({ block: 'nearest' })
  }

  #isPicked(value: string): boolean {
    return Array.isArray(this.value) ? this.value.includes(value) : this.value === value
  }

  #give(value: string): void {
    if (this.multiple) {
      const values = Array.isArray(this.value) ? (this.value as readonly string[]) : []
      this.value = values.includes(value) ? values.filter((one) => one !== value) : [...values, value]
      this.tell('pick', this.value)
      this.#open?.repaint()
      return
    }
    this.value = value === '' ? null : value
    this.#open?.close()
    this.querySelector('button')?.focus()
    this.tell('pick', this.value)
  }
}
customElements.define('pv-select', SelectElement)

/** A choice as a coloured chip. */
export function chip(option: { readonly label: string; readonly color?: string }): TemplateResult {
  return html`<span class="chip" data-color=${option.color ?? 'gray'}
    ><span class="cut"><bdi>${option.label}</bdi></span></span
  >`
}
