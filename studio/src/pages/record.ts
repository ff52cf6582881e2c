// The record page: the way here, and one record filling the page.
import type { Entity } from '@peyvand/core/model/model.ts'
import { html } from 'lit'
import { models, current } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import '../forms/record.ts'
import type { RecordElement } from '../forms/record.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf } from '../shell/apps.ts'
import { entitle, header } from '../shell/header.ts'
import { route } from '../shell/route.ts'
import { labelOf, say } from '../texts/text.ts'

class RecordPage extends View {
  static override properties = {
    app: { attribute: false },
    entity: { attribute: false },
    recordId: { attribute: false },
    _title: { state: true },
    _dirty: { state: true },
  }
  declare app: string
  declare entity: Entity
  declare recordId: string
  declare _title: string
  declare _dirty: boolean

  constructor() {
    super()
    this._title = ''
    this._dirty = false
    watch(this, models, settings)
  }

  get #list(): string {
    return addressOf(this.app, this.entity)
  }

  protected override render(): unknown {
    this.entity = current().entities.get(this.entity.name) ?? this.entity
    const fresh = this.recordId === 'new'
    const title = this._title || (fresh ? say('new.of', { name: labelOf(this.entity.label, this.entity.name) }) : '')
    entitle(title, labelOf(this.entity.plural, this.entity.name))
    return html` ${header([{ label: labelOf(this.entity.plural, this.entity.name), href: this.#list, icon: this.entity.icon ?? 'table' }, { label: title || '…' }])}
      <pv-record
        .entity=${this.entity}
        .recordId=${fresh ? undefined : this.recordId}
        .given=${fresh ? Object.fromEntries(route.query) : {}}
        @titled=${(event: CustomEvent) => {
          this._title = event.detail as string
        }}
        @created=${(event: CustomEvent) => void route.go(addressOf(this.app, this.entity, event.detail as string), { replace: true, free: true })}
        @removed=${() => void route.go(this.#list, { free: true })}
        @dirtied=${(event: CustomEvent) => this.#guard(event.detail as boolean)}
      ></pv-record>`
  }

  #guard(dirty: boolean): void {
    route.guard(dirty ? () => this.querySelector<RecordElement>('pv-record')!.mayLeave() : undefined)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    route.guard(undefined)
  }
}
customElements.define('pv-record-page', RecordPage)
