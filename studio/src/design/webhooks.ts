// The webhooks: which servers are told of what, and how that goes; one of them opens on its own page.
import type { WebhookFare } from '@peyvand/core/answer/webhook.ts'
import type { Webhook } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { mayAdminister, models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { readFares } from '../data/webhooks.ts'
import { explain } from '../forms/explain.ts'
import { ago, exact } from '../forms/info.ts'
import { toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { route } from '../shell/route.ts'
import { state } from '../shell/state.ts'
import { labelOf, say } from '../texts/text.ts'
import { createWebhook } from './create-webhook.ts'
import { draft } from './draft.ts'
import { badgeOf } from './webhook-badge.ts'
import './webhook.ts'
import './webhooks.css'

/** Where a webhook is designed. */
export const webhookAddress = (name: string): string => `/studio/webhooks/${name}`

class Webhooks extends View {
  static override properties = { _fares: { state: true } }
  declare _fares: ReadonlyMap<string, WebhookFare>

  constructor() {
    super()
    this._fares = new Map()
    watch(this, route, models, settings, draft)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#load()
  }

  async #load(): Promise<void> {
    if (!mayAdminister()) return
    try {
      this._fares = new Map((await readFares()).map((fare) => [fare.name, fare]))
    } catch (error) {
      toast(explain(error), undefined, 'bad')
    }
  }

  protected override render(): unknown {
    const hooks = [...draft.model.webhooks.values()].sort((a, b) =>
      labelOf(a.label, a.name).localeCompare(labelOf(b.label, b.name)),
    )
    const make = html`<button type="button" class="button primary" @click=${() => void createWebhook()}>
      ${icon('plus', 14)}${say('webhook.new')}
    </button>`
    if (hooks.length === 0)
      return html`<div class="review">
        ${state({ art: 'bolt', heading: true, title: say('webhooks.none'), text: say('webhooks.text'), actions: make })}
      </div>`
    return html`<section class="review" aria-label=${say('webhooks')}>
      <div class="review-body">
        <header>
          <div>
            <h1>${say('webhooks')}</h1>
            <p class="quiet">${say('webhooks.text')}</p>
          </div>
          ${make}
        </header>
        <ul class="card hooks">
          ${hooks.map((hook) => this.#hook(hook))}
        </ul>
      </div>
    </section>`
  }

  #hook(hook: Webhook): TemplateResult {
    const fare = this._fares.get(hook.name)
    const entity = draft.model.entities.get(hook.entity)
    return html`<li>
      <span class="bead">${icon('bolt', 12)}</span>
      <div class="grow">
        <span class="hook-name"
          ><a href=${webhookAddress(hook.name)}><bdi>${labelOf(hook.label, hook.name)}</bdi></a>
          ${badgeOf(hook, fare)}</span
        >
        <span class="quiet cut"
          ><bdi>${labelOf(entity?.plural ?? hook.entity, hook.entity)}</bdi> ·
          <code class="ltr">${hook.url}</code></span
        >
      </div>
      ${fare?.lastSent ? html`<time class="quiet" datetime=${fare.lastSent} title=${exact(fare.lastSent)}>${ago(fare.lastSent)}</time>` : nothing}
    </li>`
  }
}
customElements.define('pv-webhooks', Webhooks)
