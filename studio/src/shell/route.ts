// Addresses: every screen has one. Decides how the URL is read, changed and guarded; pages decide what they show for it.
import { Store } from '../kit/view.ts'

type Guard = () => boolean | Promise<boolean>

/** Which part of an address a guard stands before: going anywhere with another one asks first. */
type Part = (url: URL) => string

type Adjustment = Readonly<Record<string, string | null | undefined>>

const page: Part = ({ pathname }) => pathname

class Route extends Store {
  url = new URL(location.href)
  #guard: Guard | undefined
  #guarded = page
  #entries = entryOf(history.state)

  /** Which entry of the browser's history this is: the same one again after going back to it. */
  get entry(): number {
    return entryOf(history.state)
  }

  /** Path parts without empty ones: `/a/sales/account` → `['a', 'sales', 'account']`. */
  get parts(): string[] {
    return this.url.pathname.split('/').filter(Boolean).map(decodeURIComponent)
  }
  get query(): URLSearchParams {
    return this.url.searchParams
  }

  /** Asks before the page, or another part of the address, is left; undefined asks no more. */
  guard(guard: Guard | undefined, part: Part = page): void {
    this.#guard = guard
    this.#guarded = part
  }

  /** Starts reading clicks on links and the browser's own back and forward. */
  start(): void {
    document.addEventListener('click', (event) => this.#click(event))
    addEventListener('popstate', () => void this.#popped())
    addEventListener('beforeunload', (event) => {
      if (this.#guard) event.preventDefault()
    })
  }

  /** Goes to an address if the page lets go. */
  async go(to: string, options: { replace?: boolean; free?: boolean } = {}): Promise<boolean> {
    const url = new URL(to, location.href)
    if (url.href === this.url.href) return true
    if (!options.free && this.#leaves(url) && !(await this.#mayLeave())) return false
    if (options.replace) history.replaceState(history.state, '', url)
    else history.pushState({ entry: ++this.#entries }, '', url)
    this.#arrive(url)
    return true
  }

  /** Changes query parameters of this page, if it lets go; null or '' takes one away. */
  adjust(change: Adjustment, replace = true): void {
    void this.tryAdjust(change, replace)
  }

  /** The same, and says whether the page let go. */
  tryAdjust(change: Adjustment, replace = true): Promise<boolean> {
    const url = new URL(this.url)
    for (const [name, value] of Object.entries(change)) {
      if (value === null || value === undefined || value === '') url.searchParams.delete(name)
      else url.searchParams.set(name, value)
    }
    return this.go(url.href, { replace })
  }

  #leaves(url: URL): boolean {
    return this.#guard !== undefined && this.#guarded(url) !== this.#guarded(this.url)
  }

  async #mayLeave(): Promise<boolean> {
    if (!this.#guard) return true
    const leaves = await this.#guard()
    if (leaves) this.#guard = undefined
    return leaves
  }

  async #popped(): Promise<void> {
    const url = new URL(location.href)
    if (this.#leaves(url)) {
      const { entry } = this
      history.pushState({ entry: ++this.#entries }, '', this.url)
      if (!(await this.#mayLeave())) return
      history.replaceState({ entry }, '', url)
    }
    this.#arrive(url)
  }

  #arrive(url: URL): void {
    this.url = url
    this.changed()
  }

  #click(event: MouseEvent): void {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    const link = (event.target as Element).closest?.('a[href]')
    if (
      !(link instanceof HTMLAnchorElement) ||
      link.target ||
      link.hasAttribute('download') ||
      link.origin !== location.origin ||
      link.pathname.startsWith('/api/')
    )
      return
    event.preventDefault()
    void this.go(link.href)
  }
}

function entryOf(state: unknown): number {
  const entry = typeof state === 'object' && state !== null && 'entry' in state ? state.entry : undefined
  return typeof entry === 'number' ? entry : 0
}

/** Where the person is. */
export const route = new Route()
