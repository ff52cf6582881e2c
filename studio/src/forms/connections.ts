// What a record is connected with, whichever side of a connection it stands on: one list, with the role of the other record.
// Shown where the model has connections that can lead to such a record.
import type { Entity } from '@peyvand/core/model/model.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { hear } from '../data/events.ts'
import { current, models } from '../data/model.ts'
import { create, list, remove, type Row } from '../data/records.ts'
import { settings } from '../data/settings.ts'
import { toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf } from '../shell/apps.ts'
import { say } from '../texts/text.ts'
import { appHere, reader } from '../views/reader.ts'
import { askConnection } from './ask-connection.ts'
import { explain } from './explain.ts'

interface Connected {
  readonly row: Row
  readonly entity: Entity | undefined
  readonly id: string
  readonly label: string
  readonly role: string
}

class Connections extends View {
  static override properties = {
    entity: { attribute: false },
    recordId: { attribute: false },
    _rows: { state: true },
    _error: { state: true },
  }
  declare entity: Entity
  declare recordId: string
  declare _rows: readonly Connected[] | undefined
  declare _error: unknown
  #stop: (() => void) | undefined

  constructor() {
    super()
    watch(this, settings, models)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = hear((event) => {
      if (event.kind === 'again' || (event.kind === 'record' && event.entity === 'connection')) void this.#load()
    })
  }

  // Not when it is connected: an element that was on the page before its code has no properties yet then.
  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('recordId')) void this.#load()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop?.()
  }

  get #connection(): Entity {
    return current().entities.get('connection')!
  }

  async #load(): Promise<void> {
    const id = this.recordId
    try {
      const { rows } = await list({
        entity: this.#connection,
        fields: ['record1', 'record2', 'role1', 'role2', 'starts_on', 'ends_on', 'description'],
        filter: `record1_id eq ${id} or record2_id eq ${id}`,
        orderby: 'created_at desc',
        top: 50,
      })
      this._rows = rows.map((row) => this.#seenFrom(row))
      this._error = undefined
    } catch (error) {
      this._error = error
    }
  }

  /** A connection as it looks from this record. */
  #seenFrom(row: Row): Connected {
    const side = row['record1_id'] === this.recordId ? 2 : 1
    const name = String(row[`record${side}_type`])
    const entity = current().entities.get(name)
    const record = row[`record${side}_${name}`] as Row | null | undefined
    const role = row[`role${side}`] as Row | null | undefined
    return {
      row,
      entity,
      id: String(row[`record${side}_id`]),
      label: (record && entity ? textIn(record, entity.primaryField) : undefined) ?? reader().word('hidden'),
      role: role ? (textIn(role, 'name') ?? '') : '',
    }
  }

  protected override render(): unknown {
    const rights = current().rights.get('connection')
    return html`<section class="form-section connections">
      <div class="subgrid">
        <div class="subgrid-head">
          <h3>${say('connections')}</h3>
          ${this._rows ? html`<span class="quiet tabular">${new Intl.NumberFormat(settings.locale).format(this._rows.length)}</span>` : nothing}
          <span class="grow"></span>
          ${rights?.create ? html`<button type="button" class="button ghost small" @click=${() => void this.#add()}>${icon('plus', 14)}${say('connections.add')}</button>` : nothing}
        </div>
        ${this._error !== undefined ? html`<p class="notice bad">${icon('alert')}<span>${explain(this._error)}</span></p>` : this.#list()}
      </div>
    </section>`
  }

  #list(): TemplateResult {
    if (!this._rows) return html`<div class="subgrid-wait"><span class="skeleton"></span></div>`
    if (this._rows.length === 0) return html`<p class="quiet none">${say('connections.none')}</p>`
    return html`<ul class="connection-list">
      ${this._rows.map((each) => this.#item(each))}
    </ul>`
  }

  #item({ row, entity, id, label, role }: Connected): TemplateResult {
    const ended = typeof row['ends_on'] === 'string' && row['ends_on'] < new Date().toISOString().slice(0, 10)
    const note = textIn(row, 'description')
    return html`<li>
      ${icon(entity?.icon ?? 'link')}
      <span class="grow">
        ${entity ? html`<a class="cut" href=${addressOf(appHere(), entity, id)}><bdi>${label}</bdi></a>` : html`<bdi>${label}</bdi>`}
        ${note ? html`<span class="quiet cut">${note}</span>` : nothing}
      </span>
      ${role ? html`<span class="chip">${role}</span>` : nothing}
      ${ended ? html`<span class="quiet">${say('connections.past')}</span>` : nothing}
      ${
        current().rights.get('connection')?.delete
          ? html`<button
              type="button"
              class="button ghost icon small"
              aria-label=${say('connections.remove')}
              title=${say('connections.remove')}
              @click=${() => void this.#remove(row.id)}
            >
              ${icon('close', 14)}
            </button>`
          : nothing
      }
    </li>`
  }

  async #add(): Promise<void> {
    const values = await askConnection(this.entity, this.recordId)
    if (values) await this.#change(() => create(this.#connection, values))
  }

  async #remove(id: string): Promise<void> {
    if (await this.#change(() => remove(this.#connection, id))) toast(say('connections.removed'))
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
}
customElements.define('pv-connections', Connections)
