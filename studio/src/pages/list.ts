// The list page: a view of an entity as a grid, with what the address says on top: filter, sort, search, the record in the peek.
import { printSyntax } from '@peyvand/core/expression/print.ts'
import type { Entity, View as ListView } from '@peyvand/core/model/model.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { hear } from '../data/events.ts'
import { models, current } from '../data/model.ts'
import { list, sums, type Row } from '../data/records.ts'
import { settings } from '../data/settings.ts'
import { detailOf, explain } from '../forms/explain.ts'
import '../forms/record.ts'
import type { RecordElement } from '../forms/record.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf, viewsOf } from '../shell/apps.ts'
import { entitle, header } from '../shell/header.ts'
import { route } from '../shell/route.ts'
import { state } from '../shell/state.ts'
import { labelOf, say } from '../texts/text.ts'
import '../views/bar.ts'
import type { BarElement } from '../views/bar.ts'
import { columnsOf, totalProperty, type Column, type Sort } from '../views/columns.ts'
import { countConditions, everything, printFilter, readFilter, type Group } from '../views/filter.ts'
import { deleteMany } from '../views/delete-many.ts'
import '../views/grid.ts'
import type { GridElement } from '../views/grid.ts'
import { layoutOf, type Layout } from '../views/layout.ts'
import { reader } from '../views/reader.ts'
import { Windows } from '../views/windows.ts'
import './peek.ts'

class ListPage extends View {
  static override properties = {
    app: { attribute: false },
    entity: { attribute: false },
    _selected: { state: true },
    _totals: { state: true },
    _viewFilter: { state: true },
  }
  declare app: string
  declare entity: Entity
  declare _selected: ReadonlySet<string>
  declare _totals: Readonly<Record<string, string>>
  /** The view's own filter as a tree; undefined while its reader loads, null when it cannot be read. */
  declare _viewFilter: Syntax | null | undefined
  #rows: Windows | undefined
  #query = ''
  #view: ListView | undefined
  #filter: Group = everything
  #broken = false
  #layout: Layout | undefined
  #anchor = 0
  #stop: (() => void) | undefined
  #timer = 0
  #asked: AbortController | undefined

  constructor() {
    super()
    this._selected = new Set()
    this._totals = {}
    watch(this, route, models, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    document.addEventListener('keydown', this.#key)
    this.#stop = hear((event) => {
      if (event.kind === 'record' && event.entity === this.entity.name) this.#refreshSoon()
    })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop?.()
    document.removeEventListener('keydown', this.#key)
    clearTimeout(this.#timer)
  }

  get #grid(): GridElement | null {
    return this.querySelector('pv-grid')
  }
  get #peek(): string | undefined {
    return route.query.get('peek') ?? undefined
  }

  protected override willUpdate(): void {
    this.entity = current().entities.get(this.entity.name) ?? this.entity
    const views = viewsOf(this.entity)
    const view = views.find(({ name }) => name === route.query.get('view')) ?? views[0]
    if (view !== this.#view) {
      this.#view = view
      this.#layout = layoutOf(view?.name ?? this.entity.name)
      this._selected = new Set()
      this._viewFilter = view?.filter ? undefined : null
      if (view?.filter) void this.#readView(view.filter)
    }
    const filter = readFilter(route.query.get('filter') ?? '')
    this.#broken = filter === undefined
    this.#filter = filter ?? everything
    this.#load()
  }

  /** The CEL reader is not in the first load; it comes with the first view that has a filter. */
  async #readView(text: string): Promise<void> {
    const { parseCel } = await import('@peyvand/core/expression/parse-cel.ts')
    const syntax = parseCel(text)
    if (this.#view?.filter === text) this._viewFilter = syntax instanceof Error ? null : syntax
  }

  /** The whole condition: the view's and the address's. */
  get #condition(): string | undefined {
    const parts = [this._viewFilter ? printSyntax(this._viewFilter) : '', printFilter(this.#filter)].filter(Boolean)
    return parts.length > 1 ? parts.map((part) => `(${part})`).join(' and ') : parts[0]
  }

  get #sort(): readonly Sort[] {
    const text = route.query.get('sort')
    if (text)
      return text
        .split(',')
        .filter(Boolean)
        .map((part) => ({ path: part.replace(/^-/, ''), descending: part.startsWith('-') }))
    return (this.#view?.sort ?? []).map(({ field, descending }) => ({ path: field, descending: descending === true }))
  }

  get #columns(): readonly Column[] {
    return columnsOf(this.entity, this.#view, this.#layout)
  }

  #load(): void {
    if (this._viewFilter === undefined || this.#broken) return
    const columns = this.#columns
    const orderby = this.#sort
      .flatMap(({ path, descending }) => {
        const column =
          columns.find((each) => each.path === path) ??
          columnsOf(this.entity, { ...this.#view!, columns: [{ field: path }] })[0]
        return column ? [`${column.orderby}${descending ? ' desc' : ''}`] : []
      })
      .join(',')
    const query = {
      entity: this.entity,
      fields: columns.map(({ path }) => path),
      filter: this.#condition,
      search: route.query.get('q') ?? undefined,
      orderby: orderby || undefined,
    }
    const key = JSON.stringify([query.fields, query.filter, query.search, query.orderby, this.entity.id])
    if (key === this.#query) return
    this.#query = key
    this.#rows = new Windows(query)
    this.#rows.subscribe(() => this.requestUpdate())
    this._selected = new Set()
    void this.#sum(columns)
  }

  async #sum(columns: readonly Column[]): Promise<void> {
    this.#asked?.abort()
    const asked = (this.#asked = new AbortController())
    const summed = columns.filter(({ total, path }) => total && !path.includes('.'))
    if (summed.length === 0 || route.query.get('q')) {
      this._totals = {}
      return
    }
    try {
      const values = await sums(
        this.entity,
        summed.map((column) => ({ property: totalProperty(column), method: column.total! })),
        this.#condition,
        asked.signal,
      )
      const figures = new Intl.NumberFormat(settings.locale, { notation: 'compact', maximumFractionDigits: 1 })
      this._totals = Object.fromEntries(
        summed.map((column) => [column.path, figures.format(Number(values[`${totalProperty(column)}_total`] ?? 0))]),
      )
    } catch {
      if (!asked.signal.aborted) this._totals = {}
    }
  }

  #refreshSoon(): void {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => this.#refresh(), 400)
  }

  #refresh(): void {
    const range = this.#grid?.range ?? { from: 0, to: 1 }
    this.#rows?.refresh(range.from, range.to)
    void this.#sum(this.#columns)
  }

  protected override render(): unknown {
    const { entity } = this
    const plural = labelOf(entity.plural, entity.name)
    entitle(plural)
    const rights = current().rights.get(entity.name)
    return html` ${header(
        [{ label: plural, icon: entity.icon ?? 'table', heading: true }],
        html` <label class="input affix search"
            >${icon('search', 14)}<input
              type="search"
              aria-label=${say('list.search', { name: plural })}
              placeholder=${say('search')}
              .value=${route.query.get('q') ?? ''}
              @input=${(event: Event) => this.#search((event.target as HTMLInputElement).value)}
          /></label>
          ${rights?.create ? html`<a class="button primary new" href="${addressOf(this.app, entity)}/new" aria-label=${say('new.of', { name: labelOf(entity.label, entity.name) })}>${icon('plus', 14)}<span>${say('new')}</span></a>` : nothing}`,
      )}
      <pv-list-bar
        .app=${this.app}
        .entity=${entity}
        .view=${this.#view}
        .viewFilter=${this._viewFilter}
        .filter=${this.#filter}
        .columns=${this.#columns}
        .sort=${this.#sort}
        .hiddenColumns=${this.#layout!.hidden.length}
        @change-filter=${(event: CustomEvent) => this.#give(event.detail as Group)}
        @sort-by=${(event: CustomEvent) => this.#sortBy(event.detail)}
        @refresh-list=${() => this.#refresh()}
        @show-columns=${() => {
          this.#layout!.show()
          this.requestUpdate()
        }}
      ></pv-list-bar>
      <div class="list-body">
        <div class="list-main">${this.#body()}${this.#foot()}</div>
        ${
          this.#peek
            ? html`<pv-peek
                .app=${this.app}
                .entity=${entity}
                .recordId=${this.#peek}
                @close-peek=${() => this.#open(undefined)}
                @step-peek=${(event: CustomEvent) => this.#step(event.detail as number)}
                @saved=${() => this.#refreshSoon()}
                @removed=${() => {
                  void this.#open(undefined)
                  this.#refresh()
                }}
              ></pv-peek>`
            : nothing
        }
      </div>`
  }

  #body(): unknown {
    if (this.#broken)
      return state({
        kind: 'broken',
        art: 'filter',
        title: say('filter.unreadable'),
        text: html`<code class="ltr">${route.query.get('filter')}</code>`,
        actions: html`<button class="button" @click=${() => this.#give(everything)}>${say('filter.clear')}</button>`,
      })
    if (!this.#rows) return nothing
    const { error, count } = this.#rows
    if (error !== undefined && count === undefined)
      return state({
        kind: 'broken',
        title: explain(error),
        text: detailOf(error),
        actions: html`<button class="button" @click=${() => this.#refresh()}>
          ${icon('refresh')}${say('retry')}
        </button>`,
      })
    if (count === 0) return this.#empty()
    return html`<pv-grid
      id="grid"
      .columns=${this.#columns}
      .rows=${this.#rows}
      .reader=${reader()}
      .sort=${this.#sort}
      .selected=${this._selected}
      .openId=${this.#peek}
      .totals=${this._totals}
      .label=${labelOf(this.entity.plural, this.entity.name)}
      @open-row=${(event: CustomEvent) => this.#openRow(event.detail)}
      @sort-by=${(event: CustomEvent) => this.#sortBy(event.detail)}
      @select-row=${(event: CustomEvent) => this.#select(event.detail)}
      @select-all=${(event: CustomEvent) => void this.#selectAll(event.detail as boolean)}
      @resize-column=${(event: CustomEvent) => {
        this.#layout!.resize(event.detail.path, event.detail.width)
        this.requestUpdate()
      }}
      @hide-column=${(event: CustomEvent) => {
        this.#layout!.hide(event.detail as string)
        this.requestUpdate()
      }}
      @filter-by=${(event: CustomEvent) => this.#filterBy(event.detail as string)}
      @delete-selected=${() => void this.#deleteSelected()}
    ></pv-grid>`
  }

  #empty(): TemplateResult {
    const filtered = countConditions(this.#filter) > 0 || route.query.get('q') || this.#view?.filter
    const name = labelOf(this.entity.label, this.entity.name)
    const plural = labelOf(this.entity.plural, this.entity.name)
    const add = current().rights.get(this.entity.name)?.create
      ? html`<a class="button ${filtered ? '' : 'primary'}" href="${addressOf(this.app, this.entity)}/new"
          >${icon('plus', 14)}${say('new.of', { name })}</a
        >`
      : nothing
    if (!filtered)
      return state({
        art: this.entity.icon ?? 'table',
        title: say('empty.title', { name: plural }),
        text: say('empty.text', { name: plural }),
        actions: add,
      })
    const own = countConditions(this.#filter) > 0 || route.query.get('q')
    return state({
      art: 'filter',
      title: say('empty.filtered'),
      text: say(own ? 'empty.filtered.text' : 'empty.view.text', { name: plural }),
      actions: html`${own ? html`<button class="button primary" @click=${() => route.adjust({ filter: null, q: null }, false)}>${say('filter.clear')}</button>` : nothing}${add}`,
    })
  }

  #foot(): TemplateResult {
    const { count, error } = this.#rows ?? {}
    if (this._selected.size > 0)
      return html`<footer class="list-foot chosen">
        <strong>${say('selected', { count: this._selected.size })}</strong>
        ${current().rights.get(this.entity.name)?.delete ? html`<button class="button small" @click=${() => void this.#deleteSelected()}>${icon('trash', 14)}${say('delete')}</button>` : nothing}
        <button
          class="button ghost small"
          @click=${() => {
            this._selected = new Set()
          }}
        >
          ${say('selection.clear')}
        </button>
      </footer>`
    return html`<footer class="list-foot" aria-live="polite">
      ${count === undefined ? nothing : html`<span class="tabular">${say('list.count', { count, shown: count })}</span>`}
      ${error !== undefined && count !== undefined ? html`<span class="error">${explain(error)}</span><button class="button ghost small" @click=${() => this.#refresh()}>${say('retry')}</button>` : nothing}
      <span class="hint"
        ><span class="key">↵</span> ${say('hint.open')} <span class="key">P</span> ${say('hint.peek')}</span
      >
    </footer>`
  }

  #search(text: string): void {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => route.adjust({ q: text.trim() || null }), 250)
  }

  #sortBy({ path, add = false, descending }: { path: string; add?: boolean; descending?: boolean }): void {
    const sort = this.#sort
    const now = sort.find((each) => each.path === path)
    const next: Sort = { path, descending: descending ?? (now !== undefined && !now.descending) }
    const rest = add ? sort.filter((each) => each.path !== path) : []
    const gone = descending === undefined && now?.descending === true && route.query.has('sort')
    route.adjust({
      sort: [...rest, ...(gone ? [] : [next])].map((each) => `${each.descending ? '-' : ''}${each.path}`).join(','),
    })
  }

  #filterBy(path: string): void {
    const column = this.#columns.find((each) => each.path === path)
    if (column) this.querySelector<BarElement>('pv-list-bar')?.filterBy(column)
  }

  #give(group: Group): void {
    route.adjust({ filter: printFilter(group) })
  }

  async #openRow({ row, index, how }: { row: Row; index: number; how: 'peek' | 'page' | 'tab' }): Promise<void> {
    this.#anchor = index
    const address = addressOf(this.app, this.entity, row.id)
    if (how === 'tab') window.open(address, '_blank', 'noopener')
    else if (how === 'page' || matchMedia('(max-width: 760px)').matches) await route.go(address)
    else await this.#open(row.id)
  }

  async #open(id: string | undefined): Promise<void> {
    const record = this.querySelector<RecordElement>('pv-peek pv-record')
    if (record && !(await record.mayLeave())) return
    route.adjust({ peek: id ?? null }, this.#peek !== undefined || id === undefined)
    if (id === undefined) {
      await this.updateComplete
      this.#grid?.querySelector<HTMLElement>('[role=grid]')?.focus()
    }
  }

  /** Steps to another record and hands the keyboard to the grid, whose arrows step on. */
  #step(by: number): void {
    this.#grid?.querySelector<HTMLElement>('[role=grid]')?.focus()
    this.#grid?.step(by)
  }

  readonly #key = (event: KeyboardEvent): void => {
    const floats = document.querySelector('dialog[open], .menu:popover-open') !== null
    if (event.key !== 'Escape' || event.defaultPrevented || floats || this.#peek === undefined) return
    event.preventDefault()
    void this.#open(undefined)
  }

  #select({ row, index, range }: { row: Row; index: number; range: boolean }): void {
    const selected = new Set(this._selected)
    if (range) {
      const [from, to] = [Math.min(index, this.#anchor), Math.max(index, this.#anchor)]
      for (const [at, each] of this.#rows!.rows()) if (at >= from && at <= to) selected.add(each.id)
    } else if (!selected.delete(row.id)) selected.add(row.id)
    this.#anchor = index
    this._selected = selected
  }

  async #selectAll(all: boolean): Promise<void> {
    if (!all) {
      this._selected = new Set()
      return
    }
    const { rows } = await list({ ...this.#rows!.query, fields: [], top: 5000 })
    this._selected = new Set(rows.map(({ id }) => id))
  }

  async #deleteSelected(): Promise<void> {
    if (!(await deleteMany(this.entity, [...this._selected]))) return
    this._selected = new Set()
    this.#refresh()
  }
}
customElements.define('pv-list-page', ListPage)
