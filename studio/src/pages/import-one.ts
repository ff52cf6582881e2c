// One import: its columns and where they go, the dry run, how far it is, what came of it, and the way back. The server keeps all
// of it, so the page can be left and opened again at any time.
import type { Entity } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { html, nothing, type TemplateResult } from 'lit'
import {
  isBusy,
  isUndoable,
  mapImport,
  problemOfImport,
  readImport,
  steerImport,
  problemOfCell,
  type CellError,
  type Counts,
  type FailedRow,
  type Left,
  type WholeImport,
} from '../data/imports.ts'
import { current, models } from '../data/model.ts'
import { shortId } from '../data/names.ts'
import { settings } from '../data/settings.ts'
import { detailOf, explain } from '../forms/explain.ts'
import { ago, exact } from '../forms/info.ts'
import { confirm, toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import '../kit/select.ts'
import type { Option } from '../kit/select.ts'
import { View, watch } from '../kit/view.ts'
import { openApp } from '../shell/places.ts'
import { addressOf } from '../shell/apps.ts'
import { state } from '../shell/state.ts'
import { labelOf, say } from '../texts/text.ts'

/** How often it is read again while the server works on it. unit: milliseconds */
const pause = 700
const counted = ['created', 'updated', 'unchanged', 'failed'] as const
/** unit: rows and records shown of a long list */
const most = 20

class ImportElement extends View {
  static override properties = {
    importId: { attribute: false },
    _import: { state: true },
    _error: { state: true },
    _fields: { state: true },
    _key: { state: true },
    _order: { state: true },
    _busy: { state: true },
  }
  declare importId: string
  declare _import: WholeImport | undefined
  declare _error: unknown
  /** Column → field; a column that is left out has none. */
  declare _fields: Readonly<Record<string, string>>
  declare _key: string
  /** How dates are read that could be day-month and month-day: `dmy`, `mdy`, or empty. */
  declare _order: string
  declare _busy: boolean
  #timer = 0
  #asked = ''

  constructor() {
    super()
    this._fields = {}
    this._key = ''
    this._order = ''
    this._busy = false
    watch(this, settings, models)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  protected override willUpdate(): void {
    if (this.#asked === this.importId) return
    this.#asked = this.importId
    void this.#load(true)
  }

  async #load(fresh = false): Promise<void> {
    clearTimeout(this.#timer)
    try {
      this.#take(await readImport(this.importId), fresh)
    } catch (error) {
      this._error = error
    }
  }

  #take(now: WholeImport, fresh: boolean): void {
    this._import = now
    this._error = undefined
    if (fresh) {
      const { columns, key = [], dateOrder = '' } = now.mapping
      this._order = dateOrder
      this._fields = columns
        ? Object.fromEntries(columns.map(({ column, field }) => [column, field]))
        : (now.mapped ?? {})
      this._key = key[0] ?? (Object.values(this._fields).includes('id') ? 'id' : '')
    }
    if (isBusy(now) && this.isConnected) this.#timer = window.setTimeout(() => void this.#load(), pause)
  }

  get #entity(): Entity | undefined {
    return this._import?.entity ? current().entities.get(this._import.entity) : undefined
  }

  protected override render(): unknown {
    const now = this._import
    if (this._error !== undefined)
      return state({ kind: 'broken', title: explain(this._error), text: detailOf(this._error) })
    if (!now) return html`<div aria-busy="true"></div>`
    const open = now.state === 'staged' || now.state === 'checked'
    return html`<section class="import-one">
      ${this.#head(now)} ${this.#problem(now)} ${open ? this.#mapping(now) : nothing}
      ${now.state === 'checked' && now.checked ? this.#checked(now.checked) : nothing}
      ${isBusy(now) ? this.#progress(now) : nothing} ${open || now.state === 'checking' ? nothing : this.#outcome(now)}
      ${this.#actions(now, open)}
    </section>`
  }

  #head({ file, at, by, sheet, rows, state: now }: WholeImport): TemplateResult {
    const entity = this.#entity
    return html`<header class="import-title">
      <h1 class="cut"><bdi>${file ?? say('import.nameless')}</bdi></h1>
      <span class="badge">${say(`import.${now}`)}</span>
      <p class="quiet">
        ${entity ? html`<a href=${addressOf(openApp(), entity)}>${labelOf(entity.plural, entity.name)}</a> · ` : nothing}
        <bdi>${by.name}</bdi> · <time datetime=${at} title=${exact(at)}>${ago(at)}</time>
        ${sheet ? html` · <bdi>${sheet}</bdi>` : nothing}
        ${rows > 0 ? html` · ${say('import.rows', { count: rows })}` : nothing}
      </p>
    </header>`
  }

  #problem(now: WholeImport): TemplateResult | typeof nothing {
    const problem = problemOfImport(now)
    if (!problem) return nothing
    return html`<div class="notice bad" role="alert">
      ${icon('alert')}
      <div>${explain(problem)} <span dir="auto">${detailOf(problem)}</span></div>
    </div>`
  }

  #mapping({ columns = [], sample = [], sheets = [], sheet }: WholeImport): TemplateResult {
    const options = this.#options()
    const used = Object.values(this._fields).filter(Boolean)
    const keys: Option[] = [
      { value: '', label: say('import.key.none') },
      ...options.filter(({ value }) => used.includes(value)),
    ]
    return html`<div class="import-settings">
        ${
          sheets.length > 1
            ? html`<div class="field">
                <span class="label" id="import-sheet">${say('import.sheet')}</span>
                <pv-select
                  .labelledby=${'import-sheet'}
                  .options=${sheets.map((name) => ({ value: name, label: name }))}
                  .value=${sheet}
                  @pick=${(event: CustomEvent) => void this.#pickSheet(event.detail as string)}
                ></pv-select>
              </div>`
            : nothing
        }
        <div class="field">
          <span class="label" id="import-key">${say('import.key')}</span>
          <pv-select
            .labelledby=${'import-key'}
            .options=${keys}
            .value=${used.includes(this._key) ? this._key : ''}
            @pick=${(event: CustomEvent) => (this._key = event.detail as string)}
          ></pv-select>
          <span class="help">${say(used.includes(this._key) ? 'import.key.help' : 'import.key.none.help')}</span>
        </div>
        ${this.#givesDates(used) ? this.#dateOrder() : nothing}
      </div>
      <div class="card import-table">
        <table>
          <thead>
            <tr>
              <th scope="col">${say('import.column')}</th>
              <th scope="col">${say('import.sample')}</th>
              <th scope="col">${say('import.field')}</th>
            </tr>
          </thead>
          <tbody>
            ${columns.map((column) => this.#column(column, sample, options))}
          </tbody>
        </table>
      </div>`
  }

  #givesDates(used: readonly string[]): boolean {
    const entity = this.#entity
    const properties = entity && wireOf(current(), entity).properties
    return used.some((name) => ['date', 'datetime'].includes(properties?.get(name)?.kind ?? ''))
  }

  #dateOrder(): TemplateResult {
    const options: Option[] = ['', 'dmy', 'mdy'].map((value) => ({
      value,
      label: say(`import.order.${(value || 'none') as 'none' | 'dmy' | 'mdy'}`),
    }))
    return html`<div class="field">
      <span class="label" id="import-order">${say('import.order')}</span>
      <pv-select
        .labelledby=${'import-order'}
        .options=${options}
        .value=${this._order}
        @pick=${(event: CustomEvent) => (this._order = event.detail as string)}
      ></pv-select>
    </div>`
  }

  #column(column: string, sample: NonNullable<WholeImport['sample']>, options: readonly Option[]): TemplateResult {
    const texts = sample
      .map(({ cells }) => cells[column])
      .filter((cell) => cell !== undefined && cell !== null && cell !== '')
      .slice(0, 3)
      .map((cell) => (typeof cell === 'string' ? cell : JSON.stringify(cell)))
    const taken = new Set(Object.entries(this._fields).flatMap(([name, field]) => (name === column ? [] : [field])))
    return html`<tr>
      <th scope="row"><bdi>${column}</bdi></th>
      <td class="quiet">${texts.map((each, i) => html`${i > 0 ? ' · ' : nothing}<bdi>${each.slice(0, 60)}</bdi>`)}</td>
      <td>
        <pv-select
          .label=${say('import.field.of', { name: column })}
          .options=${options.filter(({ value }) => !taken.has(value))}
          .value=${this._fields[column] || null}
          .placeholder=${say('import.leave')}
          .clearable=${true}
          @pick=${(event: CustomEvent) => this.#pick(column, (event.detail as string | null) ?? '')}
        ></pv-select>
      </td>
    </tr>`
  }

  /** Where a column can go: every property that may be written; a lookup by the name of its record, or by its id. */
  #options(): readonly Option[] {
    const entity = this.#entity
    if (!entity) return []
    const model = current()
    const wire = wireOf(model, entity)
    const locked = model.locked.get(entity.name)
    const lookups = [...wire.navigations.values()].filter(({ collection }) => !collection)
    return [...wire.properties.values()].flatMap(({ name, field, readOnly }): Option[] => {
      if (name !== 'id' && (readOnly || locked?.has(field.name))) return []
      const label = labelOf(field.label, field.name)
      const ways = lookups.filter(({ column }) => column === name)
      // Where the record may be one of several entities, each is a place of its own.
      const byName = ways.map((way): Option => {
        const target = model.entityById.get(way.target)!
        const named = ways.length > 1 ? `${label} · ${labelOf(target.label, target.name)}` : label
        return { value: way.name, label: named, second: way.name }
      })
      const byId = ways.length > 0 ? say('import.by-id', { name: label }) : label
      return [...byName, { value: name, label: byId, second: name }]
    })
  }

  #pick(column: string, field: string): void {
    this._fields = { ...this._fields, [column]: field }
  }

  async #pickSheet(sheet: string): Promise<void> {
    await this.#doing(async () => this.#take(await mapImport(this.importId, { sheet }), true))
  }

  #checked(checked: Counts & { readonly errors: readonly FailedRow[] }): TemplateResult {
    return html`<div class="notice ${checked.failed > 0 ? 'warn' : ''}">
        ${icon(checked.failed > 0 ? 'alert' : 'check')}
        <div>
          ${say('import.would', { count: checked.rows })}
          ${counted.filter((name) => checked[name] > 0).map((name, i) => html`${i > 0 ? ' · ' : nothing}${say(`import.count.${name}`, { count: checked[name] })}`)}
        </div>
      </div>
      ${this.#failures(checked.errors, checked.failed)}`
  }

  #failures(rows: readonly FailedRow[], all: number): TemplateResult | typeof nothing {
    if (rows.length === 0) return nothing
    return html`<ul class="card import-failures" aria-label=${say('import.failures')}>
      ${rows.slice(0, most).map(
        ({ row, errors }) =>
          html`<li>
            <span class="badge">${say('import.row', { row })}</span>
            <span>${errors.map(cellError)}</span>
          </li>`,
      )}
      ${all > most ? html`<li class="quiet">${say('import.more', { count: all - Math.min(rows.length, most) })}</li>` : nothing}
    </ul>`
  }

  #progress({ state: now, rows, undone }: WholeImport): TemplateResult {
    const done = now === 'undoing' ? (undone?.deleted ?? 0) + (undone?.restored ?? 0) : rows
    return html`<div class="import-progress" role="status">
      <progress aria-label=${say(`import.${now}`)}></progress>
      <span class="quiet tabular">${say('import.rows', { count: done })}</span>
    </div>`
  }

  #outcome(now: WholeImport): TemplateResult {
    const { undone } = now
    return html`<dl class="import-counts">
        ${counted.map(
          (name) =>
            html`<div class=${name === 'failed' && now.failed > 0 ? 'bad' : ''}>
              <dt>${say(`import.sum.${name}`)}</dt>
              <dd class="tabular">${say('import.number', { count: now[name] })}</dd>
            </div>`,
        )}
      </dl>
      ${now.failed > 0 ? html`<p class="import-actions"><a class="button small" href="/api/import/${now.id}/errors" download="${now.file ?? 'import'}.errors.csv">${icon('download', 14)}${say('import.errors')}</a> <span class="quiet">${say('import.errors.help')}</span></p>` : nothing}
      ${undone && now.state === 'undone' ? this.#undone(undone) : nothing}`
  }

  #undone({ deleted, restored, leftCount, left }: NonNullable<WholeImport['undone']>): TemplateResult {
    return html`<div class="notice ${leftCount > 0 ? 'warn' : ''}">
        ${icon(leftCount > 0 ? 'alert' : 'check')}
        <div>${say('import.undone.text', { deleted, restored, left: leftCount })}</div>
      </div>
      ${
        left.length === 0
          ? nothing
          : html`<ul class="card import-failures" aria-label=${say('import.left')}>
              ${left.slice(0, most).map((each) => this.#left(each))}
              ${leftCount > most ? html`<li class="quiet">${say('import.more', { count: leftCount - most })}</li>` : nothing}
            </ul>`
      }`
  }

  #left({ entity: name, id, reason, fields = [], detail }: Left): TemplateResult {
    const entity = current().entities.get(name)
    const shown = fields.map((field) => labelOf(entity?.fields.find((each) => each.name === field)?.label, field))
    return html`<li>
      ${entity && reason !== 'gone' ? html`<a class="ltr" href=${addressOf(openApp(), entity, id)}>${shortId(id)}</a>` : html`<span class="ltr">${shortId(id)}</span>`}
      <span
        >${say(`import.left.${reason}`)}${shown.length > 0 ? html` <bdi class="quiet">${shown.join(', ')}</bdi>` : nothing}
        ${detail ? html` <bdi class="quiet">${detail}</bdi>` : nothing}</span
      >
    </li>`
  }

  #actions(now: WholeImport, open: boolean): TemplateResult | typeof nothing {
    const placed = Object.values(this._fields).some(Boolean)
    const button = (text: string, run: () => Promise<void>, look = '', sign = 'check') =>
      html`<button
        type="button"
        class="button ${look}"
        ?disabled=${this._busy || (open && !placed)}
        @click=${() => void this.#doing(run)}
      >
        ${icon(sign, 14, sign === 'undo' ? 'mirror' : undefined)}${text}
      </button>`
    if (open)
      return html`<div class="import-actions">
        ${button(say('import.go'), () => this.#begin('commit'), 'primary', 'upload')}
        ${button(say('import.check'), () => this.#begin('check'))}
        ${placed ? nothing : html`<span class="quiet" role="status">${say('import.unplaced')}</span>`}
      </div>`
    const steer = (what: 'commit' | 'undo' | 'cancel') => async () => this.#take(await steerImport(now.id, what), false)
    if (isBusy(now))
      return html`<div class="import-actions">${button(say('import.stop'), steer('cancel'), '', 'close')}</div>`
    if (!isUndoable(now)) return nothing
    const goesOn = (now.state === 'failed' || now.state === 'cancelled') && now.sample !== undefined
    return html`<div class="import-actions">
      ${goesOn ? button(say('import.go-on'), steer('commit'), 'primary', 'refresh') : nothing}
      ${button(say('import.undo'), () => this.#undo(steer('undo')), '', 'undo')}
    </div>`
  }

  /** Keeps what was chosen, then has it checked or begun. */
  async #begin(what: 'check' | 'commit'): Promise<void> {
    const columns = Object.entries(this._fields).flatMap(([column, field]) => (field ? [{ column, field }] : []))
    const used = columns.map(({ field }) => field)
    const { sheet } = this._import!
    await mapImport(this.importId, {
      columns,
      auto: false,
      ...(used.includes(this._key) ? { key: [this._key] } : {}),
      ...(this._order === '' ? {} : { dateOrder: this._order }),
      ...(sheet === undefined ? {} : { sheet }),
    })
    this.#take(await steerImport(this.importId, what), false)
  }

  async #undo(run: () => Promise<void>): Promise<void> {
    const yes = await confirm({
      title: say('import.undo.ask'),
      body: say('import.undo.text'),
      yes: say('import.undo'),
      danger: true,
    })
    if (yes) await run()
  }

  async #doing(run: () => Promise<void>): Promise<void> {
    this._busy = true
    try {
      await run()
    } catch (error) {
      toast(html`${explain(error)} <span dir="auto">${detailOf(error)}</span>`, undefined, 'bad')
    } finally {
      this._busy = false
    }
  }
}
/** A mistake in the reader's language; the server's own words say more, in English. */
function cellError(error: CellError): TemplateResult {
  const { column, value, reason } = error
  const shown = settings.language === 'en' ? reason : explain(problemOfCell(error))
  const cell = settings.language === 'en' || value === '' ? nothing : html`<bdi>${value.slice(0, 60)}</bdi>: `
  return html`<bdi class="quiet">${column}</bdi> <span title=${reason}>${cell}<bdi>${shown}</bdi></span> `
}
customElements.define('pv-import', ImportElement)
