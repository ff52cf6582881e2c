// Under the properties of a published rollup: when its stored values were last compared with what they should be, what was
// found, and the two jobs one can ask for. Follows a job while it runs.
import type { Entity } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { hear } from '../data/events.ts'
import { fetchJson } from '../data/http.ts'
import { settings } from '../data/settings.ts'
import { explain } from '../forms/explain.ts'
import { ago } from '../forms/info.ts'
import { toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf, everything } from '../shell/apps.ts'
import { say } from '../texts/text.ts'

interface State {
  readonly checkedAt: string | null
  readonly records: number
  readonly drift: number
  readonly mended: number
  readonly samples: readonly string[]
  readonly job: string | null
}

/** unit: milliseconds */
const pause = 1_500

class RollupState extends View {
  static override properties = {
    entity: { attribute: false },
    field: {},
    _state: { state: true },
    _part: { state: true },
    _error: { state: true },
  }
  declare entity: Entity
  declare field: string
  declare _state: State | undefined
  /** How much of the records the job has seen, from 0 to 1. */
  declare _part: number | undefined
  declare _error: unknown
  #stop: (() => void) | undefined
  #timer: number | undefined

  constructor() {
    super()
    watch(this, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = hear((event) => {
      if (event.kind !== 'job' || event.id !== this._state?.job) return
      if (event.state === 'running') this._part = event.progress?.total ? event.progress.done / event.progress.total : 0
      else {
        this._part = undefined
        void this.#load()
      }
    })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop?.()
    window.clearTimeout(this.#timer)
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('field') || changed.has('entity')) void this.#load()
  }

  async #load(): Promise<void> {
    const { entity, field } = this
    try {
      const query = new URLSearchParams({ entity: `'${entity.name}'`, field: `'${field}'` })
      const { value } = await fetchJson<{ value: readonly State[] }>(`/api/actions/rollup_state?${query.toString()}`)
      if (field !== this.field) return
      this._state = value[0]
      this._error = undefined
      // Only administrators hear of jobs; who may design alone asks.
      window.clearTimeout(this.#timer)
      if (value[0]?.job && this.isConnected) this.#timer = window.setTimeout(() => void this.#load(), pause)
    } catch (error) {
      this._error = error
    }
  }

  async #ask(action: 'rollup_check' | 'rollup_rebuild'): Promise<void> {
    try {
      const { job } = await fetchJson<{ job: string }>(`/api/actions/${action}`, {
        method: 'POST',
        body: { entity: this.entity.name, field: this.field },
      })
      if (this._state) this._state = { ...this._state, job }
      // It may have ended before the browser knew its name.
      await this.#load()
    } catch (error) {
      toast(explain(error), undefined, 'bad')
    }
  }

  protected override render(): unknown {
    if (this._error !== undefined)
      return html`<p class="notice bad">${icon('alert')}<span>${explain(this._error)}</span></p>`
    const now = this._state
    if (!now) return html`<p class="quiet" aria-busy="true">${say('loading')}</p>`
    return html`<section class="rollup-state" aria-label=${say('rollup.title')}>
      <h3>${say('rollup.title')}</h3>
      <div aria-live="polite">${this.#found(now)}</div>
      ${now.job === null ? this.#buttons(now) : this.#working()}
    </section>`
  }

  #found({ checkedAt, records, drift, mended, samples }: State): TemplateResult {
    if (checkedAt === null) return html`<p class="quiet">${say('rollup.never')}</p>`
    const verdict =
      drift > 0
        ? say('rollup.drift', { count: drift })
        : mended > 0
          ? say('rollup.mended', { count: mended })
          : say('rollup.right')
    return html`<p><span class="badge ${drift > 0 ? 'warn' : 'good'}">${verdict}</span></p>
      <p class="quiet">
        <time datetime=${checkedAt}>${ago(checkedAt)}</time> · ${say('rollup.records', { count: records })}
      </p>
      ${
        samples.length === 0
          ? nothing
          : html`<p class="samples">
              ${samples.map(
                (id, i) =>
                  html`<a href=${addressOf(everything, this.entity, id)} title=${id}
                    >${new Intl.NumberFormat(settings.locale).format(i + 1)}</a
                  >`,
              )}
            </p>`
      }`
  }

  #buttons({ drift }: State): TemplateResult {
    return html`<div class="buttons">
      <button type="button" class="button small" @click=${() => void this.#ask('rollup_check')}>
        ${icon('search', 14)}${say('rollup.check')}
      </button>
      <button
        type="button"
        class="button small ${drift > 0 ? 'primary' : 'ghost'}"
        @click=${() => void this.#ask('rollup_rebuild')}
      >
        ${icon('refresh', 14)}${say('rollup.rebuild')}
      </button>
    </div>`
  }

  #working(): TemplateResult {
    return html`<p class="quiet">${say('rollup.working')}</p>
      <progress aria-label=${say('rollup.working')} max="1" .value=${this._part ?? 0}></progress>`
  }
}
customElements.define('pv-rollup-state', RollupState)
