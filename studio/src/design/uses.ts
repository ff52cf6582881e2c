// Where a part is used: every place that needs it, in groups, with a door to each. Stands under the properties of an entity
// or field, and in the question before one is deleted. The server knows; this only shows.
import type { Dependency } from '@peyvand/core/model/dependencies.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { fetchJson } from '../data/http.ts'
import { models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { explain } from '../forms/explain.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { enStudio } from '../texts/en-studio.ts'
import { labelOf, say, type TextKey } from '../texts/text.ts'
import { designAddress } from './tree.ts'

/** What needs a part; null for one that is not published yet. */
export async function usesOf(of: string): Promise<readonly Dependency[]> {
  return (await fetchJson<{ value: readonly Dependency[] }>(`/api/model/dependencies?of=${of}`)).value
}

class Uses extends View {
  static override properties = { of: {}, _uses: { state: true }, _error: { state: true } }
  declare of: string
  declare _uses: readonly Dependency[] | undefined
  declare _error: unknown

  constructor() {
    super()
    watch(this, models, settings)
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('of')) void this.#load()
  }

  async #load(): Promise<void> {
    const { of } = this
    this._uses = undefined
    this._error = undefined
    try {
      const uses = await usesOf(of)
      if (of === this.of) this._uses = uses
    } catch (error) {
      if (of === this.of) this._error = error
    }
  }

  protected override render(): unknown {
    if (this._error !== undefined) return html`<p class="quiet">${explain(this._error)}</p>`
    if (this._uses === undefined) return html`<p class="quiet" aria-busy="true">${say('loading')}</p>`
    return paintUses(this._uses)
  }
}
customElements.define('pv-uses', Uses)

/** The places in groups, the most frequent kind first. */
export function paintUses(uses: readonly Dependency[]): TemplateResult {
  if (uses.length === 0) return html`<p class="quiet">${say('uses.none')}</p>`
  const groups = [...Map.groupBy(uses, ({ kind }) => kind)].sort(([, a], [, b]) => b.length - a.length)
  return html`<div class="uses">
    ${groups.map(
      ([kind, places]) =>
        html`<section>
          <h4>
            ${word(`kind.${kind}`, kind)}
            <span class="quiet tabular">${new Intl.NumberFormat(settings.locale).format(places.length)}</span>
          </h4>
          <ul>
            ${places.map(paintUse)}
          </ul>
        </section>`,
    )}
  </div>`
}

function paintUse({ kind, name, label, use, within, pointer, solution }: Dependency): TemplateResult {
  const [, definition = '', owner = ''] = pointer.split('/')
  const title = labelOf(label, owner)
  const place = [...(kind === definition ? [] : [title]), ...within.map((one) => labelOf(one, ''))]
  const shown = kind === definition ? title : (place.at(-1) ?? name)
  const around = kind === definition ? place : place.slice(0, -1)
  const address =
    definition === 'entity' ? designAddress(owner, kind === 'field' ? name.split('.')[1] : undefined) : undefined
  return html`<li title=${pointer}>
    ${address === undefined ? html`<bdi>${shown}</bdi>` : html`<a href=${address}><bdi>${shown}</bdi></a>`}
    <span class="quiet cut"
      >${word(`use.${use}`, use)}${around.length > 0 ? html` · <bdi>${around.join(' › ')}</bdi>` : nothing}${solution ? html` · <span class="ltr">${solution}</span>` : nothing}</span
    >
  </li>`
}

/** A heading with an icon, and the panel below it. */
export function paintUsesPanel(of: string): TemplateResult {
  return html`<details class="uses-panel">
    <summary>
      ${icon('chain-link', 14)}<span class="grow">${say('uses.title')}</span>${icon('chevron-down', 14, 'arrow')}
    </summary>
    <pv-uses .of=${of}></pv-uses>
  </details>`
}

/** A translated word, or the word as it is. */
function word(key: string, fallback: string): string {
  return key in enStudio ? say(key as TextKey) : fallback.replaceAll('_', ' ')
}
