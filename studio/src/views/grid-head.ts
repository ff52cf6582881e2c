// The head of a grid: what the columns are called, how they are sorted, how wide they are. It tells what the person wants.
import { html, nothing, type TemplateResult } from 'lit'
import { numberFormat } from '@peyvand/core/base/intl.ts'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { openMenu } from '../kit/popover.ts'
import { say } from '../texts/text.ts'
import { naturalWidth, type Column, type Sort } from './columns.ts'

export interface Head {
  readonly columns: readonly Column[]
  readonly sort: readonly Sort[]
  readonly selectable: boolean
  /** Every row is selected. */
  readonly all: boolean
  /** Some row is selected. */
  readonly some: boolean
  readonly tell: (type: string, detail?: unknown) => void
}

/** The grid's columns for CSS. The first one takes the room that is left, unless the person gave it a width. */
export function templateOf(columns: readonly Pick<Column, 'width' | 'fixed'>[], selectable: boolean): string {
  const isFixed = columns[0]?.fixed === true
  const tracks = columns.map(({ width }, at) => (at === 0 && !isFixed ? `minmax(${width}px, 1fr)` : `${width}px`))
  return [...(selectable ? ['40px'] : []), ...tracks, isFixed ? 'minmax(0, 1fr)' : '0px'].join(' ')
}

/** Paints the head row. */
export function paintHead(head: Head): TemplateResult {
  const { selectable, all, some, columns, tell } = head
  return html`<div class="grid-head" role="rowgroup">
    <div class="grid-row" role="row" aria-rowindex="1">
      ${selectable ? html`<div class="cell tick" role="columnheader"><input type="checkbox" class="check" tabindex="-1" aria-label=${say('select.all')} .checked=${all} .indeterminate=${some && !all} @change=${() => tell('select-all', !all)} /></div>` : nothing}
      ${columns.map((column, at) => paintColumn(head, column, at === 0))}
      <div class="cell filler" aria-hidden="true"></div>
    </div>
  </div>`
}

function paintColumn(head: Head, column: Column, first: boolean): TemplateResult {
  const { sort, tell } = head
  const at = sort.findIndex(({ path }) => path === column.path)
  const sorted = sort[at]
  return html`<div
    class="cell head ${column.element.numeric ? 'numeric' : ''} ${first ? 'first' : ''}"
    role="columnheader"
    aria-sort=${sorted ? (sorted.descending ? 'descending' : 'ascending') : 'none'}
    @contextmenu=${(event: MouseEvent) => openFrom(event, column, tell)}
  >
    <button
      type="button"
      class="cut sorter"
      title=${column.masked ? say('lock.masked') : column.label}
      ?disabled=${column.masked}
      aria-keyshortcuts="Alt+ArrowDown"
      @keydown=${(event: KeyboardEvent) => {
        if (event.altKey && event.key === 'ArrowDown') openFrom(event, column, tell)
      }}
      @click=${(event: MouseEvent) => tell('sort-by', { path: column.path, add: event.shiftKey })}
    >
      <span class="cut">${column.label}</span
      >${column.masked ? icon('lock', 11) : nothing}${sorted ? icon(sorted.descending ? 'arrow-down' : 'arrow-up', 12) : nothing}${sorted && sort.length > 1 ? html`<span class="order">${numberFormat(settings.locale, {}).format(at + 1)}</span>` : nothing}
    </button>
    <button
      type="button"
      class="more"
      tabindex="-1"
      aria-label=${say('column.menu', { name: column.label })}
      @click=${(event: Event) => openColumn(event.currentTarget as HTMLElement, column, tell)}
    >
      ${icon('chevron-down', 12)}
    </button>
    <span
      class="grip"
      @pointerdown=${(event: PointerEvent) => resize(event, head, column)}
      @dblclick=${() => tell('resize-column', { path: column.path, width: naturalWidth(column.element, column.field) })}
    ></span>
  </div>`
}

/** The column's menu without the pointer: by the keys for menus, or by pressing long. */
function openFrom(event: MouseEvent | KeyboardEvent, column: Column, tell: Head['tell']): void {
  event.preventDefault()
  const head = (event.target as HTMLElement).closest('.head')!
  const open = () => openColumn(head.querySelector<HTMLElement>('.sorter')!, column, tell)
  // A button that is let go beside a menu closes it.
  const isPressed = event instanceof MouseEvent && event.buttons !== 0
  if (isPressed) addEventListener('pointerup', () => setTimeout(open), { once: true })
  else open()
}

function openColumn(anchor: HTMLElement, { path, width, masked }: Column, tell: Head['tell']): void {
  const sortBy = (descending: boolean) => () => tell('sort-by', { path, descending })
  const resizeTo = (wanted: number) => () => tell('resize-column', { path, width: Math.max(narrowest, wanted) })
  openMenu(anchor, [
    ...(masked
      ? []
      : ([
          { label: say('sort.ascending'), icon: 'arrow-up', run: sortBy(false) },
          { label: say('sort.descending'), icon: 'arrow-down', run: sortBy(true) },
          'line',
        ] as const)),
    { label: say('column.wider'), icon: 'expand', run: resizeTo(width + 40) },
    { label: say('column.narrower'), icon: 'columns', run: resizeTo(width - 40) },
    ...(masked ? [] : [{ label: say('column.filter'), icon: 'filter', run: () => tell('filter-by', path) }]),
    'line',
    { label: say('column.hide'), icon: 'eye', run: () => tell('hide-column', path) },
  ])
}

/** unit: px */
const narrowest = 60

/** Follows the pointer with the column's edge; the width is told when it is let go. */
function resize(event: PointerEvent, { columns, selectable, tell }: Head, column: Column): void {
  event.preventDefault()
  const grip = event.currentTarget as HTMLElement
  const grid = grip.closest<HTMLElement>('.grid-scroll')!
  grip.setPointerCapture(event.pointerId)
  const start = event.clientX
  const sign = settings.rtl ? -1 : 1
  const before = grip.parentElement!.getBoundingClientRect().width
  const width = (moved: PointerEvent) => Math.max(narrowest, before + sign * (moved.clientX - start))
  const move = (moved: PointerEvent) => {
    const moving = columns.map((each) => (each === column ? { ...each, width: width(moved) } : each))
    grid.style.setProperty('--columns', templateOf(moving, selectable))
  }
  const up = (moved: PointerEvent) => {
    grip.removeEventListener('pointermove', move)
    tell('resize-column', { path: column.path, width: width(moved) })
  }
  grip.addEventListener('pointermove', move)
  grip.addEventListener('pointerup', up, { once: true })
}
