// What exists: every entity, found by name, the customer's own first; the fields of the chosen one below it.
import type { Entity } from '@peyvand/core/model/model.ts'
import { types } from '@peyvand/core/types/index.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { fold } from '@peyvand/core/base/fold.ts'
import { route } from '../shell/route.ts'
import { labelOf, say } from '../texts/text.ts'
import { createEntity } from './create.ts'
import { draft } from './draft.ts'

/** Where an entity, or one of its fields, is designed. The tab of the canvas stays. */
export function designAddress(entity: string, field?: string): string {
  const tab = route.parts[1] === 'entity' ? route.query.get('tab') : null
  const query = new URLSearchParams([...(field ? [['field', field]] : []), ...(tab ? [['tab', tab]] : [])] as [
    string,
    string,
  ][])
  return `/studio/entity/${entity}${query.size > 0 ? `?${query.toString()}` : ''}`
}

class Tree extends View {
  static override properties = { entity: { attribute: false }, _text: { state: true } }
  declare entity: Entity | undefined
  declare _text: string

  constructor() {
    super()
    this._text = ''
    watch(this, route, models, settings, draft)
  }

  protected override render(): unknown {
    const wanted = fold(this._text)
    const found = [...draft.model.entities.values()]
      .filter(({ intersect }) => !intersect)
      .filter((entity) => fold(`${labelOf(entity.label, entity.name)} ${entity.name}`).includes(wanted))
      .sort((a, b) => labelOf(a.label, a.name).localeCompare(labelOf(b.label, b.name)))
    const groups = Map.groupBy(found, (entity) => entity.solution ?? '')
    const order = [...groups.keys()].sort((a, b) => Number(a === 'base') - Number(b === 'base') || a.localeCompare(b))
    return html`<nav class="tree" aria-label=${say('design.entities')}>
      <div class="tree-top">
        <label class="input affix"
          >${icon('search', 14)}<input
            type="search"
            aria-label=${say('design.search')}
            placeholder=${say('design.search')}
            @input=${(event: Event) => {
              this._text = (event.target as HTMLInputElement).value
            }}
        /></label>
        <button
          type="button"
          class="button icon"
          aria-label=${say('design.new')}
          title=${say('design.new')}
          @click=${() => void createEntity()}
        >
          ${icon('plus')}
        </button>
      </div>
      <div class="tree-list">
        ${found.length === 0 ? html`<p class="quiet none">${say('nothing.found')}</p>` : nothing}
        ${order.map(
          (solution) =>
            html`<section role="group" aria-label=${solution || say('app.custom')}>
              <h2 class="heading">${solution.length > 3 ? solution : solution.toUpperCase() || say('app.custom')}</h2>
              <ul>
                ${groups.get(solution)!.map((entity) => this.#entity(entity))}
              </ul>
            </section>`,
        )}
      </div>
    </nav>`
  }

  #entity(entity: Entity): TemplateResult {
    const here = entity.name === this.entity?.name
    const field = route.query.get('field')
    return html`<li>
      <a
        class="nav ${here ? 'here' : ''}"
        href=${designAddress(entity.name)}
        aria-current=${here && !field ? 'page' : nothing}
        >${icon(entity.icon ?? 'table')}<span class="name cut">${labelOf(entity.label, entity.name)}</span>
        ${draft.isChanged(entity) ? html`<span class="dot" data-color="amber" title=${say('design.pending')}></span>` : nothing}</a
      >
      ${
        here
          ? html`<ul class="tree-fields">
              ${entity.fields
                .filter((each) => !each.system)
                .map(
                  (each) =>
                    html`<li>
                      <a
                        class="nav ${each.name === field ? 'here' : ''}"
                        href=${designAddress(entity.name, each.name)}
                        aria-current=${each.name === field ? 'true' : nothing}
                      >
                        ${icon(types.get(each.type)?.icon, 14)}<span class="name cut"
                          >${labelOf(each.label, each.name)}</span
                        ></a
                      >
                    </li>`,
                )}
            </ul>`
          : nothing
      }
    </li>`
  }
}
customElements.define('pv-design-tree', Tree)
