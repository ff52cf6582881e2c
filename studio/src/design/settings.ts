// A form for a type's own settings, painted from the type's JSON Schema: one control per property (setting.ts), beside what speaks
// of other options and fields. A new type's settings appear here without a line of code.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { types } from '@peyvand/core/types/index.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { labelOf, say } from '../texts/text.ts'
import type { FieldDefinition } from './edit.ts'
import { paintDependence, paintTransitions } from './option-rules.ts'
import { paintSetting, settingLabel } from './setting.ts'

type Give = (change: JsonObject) => void

/** Paints every setting of a field's type. */
export function paintSettings(entity: Entity, field: FieldDefinition, give: Give): TemplateResult {
  const properties = types.get(field.type)?.settings.properties ?? {}
  return html`${Object.entries(properties).map(([name, schema]) => {
    if (!isJsonObject(schema) || !speaks(name, field)) return nothing
    return paintRules(entity, name, field, give) ?? paintSetting({ name, schema, field, entity, give })
  })}`
}

/**
 * Whether a setting says anything here: only texts are cut, only whole numbers are shown as codes, only numbers with a point have
 * digits after it, and what follows a record is asked for beside its relationships.
 */
function speaks(name: string, field: FieldDefinition): boolean {
  if (name === 'cascade') return false
  if (types.get(field.type)?.formula === undefined) return true
  if (name === 'maxLength') return field['returns'] === 'text'
  if (name === 'grouping') return field['returns'] === 'integer'
  return name !== 'scale' || field['returns'] === 'decimal' || field['returns'] === 'percent'
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
