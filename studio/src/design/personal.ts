// What a field says of a person: nothing, or one of the kinds of personal values, and whether it outlives their erasure.
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { personalCategories } from '@peyvand/core/model/personal.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { say } from '../texts/text.ts'
import type { FieldDefinition } from './edit.ts'
import { labelText, withLabel } from './label.ts'

/** The settings of a field that privacy goes by. */
export function paintPersonal(field: FieldDefinition, give: (change: JsonObject) => void): TemplateResult {
  const said = field['personal']
  const details: JsonObject = isJsonObject(said) ? said : said === undefined ? {} : { category: said }
  const set = (change: Record<string, JsonValue | undefined>) => give({ personal: short({ ...details, ...change }) })
  return html`<div class="field">
      <label class="label" for="prop-personal">${say('design.personal')}</label>
      <pv-select
        .controlId=${'prop-personal'}
        .label=${say('design.personal')}
        .clearable=${true}
        .placeholder=${say('design.personal.none')}
        .options=${personalCategories.map((value) => ({ value, label: say(`design.personal.${value}`) }))}
        .value=${details['category'] ?? null}
        @pick=${(event: CustomEvent) =>
          event.detail === null ? give({ personal: null }) : set({ category: event.detail as string })}
      ></pv-select>
    </div>
    ${
      details['category'] === undefined
        ? nothing
        : html`<label class="field"
              ><span class="label">${say('design.personal.purpose')}</span
              ><input
                class="input"
                dir="auto"
                autocomplete="off"
                .value=${labelText(details['purpose'])}
                @change=${(event: Event) => {
                  const text = (event.target as HTMLInputElement).value.trim()
                  set({ purpose: text === '' ? undefined : withLabel(details['purpose'], text) })
                }}
            /></label>
            <label class="switch"
              ><input
                type="checkbox"
                role="switch"
                .checked=${details['erase'] === 'keep'}
                @change=${(event: Event) => set({ erase: (event.target as HTMLInputElement).checked ? 'keep' : undefined })}
              /><span>${say('design.personal.keep')}</span></label
            >`
    }`
}

/** As short as it can be written: the kind alone where nothing else is said. */
function short(details: Readonly<Record<string, JsonValue | undefined>>): JsonValue {
  const given = Object.entries(details).filter((each): each is [string, JsonValue] => each[1] !== undefined)
  return given.length === 1 && given[0]![0] === 'category' ? given[0]![1] : Object.fromEntries(given)
}
