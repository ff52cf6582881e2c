// The results page (/search?q=…&in=…): everything a text finds, the best of each entity, or more of one chosen by its tab.
import { html, nothing, type TemplateResult } from 'lit'
import { keepSearch, searchAll, type FoundIn, type Hit } from '../data/search.ts'
import { icon } from '../kit/icons.ts'
import { marked } from '../kit/marked.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf } from '../shell/apps.ts'
import { entitle, header } from '../shell/header.ts'
import { countOf, searched } from '../shell/palette.ts'
import { openApp } from '../shell/places.ts'
import { route } from '../shell/route.ts'
import { state } from '../shell/state.ts'
import { labelOf, say } from '../texts/text.ts'

const few = 5
const many = 50

class SearchPage extends View {
  static override properties = { _found: { state: true }, _status: { state: true } }
  /** The best of each; its counts are the tabs. */
  declare _found: readonly FoundIn[]
  declare _status: 'idle' | 'busy' | 'broken'
  #more: FoundIn | undefined
  #asked = ''
  #search: AbortController | undefined
  #timer = 0

  constructor() {
    super()
    this._found = []
    this._status = 'idle'
    watch(this, route)
  }

  protected override willUpdate(): void {
    const [text, chosen] = [route.query.get('q') ?? '', route.query.get('in') ?? '']
    if (`${text}\n${chosen}` === this.#asked) return
    this.#asked = `${text}\n${chosen}`
    void this.#find(text, chosen)
  }

  async #find(text: string, chosen: string): Promise<void> {
    this.#search?.abort()
    const search = (this.#search = new AbortController())
    this._status = 'busy'
    try {
      const entity = searched().find(({ name }) => name === chosen)
      const [found, [more]] = await Promise.all([
        searchAll(text, searched(), few, search.signal),
        entity ? searchAll(text, [entity], many, search.signal) : Promise.resolve([]),
      ])
      if (search.signal.aborted) return
      this.#more = more
      this._found = found
      this._status = 'idle'
      if (found.length > 0) keepSearch(text)
    } catch {
      if (!search.signal.aborted) this._status = 'broken'
    }
  }

  protected override render(): unknown {
    const text = route.query.get('q') ?? ''
    entitle(say('search'), text)
    return html`${header([{ label: say('search'), icon: 'search', heading: true }])}
      <div class="search-page">
        <label class="input affix wide"
          >${icon('search', 16)}<input
            type="search"
            dir="auto"
            autofocus
            aria-label=${say('search')}
            placeholder=${say('search.ask')}
            .value=${text}
            @input=${(event: Event) => this.#type((event.target as HTMLInputElement).value)}
        /></label>
        ${this._found.length > 0 ? this.#tabs() : nothing}
        <div class="results" aria-live="polite" aria-busy=${String(this._status === 'busy')}>
          ${this.#results(text)}
        </div>
      </div>`
  }

  #type(text: string): void {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => route.adjust({ q: text }), 200)
  }

  #tabs(): TemplateResult {
    const chosen = route.query.get('in') ?? ''
    const tab = (name: string, label: string, count?: string) =>
      html`<button
        type="button"
        class="facet ${name === chosen ? 'on' : ''}"
        aria-pressed=${String(name === chosen)}
        @click=${() => route.adjust({ in: name })}
      >
        ${label}${count ? html` <span class="count">${count}</span>` : nothing}
      </button>`
    return html`<div class="facets" role="group" aria-label=${say('search.in')}>
      ${tab('', say('search.everything'))}${this._found.map((found) =>
        tab(found.entity.name, labelOf(found.entity.plural, found.entity.name), countOf(found)),
      )}
    </div>`
  }

  #results(text: string): unknown {
    if (this._status === 'broken')
      return state({
        kind: 'broken',
        title: say('search.broken'),
        actions: html`<button class="button" @click=${() => this.#find(text, route.query.get('in') ?? '')}>
          ${icon('refresh')}${say('retry')}
        </button>`,
      })
    if (text.trim() === '') return state({ art: 'search', title: say('search.empty'), text: say('search.empty.text') })
    if (this._found.length === 0)
      return this._status === 'busy'
        ? nothing
        : state({ art: 'search', title: say('search.none', { text }), text: say('search.none.text') })
    const chosen = route.query.get('in')
    const shown = chosen ? [this.#more ?? this._found.find(({ entity }) => entity.name === chosen)] : this._found
    return shown.map((found) => (found ? this.#section(found, Boolean(chosen)) : nothing))
  }

  #section(found: FoundIn, alone: boolean): TemplateResult {
    const { entity, hits, count, more } = found
    const plural = labelOf(entity.plural, entity.name)
    const list = `${addressOf(openApp(), entity)}?q=${encodeURIComponent(route.query.get('q') ?? '')}`
    return html`<section aria-label=${plural}>
      <h2>${icon(entity.icon ?? 'table', 16)}${plural}<span class="count">${countOf(found)}</span></h2>
      <ul>
        ${hits.map((hit) => this.#hit(found, hit))}
      </ul>
      ${
        count > hits.length || more
          ? html`<a
              class="button ghost small"
              href=${alone ? list : `/search?q=${encodeURIComponent(route.query.get('q') ?? '')}&in=${entity.name}`}
              >${say(alone ? 'search.list' : 'search.more', { name: plural })}</a
            >`
          : nothing
      }
    </section>`
  }

  #hit({ entity }: FoundIn, { id, name, ranges, also }: Hit): TemplateResult {
    const field = also && entity.fields.find((each) => each.name === also.field)
    return html`<li>
      <a href=${addressOf(openApp(), entity, id)}>
        <span class="name cut">${name === null ? labelOf(entity.label, entity.name) : marked(name, ranges)}</span>
        ${also && field ? html`<span class="also cut"><span class="quiet">${labelOf(field.label, field.name)}</span> ${marked(also.text, also.ranges)}</span>` : nothing}
      </a>
    </li>`
  }
}
customElements.define('pv-search-page', SearchPage)
