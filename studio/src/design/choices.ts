// What the person who reviews a plan decides of the values that are there: what becomes of those that do not convert, which of
// several wins, and whether what names a part that goes is taken along. Painted beside the step it is about.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Field } from '@peyvand/core/model/model.ts'
import type { MoveWish } from '@peyvand/core/model/move.ts'
import type { PlannedStep } from '@peyvand/core/plan/steps.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { explain } from '../forms/explain.ts'
import { labelOf, say, type TextKey } from '../texts/text.ts'
import { paintTake } from './ask-move.ts'
import { draft } from './draft.ts'

type Way = 'refuse' | 'null' | 'default'

interface OnFail {
  readonly way: Way
  /** As it was typed, and what it means. */
  readonly text: string
  readonly value?: JsonValue
  readonly wrong?: string
}

/** The choices of one review. */
export class Choices {
  readonly #onFail = new Map<string, OnFail>()
  readonly #changed: () => void
  adjust = false

  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** The body of plan and apply with the choices in it. */
  request(body: JsonObject): JsonObject {
    const changes = (body['changes'] as JsonObject[]).map((change) => {
      const { kind, name } = (change['definition'] ?? {}) as JsonObject
      const said = kind === 'entity' && typeof name === 'string' ? this.#said(name) : []
      return said.length === 0 ? change : { ...change, onFail: Object.fromEntries(said) }
    })
    return { ...body, changes, ...(this.adjust ? { dependents: 'adjust' } : {}) }
  }

  #said(entity: string): [string, JsonValue][] {
    return [...this.#onFail].flatMap(([key, { way, value }]): [string, JsonValue][] => {
      const [owner, field] = key.split('.') as [string, string]
      if (owner !== entity || way === 'refuse' || (way === 'default' && value === undefined)) return []
      return [[field, way === 'null' ? 'null' : { default: value! }]]
    })
  }

  /** Whether what names a part that goes is taken along. */
  paintAdjust(): TemplateResult {
    return html`<label class="switch adjust"
      ><input
        type="checkbox"
        role="switch"
        .checked=${this.adjust}
        @change=${(event: Event) => {
          this.adjust = (event.target as HTMLInputElement).checked
          this.#changed()
        }}
      /><span>${say('dependents.adjust')}</span><span class="quiet">${say('dependents.help')}</span></label
    >`
  }

  /** What is to be decided about a step; nothing for most. */
  paint(step: PlannedStep): TemplateResult | typeof nothing {
    if (step.kind === 'move_values') return this.#paintTake(step)
    return step.kind === 'retype_column' ? this.#paintOnFail(step) : nothing
  }

  #paintTake({ entity, field, risk }: PlannedStep): TemplateResult | typeof nothing {
    const change = draft.moves.find(({ wish }) => wish.to === entity && (wish.as ?? wish.field) === field)
    if (change === undefined || (risk === 'safe' && change.wish.take === undefined)) return nothing
    const give = (take: MoveWish['take']) => draft.move(change.field, { ...change.wish, take })
    return html`<div class="choice">${paintTake(`take-${change.field}`, change.wish.take ?? 'refuse', give)}</div>`
  }

  #paintOnFail({ entity, field: name, risk, count }: PlannedStep): TemplateResult | typeof nothing {
    const field = draft.model.entities.get(entity)?.fields.find((one) => one.name === name)
    const key = `${entity}.${name}`
    const chosen = this.#onFail.get(key) ?? { way: 'refuse', text: '' }
    if (field === undefined || (chosen.way === 'refuse' && (risk !== 'blocked' || !count))) return nothing
    const ways: Way[] = field.required === true ? ['refuse', 'default'] : ['refuse', 'null', 'default']
    return html`<div class="choice">
      <div class="field">
        <label class="label" for="onfail-${key}">${say('onfail.title')}</label>
        <pv-select
          .controlId=${`onfail-${key}`}
          .label=${say('onfail.title')}
          .options=${ways.map((value) => ({ value, label: say(`onfail.${value}` as TextKey) }))}
          .value=${chosen.way}
          @pick=${(event: CustomEvent) => this.#choose(key, { ...chosen, way: event.detail as Way })}
        ></pv-select>
      </div>
      ${chosen.way === 'default' ? this.#valueBox(key, field, chosen) : nothing}
    </div>`
  }

  #valueBox(key: string, field: Field, chosen: OnFail): TemplateResult {
    const listed = typeOf(field)
      .options?.(field, draft.model)
      .map(({ value, label }) => ({ value, label: labelOf(label, value) }))
    const box = `onfail-value-${key}`
    if (listed)
      return html`<div class="field">
        <label class="label" for=${box}>${say('onfail.value')}</label>
        <pv-select
          .controlId=${box}
          .label=${say('onfail.value')}
          .options=${listed}
          .value=${chosen.text || null}
          @pick=${(event: CustomEvent) => this.#choose(key, { way: 'default', text: event.detail as string, value: event.detail as string })}
        ></pv-select>
      </div>`
    return html`<div class="field">
      <label class="label" for=${box}>${say('onfail.value')}</label
      ><input
        class="input"
        id=${box}
        dir="auto"
        autocomplete="off"
        .value=${chosen.text}
        aria-invalid=${chosen.wrong ? 'true' : nothing}
        aria-describedby=${chosen.wrong ? `${box}-error` : nothing}
        @change=${(event: Event) => this.#type(key, field, (event.target as HTMLInputElement).value)}
      />${chosen.wrong ? html`<span class="error" id="${box}-error">${chosen.wrong}</span>` : nothing}
    </div>`
  }

  #type(key: string, field: Field, text: string): void {
    const value = typeOf(field).fromText(text, field)
    this.#choose(key, {
      way: 'default',
      text,
      ...(value instanceof Problem ? { wrong: explain(value) } : { value }),
    })
  }

  #choose(key: string, choice: OnFail): void {
    this.#onFail.set(key, choice)
    this.#changed()
  }
}
