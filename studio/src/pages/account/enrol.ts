// Setting up an authenticator: scan, keep the recovery codes, show a first code. Told when it is done. Stands on the account page
// and at the door of people who must have one.
import { html, nothing } from 'lit'
import { enrol, showCode, type Enrolment } from '../../data/account.ts'
import { settings } from '../../data/settings.ts'
import { explain } from '../../forms/explain.ts'
import { toast } from '../../kit/dialog.ts'
import { icon } from '../../kit/icons.ts'
import { View, watch } from '../../kit/view.ts'
import { written } from '../../shell/again.ts'
import { say } from '../../texts/text.ts'
import { proven } from './again.ts'
import { qr } from './qr.ts'

class Enrol extends View {
  static override properties = { _made: { state: true }, _error: { state: true }, _busy: { state: true } }
  declare _made: Enrolment | undefined
  declare _error: string
  declare _busy: boolean

  constructor() {
    super()
    this._error = ''
    this._busy = false
    watch(this, settings)
  }

  protected override render(): unknown {
    if (this._made === undefined)
      return html`<button type="button" class="button primary" ?disabled=${this._busy} @click=${() => this.#begin()}>
          ${icon('plus')}${say('factor.begin')}
        </button>
        ${this.#wrong()}`
    const { uri, recoveryCodes } = this._made
    const secret = new URL(uri).searchParams.get('secret') ?? ''
    return html`<ol class="steps">
      <li>
        <p class="title">${say('factor.scan')}</p>
        <div class="scan">
          ${qr(uri, say('factor.qr'))}
          <p class="quiet">
            ${say('factor.by-hand')}
            <code class="secret" dir="ltr">${secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
          </p>
        </div>
      </li>
      <li>
        <p class="title">${say('factor.codes')}</p>
        <p class="quiet">${say('factor.codes.text')}</p>
        ${codeList(recoveryCodes)}
      </li>
      <li>
        <p class="title">${say('factor.show')}</p>
        <form class="line" @submit=${(event: SubmitEvent) => this.#finish(event)}>
          <input
            class="input code"
            dir="ltr"
            name="code"
            inputmode="numeric"
            autocomplete="one-time-code"
            pattern="[0-9 ]{6,7}"
            required
            aria-label=${say('factor.code')}
          />
          <button class="button primary" ?disabled=${this._busy}>${say('factor.finish')}</button>
        </form>
        ${this.#wrong()}
      </li>
    </ol>`
  }

  #wrong(): unknown {
    return this._error
      ? html`<p class="notice bad" role="alert">${icon('alert')}<span>${this._error}</span></p>`
      : nothing
  }

  async #begin(): Promise<void> {
    await this.#try(async () => {
      this._made = await proven(enrol)
    })
  }

  async #finish(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const code = written(new FormData(event.target as HTMLFormElement), 'code')
    await this.#try(async () => {
      await showCode(code)
      this._made = undefined
      toast(say('factor.on'))
      this.tell('enrolled')
    })
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this._busy = true
    this._error = ''
    try {
      await work()
    } catch (error) {
      this._error = isWrong(error) ? say('factor.wrong') : explain(error)
    } finally {
      this._busy = false
    }
  }
}
customElements.define('pv-enrol', Enrol)

/** Whether a code or a password was not the right one. */
export const isWrong = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'auth.invalid'

/** Recovery codes with the ways to keep them. */
export function codeList(codes: readonly string[]): unknown {
  return html`<ul class="codes" dir="ltr">
      ${codes.map((code) => html`<li><code>${code}</code></li>`)}
    </ul>
    <div class="line">
      <button
        type="button"
        class="button small"
        @click=${async () => {
          await navigator.clipboard.writeText(codes.join('\n'))
          toast(say('source.copied'))
        }}
      >
        ${icon('copy')}${say('account.copy')}
      </button>
      <a
        class="button small"
        download="peyvand-recovery-codes.txt"
        href=${`data:text/plain;charset=utf-8,${encodeURIComponent(`${codes.join('\n')}\n`)}`}
        >${icon('arrow-down')}${say('factor.save')}</a
      >
    </div>`
}
