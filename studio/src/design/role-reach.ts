// How far a right reaches, as people see it: a sign that fills like the depth grows, the words for it, and the menu in which it
// is chosen.
import type { Entity, Operation } from '@peyvand/core/model/model.ts'
import { html, type TemplateResult } from 'lit'
import { icon } from '../kit/icons.ts'
import { openMenu, type MenuEntry } from '../kit/popover.ts'
import { isolate, labelOf, say } from '../texts/text.ts'
import { draft } from './draft.ts'
import { depthsOf, isSameReach, scopesOf, type Cell, type Reach } from './role-grants.ts'

const pictures = { self: 'user', contact: 'user', account: 'building', parent: 'link', global: 'globe' } as const

/** The sign of a reach; a scope has a picture instead of a filled circle. */
export function paintReach(reach: Reach | undefined): TemplateResult {
  return typeof reach === 'object'
    ? html`<i class="reach" data-reach="scope">${icon(pictures[reach.scope], 12)}</i>`
    : html`<i class="reach" data-reach=${reach ?? 'none'}></i>`
}

/** The words for a reach; the entity tells what the lookups of a scope are called. */
export function reachWords(reach: Reach | undefined, entity?: Entity): string {
  if (typeof reach !== 'object') return say(`role.depth.${reach ?? 'none'}`)
  const { scope, through = '' } = reach
  if (scope === 'global') return say('role.depth.all')
  if (scope === 'self') return say('role.scope.self')
  const label = entity?.fields.find(({ name }) => name === through)?.label
  return say(`role.scope.${scope}`, { path: through === 'id' ? say('role.scope.itself') : labelOf(label, through) })
}

/** What a cell says to those who do not see its sign. */
export function cellWords(cell: Cell, entity: Entity | undefined, operation: Operation): string {
  return say('role.cell', {
    entity: entity ? labelOf(entity.label, entity.name) : say('role.every'),
    operation: say(`role.op.${operation}`),
    reach: reachOf(cell, entity),
  })
}

function reachOf({ own, given, closed }: Cell, entity: Entity | undefined): string {
  if (closed) return say('role.closed')
  if (given === undefined) return reachWords(own, entity)
  const all = say('role.cell.given', { reach: isolate(reachWords(given)) })
  return own === undefined ? all : say('role.cell.also', { reach: all, own: reachWords(own, entity) })
}

/** Opens the choice of a reach beside what it is for. `entity` is undefined for several entities or every one. */
export function openReachMenu(
  anchor: HTMLElement,
  menu: {
    readonly entity?: Entity
    readonly heading?: string
    readonly reach?: Reach | null
    readonly more?: readonly MenuEntry[]
    readonly give: (reach: Reach | undefined) => void
  },
): void {
  const { entity, reach, give } = menu
  const item = (one: Reach | undefined): MenuEntry => ({
    label: html`<span class="reach-item">${paintReach(one)}<span class="cut">${reachWords(one, entity)}</span></span>`,
    checked: reach === null ? undefined : isSameReach(one, reach),
    run: () => give(one),
  })
  const scopes = entity ? scopesOf(draft.model, entity) : []
  const others = typeof reach === 'object' && reach && !scopes.some((one) => isSameReach(one, reach)) ? [reach] : []
  openMenu(anchor, [
    ...(menu.heading ? [{ heading: menu.heading }] : []),
    ...[undefined, ...depthsOf(entity)].map(item),
    ...(reach !== null && scopes.length + others.length > 0
      ? [{ heading: say('role.outside') }, ...[...others, ...scopes].map(item)]
      : []),
    ...(menu.more ?? []),
  ])
}

/** What the signs of the matrix mean. */
export function paintLegend(): TemplateResult {
  const one = (sign: TemplateResult, words: string) => html`<li>${sign}<span>${words}</span></li>`
  return html`<ul class="rights-legend" aria-label=${say('role.legend')}>
    ${([undefined, 'own', 'unit', 'unit_tree', 'all'] as const).map((reach) => one(paintReach(reach), reachWords(reach)))}
    ${one(paintReach({ scope: 'contact' }), say('role.scope.short'))}
    ${one(html`<span class="given">${paintReach('all')}</span>`, say('role.given.short'))}
  </ul>`
}

/** A cell's sign: what counts is shown, dimmed where it comes from every entity. */
export function paintCell({ own, given, closed }: Cell): TemplateResult {
  return closed ? html`<span class="quiet" aria-hidden="true">–</span>` : paintReach(given ?? own)
}
