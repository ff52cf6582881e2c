// The second factor on the account page: whether there is one, how many recovery codes are left, and how to change that.
import { html } from 'lit'
import { dropFactor, newRecoveryCodes, type Account } from '../../data/account.ts'
import { settings } from '../../data/settings.ts'
import { explain } from '../../forms/explain.ts'
import { confirm, openDialog, toast } from '../../kit/dialog.ts'
import { icon } from '../../kit/icons.ts'
import { View, watch } from '../../kit/view.ts'
import { say } from '../../texts/text.ts'
import { proven } from './again.ts'
import { codeList } from './enrol.ts'

class Factor extends View {
  static override properties = { account: { attribute: false } }
  declare account: Account

  constructor() {
    super()
    watch(this, settings)
  }

  protected override render(): unknown {
    const { secondFactor, recoveryCodesLeft } = this.account
    if (!secondFactor)
      return html`<p class="quiet">${say('factor.text')}</p>
        <pv-enrol @enrolled=${() => this.tell('changed')}></pv-enrol>`
    return html`<p class="state-line">
        <span class="badge good">${icon('check', 14)}${say('factor.is-on')}</span>
        <span class="quiet">${say('factor.left', { count: recoveryCodesLeft })}</span>
      </p>
      <div class="line">
        <button type="button" class="button" @click=${() => this.#renew()}>${say('factor.new-codes')}</button>
        <button type="button" class="button ghost" @click=${() => this.#drop()}>${say('factor.drop')}</button>
      </div>`
  }

  async #renew(): Promise<void> {
    try {
      const codes = await proven(newRecoveryCodes)
      if (codes === undefined) return
      await openDialog(
        (answer) =>
          html`<header class="dialog-head"><h2>${say('factor.codes')}</h2></header>
            <div class="body">
              <p>${say('factor.codes.text')}</p>
              ${codeList(codes)}
            </div>
            <footer>
              <button type="button" class="button primary" @click=${() => answer()}>${say('factor.kept')}</button>
            </footer>`,
        { label: say('factor.codes') },
      )
      this.tell('changed')
    } catch (error) {
      toast(explain(error), undefined, 'bad')
    }
  }

  async #drop(): Promise<void> {
    const sure = await confirm({
      title: say('factor.drop.ask'),
      body: say('factor.drop.text'),
      yes: say('factor.drop'),
      danger: true,
    })
    if (!sure) return
    try {
      if ((await proven(dropFactor)) !== undefined) this.tell('changed')
    } catch (error) {
      toast(explain(error), undefined, 'bad')
    }
  }
}
customElements.define('pv-factor', Factor)
