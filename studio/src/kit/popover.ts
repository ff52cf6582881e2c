// What floats: places a popover beside its anchor and runs menus with the keyboard. Decides behaviour; kit.css decides looks.
import { html, nothing, render, type TemplateResult } from 'lit'
import { icon } from './icons.ts'

export type Align = 'start' | 'end'

/** Puts a shown popover under its anchor (above when there is no room), inside the window, in reading direction. */
export function place(popover: HTMLElement, anchor: Element, align: Align = 'start', gap = 4): void {
  const at = anchor.getBoundingClientRect()
  const box = popover.getBoundingClientRect()
  const rtl = getComputedStyle(anchor).direction === 'rtl'
  const atRightEdge = (align === 'end') !== rtl
  const left = atRightEdge ? at.right - box.width : at.left
  const below = at.bottom + gap + box.height <= innerHeight - 8 || at.top < box.height + gap + 8
  const top = below ? at.bottom + gap : at.top - gap - box.height
  popover.style.left = `${Math.max(8, Math.min(left, innerWidth - box.width - 8))}px`
  popover.style.top = `${Math.max(8, Math.min(top, innerHeight - box.height - 8))}px`
}

/** Opens content in a popover of its own beside an anchor; it is gone when it closes. Gives the way to close it. */
export function openPopover(
  anchor: HTMLElement,
  content: (close: () => void) => TemplateResult,
  options: { align?: Align; label?: string; className?: string } = {},
): { close: () => void; element: HTMLElement; repaint: () => void } {
  const element = document.createElement('div')
  element.popover = 'auto'
  element.className = options.className ?? 'menu'
  if (options.label) {
    element.setAttribute('role', 'dialog')
    element.setAttribute('aria-label', options.label)
  }
  // Into what is open already, so that it does not close that; else into the page's main part: what stands beside all landmarks
  // is not found by who moves from one to the next.
  ;(anchor.closest('[popover], dialog') ?? document.querySelector('main') ?? document.body).append(element)
  let open = true
  const close = () => {
    if (open && element.matches(':popover-open')) element.hidePopover()
  }
  const repaint = () => {
    render(content(close), element)
    place(element, anchor, options.align)
  }
  // Elements in it paint a moment later: it finds its place again when it grows.
  const grown = new ResizeObserver(() => place(element, anchor, options.align))
  grown.observe(element)
  element.addEventListener('toggle', (event) => {
    if (event.newState !== 'closed') return
    open = false
    grown.disconnect()
    anchor.setAttribute('aria-expanded', 'false')
    if (element.contains(document.activeElement) || document.activeElement === document.body) anchor.focus()
    element.remove()
  })
  render(content(close), element)
  element.showPopover()
  place(element, anchor, options.align)
  anchor.setAttribute('aria-expanded', 'true')
  element.querySelector<HTMLElement>('[autofocus]')?.focus()
  return { close, element, repaint }
}

export interface MenuItem {
  readonly label: unknown
  readonly icon?: string
  readonly second?: unknown
  readonly checked?: boolean
  readonly danger?: boolean
  readonly disabled?: boolean
  readonly href?: string
  readonly run?: () => void
}
export type MenuEntry = MenuItem | 'line' | { readonly heading: string }

/** Opens a menu of commands: arrows, Home, End and first letters move, Enter runs, Escape closes. */
export function openMenu(anchor: HTMLElement, entries: readonly MenuEntry[], align: Align = 'start'): void {
  const { element } = openPopover(anchor, (close) => html`${entries.map((entry) => paintEntry(entry, close))}`, {
    align,
  })
  element.setAttribute('role', 'menu')
  const items = () => [...element.querySelectorAll<HTMLElement>('.item:not([aria-disabled="true"])')]
  items()[0]?.focus()
  element.addEventListener('keydown', (event) => {
    const all = items()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const to = moveBy(event.key, at, all.length)
    const found =
      to ??
      (event.key.length === 1 && event.key !== ' '
        ? all.findIndex(
            (item, i) => i !== at && item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()),
          )
        : -1)
    if (found < 0) return
    event.preventDefault()
    all[found]?.focus()
  })
}

/** Where an arrow, Home or End key leads in a list, or undefined for another key. */
export function moveBy(key: string, at: number, length: number): number | undefined {
  if (length === 0) return undefined
  if (key === 'ArrowDown') return (at + 1) % length
  if (key === 'ArrowUp') return (at - 1 + length) % length
  if (key === 'Home') return 0
  if (key === 'End') return length - 1
  return undefined
}

function paintEntry(entry: MenuEntry, close: () => void): TemplateResult {
  if (entry === 'line') return html`<hr />`
  if ('heading' in entry) return html`<div class="heading" role="presentation">${entry.heading}</div>`
  const inner = html`${entry.icon ? icon(entry.icon) : nothing}<span class="grow cut">${entry.label}</span>${
      entry.second ? html`<span class="second">${entry.second}</span>` : nothing
    }${entry.checked ? icon('check') : nothing}`
  const run = () => {
    close()
    entry.run?.()
  }
  if (entry.href) return html`<a class="item" role="menuitem" href=${entry.href} @click=${close}>${inner}</a>`
  return html`<button
    type="button"
    class="item ${entry.danger ? 'danger' : ''}"
    role=${entry.checked === undefined ? 'menuitem' : 'menuitemradio'}
    aria-checked=${entry.checked === undefined ? nothing : String(entry.checked)}
    aria-disabled=${entry.disabled ? 'true' : nothing}
    @click=${run}
  >
    ${inner}
  </button>`
}
