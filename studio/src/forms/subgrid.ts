// Related records inside a form: the first few of a collection, with the way to one more and to all of them.
import type { Entity } from '@peyvand/core/model/model.ts'
import { wireOf, type Navigation } from '@peyvand/core/model/wire.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { hear } from '../data/events.ts'
import { current } from '../data/model.ts'
import { link, unlink, wayBack } from '../data/links.ts'
import { list, type Row } from '../data/records.ts'
import { settings } from '../data/settings.ts'
import { toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf } from '../shell/apps.ts'
import { route } from '../shell/route.ts'
import { labelOf, say } from '../texts/text.ts'
import { columnsOf, type Column } from '../views/columns.ts'
import { orderOf, sortOf } from '../views/query.ts'
import { appHere, reader } from '../views/reader.ts'
import { explain } from './explain.ts'
import { pickRecord } from './pick-record.ts'

const first = 10

class Subgrid extends View {
  static override properties = {
    entity: { attribute: false },
    recordId: { attribute: false },
    navigation: { attribute: false },
    viewName: { attribute: false },
    _rows: { state: true },
    _count: { state: true },
    _error: { state: true },
  }
  declare entity: Entity
  declare recordId: string
  declare navigation: string
  declare viewName: string | undefined
  declare _rows: readonly Row[] | undefined
  declare _count: number
  declare _error: unknown
  #stop: (() => void) | undefined

  constructor() {
    super()
    this._count = 0
    watch(this, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = hear((event) => {
      if (event.kind === 'again' || (event.kind === 'record' && event.entity === this.#target?.name)) void this.#load()
    })
    if (this.hasUpdated) void this.#load()
  }

  /** What it is given may have been there before the element was defined: only now is it here. */
  protected override firstUpdated(): void {
    void this.#load()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop?.()
  }

  get #way(): Navigation | undefined {
    return wireOf(current(), this.entity).navigations.get(this.navigation)
  }
  get #target(): Entity | undefined {
    return this.#way && current().entityById.get(this.#way.target)
  }

  get #columns(): readonly Column[] {
    const target = this.#target
    if (!target) return []
    const views = [...current().views.values()].filter((view) => view.entity === target.name)
    const view = views.find(({ name }) => name === this.viewName) ?? views.find((each) => each.default) ?? views[0]
    return columnsOf(target, view).filter((column) => column.field.id !== this.#way!.field.id)
  }

  /** The condition that makes a record of the target one of ours. */
  get #filter(): string {
    const way = this.#way!
    const back = wayBack(this.entity, way)
    if (back !== undefined) return `${back}/any(x:x/id eq ${this.recordId})`
    const { column, typeColumn } = way
    return `${column} eq ${this.recordId}${typeColumn ? ` and ${typeColumn} eq '${this.entity.name}'` : ''}`
  }

  async #load(): Promise<void> {
    const target = this.#target
    if (!target) return
    const view = current().views.get(this.viewName ?? '')
    const columns = this.#columns
    try {
      const { rows, count } = await list({
        entity: target,
        fields: columns.map(({ path }) => path),
        filter: this.#filter,
        orderby: orderOf(target, columns, sortOf(view, null)),
        top: first,
        count: true,
      })
      this._rows = rows
      this._count = count ?? rows.length
      this._error = undefined
    } catch (error) {
      this._error = error
    }
  }

  protected override render(): unknown {
    const target = this.#target
    if (!target) return nothing
    const way = this.#way!
    const { column, typeColumn, hop } = way
    const add = `${addressOf(appHere(), target)}/new?${column}=${this.recordId}${typeColumn ? `&${typeColumn}=${this.entity.name}` : ''}`
    return html`<div class="subgrid">
      <div class="subgrid-head">
        <h3>${labelOf(target.plural, target.name)}</h3>
        ${this._rows ? html`<span class="quiet tabular">${new Intl.NumberFormat(settings.locale).format(this._count)}</span>` : nothing}
        <span class="grow"></span
        >${hop ? this.#linker(target) : current().rights.get(target.name)?.create ? html`<a class="button ghost small" href=${add}>${icon('plus', 14)}${say('new')}</a>` : nothing}
      </div>
      ${this._error !== undefined ? html`<p class="notice bad">${icon('alert')}<span>${explain(this._error)}</span></p>` : this.#table(target)}
      ${this._count > first ? html`<a class="button ghost small" href="${addressOf(appHere(), target)}?filter=${encodeURIComponent(this.#filter)}">${say('subgrid.all', { count: this._count })}</a>` : nothing}
    </div>`
  }

  /** Links are made and taken away by who may; those that say more than which two they link are records of their own. */
  get #links(): boolean {
    return this.#between?.intersect === true
  }

  /** The entity whose records are the links of this list, when the person may make some. */
  get #between(): Entity | undefined {
    const between = this.#way?.hop && current().entityById.get(this.#way.hop.entity)
    return between && current().rights.get(between.name)?.create ? between : undefined
  }

  #linker(target: Entity): unknown {
    if (!this.#between) return nothing
    return html`<button type="button" class="button ghost small" @click=${() => void this.#add(target)}>
      ${icon('plus', 14)}${say('link.add')}
    </button>`
  }

  async #add(target: Entity): Promise<void> {
    const title = say('link.add.title', { name: labelOf(target.label, target.name) })
    const picked = await pickRecord(title, [target], say('link.add'))
    const between = this.#between
    if (!picked || !between) return
    const way = this.#way!
    const near = { entity: this.entity, id: this.recordId }
    const far = { entity: target, id: picked.id }
    await this.#change(async () =>
      between.intersect
        ? link(this.entity, this.recordId, way, picked.id)
        : (await import('./link-form.ts')).linkThrough(between, { navigation: way, near, far }),
    )
  }

  async #remove(row: Row): Promise<void> {
    const way = this.#way!
    const removed = await this.#change(() => unlink(this.entity, this.recordId, way, row.id))
    if (!removed) return
    toast(say('link.removed'), {
      label: say('undo'),
      run: () => void this.#change(() => link(this.entity, this.recordId, way, row.id)),
    })
  }

  async #change(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      await this.#load()
      return true
    } catch (error) {
      toast(html`${explain(error)}`, undefined, 'bad')
      return false
    }
  }

  #table(target: Entity): TemplateResult {
    if (!this._rows)
      return html`<div class="subgrid-wait"><span class="skeleton"></span><span class="skeleton"></span></div>`
    if (this._rows.length === 0) return html`<p class="quiet none">${say('subgrid.none')}</p>`
    const columns = this.#columns
    return html`<div class="subgrid-scroll">
      <table>
        <thead>
          <tr>
            ${columns.map((column) => html`<th scope="col" class=${column.element.numeric ? 'numeric' : ''}>${column.label}</th>`)}
            ${this.#links ? html`<td class="act"></td>` : nothing}
          </tr>
        </thead>
        <tbody>
          ${this._rows.map(
            (row) =>
              html`<tr @click=${(event: MouseEvent) => this.#open(event, target, row)}>
                ${columns.map((column, at) => {
                  const cell = column.element.cell({
                    entity: column.entity,
                    field: column.field,
                    record: column.recordOf(row),
                    reader: reader(),
                  })
                  return html`<td class=${column.element.numeric ? 'numeric' : ''}>
                    ${at === 0 ? html`<a class="cut" href=${addressOf(appHere(), target, row.id)}>${cell === nothing ? say('untitled') : cell}</a>` : cell}
                  </td>`
                })}
                ${this.#links ? html`<td class="act"><button type="button" class="button ghost icon small" aria-label=${say('link.remove')} title=${say('link.remove')} @click=${() => void this.#remove(row)}>${icon('close', 14)}</button></td>` : nothing}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`
  }

  #open(event: MouseEvent, target: Entity, row: Row): void {
    if (!(event.target as Element).closest('a, button')) void route.go(addressOf(appHere(), target, row.id))
  }
}
customElements.define('pv-subgrid', Subgrid)
