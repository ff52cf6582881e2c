// The grid: a virtual list with an ARIA grid's keyboard. Paints only the rows in sight; what rows mean is the page's business.
import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Reader } from '@peyvand/core/elements'
import { settings } from '../data/settings.ts'
import type { Row } from '../data/records.ts'
import { icon } from '../kit/icons.ts'
import { styled, View, watch } from '../kit/view.ts'
import { say } from '../texts/text.ts'
import type { Column, Sort } from './columns.ts'
import { paintHead, templateOf } from './grid-head.ts'
import { moveOf } from './grid-keys.ts'
import type { GroupLine } from './groups.ts'
import { paintTotal, type Totals } from './totals.ts'
import type { Lines } from './windows.ts'

/** Browsers stop growing elements somewhere above ten million pixels; longer lists scroll by proportion. */
const tallest = 8_000_000
const overscan = 6
/** unit: ms */
const longPress = 500
const small = matchMedia('(max-width: 760px)')

/** Where somebody is in a grid: the active cell, and how far it is scrolled. unit: px */
export interface Place {
  readonly row: number
  readonly column: number
  readonly top: number
}

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
    selecting: { attribute: false },
    start: { attribute: false },
    _from: { state: true },
    _slow: { state: true },
    _row: { state: true },
    _column: { state: true },
  }
  declare columns: readonly Column[]
  declare rows: Lines
  declare reader: Reader
  declare sort: readonly Sort[]
  declare selected: ReadonlySet<string>
  declare openId: string | undefined
  declare totals: Totals
  declare label: string
  declare selectable: boolean
  /** Pressing a card selects it. */
  declare selecting: boolean
  /** Where to begin in rows that were shown before. */
  declare start: Place | undefined
  declare _from: number
  declare _slow: boolean
  declare _row: number
  declare _column: number
  #scroller: HTMLElement | undefined
  #frame = 0
  #offset = 0
  #stop: (() => void) | undefined
  #watched: Lines | undefined
  #printed = false
  /** The size of the reader's font. unit: px */
  #root = 16
  /** How far to scroll once there are rows to scroll. */
  #top: number | undefined
  /** How far it is scrolled, also when it is gone from the page. unit: px */
  #scrolledTo = 0
  /** The columns are scrolled, so that some lie below the one that stays. */
  #shifted = false
  #size = new ResizeObserver(() => this.requestUpdate())

  constructor() {
    super()
    this.columns = []
    this.sort = []
    this.selected = new Set()
    this.totals = {}
    this.label = ''
    this.selectable = true
    this.selecting = false
    this._from = 0
    this._slow = false
    this._row = 0
    this._column = 0
    watch(this, settings)
    small.addEventListener('change', () => this.requestUpdate())
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('beforeprint', this.#print)
    removeEventListener('afterprint', this.#print)
    this.#stop?.()
    this.#watched = undefined
    this.#size.disconnect()
  }

  protected override willUpdate(): void {
    // Gone from the page, it still paints once more: that may not begin to read anew.
    if (this.#watched !== this.rows && this.isConnected) {
      this.#stop?.()
      this.#watched = this.rows
      this.#stop = this.rows.subscribe(() => this.requestUpdate())
      this._slow = false
      this._row = this.start?.row ?? 0
      this._column = this.start?.column ?? this._column
      this.#top = this.start?.top ?? 0
      setTimeout(() => {
        this._slow = true
      }, 150)
    }
  }

  protected override updated(): void {
    if (this.#top === undefined) return
    this.#scroller!.scrollTop = this.#top
    this.#top = undefined
  }

  /** Rows grow with the reader's font. unit: px */
  get #height(): number {
    return Math.round(this.#root * (small.matches ? 4.75 : { compact: 2, normal: 2.25, touch: 2.75 }[settings.density]))
  }
  get #visible(): number {
    return Math.ceil((this.#scroller?.clientHeight ?? 700) / this.#height)
  }
  get #lines(): number {
    return this.rows.lines ?? 0
  }
  /** Where the person is. */
  get place(): Place {
    return { row: this._row, column: this._column, top: this.#scrolledTo }
  }
  /** First and last row in sight; what a refresh reads again. */
  get range(): { from: number; to: number } {
    return { from: this._from, to: this._from + this.#visible }
  }

  protected override render(): unknown {
    const { lines } = this.rows
    const full = this.#lines * this.#height
    const shown = Math.min(full, tallest)
    const from = Math.max(0, this._from - overscan)
    const to = Math.min(this.#lines, this._from + this.#visible + overscan)
    if (lines !== undefined) this.rows.want(from, to)
    else this.rows.want(0, 1)
    const columns = templateOf(this.columns, this.selectable)
    const busy = lines === undefined && this.rows.error === undefined
    return html`<div
      class="grid-scroll ${small.matches ? 'cards' : ''} ${this.selecting ? 'selecting' : ''} ${this.#shifted ? 'shifted' : ''}"
      role="grid"
      tabindex="0"
      aria-label=${this.label}
      aria-rowcount=${lines === undefined ? -1 : lines + 1}
      aria-colcount=${this.columns.length + (this.selectable ? 1 : 0)}
      aria-multiselectable=${this.selectable ? 'true' : nothing}
      aria-busy=${String(busy)}
      aria-activedescendant=${this.#lines ? this.#cellId(this._row, this._column) : nothing}
      ${styled({ '--columns': columns, '--pinned': this.selectable ? '40px' : '0px', '--first': `${this.columns[0]?.width ?? 0}px`, '--row-width': `${this.columns.reduce((sum, { width }) => sum + width, this.selectable ? 40 : 0)}px` })}
      @scroll=${() => this.#scrolled()}
      @keydown=${(event: KeyboardEvent) => this.#key(event)}
    >
      ${paintHead({
        columns: this.columns,
        sort: this.sort,
        selectable: this.selectable,
        all: this.#lines > 0 && this.selected.size >= (this.rows.count ?? 0),
        some: this.selected.size > 0,
        tell: (type, detail) => this.tell(type, detail),
      })}
      <div class="grid-body" role="rowgroup" ${styled({ 'block-size': `${busy ? 0 : shown}px` })}>
        ${repeat(
          this.#printed ? this.#read() : indices(from, to),
          (index) => index,
          (index) => {
            const group = this.rows.group(index)
            return group ? this.#group(group, index) : this.#row(index)
          },
        )}
      </div>
      ${busy && this._slow ? this.#skeletons() : nothing}
      ${Object.keys(this.totals).length > 0 && this.#lines > 0 && !small.matches ? this.#foot() : nothing}
    </div>`
  }

  override firstUpdated(): void {
    this.#scroller = this.querySelector<HTMLElement>('.grid-scroll')!
    this.#size.observe(this.#scroller)
    this.requestUpdate()
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#root = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
    addEventListener('beforeprint', this.#print)
    addEventListener('afterprint', this.#print)
  }

  /** Paper shows every row that was read, not only those in sight. */
  readonly #print = ({ type }: Event): void => {
    this.#printed = type === 'beforeprint'
    this.requestUpdate()
    this.performUpdate()
  }

  /** The lines that can be painted. */
  #read(): number[] {
    return indices(0, this.#lines).filter((line) => this.rows.row(line) ?? this.rows.group(line))
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
      @pointerdown=${(event: PointerEvent) => {
        if (row && this.selectable && small.matches) this.#press(event, index, row)
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

  /** The line of a group: its value, how many rows, their totals under their columns. */
  #group(group: GroupLine, line: number): TemplateResult {
    const folded = this.rows.isFolded(group.key)
    const values = group.columns.map((column) => this.#value(column, column.recordOf(group.values as Row)))
    const span = Math.max(
      1,
      this.columns.findIndex(({ total }) => total !== undefined),
    )
    return html`<div
      class="grid-row group ${line === this._row ? 'active' : ''}"
      role="row"
      aria-rowindex=${line + 2}
      ${styled({ transform: `translateY(${line * this.#height - this.#offset}px)`, 'block-size': `${this.#height}px` })}
      @click=${() => {
        this._row = line
        this.#fold(group)
      }}
    >
      <div
        class="cell group-name ${line === this._row ? 'focus' : ''}"
        role="gridcell"
        id=${this.#cellId(line, this._column)}
        ${styled({ 'grid-column': `span ${span + (this.selectable ? 1 : 0)}` })}
      >
        <button type="button" class="fold ${folded ? 'folded' : ''}" tabindex="-1" aria-expanded=${String(!folded)}>
          ${icon('chevron-down', 14)}${values}<span class="quiet tabular"
            >${say('list.count', { count: group.count, shown: group.count })}</span
          >
        </button>
      </div>
      ${this.columns.slice(span).map((column) => this.#total(column, group.values))}
      <div class="cell filler" role="presentation"></div>
    </div>`
  }

  #value(column: Column, record: Readonly<Record<string, unknown>>): unknown {
    const { entity, field, element } = column
    const content = element.cell({ entity, field, record, reader: this.reader })
    return content === nothing ? html`<span class="quiet">${say('group.none', { name: column.label })}</span>` : content
  }

  #foot(): TemplateResult {
    return html`<div class="grid-foot" role="rowgroup">
      <div class="grid-row" role="row">
        ${this.selectable ? html`<div class="cell tick" role="gridcell"></div>` : nothing}
        ${this.columns.map((column, at) => this.#total(column, this.totals, at === 0))}
        <div class="cell filler" role="presentation"></div>
      </div>
    </div>`
  }

  #total(column: Column, totals: Totals, first = false): TemplateResult {
    const total = paintTotal(column, totals, this.reader)
    return html`<div
      class="cell total ${column.element.numeric ? 'numeric' : ''} ${first ? 'first' : ''}"
      role="gridcell"
    >
      ${total === undefined ? nothing : html`<span class="sigma">${column.total === 'sum' ? 'Σ' : say(`total.${column.total as 'average'}`)}</span>${total}`}
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
    this.#scrolledTo = this.#scroller!.scrollTop
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => {
      const scroller = this.#scroller!
      const full = this.#lines * this.#height
      const body = Math.min(full, tallest)
      const room = Math.max(1, body - scroller.clientHeight)
      const ratio = Math.min(1, scroller.scrollTop / room)
      const virtual = full > tallest ? ratio * (full - scroller.clientHeight) : scroller.scrollTop
      this.#offset = virtual - scroller.scrollTop
      this.#shifted = scroller.scrollLeft !== 0
      this._from = Math.max(0, Math.floor(virtual / this.#height))
      this.requestUpdate()
    })
  }

  #click(event: MouseEvent, index: number, row: Row): void {
    if (event.defaultPrevented || (!this.selecting && (event.target as Element).closest('a, button, input'))) return
    this._row = index
    if (this.selecting && small.matches) {
      event.preventDefault()
      this.tell('select-row', { row, index, range: event.shiftKey })
      return
    }
    const selection = getSelection()
    if (selection && !selection.isCollapsed && this.contains(selection.anchorNode)) return
    this.tell('open-row', { row, index, how: event.ctrlKey || event.metaKey ? 'tab' : 'peek' })
  }

  /** Pressing a card long begins to select, with that card. The click that follows is none. */
  #press(pressed: PointerEvent, index: number, row: Row): void {
    if (this.selecting || pressed.button !== 0) return
    const card = pressed.currentTarget as HTMLElement
    const long = setTimeout(() => {
      card.addEventListener('click', (event) => event.preventDefault(), { capture: true, once: true })
      this.tell('start-selecting')
      this.tell('select-row', { row, index, range: false })
    }, longPress)
    const moved = ({ clientX, clientY }: PointerEvent) => {
      if (Math.hypot(clientX - pressed.clientX, clientY - pressed.clientY) > 8) end()
    }
    const ends = ['pointerup', 'pointercancel', 'contextmenu'] as const
    const end = () => {
      clearTimeout(long)
      removeEventListener('pointermove', moved)
      for (const name of ends) removeEventListener(name, end)
    }
    addEventListener('pointermove', moved)
    for (const name of ends) addEventListener(name, end)
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.#scroller) return
    const move = moveOf(event, {
      line: this._row,
      lines: this.#lines,
      column: this._column,
      lastColumn: this.columns.length - (this.selectable ? 0 : 1),
      page: this.#visible - 2,
      row: this.rows.row(this._row),
      group: this.rows.group(this._row),
      hasSelection: this.selected.size > 0,
      toLine: (line) => this.#go(line),
      toColumn: (column) => void this.#toColumn(column),
      fold: (group, folded) => this.#fold(group, folded),
      tell: (type, detail) => this.tell(type, detail),
    })
    if (!move) return
    event.preventDefault()
    move()
  }

  #fold({ key }: GroupLine, folded = !this.rows.isFolded(key)): void {
    if (folded !== this.rows.isFolded(key)) this.rows.toggle(key)
  }

  async #toColumn(column: number): Promise<void> {
    this._column = column
    await this.updateComplete
    // The first one stays in sight, wherever the others are scrolled to.
    if (column <= (this.selectable ? 1 : 0)) this.#scroller!.scrollLeft = 0
    else this.querySelector('.cell.focus')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
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
    this._row = Math.max(0, Math.min(this.#lines - 1, index))
    const scroller = this.#scroller!
    const head = small.matches ? 0 : this.#height
    const foot = Object.keys(this.totals).length ? this.#height : 0
    const top = this._row * this.#height - this.#offset
    if (top < scroller.scrollTop) scroller.scrollTop = top
    else if (top + this.#height > scroller.scrollTop + scroller.clientHeight - head - foot)
      scroller.scrollTop = top + this.#height - scroller.clientHeight + head + foot
  }

  /** The row after or before the active one, for stepping through records in the peek; over the lines of groups. */
  step(by: number): void {
    let line = this._row + by
    while (this.rows.group(line) && line + by >= 0 && line + by < this.#lines) line += by
    if (!this.rows.group(line)) this.#go(line)
  }
}
customElements.define('pv-grid', GridElement)

const indices = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at)
