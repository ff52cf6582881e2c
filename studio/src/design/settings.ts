// A form for a type's own settings, painted from the type's JSON Schema: one control per property, chosen by the shape of
// its schema. A new type's settings appear here without a line of code.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { types } from '@peyvand/core/types/index.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { icon } from '../kit/icons.ts'
import { enStudio } from '../texts/en-studio.ts'
import { labelOf, say, type TextKey } from '../texts/text.ts'
import { draft } from './draft.ts'
import type { FieldDefinition } from './edit.ts'
import type { Wanted } from './expression/check.ts'
import { labelText, withLabel } from './label.ts'
import { paintList } from './list-setting.ts'
import { paintDependence, paintTransitions } from './option-rules.ts'

type Give = (change: JsonObject) => void

/** Paints every setting of a field's type. */
export function paintSettings(entity: Entity, field: FieldDefinition, give: Give): TemplateResult {
  const properties = types.get(field.type)?.settings.properties ?? {}
  return html`${Object.entries(properties).map(([name, schema]) => (isJsonObject(schema) && speaks(name, field) ? (paintRules(entity, name, field, give) ?? paintSetting(name, schema, field, give, entity)) : nothing))}`
}

/** Whether a setting says anything here: only texts are cut, only numbers with a point have digits after it. */
function speaks(name: string, field: FieldDefinition): boolean {
  if (types.get(field.type)?.formula === undefined) return true
  if (name === 'maxLength') return field['returns'] === 'text'
  return name !== 'scale' || field['returns'] === 'decimal' || field['returns'] === 'percent'
}

/** A setting's label: a translation when there is one, else its name in words. */
function settingLabel(name: string): string {
  const key = `setting.${name}`
  return key in enStudio
    ? say(key as TextKey)
    : name.replace(/([A-Z])/g, ' $1').replace(/^./, (first) => first.toUpperCase())
}

/** Settings that speak of other options or fields; undefined for others. */
function paintRules(entity: Entity, name: string, field: FieldDefinition, give: Give): TemplateResult | undefined {
  const set = (next: JsonValue) => give({ [name]: next })
  const framed = (rules: TemplateResult) =>
    html`<div class="field"><span class="label">${settingLabel(name)}</span>${rules}</div>`
  if (name === 'transitions') return framed(paintTransitions(field, set))
  if (name === 'dependsOn') return framed(paintDependence(entity, field, set))
  return types.get(field.type)?.fieldSettings?.includes(name)
    ? framed(paintSibling(entity, name, field, set))
    : undefined
}

/** Another field of the same entity. */
function paintSibling(
  entity: Entity,
  name: string,
  field: FieldDefinition,
  set: (next: JsonValue) => void,
): TemplateResult {
  const named = types.get(field.type)?.siblings ?? []
  const others = entity.fields.filter((each) => named.includes(each.type) && !each.system && each.name !== field.name)
  return html`<pv-select
    .label=${settingLabel(name)}
    .clearable=${true}
    .placeholder=${say('none')}
    .options=${others.map((each) => ({ value: each.name, label: labelOf(each.label, each.name) }))}
    .value=${field[name] ?? null}
    @pick=${(event: CustomEvent) => set(event.detail as string | null)}
  ></pv-select>`
}

function paintSetting(
  name: string,
  schema: JsonObject,
  field: FieldDefinition,
  give: Give,
  entity: Entity,
): TemplateResult {
  const value = field[name]
  const id = `setting-${name}`
  const label = settingLabel(name)
  const set = (next: JsonValue) => give({ [name]: next })
  const framed = (control: unknown) =>
    html`<div class="field"><label class="label" for=${id}>${label}</label>${control}</div>`
  const reference = textIn(schema, '$ref') ?? ''
  if (schema['type'] === 'boolean')
    return html`<label class="switch"
      ><input
        type="checkbox"
        role="switch"
        .checked=${value === true}
        @change=${(event: Event) => set((event.target as HTMLInputElement).checked || null)}
      /><span>${label}</span></label
    >`
  if (Array.isArray(schema['enum']))
    return framed(
      html`<pv-select
        .controlId=${id}
        .label=${label}
        .clearable=${true}
        .options=${schema['enum'].filter((each) => typeof each === 'string').map((each) => ({ value: each, label: enumLabel(name, each) }))}
        .value=${value ?? null}
        @pick=${(event: CustomEvent) => set(event.detail as string | null)}
      ></pv-select>`,
    )
  if (isJsonObject(schema['items']) && (textIn(schema['items'], '$ref') ?? '').endsWith('/option'))
    return html`<div class="field"><span class="label">${label}</span>${paintOptions(value, set)}</div>`
  if (name === 'target')
    return framed(
      html`<pv-select
        .controlId=${id}
        .label=${label}
        .multiple=${true}
        .placeholder=${say('design.target')}
        .options=${[...draft.model.entities.values()].map((entity) => ({ value: entity.name, label: labelOf(entity.label, entity.name), icon: entity.icon ?? 'table' }))}
        .value=${Array.isArray(value) ? value : value ? [value] : []}
        @pick=${(event: CustomEvent) => {
          const picked = event.detail as string[]
          set(picked.length > 1 ? picked : (picked[0] ?? null))
        }}
      ></pv-select>`,
    )
  const over = expressionOver(name, field, entity)
  if (over)
    return framed(
      html`<pv-expression
        .controlId=${id}
        .value=${textIn(field, name) ?? ''}
        .model=${draft.model}
        .entity=${over.entity}
        .wanted=${over.wanted}
        @give=${(event: CustomEvent) => set((event.detail as string) || null)}
      ></pv-expression>`,
    )
  if (name === 'expression' || name === 'filter')
    return framed(
      html`<textarea
        class="input code ltr"
        id=${id}
        dir="ltr"
        rows="4"
        spellcheck="false"
        .value=${textIn(field, name) ?? ''}
        @change=${(event: Event) => set((event.target as HTMLTextAreaElement).value || null)}
      ></textarea>`,
    )
  const picked = pickable(name, field, entity)
  if (picked)
    return framed(
      html`<pv-select
        .controlId=${id}
        .label=${label}
        .clearable=${true}
        .options=${picked}
        .value=${value ?? null}
        @pick=${(event: CustomEvent) => set(event.detail as string | null)}
      ></pv-select>`,
    )
  if (name === 'choice')
    return framed(
      html`<pv-select
        .controlId=${id}
        .label=${label}
        .clearable=${true}
        .placeholder=${say('none')}
        .options=${[...draft.model.choices.values()].map((choice) => ({ value: choice.name, label: labelOf(choice.label, choice.name) }))}
        .value=${value ?? null}
        @pick=${(event: CustomEvent) => set(event.detail as string | null)}
      ></pv-select>`,
    )
  const list = paintList({ id, label, schema, value, set })
  if (list) return framed(list)
  if (schema['type'] === 'object')
    return framed(
      html`<textarea
        class="input code ltr"
        id=${id}
        dir="ltr"
        rows="6"
        spellcheck="false"
        .value=${value === undefined || value === null ? '' : JSON.stringify(value, null, 2)}
        @change=${(event: Event) => readJson(event.target as HTMLTextAreaElement, set)}
      ></textarea>`,
    )
  if (reference.endsWith('/label'))
    return framed(
      html`<input
        class="input"
        id=${id}
        dir="auto"
        .value=${labelText(value)}
        @change=${(event: Event) => set(withLabel(value, (event.target as HTMLInputElement).value))}
      />`,
    )
  const numeric =
    schema['type'] === 'integer' ||
    schema['type'] === 'number' ||
    (Array.isArray(schema['type']) && schema['type'].some((each) => each === 'number' || each === 'integer'))
  if (numeric)
    return framed(
      html`<pv-number
        .controlId=${id}
        .value=${value ?? null}
        @change-value=${(event: CustomEvent) => set(numberOf(event.detail as string | null, schema))}
      ></pv-number>`,
    )
  return framed(
    html`<input
      class="input ltr"
      id=${id}
      dir="ltr"
      spellcheck="false"
      .value=${textIn(field, name) ?? ''}
      @change=${(event: Event) => set((event.target as HTMLInputElement).value || null)}
    />`,
  )
}

/** The entity an expression of a field speaks of and what it must be; undefined while that is not known. */
function expressionOver(
  name: string,
  field: FieldDefinition,
  entity: Entity,
): { readonly entity: Entity; readonly wanted: Wanted } | undefined {
  const type = types.get(field.type)
  const formula = name === 'expression' ? type?.formula?.(field as unknown as Field) : undefined
  const gathered =
    name === 'filter' && type?.rollup ? draft.model.entities.get(textIn(field, 'entity') ?? '') : undefined
  if (formula === undefined && gathered === undefined) return undefined
  void import('./expression/editor.ts')
  if (gathered) return { entity: gathered, wanted: condition }
  const { kind, scale, length } = formula!
  const key = `${kind} ${scale} ${length}`
  let wanted = formulas.get(key)
  if (!wanted) formulas.set(key, (wanted = { kind, formula: { scale, length } }))
  return { entity, wanted }
}

/** The same object each time, so that nothing is checked again without need. */
const condition: Wanted = { kind: 'boolean' }
const formulas = new Map<string, Wanted>()

/** What a rollup can be made of: entities, then the lookups and fields of the one it gathers. */
function pickable(
  name: string,
  field: FieldDefinition,
  entity: Entity,
): { value: string; label: string; icon?: string }[] | undefined {
  if (types.get(field.type)?.rollup === undefined) return undefined
  const { model } = draft
  if (name === 'entity')
    return [...model.entities.values()].map((entity) => ({
      value: entity.name,
      label: labelOf(entity.label, entity.name),
      icon: entity.icon ?? 'table',
    }))
  if (name !== 'via' && name !== 'field') return undefined
  const gathered = model.entities.get(textIn(field, 'entity') ?? '')
  // Besides the lookups that point here, the collections of records that are linked many with many.
  const linked = [...(model.entities.has(entity.name) ? wireOf(model, entity).navigations.values() : [])]
    .filter(({ hop, target }) => name === 'via' && hop !== undefined && target === gathered?.id)
    .map((one) => ({ value: one.name, label: one.name, icon: 'link' }))
  const own = (gathered?.fields ?? [])
    .filter((one) => name === 'field' || types.get(one.type)?.link?.(one).targets.includes(entity.name) === true)
    .map((one) => ({ value: one.name, label: labelOf(one.label, one.name), icon: types.get(one.type)?.icon }))
    .map(({ icon: picture, ...option }) => (picture === undefined ? option : { ...option, icon: picture }))
  return [...own, ...linked]
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

const palette = [
  'gray',
  'red',
  'orange',
  'amber',
  'yellow',
  'lime',
  'green',
  'teal',
  'cyan',
  'blue',
  'indigo',
  'violet',
  'pink',
  'brown',
] as const

/** The palette as choices of a select. */
export const colorOptions = () => palette.map((color) => ({ value: color, label: say(`color.${color}`), color }))

function paintOptions(value: JsonValue | undefined, set: (options: JsonValue) => void): TemplateResult {
  const options = (Array.isArray(value) ? value : []).filter(isJsonObject)
  const put = (at: number, change: JsonObject) =>
    set(options.map((option, i) => (i === at ? { ...option, ...change } : option)))
  const move = (at: number, by: number) => {
    const next = [...options]
    const [option] = next.splice(at, 1)
    next.splice(at + by, 0, option!)
    set(next)
  }
  return html`<div class="option-list">
    ${options.map(
      (option, at) =>
        html`<div class="option-row ${option['active'] === false ? 'retired' : ''}">
          <pv-select
            .look=${'input'}
            .label=${say('design.color')}
            .options=${colorOptions()}
            .value=${option['color'] ?? 'gray'}
            @pick=${(event: CustomEvent) => put(at, { color: event.detail as string })}
          ></pv-select>
          <input
            class="input"
            dir="auto"
            aria-label=${say('design.option-label')}
            .value=${labelText(option['label']) || (textIn(option, 'value') ?? '')}
            @change=${(event: Event) => put(at, relabel(option, (event.target as HTMLInputElement).value, options))}
          />
          <button
            type="button"
            class="button ghost icon small"
            aria-label=${say('design.up')}
            ?disabled=${at === 0}
            @click=${() => move(at, -1)}
          >
            ${icon('arrow-up', 14)}
          </button>
          <button
            type="button"
            class="button ghost icon small"
            aria-label=${say('design.offered')}
            title=${say(option['active'] === false ? 'design.offer-again' : 'design.offer-no-more')}
            aria-pressed=${String(option['active'] !== false)}
            @click=${() => set(options.map((each, i) => (i === at ? offered(each) : each)))}
          >
            ${icon(option['active'] === false ? 'archive' : 'eye', 14)}
          </button>
          <button
            type="button"
            class="button ghost icon small"
            aria-label=${say('design.remove')}
            @click=${() => set(options.filter((_, i) => i !== at))}
          >
            ${icon('close', 14)}
          </button>
        </div>`,
    )}
    <button type="button" class="button ghost small" @click=${() => set([...options, freshOption(options)])}>
      ${icon('plus', 14)}${say('design.add-option')}
    </button>
  </div>`
}

/** An option that is no longer offered, or offered again: records keep it either way. */
function offered({ active, ...option }: JsonObject): JsonObject {
  return active === false ? option : { ...option, active: false }
}

function freshOption(options: readonly JsonObject[]): JsonObject {
  const number = options.length + 1
  return {
    value: `option_${number}`,
    label: say('design.option', { count: number }),
    color: palette[(number * 3) % palette.length]!,
  }
}

/** A new label; while the value is still the one we made up, it follows the label. */
function relabel(option: JsonObject, label: string, options: readonly JsonObject[]): JsonObject {
  const follows = /^option_\d+$/.test(textIn(option, 'value') ?? '')
  const value = label
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/g, '')
  const free = follows && value !== '' && !options.some((each) => each !== option && each['value'] === value)
  return { label: withLabel(option['label'], label), ...(free ? { value } : {}) }
}
