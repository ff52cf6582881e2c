// With whom a record is shared, in the panel about it, and the dialog that shares it with somebody more. Loaded with the first
// record page of an entity whose records can be shared.
import type { Entity } from '@peyvand/core/model/model.ts'
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { hear } from '../data/events.ts'
import { current } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { readShares, share, unshare, type Share, type ShareRight, type Shares } from '../data/shares.ts'
import { openDialog, toast } from '../kit/dialog.ts'
import { bring } from '../kit/heavy.ts'
import { icon } from '../kit/icons.ts'
import type { Linked, LookupSource } from '../kit/lookup.ts'
import { View, watch } from '../kit/view.ts'
import { avatar } from '../shell/avatar.ts'
import { enSharing } from '../texts/en-sharing.ts'
import { addEnglish, labelOf, say } from '../texts/text.ts'
import { reader } from '../views/reader.ts'
import { detailOf, explain } from './explain.ts'
import './sharing.css'

addEnglish(enSharing)

/** `<pv-sharing>`: who else has the record; nothing where that is nobody and the person may not share. */
class Sharing extends View {
  static override properties = {
    entity: { attribute: false },
    recordId: { attribute: false },
    name: { attribute: false },
    _shares: { state: true },
  }
  declare entity: Entity
  declare recordId: string
  /** What the record is called. */
  declare name: string
  declare _shares: Shares | undefined
  #stop: (() => void) | undefined

  constructor() {
    super()
    watch(this, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = hear((event) => {
      if (event.kind === 'record' && event.id === this.recordId && event.change === 'update') void this.#load()
    })
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('recordId')) void this.#load()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop?.()
  }

  async #load(): Promise<void> {
    const id = this.recordId
    // Whoever cannot be told is shown nothing: the record itself says what is wrong.
    const shares = await readShares(this.entity, id).catch(() => undefined)
    if (id === this.recordId) this._shares = shares
  }

  protected override render(): unknown {
    const shares = this._shares
    if (!shares || (shares.value.length === 0 && shares.may_give.length === 0)) return nothing
    return html`<section class="sharing">
      <h3>${say('sharing')}</h3>
      ${
        shares.value.length === 0
          ? html`<p class="quiet">${say('sharing.none')}</p>`
          : html`<ul>
              ${shares.value.map((each) => this.#item(each, shares.may_give.length > 0))}
            </ul>`
      }
      ${
        shares.may_give.length > 0
          ? html`<button type="button" class="button small" @click=${() => void this.#share(shares.may_give)}>
              ${icon('plus', 14)}${say('sharing.share')}
            </button>`
          : nothing
      }
    </section>`
  }

  #item(each: Share, open: boolean): TemplateResult {
    const name = each.name ?? say('sharing.somebody')
    const words = new Intl.ListFormat(settings.locale, { type: 'unit', style: 'short' }).format(
      each.rights.map((right) => say(`sharing.right.${right}`)),
    )
    return html`<li>
      ${each.type === 'team' ? html`<span class="bead">${icon('team', 12)}</span>` : avatar(name)}
      <span class="grow">
        <bdi class="cut" title=${name}>${name}</bdi>
        <span class="quiet">${words}</span>
        ${each.expires_at === null ? nothing : html`<span class="quiet">${say('sharing.ends', { date: lastDay(each.expires_at) })}</span>`}
        ${each.inherited ? html`<span class="quiet">${say('sharing.inherited')}</span>` : nothing}
      </span>
      ${
        open
          ? html`<button
              type="button"
              class="button ghost icon small"
              aria-label=${say('sharing.remove', { name })}
              title=${say('sharing.remove', { name })}
              @click=${() => void this.#remove(each, name)}
            >
              ${icon('close', 14)}
            </button>`
          : nothing
      }
    </li>`
  }

  async #share(rights: readonly ShareRight[]): Promise<void> {
    const wish = await askShare(this.name, rights)
    if (!wish) return
    const { to, rights: given, expires } = wish
    await this.#try(async () => {
      const gift = { to: { type: to.entity as Share['type'], id: to.id }, rights: given, expires }
      this._shares = await share(this.entity, this.recordId, gift)
      toast(say('sharing.done', { name: to.label }))
    })
  }

  async #remove(each: Share, name: string): Promise<void> {
    await this.#try(async () => {
      await unshare(this.entity, this.recordId, each)
      toast(say('sharing.undone', { name }))
      await this.#load()
    })
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const detail = detailOf(error)
      toast(html`${explain(error)}${detail ? html` <span dir="auto">${detail}</span>` : nothing}`, undefined, 'bad')
    }
  }
}

/** The last day on which a share that ends at a moment holds. */
function lastDay(iso: string): string {
  const format = new Intl.DateTimeFormat(settings.locale, { dateStyle: 'medium' })
  return format.format(new Date(Date.parse(iso) - 1))
}

interface Wish {
  readonly to: Linked
  readonly rights: readonly ShareRight[]
  readonly expires: string | null
}

/** Asks with whom, for what and until when; undefined when the person thought better of it. */
function askShare(name: string, rights: readonly ShareRight[]): Promise<Wish | undefined> {
  const title = say('sharing.title', { name })
  const given = new Set<ShareRight>(['read'])
  let to: Linked | undefined
  let day: string | null = null
  bring('pv-date')
  return openDialog<Wish>(
    (answer, repaint): TemplateResult => {
      const send = () =>
        to && isDay(day) && answer({ to, rights: rights.filter((right) => given.has(right)), expires: endOf(day) })
      return html`<header><h2>${title}</h2></header>
        <div class="body share-with">
          <div class="field">
            <span class="label">${say('sharing.with')}</span>
            <pv-lookup
              .label=${say('sharing.with')}
              .value=${to ?? null}
              .targets=${targets()}
              .source=${finder()}
              @pick=${(event: CustomEvent) => {
                to = (event.detail as Linked | null) ?? undefined
                repaint()
              }}
            ></pv-lookup>
          </div>
          <fieldset>
            <legend>${say('sharing.may')}</legend>
            ${rights.map(
              (right) =>
                html`<label
                  ><input
                    type="checkbox"
                    class="check"
                    name=${right}
                    .checked=${given.has(right)}
                    ?disabled=${right === 'read'}
                    @change=${(event: Event) =>
                      void ((event.target as HTMLInputElement).checked ? given.add(right) : given.delete(right))}
                  />${say(`sharing.right.${right}`)}</label
                >`,
            )}
          </fieldset>
          <div class="field">
            <span class="label">${say('sharing.until')}</span>
            <pv-date
              .label=${say('sharing.until')}
              .value=${day}
              .invalid=${!isDay(day)}
              @change-value=${(event: CustomEvent) => {
                day = event.detail as string | null
                repaint()
              }}
            ></pv-date>
            <span class="quiet">${say('sharing.until.none')}</span>
          </div>
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button>
          <button type="button" class="button primary" ?disabled=${!to || !isDay(day)} @click=${send}>
            ${say('sharing.share')}
          </button>
        </footer>`
    },
    { label: title },
  )
}

/** Finds people and teams; none is made on the way. */
function finder(): LookupSource {
  const source = reader().source as LookupSource
  return { ...source, create: undefined }
}

function targets() {
  return ['user', 'team'].flatMap((name) => {
    const entity = current().entities.get(name)
    return entity ? [{ entity: name, label: labelOf(entity.label, name), icon: entity.icon }] : []
  })
}

/** No day, or one that is not over yet. */
function isDay(day: string | null): boolean {
  return day === null || (/^\d{4}-\d{2}-\d{2}$/.test(day) && Date.parse(endOf(day)!) > Date.now())
}

/** The moment at which a day is over where the person lives. */
function endOf(day: string | null): string | null {
  if (day === null) return null
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  return new Date(year, month - 1, date + 1).toISOString()
}

customElements.define('pv-sharing', Sharing)
