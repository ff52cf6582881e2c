// The keys of an entity: fields that together tell its records apart, for imports, integrations and addresses.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { namePattern } from '@peyvand/core/base/name.ts'
import type { Entity, Field, Key } from '@peyvand/core/model/model.ts'
import { keepProblem } from '@peyvand/core/model/stored.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { types } from '@peyvand/core/types/index.ts'
import { html, type TemplateResult } from 'lit'
import { models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { openDialog } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { labelOf, say } from '../texts/text.ts'
import { listHead, nameBox, nothingYet, rowButton } from './boxes.ts'
import { draft } from './draft.ts'
import { editEntity } from './edit.ts'
import { freeName } from './naming.ts'
import './relations.css'

class Keys extends View {
  static override properties = { entity: { attribute: false } }
  declare entity: Entity

  constructor() {
    super()
    watch(this, models, settings, draft)
  }

  get #keys(): readonly JsonObject[] {
    return (draft.definition('entity', this.entity)['keys'] ?? []) as readonly JsonObject[]
  }

  protected override render(): unknown {
    const { entity } = this
    return html`<section class="sheet rules" aria-label=${say('keys')}>
      ${listHead(say('keys'), say('keys.text'), say('relations.add'), () => void this.#add())}
      ${
        entity.keys.length === 0
          ? nothingYet()
          : html`<ul>
              ${entity.keys.map((key) => this.#key(key))}
            </ul>`
      }
    </section>`
  }

  #key(key: Key): TemplateResult {
    const fields = key.fields.map((name) => {
      const field = this.entity.fields.find((each) => each.name === name)
      return field ? labelOf(field.label, name) : name
    })
    return html`<li>
      ${icon('key', 14)}
      <span class="grow plain"
        ><strong class="cut"><bdi>${fields.join(' + ')}</bdi></strong
        ><code class="quiet ltr">${key.name}</code></span
      >
      ${rowButton(say('relations.remove', { name: key.name }), icon('trash', 14), () => editEntity(this.entity, { keys: this.#keys.filter(({ name }) => name !== key.name) }))}
    </li>`
  }

  async #add(): Promise<void> {
    const key = await askKey(this.entity)
    if (key) editEntity(this.entity, { keys: [...this.#keys, key] })
  }
}
customElements.define('pv-keys', Keys)

/** unit: bytes. What PostgreSQL takes into one entry of an index, with room for the others of the key. */
const mostBytes = 2_600

/** Whether a value of the field can stand in a key: it is kept in the table, and short enough for an index. */
function canBeKey(entity: Entity, field: Field): boolean {
  const type = types.get(field.type)
  if (!type?.indexable || (type.indexBytes?.(field) ?? 0) > mostBytes) return false
  const formula = wireOf(draft.model, entity).properties.get(field.name)?.formula
  return formula === undefined || keepProblem(formula) === undefined
}

/** Asks which fields shall tell records apart. */
function askKey(entity: Entity): Promise<{ name: string; fields: string[] } | undefined> {
  const asked = { name: '', named: false, fields: [] as string[] }
  const isTaken = (name: string) => entity.keys.some((key) => key.name === name)
  const wrong = () =>
    asked.name === ''
      ? ''
      : !namePattern.test(asked.name)
        ? say('design.name.bad')
        : isTaken(asked.name)
          ? say('design.name.taken')
          : ''
  const options = entity.fields
    .filter((field) => !field.system && canBeKey(entity, field))
    .map((field) => ({ value: field.name, label: labelOf(field.label, field.name), second: field.name }))
  return openDialog<{ name: string; fields: string[] }>(
    (answer, repaint) => {
      const isReady = asked.fields.length > 0 && asked.name !== '' && wrong() === ''
      return html`<form
        @submit=${(event: Event) => {
          event.preventDefault()
          if (isReady) answer({ name: asked.name, fields: asked.fields })
        }}
      >
        <header class="dialog-head"><h2>${say('keys.new')}</h2></header>
        <div class="body form-stack">
          <div class="field">
            <label class="label" for="key-fields">${say('keys.fields')}</label>
            <pv-select
              .controlId=${'key-fields'}
              .label=${say('keys.fields')}
              .multiple=${true}
              .options=${options}
              .value=${asked.fields}
              @pick=${(event: CustomEvent) => {
                asked.fields = event.detail as string[]
                if (!asked.named) asked.name = freeName(asked.fields.join('_').slice(0, 44), isTaken)
                repaint()
              }}
            ></pv-select>
          </div>
          ${nameBox({
            id: 'key-name',
            label: say('design.name'),
            value: asked.name,
            wrong: wrong(),
            give: (name) => {
              asked.name = name
              asked.named = true
              repaint()
            },
          })}
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button>
          <button class="button primary" ?disabled=${!isReady}>${say('create')}</button>
        </footer>
      </form>`
    },
    { label: say('keys.new') },
  )
}
