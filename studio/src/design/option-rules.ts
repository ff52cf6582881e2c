// Rules of a choice in the designer: which option may follow which, and which options fit the value of another choice. Painted
// as one line for each option, with the options that are meant beside it.
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import type { ChoiceOption, Entity, Field } from '@peyvand/core/model/model.ts'
import { optionsOf } from '@peyvand/core/types/choice/options.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { types } from '@peyvand/core/types/index.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { labelOf, say } from '../texts/text.ts'
import { draft } from './draft.ts'
import type { FieldDefinition } from './edit.ts'

type Set = (value: JsonValue) => void

const shown = (options: readonly ChoiceOption[]) =>
  options.map(({ value, label, color }) => ({ value, label: labelOf(label, value), color: color ?? 'gray' }))

const optionsIn = (field: FieldDefinition): readonly ChoiceOption[] => optionsOf(field as unknown as Field, draft.model)

function listIn(map: JsonObject, key: string): string[] {
  const list = map[key]
  return Array.isArray(list) ? list.map(String) : []
}

/** Which option may follow which: one that has no line may be followed by any. */
export function paintTransitions(field: FieldDefinition, set: Set): TemplateResult {
  const map = isJsonObject(field['transitions']) ? field['transitions'] : {}
  const options = optionsIn(field)
  const limited = options.filter(({ value }) => Object.hasOwn(map, value))
  const free = options.filter((option) => !limited.includes(option))
  const put = (next: JsonObject) => set(Object.keys(next).length === 0 ? null : next)
  return html`<div class="rule-list">
    ${limited.map(({ value, label }) =>
      paintRow({
        name: say('design.after', { name: labelOf(label, value) }),
        options: options.filter((option) => option.value !== value),
        chosen: listIn(map, value),
        placeholder: say('design.final'),
        pick: (list) => put({ ...map, [value]: list }),
        remove: () => put(Object.fromEntries(Object.entries(map).filter(([from]) => from !== value))),
      }),
    )}
    ${
      free.length === 0
        ? nothing
        : html`<pv-select
            .label=${say('design.limit-after')}
            .placeholder=${say('design.limit-after')}
            .options=${shown(free)}
            .value=${null}
            @pick=${(event: CustomEvent) => put({ ...map, [event.detail as string]: [] })}
          ></pv-select>`
    }
  </div>`
}

/** Which options fit each value of another choice of the entity. */
export function paintDependence(entity: Entity, field: FieldDefinition, set: Set): TemplateResult {
  const depends = isJsonObject(field['dependsOn']) ? field['dependsOn'] : undefined
  const map = depends && isJsonObject(depends['map']) ? depends['map'] : {}
  const siblings = entity.fields.filter((each) => each.name !== field.name && types.get(each.type)?.refit !== undefined)
  const parent = siblings.find((each) => each.name === (depends === undefined ? '' : textIn(depends, 'field')))
  return html`<div class="rule-list">
    <pv-select
      .controlId=${'setting-dependsOn'}
      .label=${say('setting.dependsOn')}
      .clearable=${true}
      .placeholder=${say('none')}
      .options=${siblings.map((each) => ({ value: each.name, label: labelOf(each.label, each.name) }))}
      .value=${parent?.name ?? null}
      @pick=${(event: CustomEvent) => set(event.detail === null ? null : { field: event.detail as string, map: {} })}
    ></pv-select>
    ${
      parent === undefined
        ? nothing
        : optionsOf(parent, draft.model).map(({ value, label }) =>
            paintRow({
              name: say('design.fits', { name: labelOf(label, value) }),
              options: optionsIn(field),
              chosen: listIn(map, value),
              placeholder: say('none'),
              pick: (list) => set({ field: parent.name, map: { ...map, [value]: list } }),
            }),
          )
    }
  </div>`
}

interface Row {
  readonly name: string
  readonly options: readonly ChoiceOption[]
  readonly chosen: readonly string[]
  readonly placeholder: string
  readonly pick: (list: string[]) => void
  readonly remove?: () => void
}

function paintRow({ name, options, chosen, placeholder, pick, remove }: Row): TemplateResult {
  return html`<div class="rule-row">
    <span class="rule-name" dir="auto">${name}</span>
    <pv-select
      .label=${name}
      .multiple=${true}
      .clearable=${true}
      .placeholder=${placeholder}
      .options=${shown(options)}
      .value=${chosen}
      @pick=${(event: CustomEvent) => pick(event.detail as string[])}
    ></pv-select>
    ${
      remove === undefined
        ? nothing
        : html`<button type="button" class="button ghost small" @click=${remove}>${say('design.any-after')}</button>`
    }
  </div>`
}
