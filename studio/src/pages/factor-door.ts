// The door of people who are signed in and of whom a second factor is asked: who has one shows it, who has none sets one up.
import { html, nothing } from 'lit'
import { readAccount, showCode, type Account } from '../data/account.ts'
import { settings } from '../data/settings.ts'
import { signOut } from '../data/session.ts'
import { explain } from '../forms/explain.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { written } from '../shell/again.ts'
import { entitle } from '../shell/header.ts'
import { enAccount } from '../texts/en-account.ts'
import { addEnglish, say } from '../texts/text.ts'
import './account.css'
import { isWrong } from './account/enrol.ts'
import { codeField, door } from './door.ts'

addEnglish(enAccount)

class FactorDoor extends View {
  static override properties = { _account: { state: true }, _error: { state: true } }
  declare _account: Account | undefined
  declare _error: string

  constructor() {
    super()
    this._error = ''
    watch(this, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    readAccount()
      .then((account) => (this._account = account))
      .catch((error: unknown) => (this._error = explain(error)))
  }

  protected override render(): unknown {
    const has = this._account?.secondFactor === true
    entitle(say(has ? 'sign-in.code' : 'factor.must'))
    const out = html`<p class="aside">
      <button type="button" class="link-button" @click=${() => this.#leave()}>${say('sign-out')}</button>
    </p>`
    if (has)
      return door({
        title: say('sign-in.code'),
        text: say('sign-in.code.text'),
        content: html`<form @submit=${(event: SubmitEvent) => this.#show(event)}>
            ${codeField(say('factor.code'))} ${this.#wrong()}
            <button class="button primary wide">${say('sign-in.check')}</button>
          </form>
          ${out}`,
      })
    return door({
      title: say('factor.must'),
      text: say('factor.must.text'),
      broad: true,
      content: html`<pv-enrol @enrolled=${() => this.tell('signed-in')}></pv-enrol>${this.#wrong()}${out}`,
    })
  }

  #wrong(): unknown {
    return this._error
      ? html`<p class="notice bad" role="alert">${icon('alert')}<span>${this._error}</span></p>`
      : nothing
  }

  async #show(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    try {
      await showCode(written(new FormData(event.target as HTMLFormElement), 'code'))
      this.tell('signed-in')
    } catch (error) {
      this._error = isWrong(error) ? say('factor.wrong') : explain(error)
    }
  }

  async #leave(): Promise<void> {
    await signOut()
    location.assign('/sign-in')
  }
}
customElements.define('pv-factor-door', FactorDoor)
