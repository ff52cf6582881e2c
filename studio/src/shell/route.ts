// Addresses: every screen has one. Decides how the URL is read, changed and guarded; pages decide what they show for it.
import { Store } from '../kit/view.ts'

type Guard = () => boolean | Promise<boolean>

class Route extends Store {
  url = new URL(location.href)
  #guard: Guard | undefined
  #depth = 0

  /** Path parts without empty ones: `/a/sales/account` → `['a', 'sales', 'account']`. */
  get parts(): string[] {
    return this.url.pathname.split('/').filter(Boolean).map(decodeURIComponent)
  }
  get query(): URLSearchParams {
    return this.url.searchParams
  }

  /** Asks before the page is left; undefined asks no more. */
  guard(guard: Guard | undefined): void {
    this.#guard = guard
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
    if (!options.free && url.pathname !== this.url.pathname && !(await this.#mayLeave())) return false
    if (options.replace) history.replaceState(history.state, '', url)
    else history.pushState({ depth: ++this.#depth }, '', url)
    this.#arrive(url)
    return true
  }

  /** Changes query parameters of this page; null or '' takes one away. */
  adjust(change: Readonly<Record<string, string | null | undefined>>, replace = true): void {
    const url = new URL(this.url)
    for (const [name, value] of Object.entries(change)) {
      if (value === null || value === undefined || value === '') url.searchParams.delete(name)
      else url.searchParams.set(name, value)
    }
    void this.go(url.href, { replace })
  }

  async #mayLeave(): Promise<boolean> {
    if (!this.#guard) return true
    const leaves = await this.#guard()
    if (leaves) this.#guard = undefined
    return leaves
  }

  async #popped(): Promise<void> {
    const url = new URL(location.href)
    if (url.pathname !== this.url.pathname && this.#guard) {
      history.pushState({ depth: this.#depth }, '', this.url)
      if (!(await this.#mayLeave())) return
      history.replaceState({ depth: this.#depth }, '', url)
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

/** Where the person is. */
export const route = new Route()
