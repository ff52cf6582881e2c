// The doors: signing in, and on a fresh platform making the first administrator from the one-time link.
import { languages } from '@peyvand/core/base/label.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { setUp, signIn } from '../data/session.ts'
import { languageName, settings } from '../data/settings.ts'
import { explain } from '../forms/explain.ts'
import { icon, mark } from '../kit/icons.ts'
import { openMenu } from '../kit/popover.ts'
import { View, watch } from '../kit/view.ts'
import { written } from '../shell/again.ts'
import { entitle } from '../shell/header.ts'
import { route } from '../shell/route.ts'
import { say } from '../texts/text.ts'

class SignIn extends View {
  static override properties = { setup: { attribute: false }, _error: { state: true }, _busy: { state: true } }
  declare setup: boolean
  declare _error: string
  declare _busy: boolean

  constructor() {
    super()
    this.setup = false
    this._error = ''
    this._busy = false
    watch(this, settings)
  }

  protected override render(): unknown {
    entitle(say(this.setup ? 'setup' : 'sign-in'))
    return html`<main class="door">
      <div class="door-card">
        <div class="door-mark">${mark(36)}</div>
        <h1>${say(this.setup ? 'setup.title' : 'sign-in.title')}</h1>
        <p class="quiet">${say(this.setup ? 'setup.text' : 'sign-in.text')}</p>
        <form @submit=${(event: SubmitEvent) => this.#submit(event)}>
          ${this.setup ? field('name', say('setup.name'), 'text', 'name') : nothing}
          ${field('email', say('email'), 'email', 'username')}
          ${field('password', say('password'), 'password', this.setup ? 'new-password' : 'current-password', this.setup ? say('setup.password') : undefined)}
          ${this._error ? html`<p class="notice bad" role="alert">${icon('alert')}<span>${this._error}</span></p>` : nothing}
          <button class="button primary wide" ?disabled=${this._busy}>
            ${say(this.setup ? 'setup.go' : 'sign-in')}
          </button>
        </form>
      </div>
      <footer class="door-foot">
        <button
          type="button"
          class="button ghost small"
          aria-haspopup="menu"
          @click=${(event: Event) => this.#language(event.currentTarget as HTMLElement)}
        >
          ${icon('globe')}${languageName(settings.language)}${icon('chevron-down', 14)}
        </button>
      </footer>
    </main>`
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const data = new FormData(event.target as HTMLFormElement)
    const [email, password, name] = ['email', 'password', 'name'].map((key) => written(data, key))
    this._busy = true
    this._error = ''
    try {
      if (this.setup)
        await setUp({ token: route.query.get('token') ?? '', email: email!, password: password!, name: name! })
      else await signIn(email!, password!)
      this.tell('signed-in')
    } catch (error) {
      this._error = this.setup
        ? explain(error)
        : typeof error === 'object' && error !== null && 'status' in error && error.status === 401
          ? say('sign-in.failed')
          : explain(error)
    } finally {
      this._busy = false
    }
  }

  #language(anchor: HTMLElement): void {
    openMenu(
      anchor,
      languages.map((language) => ({
        label: html`<span lang=${language}>${languageName(language)}</span>`,
        checked: language === settings.language,
        run: () => void settings.choose({ language }),
      })),
    )
  }
}
customElements.define('pv-sign-in', SignIn)

function field(name: string, label: string, type: string, autocomplete: string, help?: string): TemplateResult {
  return html`<label class="field"
    ><span class="label">${label}</span>
    <input
      class="input ${type === 'text' ? '' : 'ltr'}"
      name=${name}
      type=${type}
      autocomplete=${autocomplete}
      required
      minlength=${type === 'password' && help ? 8 : nothing}
    />
    ${help ? html`<span class="help">${help}</span>` : nothing}</label
  >`
}
