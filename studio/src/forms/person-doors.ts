// How a person signs in, in the panel about their record, for administrators: what secures the account, where it is signed in, which
// keys speak for it, and the ways to end each. Making somebody inactive is the record's own command; it ends all of this at once.
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { KeyRow, SessionRow } from '@peyvand/core/answer/account.ts'
import { hear } from '../data/events.ts'
import { endKeyOf, endSessionOf, readDoors, removeFactorOf, sendLinkTo } from '../data/people.ts'
import type { Row } from '../data/records.ts'
import { settings } from '../data/settings.ts'
import { confirm, openDialog, toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { agentName } from '../pages/account/agent.ts'
import { enAccount } from '../texts/en-account.ts'
import { addEnglish, say, type TextKey } from '../texts/text.ts'
import { explain } from './explain.ts'
import { ago, exact } from './info.ts'
import './person-doors.css'

addEnglish(enAccount)

/** `<pv-person-doors>`: what opens somebody's account. */
class PersonDoors extends View {
  static override properties = { record: { attribute: false }, _doors: { state: true }, _error: { state: true } }
  declare record: Row
  declare _doors: Awaited<ReturnType<typeof readDoors>> | undefined
  declare _error: string
  #stop: (() => void) | undefined

  constructor() {
    super()
    this._error = ''
    watch(this, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = hear((event) => {
      if (event.kind === 'record' && event.id === this.record.id && event.change === 'update') void this.#load()
    })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop?.()
  }

  protected override willUpdate(changed: PropertyValues): void {
    const before = changed.get('record') as Row | undefined
    if (changed.has('record') && before?.id !== this.record.id) void this.#load()
  }

  async #load(): Promise<void> {
    const { id } = this.record
    try {
      const doors = await readDoors(id)
      if (id !== this.record.id) return
      this._doors = doors
      this._error = ''
    } catch (error) {
      this._error = explain(error)
    }
  }

  protected override render(): unknown {
    if (this._error) return html`<p class="notice bad">${icon('alert')}<span>${this._error}</span></p>`
    if (this._doors === undefined) return nothing
    const { sessions, keys } = this._doors
    const email = this.record['email']
    return html`<section class="person-doors">
      <h3>${say('person.doors')}</h3>
      ${this.#ways()}
      ${
        sessions.length > 0
          ? html`<ul>
              ${sessions.map((each) => this.#session(each))}
            </ul>`
          : html`<p class="quiet">${say('person.nowhere')}</p>`
      }
      ${
        keys.length > 0
          ? html`<h4>${say('account.keys')}</h4>
              <ul>
                ${keys.map((each) => this.#key(each))}
              </ul>`
          : nothing
      }
      <div class="commands">
        ${
          sessions.length > 1
            ? this.#button('person.end-all', () => endSessionOf(this.record.id), 'person.end-all.ask')
            : nothing
        }
        ${typeof email === 'string' && this.record['state'] !== 'inactive' ? this.#linkButton(email) : nothing}
        ${
          this._doors.account.secondFactor || this._doors.account.passkeys > 0
            ? this.#button('person.reset', () => removeFactorOf(this.record.id), 'person.reset.ask')
            : nothing
        }
      </div>
    </section>`
  }

  /** What the account is opened by, in a line. */
  #ways(): TemplateResult {
    const { password, providers, secondFactor, passkeys } = this._doors!.account
    const ways = [
      password ? say('password') : '',
      ...providers,
      secondFactor ? say('account.factor') : '',
      passkeys > 0 ? say('person.passkeys', { count: passkeys }) : '',
    ].filter((way) => way !== '')
    if (this.record['state'] === 'inactive')
      return html`<p><span class="badge bad">${say('person.suspended')}</span></p>`
    if (ways.length === 0) return html`<p class="quiet">${say('person.no-way')}</p>`
    return html`<p>${new Intl.ListFormat(settings.locale, { type: 'unit', style: 'short' }).format(ways)}</p>`
  }

  #session(row: SessionRow): TemplateResult {
    const name = agentName(row.agent) || say('sessions.unknown')
    const way = html`${say(`sessions.by.${row.method ?? 'password'}` as TextKey)} ·
      <time title=${exact(row.created_at)}>${ago(row.created_at)}</time>
      ${row.address === null ? nothing : html`· <bdi dir="ltr">${row.address}</bdi>`}`
    return item({ icon: 'person', name, below: way, end: say('sessions.end') }, () =>
      this.#do(() => endSessionOf(this.record.id, row.id)),
    )
  }

  #key(row: KeyRow): TemplateResult {
    const used = row.last_used_at
      ? html`${say('api-keys.used')} <time title=${exact(row.last_used_at)}>${ago(row.last_used_at)}</time>`
      : html`${say('api-keys.unused')}`
    const end = async () => {
      const title = say('api-keys.end.ask', { name: row.name })
      if (await confirm({ title, yes: say('api-keys.end'), danger: true })) await this.#do(() => endKeyOf(row.id))
    }
    return item({ icon: 'key', name: row.name, below: used, end: say('api-keys.end') }, end)
  }

  #button(key: 'person.end-all' | 'person.reset', work: () => Promise<unknown>, ask: TextKey): TemplateResult {
    const asked = async () => {
      const given = this.record['name']
      const name = typeof given === 'string' ? given : ''
      const sure = await confirm({ title: say(ask, { name }), body: say(`${key}.text`), yes: say(key), danger: true })
      if (sure) await this.#do(work)
    }
    return html`<button type="button" class="button small" @click=${asked}>${say(key)}</button>`
  }

  #linkButton(email: string): TemplateResult {
    const key = this._doors!.account.password ? 'person.link' : 'person.invite'
    return html`<button type="button" class="button small" @click=${() => this.#do(() => sendLink(email))}>
      ${say(key)}
    </button>`
  }

  async #do(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      toast(explain(error), undefined, 'bad')
    }
    await this.#load()
  }
}

interface Item {
  readonly icon: 'person' | 'key'
  readonly name: string
  readonly below: TemplateResult
  readonly end: string
}

function item({ icon: sign, name, below, end }: Item, ended: () => Promise<void>): TemplateResult {
  const label = `${end}: ${name}`
  return html`<li>
    <span class="bead">${icon(sign, 12)}</span>
    <span class="grow"><bdi class="cut" title=${name}>${name}</bdi><span class="quiet">${below}</span></span>
    <button type="button" class="button ghost icon small" aria-label=${label} title=${label} @click=${ended}>
      ${icon('close', 14)}
    </button>
  </li>`
}

/** Sends the link; where no mail leaves, the administrator passes it on. */
async function sendLink(email: string): Promise<void> {
  const { link } = await sendLinkTo(email)
  if (link === undefined) return toast(say('person.sent', { email }))
  const copy = async () => {
    await navigator.clipboard.writeText(link)
    toast(say('source.copied'))
  }
  await openDialog(
    (answer) =>
      html`<header class="dialog-head"><h2>${say('person.pass-on')}</h2></header>
        <div class="body stack">
          <p>${say('person.pass-on.text')}</p>
          <code class="secret whole" dir="ltr">${link}</code>
        </div>
        <footer>
          <button type="button" class="button" @click=${copy}>${icon('copy')}${say('account.copy')}</button>
          <button type="button" class="button primary" @click=${() => answer()}>${say('factor.kept')}</button>
        </footer>`,
    { label: say('person.pass-on') },
  )
}
customElements.define('pv-person-doors', PersonDoors)
