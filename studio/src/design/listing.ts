// A list of the server that fills a page of the designer: read when the page opens and whenever it is asked for again. Decides
// what the page shows while it is not there: bones of rows, or what went wrong and a way to try again.
import { html, type TemplateResult } from 'lit'
import { fetchJson } from '../data/http.ts'
import { explain } from '../forms/explain.ts'
import { icon } from '../kit/icons.ts'
import { Store } from '../kit/view.ts'
import { state } from '../shell/state.ts'
import { say } from '../texts/text.ts'

export class Listing<T> extends Store {
  readonly #path: string
  #items: readonly T[] | undefined
  #error: unknown

  constructor(path: string) {
    super()
    this.#path = path
  }

  /** Reads the list; what is shown stays until the answer is there. */
  async load(): Promise<void> {
    try {
      this.#items = (await fetchJson<{ value: readonly T[] }>(this.#path)).value
      this.#error = undefined
    } catch (error) {
      this.#error = error
    }
    this.changed()
  }

  /** The page: the list as `filled` paints it, once it is there. */
  paint(filled: (items: readonly T[]) => TemplateResult): TemplateResult {
    if (this.#error !== undefined) return html`<div class="review">${this.#broken(this.#error)}</div>`
    return this.#items ? filled(this.#items) : waiting
  }

  #broken(error: unknown): TemplateResult {
    const retry = html`<button type="button" class="button" @click=${() => void this.load()}>
      ${icon('refresh')}${say('retry')}
    </button>`
    return state({ kind: 'broken', heading: true, title: explain(error), actions: retry })
  }
}

const waiting = html`<div class="review" aria-busy="true">
  <div class="review-body listing-bones">${[60, 100, 100, 100].map(() => html`<span class="skeleton"></span>`)}</div>
</div>`
