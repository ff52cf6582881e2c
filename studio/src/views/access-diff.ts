// Who gains or loses access by a change that is not made yet: as a part of the review of a publish, and as a question before
// people, teams, units and assignments are saved. Counting is the server's.
import type { AccessDiff, Moved } from '@peyvand/core/answer/access.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { fetchJson } from '../data/http.ts'
import { current } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { detailOf, explain } from '../forms/explain.ts'
import { openDialog } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf, everything } from '../shell/apps.ts'
import { enAccess } from '../texts/en-access.ts'
import { addEnglish, isolate, labelOf, say } from '../texts/text.ts'
import './access-diff.css'

addEnglish(enAccess)

/** `<pv-access-diff>`: what a draft of the model does to people's access. */
class AccessDiffElement extends View {
  static override properties = { request: { attribute: false }, _diff: { state: true }, _error: { state: true } }
  /** As it is sent for a plan. */
  declare request: unknown
  declare _diff: AccessDiff | undefined
  declare _error: unknown
  #asked = ''

  constructor() {
    super()
    watch(this, settings)
  }

  protected override willUpdate(): void {
    const wanted = JSON.stringify(this.request)
    if (wanted === this.#asked) return
    this.#asked = wanted
    void this.#ask(wanted)
  }

  async #ask(wanted: string): Promise<void> {
    this._diff = this._error = undefined
    try {
      const diff = await fetchJson<AccessDiff>('/api/model/access', { method: 'POST', body: this.request })
      if (wanted === this.#asked) this._diff = diff
    } catch (error) {
      if (wanted === this.#asked) this._error = error
    }
  }

  protected override render(): unknown {
    return html`<h2>${say('diff.title')}</h2>
      <div class="card access-diff" aria-live="polite">
        ${
          this._error === undefined
            ? this._diff
              ? paintDiff(this._diff)
              : html`<p class="quiet">${say('diff.counting')}</p>`
            : html`<p class="quiet">${explain(this._error)} <span dir="auto">${detailOf(this._error)}</span></p>`
        }
      </div>`
  }
}
customElements.define('pv-access-diff', AccessDiffElement)

/** Whether anything moves. */
function isEmpty({ records, abilities, fields, complete, uncounted }: AccessDiff): boolean {
  return records.length + abilities.length + fields.length + uncounted.length === 0 && complete
}

function paintDiff(diff: AccessDiff): TemplateResult {
  if (isEmpty(diff)) return html`<p class="quiet">${icon('check', 14)} ${say('diff.none')}</p>`
  return html`${diff.complete ? nothing : html`<p class="notice warn">${icon('alert')}<span>${say('diff.cut')}</span></p>`}
    ${
      diff.uncounted.length > 0
        ? html`<p class="notice warn">
            ${icon('info')}<span
              >${say('diff.uncounted', { entities: diff.uncounted.map(entityName).join(', ') })}</span
            >
          </p>`
        : nothing
    }
    <ul class="moves">
      ${diff.records.map((each) => paintRecords(each, diff.complete))} ${diff.abilities.map(paintAbility)}
    </ul>
    ${
      diff.fields.length > 0
        ? html`<h3>${say('diff.fields')}</h3>
            <ul class="moves">
              ${diff.fields.map(paintField)}
            </ul>`
        : nothing
    }`
}

function paintRecords(
  { entity, operation, gained, lost }: AccessDiff['records'][number],
  complete: boolean,
): TemplateResult {
  return html`<li>
    <span class="what"
      ><strong>${entityName(entity)}</strong> <span class="quiet">${say(`access.op.${operation}`)}</span></span
    >
    ${paintMoved(entity, gained, 'gained', complete)} ${paintMoved(entity, lost, 'lost', complete)}
  </li>`
}

function paintMoved(
  entity: string,
  { people, records, who, samples }: Moved,
  way: 'gained' | 'lost',
  complete: boolean,
): TemplateResult | typeof nothing {
  if (people === 0) return nothing
  const least = complete ? '' : `${say('diff.least')} `
  return html`<details class=${way}>
    <summary>
      <span class="badge ${way === 'gained' ? 'good' : 'bad'}">${say(`diff.${way}`)}</span>
      <span>${least}${say('diff.records', { count: records })} · ${say('diff.people', { count: people })}</span>
      ${icon('chevron-down', 14, 'arrow')}
    </summary>
    <ul class="who">
      ${who.map(({ name, records: count }) => html`<li><bdi>${name ?? say('access.somebody')}</bdi> <span class="quiet">${say('diff.records', { count })}</span></li>`)}
    </ul>
    ${samples.length > 0 ? html`<p class="quiet">${say('diff.examples')}: ${samples.map(({ id, name }) => paintSample(entity, id, name))}</p>` : nothing}
  </details>`
}

function paintSample(entity: string, id: string, name: string): TemplateResult {
  const known = current().entities.get(entity)
  return known
    ? html`<a href=${addressOf(everything, known, id)} target="_blank"><bdi>${name}</bdi></a> `
    : html`<bdi>${name}</bdi> `
}

function paintAbility({ entity, operation, gained, lost }: AccessDiff['abilities'][number]): TemplateResult {
  const line = (count: number, way: 'gained' | 'lost') =>
    count === 0
      ? nothing
      : html`<span
          ><span class="badge ${way === 'gained' ? 'good' : 'bad'}">${say(`diff.${way}`)}</span>
          ${say('diff.people', { count })} <span class="quiet">${say(`diff.${way}.ability`)}</span></span
        >`
  return html`<li>
    <span class="what"
      ><strong>${entityName(entity)}</strong> <span class="quiet">${say(`access.op.${operation}`)}</span></span
    >
    ${line(gained, 'gained')} ${line(lost, 'lost')}
  </li>`
}

function paintField({ entity, field, doing, before, after, people }: AccessDiff['fields'][number]): TemplateResult {
  const label = current()
    .entities.get(entity)
    ?.fields.find(({ name }) => name === field)?.label
  return html`<li>
    <span class="what"
      ><strong>${entityName(entity)}: ${isolate(labelOf(label, field))}</strong>
      <span class="quiet">${say(`diff.field.${doing}`)}</span></span
    >
    <span
      >${say(`diff.sight.${before}`)} ${icon('arrow-end', 12, 'mirror')}
      <strong>${say(`diff.sight.${after}`)}</strong> · ${say('diff.people', { count: people })}</span
    >
  </li>`
}

function entityName(name: string): string {
  const entity = current().entities.get(name)
  return labelOf(entity?.plural ?? entity?.label, name)
}

/** Asks before a change of people, teams, units or assignments is saved that moves access; true when it is to be saved. */
export async function mayMove(change: {
  readonly op: 'create' | 'update' | 'delete'
  readonly entity: Entity
  readonly id?: string
  readonly values?: JsonObject
}): Promise<boolean> {
  const body = { changes: [{ ...change, entity: change.entity.name }] }
  // What is wrong with the change itself is said by saving it.
  const diff = await fetchJson<AccessDiff>('/api/access/diff', { method: 'POST', body }).catch(() => undefined)
  if (diff === undefined || isEmpty(diff)) return true
  const title = say('diff.ask')
  const yes = await openDialog<boolean>(
    (answer) =>
      html`<header><h2>${title}</h2></header>
        <div class="body access-diff">${paintDiff(diff)}</div>
        <footer>
          <button type="button" class="button" @click=${() => answer(false)}>${say('cancel')}</button>
          <button type="button" class="button primary" autofocus @click=${() => answer(true)}>
            ${say('diff.save')}
          </button>
        </footer>`,
    { label: title, wide: true },
  )
  return yes === true
}
