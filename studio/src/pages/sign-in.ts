// The doors: signing in (password, then the second step; a passkey; a provider), asking for a new password, and on a fresh
// platform making the first administrator from the one-time link.
import { html, nothing, type TemplateResult } from 'lit'
import {
  askForLink,
  knowsPasskeys,
  providerAddress,
  readMethods,
  showCode,
  showRecoveryCode,
  signInWithPasskey,
  type Methods,
} from '../data/account.ts'
import { setUp, signIn } from '../data/session.ts'
import { settings } from '../data/settings.ts'
import { explain } from '../forms/explain.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { written } from '../shell/again.ts'
import { entitle } from '../shell/header.ts'
import { route } from '../shell/route.ts'
import { enAccount } from '../texts/en-account.ts'
import { addEnglish, say, type TextKey } from '../texts/text.ts'
import './account.css'
import { isWrong } from './account/enrol.ts'
import { codeField, door, field } from './door.ts'

addEnglish(enAccount)

type Step = 'password' | 'code' | 'recovery' | 'forgot' | 'sent'

class SignIn extends View {
  static override properties = {
    setup: { attribute: false },
    _step: { state: true },
    _methods: { state: true },
    _error: { state: true },
    _busy: { state: true },
  }
  declare setup: boolean
  declare _step: Step
  declare _methods: Methods | undefined
  declare _error: string
  declare _busy: boolean

  constructor() {
    super()
    this.setup = false
    this._step = 'password'
    this._error = ''
    this._busy = false
    watch(this, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    if (route.query.has('error')) this._error = say('sign-in.provider.failed')
    if (!this.setup)
      readMethods()
        .then((methods) => (this._methods = methods))
        .catch(() => undefined)
  }

  protected override firstUpdated(): void {
    this.querySelector('input')?.focus()
  }

  protected override render(): unknown {
    entitle(say(this.setup ? 'setup' : 'sign-in'))
    if (this.setup)
      return door({
        title: say('setup.title'),
        text: say('setup.text'),
        content: this.#form('setup.go', this.#setupFields()),
      })
    return door({ ...this.#words(), content: this.#step() })
  }

  #words(): { title: string; text: string } {
    if (this._step === 'password') return { title: say('sign-in.title'), text: say('sign-in.text') }
    const key = `sign-in.${this._step}`
    return { title: say(key as TextKey), text: say(`${key}.text` as TextKey) }
  }

  #step(): unknown {
    switch (this._step) {
      case 'password':
        return html`${this.#form('sign-in', [
            field('email', say('email'), 'email', 'username webauthn'),
            field('password', say('password'), 'password', 'current-password'),
          ])}
          ${this.#ways()}
          <p class="aside">${this.#turn('forgot', 'sign-in.forgot.ask')}</p>`
      case 'code':
        return html`${this.#form('sign-in.check', [codeField(say('factor.code'))])}
          <p class="aside">
            ${this.#turn('recovery', 'sign-in.use-recovery')} ${this.#turn('password', 'sign-in.back')}
          </p>`
      case 'recovery':
        return html`${this.#form('sign-in.check', [field('code', say('factor.recovery'), 'text', 'off', undefined, true)])}
          <p class="aside">${this.#turn('code', 'sign-in.use-code')} ${this.#turn('password', 'sign-in.back')}</p>`
      case 'forgot':
        return html`${this.#form('sign-in.send', [field('email', say('email'), 'email', 'username')])}
          <p class="aside">${this.#turn('password', 'sign-in.back')}</p>`
      case 'sent':
        return html`<p class="aside">${this.#turn('password', 'sign-in.back')}</p>`
    }
  }

  #form(go: TextKey, fields: readonly TemplateResult[]): TemplateResult {
    return html`<form @submit=${(event: SubmitEvent) => this.#submit(event)}>
      ${fields}
      ${this._error ? html`<p class="notice bad" role="alert">${icon('alert')}<span>${this._error}</span></p>` : nothing}
      <button class="button primary wide" ?disabled=${this._busy}>${say(go)}</button>
    </form>`
  }

  #setupFields(): TemplateResult[] {
    return [
      field('name', say('setup.name'), 'text', 'name'),
      field('email', say('email'), 'email', 'username'),
      field('password', say('password'), 'password', 'new-password', say('setup.password')),
    ]
  }

  /** The other ways in, where there are any. */
  #ways(): unknown {
    const { providers = [], passkeys = false } = this._methods ?? {}
    const byPasskey = passkeys && knowsPasskeys()
    if (providers.length === 0 && !byPasskey) return nothing
    return html`<div class="or">${say('sign-in.or')}</div>
      <div class="ways">
        ${
          byPasskey
            ? html`<button type="button" class="button wide" ?disabled=${this._busy} @click=${() => this.#passkey()}>
                ${icon('key')}${say('sign-in.passkey')}
              </button>`
            : nothing
        }
        ${providers.map(
          ({ id, name }) =>
            html`<button type="button" class="button wide" ?disabled=${this._busy} @click=${() => this.#provider(id)}>
              ${icon('globe')}${say('sign-in.with', { name })}
            </button>`,
        )}
      </div>`
  }

  #turn(step: Step, key: TextKey): TemplateResult {
    return html`<button
      type="button"
      class="link-button"
      @click=${() => {
        this._step = step
        this._error = ''
      }}
    >
      ${say(key)}
    </button>`
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const data = new FormData(event.target as HTMLFormElement)
    const [email, password, name, code] = ['email', 'password', 'name', 'code'].map((key) => written(data, key)) as [
      string,
      string,
      string,
      string,
    ]
    await this.#try(async () => {
      if (this.setup) {
        await setUp({ token: route.query.get('token') ?? '', email, password, name })
        return this.tell('signed-in')
      }
      if (this._step === 'forgot') {
        await askForLink(email)
        return (this._step = 'sent')
      }
      if (this._step === 'password' && (await signIn(email, password)) === 'second-factor') return (this._step = 'code')
      if (this._step === 'code') await showCode(code)
      if (this._step === 'recovery') await showRecoveryCode(code)
      return this.tell('signed-in')
    })
    await this.updateComplete
    this.querySelector<HTMLInputElement>('input')?.focus()
  }

  async #passkey(): Promise<void> {
    await this.#try(async () => {
      if (await signInWithPasskey()) this.tell('signed-in')
    })
  }

  async #provider(id: string): Promise<void> {
    await this.#try(async () => location.assign(await providerAddress(id, route.query.get('next') ?? '/')))
  }

  async #try(work: () => Promise<unknown>): Promise<void> {
    this._busy = true
    this._error = ''
    try {
      await work()
    } catch (error) {
      this._error = !this.setup && isWrong(error) ? say(this.#wrong()) : explain(error)
    } finally {
      this._busy = false
    }
  }

  #wrong(): TextKey {
    return this._step === 'password' || this._step === 'forgot' ? 'sign-in.failed' : 'factor.wrong'
  }
}
customElements.define('pv-sign-in', SignIn)
