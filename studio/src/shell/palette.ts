// The palette (Ctrl-K): one box that finds records, pages and commands, all through the person's own rights.
import type { Entity } from '@peyvand/core/model/model.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { current, mayCustomize } from '../data/model.ts'
import { find } from '../data/records.ts'
import { openDialog } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { moveBy } from '../kit/popover.ts'
import { View } from '../kit/view.ts'
import { labelOf, say } from '../texts/text.ts'
import { addressOf, apps, areasOf } from './apps.ts'
import { fold } from '@peyvand/core/base/fold.ts'
import { route } from './route.ts'

interface Hit {
  readonly group: string
  readonly label: string
  readonly second?: string
  readonly icon?: string
  readonly href: string
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
  static override properties = { _text: { state: true }, _records: { state: true }, _at: { state: true } }
  declare _text: string
  declare _records: readonly Hit[]
  declare _at: number
  #search: AbortController | undefined
  #timer = 0

  constructor() {
    super()
    this._text = ''
    this._records = []
    this._at = 0
  }

  override firstUpdated(): void {
    this.querySelector('input')!.focus()
  }

  protected override render(): unknown {
    const hits = this.#hits()
    let group = ''
    return html` <div class="ask">
        ${icon('search', 18)}<input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-found"
          aria-autocomplete="list"
          aria-label=${say('palette')}
          aria-activedescendant=${hits.length ? `palette-${this._at}` : nothing}
          placeholder=${say('palette.ask')}
          autocomplete="off"
          spellcheck="false"
          @input=${(event: Event) => this.#type((event.target as HTMLInputElement).value)}
          @keydown=${(event: KeyboardEvent) => this.#key(event, hits)}
        /><span class="key">Esc</span>
      </div>
      <div class="found" role="listbox" id="palette-found" aria-label=${say('palette')}>
        ${hits.length ? nothing : html`<div class="nothing item quiet">${say('palette.none')}</div>`}
        ${hits.map((hit, at) => {
          const heading =
            hit.group === group ? nothing : html`<div class="heading" role="presentation">${hit.group}</div>`
          group = hit.group
          return html`${heading}${this.#hit(hit, at)}`
        })}
      </div>
      <div class="hints" aria-hidden="true">
        <span><span class="key">↑↓</span> ${say('palette.move')}</span
        ><span><span class="key">↵</span> ${say('palette.go')}</span>
      </div>`
  }

  #hit(hit: Hit, at: number): TemplateResult {
    return html`<a
      class="item"
      role="option"
      id="palette-${at}"
      tabindex="-1"
      aria-selected=${String(at === this._at)}
      href=${hit.href}
      @click=${() => this.tell('close-palette')}
      @pointermove=${() => {
        this._at = at
      }}
    >
      ${icon(hit.icon)}<span class="grow cut"><bdi>${hit.label}</bdi></span
      >${hit.second ? html`<span class="second">${hit.second}</span>` : nothing}</a
    >`
  }

  #hits(): readonly Hit[] {
    const wanted = fold(this._text)
    const pages = commands().filter((hit) => fold(`${hit.label} ${hit.second ?? ''}`).includes(wanted))
    return [...this._records, ...pages].slice(0, 40)
  }

  #type(text: string): void {
    this._text = text
    this._at = 0
    clearTimeout(this.#timer)
    this.#search?.abort()
    if (text.trim().length < 2) {
      this._records = []
      return
    }
    this.#timer = window.setTimeout(() => void this.#find(text), 120)
  }

  async #find(text: string): Promise<void> {
    const search = (this.#search = new AbortController())
    const app = route.parts[0] === 'a' ? route.parts[1]! : apps()[0]!.name
    const found = await Promise.all(
      searched().map(async (entity) => {
        const rows = await find(entity, text, 4, search.signal).catch(() => [])
        return rows.map((row) => ({
          group: say('palette.records'),
          label: textIn(row, entity.primaryField) ?? '',
          second: labelOf(entity.label, entity.name),
          icon: entity.icon,
          href: addressOf(app, entity, row.id),
        }))
      }),
    )
    if (!search.signal.aborted) this._records = found.flat()
  }

  #key(event: KeyboardEvent, hits: readonly Hit[]): void {
    const to = moveBy(event.key, this._at, hits.length)
    if (to !== undefined) {
      event.preventDefault()
      this._at = to
      void this.updateComplete.then(() => this.querySelector(`#palette-${to}`)?.scrollIntoView({ block: 'nearest' }))
    } else if (event.key === 'Enter' && hits[this._at]) {
      event.preventDefault()
      this.tell('close-palette')
      if (event.ctrlKey || event.metaKey) window.open(hits[this._at]!.href)
      else void route.go(hits[this._at]!.href)
    }
  }
}
customElements.define('pv-palette', Palette)

/** The entities worth searching by name: those some app shows, and the customer's own. */
function searched(): readonly Entity[] {
  const named = new Set(
    apps().flatMap((app) =>
      current().apps.has(app.name) ? areasOf(app.name).flatMap((area) => area.items.map((item) => item.entity)) : [],
    ),
  )
  return [...named].slice(0, 12)
}

function commands(): readonly Hit[] {
  const app = route.parts[0] === 'a' ? route.parts[1]! : apps()[0]!.name
  const pages = apps().flatMap(({ name, label }) =>
    current().apps.has(name)
      ? areasOf(name).flatMap((area) =>
          area.items.map((item) => ({
            group: say('palette.pages'),
            label: item.label,
            second: label,
            icon: item.icon,
            href: item.href,
          })),
        )
      : [],
  )
  const fresh = areasOf(app)
    .flatMap((area) => area.items)
    .filter(({ entity }) => current().rights.get(entity.name)?.create)
    .map(({ entity }) => ({
      group: say('palette.actions'),
      label: say('new.of', { name: labelOf(entity.label, entity.name) }),
      icon: 'plus',
      href: `${addressOf(app, entity)}/new`,
    }))
  const studio = mayCustomize()
    ? [
        { group: say('palette.pages'), label: say('studio'), icon: 'studio', href: '/studio' },
        { group: say('palette.actions'), label: say('design.new'), icon: 'plus', href: '/studio/new' },
      ]
    : []
  return [...pages, ...studio.slice(0, 1), ...fresh, ...studio.slice(1)]
}
