// Review: what publishing the draft does — each step with its risk and its SQL, what depends on it, what is wrong — and the
// one button that does it. The plan is the server's; this page only shows it.
import type { HeldRole } from '@peyvand/core/answer/held.ts'
import type { PlannedStep, Risk } from '@peyvand/core/plan/steps.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { fetchJson } from '../data/http.ts'
import { current, models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { detailOf, explain } from '../forms/explain.ts'
import { confirm, toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf, everything } from '../shell/apps.ts'
import { route } from '../shell/route.ts'
import { state } from '../shell/state.ts'
import { labelOf, say } from '../texts/text.ts'
import { paintAffects, word, type AffectedPart } from './affects.ts'
import { Choices } from './choices.ts'
import { draft, type Change } from './draft.ts'
import { designAddress } from './tree.ts'
import { paintHeld } from './role-holders.ts'
import { undoPublish } from './publish.ts'

interface Plan {
  readonly revision: string
  readonly plan: string
  readonly steps: readonly PlannedStep[]
  readonly affects: readonly AffectedPart[]
  readonly held: readonly HeldRole[]
  readonly problems: readonly {
    readonly code?: string
    readonly detail?: string
    readonly message?: string
    readonly pointer?: string
    readonly hint?: string
  }[]
}

const badges: Readonly<Record<Risk, string>> = { safe: 'good', slow: 'warn', lossy: 'bad', blocked: 'bad' }

/** Where a changed part is designed, by its kind. */
const doors: Readonly<Record<string, (name: string) => string>> = {
  entity: (name) => designAddress(name),
  role: (name) => `/studio/roles/${name}`,
  webhook: (name) => `/studio/webhooks/${name}`,
}

class Review extends View {
  static override properties = { _plan: { state: true }, _error: { state: true }, _busy: { state: true } }
  declare _plan: Plan | undefined
  declare _error: unknown
  declare _busy: boolean
  #stop: (() => void) | undefined
  readonly #choices = new Choices(() => void this.#ask())

  constructor() {
    super()
    this._busy = false
    watch(this, models, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = draft.subscribe(() => void this.#ask())
    void this.#ask()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop?.()
  }

  async #ask(): Promise<void> {
    if (draft.changes.length === 0 || this._busy) {
      this.requestUpdate()
      return
    }
    this._error = undefined
    try {
      this._plan = await fetchJson<Plan>('/api/model/plan', {
        method: 'POST',
        body: this.#choices.request(draft.request()),
      })
    } catch (error) {
      this._plan = undefined
      this._error = error
    }
  }

  protected override render(): unknown {
    if (draft.changes.length === 0)
      return html`<div class="review">
        ${state({ art: 'check', heading: true, title: say('design.nothing'), text: say('design.nothing.text'), actions: html`<a class="button" href="/studio">${say('design.back')}</a>` })}
      </div>`
    const plan = this._plan
    const worst =
      plan &&
      (['blocked', 'lossy', 'slow', 'safe'] as const).find((risk) => plan.steps.some((step) => step.risk === risk))
    const stuck = !plan || plan.problems.length > 0 || worst === 'blocked'
    return html`<section class="review" aria-label=${say('design.review')}>
      <div class="review-body">
        <header>
          <div>
            <h1>${say('design.review')}</h1>
            <p class="quiet">
              ${plan ? say('design.steps', { count: plan.steps.length }) : say('loading')}
              ${worst === 'safe' ? say('design.all-safe') : ''}
            </p>
          </div>
          <button
            type="button"
            class="button primary"
            ?disabled=${stuck || this._busy}
            @click=${() => void this.#publish(worst)}
          >
            ${icon('upload', 14)}${say('design.publish')}
          </button>
        </header>
        ${this._error !== undefined ? this.#broken() : nothing}
        ${
          plan && plan.problems.length > 0
            ? html`<h2>${say('design.problems')}</h2>
                ${plan.affects.length > 0 ? this.#choices.paintAdjust() : nothing}
                <ul class="problems">
                  ${plan.problems.map(
                    (problem) =>
                      html`<li class="notice bad">
                        ${icon('alert')}
                        <div>
                          ${problem.code === 'access.denied' ? html`<strong>${say('problem.access.denied')}</strong>` : nothing}
                          <p dir="auto">${problem.detail ?? problem.message}</p>
                          ${problem.hint ? html`<p dir="auto">${problem.hint}</p>` : nothing}
                          ${problem.pointer ? html`<code class="ltr">${problem.pointer}</code>` : nothing}
                        </div>
                      </li>`,
                  )}
                </ul>`
            : nothing
        }
        <h2>${say('design.changed')}</h2>
        <ul class="changes card">
          ${draft.changes.map((change) => this.#change(change))}
        </ul>
        ${
          plan && plan.steps.length > 0
            ? html`<h2>${say('design.database')}</h2>
                <ol class="steps card">
                  ${plan.steps.map((step) => this.#step(step))}
                </ol>`
            : nothing
        }
        ${plan && plan.held.length > 0 ? paintHeld(plan.held) : nothing}
        ${plan && plan.problems.length === 0 ? this.#access() : nothing}
        ${
          plan && (plan.affects.length > 0 || this.#choices.adjust)
            ? html`<h2>${say('design.affects')}</h2>
                ${plan.problems.length > 0 ? nothing : this.#choices.paintAdjust()} ${paintAffects(plan.affects)}`
            : nothing
        }
      </div>
    </section>`
  }

  /** Who gains or loses access: for what people's rights are made of. */
  #access(): unknown {
    if (!draft.changes.some(({ kind, was }) => kind === 'role' || (kind === 'entity' && was !== undefined)))
      return nothing
    void import('../views/access-diff.ts')
    return html`<pv-access-diff .request=${this.#choices.request(draft.request())}></pv-access-diff>`
  }

  #broken(): TemplateResult {
    const problems = this._error instanceof Problem ? this._error.problems : []
    return html`<div class="notice bad" role="alert">
      ${icon('alert')}
      <div>
        ${explain(this._error)}
        <span dir="auto">${problems.length ? nothing : detailOf(this._error)}</span>
        ${problems.map((problem) => html`<br /><span dir="auto">${problem.message}</span> ${problem.pointer ? html`<code class="ltr">${problem.pointer}</code>` : nothing}`)}
      </div>
      <button type="button" class="button small" @click=${() => void this.#ask()}>${say('retry')}</button>
    </div>`
  }

  #change({ key, kind, was, definition }: Change): TemplateResult {
    const wish = draft.moves.find((move) => key === `move/${move.field}`)?.wish
    const what = wish ? 'move' : definition === null ? 'delete' : was === undefined ? 'create' : 'change'
    const name = wish
      ? `${wish.from}.${wish.field} → ${wish.to}`
      : definition
        ? labelOf(definition['label'] as string, definition.name)
        : was!
    return html`<li>
      ${icon({ delete: 'trash', create: 'plus', change: 'edit', move: 'arrow-end' }[what], 14, what === 'move' ? 'mirror' : '')}<span
        class="badge ${{ delete: 'bad', create: 'good', change: 'info', move: 'info' }[what]}"
        >${say(`design.${what}`)}</span
      >
      <span>${word(`kind.${wish ? 'field' : kind}`, kind)}</span
      >${definition && doors[kind] ? html`<a href=${doors[kind](definition.name)}><bdi>${name}</bdi></a>` : html`<strong class=${wish ? 'ltr' : ''}><bdi>${name}</bdi></strong>`}<span
        class="grow"
      ></span>
      <button type="button" class="button ghost small" @click=${() => draft.drop(key)}>${say('discard')}</button>
    </li>`
  }

  #step(step: PlannedStep): TemplateResult {
    const figures = new Intl.NumberFormat(settings.locale)
    return html`<li>
      <details>
        <summary>
          <span class="badge ${badges[step.risk]}">${say(`risk.${step.risk}`)}</span>
          <span class="what"
            >${word(`step.${step.kind}`, step.kind)}
            <code class="ltr">${step.entity}${step.field ? `.${step.field}` : ''}</code></span
          ><span class="grow"></span>
          ${step.when === 'job' ? html`<span class="badge info">${say('design.later')}</span>` : nothing}
          ${step.rewrite ? html`<span class="badge warn">${say('design.rewrite')}</span>` : nothing}
          <span class="quiet tabular"
            >${say('design.rows', { count: step.rows })} · ${figures.format(step.estimateMs)} ms</span
          >${step.lock === 'none' ? nothing : html`<span class="quiet lock">${icon('lock', 12)}<span class="ltr">${step.lock}</span></span>`}${icon('chevron-down', 14, 'arrow')}
        </summary>
        <pre class="ltr" tabindex="0">${step.sql.join(';\n')}</pre>
        ${
          step.undo.length
            ? html`<h3>${say('undo')}</h3>
                <pre class="ltr" tabindex="0">${step.undo.join(';\n')}</pre>`
            : nothing
        }
      </details>
      ${step.because ? html`<p class="because" dir="auto">${step.because}</p>` : nothing} ${this.#choices.paint(step)}
      ${step.samples?.length ? samples(step) : nothing}
    </li>`
  }

  async #publish(worst: Risk | undefined): Promise<void> {
    if (
      worst === 'lossy' &&
      !(await confirm({
        title: say('design.lossy'),
        body: say('design.lossy.text'),
        yes: say('design.publish'),
        danger: true,
      }))
    )
      return
    const first = placeOf(draft.changes)
    this._busy = true
    try {
      const { undo, jobs } = await fetchJson<{ revision: string; undo: string; jobs?: readonly string[] }>(
        '/api/model/apply',
        {
          method: 'POST',
          body: { ...this.#choices.request(draft.request()), plan: this._plan!.plan },
        },
      )
      await models.load()
      draft.clear()
      toast(say(jobs === undefined ? 'design.published' : 'design.published.later'), {
        label: say('undo'),
        run: () => void undoPublish(undo),
      })
      await route.go(first ?? '/studio')
    } catch (error) {
      this._error = error
      if (error instanceof Problem && error.code === 'conflict.revision') await models.load()
      if (error instanceof Problem && (error.code === 'plan.changed' || error.code === 'conflict.revision')) {
        this._busy = false
        await this.#ask()
        toast(explain(error), undefined, 'bad')
      }
    } finally {
      this._busy = false
    }
  }
}
customElements.define('pv-review', Review)

/** Records in the way of a step, each with the way to where it can be mended. */
function samples({ entity: name, risk, kind, samples: rows = [] }: PlannedStep): TemplateResult {
  const from = kind === 'move_values' ? draft.moves.find(({ wish }) => wish.to === name)?.wish.from : undefined
  const entity = current().entities.get(from ?? name)
  return html`<div class="samples">
    <p class="quiet">${say(risk === 'blocked' ? 'design.samples' : 'design.samples.lose')}</p>
    <ul>
      ${rows.map((row) => {
        const label = html`<bdi>${row.name ?? row.id}</bdi>`
        return html`<li>
          ${entity ? html`<a class="cut" dir="auto" href=${addressOf(everything, entity, row.id)}>${label}</a>` : html`<span class="cut">${label}</span>`}
          ${row.value === null ? html`<span class="quiet">${say('design.no-value')}</span>` : html`<code class="cut"><bdi>${plain(row.value)}</bdi></code>`}
        </li>`
      })}
    </ul>
  </div>`
}

/** A value as it is stored, for its form is what is wrong with it. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(' · ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Where a person is best after these changes: at the entity they are about. */
function placeOf(changes: readonly Change[]): string | undefined {
  const kept = changes.flatMap(({ definition }) => definition ?? [])
  const entity = kept.find(({ kind }) => kind === 'entity')
  if (entity) return designAddress(entity.name)
  const role = kept.find(({ kind }) => kind === 'role')
  if (role) return `/studio/roles/${role.name}`
  const from = kept.find(({ kind }) => kind === 'relationship')?.['from'] as { entity: string } | undefined
  return from && `/studio/entity/${from.entity}?tab=relations`
}
