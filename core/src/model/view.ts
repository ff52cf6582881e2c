// The kind `view`: a list of records.
import { eachOf, withNames } from '../base/part.ts'
import { Problem } from '../base/problem.ts'
import * as validate from '../schemas/validate.js'
import type { ViewDefinition } from './definition.ts'
import { by, type Kind } from './kind.ts'
import { definitionProblem, expressionProblems, findEntity, findPath } from './lookups.ts'
import type { View } from './model.ts'
import { labelFromName } from './names.ts'

export const viewKind: Kind<ViewDefinition> = {
  name: 'view',
  validator: validate.view,
  parts: { columns: by('field') },
  check(definition, context) {
    const entity = findEntity(context.model, definition.entity, ['entity'])
    if (entity instanceof Problem) return [entity]
    const at = (path: string, place: readonly (string | number)[]): Problem[] => {
      const found = findPath(context.model, entity, path, place)
      return found instanceof Problem ? [found] : []
    }
    const seen = new Set<string>()
    const repeated = definition.columns.flatMap(({ field }, i) => {
      if (seen.has(field)) return [definitionProblem(['columns', i, 'field'], `The column "${field}" is there twice`)]
      seen.add(field)
      return []
    })
    return [
      ...definition.columns.flatMap(({ field }, i) => at(field, ['columns', i, 'field'])),
      ...repeated,
      ...(definition.sort ?? []).flatMap(({ field }, i) => at(field, ['sort', i, 'field'])),
      ...(definition.group ?? []).flatMap((field, i) => at(field, ['group', i])),
      ...expressionProblems(definition.filter, definition.entity, ['filter'], context),
    ]
  },
  names(view, naming) {
    const { entity, columns, filter, sort, group } = view
    const columnsNow = eachOf(columns, (column, i) =>
      withNames(column, {
        field: naming.path(entity, column.field, { place: ['columns', i, 'field'], use: 'column' }),
      }),
    )
    return withNames(view, {
      entity: naming.named('entity', entity, { place: ['entity'], use: 'list' }),
      columns: columnsNow.length === 0 ? undefined : columnsNow,
      ...(sort && {
        sort: eachOf(sort, (one, i) =>
          withNames(one, { field: naming.path(entity, one.field, { place: ['sort', i, 'field'], use: 'sort' }) }),
        ),
      }),
      ...(group && {
        group: eachOf(group, (path, i) => naming.path(entity, path, { place: ['group', i], use: 'group' })),
      }),
      ...(filter && { filter: naming.expression(entity, filter, { place: ['filter'], use: 'filter' }) }),
    })
  },
  build: (definition): View => ({
    id: definition.id ?? `view/${definition.name}`,
    name: definition.name,
    entity: definition.entity,
    type: definition.type ?? 'grid',
    label: definition.label ?? labelFromName(definition.name),
    ...(definition.description !== undefined && { description: definition.description }),
    columns: definition.columns,
    filter: definition.filter,
    sort: definition.sort ?? [],
    group: definition.group ?? [],
    default: definition.default,
  }),
}
