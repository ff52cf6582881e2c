// The roles: what each is for and who has it; one of them opens on its own page. A chunk of its own.
import type { Role } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { models } from '../data/model.ts'
import { readHolders, type Holders } from '../data/roles.ts'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { route } from '../shell/route.ts'
import { state } from '../shell/state.ts'
import { enRoles } from '../texts/en-roles.ts'
import { addEnglish, labelOf, say } from '../texts/text.ts'
import { createRole } from './create-role.ts'
import { draft } from './draft.ts'
import { holdersWords } from './role-holders.ts'
import './role.ts'
import './roles.css'

addEnglish(enRoles)

class Roles extends View {
  static override properties = { name: { attribute: false }, _holders: { state: true } }
  /** The role whose page is shown; absent: the list. */
  declare name: string | undefined
  declare _holders: ReadonlyMap<string, Holders> | undefined

  constructor() {
    super()
    watch(this, route, models, settings, draft)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#load()
  }

  /** Who may design need not see who has which role: then nothing is told of it. */
  async #load(): Promise<void> {
    // Who does not see the assignments need not ask for them.
    if (!models.model?.entities.has('role_assignment')) return
    this._holders = await readHolders().catch(() => undefined)
  }

  protected override render(): unknown {
    const role = this.name === undefined ? undefined : draft.model.roles.get(this.name)
    if (role) return html`<pv-role .of=${role} .holders=${this._holders} @held=${() => void this.#load()}></pv-role>`
    const roles = [...draft.model.roles.values()].sort((a, b) =>
      labelOf(a.label, a.name).localeCompare(labelOf(b.label, b.name)),
    )
    const make = html`<button type="button" class="button primary" @click=${() => void createRole()}>
      ${icon('plus', 14)}${say('role.new')}
    </button>`
    if (roles.length === 0)
      return html`<div class="review">
        ${state({ art: 'role', heading: true, title: say('roles.none'), text: say('roles.text'), actions: make })}
      </div>`
    return html`<section class="review" aria-label=${say('roles')}>
      <div class="review-body">
        <header>
          <div>
            <h1>${say('roles')}</h1>
            <p class="quiet">${say('roles.text')}</p>
          </div>
          ${make}
        </header>
        ${this.name === undefined ? nothing : html`<p class="notice warn">${icon('alert')}<span>${say('role.missing')}</span></p>`}
        <ul class="card roles">
          ${roles.map((role) => this.#role(role))}
        </ul>
      </div>
    </section>`
  }

  #role(role: Role): TemplateResult {
    const { name, label, description, privileges, solution } = role
    return html`<li>
      <span class="bead">${icon('role', 12)}</span>
      <div class="grow">
        <span class="role-name"
          ><a href="/studio/roles/${name}"><bdi>${labelOf(label, name)}</bdi></a>
          ${privileges.map((one) => html`<span class="badge info">${say(`role.privilege.${one as 'customize'}`)}</span>`)}
          ${draft.isChanged(role, 'role') ? html`<span class="dot" data-color="amber" title=${say('design.pending')}></span>` : nothing}</span
        >
        <span class="quiet cut"
          >${description ? html`<bdi>${labelOf(description)}</bdi>` : html`<code class="ltr">${name}</code>`}</span
        >
      </div>
      <span class="quiet holders">${holdersWords(name, this._holders) || (solution ?? '')}</span>
    </li>`
  }
}
customElements.define('pv-roles', Roles)
