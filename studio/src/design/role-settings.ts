// What a role is besides its rights on records: its names, what it gives beyond records, whether it asks for a second factor; the
// ways to another role like it and to its end. Tells `change-role` with the members of the definition that change.
import { isJsonObject } from '@peyvand/core/base/json.ts'
import { languages, type Language } from '@peyvand/core/base/label.ts'
import type { Role } from '@peyvand/core/model/model.ts'
import { html, type TemplateResult } from 'lit'
import type { Holders } from '../data/roles.ts'
import { languageName, settings } from '../data/settings.ts'
import { confirm } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { route } from '../shell/route.ts'
import { labelOf, say, spoken } from '../texts/text.ts'
import { textBox } from './boxes.ts'
import { createRole } from './create-role.ts'
import { draft } from './draft.ts'
import { labelText, withLabel } from './label.ts'
import { holdersWords } from './role-holders.ts'

const privileges = ['customize', 'administer', 'impersonate', 'privacy'] as const

class RoleSettings extends View {
  static override properties = { of: { attribute: false }, holders: { attribute: false } }
  declare of: Role
  declare holders: ReadonlyMap<string, Holders> | undefined

  constructor() {
    super()
    watch(this, settings, draft)
  }

  #edit(change: Readonly<Record<string, unknown>>): void {
    this.tell('change-role', change)
  }

  protected override render(): unknown {
    const { label, description } = draft.definition('role', this.of)
    return html`<div class="card role-form">
        ${textBox('role-label', say('design.label'), labelText(label), (text) => this.#edit({ label: withLabel(label, text) }))}
        ${textBox('role-description', say('role.description'), labelText(description), (text) => this.#edit({ description: text && withLabel(description, text) }))}
        <details>
          <summary>${say('role.languages')}</summary>
          <div class="role-languages">
            ${languages.filter((each) => each !== spoken()).map((each) => this.#labelIn(each))}
          </div>
        </details>
      </div>
      <h2>${say('role.privileges')}</h2>
      <div class="card role-form">
        ${privileges.map((one) => this.#privilege(one))}
        <hr />
        ${this.#switch(say('role.second-factor'), say('role.second-factor.text'), this.of.secondFactor === true, (on) => this.#edit({ secondFactor: on }))}
      </div>
      <div class="role-ends">
        <button type="button" class="button" @click=${() => void createRole(this.of.name)}>
          ${icon('copy', 14)}${say('role.copy.this')}
        </button>
        <button type="button" class="button ghost danger-text" @click=${() => void this.#remove()}>
          ${icon('trash', 14)}${say('role.delete')}
        </button>
      </div>`
  }

  #privilege(one: (typeof privileges)[number]): TemplateResult {
    const has = this.of.privileges
    return this.#switch(say(`role.privilege.${one}`), say(`role.privilege.${one}.text`), has.includes(one), (on) =>
      this.#edit({ privileges: privileges.filter((each) => (each === one ? on : has.includes(each))) }),
    )
  }

  /** The label in a language that is not the one spoken. */
  #labelIn(language: Language): TemplateResult {
    const { label } = draft.definition('role', this.of)
    const texts = isJsonObject(label) ? label : { en: label ?? '' }
    return textBox(`role-label-${language}`, languageName(language), labelText(texts[language]), (text) =>
      this.#edit({
        label: Object.fromEntries(Object.entries({ ...texts, [language]: text }).filter(([, one]) => one !== '')),
      }),
    )
  }

  #switch(label: string, text: string, on: boolean, give: (on: boolean) => void): TemplateResult {
    return html`<label class="switch role-switch"
      ><input
        type="checkbox"
        role="switch"
        .checked=${on}
        @change=${(event: Event) => give((event.target as HTMLInputElement).checked)}
      /><span>${label}<span class="help">${text}</span></span></label
    >`
  }

  async #remove(): Promise<void> {
    const { name, label } = this.of
    const held = name === 'everyone' || name === 'anonymous' || this.holders?.has(name)
    const body = held ? say('role.delete.held', { who: holdersWords(name, this.holders) }) : undefined
    const title = say('role.delete.ask', { name: labelOf(label, name) })
    if (!(await confirm({ title, body, yes: say('role.delete'), danger: true }))) return
    draft.removePart('role', this.of)
    await route.go('/studio/roles')
  }
}
customElements.define('pv-role-settings', RoleSettings)
