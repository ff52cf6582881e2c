// What a list page says instead of rows: nothing yet, nothing that fits, a filter nobody can read, a server that failed.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { current } from '../data/model.ts'
import { detailOf, explain } from '../forms/explain.ts'
import { icon } from '../kit/icons.ts'
import { addressOf } from '../shell/apps.ts'
import { route } from '../shell/route.ts'
import { state } from '../shell/state.ts'
import { labelOf, say } from '../texts/text.ts'

/** No rows: none at all, or none that meet the person's `own` filter or the `view`'s. */
export function emptyList(app: string, entity: Entity, { own, view }: { own: boolean; view: boolean }): TemplateResult {
  const plural = labelOf(entity.plural, entity.name)
  const add = addButton(app, entity, !own && !view)
  if (!own && !view)
    return state({
      art: entity.icon ?? 'table',
      title: say('empty.title', { name: plural }),
      text: say('empty.text', { name: plural }),
      actions: add,
    })
  const clear = html`<button class="button primary" @click=${() => route.adjust({ filter: null, q: null }, false)}>
    ${say('filter.clear')}
  </button>`
  return state({
    art: 'filter',
    title: say('empty.filtered'),
    text: say(own ? 'empty.filtered.text' : 'empty.view.text', { name: plural }),
    actions: html`${own ? clear : nothing}${add}`,
  })
}

function addButton(app: string, entity: Entity, isFirst: boolean): unknown {
  if (!current().rights.get(entity.name)?.create) return nothing
  return html`<a class="button ${isFirst ? 'primary' : ''}" href="${addressOf(app, entity)}/new"
    >${icon('plus', 14)}${say('new.of', { name: labelOf(entity.label, entity.name) })}</a
  >`
}

/** The address holds a filter that is none. */
export function unreadableFilter(clear: () => void): TemplateResult {
  return state({
    kind: 'broken',
    art: 'filter',
    title: say('filter.unreadable'),
    text: html`<code class="ltr">${route.query.get('filter')}</code>`,
    actions: html`<button class="button" @click=${clear}>${say('filter.clear')}</button>`,
  })
}

/** The server gave no rows. Where it refused what was asked of it and a filter was, trying again mends nothing: `clear` does. */
export function brokenList(error: unknown, again: () => void, clear?: () => void): TemplateResult {
  if (clear && error instanceof Problem && error.status === 400) return unreadableFilter(clear)
  return state({
    kind: 'broken',
    title: explain(error),
    text: detailOf(error),
    actions: html`<button class="button" @click=${again}>${icon('refresh')}${say('retry')}</button>`,
  })
}
