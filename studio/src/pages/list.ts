// The list page: a view of an entity as a grid, with what the address says on top: filter, sort, search, the record in the peek.
import type { Entity, View as ListView } from '@peyvand/core/model/model.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { hear } from '../data/events.ts'
import { models, current } from '../data/model.ts'
import { list, summarize, type ListQuery, type Row } from '../data/records.ts'
import { settings } from '../data/settings.ts'
import { explain } from '../forms/explain.ts'
import '../forms/record.ts'
import type { RecordElement } from '../forms/record.ts'
import { toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf, viewsOf } from '../shell/apps.ts'
import { entitle, header } from '../shell/header.ts'
import { route } from '../shell/route.ts'
import { labelOf, say } from '../texts/text.ts'
import '../views/bar.ts'
import type { BarElement } from '../views/bar.ts'
import { columnOf, columnsOf, type Column, type Sort } from '../views/columns.ts'
import { countConditions, everything, printFilter, readFilter, type Group } from '../views/filter.ts'
import '../views/grid.ts'
import type { GridElement } from '../views/grid.ts'
import type { Groups } from '../views/groups.ts'
import { layoutOf, type Layout } from '../views/layout.ts'
import { reader } from '../views/reader.ts'
import { totalsOf, type Totals } from '../views/totals.ts'
import { Windows, type Lines } from '../views/windows.ts'
import { brokenList, emptyList, unreadableFilter } from './list-states.ts'
import { conditionOf, orderOf, sortBy, sortOf, writeSort, type SortWish } from '../views/query.ts'
import { keepLeft, leftAt, type Left } from './left.ts'
import './peek.ts'

class ListPage extends View {
  static override properties = {
    app: { attribute: false },
    entity: { attribute: false },
    _selected: { state: true },
    _selecting: { state: true },
    _totals: { state: true },
    _viewFilter: { state: true },
    _grouping: { state: true },
  }
  declare app: string
  declare entity: Entity
  declare _selected: ReadonlySet<string>
  /** Cards have no room for a box each: pressing one selects it, until the person is done. */
  declare _selecting: boolean
  declare _totals: Totals
  /** The view's own filter as a tree; undefined while its reader loads, null when it cannot be read. */
  declare _viewFilter: Syntax | null | undefined
  /** Lists in groups come with the first view that has some. */
  declare _grouping: typeof Groups | undefined
  #rows: Lines | undefined
  #query = ''
  #view: ListView | undefined
  #filter: Group = everything
  #broken = false
  #layout: Layout | undefined
  #anchor = 0
  #stop: (() => void) | undefined
  #unheard: (() => void) | undefined
  #entry = route.entry
  /** How this entry of the history was left, when the person has come back to it. */
  #left: Left | undefined
  #timer = 0
  #asked: AbortController | undefined

  constructor() {
    super()
    this._selected = new Set()
    this._selecting = false
    this._totals = {}
    this.#left = leftAt(this.#entry)
    watch(this, route, models, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    document.addEventListener('keydown', this.#key)
    this.#stop = hear((event) => {
      if (event.kind === 'again' || (event.kind === 'record' && event.entity === this.entity.name)) this.#refreshSoon()
    })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop?.()
    this.#unheard?.()
    document.removeEventListener('keydown', this.#key)
    clearTimeout(this.#timer)
    route.guard(undefined)
    this.#leave()
  }

  /** Remembers where the person is, for when they come back to this entry of the history. */
  #leave(): void {
    if (!this.#rows || !this.#grid) return
    const { place } = this.#grid
    keepLeft(this.#entry, { query: this.#query, rows: this.#rows, place, selected: this._selected })
  }

  /** Back where the person was: the rows they saw are there at once, and read again under their eyes. */
  async #return({ rows, selected }: Left): Promise<void> {
    this.#rows = rows
    this._selected = selected
    await this.updateComplete
    if (document.activeElement?.matches('body, main')) this.#focusGrid()
    this.#refresh()
  }

  get #grid(): GridElement | null {
    return this.querySelector('pv-grid')
  }
  get #peek(): string | undefined {
    return route.query.get('peek') ?? undefined
  }

  protected override willUpdate(): void {
    if (route.entry !== this.#entry) {
      this.#leave()
      this.#entry = route.entry
      this.#left = leftAt(this.#entry)
    }
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

  get #sort(): readonly Sort[] {
    return sortOf(this.#view, route.query.get('sort'))
  }

  get #columns(): readonly Column[] {
    return columnsOf(this.entity, this.#view, this.#layout)
  }

  #load(): void {
    if (this._viewFilter === undefined || this.#broken) return
    const columns = this.#columns
    const query: ListQuery = {
      entity: this.entity,
      fields: columns.map(({ path }) => path),
      filter: conditionOf(this._viewFilter, this.#filter),
      search: route.query.get('q') ?? undefined,
      orderby: orderOf(this.entity, columns, this.#sort),
    }
    const { entity, ...rest } = query
    const groups = this.#groups
    if (groups.length > 0 && !this._grouping) {
      void import('../views/groups.ts').then(({ Groups: grouping }) => (this._grouping = grouping))
      return
    }
    const key = JSON.stringify([rest, entity.id, groups.map(({ path }) => path)])
    if (key === this.#query) return
    this.#query = key
    if (this.#left?.query === key) void this.#return(this.#left)
    else {
      this.#left = undefined
      this.#rows = groups.length > 0 ? new this._grouping!(query, groups, totalsOf(columns)) : new Windows(query)
      this._selected = new Set()
      void this.#sum()
    }
    this.#unheard?.()
    this.#unheard = this.#rows!.subscribe(() => this.requestUpdate())
  }

  /** What the view groups by. A search looks across groups: its hits come as one list. */
  get #groups(): readonly Column[] {
    if (route.query.get('q')) return []
    return (this.#view?.group ?? []).flatMap((path) => columnOf(this.entity, path) ?? [])
  }

  async #sum(): Promise<void> {
    this.#asked?.abort()
    const asked = (this.#asked = new AbortController())
    const totals = totalsOf(this.#columns)
    if (totals.length === 0 || !this.#rows || this.#rows.query.search) {
      this._totals = {}
      return
    }
    try {
      this._totals = (await summarize(this.#rows.query, totals, [], asked.signal))[0] ?? {}
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
    void this.#sum()
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
        .groups=${this.#groups}
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
                @dirtied=${(event: CustomEvent) => this.#guardPeek(event.detail as boolean)}
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
    if (this.#broken) return unreadableFilter(() => this.#give(everything))
    if (!this.#rows) return nothing
    const { error, count } = this.#rows
    const clear = countConditions(this.#filter) > 0 ? () => this.#give(everything) : undefined
    if (error !== undefined && count === undefined) return brokenList(error, () => this.#refresh(), clear)
    if (count === 0)
      return emptyList(this.app, this.entity, {
        own: countConditions(this.#filter) > 0 || Boolean(route.query.get('q')),
        view: Boolean(this.#view?.filter),
      })
    return html`<pv-grid
      id="grid"
      .columns=${this.#columns}
      .rows=${this.#rows}
      .reader=${reader()}
      .sort=${this.#sort}
      .selected=${this._selected}
      .selecting=${this._selecting}
      .openId=${this.#peek}
      .totals=${this._totals}
      .start=${this.#left?.place}
      .label=${labelOf(this.entity.plural, this.entity.name)}
      @open-row=${(event: CustomEvent) => this.#openRow(event.detail)}
      @sort-by=${(event: CustomEvent) => this.#sortBy(event.detail)}
      @select-row=${(event: CustomEvent) => this.#select(event.detail)}
      @start-selecting=${() => (this._selecting = true)}
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

  #foot(): TemplateResult {
    const { count, error } = this.#rows ?? {}
    if (this._selected.size > 0 || this._selecting)
      return html`<footer class="list-foot chosen">
        <strong aria-live="polite">${say('selected', { count: this._selected.size })}</strong>
        ${this._selecting && this._selected.size === 0 ? html`<button class="button small" @click=${() => void this.#selectAll(true)}>${say('select.all')}</button>` : nothing}
        ${this._selected.size > 0 && current().rights.get(this.entity.name)?.delete ? html`<button class="button small" @click=${() => void this.#deleteSelected()}>${icon('trash', 14)}${say('delete')}</button>` : nothing}
        ${this._selected.size === 2 && this.#merges ? html`<button class="button small" @click=${() => void this.#mergeSelected()}>${icon('link', 14)}${say('merge')}</button>` : nothing}
        <button
          class="button ghost small"
          @click=${() => {
            this._selected = new Set()
            this._selecting = false
          }}
        >
          ${say(this._selecting ? 'select.end' : 'selection.clear')}
        </button>
      </footer>`
    return html`<footer class="list-foot" aria-live="polite">
      ${count === undefined ? nothing : html`<span class="tabular">${say('list.count', { count, shown: count })}</span>`}
      ${this.#view?.group.length && this.#rows?.query.search ? html`<span>${say('group.searched')}</span>` : nothing}
      ${error !== undefined && count !== undefined ? html`<span class="error">${explain(error)}</span><button class="button ghost small" @click=${() => this.#refresh()}>${say('retry')}</button>` : nothing}
      ${count ? html`<button class="button ghost small for-cards" @click=${() => (this._selecting = true)}>${icon('check', 14)}${say('select.start')}</button>` : nothing}
      ${count ? html`<span class="hint"><span class="key">↵</span> ${say('hint.open')} <span class="key">P</span> ${say('hint.peek')}</span>` : nothing}
    </footer>`
  }

  #search(text: string): void {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => route.adjust({ q: text.trim() || null }), 250)
  }

  #sortBy(wish: SortWish): void {
    route.adjust({ sort: writeSort(sortBy(this.#sort, wish, route.query.has('sort'))) })
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
    if (!(await route.tryAdjust({ peek: id ?? null }, this.#peek !== undefined || id === undefined))) return
    if (id === undefined) {
      await this.updateComplete
      this.#focusGrid()
    }
  }

  /** What is not saved in the peek is not lost without a question, whichever way it is left. */
  #guardPeek(dirty: boolean): void {
    const asks = () => this.querySelector<RecordElement>('pv-peek pv-record')?.mayLeave() ?? true
    route.guard(dirty ? asks : undefined, ({ pathname, searchParams }) => `${pathname} ${searchParams.get('peek')}`)
  }

  #focusGrid(): void {
    this.#grid?.querySelector<HTMLElement>('[role=grid]')?.focus()
  }

  /** Steps to another record and hands the keyboard to the grid, whose arrows step on. */
  #step(by: number): void {
    this.#focusGrid()
    this.#grid?.step(by)
  }

  readonly #key = (event: KeyboardEvent): void => {
    const floats = document.querySelector('dialog[open], .menu:popover-open') !== null
    if (event.key !== 'Escape' || event.defaultPrevented || floats) return
    if (this._selecting) this._selecting = false
    else if (this.#peek !== undefined) void this.#open(undefined)
    else return
    event.preventDefault()
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
    try {
      const { rows } = all ? await list({ ...this.#rows!.query, fields: [], top: 5000 }) : { rows: [] }
      this._selected = new Set(rows.map(({ id }) => id))
    } catch (error) {
      toast(html`${explain(error)}`, undefined, 'bad')
      // The box in the head says again what is selected.
      this.#grid?.requestUpdate()
    }
  }

  /** Whether records of this kind can become one, and this person may do it. */
  get #merges(): boolean {
    const rights = current().rights.get(this.entity.name)
    return this.entity.state !== undefined && rights?.write === true && rights.delete
  }

  async #mergeSelected(): Promise<void> {
    const { mergeTwo } = await import('../views/merge.ts')
    const [a, b] = [...this._selected]
    if (!(await mergeTwo(this.entity, [a!, b!]))) return
    this._selected = new Set()
    this.#refresh()
  }

  async #deleteSelected(): Promise<void> {
    const { deleteMany } = await import('../views/delete-many.ts')
    if (!(await deleteMany(this.entity, [...this._selected]))) return
    this._selected = new Set()
    this.#refresh()
  }
}
customElements.define('pv-list-page', ListPage)
