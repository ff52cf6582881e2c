// One-time links (/invitation?token=…, /new-password?token=…): whose account it is, and the password that person chooses. A
// person with a second factor shows it afterwards, as with every sign-in.
import { html, nothing } from 'lit'
import { readLink, showCode, useLink } from '../data/account.ts'
import { settings } from '../data/settings.ts'
import { detailOf, explain } from '../forms/explain.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { written } from '../shell/again.ts'
import { entitle } from '../shell/header.ts'
import { route } from '../shell/route.ts'
import { enAccount } from '../texts/en-account.ts'
import { addEnglish, say } from '../texts/text.ts'
import './account.css'
import { isWrong } from './account/enrol.ts'
import { codeField, door, field } from './door.ts'

addEnglish(enAccount)

class LinkPage extends View {
  static override properties = {
    _state: { state: true },
    _who: { state: true },
    _kind: { state: true },
    _error: { state: true },
    _busy: { state: true },
  }
  declare _state: 'loading' | 'over' | 'password' | 'code'
  declare _who: string
  declare _kind: 'reset' | 'invite'
  declare _error: string
  declare _busy: boolean
  readonly #token = route.query.get('token') ?? ''

  constructor() {
    super()
    this._state = 'loading'
    this._who = ''
    this._kind = route.parts[0] === 'invitation' ? 'invite' : 'reset'
    this._error = ''
    this._busy = false
    watch(this, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#open()
  }

  async #open(): Promise<void> {
    try {
      const { kind, email, name } = await readLink(this.#token)
      this._kind = kind
      this._who = kind === 'invite' ? name : email
      this._state = 'password'
    } catch {
      this._state = 'over'
    }
  }

  protected override render(): unknown {
    const [title, text] =
      this._kind === 'invite'
        ? [say('link.invite', { name: this._who }), say('link.invite.text')]
        : [say('link.reset'), say('link.reset.text', { name: this._who })]
    entitle(title)
    if (this._state === 'loading') return door({ title: say('loading'), text: '', content: nothing })
    if (this._state === 'over')
      return door({
        title: say('link.over'),
        text: say('link.over.text'),
        content: html`<p class="aside"><a href="/sign-in">${say('sign-in')}</a></p>`,
      })
    return door({
      title: this._state === 'code' ? say('sign-in.code') : title,
      text: this._state === 'code' ? say('sign-in.code.text') : text,
      content: html`<form @submit=${(event: SubmitEvent) => this.#submit(event)}>
        ${
          this._state === 'code'
            ? codeField(say('factor.code'))
            : field('password', say('password.new'), 'password', 'new-password', say('setup.password'))
        }
        ${this._error ? html`<p class="notice bad" role="alert">${icon('alert')}<span>${this._error}</span></p>` : nothing}
        <button class="button primary wide" ?disabled=${this._busy}>
          ${say(this._state === 'code' ? 'sign-in.check' : 'link.go')}
        </button>
      </form>`,
    })
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const data = new FormData(event.target as HTMLFormElement)
    this._busy = true
    this._error = ''
    try {
      if (this._state === 'code') await showCode(written(data, 'code'))
      else if ((await useLink(this.#token, written(data, 'password'))).secondFactor) {
        this._state = 'code'
        return
      }
      this.tell('signed-in')
    } catch (error) {
      if (this._state === 'password' && isWrong(error)) this._state = 'over'
      else this._error = isWrong(error) ? say('factor.wrong') : detailOf(error) || explain(error)
    } finally {
      this._busy = false
    }
  }
}
customElements.define('pv-link-page', LinkPage)
