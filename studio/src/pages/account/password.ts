// Changing the password: the old one once more, the new one in full view if wanted. Other sessions end; keys, if wanted.
import { html, nothing } from 'lit'
import { changePassword } from '../../data/account.ts'
import { settings } from '../../data/settings.ts'
import { detailOf, explain } from '../../forms/explain.ts'
import { toast } from '../../kit/dialog.ts'
import { icon } from '../../kit/icons.ts'
import { View, watch } from '../../kit/view.ts'
import { written } from '../../shell/again.ts'
import { say } from '../../texts/text.ts'
import { isWrong } from './enrol.ts'

class Password extends View {
  static override properties = { _error: { state: true }, _busy: { state: true } }
  declare _error: string
  declare _busy: boolean

  constructor() {
    super()
    this._error = ''
    this._busy = false
    watch(this, settings)
  }

  protected override render(): unknown {
    return html`<form class="stack" @submit=${(event: SubmitEvent) => this.#submit(event)}>
      <div class="pair">
        <label class="field"
          ><span class="label">${say('password.current')}</span
          ><input class="input ltr" name="current" type="password" autocomplete="current-password" required
        /></label>
        <label class="field"
          ><span class="label">${say('password.new')}</span
          ><input class="input ltr" name="new" type="password" autocomplete="new-password" required minlength="8" />
          <span class="help">${say('setup.password')}</span></label
        >
      </div>
      <label class="tick"><input type="checkbox" name="keys" /><span>${say('password.keys')}</span></label>
      ${this._error ? html`<p class="notice bad" role="alert">${icon('alert')}<span>${this._error}</span></p>` : nothing}
      <div class="line">
        <button class="button" ?disabled=${this._busy}>${say('password.change')}</button>
        <span class="quiet">${say('password.ends')}</span>
      </div>
    </form>`
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const data = new FormData(form)
    this._busy = true
    this._error = ''
    try {
      await changePassword({
        currentPassword: written(data, 'current'),
        newPassword: written(data, 'new'),
        endKeys: data.has('keys'),
      })
      form.reset()
      toast(say('password.changed'))
      this.tell('changed')
    } catch (error) {
      this._error = isWrong(error) ? say('account.wrong') : detailOf(error) || explain(error)
    } finally {
      this._busy = false
    }
  }
}
customElements.define('pv-password', Password)
