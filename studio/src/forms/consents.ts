// What a person agreed to, in the panel about their record: the last word for each channel and purpose. Loaded with the first
// page of a person.
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { hear } from '../data/events.ts'
import { current } from '../data/model.ts'
import { readStanding, type Consent, type Standing } from '../data/privacy.ts'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { enPrivacy } from '../texts/en-privacy.ts'
import { addEnglish, labelOf, say } from '../texts/text.ts'
import './sharing.css'
import './privacy.css'

addEnglish(enPrivacy)

/** `<pv-consents>`: nothing for who may not know. */
class Consents extends View {
  static override properties = {
    entity: { attribute: false },
    recordId: { attribute: false },
    _standing: { state: true },
  }
  declare entity: Entity
  declare recordId: string
  declare _standing: Standing | undefined
  #stop: (() => void) | undefined

  constructor() {
    super()
    watch(this, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = hear((event) => {
      if (event.kind === 'record' && ['consent', this.entity.name].includes(event.entity)) void this.#load()
    })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop?.()
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('recordId')) void this.#load()
  }

  async #load(): Promise<void> {
    const id = this.recordId
    const standing = await readStanding(this.entity, id).catch(() => undefined)
    if (id === this.recordId) this._standing = standing
  }

  protected override render(): unknown {
    if (!this._standing) return nothing
    const { restricted, contact, consents } = this._standing
    return html`<section class="sharing consents">
      <h3>${say('consents')}</h3>
      ${restricted ? html`<p class="notice warn">${icon('lock', 14)}<span>${say('consents.restricted')}</span></p>` : nothing}
      ${contact === 'refused' ? html`<p class="notice warn">${icon('close', 14)}<span>${say('consents.refused')}</span></p>` : nothing}
      ${
        consents.length === 0
          ? html`<p class="quiet">${say('consents.none')}</p>`
          : html`<ul>
              ${consents.map(paintConsent)}
            </ul>`
      }
    </section>`
  }
}
customElements.define('pv-consents', Consents)

function paintConsent({ channel, purpose, state, at }: Consent): TemplateResult {
  const date = new Intl.DateTimeFormat(settings.locale, { dateStyle: 'medium' }).format(new Date(at))
  return html`<li class=${state}>
    <span class="bead">${icon(state === 'given' ? 'check' : 'close', 12)}</span>
    <span class="grow">
      <span class="cut">${optionLabel('channel', channel)} · ${optionLabel('purpose', purpose)}</span>
      <span class="quiet">${say(`consents.${state}`, { date })}</span>
    </span>
  </li>`
}

function optionLabel(name: string, value: string): string {
  const field: Field | undefined = current()
    .entities.get('consent')
    ?.fields.find((each) => each.name === name)
  const options = field === undefined ? [] : (typeOf(field).options?.(field, current()) ?? [])
  return labelOf(options.find((option) => option.value === value)?.label, value)
}
