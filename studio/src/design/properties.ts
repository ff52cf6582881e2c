// The properties of what is selected: the entity itself, or one of its fields with the settings of its type.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { namePattern } from '@peyvand/core/base/name.ts'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { isSearched } from '@peyvand/core/model/search.ts'
import { types } from '@peyvand/core/types/index.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { current, models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { confirm } from '../kit/dialog.ts'
import { icon, iconNames } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { route } from '../shell/route.ts'
import { labelOf, say } from '../texts/text.ts'
import { askMove } from './ask-move.ts'
import { auditSaid } from './definition.ts'
import { draft } from './draft.ts'
import {
  designedForm,
  editEntity,
  editField,
  fieldsOf,
  isKey,
  isOnForm,
  moveField,
  removeField,
  retypeField,
  toggleKey,
  toggleOnForm,
  type FieldDefinition,
} from './edit.ts'
import { labelText, withLabel } from './label.ts'
import { freeName, nameFor } from './naming.ts'
import { paintPersonal } from './personal.ts'
import './rollup-state.ts'
import { colorOptions } from './options.ts'
import { paintSettings } from './settings.ts'
import { designAddress } from './tree.ts'
import { paintUses, paintUsesPanel, usesOf } from './uses.ts'

class Properties extends View {
  static override properties = { entity: { attribute: false }, field: { attribute: false }, _bad: { state: true } }
  declare entity: Entity
  declare field: string | undefined
  /** What is wrong with the name as typed. */
  declare _bad: string

  constructor() {
    super()
    this._bad = ''
    watch(this, models, settings, draft)
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('field') || changed.has('entity')) this._bad = ''
  }

  protected override render(): unknown {
    const field =
      this.field === undefined
        ? undefined
        : fieldsOf(draft.definition('entity', this.entity)).find((each) => each.name === this.field)
    return html`<aside class="properties" aria-label=${say('design.properties')}>
      ${field ? this.#field(field) : this.#entity()}
    </aside>`
  }

  #entity(): TemplateResult {
    const { entity } = this
    const definition = draft.definition('entity', entity)
    const own = entity.fields.filter((field) => !field.system)
    return html`<h2>${say('design.entity')}</h2>
      ${this.#label(definition['label'], (label) => editEntity(entity, { label }))}
      <label class="field"
        ><span class="label">${say('design.plural')}</span
        ><input
          class="input"
          dir="auto"
          .value=${labelText(definition['plural'])}
          @change=${(event: Event) => editEntity(entity, { plural: withLabel(definition['plural'], (event.target as HTMLInputElement).value) })}
      /></label>
      ${this.#name(
        entity.name,
        (name) => {
          editEntity(entity, { name })
          void route.go(designAddress(name), { replace: true })
        },
        (name) => draft.model.entities.has(name),
      )}
      <label class="field"
        ><span class="label">${say('design.description')}</span
        ><textarea
          class="input"
          dir="auto"
          rows="2"
          .value=${labelText(definition['description'])}
          @change=${(event: Event) => editEntity(entity, { description: withLabel(definition['description'], (event.target as HTMLTextAreaElement).value) })}
        ></textarea>
      </label>
      <div class="two">
        ${framed('icon', say('design.icon'), html`<pv-select .controlId=${'prop-icon'} .label=${say('design.icon')} .options=${iconNames.map((name) => ({ value: name, label: name, icon: name }))} .value=${entity.icon ?? null} @pick=${(event: CustomEvent) => editEntity(entity, { icon: event.detail as string })}></pv-select>`)}
        ${framed('color', say('design.color'), html`<pv-select .controlId=${'prop-color'} .label=${say('design.color')} .options=${colorOptions()} .value=${entity.color ?? null} @pick=${(event: CustomEvent) => editEntity(entity, { color: event.detail as string })}></pv-select>`)}
      </div>
      ${framed('primary', say('design.primary'), html`<pv-select .controlId=${'prop-primary'} .label=${say('design.primary')} .options=${own.filter((field) => field.type === 'text' || field.type === 'autonumber').map((field) => ({ value: field.name, label: labelOf(field.label, field.name) }))} .value=${entity.primaryField} @pick=${(event: CustomEvent) => editEntity(entity, { primaryField: event.detail as string })}></pv-select>`)}
      ${framed('ownership', say('design.ownership'), html`<pv-select .controlId=${'prop-ownership'} .label=${say('design.ownership')} .options=${(['user', 'organization'] as const).map((value) => ({ value, label: say(`design.ownership.${value}`) }))} .value=${entity.ownership} @pick=${(event: CustomEvent) => editEntity(entity, { ownership: event.detail as string })}></pv-select>`)}
      <label class="switch"
        ><input
          type="checkbox"
          role="switch"
          .checked=${entity.audit}
          @change=${(event: Event) => editEntity(entity, { audit: (event.target as HTMLInputElement).checked })}
        /><span>${say('design.audit')}</span></label
      >
      ${
        entity.audit
          ? html`<label class="switch"
              ><input
                type="checkbox"
                role="switch"
                .checked=${entity.auditReads === true}
                @change=${(event: Event) => editEntity(entity, { audit: auditSaid({ ...entity, auditReads: (event.target as HTMLInputElement).checked || undefined }) })}
              /><span>${say('design.audit.reads')}</span></label
            >`
          : nothing
      }
      ${
        current().entities.has('connection')
          ? html`<label class="switch"
              ><input
                type="checkbox"
                role="switch"
                .checked=${definition['connections'] === true}
                @change=${(event: Event) => editEntity(entity, { connections: (event.target as HTMLInputElement).checked || null })}
              /><span>${say('design.connections')}</span></label
            >`
          : nothing
      }
      ${this.#flag(entity, definition, 'person')} ${this.#flag(entity, definition, 'appendOnly')}
      ${draft.isNew(entity) ? nothing : paintUsesPanel(`entity/${this.#published(entity)}`)}
      <hr />
      <button type="button" class="button ghost danger-text" @click=${() => void this.#removeEntity()}>
        ${icon('trash', 14)}${say('design.delete-entity')}
      </button>`
  }

  /** A flag of the entity that is off when nothing is said. */
  #flag(entity: Entity, definition: JsonObject, name: 'person' | 'appendOnly'): TemplateResult {
    return html`<label class="switch"
      ><input
        type="checkbox"
        role="switch"
        .checked=${definition[name] === true}
        @change=${(event: Event) => editEntity(entity, { [name]: (event.target as HTMLInputElement).checked || null })}
      /><span>${say(`design.${name}`)}</span></label
    >`
  }

  #field(field: FieldDefinition): TemplateResult {
    const { entity } = this
    const give = (change: Record<string, JsonValue>) => editField(entity, field.name, change)
    const form = designedForm(entity)
    const type = types.get(field.type)
    const workedOut = type?.formula !== undefined || type?.rollup !== undefined
    return html`<div class="properties-head">
        <h2>${say('design.field')}</h2>
        <button
          type="button"
          class="button ghost icon small"
          aria-label=${say('design.up')}
          title=${say('design.up')}
          @click=${() => moveField(entity, field.name, -1)}
        >
          ${icon('arrow-up', 14)}
        </button>
        <button
          type="button"
          class="button ghost icon small"
          aria-label=${say('design.down')}
          title=${say('design.down')}
          @click=${() => moveField(entity, field.name, 1)}
        >
          ${icon('arrow-down', 14)}
        </button>
      </div>
      ${this.#label(field['label'], (label) => this.#relabel(field, label))}
      ${this.#name(
        field.name,
        (name) => {
          give({ name })
          void route.go(designAddress(entity.name, name), { replace: true })
        },
        (name) => entity.fields.some((each) => each.name === name),
      )}
      ${framed('type', say('design.type'), html`<pv-select .controlId=${'prop-type'} .label=${say('design.type')} .options=${[...types.values()].filter((each) => each.name !== 'uuid').map((each) => ({ value: each.name, label: labelOf(each.label), icon: each.icon }))} .value=${field.type} @pick=${(event: CustomEvent) => retypeField(entity, field.name, event.detail as string, {})}></pv-select>`)}
      <div class="switches">
        ${
          workedOut
            ? nothing
            : html`<label class="switch"
                ><input
                  type="checkbox"
                  role="switch"
                  .checked=${field['required'] === true}
                  @change=${(event: Event) => give({ required: (event.target as HTMLInputElement).checked || null })}
                /><span>${say('design.required')}</span></label
              >`
        }
        ${type?.indexable && type.rollup === undefined ? html`<label class="switch"><input type="checkbox" role="switch" .checked=${isKey(entity, field.name)} @change=${(event: Event) => toggleKey(entity, field.name, (event.target as HTMLInputElement).checked)} /><span>${say('design.unique')}</span></label>` : nothing}
        ${type?.searched && (type.formula === undefined || field['returns'] === 'text') ? html`<label class="switch"><input type="checkbox" role="switch" .checked=${isSearched(entity, field as unknown as Field)} @change=${(event: Event) => give({ searchable: (event.target as HTMLInputElement).checked })} /><span>${say('design.searchable')}</span></label>` : nothing}
        ${form ? html`<label class="switch"><input type="checkbox" role="switch" .checked=${isOnForm(form, field.name)} @change=${(event: Event) => toggleOnForm(form, field.name, (event.target as HTMLInputElement).checked)} /><span>${say('design.on-form')}</span></label>` : nothing}
      </div>
      <h3>${say('design.settings', { name: labelOf(type?.label, field.type) })}</h3>
      ${paintSettings(entity, field, give)} ${workedOut ? nothing : paintPersonal(field, give)}
      <label class="field"
        ><span class="label">${say('design.description')}</span
        ><textarea
          class="input"
          dir="auto"
          rows="2"
          .value=${labelText(field['description'])}
          @change=${(event: Event) => give({ description: withLabel(field['description'], (event.target as HTMLTextAreaElement).value) })}
        ></textarea>
      </label>
      ${this.#rollupState(field)}
      ${this.#publishedField(field) === undefined ? nothing : paintUsesPanel(this.#publishedField(field)!)}
      <hr />
      ${this.#move(field)}
      <button
        type="button"
        class="button ghost danger-text"
        ?disabled=${field.name === entity.primaryField}
        @click=${() => void this.#removeField(field)}
      >
        ${icon('trash', 14)}${say('design.delete-field')}
      </button>`
  }

  #label(label: JsonValue | undefined, give: (label: JsonValue) => void): TemplateResult {
    return html`<label class="field"
      ><span class="label">${say('design.label')}</span
      ><input
        class="input"
        name="label"
        dir="auto"
        autocomplete="off"
        .value=${labelText(label)}
        @change=${(event: Event) => {
          const text = (event.target as HTMLInputElement).value.trim()
          if (text) give(withLabel(label, text))
        }}
    /></label>`
  }

  #name(name: string, give: (name: string) => void, isTaken: (name: string) => boolean): TemplateResult {
    const change = (event: Event) => {
      const next = (event.target as HTMLInputElement).value.trim()
      this._bad =
        next === name
          ? ''
          : !namePattern.test(next)
            ? say('design.name.bad')
            : isTaken(next)
              ? say('design.name.taken')
              : ''
      if (next !== name && !this._bad) give(next)
    }
    return html`<div class="field">
      <label class="label" for="prop-name">${say('design.name')}</label
      ><input
        class="input ltr"
        id="prop-name"
        spellcheck="false"
        autocomplete="off"
        .value=${name}
        aria-invalid=${this._bad ? 'true' : nothing}
        aria-describedby=${this._bad ? 'prop-name-error' : nothing}
        @change=${change}
      />${this._bad ? html`<span class="error" id="prop-name-error">${this._bad}</span>` : nothing}
    </div>`
  }

  /** A field that was never published takes its name from its label. */
  #relabel(field: FieldDefinition, label: JsonValue): void {
    const { entity } = this
    const others = new Set(entity.fields.filter((each) => each.name !== field.name).map((each) => each.name))
    const suggested = nameFor(
      labelText(label),
      entity.solution ? (localStorage.getItem('peyvand.prefix') ?? 'abc') : '',
    )
    const follows = field['id'] === undefined && suggested !== ''
    const name = follows ? freeName(suggested, (free) => others.has(free)) : field.name
    editField(entity, field.name, { label, ...(name === field.name ? {} : { name }) })
    if (name !== field.name) void route.go(designAddress(entity.name, name), { replace: true })
  }

  /** The name an entity is published under. */
  #published(entity: Entity): string {
    return current().entityById.get(entity.id)?.name ?? entity.name
  }

  /** A published field as the server is asked about it; undefined for one that is only in the draft. */
  #publishedField(field: FieldDefinition): string | undefined {
    const entity = current().entityById.get(this.entity.id)
    const known = entity?.fields.find(({ id }) => id === field['id'])
    return known && `entity/${entity!.name}/fields/${known.name}`
  }

  /** Whether what is stored of a published rollup is right. */
  #rollupState(field: FieldDefinition): TemplateResult | typeof nothing {
    const entity = current().entityById.get(this.entity.id)
    const known = entity?.fields.find(({ id }) => id === field['id'])
    if (entity === undefined || known === undefined || types.get(known.type)?.rollup === undefined) return nothing
    return html`<pv-rollup-state .entity=${entity} .field=${known.name}></pv-rollup-state>`
  }

  /** The door to another entity, or where the field is to go. */
  #move(field: FieldDefinition): TemplateResult | typeof nothing {
    const entity = current().entityById.get(this.entity.id)
    const known = entity?.fields.find(({ id }) => id === field['id'])
    if (entity === undefined || known === undefined) return nothing
    const planned = draft.moves.find((move) => move.field === known.id)
    if (planned === undefined)
      return html`<button
        type="button"
        class="button ghost move-field"
        ?disabled=${field.name === this.entity.primaryField}
        @click=${() => void this.#askMove(entity, known)}
      >
        ${icon('arrow-end', 14, 'mirror')}${say('move.to')}
      </button>`
    const to = current().entities.get(planned.wish.to)
    return html`<div class="notice">
      ${icon('arrow-end', 14, 'mirror')}
      <span>${say('move.planned', { entity: labelOf(to?.label, planned.wish.to) })}</span>
      <button type="button" class="button small" @click=${() => draft.drop(`move/${known.id}`)}>
        ${say('move.keep')}
      </button>
    </div>`
  }

  async #askMove(entity: Entity, field: Field): Promise<void> {
    if (await askMove(entity, field)) await route.go('/studio/review')
  }

  async #removeField(field: FieldDefinition): Promise<void> {
    const { entity } = this
    const of = this.#publishedField(field)
    const uses = of === undefined ? [] : await usesOf(of).catch(() => [])
    if (
      uses.length > 0 &&
      !(await confirm({
        title: say('design.delete-field.ask', { name: labelText(field['label']) || field.name }),
        body: html`${say('design.delete-field.text')}${paintUses(uses)}`,
        yes: say('design.delete-field'),
        danger: true,
      }))
    )
      return
    removeField(entity, field.name)
    await route.go(designAddress(entity.name), { replace: true })
  }

  async #removeEntity(): Promise<void> {
    const { entity } = this
    const fresh = draft.isNew(entity)
    if (
      !fresh &&
      !(await confirm({
        title: say('design.delete-entity.ask', { name: labelOf(entity.label, entity.name) }),
        body: html`${say('design.delete-entity.text')}${paintUses(await usesOf(`entity/${this.#published(entity)}`).catch(() => []))}`,
        yes: say('design.delete-entity'),
        danger: true,
      }))
    )
      return
    draft.remove(entity)
    await route.go('/studio')
  }
}
customElements.define('pv-properties', Properties)

function framed(id: string, label: string, control: TemplateResult): TemplateResult {
  return html`<div class="field"><label class="label" for="prop-${id}">${label}</label>${control}</div>`
}
