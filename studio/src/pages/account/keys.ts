// API keys on the account page: those there are, and making one, which is shown this once.
import type { KeyRow } from '@peyvand/core/answer/account.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { endKey, makeKey, readKeys, type KeyWish } from '../../data/account.ts'
import { models } from '../../data/model.ts'
import { settings } from '../../data/settings.ts'
import { detailOf, explain } from '../../forms/explain.ts'
import { ago, exact } from '../../forms/info.ts'
import { confirm, openDialog, toast } from '../../kit/dialog.ts'
import { icon } from '../../kit/icons.ts'
import { View, watch } from '../../kit/view.ts'
import { written } from '../../shell/again.ts'
import { say } from '../../texts/text.ts'

class Keys extends View {
  static override properties = { _rows: { state: true } }
  declare _rows: readonly KeyRow[]

  constructor() {
    super()
    this._rows = []
    watch(this, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.load()
  }

  /** Reads them again. */
  async load(): Promise<void> {
    this._rows = await readKeys().catch(() => [])
  }

  protected override render(): unknown {
    return html`<p class="quiet">${say('api-keys.text')}</p>
      ${
        this._rows.length > 0
          ? html`<ul class="rows">
              ${this._rows.map((row) => this.#row(row))}
            </ul>`
          : nothing
      }
      <button type="button" class="button" @click=${() => this.#make()}>${icon('plus')}${say('api-keys.add')}</button>`
  }

  #row(row: KeyRow): TemplateResult {
    const bounds = [
      row.read_only ? say('api-keys.read-only') : '',
      row.roles ? say('api-keys.some-roles', { count: row.roles.length }) : '',
      row.networks ? say('api-keys.some-networks', { count: row.networks.length }) : '',
    ].filter(Boolean)
    return html`<li>
      <span class="grow two">
        <span class="cut"><bdi>${row.name}</bdi> <code class="quiet" dir="ltr">${row.start}…</code></span>
        <span class="quiet cut">
          ${row.last_used_at ? html`${say('api-keys.used')} <time title=${exact(row.last_used_at)}>${ago(row.last_used_at)}</time>` : say('api-keys.unused')}
          ${row.expires_at ? html`· ${say('api-keys.until')} <time>${exact(row.expires_at)}</time>` : nothing}
          ${bounds.map((bound) => html`· ${bound} `)}
        </span>
      </span>
      <button type="button" class="button ghost small" @click=${() => this.#end(row)}>${say('api-keys.end')}</button>
    </li>`
  }

  async #end(row: KeyRow): Promise<void> {
    if (
      !(await confirm({ title: say('api-keys.end.ask', { name: row.name }), yes: say('api-keys.end'), danger: true }))
    )
      return
    await endKey(row.id).catch((error: unknown) => toast(explain(error), undefined, 'bad'))
    await this.load()
  }

  async #make(): Promise<void> {
    let wrong = ''
    let made: string | undefined
    await openDialog(
      (answer, repaint) =>
        made === undefined
          ? html`<form
              @submit=${async (event: SubmitEvent) => {
                event.preventDefault()
                try {
                  made = (await makeKey(wishIn(new FormData(event.target as HTMLFormElement)))).key
                } catch (error) {
                  wrong = detailOf(error) || explain(error)
                }
                repaint()
              }}
            >
              <header class="dialog-head"><h2>${say('api-keys.add')}</h2></header>
              <div class="body stack">
                <label class="field"
                  ><span class="label">${say('api-keys.name')}</span
                  ><input class="input" name="name" required maxlength="200" autofocus
                /></label>
                <div class="pair">
                  <label class="field"
                    ><span class="label">${say('api-keys.days')}</span
                    ><input class="input" name="days" type="number" min="1" max="3650" value="90" />
                    <span class="help">${say('api-keys.days.help')}</span></label
                  >
                  <label class="field"
                    ><span class="label">${say('api-keys.networks')}</span
                    ><input class="input ltr" name="networks" placeholder="203.0.113.7, 10.0.0.0/8" />
                    <span class="help">${say('api-keys.networks.help')}</span></label
                  >
                </div>
                <fieldset class="field">
                  <legend class="label">${say('api-keys.roles')}</legend>
                  ${(models.model?.person.roles ?? []).map(
                    (role) =>
                      html`<label class="tick"
                        ><input type="checkbox" name="role" value=${role} /><span>${role}</span></label
                      >`,
                  )}
                  <span class="help">${say('api-keys.roles.help')}</span>
                </fieldset>
                <label class="tick"
                  ><input type="checkbox" name="read" /><span>${say('api-keys.read-only')}</span></label
                >
                ${wrong ? html`<p class="error" role="alert">${wrong}</p>` : nothing}
              </div>
              <footer>
                <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button
                ><button class="button primary">${say('api-keys.make')}</button>
              </footer>
            </form>`
          : html`<header class="dialog-head"><h2>${say('api-keys.made')}</h2></header>
              <div class="body stack">
                <p>${say('api-keys.made.text')}</p>
                <code class="secret whole" dir="ltr">${made}</code>
              </div>
              <footer>
                <button
                  type="button"
                  class="button"
                  @click=${async () => {
                    await navigator.clipboard.writeText(made!)
                    toast(say('source.copied'))
                  }}
                >
                  ${icon('copy')}${say('account.copy')}
                </button>
                <button type="button" class="button primary" @click=${() => answer()}>${say('factor.kept')}</button>
              </footer>`,
      { label: say('api-keys.add') },
    )
    await this.load()
  }
}
customElements.define('pv-keys', Keys)

function wishIn(data: FormData): KeyWish {
  const days = Number(written(data, 'days'))
  const networks = written(data, 'networks')
    .split(/[\s,]+/)
    .filter(Boolean)
  const roles = data.getAll('role').map(String)
  return {
    name: written(data, 'name'),
    ...(days > 0 ? { expiresInDays: days } : {}),
    ...(networks.length > 0 ? { networks } : {}),
    ...(roles.length > 0 ? { roles } : {}),
    ...(data.has('read') ? { readOnly: true } : {}),
  }
}
