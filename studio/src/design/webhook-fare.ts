// How a webhook fares: its signing secret, what was sent and what came back, trying the target, and sending again.
import { deliveryStates, type Delivery, type DeliveryState, type WebhookFare } from '@peyvand/core/answer/webhook.ts'
import type { Webhook } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { settings } from '../data/settings.ts'
import { makeSecret, ping, problemOfFare, readDeliveries, readDelivery, readFare, resend } from '../data/webhooks.ts'
import { detailOf, explain } from '../forms/explain.ts'
import { ago, exact } from '../forms/info.ts'
import { confirm, openDialog, toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { say } from '../texts/text.ts'
import { badgeOf } from './webhook-badge.ts'

const tones: Readonly<Record<DeliveryState, string>> = { waiting: 'info', sent: 'good', dead: 'bad', withheld: 'warn' }

class WebhookFareView extends View {
  static override properties = {
    hook: { attribute: false },
    _fare: { state: true },
    _rows: { state: true },
    _next: { state: true },
    _only: { state: true },
    _busy: { state: true },
  }
  declare hook: Webhook
  declare _fare: WebhookFare | undefined
  declare _rows: readonly Delivery[]
  declare _next: string | null
  declare _only: DeliveryState | undefined
  declare _busy: boolean
  #asked = ''

  constructor() {
    super()
    this._rows = []
    this._next = null
    this._busy = false
    watch(this, settings)
  }

  protected override willUpdate(): void {
    if (this.#asked === this.hook.name) return
    this.#asked = this.hook.name
    void this.#load()
  }

  async #load(after?: string): Promise<void> {
    const { name } = this.hook
    await this.#try(async () => {
      const [fare, page] = [await readFare(name), await readDeliveries(name, { state: this._only, after })]
      this._fare = fare
      this._rows = after === undefined ? page.value : [...this._rows, ...page.value]
      this._next = page.next
    })
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this._busy = true
    try {
      await work()
    } catch (error) {
      toast(html`${explain(error)} <span dir="auto">${detailOf(error)}</span>`, undefined, 'bad')
    } finally {
      this._busy = false
    }
  }

  protected override render(): unknown {
    const fare = this._fare
    if (fare === undefined) return html`<div class="card webhook-form"><span class="skeleton"></span></div>`
    const problem = problemOfFare(fare)
    return html`<div class="card webhook-form fare">
        <div class="fare-line">
          ${badgeOf(this.hook, fare)}
          ${fare.runAs ? html`<span class="quiet">${say('webhook.runs-as', { name: fare.runAs.name })}</span>` : nothing}
          ${fare.lastSent ? html`<time class="quiet" datetime=${fare.lastSent} title=${exact(fare.lastSent)}>${say('webhook.last', { when: ago(fare.lastSent) })}</time>` : nothing}
          <span class="grow"></span>
          ${fare.secret ? html`<button type="button" class="button small" ?disabled=${this._busy} @click=${() => void this.#ping()}>${icon('bolt', 14)}${say('webhook.ping')}</button>` : nothing}
          <button
            type="button"
            class="button small ${fare.secret ? '' : 'primary'}"
            ?disabled=${this._busy}
            @click=${() => void this.#secret()}
          >
            ${icon('key', 14)}${say(fare.secret ? 'webhook.secret.renew' : 'webhook.secret.make')}
          </button>
        </div>
        ${fare.secret ? nothing : html`<p class="quiet">${say('webhook.secret.text')}</p>`}
        ${fare.secret?.beforeUntil ? html`<p class="quiet">${say('webhook.secret.before', { when: exact(fare.secret.beforeUntil) })}</p>` : nothing}
        ${
          problem
            ? html`<div class="notice bad">
                ${icon('alert')}
                <div>${explain(problem)} <span dir="auto">${detailOf(problem)}</span></div>
              </div>`
            : fare.closed
              ? html`<div class="notice warn">
                  ${icon('alert')}
                  <div>${say('webhook.closed', { count: fare.failures ?? 0 })}</div>
                </div>`
              : nothing
        }
      </div>
      ${fare.secret || this._rows.length > 0 ? this.#deliveries(fare) : nothing}`
  }

  #deliveries(fare: WebhookFare): TemplateResult {
    return html`<div class="deliveries-head">
        <h2>${say('webhook.deliveries')}</h2>
        <div class="facets" role="group" aria-label=${say('webhook.deliveries')}>
          ${[undefined, ...deliveryStates].map(
            (one) =>
              html`<button
                type="button"
                class="facet ${this._only === one ? 'on' : ''}"
                aria-pressed=${String(this._only === one)}
                @click=${() => {
                  this._only = one
                  void this.#load()
                }}
              >
                ${say(`delivery.${one ?? 'all'}`)}
              </button>`,
          )}
        </div>
        <span class="grow"></span>
        ${fare.dead > 0 ? html`<button type="button" class="button small" @click=${() => void this.#again()}>${icon('undo', 14, 'mirror')}${say('webhook.resend-all')}</button>` : nothing}
        <button
          type="button"
          class="button ghost icon small"
          aria-label=${say('refresh')}
          title=${say('refresh')}
          @click=${() => void this.#load()}
        >
          ${icon('refresh', 14)}
        </button>
      </div>
      ${
        this._rows.length === 0
          ? html`<p class="quiet">${say('webhook.deliveries.none')}</p>`
          : html`<ul class="card deliveries">
              ${this._rows.map((row) => this.#row(row))}
            </ul>`
      }
      ${this._next === null ? nothing : html`<div><button type="button" class="button small" ?disabled=${this._busy} @click=${() => void this.#load(this._next!)}>${say('more')}</button></div>`}`
  }

  #row(row: Delivery): TemplateResult {
    const { state: now, status, error, attempts, events, ms, madeAt, nextAt } = row
    return html`<li>
      <button type="button" class="delivery" @click=${() => void this.#open(row)}>
        <span class="badge ${tones[now]}">${say(`delivery.${now}`)}</span>
        <span class="grow cut"
          >${status === null ? html`<span dir="auto">${error ?? ''}</span>` : html`<code class="ltr">HTTP ${status}</code>`}
          ${ms === null ? nothing : html`<span class="quiet"><bdi>${new Intl.NumberFormat(settings.locale, { style: 'unit', unit: 'millisecond' }).format(ms)}</bdi></span>`}
          ${events > 1 ? html`<span class="quiet">${say('webhook.events', { count: events })}</span>` : nothing}
          ${attempts > 1 ? html`<span class="quiet">${say('job.tries', { count: attempts })}</span>` : nothing}
          ${nextAt && attempts > 0 ? html`<span class="quiet">${say('job.next', { when: ago(nextAt) })}</span>` : nothing}</span
        >
        <time class="quiet" datetime=${madeAt} title=${exact(madeAt)}>${ago(madeAt)}</time>
      </button>
    </li>`
  }

  async #open({ id }: Delivery): Promise<void> {
    const { name } = this.hook
    await this.#try(async () => {
      const { body, answer, status, error, state: now } = await readDelivery(name, id)
      const again = await openDialog<boolean>(
        (done) =>
          html`<header class="dialog-head">
              <h2>${say('webhook.delivery')}</h2>
              <span class="badge ${tones[now]}">${say(`delivery.${now}`)}</span>
            </header>
            <div class="body stack">
              <h3>${say('webhook.sent')}</h3>
              <pre class="code-block ltr" tabindex="0">${pretty(body)}</pre>
              <h3>
                ${say('webhook.answer')}
                ${status === null ? nothing : html`<code class="ltr quiet">HTTP ${status}</code>`}
              </h3>
              ${error ? html`<p class="quiet" dir="auto">${error}</p>` : nothing}
              ${answer ? html`<pre class="code-block ltr" tabindex="0">${answer}</pre>` : error ? nothing : html`<p class="quiet">${say('webhook.answer.none')}</p>`}
            </div>
            <footer>
              <button type="button" class="button" @click=${() => done()}>${say('close')}</button>
              ${now === 'sent' || now === 'dead' ? html`<button type="button" class="button primary" @click=${() => done(true)}>${icon('undo', 14, 'mirror')}${say('webhook.resend')}</button>` : nothing}
            </footer>`,
        { label: say('webhook.delivery'), wide: true },
      )
      if (again === true) await this.#again(id)
    })
  }

  async #again(id?: string): Promise<void> {
    await this.#try(async () => {
      await resend(this.hook.name, id)
      toast(say('webhook.resent'))
    })
    await this.#load()
  }

  async #ping(): Promise<void> {
    await this.#try(async () => {
      const { taken, status, error } = await ping(this.hook.name)
      const answer = status === null ? (error ?? '') : `HTTP ${status}`
      toast(say(taken ? 'webhook.ping.taken' : 'webhook.ping.refused', { answer }), undefined, taken ? 'good' : 'bad')
    })
  }

  async #secret(): Promise<void> {
    if (
      this._fare?.secret &&
      !(await confirm({
        title: say('webhook.secret.ask'),
        body: say('webhook.secret.ask.text'),
        yes: say('webhook.secret.renew'),
      }))
    )
      return
    await this.#try(async () => {
      const secret = await makeSecret(this.hook.name)
      await openDialog(
        (done) =>
          html`<header class="dialog-head"><h2>${say('webhook.secret')}</h2></header>
            <div class="body stack">
              <p>${say('webhook.secret.shown')}</p>
              <code class="secret whole" dir="ltr">${secret}</code>
            </div>
            <footer>
              <button
                type="button"
                class="button"
                @click=${async () => {
                  await navigator.clipboard.writeText(secret)
                  toast(say('source.copied'))
                }}
              >
                ${icon('copy', 14)}${say('webhook.copy')}
              </button>
              <button type="button" class="button primary" @click=${() => done()}>${say('close')}</button>
            </footer>`,
        { label: say('webhook.secret') },
      )
    })
    await this.#load()
  }
}
customElements.define('pv-webhook-fare', WebhookFareView)

/** A body as people read it, its beginning. */
function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2).slice(0, 20_000)
  } catch {
    return body.slice(0, 20_000)
  }
}
