// The controls of settings by the shape of their schema. The first one that fits is taken.
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html, type TemplateResult } from 'lit'
import { enStudio } from '../texts/en-studio.ts'
import { labelOf, say, type TextKey } from '../texts/text.ts'
import { everyEntity, expressionOver, pickable } from './computed-setting.ts'
import { draft } from './draft.ts'
import type { FieldDefinition } from './edit.ts'
import { labelText, withLabel } from './label.ts'
import { paintList } from './list-setting.ts'
import { paintOptions } from './options.ts'

/** A setting that is asked for. */
export interface Asked {
  readonly name: string
  readonly schema: JsonObject
  readonly field: FieldDefinition
  readonly entity: Entity
  readonly give: (change: JsonObject) => void
}

/** The same, ready to be painted. */
export interface Setting extends Asked {
  /** Of the control, so that its label leads to it. */
  readonly id: string
  readonly label: string
  readonly value: JsonValue | undefined
  readonly set: (next: JsonValue) => void
}

/** A control; undefined where it does not fit. */
export type Paint = (setting: Setting) => TemplateResult | undefined

/** What brings its own label. */
export const whole: readonly Paint[] = [
  ({ schema, label, value, set }) =>
    schema['type'] !== 'boolean'
      ? undefined
      : html`<label class="switch"
          ><input
            type="checkbox"
            role="switch"
            .checked=${(value ?? schema['default'] ?? false) === true}
            @change=${(event: Event) => {
              const { checked } = event.target as HTMLInputElement
              set(checked === (schema['default'] ?? false) ? null : checked)
            }}
          /><span>${label}</span></label
        >`,
  ({ schema, label, value, set }) =>
    !isJsonObject(schema['items']) || !isA(schema['items'], 'option')
      ? undefined
      : html`<div class="field"><span class="label">${label}</span>${paintOptions(value, set)}</div>`,
]

/** Controls that a label is put before, the most particular first. */
export const controls: readonly Paint[] = [
  (setting) => {
    const { name, schema } = setting
    if (!Array.isArray(schema['enum'])) return undefined
    const words = schema['enum'].filter((each) => typeof each === 'string')
    return paintChoice(
      setting,
      words.map((each) => ({ value: each, label: enumLabel(name, each) })),
    )
  },
  (setting) => (setting.name === 'target' ? paintTarget(setting) : undefined),
  paintExpression,
  (setting) =>
    setting.name === 'expression' || setting.name === 'filter'
      ? paintCode(setting, 4, textIn(setting.field, setting.name) ?? '', (box) => setting.set(box.value || null))
      : undefined,
  (setting) => {
    const options = pickable(setting.name, setting.field, setting.entity)
    return options && paintChoice(setting, options)
  },
  (setting) => {
    if (setting.name !== 'choice') return undefined
    const options = [...draft.model.choices.values()].map(({ name, label }) => ({
      value: name,
      label: labelOf(label, name),
    }))
    return paintChoice(setting, options, say('none'))
  },
  paintList,
  (setting) => {
    const { schema, value, set } = setting
    if (schema['type'] !== 'object') return undefined
    const text = value === undefined || value === null ? '' : JSON.stringify(value, null, 2)
    return paintCode(setting, 6, text, (box) => readJson(box, set))
  },
  ({ schema, id, value, set }) =>
    !isA(schema, 'label')
      ? undefined
      : html`<input
          class="input"
          id=${id}
          dir="auto"
          .value=${labelText(value)}
          @change=${(event: Event) => set(withLabel(value, (event.target as HTMLInputElement).value))}
        />`,
  ({ schema, id, value, set }) =>
    !isNumeric(schema)
      ? undefined
      : html`<pv-number
          .controlId=${id}
          .value=${value ?? null}
          @change-value=${(event: CustomEvent) => set(numberOf(event.detail as string | null, schema))}
        ></pv-number>`,
]

/** Whether a schema is one of the common ones, by its name. */
const isA = (schema: JsonObject, name: string): boolean => (textIn(schema, '$ref') ?? '').endsWith(`/${name}`)

function isNumeric({ type }: JsonObject): boolean {
  const kinds = Array.isArray(type) ? type : [type]
  return kinds.some((each) => each === 'number' || each === 'integer')
}

function paintChoice(
  { id, label, value, set }: Setting,
  options: readonly { readonly value: string; readonly label: string }[],
  placeholder?: string,
): TemplateResult {
  return html`<pv-select
    .controlId=${id}
    .label=${label}
    .clearable=${true}
    .placeholder=${placeholder}
    .options=${options}
    .value=${value ?? null}
    @pick=${(event: CustomEvent) => set(event.detail as string | null)}
  ></pv-select>`
}

function paintTarget({ id, label, value, set }: Setting): TemplateResult {
  return html`<pv-select
    .controlId=${id}
    .label=${label}
    .multiple=${true}
    .placeholder=${say('design.target')}
    .options=${everyEntity()}
    .value=${Array.isArray(value) ? value : value ? [value] : []}
    @pick=${(event: CustomEvent) => {
      const picked = event.detail as string[]
      set(picked.length > 1 ? picked : (picked[0] ?? null))
    }}
  ></pv-select>`
}

function paintExpression({ id, name, field, entity, set }: Setting): TemplateResult | undefined {
  const over = expressionOver(name, field, entity)
  if (over === undefined) return undefined
  return html`<pv-expression
    .controlId=${id}
    .value=${textIn(field, name) ?? ''}
    .model=${draft.model}
    .entity=${over.entity}
    .wanted=${over.wanted}
    @give=${(event: CustomEvent) => set((event.detail as string) || null)}
  ></pv-expression>`
}

function paintCode(
  { id }: Setting,
  rows: number,
  text: string,
  take: (box: HTMLTextAreaElement) => void,
): TemplateResult {
  return html`<textarea
    class="input code ltr"
    id=${id}
    dir="ltr"
    rows=${rows}
    spellcheck="false"
    .value=${text}
    @change=${(event: Event) => take(event.target as HTMLTextAreaElement)}
  ></textarea>`
}

/** The control of what nothing else fits. */
export function paintText({ id, name, field, set }: Setting): TemplateResult {
  return html`<input
    class="input ltr"
    id=${id}
    dir="ltr"
    spellcheck="false"
    .value=${textIn(field, name) ?? ''}
    @change=${(event: Event) => set((event.target as HTMLInputElement).value || null)}
  />`
}

/** Typed JSON as a value; what cannot be read is marked and left as it is. */
function readJson(box: HTMLTextAreaElement, set: (value: JsonValue) => void): void {
  try {
    set(box.value.trim() === '' ? null : (JSON.parse(box.value) as JsonValue))
    box.removeAttribute('aria-invalid')
  } catch {
    box.setAttribute('aria-invalid', 'true')
  }
}

/** A typed number as JSON: a number while it is exact, text where the schema allows longer ones. */
function numberOf(text: string | null, schema: JsonObject): JsonValue {
  if (text === null) return null
  const number = Number(text)
  const exact = Number.isFinite(number) && (text.replace(/\D/g, '').length <= 15 || schema['type'] === 'integer')
  return exact ? number : text
}

function enumLabel(setting: string, value: string): string {
  const key = `setting.${setting}.${value}`
  return key in enStudio ? say(key as TextKey) : value
}
