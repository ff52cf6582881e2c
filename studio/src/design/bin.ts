// The recycle bin: what was taken away, by whom, until when it can be had again, and the button that brings it back. What a
// restore does is the server's plan; a name that was taken meanwhile is asked for anew.
import type { DroppedItem } from '@peyvand/core/answer/bin.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { fetchJson } from '../data/http.ts'
import { mayAdminister, models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { detailOf, explain } from '../forms/explain.ts'
import { ago } from '../forms/info.ts'
import { confirm, openDialog, toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { route } from '../shell/route.ts'
import { state } from '../shell/state.ts'
import { labelOf, say } from '../texts/text.ts'
import { paintAffects, type AffectedPart } from './affects.ts'
import { Listing } from './listing.ts'
import { designAddress } from './tree.ts'

const icons = { entity: 'table', field: 'text', key: 'key' } as const

/** What the server says of a restore, as far as is shown. */
interface Planned {
  readonly plan: string
  readonly affects: readonly AffectedPart[]
}

class Bin extends View {
  static override properties = { _busy: { state: true } }
  declare _busy: string | undefined

  readonly #list = new Listing<DroppedItem>('/api/model/bin')

  constructor() {
    super()
    watch(this, settings, this.#list)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#list.load()
  }

  protected override render(): unknown {
    return this.#list.paint((items) => this.#page(items))
  }

  #page(items: readonly DroppedItem[]): TemplateResult {
    if (items.length === 0)
      return html`<div class="review">
        ${state({ art: 'trash', heading: true, title: say('bin.empty'), text: say('bin.empty.text'), actions: html`<a class="button" href="/studio">${say('design.back')}</a>` })}
      </div>`
    return html`<section class="review" aria-label=${say('bin.title')}>
      <div class="review-body">
        <header>
          <div>
            <h1>${say('bin.title')}</h1>
            <p class="quiet">${say('bin.text')}</p>
          </div>
        </header>
        <ul class="bin card">
          ${items.map((item) => this.#item(item))}
        </ul>
      </div>
    </section>`
  }

  #item(item: DroppedItem): TemplateResult {
    const { id, kind, name, label, entity, actor, at, rows, expires, closed, opened } = item
    const day = new Intl.DateTimeFormat(settings.locale, { dateStyle: 'medium' }).format(new Date(expires))
    const place = kind === 'entity' ? name : `${entity}.${name}`
    return html`<li>
      <span class="bead">${icon(icons[kind], 12)}</span>
      <div class="grow">
        <span
          ><strong><bdi>${labelOf(label, name)}</bdi></strong> <span class="badge">${say(`kind.${kind}`)}</span>
          <code class="ltr quiet">${place}</code></span
        >
        <span class="quiet cut"
          ><bdi>${actor}</bdi> ·
          <time datetime=${at}>${ago(at)}</time
          >${rows === null ? nothing : html` · ${say('design.rows', { count: rows })}`} ·
          ${say('bin.until', { day })}</span
        >
        ${closed ? html`<span class="quiet">${icon('lock', 12)} ${say('bin.closed')}</span>` : nothing}
        ${opened ? html`<span class="quiet">${icon('lock', 12)} ${say('bin.opened')}</span>` : nothing}
      </div>
      <button
        type="button"
        class="button small"
        ?disabled=${this._busy === id || ((closed || opened) && !mayAdminister())}
        aria-label=${`${say('bin.restore')}: ${labelOf(label, name)}`}
        @click=${() => void this.#restore(item)}
      >
        ${icon('undo', 14, 'mirror')}${say('bin.restore')}
      </button>
      ${
        kind === 'key'
          ? nothing
          : html`<button
              type="button"
              class="button ghost icon small"
              aria-label=${`${say('bin.purge')}: ${labelOf(label, name)}`}
              title=${say('bin.purge')}
              @click=${() => void this.#purge(item)}
            >
              ${icon('trash', 14)}
            </button>`
      }
    </li>`
  }

  async #restore(item: DroppedItem, name?: string): Promise<void> {
    this._busy = item.id
    try {
      const path = `/api/model/bin/${item.id}`
      const body = name === undefined ? {} : { name }
      const { plan, affects } = await fetchJson<Planned>(`${path}/plan`, { method: 'POST', body })
      if (affects.length > 0 && !(await agree(item, affects))) return
      await fetchJson(`${path}/restore`, { method: 'POST', body: { ...body, plan } })
      await models.load()
      toast(say('bin.restored', { name: labelOf(item.label, item.name) }), {
        label: say('bin.open'),
        run: () => void route.go(designAddress(item.kind === 'entity' ? (name ?? item.name) : item.entity)),
      })
      await this.#list.load()
    } catch (error) {
      const offered =
        error instanceof Problem ? /under another name, like "([^"]+)"/.exec(error.hint ?? '')?.[1] : undefined
      if (offered === undefined)
        toast(html`${explain(error)} <span dir="auto">${detailOf(error)}</span>`, undefined, 'bad')
      else {
        const given = await askName(item, offered)
        if (given !== undefined) await this.#restore(item, given)
      }
    } finally {
      this._busy = undefined
    }
  }

  async #purge(item: DroppedItem): Promise<void> {
    const name = labelOf(item.label, item.name)
    if (
      !(await confirm({
        title: say('bin.purge.ask', { name }),
        body: say('bin.purge.text'),
        yes: say('bin.purge'),
        danger: true,
      }))
    )
      return
    try {
      await fetchJson(`/api/model/bin/${item.id}`, { method: 'DELETE' })
      await this.#list.load()
    } catch (error) {
      toast(explain(error), undefined, 'bad')
    }
  }
}
customElements.define('pv-bin', Bin)

/** Whether something comes back with what that does to others: roles open and close it again, and what cannot be stays away. */
async function agree(item: DroppedItem, affects: Planned['affects']): Promise<boolean> {
  const title = say('bin.restore.ask', { name: labelOf(item.label, item.name) })
  const agreed = await openDialog<boolean>(
    (answer) =>
      html`<header><h2>${title}</h2></header>
        <div class="body">${paintAffects(affects)}</div>
        <footer>
          <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button>
          <button type="button" class="button primary" autofocus @click=${() => answer(true)}>
            ${say('bin.restore')}
          </button>
        </footer>`,
    { label: title },
  )
  return agreed === true
}

/** Another name for something whose own was taken meanwhile. */
function askName(item: DroppedItem, offered: string): Promise<string | undefined> {
  let name = offered
  return openDialog<string>(
    (answer) =>
      html`<header><h2>${say('bin.taken', { name: item.name })}</h2></header>
        <div class="body">
          <label class="field"
            ><span class="label">${say('bin.name')}</span
            ><input
              class="input ltr"
              .value=${offered}
              pattern="[a-z][a-z0-9_]*"
              @input=${(event: Event) => {
                name = (event.target as HTMLInputElement).value
              }}
          /></label>
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button>
          <button type="button" class="button primary" @click=${() => answer(name)}>${say('bin.restore')}</button>
        </footer>`,
    { label: say('bin.taken', { name: item.name }) },
  )
}
