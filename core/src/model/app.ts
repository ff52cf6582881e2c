// The kind `app`: the navigation of a group of people.
import { suggest } from '../base/name.ts'
import { eachOf, withNames } from '../base/part.ts'
import { Problem } from '../base/problem.ts'
import * as validate from '../schemas/validate.js'
import type { AppDefinition } from './definition.ts'
import { by, type Kind } from './kind.ts'
import { definitionProblem, findEntity } from './lookups.ts'
import type { App, Model } from './model.ts'
import { labelFromName } from './names.ts'

type Item = AppDefinition['areas'][number]['items'][number]
type Place = readonly (string | number)[]

export const appKind: Kind<AppDefinition> = {
  name: 'app',
  validator: validate.app,
  parts: { areas: by('name'), 'areas/*/items': (item) => String(item['view'] ?? item['entity'] ?? item['dashboard']) },
  check(definition, { model }) {
    const roles = (definition.roles ?? []).flatMap((role, i) =>
      model.roles.has(role)
        ? []
        : [definitionProblem(['roles', i], `There is no role "${role}"`, suggest(role, model.roles.keys()))],
    )
    const areas = definition.areas.flatMap((area, a) => [
      ...(definition.areas.findIndex((one) => one.name === area.name) < a
        ? [definitionProblem(['areas', a, 'name'], `The name "${area.name}" is there twice`)]
        : []),
      ...area.items.flatMap((item, i) => itemProblems(item, model, ['areas', a, 'items', i])),
    ])
    return [...roles, ...areas]
  },
  names(app, naming) {
    const { roles, areas } = app
    return withNames(app, {
      ...(roles && {
        roles: eachOf(roles, (role, i) => naming.named('role', role, { place: ['roles', i], use: 'audience' })),
      }),
      areas: eachOf(areas, (area, a) =>
        withNames(area, {
          items: eachOf(area.items, (item, i) => {
            const within = [area.label ?? labelFromName(area.name)]
            const at = (property: string) => ({ place: ['areas', a, 'items', i, property], use: 'navigation', within })
            return withNames(item, {
              ...(item.entity && { entity: naming.named('entity', item.entity, at('entity')) }),
              ...(item.view && { view: naming.named('view', item.view, at('view')) }),
            })
          }),
        }),
      ),
    })
  },
  build: (definition): App => ({
    id: definition.id ?? `app/${definition.name}`,
    name: definition.name,
    label: definition.label ?? labelFromName(definition.name),
    ...(definition.description !== undefined && { description: definition.description }),
    icon: definition.icon,
    roles: definition.roles ?? [],
    areas: definition.areas.map((area) => ({ ...area, label: area.label ?? labelFromName(area.name) })),
  }),
}

function itemProblems(item: Item, model: Model, place: Place): Problem[] {
  if (item.dashboard !== undefined)
    return [definitionProblem([...place, 'dashboard'], 'Dashboards are not supported yet', 'Name an entity or a view')]
  if (item.entity === undefined && item.view === undefined)
    return [definitionProblem(place, 'A navigation item names an entity or a view')]
  const problems: Problem[] = []
  if (item.entity !== undefined) {
    const entity = findEntity(model, item.entity, [...place, 'entity'])
    if (entity instanceof Problem) problems.push(entity)
  }
  if (item.view !== undefined) {
    const view = model.views.get(item.view)
    if (view === undefined)
      problems.push(
        definitionProblem(
          [...place, 'view'],
          `There is no view "${item.view}"`,
          suggest(item.view, model.views.keys()),
        ),
      )
    else if (item.entity !== undefined && view.entity !== item.entity)
      problems.push(
        definitionProblem([...place, 'view'], `The view "${item.view}" lists ${view.entity}, not ${item.entity}`),
      )
  }
  return problems
}
