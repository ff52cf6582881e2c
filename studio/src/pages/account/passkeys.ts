// Passkeys on the account page: those there are, a new one on this device, and taking one away.
import { Problem } from '@peyvand/core/base/problem.ts'
import { html, nothing } from 'lit'
import { addPasskey, knowsPasskeys, readPasskeys, removePasskey, type PasskeyRow } from '../../data/account.ts'
import { settings } from '../../data/settings.ts'
import { explain } from '../../forms/explain.ts'
import { ago } from '../../forms/info.ts'
import { confirm, toast } from '../../kit/dialog.ts'
import { icon } from '../../kit/icons.ts'
import { View, watch } from '../../kit/view.ts'
import { say } from '../../texts/text.ts'
import { agentName } from './agent.ts'
import { proven } from './again.ts'

class Passkeys extends View {
  static override properties = { usable: { attribute: false }, _rows: { state: true } }
  /** Whether the address of this installation is one browsers make passkeys for. */
  declare usable: boolean
  declare _rows: readonly PasskeyRow[]

  constructor() {
    super()
    this.usable = true
    this._rows = []
    watch(this, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#load()
  }

  protected override render(): unknown {
    const can = this.usable && knowsPasskeys()
    return html`<p class="quiet">${say('passkeys.text')}</p>
      ${
        this._rows.length > 0
          ? html`<ul class="rows">
              ${this._rows.map(
                (row) =>
                  html`<li>
                    ${icon('key')}
                    <span class="grow cut"><bdi>${row.name ?? say('passkeys.one')}</bdi></span>
                    <span class="quiet">${ago(row.created_at)}</span>
                    <button
                      type="button"
                      class="button ghost icon small"
                      aria-label=${say('passkeys.remove')}
                      title=${say('passkeys.remove')}
                      @click=${() => this.#remove(row)}
                    >
                      ${icon('trash')}
                    </button>
                  </li>`,
              )}
            </ul>`
          : nothing
      }
      ${
        can
          ? html`<button type="button" class="button" @click=${() => this.#add()}>
              ${icon('plus')}${say('passkeys.add')}
            </button>`
          : html`<p class="help">${say('passkeys.cannot')}</p>`
      }`
  }

  async #load(): Promise<void> {
    this._rows = await readPasskeys().catch(() => [])
  }

  async #add(): Promise<void> {
    try {
      if (await proven(() => addPasskey(agentName(navigator.userAgent)))) toast(say('passkeys.added'))
      await this.#load()
    } catch (error) {
      const known = error instanceof Problem && error.code === 'conflict.duplicate'
      toast(known ? say('passkeys.known') : explain(error), undefined, 'bad')
    }
  }

  async #remove(row: PasskeyRow): Promise<void> {
    const name = row.name ?? say('passkeys.one')
    if (!(await confirm({ title: say('passkeys.remove.ask', { name }), yes: say('passkeys.remove'), danger: true })))
      return
    try {
      await proven(() => removePasskey(row.id))
      await this.#load()
    } catch (error) {
      toast(explain(error), undefined, 'bad')
    }
  }
}
customElements.define('pv-passkeys', Passkeys)
