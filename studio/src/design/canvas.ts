// The canvas: the entity as people will see it, rendered by the same code as the app — form, list, or its JSON.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import { elementFor } from '@peyvand/core/elements'
import { formState, newRecord, type ControlState } from '@peyvand/core/form/state.ts'
import type { Entity, Form } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { types } from '@peyvand/core/types/index.ts'
import type { Preset } from '@peyvand/core/types/type.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { paintField } from '../forms/form.ts'
import { icon } from '../kit/icons.ts'
import { styled, View, watch } from '../kit/view.ts'
import { colorOf } from '../shell/avatar.ts'
import { route } from '../shell/route.ts'
import { labelOf, say } from '../texts/text.ts'
import { draft, type Definition } from './draft.ts'
import { addField } from './edit.ts'
import './keys.ts'
import { freeName } from './naming.ts'
import './relations.ts'
import './states.ts'
import { designAddress } from './tree.ts'
import { openTypePicker } from './type-picker.ts'

const tabs = ['form', 'list', 'relations', 'rules', 'json'] as const
const pictures = { form: 'form', list: 'table', relations: 'link', rules: 'settings', json: 'braces' } as const

class Canvas extends View {
  static override properties = {
    entity: { attribute: false },
    field: { attribute: false },
    _record: { state: true },
    _json: { state: true },
  }
  declare entity: Entity
  declare field: string | undefined
  declare _record: Readonly<Record<string, unknown>>
  /** JSON as typed while it cannot be read. */
  declare _json: { text: string; error: string } | undefined

  constructor() {
    super()
    this._record = {}
    watch(this, route, models, settings, draft)
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    const before = changed.get('entity') as Entity | undefined
    if (changed.has('entity') && before?.id !== this.entity.id) {
      this._record = newRecord(this.entity)
      this._json = undefined
    }
  }

  protected override render(): unknown {
    const { entity } = this
    const tab = tabs.find((each) => each === route.query.get('tab')) ?? 'form'
    return html`<section class="canvas" aria-label=${say('design.canvas')}>
      <div class="canvas-head">
        <span class="emblem" data-color=${entity.color ?? colorOf(entity.name)}
          >${icon(entity.icon ?? 'table', 18)}</span
        >
        <div class="who">
          <a href=${designAddress(entity.name)} class="title cut"><bdi>${labelOf(entity.label, entity.name)}</bdi></a
          ><code class="quiet ltr">${entity.name}</code>
        </div>
        <div class="segment">
          ${tabs.map((each) => html`<button type="button" aria-pressed=${String(each === tab)} @click=${() => route.adjust({ tab: each === 'form' ? null : each })}>${icon(pictures[each], 14)}${say(`design.tab.${each}`)}</button>`)}
        </div>
      </div>
      <div class="canvas-body">${this.#body(tab)}</div>
    </section>`
  }

  #body(tab: (typeof tabs)[number]): TemplateResult {
    const { entity } = this
    if (tab === 'form') return this.#form()
    if (tab === 'list') return this.#list()
    if (tab === 'relations') return html`<pv-relations .entity=${entity}></pv-relations>`
    if (tab === 'rules') return html`<pv-states .entity=${entity}></pv-states><pv-keys .entity=${entity}></pv-keys>`
    return this.#editor()
  }

  get #formDefinition(): Form | undefined {
    const forms = [...draft.model.forms.values()].filter((form) => form.entity === this.entity.name)
    return forms.find((form) => !form.generated) ?? forms[0]
  }

  #form(): TemplateResult {
    const form = this.#formDefinition
    const add = html`<button
      type="button"
      class="add-field"
      aria-haspopup="dialog"
      @click=${(event: Event) => openTypePicker(event.currentTarget as HTMLElement, (type, preset) => this.#addOf(type, preset))}
    >
      ${icon('plus', 14)}${say('design.add-field')}
    </button>`
    if (!form) return html`<div class="sheet">${add}</div>`
    const painted = formState({
      model: draft.model,
      entity: this.entity,
      form,
      record: this._record,
      rights: { create: true, write: true, delete: false },
      language: settings.language,
    })
    const placed = new Set(
      painted.tabs.flatMap((tab) =>
        tab.sections.flatMap((section) =>
          section.controls.flatMap((control) => (control.kind === 'field' ? [control.field.name] : [])),
        ),
      ),
    )
    const loose = this.entity.fields.filter((field) => !field.system && !placed.has(field.name))
    return html`<div class="sheet">
      ${painted.tabs.map(
        (tab) =>
          html`${painted.tabs.length > 1 ? html`<div class="sheet-tab"><span class="badge">${tab.label}</span></div>` : nothing}
          ${tab.sections.map(
            (section) =>
              html`<div class="form-section">
                ${section.label ? html`<h2>${section.label}</h2>` : nothing}
                <div class="form form-grid" ${styled({ '--form-columns': String(section.columns) })}>
                  ${section.controls.map((control) => this.#control(control, section.columns))}
                </div>
              </div>`,
          )}`,
      )}
      ${add}
      ${
        loose.length > 0
          ? html`<div class="tray">
              <h3>${say('design.not-on-form')}</h3>
              <div class="tray-list">
                ${loose.map((field) => html`<a class="chip-link ${field.name === this.field ? 'here' : ''}" href=${designAddress(this.entity.name, field.name)}>${icon(types.get(field.type)?.icon, 14)}${labelOf(field.label, field.name)}</a>`)}
              </div>
            </div>`
          : nothing
      }
    </div>`
  }

  /** What the records behind a navigation are called. */
  #related(navigation: string): string {
    const target = wireOf(draft.model, this.entity).navigations.get(navigation)?.target
    const entity = target === undefined ? undefined : draft.model.entityById.get(target)
    return labelOf(entity?.plural, navigation)
  }

  #control(control: ControlState, columns: number): TemplateResult {
    const span = styled({ 'grid-column': `span ${Math.min(control.span, columns)}` })
    if (control.kind === 'subgrid')
      return html`<div class="form-cell design-subgrid" ${span}>
        ${icon('table', 14)}<span class="quiet">${this.#related(control.navigation)}</span>
      </div>`
    const name = control.field.name
    return html`<div
      class="form-cell design-cell ${name === this.field ? 'chosen' : ''}"
      ${span}
      @click=${() => void route.go(designAddress(this.entity.name, name))}
      @focusin=${() => {
        if (name !== this.field) void route.go(designAddress(this.entity.name, name), { replace: true })
      }}
    >
      ${paintField(
        {
          entity: this.entity,
          record: this._record,
          compact: false,
          change: (values: JsonObject) => {
            this._record = { ...this._record, ...values }
          },
        },
        { ...control, lock: control.lock === 'permission' ? undefined : control.lock },
      )}
    </div>`
  }

  #addOf(type: string, preset?: Preset): void {
    const names = new Set(this.entity.fields.map((field) => field.name))
    const called = preset?.name ?? type
    const base = this.entity.solution ? `${localStorage.getItem('peyvand.prefix') ?? 'abc'}_${called}` : called
    const name = freeName(base, (free) => names.has(free))
    addField(this.entity, {
      name,
      type,
      label: labelOf((preset ?? types.get(type)!).label),
      ...(preset?.settings ?? starting(type)),
    })
    void route.go(designAddress(this.entity.name, name)).then(() =>
      requestAnimationFrame(() => {
        const box = document.querySelector<HTMLInputElement>('pv-properties [name=label]')
        box?.focus()
        box?.select()
      }),
    )
  }

  #list(): TemplateResult {
    const views = [...draft.model.views.values()].filter((view) => view.entity === this.entity.name)
    const view = views.find((each) => each.default) ?? views[0]
    const columns = (view?.columns ?? []).flatMap(({ field }) => {
      const found = this.entity.fields.find((each) => each.name === field.split('.')[0])
      return found ? [{ path: field, field: found }] : []
    })
    return html`<div class="sheet flat">
      <div class="design-list">
        <table>
          <thead>
            <tr>
              ${columns.map(({ field }) => html`<th scope="col" class=${elementFor(field).numeric ? 'numeric' : ''}>${labelOf(field.label, field.name)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${Array.from(
              { length: 8 },
              (_, row) =>
                html`<tr>
                  ${columns.map((_, at) => html`<td><span class="skeleton still" ${styled({ 'inline-size': `${40 + ((row * 13 + at * 29) % 50)}%` })}></span></td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </div>`
  }

  #editor(): TemplateResult {
    const text = this._json?.text ?? JSON.stringify(draft.definition('entity', this.entity), null, 2)
    return html`<div class="sheet flat json">
      ${this._json ? html`<p class="notice bad" role="alert">${icon('alert')}<span class="ltr">${this._json.error}</span></p>` : nothing}
      <textarea
        class="ltr"
        spellcheck="false"
        aria-label=${say('design.tab.json')}
        .value=${text}
        @change=${(event: Event) => this.#read((event.target as HTMLTextAreaElement).value)}
      ></textarea>
    </div>`
  }

  #read(text: string): void {
    try {
      const definition: unknown = JSON.parse(text)
      if (
        !isJsonObject(definition) ||
        definition['kind'] !== 'entity' ||
        typeof definition['name'] !== 'string' ||
        !Array.isArray(definition['fields'])
      )
        throw new SyntaxError(say('design.json.shape'))
      this._json = undefined
      draft.put(definition as Definition)
      if (definition['name'] !== this.entity.name)
        void route.go(`/studio/entity/${definition['name']}?tab=json`, { replace: true })
    } catch (error) {
      this._json = { text, error: error instanceof Error ? error.message : String(error) }
    }
  }
}
customElements.define('pv-canvas', Canvas)

/** What a type needs to be legal at once, so that a fresh field can be published as it is. */
function starting(type: string): JsonObject {
  const settings = types.get(type)!.settings
  if (settings.required?.includes('target'))
    return {
      target:
        [...draft.model.entities.keys()].find((name) => name === 'account') ?? [...draft.model.entities.keys()][0]!,
    }
  if ('options' in settings.properties)
    return {
      options: [1, 2, 3].map((number, at) => ({
        value: `option_${number}`,
        label: say('design.option', { count: number }),
        color: ['blue', 'amber', 'green'][at]!,
      })),
    }
  return {}
}
