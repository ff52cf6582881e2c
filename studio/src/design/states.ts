// The states of an entity's records: on or off, the statuses of either state, and which may follow which. That a change is
// legal and what it does to the records there are is the plan's to say.
import type { JsonValue } from '@peyvand/core/base/json.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { say } from '../texts/text.ts'
import { rowButton } from './boxes.ts'
import { draft } from './draft.ts'
import { editEntity } from './edit.ts'
import { labelText, withLabel } from './label.ts'
import { freeName, nameFor } from './naming.ts'
import { colorOptions } from './options.ts'
import './relations.css'

interface Status {
  readonly id?: string
  readonly value: string
  readonly label?: JsonValue
  readonly color?: string
  readonly state: 'active' | 'inactive'
  readonly default?: boolean
  readonly to?: readonly string[]
}

class States extends View {
  static override properties = { entity: { attribute: false } }
  declare entity: Entity

  constructor() {
    super()
    watch(this, models, settings, draft)
  }

  get #statuses(): readonly Status[] {
    const state = draft.definition('entity', this.entity)['state'] as { statuses?: readonly Status[] } | boolean
    return typeof state === 'object' ? (state.statuses ?? []) : []
  }

  #put(statuses: readonly Status[]): void {
    editEntity(this.entity, { state: statuses.length === 0 ? true : { statuses: statuses as unknown as JsonValue } })
  }

  #change(at: number, change: Partial<Status>): void {
    this.#put(this.#statuses.map((status, i) => (i === at ? { ...status, ...change } : status)))
  }

  protected override render(): unknown {
    const on = this.entity.state !== undefined
    const statuses = this.#statuses
    return html`<section class="sheet rules" aria-label=${say('states')}>
      <header class="list-head">
        <div>
          <h2>${say('states')}</h2>
          <p class="quiet">${say('states.text')}</p>
        </div>
        <label class="switch"
          ><input
            type="checkbox"
            role="switch"
            name="states"
            .checked=${on}
            @change=${(event: Event) => editEntity(this.entity, { state: (event.target as HTMLInputElement).checked })}
          /><span>${say('states.on')}</span></label
        >
      </header>
      ${on ? this.#reasons(statuses) : nothing} ${on && statuses.length > 0 ? this.#matrix(statuses) : nothing}
    </section>`
  }

  #reasons(statuses: readonly Status[]): TemplateResult {
    if (statuses.length === 0)
      return html`<p class="quiet none">${say('states.plain')}</p>
        <button type="button" class="button small" @click=${() => this.#put(firstStatuses())}>
          ${icon('plus', 14)}${say('states.begin')}
        </button>`
    return html`<h3>${say('states.reasons')}</h3>
      <ul class="statuses">
        ${statuses.map((status, at) => this.#status(status, at, statuses))}
      </ul>
      <button
        type="button"
        class="button small"
        @click=${() => {
          const value = freeName('status', (name) => statuses.some((each) => each.value === name))
          this.#put([
            ...statuses,
            { value, label: withLabel(undefined, say('states.status')), color: 'blue', state: 'active' },
          ])
        }}
      >
        ${icon('plus', 14)}${say('states.add')}
      </button>`
  }

  #status(status: Status, at: number, statuses: readonly Status[]): TemplateResult {
    const name = labelText(status.label) || status.value
    const isLast = statuses.filter(({ state }) => state === status.state).length < 2
    const first = statuses.find(({ state, default: chosen }) => state === status.state && chosen)
    const isDefault = first ? first === status : statuses.find(({ state }) => state === status.state) === status
    return html`<li>
      <pv-select
        class="pick-color"
        .label=${say('design.color')}
        .options=${colorOptions()}
        .value=${status.color ?? 'gray'}
        @pick=${(event: CustomEvent) => this.#change(at, { color: event.detail as string })}
      ></pv-select>
      <input
        class="input"
        dir="auto"
        aria-label=${say('design.label')}
        .value=${name}
        @change=${(event: Event) => this.#rename(at, (event.target as HTMLInputElement).value.trim())}
      />
      <code class="quiet ltr cut">${status.value}</code>
      <pv-select
        class="pick-state"
        .label=${say('states.state')}
        .disabled=${isLast}
        .options=${(['active', 'inactive'] as const).map((value) => ({ value, label: say(`states.${value}`) }))}
        .value=${status.state}
        @pick=${(event: CustomEvent) => this.#change(at, { state: event.detail as Status['state'], default: undefined })}
      ></pv-select>
      <label class="radio"
        ><input
          type="radio"
          name="default-${status.state}"
          .checked=${isDefault}
          @change=${() => this.#choose(status)}
        />${say('states.default')}</label
      >
      ${isLast ? html`<span class="blank"></span>` : rowButton(say('relations.remove', { name }), icon('trash', 14), () => this.#remove(status))}
    </li>`
  }

  /** A status that was never published takes its value from its label. */
  #rename(at: number, text: string): void {
    const statuses = this.#statuses
    const status = statuses[at]!
    if (text === '') return
    const published = models.model?.entities.get(this.entity.name)?.state?.statuses ?? []
    const isNew = !published.some(({ value }) => value === status.value)
    const wanted = isNew ? nameFor(text) || status.value : status.value
    const value = freeName(wanted, (name) => statuses.some((each, i) => i !== at && each.value === name))
    this.#put(
      statuses.map((each, i) => ({
        ...each,
        ...(i === at ? { value, label: withLabel(each.label, text) } : {}),
        ...(each.to ? { to: each.to.map((next) => (next === status.value ? value : next)) } : {}),
      })),
    )
  }

  /** The status that records of its state get by themselves. */
  #choose(status: Status): void {
    this.#put(
      this.#statuses.map((each) => {
        const { default: _, ...rest } = each
        if (each.state !== status.state) return each
        return each.value === status.value ? { ...rest, default: true } : rest
      }),
    )
  }

  #remove({ value }: Status): void {
    this.#put(
      this.#statuses
        .filter((each) => each.value !== value)
        .map((each) => (each.to ? { ...each, to: each.to.filter((next) => next !== value) } : each)),
    )
  }

  #matrix(statuses: readonly Status[]): TemplateResult {
    const nameOf = (status: Status) => labelText(status.label) || status.value
    return html`<h3>${say('states.follow')}</h3>
      <p class="quiet">${say('states.follow.text')}</p>
      <div class="matrix" tabindex="0" role="region" aria-label=${say('states.follow')}>
        <table>
          <thead>
            <tr>
              <th scope="col"><span class="quiet">${say('states.from-to')}</span></th>
              ${statuses.map((to) => html`<th scope="col"><bdi>${nameOf(to)}</bdi></th>`)}
            </tr>
          </thead>
          <tbody>
            ${statuses.map(
              (from) =>
                html`<tr>
                  <th scope="row"><bdi>${nameOf(from)}</bdi></th>
                  ${statuses.map(
                    (to) =>
                      html`<td>
                        ${
                          from === to
                            ? html`<span class="quiet" aria-hidden="true">·</span>`
                            : html`<input
                                type="checkbox"
                                aria-label=${say('states.may', { from: nameOf(from), to: nameOf(to) })}
                                .checked=${from.to?.includes(to.value) ?? true}
                                @change=${(event: Event) => this.#allow(from, to, (event.target as HTMLInputElement).checked)}
                              />`
                        }
                      </td>`,
                  )}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`
  }

  /** Lets a status follow another or not; one that all may follow says nothing. */
  #allow(from: Status, to: Status, on: boolean): void {
    const others = this.#statuses.map(({ value }) => value).filter((value) => value !== from.value)
    const allowed = others.filter((value) => (value === to.value ? on : (from.to?.includes(value) ?? true)))
    this.#put(
      this.#statuses.map((each) => {
        if (each.value !== from.value) return each
        const { to: _, ...rest } = each
        return allowed.length === others.length ? rest : { ...rest, to: allowed }
      }),
    )
  }
}
customElements.define('pv-states', States)

/** One status of either state, to begin with. */
function firstStatuses(): Status[] {
  const label = (text: string) => withLabel(undefined, text)
  return [
    { value: 'open', label: label(say('states.active')), color: 'green', state: 'active' },
    { value: 'closed', label: label(say('states.inactive')), color: 'gray', state: 'inactive' },
  ]
}
