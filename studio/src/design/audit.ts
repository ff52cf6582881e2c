// The audit, for administrators: how far it is sealed, what the last verification found, and all events as one list that is
// narrowed by kind, entity, person and day. Values are told as the server tells them; the form's own panel shows them richer.
import type { Story, StoryEvent } from '@peyvand/core/answer/audit.ts'
import { isJsonObject, plainText, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { fetchJson } from '../data/http.ts'
import { current } from '../data/model.ts'
import { shortId } from '../data/names.ts'
import { readJob } from '../data/jobs.ts'
import { settings } from '../data/settings.ts'
import { explain } from '../forms/explain.ts'
import { ago, exact } from '../forms/info.ts'
import { toast } from '../kit/dialog.ts'
import { bring } from '../kit/heavy.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf, everything } from '../shell/apps.ts'
import { route } from '../shell/route.ts'
import { labelOf, say } from '../texts/text.ts'
import './audit.css'

const kinds = [
  'permission',
  'create',
  'update',
  'delete',
  'share',
  'unshare',
  'read',
  'export',
  'model',
  'sign-in',
  'sign-out',
  'factor',
  'password',
  'passkey',
  'session',
  'key',
  'link',
  'provider',
  'impersonation',
  'redaction',
  'retention',
  'verification',
] as const
type Kind = (typeof kinds)[number]

interface State {
  readonly head: { readonly number: string; readonly sealedAt: string } | null
  readonly unsealed: { readonly rows: number; readonly oldest: string | null }
  readonly verified: { readonly at: string; readonly outcome: string; readonly detail: JsonObject } | null
}

const filters = ['kind', 'entity', 'person', 'from', 'to'] as const
/** unit: milliseconds */
const pause = 300

class Audit extends View {
  static override properties = {
    _events: { state: true },
    _state: { state: true },
    _error: { state: true },
    _busy: { state: true },
  }
  declare _events: readonly StoryEvent[] | undefined
  declare _state: State | undefined
  declare _error: unknown
  declare _busy: boolean
  #names: Record<string, string> = {}
  #next: string | null = null
  #of: string | undefined

  constructor() {
    super()
    this._busy = false
    bring('pv-date')
    watch(this, settings, route)
  }

  protected override willUpdate(): void {
    const of = this.#query().toString()
    if (of === this.#of) return
    this.#of = of
    void this.#load(null)
    void this.#loadState()
  }

  /** The filters, as the address has them. */
  #query(): URLSearchParams {
    const said = filters.flatMap((name) => {
      const value = route.query.get(name)
      return value === null || value === '' ? [] : [[name, value]]
    })
    return new URLSearchParams(said)
  }

  async #load(after: string | null): Promise<void> {
    const query = this.#query()
    query.set('top', '40')
    if (after !== null) query.set('after', after)
    try {
      const page = await fetchJson<Story>(`/api/audit?${query.toString()}`)
      this.#names = { ...this.#names, ...page.names }
      this.#next = page.next
      this._events = after === null ? page.value : [...(this._events ?? []), ...page.value]
      this._error = undefined
    } catch (error) {
      this._error = error
    }
  }

  async #loadState(): Promise<void> {
    this._state = await fetchJson<State>('/api/audit/state').catch(() => undefined)
  }

  async #verify(): Promise<void> {
    this._busy = true
    try {
      const { job } = await fetchJson<{ job: string }>('/api/audit/verify', { method: 'POST', body: {} })
      let state = (await readJob(job)).state
      while (state === 'queued' || state === 'running') {
        await new Promise((resolve) => setTimeout(resolve, pause))
        state = (await readJob(job)).state
      }
      await this.#loadState()
    } catch (error) {
      toast(explain(error), undefined, 'bad')
    } finally {
      this._busy = false
    }
  }

  protected override render(): unknown {
    const file = `/api/audit/csv?${this.#query().toString()}`
    return html`<section class="review" aria-label=${say('audit')}>
      <div class="review-body">
        <header>
          <h1>${say('audit')}</h1>
          <a class="button small" href=${file} download="audit.csv">${icon('download', 14)}${say('audit.csv')}</a>
        </header>
        ${this.#seals()} ${this.#filters()} ${this.#list()}
      </div>
    </section>`
  }

  #seals(): TemplateResult {
    const { head, unsealed, verified } = this._state ?? {}
    const wrong = Number(verified?.detail['wrong'] ?? 0)
    return html`<div class="card audit-seals" aria-busy=${String(this._busy)}>
      <dl>
        <div>
          <dt>${say('audit.sealed')}</dt>
          <dd>${head ? html`<time datetime=${head.sealedAt}>${exact(head.sealedAt)}</time>` : '—'}</dd>
        </div>
        <div>
          <dt>${say('audit.open')}</dt>
          <dd>${unsealed ? say('audit.rows', { count: unsealed.rows }) : '—'}</dd>
        </div>
        <div>
          <dt>${say('audit.verified')}</dt>
          <dd>
            ${
              verified
                ? html`<span class=${wrong === 0 ? 'audit-good' : 'audit-bad'}
                      >${icon(wrong === 0 ? 'check' : 'alert', 14)}${wrong === 0 ? say('audit.whole') : say('audit.wrong', { count: wrong })}</span
                    >
                    <time class="quiet" datetime=${verified.at} title=${exact(verified.at)}>${ago(verified.at)}</time>`
                : say('audit.never')
            }
          </dd>
        </div>
      </dl>
      <button type="button" class="button" ?disabled=${this._busy} @click=${() => void this.#verify()}>
        ${say(this._busy ? 'audit.verifying' : 'audit.verify')}
      </button>
    </div>`
  }

  #filters(): TemplateResult {
    const pick = (name: (typeof filters)[number]) => (event: CustomEvent) =>
      route.adjust({ [name]: (event.detail as string | null) ?? null })
    const person = route.query.get('person')
    const day = (name: 'from' | 'to') =>
      html`<label class="audit-day"
        ><span class="quiet">${say(`audit.${name}`)}</span
        ><pv-date .label=${say(`audit.${name}`)} .value=${route.query.get(name)} @change-value=${pick(name)}></pv-date
      ></label>`
    return html`<div class="audit-filters" role="group" aria-label=${say('audit.narrow')}>
      <pv-select
        .label=${say('audit.kind')}
        .placeholder=${say('audit.kind')}
        .clearable=${true}
        .options=${kinds.map((value) => ({ value, label: say(`audit.kind.${value}`) }))}
        .value=${route.query.get('kind')}
        @pick=${pick('kind')}
      ></pv-select>
      <pv-select
        .label=${say('audit.entity')}
        .placeholder=${say('audit.entity')}
        .clearable=${true}
        .options=${[...current().entities.values()].map(({ name, label }) => ({ value: name, label: labelOf(label, name) }))}
        .value=${route.query.get('entity')}
        @pick=${pick('entity')}
      ></pv-select>
      ${day('from')} ${day('to')}
      ${
        person === null
          ? nothing
          : html`<button type="button" class="facet on" @click=${() => route.adjust({ person: null })}>
              <bdi>${this.#names[person] ?? person}</bdi>${icon('close', 12)}
            </button>`
      }
    </div>`
  }

  #list(): TemplateResult {
    if (this._error !== undefined)
      return html`<p class="notice bad">${icon('alert')}<span>${explain(this._error)}</span></p>`
    if (this._events === undefined) return html`<span class="skeleton"></span>`
    if (this._events.length === 0) return html`<p class="quiet">${say('audit.none')}</p>`
    return html`<ol class="story card history">
        ${this._events.map((event) => this.#event(event))}
      </ol>
      ${
        this.#next === null
          ? nothing
          : html`<button type="button" class="button ghost small" @click=${() => void this.#load(this.#next)}>
              ${say('changes.more')}
            </button>`
      }`
  }

  #event({
    at,
    kind,
    outcome,
    by,
    via,
    person,
    entity,
    records,
    before,
    after,
    address,
    detail,
    isSealed,
  }: StoryEvent): TemplateResult {
    const known = kinds.find((each): each is Kind => each === kind)
    const about = entity === null ? undefined : current().entities.get(entity)
    const other = person !== null && person !== by ? person : undefined
    const isBad = outcome === 'refused' || outcome === 'failed' || outcome === 'limited'
    return html`<li>
      <span class="bead">${icon(isSealed ? 'lock' : 'clock', 12)}</span>
      <div class="grow">
        <span
          ><strong>${known === undefined ? kind : say(`audit.kind.${known}`)}</strong>${
            isBad ? html` <span class="badge" data-color="red">${say('audit.refused')}</span>` : nothing
          }${entity === null ? nothing : html` · <bdi>${labelOf(about?.label, entity)}</bdi>`}${
            about !== undefined && records.length === 1
              ? html` ·
                  <a href=${addressOf(everything, about, records[0])}
                    >${this.#names[records[0]!] ? html`<bdi>${this.#names[records[0]!]}</bdi>` : html`<code class="ltr">${shortId(records[0]!)}</code>`}</a
                  >`
              : records.length > 1
                ? html` · ${say('audit.records', { count: records.length })}`
                : nothing
          }</span
        >
        <span class="quiet cut"
          >${by === null ? nothing : this.#person(by)}${via === null ? nothing : html` (${this.#person(via)})`}${
            other === undefined ? nothing : html` → ${this.#person(other)}`
          }
          · <time datetime=${at} title=${exact(at)}>${ago(at)}</time>${
            address === null ? nothing : html` · <code class="ltr">${address}</code>`
          }${isSealed ? nothing : html` · ${say('audit.unsealed')}`}</span
        >
        ${paintValues(before, after, detail)}
      </div>
    </li>`
  }

  #person(id: string): TemplateResult {
    // What happens without a person, such as the first start, is the platform's own doing.
    const name = id === nobody ? 'Peyvand' : this.#names[id]
    return html`<button type="button" class="link" @click=${() => route.adjust({ person: id })}>
      <bdi>${name ?? shortId(id)}</bdi>
    </button>`
  }
}
customElements.define('pv-audit', Audit)

const shortest = 60
const nobody = '00000000-0000-0000-0000-000000000000'

/** What changed, a line each; of other events what is told of them. */
function paintValues(before: JsonValue, after: JsonValue, detail: JsonValue): TemplateResult | typeof nothing {
  const text = (value: JsonValue | undefined): string => {
    const whole =
      value === null || value === undefined ? '—' : typeof value === 'object' ? JSON.stringify(value) : plainText(value)
    return whole.length > shortest ? `${whole.slice(0, shortest)}…` : whole
  }
  const [was, is] = [before, after].map((side) => (isJsonObject(side) ? side : {})) as [JsonObject, JsonObject]
  const changed = Object.keys({ ...was, ...is }).filter(
    (name) => JSON.stringify(was[name] ?? null) !== JSON.stringify(is[name] ?? null),
  )
  const lines = isJsonObject(detail)
    ? Object.entries(detail)
        .filter(([, value]) => typeof value !== 'object')
        .map(([name, value]) => html`<li><code>${name}</code> <bdi>${text(value)}</bdi></li>`)
    : changed.map(
        (name) =>
          html`<li>
            <code>${name}</code> <del><bdi>${text(was[name])}</bdi></del> ${icon('arrow-end', 12, 'mirror')}
            <ins><bdi>${text(is[name])}</bdi></ins>
          </li>`,
      )
  if (lines.length === 0) return nothing
  return html`<details class="audit-values">
    <summary>${say('audit.details')}</summary>
    <ul>
      ${lines}
    </ul>
  </details>`
}
