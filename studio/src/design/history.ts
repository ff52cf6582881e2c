// What was published: who, when, what it did to the tables, and the way back while there is one.
import type { PlannedStep } from '@peyvand/core/plan/steps.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { ago } from '../forms/info.ts'
import { confirm } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { say } from '../texts/text.ts'
import { Listing } from './listing.ts'
import { undoPublish } from './publish.ts'

interface Entry {
  readonly id: string
  readonly revision: string
  readonly action: 'apply' | 'install' | 'undo' | 'upgrade' | 'finish'
  readonly actor: string
  readonly at: string
  readonly changes: readonly {
    readonly kind: string
    readonly name: string
    readonly change: 'create' | 'update' | 'delete'
  }[]
  readonly steps: readonly PlannedStep[]
  readonly undone: boolean
  /** Why it cannot be taken back. */
  readonly stays?: string
}

class History extends View {
  readonly #list = new Listing<Entry>('/api/model/history')

  constructor() {
    super()
    watch(this, settings, this.#list)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#list.load()
  }

  protected override render(): unknown {
    return this.#list.paint((items) => this.#page(items))
  }

  #page(items: readonly Entry[]): TemplateResult {
    return html`<section class="review" aria-label=${say('design.history')}>
      <div class="review-body">
        <header><h1>${say('design.history')}</h1></header>
        ${
          items.length === 0
            ? html`<p class="quiet">${say('design.nothing')}</p>`
            : html`<ol class="story card history">
                ${items.map((entry) => this.#entry(entry))}
              </ol>`
        }
      </div>
    </section>`
  }

  #entry(entry: Entry): TemplateResult {
    const shown = entry.changes
      .slice(0, 4)
      .map(({ name }) => name)
      .join(', ')
    return html`<li>
      <span class="bead"
        >${icon({ apply: 'upload', install: 'package', undo: 'undo', upgrade: 'package', finish: 'check' }[entry.action], 12)}</span
      >
      <div class="grow">
        <span
          ><strong>${say(`history.${entry.action}`)}</strong> · <bdi>${entry.actor}</bdi> ·
          <time datetime=${entry.at} class="quiet">${ago(entry.at)}</time
          >${entry.undone ? html` <span class="badge">${say('history.undone')}</span>` : nothing}</span
        >
        <span class="quiet ltr cut">${shown}${entry.changes.length > 4 ? ' …' : ''}</span>
        ${entry.steps.length > 0 ? this.#steps(entry.steps) : nothing}
        ${!entry.undone && entry.stays ? html`<span class="quiet" dir="auto">${say('history.stays')} ${entry.stays}</span>` : nothing}
      </div>
      ${entry.undone || entry.stays || entry.action === 'install' ? nothing : html`<button type="button" class="button small" @click=${() => void this.#undo(entry)}>${icon('undo', 14, 'mirror')}${say('design.undo')}</button>`}
    </li>`
  }

  #steps(steps: readonly PlannedStep[]): TemplateResult {
    return html`<details class="quiet">
      <summary>${say('design.steps', { count: steps.length })}</summary>
      <ul class="ltr">
        ${steps.slice(0, 50).map(({ kind, entity, field }) => html`<li>${kind.replaceAll('_', ' ')} <code>${entity}${field ? `.${field}` : ''}</code></li>`)}
        ${steps.length > 50 ? html`<li>…</li>` : nothing}
      </ul>
    </details>`
  }

  async #undo(entry: Entry): Promise<void> {
    if (
      !(await confirm({
        title: say('design.undo.ask'),
        body: entry.changes.map(({ name }) => name).join(', '),
        yes: say('design.undo'),
        danger: true,
      }))
    )
      return
    if (await undoPublish(entry.id)) {
      await models.load()
      await this.#list.load()
    }
  }
}
customElements.define('pv-history', History)
