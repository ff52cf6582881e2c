// Apps as the shell shows them: the defined ones, and "everything", which lists every entity so that a new one is reachable at once.
import { isBetween } from '@peyvand/core/model/between.ts'
import type { App, AppArea, Entity, View } from '@peyvand/core/model/model.ts'
import { current } from '../data/model.ts'
import { labelOf, say } from '../texts/text.ts'

/** The name of the app that holds every entity. */
export const everything = 'all'

export interface NavItem {
  readonly entity: Entity
  readonly view?: string
  readonly label: string
  readonly icon?: string
  readonly href: string
}
export interface NavArea {
  readonly name: string
  readonly label: string
  readonly items: readonly NavItem[]
}

/** The apps this person may open: those for daily work first, the platform's own administration after them. */
export function apps(): readonly { name: string; label: string; icon?: string }[] {
  const ordered = [...current().apps.values()].sort(
    (a, b) => Number(a.solution === 'base') - Number(b.solution === 'base'),
  )
  const defined = ordered.map((app) => ({ name: app.name, label: labelOf(app.label, app.name), icon: app.icon }))
  return [...defined, { name: everything, label: say('app.all'), icon: 'database' }]
}

/** The areas of an app with the items this person may see; entities no app names follow in an area of their own. */
export function areasOf(name: string): readonly NavArea[] {
  const app = current().apps.get(name)
  if (!app) {
    const items = sorted([...current().entities.values()].filter((entity) => !isBetween(current(), entity))).map(
      (entity) => item(everything, entity),
    )
    return items.length === 0 ? [] : [{ name: 'tables', label: say('app.tables'), items }]
  }
  const areas = app.areas
    .map((area) => ({ name: area.name, label: labelOf(area.label, area.name), items: itemsOf(app, area) }))
    .filter(({ items }) => items.length > 0)
  const own = sorted(
    [...current().entities.values()].filter(
      (entity) => !entity.solution && !isBetween(current(), entity) && !mentioned().has(entity.name),
    ),
  )
  return own.length === 0
    ? areas
    : [...areas, { name: 'custom', label: say('app.custom'), items: own.map((entity) => item(name, entity)) }]
}

/** Where a person starts: the first item of the first app. */
export function firstPage(): string {
  const first = areasOf(apps()[0]!.name)[0]?.items[0]
  return first?.href ?? '/studio'
}

/** Whether there is anything this person may open. */
export const isAnythingOpen = (): boolean => apps().some(({ name }) => areasOf(name).length > 0)

/** The views of an entity, its default first. */
export function viewsOf(entity: Entity): readonly View[] {
  const views = [...current().views.values()].filter((view) => view.entity === entity.name)
  return [...views.filter((view) => view.default), ...views.filter((view) => !view.default)]
}

/** The app a record of this entity opens in: the one we are in when it shows the entity, else any. */
export function addressOf(app: string, entity: Entity, id?: string): string {
  return `/a/${app}/${entity.name}${id ? `/${id}` : ''}`
}

function itemsOf(app: App, area: AppArea): NavItem[] {
  return area.items.flatMap(({ entity: name, view, label, icon }) => {
    const entity = name ? current().entities.get(name) : undefined
    return entity ? [item(app.name, entity, view, label ? labelOf(label) : undefined, icon)] : []
  })
}

function item(app: string, entity: Entity, view?: string, label?: string, icon?: string): NavItem {
  const known = view && current().views.has(view) ? view : undefined
  return {
    entity,
    view: known,
    label: label ?? labelOf(entity.plural, entity.name),
    icon: icon ?? entity.icon,
    href: `/a/${app}/${entity.name}${known ? `?view=${known}` : ''}`,
  }
}

function mentioned(): Set<string> {
  return new Set(
    [...current().apps.values()].flatMap((app) =>
      app.areas.flatMap((area) => area.items.flatMap(({ entity }) => (entity ? [entity] : []))),
    ),
  )
}

const sorted = (entities: Entity[]): Entity[] =>
  entities.sort((a, b) => labelOf(a.plural, a.name).localeCompare(labelOf(b.plural, b.name)))
