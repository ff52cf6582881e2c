// The grid: a virtual list with an ARIA grid's keyboard. Paints only the rows in sight; what rows mean is the page's business.
import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Reader } from '@peyvand/core/elements'
import { settings } from '../data/settings.ts'
import type { Row } from '../data/records.ts'
import { icon } from '../kit/icons.ts'
import { openMenu } from '../kit/popover.ts'
import { styled, View, watch } from '../kit/view.ts'
import { say } from '../texts/text.ts'
import type { Column, Sort } from './columns.ts'
import type { Windows } from './windows.ts'

/** Browsers stop growing elements somewhere above ten million pixels; longer lists scroll by proportion. */
const tallest = 8_000_000
const overscan = 6
const small = matchMedia('(max-width: 760px)')

export class GridElement extends View {
  static override properties = {
    columns: { attribute: false },
    rows: { attribute: false },
    reader: { attribute: false },
    sort: { attribute: false },
    selected: { attribute: false },
    openId: { attribute: false },
    totals: { attribute: false },
    label: { attribute: false },
    selectable: { attribute: false },
    _from: { state: true },
    _slow: { state: true },
    _row: { state: true },
    _column: { state: true },
  }
  declare columns: readonly Column[]
  declare rows: Windows
  declare reader: Reader
  declare sort: readonly Sort[]
  declare selected: ReadonlySet<string>
  declare openId: string | undefined
  declare totals: Readonly<Record<string, string>>
  declare label: string
  declare selectable: boolean
  declare _from: number
  declare _slow: boolean
  declare _row: number
  declare _column: number
  #scroller: HTMLElement | undefined
  #frame = 0
  #offset = 0
  #stop: (() => void) | undefined
  #watched: Windows | undefined
  #size = new ResizeObserver(() => this.requestUpdate())

  constructor() {
    super()
    this.columns = []
    this.sort = []
    this.selected = new Set()
    this.totals = {}
    this.label = ''
    this.selectable = true
    this._from = 0
    this._slow = false
    this._row = 0
    this._column = 0
    watch(this, settings)
    small.addEventListener('change', () => this.requestUpdate())
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop?.()
    this.#watched = undefined
    this.#size.disconnect()
  }

  protected override willUpdate(): void {
    if (this.#watched !== this.rows) {
      this.#stop?.()
      this.#watched = this.rows
      this.#stop = this.rows.subscribe(() => this.requestUpdate())
      this._slow = false
      this._row = 0
      setTimeout(() => {
        this._slow = true
      }, 150)
      if (this.#scroller) this.#scroller.scrollTop = 0
    }
  }

  /** unit: px */
  get #height(): number {
    return small.matches ? 76 : { compact: 32, normal: 36, touch: 44 }[settings.density]
  }
  get #visible(): number {
    return Math.ceil((this.#scroller?.clientHeight ?? 700) / this.#height)
  }
  get #count(): number {
    return this.rows.count ?? 0
  }
  /** First and last row in sight; what a refresh reads again. */
  get range(): { from: number; to: number } {
    return { from: this._from, to: this._from + this.#visible }
  }

  protected override render(): unknown {
    const { count } = this.rows
    const full = this.#count * this.#height
    const shown = Math.min(full, tallest)
    const from = Math.max(0, this._from - overscan)
    const to = Math.min(this.#count, this._from + this.#visible + overscan)
    if (count !== undefined) this.rows.want(from, to)
    else this.rows.want(0, 1)
    const columns = this.#template(this.columns.map(({ width }) => width))
    const busy = count === undefined && this.rows.error === undefined
    return html`<div
      class="grid-scroll ${small.matches ? 'cards' : ''}"
      role="grid"
      tabindex="0"
      aria-label=${this.label}
      aria-rowcount=${count === undefined ? -1 : count + 1}
      aria-colcount=${this.columns.length + (this.selectable ? 1 : 0)}
      aria-multiselectable=${this.selectable ? 'true' : nothing}
      aria-busy=${String(busy)}
      aria-activedescendant=${this.#count ? this.#cellId(this._row, this._column) : nothing}
      ${styled({ '--columns': columns, '--row-width': `${this.columns.reduce((sum, { width }) => sum + width, this.selectable ? 40 : 0)}px` })}
      @scroll=${() => this.#scrolled()}
      @keydown=${(event: KeyboardEvent) => this.#key(event)}
    >
      ${this.#head()}
      <div class="grid-body" role="rowgroup" ${styled({ 'block-size': `${busy ? 0 : shown}px` })}>
        ${repeat(
          indices(from, to),
          (index) => index,
          (index) => this.#row(index),
        )}
      </div>
      ${busy && this._slow ? this.#skeletons() : nothing}
      ${Object.keys(this.totals).length > 0 && this.#count > 0 && !small.matches ? this.#foot() : nothing}
    </div>`
  }

  /** The first column takes the room that is left, unless the person gave it a width. */
  #template(widths: readonly number[]): string {
    const columns = widths.map((width, at) =>
      at === 0 && !this.columns[0]!.fixed ? `minmax(${width}px, 1fr)` : `${width}px`,
    )
    return [...(this.selectable ? ['40px'] : []), ...columns, this.columns[0]?.fixed ? 'minmax(0, 1fr)' : '0px'].join(
      ' ',
    )
  }

  override firstUpdated(): void {
    this.#scroller = this.querySelector<HTMLElement>('.grid-scroll')!
    this.#size.observe(this.#scroller)
    this.requestUpdate()
  }

  #head(): TemplateResult {
    const all = this.#count > 0 && this.selected.size >= this.#count
    return html`<div class="grid-head" role="rowgroup">
      <div class="grid-row" role="row" aria-rowindex="1">
        ${this.selectable ? html`<div class="cell tick" role="columnheader"><input type="checkbox" class="check" tabindex="-1" aria-label=${say('select.all')} .checked=${all} .indeterminate=${this.selected.size > 0 && !all} @change=${() => this.tell('select-all', !all)} /></div>` : nothing}
        ${this.columns.map((column) => this.#headCell(column))}
        <div class="cell filler" aria-hidden="true"></div>
      </div>
    </div>`
  }

  #headCell(column: Column): TemplateResult {
    const at = this.sort.findIndex(({ path }) => path === column.path)
    const sorted = this.sort[at]
    return html`<div
      class="cell head ${column.element.numeric ? 'numeric' : ''}"
      role="columnheader"
      aria-sort=${sorted ? (sorted.descending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        class="cut sorter"
        title=${column.label}
        @click=${(event: MouseEvent) => this.tell('sort-by', { path: column.path, add: event.shiftKey })}
      >
        <span class="cut">${column.label}</span
        >${sorted ? icon(sorted.descending ? 'arrow-down' : 'arrow-up', 12) : nothing}${sorted && this.sort.length > 1 ? html`<span class="order">${at + 1}</span>` : nothing}
      </button>
      <button
        type="button"
        class="more"
        tabindex="-1"
        aria-label=${say('column.menu', { name: column.label })}
        @click=${(event: Event) => this.#menu(event.currentTarget as HTMLElement, column)}
      >
        ${icon('chevron-down', 12)}
      </button>
      <span
        class="grip"
        @pointerdown=${(event: PointerEvent) => this.#resize(event, column)}
        @dblclick=${() => this.tell('resize-column', { path: column.path, width: column.element.width })}
      ></span>
    </div>`
  }

  #menu(anchor: HTMLElement, column: Column): void {
    openMenu(anchor, [
      {
        label: say('sort.ascending'),
        icon: 'arrow-up',
        run: () => this.tell('sort-by', { path: column.path, descending: false }),
      },
      {
        label: say('sort.descending'),
        icon: 'arrow-down',
        run: () => this.tell('sort-by', { path: column.path, descending: true }),
      },
      'line',
      {
        label: say('column.wider'),
        icon: 'expand',
        run: () => this.tell('resize-column', { path: column.path, width: column.width + 40 }),
      },
      {
        label: say('column.narrower'),
        icon: 'columns',
        run: () => this.tell('resize-column', { path: column.path, width: Math.max(60, column.width - 40) }),
      },
      { label: say('column.filter'), icon: 'filter', run: () => this.tell('filter-by', column.path) },
      'line',
      { label: say('column.hide'), icon: 'eye', run: () => this.tell('hide-column', column.path) },
    ])
  }

  #row(index: number): TemplateResult {
    const row = this.rows.row(index)
    const top = index * this.#height - this.#offset
    const open = row !== undefined && row.id === this.openId
    const selected = row !== undefined && this.selected.has(row.id)
    return html`<div
      class="grid-row ${open ? 'open' : ''} ${selected ? 'selected' : ''} ${index === this._row ? 'active' : ''}"
      role="row"
      aria-rowindex=${index + 2}
      aria-selected=${this.selectable ? String(selected) : nothing}
      ${styled({ transform: `translateY(${top}px)`, 'block-size': `${this.#height}px` })}
      @click=${(event: MouseEvent) => {
        if (row) this.#click(event, index, row)
      }}
      @auxclick=${(event: MouseEvent) => {
        if (row && event.button === 1) this.tell('open-row', { row, index, how: 'tab' })
      }}
    >
      ${
        this.selectable
          ? html`<div class="cell tick" role="gridcell" id=${this.#cellId(index, 0)}>
              ${
                row
                  ? html`<input
                      type="checkbox"
                      class="check"
                      tabindex="-1"
                      aria-label=${say('select.row')}
                      .checked=${selected}
                      @click=${(event: MouseEvent) => {
                        event.stopPropagation()
                        this.tell('select-row', { row, index, range: event.shiftKey })
                      }}
                    />`
                  : nothing
              }
            </div>`
          : nothing
      }
      ${this.columns.map((column, at) => this.#cell(column, row, index, at + (this.selectable ? 1 : 0)))}
      <div class="cell filler" role="presentation"></div>
    </div>`
  }

  #cell(column: Column, row: Row | undefined, index: number, at: number): TemplateResult {
    const content = row
      ? column.element.cell({
          entity: column.entity,
          field: column.field,
          record: column.recordOf(row),
          reader: this.reader,
        })
      : html`<span class="skeleton" ${styled({ 'inline-size': `${45 + ((index * 7 + at * 13) % 40)}%` })}></span>`
    return html`<div
      class="cell ${column.element.numeric ? 'numeric' : ''} ${at === (this.selectable ? 1 : 0) ? 'first' : ''} ${index === this._row && at === this._column ? 'focus' : ''}"
      role="gridcell"
      id=${this.#cellId(index, at)}
      aria-colindex=${at + 1}
    >
      ${content}
    </div>`
  }

  #foot(): TemplateResult {
    return html`<div class="grid-foot" role="rowgroup">
      <div class="grid-row" role="row">
        ${this.selectable ? html`<div class="cell tick" role="gridcell"></div>` : nothing}
        ${this.columns.map((column) => html`<div class="cell ${column.element.numeric ? 'numeric' : ''}" role="gridcell">${this.totals[column.path] !== undefined ? html`<span class="sigma">Σ</span><bdi class="cut">${this.totals[column.path]}</bdi>` : nothing}</div>`)}
        <div class="cell filler" role="presentation"></div>
      </div>
    </div>`
  }

  #skeletons(): TemplateResult {
    return html`<div class="grid-skeletons" aria-hidden="true">
      ${indices(0, 14).map(
        (index) =>
          html`<div class="grid-row" ${styled({ 'block-size': `${this.#height}px` })}>
            ${this.selectable ? html`<div class="cell tick"></div>` : nothing}${this.columns.map((_, at) => html`<div class="cell"><span class="skeleton" ${styled({ 'inline-size': `${40 + ((index * 11 + at * 17) % 45)}%` })}></span></div>`)}
          </div>`,
      )}
    </div>`
  }

  #cellId(row: number, column: number): string {
    return `${this.id || 'grid'}-${row}-${column}`
  }

  #scrolled(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => {
      const scroller = this.#scroller!
      const full = this.#count * this.#height
      const body = Math.min(full, tallest)
      const room = Math.max(1, body - scroller.clientHeight)
      const ratio = Math.min(1, scroller.scrollTop / room)
      const virtual = full > tallest ? ratio * (full - scroller.clientHeight) : scroller.scrollTop
      this.#offset = virtual - scroller.scrollTop
      this._from = Math.max(0, Math.floor(virtual / this.#height))
      this.requestUpdate()
    })
  }

  #click(event: MouseEvent, index: number, row: Row): void {
    if ((event.target as Element).closest('a, button, input')) return
    this._row = index
    const selection = getSelection()
    if (selection && !selection.isCollapsed && this.contains(selection.anchorNode)) return
    this.tell('open-row', { row, index, how: event.ctrlKey || event.metaKey ? 'tab' : 'peek' })
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.#scroller) return
    const forward = settings.rtl ? 'ArrowLeft' : 'ArrowRight'
    const backward = settings.rtl ? 'ArrowRight' : 'ArrowLeft'
    const last = this.columns.length - (this.selectable ? 0 : 1)
    const row = this.rows.row(this._row)
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => this.#go(this._row + 1),
      ArrowUp: () => this.#go(this._row - 1),
      PageDown: () => this.#go(this._row + this.#visible - 2),
      PageUp: () => this.#go(this._row - this.#visible + 2),
      [forward]: () => {
        this._column = Math.min(last, this._column + 1)
      },
      [backward]: () => {
        this._column = Math.max(0, this._column - 1)
      },
      Home: () => {
        this._column = 0
        if (event.ctrlKey) this.#go(0)
      },
      End: () => {
        this._column = last
        if (event.ctrlKey) this.#go(this.#count - 1)
      },
      ' ': () => {
        if (row) this.tell('select-row', { row, index: this._row, range: event.shiftKey })
      },
      Enter: () => {
        if (row)
          this.tell('open-row', {
            row,
            index: this._row,
            how: event.altKey ? 'peek' : event.ctrlKey || event.metaKey ? 'tab' : 'page',
          })
      },
      p: () => {
        if (row) this.tell('open-row', { row, index: this._row, how: 'peek' })
      },
      Delete: () => {
        if (this.selected.size) this.tell('delete-selected')
      },
    }
    const move = moves[event.key]
    if (!move) return
    event.preventDefault()
    move()
  }

  #go(index: number): void {
    this.goTo(index)
    if (this.openId) {
      const row = this.rows.row(this._row)
      if (row) this.tell('open-row', { row, index: this._row, how: 'peek' })
    }
  }

  /** Makes a row the active one and scrolls it into sight. */
  goTo(index: number): void {
    this._row = Math.max(0, Math.min(this.#count - 1, index))
    const scroller = this.#scroller!
    const head = small.matches ? 0 : this.#height
    const foot = Object.keys(this.totals).length ? this.#height : 0
    const top = this._row * this.#height - this.#offset
    if (top < scroller.scrollTop) scroller.scrollTop = top
    else if (top + this.#height > scroller.scrollTop + scroller.clientHeight - head - foot)
      scroller.scrollTop = top + this.#height - scroller.clientHeight + head + foot
  }

  /** The row after or before the active one, for stepping through records in the peek. */
  step(by: number): void {
    this.#go(this._row + by)
  }

  #resize(event: PointerEvent, column: Column): void {
    event.preventDefault()
    const grip = event.currentTarget as HTMLElement
    grip.setPointerCapture(event.pointerId)
    const start = event.clientX
    const sign = settings.rtl ? -1 : 1
    const before = grip.parentElement!.getBoundingClientRect().width
    const width = (moved: PointerEvent) => Math.max(60, before + sign * (moved.clientX - start))
    const move = (moved: PointerEvent) =>
      this.#scroller!.style.setProperty(
        '--columns',
        this.#template(this.columns.map((each) => (each === column ? width(moved) : each.width))),
      )
    const up = (moved: PointerEvent) => {
      grip.removeEventListener('pointermove', move)
      this.tell('resize-column', { path: column.path, width: width(moved) })
    }
    grip.addEventListener('pointermove', move)
    grip.addEventListener('pointerup', up, { once: true })
  }
}
customElements.define('pv-grid', GridElement)

const indices = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at)
