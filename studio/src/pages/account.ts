// The account page (/account): how one signs in, where one is signed in, which keys speak in one's name. Each part is an element
// of its own; the page says what there is.
import { html, nothing, type TemplateResult } from 'lit'
import { readAccount, readMethods, type Account } from '../data/account.ts'
import { models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { explain } from '../forms/explain.ts'
import { View, watch } from '../kit/view.ts'
import { entitle, header } from '../shell/header.ts'
import { state } from '../shell/state.ts'
import { enAccount } from '../texts/en-account.ts'
import { addEnglish, say, type TextKey } from '../texts/text.ts'
import './account.css'
import './account/enrol.ts'
import './account/factor.ts'
import './account/keys.ts'
import './account/passkeys.ts'
import './account/password.ts'
import './account/sessions.ts'

addEnglish(enAccount)

class AccountPage extends View {
  static override properties = {
    _account: { state: true },
    _passkeys: { state: true },
    _error: { state: true },
  }
  declare _account: Account | undefined
  declare _passkeys: boolean
  declare _error: string

  constructor() {
    super()
    this._passkeys = true
    this._error = ''
    watch(this, settings, models)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#load()
  }

  async #load(): Promise<void> {
    try {
      const [account, methods] = await Promise.all([readAccount(), readMethods()])
      this._account = account
      this._passkeys = methods.passkeys
    } catch (error) {
      this._error = explain(error)
    }
  }

  protected override render(): unknown {
    entitle(say('account'))
    return html`${header([{ label: say('account'), icon: 'person', heading: true }])}
      <div class="account-page">${this._error ? state({ kind: 'broken', title: this._error }) : this.#parts()}</div>`
  }

  #parts(): unknown {
    const account = this._account
    if (account === undefined) return nothing
    return html`<div class="account-parts" @changed=${() => this.#changed()}>
      <p class="who">
        <bdi>${models.model?.person.name ?? ''}</bdi> <span class="quiet" dir="ltr">${account.email ?? ''}</span>
      </p>
      ${part('password', account.password ? html`<pv-password></pv-password>` : html`<p class="quiet">${say('password.none', { name: account.providers.join(', ') })}</p>`)}
      ${part('factor', html`<pv-factor .account=${account}></pv-factor>`)}
      ${part('passkeys', html`<pv-passkeys .usable=${this._passkeys}></pv-passkeys>`)}
      ${part('sessions', html`<pv-sessions></pv-sessions>`)} ${part('keys', html`<pv-keys></pv-keys>`)}
    </div>`
  }

  async #changed(): Promise<void> {
    await this.#load()
    for (const name of ['pv-sessions', 'pv-keys'])
      await this.querySelector<HTMLElement & { load(): Promise<void> }>(name)?.load()
  }
}
customElements.define('pv-account-page', AccountPage)

function part(name: string, content: unknown): TemplateResult {
  return html`<section class="account-part" aria-labelledby="part-${name}">
    <h2 id="part-${name}">${say(`account.${name}` as TextKey)}</h2>
    <div class="content">${content}</div>
  </section>`
}
