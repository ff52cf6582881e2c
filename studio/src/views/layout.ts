// How this person arranged a view's columns: widths and hidden ones, kept in this browser.
export class Layout {
  readonly #key: string
  widths: Record<string, number>
  hidden: string[]

  constructor(view: string) {
    this.#key = `peyvand.layout.${view}`
    const kept = read(this.#key)
    this.widths = kept.widths ?? {}
    this.hidden = kept.hidden ?? []
  }

  /** unit: px */
  resize(path: string, width: number): void {
    this.widths = { ...this.widths, [path]: Math.round(width) }
    this.#keep()
  }
  hide(path: string): void {
    this.hidden = [...this.hidden, path]
    this.#keep()
  }
  show(): void {
    this.hidden = []
    this.#keep()
  }

  #keep(): void {
    localStorage.setItem(this.#key, JSON.stringify({ widths: this.widths, hidden: this.hidden }))
  }
}

/** The person's arrangement of a view. */
export const layoutOf = (view: string): Layout => new Layout(view)

function read(key: string): { widths?: Record<string, number>; hidden?: string[] } {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}') as { widths?: Record<string, number>; hidden?: string[] }
  } catch {
    return {}
  }
}
