// One webhook: what it tells, whom, with whose rights; below it how it fares. Edits go into the draft like every other definition.
import type { JsonValue } from '@peyvand/core/base/json.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import type { Entity, Webhook, WebhookField } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { mayAdminister, models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { confirm } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import type { Option } from '../kit/select.ts'
import '../kit/select.ts'
import { View, watch } from '../kit/view.ts'
import { route } from '../shell/route.ts'
import { labelOf, say } from '../texts/text.ts'
import { optionsOf } from '../views/filter-words.ts'
import { rowButton, textBox } from './boxes.ts'
import { draft, type Definition } from './draft.ts'
import './expression/editor.ts'
import { labelText, withLabel } from './label.ts'
import './webhook-fare.ts'

class WebhookPage extends View {
  static override properties = { hook: { attribute: false } }
  declare hook: Webhook

  constructor() {
    super()
    watch(this, models, settings, draft)
  }

  get #definition(): Definition {
    return draft.definition('webhook', this.hook)
  }

  /** Changes members of the definition; null takes one away. */
  #edit(change: Readonly<Record<string, JsonValue>>): void {
    const next = Object.entries({ ...this.#definition, ...change }).filter(([, value]) => value !== null)
    draft.put(Object.fromEntries(next) as Definition)
  }

  protected override render(): unknown {
    const { hook } = this
    const entity = draft.model.entities.get(hook.entity)
    const isPublished = models.model?.webhooks.has(hook.name) === true
    return html`<section class="review" aria-label=${labelOf(hook.label, hook.name)}>
      <div class="review-body webhook">
        <header>
          <div>
            <h1><bdi>${labelOf(hook.label, hook.name)}</bdi></h1>
            <p class="quiet"><code class="ltr">${hook.name}</code></p>
          </div>
          ${this.#switch('webhook.active', hook.active, (on) => this.#edit({ active: on ? null : false }))}
        </header>
        ${
          isPublished && mayAdminister()
            ? html`<pv-webhook-fare .hook=${hook}></pv-webhook-fare>`
            : html`<p class="notice">${icon('info', 14)}<span>${say('webhook.unpublished')}</span></p>`
        }
        <h2>${say('webhook.what')}</h2>
        <div class="card webhook-form">${this.#what(entity)}</div>
        <h2>${say('webhook.whom')}</h2>
        <div class="card webhook-form">${this.#whom()}</div>
        <h2>${say('webhook.rights')}</h2>
        <div class="card webhook-form">${this.#rights(entity)}</div>
        <div>
          <button type="button" class="button ghost danger-text" @click=${() => void this.#remove()}>
            ${icon('trash', 14)}${say('webhook.delete')}
          </button>
        </div>
      </div>
    </section>`
  }

  #what(entity: Entity | undefined): TemplateResult {
    const { hook } = this
    const fields = hook.fields ?? []
    return html`<fieldset class="field">
        <legend class="label">${say('webhook.on-what')}</legend>
        <div class="ticks">
          ${(['create', 'update', 'delete'] as const).map(
            (change) =>
              html`<label class="tick"
                ><input
                  type="checkbox"
                  class="check"
                  .checked=${hook.on.includes(change)}
                  ?disabled=${hook.on.length === 1 && hook.on.includes(change)}
                  @change=${() => this.#edit({ on: toggled(hook.on, change) })}
                /><span>${say(`webhook.on.${change}`)}</span></label
              >`,
          )}
        </div>
      </fieldset>
      ${
        entity && hook.on.includes('update')
          ? framed(
              'webhook-fields',
              say('webhook.fields'),
              html`<pv-select
                  .controlId=${'webhook-fields'}
                  .label=${say('webhook.fields')}
                  .multiple=${true}
                  .placeholder=${say('webhook.fields.all')}
                  .options=${fieldOptions(entity)}
                  .value=${fields.map(({ field }) => field)}
                  @pick=${(event: CustomEvent) => this.#pickFields(event.detail as readonly string[])}
                ></pv-select>
                ${fields.map((one) => this.#bounds(one, entity))}`,
            )
          : nothing
      }
      ${
        entity
          ? framed(
              'webhook-filter',
              say('webhook.filter'),
              html`<pv-expression
                .controlId=${'webhook-filter'}
                .value=${hook.filter ?? ''}
                .model=${draft.model}
                .entity=${entity}
                .wanted=${'boolean'}
                @give=${(event: CustomEvent) => this.#edit({ filter: (event.detail as string) || null })}
              ></pv-expression>`,
            )
          : nothing
      }`
  }

  #pickFields(picked: readonly string[]): void {
    const before = this.hook.fields ?? []
    const next = picked.map((field) => before.find((one) => one.field === field) ?? { field })
    this.#edit({ fields: next.length === 0 ? null : (next as unknown as JsonValue) })
  }

  /** From which value to which a field must change; what is empty may be anything. */
  #bounds(one: WebhookField, entity: Entity): TemplateResult {
    const field = entity.fields.find(({ name }) => name === one.field)
    const give = (side: 'from' | 'to', value: string) => {
      const { [side]: _old, ...rest } = one
      const next = value === '' ? rest : { ...rest, [side]: value }
      const fields = (this.hook.fields ?? []).map((each) => (each.field === one.field ? next : each))
      this.#edit({ fields: fields as unknown as JsonValue })
    }
    const choices = field && optionsOf(field)
    const box = (side: 'from' | 'to') => {
      const label = `${labelOf(field?.label, one.field)}: ${say(`webhook.${side}`)}`
      return choices
        ? html`<pv-select
            .label=${label}
            .placeholder=${say('webhook.any')}
            .clearable=${true}
            .options=${choices.map(({ value, label: words, color }) => ({ value, label: labelOf(words, value), color }))}
            .value=${one[side] === undefined ? null : textOf(one[side])}
            @pick=${(event: CustomEvent) => give(side, (event.detail as string | null) ?? '')}
          ></pv-select>`
        : html`<input
            class="input"
            dir="auto"
            aria-label=${label}
            placeholder=${say('webhook.any')}
            .value=${textOf(one[side])}
            @change=${(event: Event) => give(side, (event.target as HTMLInputElement).value)}
          />`
    }
    return html`<div class="bounds">
      <span class="cut"><bdi>${labelOf(field?.label, one.field)}</bdi></span>
      <span class="quiet">${say('webhook.from')}</span>${box('from')}<span class="quiet">${say('webhook.to')}</span
      >${box('to')}
    </div>`
  }

  #whom(): TemplateResult {
    const { hook } = this
    const headers = Object.entries(hook.headers ?? {})
    const give = (next: readonly (readonly [string, string])[]) =>
      this.#edit({ headers: next.length === 0 ? null : Object.fromEntries(next) })
    return html`${textBox('webhook-label', say('design.label'), labelText(this.#definition['label']), (text) => this.#edit({ label: withLabel(this.#definition['label'], text) }))}
      <label class="field"
        ><span class="label">${say('webhook.url')}</span
        ><input
          class="input ltr"
          type="url"
          spellcheck="false"
          autocomplete="off"
          .value=${hook.url}
          @change=${(event: Event) => {
            const box = event.target as HTMLInputElement
            if (/^https?:\/\/[^\s]+$/.test(box.value)) this.#edit({ url: box.value })
            else box.value = hook.url
          }}
      /></label>
      <div class="field">
        <span class="label">${say('webhook.headers')}</span>
        ${headers.map(
          ([name, value], at) =>
            html`<div class="bounds header">
              <code class="ltr cut">${name}</code>
              <input
                class="input ltr"
                spellcheck="false"
                aria-label=${name}
                .value=${value}
                @change=${(event: Event) => give(headers.with(at, [name, (event.target as HTMLInputElement).value]))}
              />
              ${rowButton(`${say('delete')}: ${name}`, icon('trash', 14), () => give(headers.toSpliced(at, 1)))}
            </div>`,
        )}
        <input
          class="input ltr"
          spellcheck="false"
          placeholder="Authorization"
          aria-label=${say('webhook.headers.add')}
          @change=${(event: Event) => {
            const box = event.target as HTMLInputElement
            if (/^[A-Za-z0-9-]{1,64}$/.test(box.value)) give([...headers, [box.value, '']])
            box.value = ''
          }}
        />
        <span class="help">${say('webhook.headers.help', { example: '{secret:name}' })}</span>
      </div>
      <label class="field narrow"
        ><span class="label">${say('webhook.batch')}</span
        ><input
          class="input"
          type="number"
          min="1"
          max="100"
          .value=${String(hook.batch)}
          @change=${(event: Event) => {
            const count = Math.round(Math.min(100, Math.max(1, Number((event.target as HTMLInputElement).value))))
            this.#edit({ batch: count > 1 ? count : null })
          }}
        /><span class="help">${say('webhook.batch.help')}</span></label
      >`
  }

  #rights(entity: Entity | undefined): TemplateResult {
    const { hook } = this
    const skip = isJsonObject(this.#definition['skip']) ? this.#definition['skip'] : {}
    const list = (name: 'users' | 'requests') => (hook.skip?.[name] ?? []).join(', ')
    const give = (name: string) => (event: Event) => {
      const items = (event.target as HTMLInputElement).value.split(/[,;،\s]+/).filter((each) => each !== '')
      const { [name]: _old, ...rest } = skip
      const next = items.length === 0 ? rest : { ...rest, [name]: items }
      this.#edit({ skip: Object.keys(next).length === 0 ? null : next })
    }
    return html`<label class="field"
        ><span class="label">${say('webhook.run-as')}</span
        ><input
          class="input ltr"
          placeholder="integration@example.com"
          spellcheck="false"
          autocomplete="off"
          .value=${hook.runAs ?? ''}
          @change=${(event: Event) => this.#edit({ runAs: (event.target as HTMLInputElement).value.trim() || null })}
        /><span class="help">${say('webhook.run-as.help')}</span></label
      >
      ${
        entity
          ? framed(
              'webhook-include',
              say('webhook.include'),
              html`<pv-select
                .controlId=${'webhook-include'}
                .label=${say('webhook.include')}
                .multiple=${true}
                .placeholder=${say('webhook.include.all')}
                .options=${fieldOptions(entity)}
                .value=${hook.include ?? []}
                @pick=${(event: CustomEvent) => {
                  const picked = event.detail as string[]
                  this.#edit({ include: picked.length === 0 ? null : picked })
                }}
              ></pv-select>`,
            )
          : nothing
      }
      ${this.#switch('webhook.skip-own', hook.skipOwn === true, (on) => this.#edit({ skipOwn: on || null }))}
      <label class="field"
        ><span class="label">${say('webhook.skip-users')}</span
        ><input class="input ltr" spellcheck="false" .value=${list('users')} @change=${give('users')}
      /></label>
      <label class="field"
        ><span class="label">${say('webhook.skip-requests')}</span
        ><input
          class="input ltr"
          placeholder="erp-"
          spellcheck="false"
          .value=${list('requests')}
          @change=${give('requests')}
        /><span class="help">${say('webhook.skip-requests.help')}</span></label
      >`
  }

  #switch(text: 'webhook.active' | 'webhook.skip-own', on: boolean, give: (on: boolean) => void): TemplateResult {
    return html`<label class="switch"
      ><input
        type="checkbox"
        role="switch"
        .checked=${on}
        @change=${(event: Event) => give((event.target as HTMLInputElement).checked)}
      /><span>${say(text)}</span></label
    >`
  }

  async #remove(): Promise<void> {
    const name = labelOf(this.hook.label, this.hook.name)
    if (!(await confirm({ title: say('webhook.delete.ask', { name }), yes: say('webhook.delete'), danger: true })))
      return
    draft.removePart('webhook', this.hook)
    await route.go('/studio/webhooks')
  }
}
customElements.define('pv-webhook', WebhookPage)

function framed(id: string, label: string, control: TemplateResult): TemplateResult {
  return html`<div class="field"><label class="label" for=${id}>${label}</label>${control}</div>`
}

function fieldOptions(entity: Entity): Option[] {
  return entity.fields.map(({ name, label }) => ({ value: name, label: labelOf(label, name), second: name }))
}

/** A value of a definition as it stands in a box. */
function textOf(value: JsonValue | undefined): string {
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
}

function toggled<T>(list: readonly T[], one: T): T[] {
  return list.includes(one) ? list.filter((each) => each !== one) : [...list, one]
}
