// The bar above a list: which view, what is filtered (as chips that read as sentences), how it is sorted. It tells what the
// person wants (`change-filter`, `sort-by`, `show-columns`, `refresh-list`); the page keeps it in the address.
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import type { Entity, View as ListView } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { names } from '../data/names.ts'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { openMenu, openPopover } from '../kit/popover.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf, viewsOf } from '../shell/apps.ts'
import { route } from '../shell/route.ts'
import { labelOf, say } from '../texts/text.ts'
import type { Column, Sort } from './columns.ts'
import { countConditions, everything, groupOf, type Condition, type Group, type Part } from './filter.ts'
import { wordsOf } from './filter-words.ts'

export class BarElement extends View {
  static override properties = {
    app: { attribute: false },
    entity: { attribute: false },
    view: { attribute: false },
    viewFilter: { attribute: false },
    filter: { attribute: false },
    columns: { attribute: false },
    sort: { attribute: false },
    groups: { attribute: false },
    hiddenColumns: { attribute: false },
  }
  declare app: string
  declare entity: Entity
  declare view: ListView | undefined
  /** The view's own filter, shown but not changed here. */
  declare viewFilter: Syntax | null | undefined
  declare filter: Group
  declare columns: readonly Column[]
  declare sort: readonly Sort[]
  /** What the view groups by. */
  declare groups: readonly Column[]
  declare hiddenColumns: number
  #timer = 0

  constructor() {
    super()
    this.groups = []
    this.hiddenColumns = 0
    watch(this, settings, names)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    if ('requestIdleCallback' in globalThis) requestIdleCallback(() => void import('./filter-builder.ts'))
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  protected override render(): unknown {
    const count = countConditions(this.filter)
    return html`<div class="list-bar" role="toolbar" aria-label=${say('list.tools')}>
      <button
        type="button"
        class="button ghost view-picker"
        aria-haspopup="menu"
        @click=${(event: Event) => this.#pickView(event.currentTarget as HTMLElement)}
      >
        ${icon('list')}<span class="cut">${this.view ? labelOf(this.view.label, this.view.name) : say('view.all')}</span
        >${icon('chevron-down', 14)}
      </button>
      <span class="rule"></span>
      <div class="chips">
        ${this.groups.length > 0 ? html`<span class="filter-chip fixed" title=${say('filter.from-view')}>${icon('layers', 12)}<span class="quiet">${say('group.by')}</span><bdi class="cut">${this.groups.map(({ label }) => label).join(', ')}</bdi></span>` : nothing}
        ${this.#viewParts().map((part) => this.#fixedChip(part))} ${this.#ownChips()}
        <button
          type="button"
          class="button ghost small"
          aria-haspopup="dialog"
          id="add-filter"
          @click=${(event: Event) => void this.#edit(event.currentTarget as HTMLElement, this.filter)}
        >
          ${icon('filter', 14)}${count ? say('filter.edit') : say('filter')}
        </button>
      </div>
      <div class="end">${this.#tools()}</div>
    </div>`
  }

  #tools(): TemplateResult {
    return html`${
        this.hiddenColumns > 0
          ? html`<button type="button" class="button ghost small" @click=${() => this.tell('show-columns')}>
              ${icon('eye', 14)}${say('column.show', { count: this.hiddenColumns })}
            </button>`
          : nothing
      }
      <button
        type="button"
        class="button ghost small sort-button"
        aria-label=${say('sort')}
        aria-haspopup="menu"
        @click=${(event: Event) => this.#sortMenu(event.currentTarget as HTMLElement)}
      >
        ${icon('sort', 14)}<span>${say('sort')}</span>
      </button>
      <button
        type="button"
        class="button ghost icon small"
        aria-label=${say('list.files')}
        title=${say('list.files')}
        aria-haspopup="menu"
        @click=${(event: Event) => void this.#files(event.currentTarget as HTMLElement)}
      >
        ${icon('download', 14)}
      </button>
      <button
        type="button"
        class="button ghost icon small"
        aria-label=${say('refresh')}
        title=${say('refresh')}
        @click=${() => this.tell('refresh-list')}
      >
        ${icon('refresh', 14)}
      </button>`
  }

  async #files(anchor: HTMLElement): Promise<void> {
    const { openFilesMenu } = await import('./files-menu.ts')
    openFilesMenu(anchor, this.entity, this.view)
  }

  /** The conditions of the view that can be said in words. */
  #viewParts(): readonly Part[] {
    const group = this.viewFilter ? groupOf(this.viewFilter) : everything
    return group.join === 'and' ? group.items.filter((part) => part.is === 'condition') : []
  }

  #ownChips(): readonly TemplateResult[] {
    const { filter } = this
    if (filter.items.length === 0) return []
    if (filter.join === 'or') return [this.#chip(filter, everything)]
    return filter.items.map((part, at) =>
      this.#chip(part, { ...filter, items: filter.items.filter((_, i) => i !== at) }),
    )
  }

  #fixedChip(part: Part): TemplateResult {
    return html`<span class="filter-chip fixed" title=${say('filter.from-view')}>${this.#sentence(part)}</span>`
  }

  /** A chip that opens the builder; `without` is the filter once it is taken away. */
  #chip(part: Part, without: Group): TemplateResult {
    const { broken, label, value } = wordsOf(this.entity, part)
    return html`<span class="filter-chip ${broken ? 'broken' : ''}"
      ><button
        type="button"
        class="say"
        aria-haspopup="dialog"
        @click=${(event: Event) => void this.#edit(event.currentTarget as HTMLElement, this.filter)}
      >
        ${this.#sentence(part)}</button
      ><button
        type="button"
        class="away"
        aria-label=${say('filter.remove-of', { name: label || value })}
        @click=${() => this.tell('change-filter', without)}
      >
        ${icon('close', 12)}
      </button></span
    >`
  }

  #sentence(part: Part): TemplateResult {
    const { broken, label, operator, value } = wordsOf(this.entity, part)
    return html`${broken ? icon('alert', 12) : nothing}${label ? html`<span class="quiet">${label}</span>` : nothing}
      ${operator ? html`<span class="quiet">${operator}</span>` : nothing}
      <bdi class="cut">${broken ? say('filter.broken') : value}</bdi>`
  }

  #pickView(anchor: HTMLElement): void {
    const entries = viewsOf(this.entity).map((view) => ({
      label: labelOf(view.label, view.name),
      icon: 'list',
      checked: view === this.view,
      run: () => void route.go(`${addressOf(this.app, this.entity)}?view=${view.name}`),
    }))
    openMenu(anchor, entries)
  }

  #sortMenu(anchor: HTMLElement): void {
    const sortable = this.columns.filter(({ masked }) => !masked)
    const entries = sortable.map((column) => {
      const sorted = this.sort.find(({ path }) => path === column.path)
      return {
        label: column.label,
        icon: sorted ? (sorted.descending ? 'arrow-down' : 'arrow-up') : 'sort',
        checked: sorted !== undefined,
        run: () => this.tell('sort-by', { path: column.path }),
      }
    })
    openMenu(anchor, entries, 'end')
  }

  /** Opens the builder with one more condition, on a column. */
  filterBy(column: Column): void {
    const condition: Condition = { is: 'condition', path: pathOf(column), operator: 'eq', operands: [] }
    const started: Condition = column.field.type === 'text' ? { ...condition, operator: 'contains' } : condition
    void this.#edit(this.querySelector<HTMLElement>('#add-filter')!, {
      ...this.filter,
      items: [...this.filter.items, started],
    })
  }

  /** The builder is no part of the first load: it comes when somebody is about to filter. */
  async #edit(anchor: HTMLElement, group: Group): Promise<void> {
    await import('./filter-builder.ts')
    const give = (event: CustomEvent) => {
      clearTimeout(this.#timer)
      this.#timer = window.setTimeout(() => this.tell('change-filter', event.detail as Group), 300)
    }
    openPopover(
      anchor,
      () =>
        html`<div class="filter-panel">
          <h2>${say('filter.title')}</h2>
          <pv-filter-builder .entity=${this.entity} .group=${group} @change-filter=${give}></pv-filter-builder>
        </div>`,
      { label: say('filter.title'), className: 'menu filter-menu' },
    )
  }
}
customElements.define('pv-list-bar', BarElement)

/** How a filter names the field of a column: a lookup by its id, a field behind a lookup by the way there. */
function pathOf({ field, path, orderby }: Column): readonly string[] {
  if (path.includes('.')) return orderby.split('/')
  return [field.type === 'lookup' ? `${field.name}_id` : field.name]
}
