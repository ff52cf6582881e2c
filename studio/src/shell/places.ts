// The pages and commands a person may go to from the palette, in their words.
import { current, mayAdminister, mayCustomize } from '../data/model.ts'
import { labelOf, say } from '../texts/text.ts'
import { addressOf, apps, areasOf } from './apps.ts'
import { route } from './route.ts'

export interface Place {
  readonly group: string
  readonly label: string
  readonly second?: string
  readonly icon?: string
  readonly href: string
}

/** The app we are in, or the first one. */
export function openApp(): string {
  return route.parts[0] === 'a' ? route.parts[1]! : apps()[0]!.name
}

/** Pages, and what can be made. */
export function places(): readonly Place[] {
  const pages = apps().flatMap(({ name, label }) =>
    current().apps.has(name)
      ? areasOf(name).flatMap((area) =>
          area.items.map((item) => ({
            group: say('palette.pages'),
            label: item.label,
            second: label,
            icon: item.icon,
            href: item.href,
          })),
        )
      : [],
  )
  const app = openApp()
  const fresh = areasOf(app)
    .flatMap((area) => area.items)
    .filter(({ entity }) => current().rights.get(entity.name)?.create)
    .map(({ entity }) => ({
      group: say('palette.actions'),
      label: say('new.of', { name: labelOf(entity.label, entity.name) }),
      icon: 'plus',
      href: `${addressOf(app, entity)}/new`,
    }))
  const studio = mayCustomize()
    ? [
        { group: say('palette.pages'), label: say('studio'), icon: 'studio', href: '/studio' },
        { group: say('palette.actions'), label: say('design.new'), icon: 'plus', href: '/studio/new' },
      ]
    : []
  const jobs = mayAdminister()
    ? [{ group: say('palette.pages'), label: say('jobs'), icon: 'clock', href: '/jobs' }]
    : []
  const imports = { group: say('palette.pages'), label: say('import'), icon: 'upload', href: '/import' }
  return [...pages, ...studio.slice(0, 1), ...jobs, imports, ...fresh, ...studio.slice(1)]
}

const palette = () => import('./palette.ts')

/** Brings the palette while nothing else is to be done, so that not one key is lost when somebody opens it and types. */
export function bringPalette(): void {
  const bring = () => void palette().catch(() => undefined)
  if ('requestIdleCallback' in globalThis) requestIdleCallback(bring)
  else setTimeout(bring, 500)
}

/** Opens the palette. */
export function showPalette(): void {
  void palette().then(({ openPalette }) => openPalette())
}
