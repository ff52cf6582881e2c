// The field profiles of a role: which fields it hides, masks or locks. A field is added by picking it; what its profile says then
// is set in its row. Tells `profiles` with what the role says of fields then; what that means stands in role-profiles.ts.
import type { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Role } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import '../kit/select.ts'
import { View, watch } from '../kit/view.ts'
import { state } from '../shell/state.ts'
import { labelOf, say } from '../texts/text.ts'
import { entityOptions, rowButton } from './boxes.ts'
import { draft } from './draft.ts'
import { every } from './role-grants.ts'
import {
  closed,
  freeFields,
  letting,
  lets,
  showing,
  sightOf,
  sightsOf,
  type Profile,
  type Sight,
} from './role-profiles.ts'

class RoleFields extends View {
  static override properties = {
    of: { attribute: false },
    problems: { attribute: false },
    _entity: { state: true },
  }
  declare of: Role
  /** What is wrong, by `entity.field`. */
  declare problems: ReadonlyMap<string, Problem>
  declare _entity: string | undefined

  constructor() {
    super()
    this.problems = new Map()
    watch(this, settings, draft)
  }

  get #profiles(): readonly Profile[] {
    return this.of.fields
  }

  protected override render(): unknown {
    const groups = [...Map.groupBy(this.#profiles, ({ entity }) => entity)]
    return html`${this.#adding()}
    ${
      groups.length === 0
        ? state({ art: 'eye', title: say('role.fields.none'), text: say('role.fields.text') })
        : groups.map(([name, profiles]) => this.#group(name, profiles))
    }`
  }

  #adding(): TemplateResult {
    const entity = draft.model.entities.get(this._entity ?? '')
    const free = entity ? freeFields(this.#profiles, entity) : []
    return html`<fieldset class="card profile-add">
      <legend class="unseen">${say('role.fields.add')}</legend>
      <label class="label" for="profile-entity">${say('role.fields.add')}</label>
      <pv-select
        .controlId=${'profile-entity'}
        .label=${say('design.entity')}
        .placeholder=${say('design.entity')}
        .options=${entityOptions()}
        .value=${this._entity ?? null}
        @pick=${(event: CustomEvent) => (this._entity = (event.detail as string | null) ?? undefined)}
      ></pv-select>
      <pv-select
        .controlId=${'profile-field'}
        .label=${say('design.field')}
        .placeholder=${entity && free.length === 0 ? say('role.fields.all') : say('design.field')}
        .disabled=${free.length === 0}
        .options=${free.map((field) => ({ value: field.name, label: labelOf(field.label, field.name), icon: typeOf(field).icon, second: field.name }))}
        .value=${null}
        @pick=${(event: CustomEvent) => {
          if (event.detail !== null)
            this.tell('profiles', [...this.#profiles, closed(entity!.name, event.detail as string)])
        }}
      ></pv-select>
    </fieldset>`
  }

  #group(name: string, profiles: readonly Profile[]): TemplateResult {
    const entity = draft.model.entities.get(name)
    const opens = this.of.grants.some((grant) => grant.entity === name || grant.entity === every)
    return html`<section class="card profiles" aria-labelledby="profiles-${name}">
      <h2 id="profiles-${name}">
        ${icon(entity?.icon ?? 'table', 14)}<bdi>${labelOf(entity?.label, name)}</bdi>
        ${opens ? nothing : html`<span class="badge warn">${say('role.fields.idle')}</span>`}
      </h2>
      <ul>
        ${profiles.map((profile) => this.#profile(profile, entity))}
      </ul>
    </section>`
  }

  #profile(profile: Profile, entity: Entity | undefined): TemplateResult {
    const field = entity?.fields.find(({ name }) => name === profile.field)
    const label = labelOf(field?.label, profile.field)
    const wrong = this.problems.get(`${profile.entity}.${profile.field}`)
    const put = (next: Profile) =>
      this.tell(
        'profiles',
        this.#profiles.map((one) => (one === profile ? next : one)),
      )
    const sight = sightOf(profile)
    const offered = sightsOf(field)
    return html`<li data-profile="${profile.entity}.${profile.field}">
      <span class="what cut" title=${profile.field}
        >${icon(field ? typeOf(field).icon : 'alert', 14)}<bdi class="cut">${label}</bdi></span
      >
      <pv-select
        .label="${label}: ${say('role.fields.see')}"
        .options=${(offered.includes(sight) ? offered : [...offered, sight]).map((one) => ({ value: one, label: say(`role.sight.${one}`) }))}
        .value=${sight}
        .invalid=${wrong !== undefined}
        @pick=${(event: CustomEvent) => put(showing(profile, event.detail as Sight))}
      ></pv-select>
      ${(['create', 'update'] as const).map(
        (doing) =>
          html`<label class="tick"
            ><input
              type="checkbox"
              class="check"
              data-lets=${doing}
              aria-label="${label}: ${say(`role.fields.${doing}`)}"
              .checked=${lets(profile, doing)}
              @change=${(event: Event) => put(letting(profile, doing, (event.target as HTMLInputElement).checked))}
            /><span>${say(`role.fields.${doing}`)}</span></label
          >`,
      )}
      ${rowButton(`${say('role.fields.remove')}: ${label}`, icon('close', 14), () =>
        this.tell(
          'profiles',
          this.#profiles.filter((one) => one !== profile),
        ),
      )}
      ${wrong ? html`<p class="error" dir="auto">${wrong.message} ${wrong.hint ?? nothing}</p>` : nothing}
    </li>`
  }
}
customElements.define('pv-role-fields', RoleFields)
