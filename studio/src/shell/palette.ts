// The palette (Ctrl-K): one box that finds records, pages and commands, all through the person's own rights. Records come from
// the search over everything, grouped by entity; without a text it shows what was looked for last.
import type { Entity } from '@peyvand/core/model/model.ts'
import { fold } from '@peyvand/core/base/fold.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { canSearch, forgetSearches, keepSearch, recentSearches, searchAll, type FoundIn } from '../data/search.ts'
import { current } from '../data/model.ts'
import { openDialog } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { marked } from '../kit/marked.ts'
import { moveBy } from '../kit/popover.ts'
import { View } from '../kit/view.ts'
import { labelOf, say } from '../texts/text.ts'
import { addressOf, apps, areasOf } from './apps.ts'
import { openApp, places } from './places.ts'
import { route } from './route.ts'

interface Item {
  readonly group: string
  /** Said beside the group's heading. */
  readonly count?: string
  readonly label: unknown
  readonly second?: unknown
  readonly icon?: string
  readonly href?: string
  /** Looks for this instead of going somewhere. */
  readonly again?: string
}

let shown = false

/** Opens the palette unless it is open. */
export function openPalette(): void {
  if (shown) return
  shown = true
  void openDialog<void>((answer) => html`<pv-palette @close-palette=${() => answer()}></pv-palette>`, {
    label: say('palette'),
  }).finally(() => {
    shown = false
  })
  const dialog = document.querySelector('dialog:has(pv-palette)')
  dialog?.classList.add('palette')
  dialog?.addEventListener('click', (event) => {
    if (event.target === dialog) (dialog as HTMLDialogElement).close()
  })
}

class Palette extends View {
  static override properties = { _text: { state: true }, _found: { state: true }, _at: { state: true } }
  declare _text: string
  declare _found: readonly FoundIn[]
  declare _at: number
  #search: AbortController | undefined
  #timer = 0
  /** Records are asked for; what is shown of them answers an earlier text. */
  #waiting = false
  /** Enter was pressed before the answer came: what that text leads to is meant, and how it is to be opened. */
  #hurried: { readonly apart: boolean } | undefined

  constructor() {
    super()
    this._text = ''
    this._found = []
    this._at = 0
  }

  override firstUpdated(): void {
    this.querySelector('input')!.focus()
  }

  protected override render(): unknown {
    const items = this.#items()
    let group = ''
    return html` <div class="ask">
        ${icon('search', 18)}<input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-found"
          aria-autocomplete="list"
          aria-label=${say('palette')}
          aria-activedescendant=${items.length ? `palette-${this._at}` : nothing}
          placeholder=${say('palette.ask')}
          autocomplete="off"
          spellcheck="false"
          dir="auto"
          .value=${this._text}
          @input=${(event: Event) => this.#type((event.target as HTMLInputElement).value)}
          @keydown=${(event: KeyboardEvent) => this.#key(event, items)}
        /><span class="key">Esc</span>
      </div>
      <div class="found" role="listbox" id="palette-found" aria-label=${say('palette')}>
        ${items.length ? nothing : html`<div class="nothing item quiet" role="option" aria-disabled="true" aria-selected="false">${say('palette.none')}</div>`}
        ${items.map((item, at) => {
          const heading =
            item.group === group
              ? nothing
              : html`<div class="heading" role="presentation">
                  ${item.group}${item.count ? html`<span class="count">${item.count}</span>` : nothing}
                </div>`
          group = item.group
          return html`${heading}${this.#item(item, at)}`
        })}
      </div>
      <div class="hints">
        <span aria-hidden="true"><span class="key">↑↓</span> ${say('palette.move')}</span
        ><span aria-hidden="true"><span class="key">↵</span> ${say('palette.go')}</span>
        ${
          this._text === '' && recentSearches().length > 0
            ? html`<button type="button" class="button ghost small forget" @click=${() => this.#forget()}>
                ${say('search.forget')}
              </button>`
            : nothing
        }
      </div>`
  }

  #item(item: Item, at: number): TemplateResult {
    return html`<a
      class="item"
      role="option"
      id="palette-${at}"
      tabindex="-1"
      aria-selected=${String(at === this._at)}
      href=${item.href ?? nothing}
      @click=${() => this.#leave(item)}
      @pointermove=${() => {
        this._at = at
      }}
    >
      ${icon(item.icon)}<span class="grow cut">${item.label}</span
      >${item.second ? html`<span class="second cut">${item.second}</span>` : nothing}</a
    >`
  }

  #items(): readonly Item[] {
    const wanted = fold(this._text)
    if (wanted === '') return [...recent(), ...places().slice(0, 40)]
    const pages = places().filter((place) => fold(`${place.label} ${place.second ?? ''}`).includes(wanted))
    const records = this._found.flatMap((found) => recordsOf(found))
    const all: Item[] = records.length
      ? [
          {
            group: say('search.all'),
            label: say('search.all.of', { text: this._text.trim() }),
            icon: 'search',
            href: `/search?q=${encodeURIComponent(this._text.trim())}`,
          },
        ]
      : []
    return [...records, ...all, ...pages].slice(0, 60)
  }

  #forget(): void {
    forgetSearches()
    this.requestUpdate()
    this.querySelector('input')!.focus()
  }

  #type(text: string): void {
    this._text = text
    this._at = 0
    clearTimeout(this.#timer)
    this.#search?.abort()
    this.#hurried = undefined
    this.#waiting = fold(text) !== ''
    if (!this.#waiting) this._found = []
    else this.#timer = window.setTimeout(() => void this.#find(text), 120)
  }

  async #find(text: string): Promise<void> {
    const search = (this.#search = new AbortController())
    const found = await searchAll(text, searched(), 3, search.signal).catch(() => [])
    if (search.signal.aborted) return
    this._found = found
    this.#waiting = false
    const [item] = this.#items()
    if (this.#hurried && item) this.#go(item, this.#hurried.apart)
    this.#hurried = undefined
  }

  #go(item: Item, apart: boolean): void {
    this.#leave(item)
    if (item.href === undefined) return
    if (apart) window.open(item.href)
    else void route.go(item.href)
  }

  #leave(item: Item): void {
    if (item.again !== undefined) {
      this.#type(item.again)
      this.querySelector('input')!.focus()
      return
    }
    if (this._text !== '') keepSearch(this._text)
    this.tell('close-palette')
  }

  #key(event: KeyboardEvent, items: readonly Item[]): void {
    const to = moveBy(event.key, this._at, items.length)
    const item = items[this._at]
    if (to !== undefined) {
      event.preventDefault()
      this._at = to
      this.#hurried = undefined
      void this.updateComplete.then(() => this.querySelector(`#palette-${to}`)?.scrollIntoView({ block: 'nearest' }))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      const apart = event.ctrlKey || event.metaKey
      // What was moved to is meant as it is; the first is only known once the answer is there.
      if (this.#waiting && this._at === 0) this.#hurried = { apart }
      else if (item) this.#go(item, apart)
    }
  }
}
customElements.define('pv-palette', Palette)

/** The entities worth searching: those some app shows, and the customer's own. */
export function searched(): readonly Entity[] {
  const named = new Set(
    apps().flatMap((app) =>
      current().apps.has(app.name) ? areasOf(app.name).flatMap((area) => area.items.map((item) => item.entity)) : [],
    ),
  )
  return [...named].filter(canSearch)
}

/** How many were found, in the reader's digits; with a plus when not all were counted. */
export function countOf({ count, more }: FoundIn): string {
  return say(more ? 'search.count.more' : 'search.count', { n: count })
}

function recent(): readonly Item[] {
  return recentSearches().map((text) => ({
    group: say('search.recent'),
    label: html`<bdi>${text}</bdi>`,
    icon: 'clock',
    again: text,
  }))
}

function recordsOf(found: FoundIn): readonly Item[] {
  const { entity, hits } = found
  return hits.map(({ id, name, ranges, also }) => ({
    group: labelOf(entity.plural, entity.name),
    count: countOf(found),
    label: name === null ? html`<bdi>${labelOf(entity.label, entity.name)}</bdi>` : marked(name, ranges),
    second: also ? marked(also.text, also.ranges) : labelOf(entity.label, entity.name),
    icon: entity.icon ?? 'table',
    href: addressOf(openApp(), entity, id),
  }))
}
