// Where one is signed in: each session with its browser, and the way to end it, or all but this one.
import type { OwnSession } from '@peyvand/core/answer/account.ts'
import { html, nothing } from 'lit'
import { endOtherSessions, endSession, readSessions } from '../../data/account.ts'
import { settings } from '../../data/settings.ts'
import { explain } from '../../forms/explain.ts'
import { ago, exact } from '../../forms/info.ts'
import { toast } from '../../kit/dialog.ts'
import { icon } from '../../kit/icons.ts'
import { View, watch } from '../../kit/view.ts'
import { say, type TextKey } from '../../texts/text.ts'
import { agentName } from './agent.ts'

class Sessions extends View {
  static override properties = { _rows: { state: true }, _error: { state: true } }
  declare _rows: readonly OwnSession[]
  declare _error: string

  constructor() {
    super()
    this._rows = []
    this._error = ''
    watch(this, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.load()
  }

  /** Reads them again: a change of the account may have ended some. */
  async load(): Promise<void> {
    try {
      this._rows = await readSessions()
    } catch (error) {
      this._error = explain(error)
    }
  }

  protected override render(): unknown {
    if (this._error) return html`<p class="notice bad">${icon('alert')}<span>${this._error}</span></p>`
    return html`<ul class="rows">
        ${this._rows.map(
          (row) =>
            html`<li>
              <span class="grow two">
                <span class="cut">
                  <bdi>${agentName(row.agent) || say('sessions.unknown')}</bdi>
                  ${row.current ? html`<span class="badge info">${say('sessions.this')}</span>` : nothing}
                </span>
                <span class="quiet cut">
                  ${say(`sessions.by.${row.method ?? 'password'}` as TextKey)} ·
                  <time title=${exact(row.created_at)}>${ago(row.created_at)}</time>
                  ${row.address ? html`· <bdi dir="ltr">${row.address}</bdi>` : nothing}
                </span>
              </span>
              ${
                row.current
                  ? nothing
                  : html`<button
                      type="button"
                      class="button ghost small"
                      @click=${() => this.#end(() => endSession(row.id))}
                    >
                      ${say('sessions.end')}
                    </button>`
              }
            </li>`,
        )}
      </ul>
      ${
        this._rows.length > 1
          ? html`<button type="button" class="button" @click=${() => this.#end(endOtherSessions)}>
              ${say('sessions.end-others')}
            </button>`
          : nothing
      }`
  }

  async #end(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      toast(explain(error), undefined, 'bad')
    }
    await this.load()
  }
}
customElements.define('pv-sessions', Sessions)
