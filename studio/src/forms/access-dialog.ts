// The dialog about access: who wants to do what, the verdict, and why; for administrators also who has access. What is told is the
// server's; access-words.ts finds the words.
import type { Entity, Operation } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { askWho, askWhy, type Explained, type PersonWithAccess } from '../data/access.ts'
import { current, mayAdminister } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { openDialog } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import type { Linked, LookupSource } from '../kit/lookup.ts'
import '../kit/lookup.ts'
import '../kit/select.ts'
import { View, watch } from '../kit/view.ts'
import { avatar } from '../shell/avatar.ts'
import { labelOf, say } from '../texts/text.ts'
import { reader } from '../views/reader.ts'
import { paintExplained } from './access-words.ts'
import { detailOf, explain } from './explain.ts'

/** What the dialog begins with: a record, or a person whose access is looked into. */
export type AccessOpening =
  | {
      readonly entity: Entity
      readonly record: { readonly id: string; readonly name: string }
      readonly user?: undefined
    }
  | { readonly user: Linked; readonly entity?: undefined; readonly record?: undefined }

/** Opens the dialog. */
export async function openAccess(opening: AccessOpening): Promise<void> {
  const title = opening.record
    ? say('access.title', { name: opening.record.name })
    : say('access.title.user', { name: opening.user.label })
  await openDialog<void>(
    (answer) =>
      html`<header><h2>${title}</h2></header>
        <div class="body"><pv-access .opening=${opening}></pv-access></div>
        <footer><button type="button" class="button" @click=${() => answer()}>${say('close')}</button></footer>`,
    { label: title, wide: true },
  )
}

const recordOperations = ['read', 'write', 'delete', 'assign', 'share', 'append', 'append_to', 'export'] as const
const entityOperations = ['read', 'create', 'write', 'delete', 'assign', 'share', 'import', 'export', 'bulk'] as const

/** `<pv-access>`: the questions and their answers. */
class Access extends View {
  static override properties = {
    opening: { attribute: false },
    _tab: { state: true },
    _operation: { state: true },
    _entity: { state: true },
    _field: { state: true },
    _user: { state: true },
    _told: { state: true },
    _error: { state: true },
    _people: { state: true },
    _next: { state: true },
  }
  declare opening: AccessOpening
  declare _tab: 'why' | 'who'
  declare _operation: Operation
  declare _entity: string
  declare _field: string | null
  declare _user: Linked
  declare _told: Explained | undefined
  declare _error: unknown
  declare _people: readonly PersonWithAccess[] | undefined
  declare _next: string | undefined

  constructor() {
    super()
    this._tab = 'why'
    this._operation = 'read'
    this._entity = ''
    this._field = null
    watch(this, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    const { person, entities } = current()
    this._entity = this.opening.entity?.name ?? entities.keys().next().value ?? ''
    this._user = this.opening.user ?? { entity: 'user', id: person.id, label: person.name }
    void this.#why()
  }

  async #why(): Promise<void> {
    const entity = current().entities.get(this._entity)
    if (!entity) return
    this._error = undefined
    try {
      const record = this.opening.record?.id
      const own = this._user.id === current().person.id
      this._told = await askWhy({
        entity,
        operation: this._operation,
        ...(record === undefined ? {} : { record }),
        ...(own ? {} : { user: this._user.id }),
        ...(this._field === null ? {} : { field: this._field }),
      })
    } catch (error) {
      this._told = undefined
      this._error = error
    }
  }

  async #who(after?: string): Promise<void> {
    const { entity, record } = this.opening
    if (!entity || !record) return
    this._error = undefined
    try {
      const { value, next } = await askWho(entity, record.id, after)
      this._people = [...(after === undefined ? [] : (this._people ?? [])), ...value]
      this._next = next
    } catch (error) {
      this._error = error
    }
  }

  protected override render(): unknown {
    const both = this.opening.record !== undefined && mayAdminister()
    return html`<div class="access">
      ${both ? html`<div class="tabs" role="tablist">${(['why', 'who'] as const).map((tab) => this.#tab(tab))}</div>` : nothing}
      ${this._tab === 'why' ? this.#paintWhy() : this.#paintWho()}
      ${
        this._error === undefined
          ? nothing
          : html`<div class="notice bad" role="alert">
              ${icon('alert')}
              <div>${explain(this._error)} <span dir="auto">${detailOf(this._error)}</span></div>
            </div>`
      }
    </div>`
  }

  #tab(tab: 'why' | 'who'): TemplateResult {
    return html`<button
      type="button"
      role="tab"
      aria-selected=${this._tab === tab}
      @click=${() => {
        this._tab = tab
        if (tab === 'who' && this._people === undefined) void this.#who()
      }}
    >
      ${say(`access.${tab}`)}
    </button>`
  }

  #paintWhy(): TemplateResult {
    const operations = this.opening.record ? recordOperations : entityOperations
    return html`<div class="access-question">
        ${mayAdminister() ? this.#person() : nothing} ${this.opening.record ? nothing : this.#entityChoice()}
        ${this.#select(
          say('access.operation'),
          operations.map((value) => ({ value, label: say(`access.op.${value}`) })),
          this._operation,
          (value) => {
            this._operation = value as Operation
          },
        )}
        ${this.#select(
          say('access.field'),
          [{ value: '', label: say('access.field.none') }, ...this.#fields()],
          this._field ?? '',
          (value) => {
            this._field = value === '' ? null : value
          },
        )}
      </div>
      <div aria-live="polite">${this._told ? paintExplained(this._told) : nothing}</div>`
  }

  #person(): TemplateResult {
    return html`<div class="field">
      <span class="label">${say('access.person')}</span>
      <pv-lookup
        .label=${say('access.person')}
        .value=${this._user}
        .targets=${[{ entity: 'user', label: labelOf(current().entities.get('user')?.label, 'user'), icon: 'user' }]}
        .source=${{ ...(reader().source as LookupSource), create: undefined }}
        @pick=${(event: CustomEvent) => {
          if (event.detail === null) return
          this._user = event.detail as Linked
          void this.#why()
        }}
      ></pv-lookup>
    </div>`
  }

  #entityChoice(): TemplateResult {
    const entities = [...current().entities.values()].map(({ name, plural, label }) => ({
      value: name,
      label: labelOf(plural ?? label, name),
    }))
    return this.#select(say('access.entity'), entities, this._entity, (value) => {
      this._entity = value
      this._field = null
    })
  }

  #fields(): { value: string; label: string }[] {
    const entity = current().entities.get(this._entity)
    return (entity?.fields ?? []).map(({ name, label }) => ({ value: name, label: labelOf(label, name) }))
  }

  #select(
    label: string,
    options: readonly { readonly value: string; readonly label: string }[],
    value: string,
    pick: (value: string) => void,
  ): TemplateResult {
    return html`<div class="field">
      <span class="label">${label}</span>
      <pv-select
        .label=${label}
        .options=${options}
        .value=${value}
        @pick=${(event: CustomEvent) => {
          pick(event.detail as string)
          void this.#why()
        }}
      ></pv-select>
    </div>`
  }

  #paintWho(): TemplateResult {
    const people = this._people
    if (people === undefined) return html`<p class="quiet">${say('loading')}</p>`
    const words = new Intl.ListFormat(settings.locale, { type: 'unit', style: 'short' })
    const roles = (names: readonly string[]) =>
      words.format(names.map((name) => labelOf(current().roles.get(name)?.label, name)))
    return html`<ul class="access-people">
        ${people.map(({ user, rights, roles: names }) => {
          const name = user.name ?? say('access.somebody')
          return html`<li>
            ${avatar(name)}
            <span class="grow"><bdi class="cut">${name}</bdi><span class="quiet">${roles(names)}</span></span>
            <span class="rights"
              >${rights.map((right) => html`<span class="badge">${say(`access.op.${right}`)}</span>`)}</span
            >
          </li>`
        })}
      </ul>
      ${people.length === 0 ? html`<p class="quiet">${say('access.people.none')}</p>` : nothing}
      ${
        this._next === undefined
          ? nothing
          : html`<button type="button" class="button small" @click=${() => void this.#who(this._next)}>
              ${say('access.people.more')}
            </button>`
      }`
  }
}
customElements.define('pv-access', Access)
