// The kind `form`: how one record is shown and edited.
import { suggest } from '../base/name.ts'
import { eachOf, withNames } from '../base/part.ts'
import { Problem } from '../base/problem.ts'
import * as validate from '../schemas/validate.js'
import type { FormDefinition } from './definition.ts'
import { by, type CheckContext, type Kind } from './kind.ts'
import { definitionProblem, findEntity, findField } from './lookups.ts'
import type { Entity, Form } from './model.ts'
import { labelFromName } from './names.ts'
import type { Naming, Spot } from './naming.ts'
import { wireOf } from './wire.ts'

type Control = FormDefinition['tabs'][number]['sections'][number]['controls'][number]
type Place = readonly (string | number)[]

export const formKind: Kind<FormDefinition> = {
  name: 'form',
  validator: validate.form,
  parts: {
    tabs: by('name'),
    'tabs/*/sections': by('name'),
    'tabs/*/sections/*/controls': (control) => String(control['field'] ?? control['subgrid']),
  },
  check(definition, context) {
    const entity = findEntity(context.model, definition.entity, ['entity'])
    if (entity instanceof Problem) return [entity]
    const header = (definition.header ?? []).flatMap((name, i) => fieldProblem(entity, name, ['header', i]))
    const tabs = definition.tabs.flatMap((tab, t) => [
      ...repeated(definition.tabs, t, ['tabs', t, 'name']),
      ...tab.sections.flatMap((section, s) => [
        ...repeated(tab.sections, s, ['tabs', t, 'sections', s, 'name']),
        ...section.controls.flatMap((control, c) =>
          controlProblems(control, entity, context, ['tabs', t, 'sections', s, 'controls', c]),
        ),
      ]),
    ])
    return [...header, ...tabs]
  },
  names(form, naming) {
    const { entity, header, tabs } = form
    return withNames(form, {
      entity: naming.named('entity', entity, { place: ['entity'], use: 'form' }),
      ...(header && {
        header: eachOf(header, (name, i) => naming.field(entity, name, { place: ['header', i], use: 'header' })),
      }),
      tabs: eachOf(tabs, (tab, t) =>
        withNames(tab, {
          sections: eachOf(tab.sections, (section, s) =>
            withNames(section, {
              controls: eachOf(section.controls, (control, c) =>
                controlNames(control, entity, naming, {
                  place: ['tabs', t, 'sections', s, 'controls', c],
                  within: [tab.label ?? labelFromName(tab.name), section.label ?? labelFromName(section.name)],
                }),
              ),
            }),
          ),
        }),
      ),
    })
  },
  build: (definition): Form => ({
    id: definition.id ?? `form/${definition.name}`,
    name: definition.name,
    entity: definition.entity,
    label: definition.label ?? labelFromName(definition.name),
    ...(definition.description !== undefined && { description: definition.description }),
    header: definition.header ?? [],
    tabs: definition.tabs,
  }),
}

function controlNames(
  control: Control,
  entity: string,
  naming: Naming,
  { place, within }: { readonly place: Place; readonly within: Spot['within'] },
): Control | undefined {
  const { field, subgrid, view } = control
  const at = (property: string, use: string): Spot => ({ place: [...place, property], use, within })
  // A subgrid without the view it was given shows the default one.
  const shown = view === undefined ? undefined : naming.named('view', view, at('view', 'subgrid'))
  const { view: _view, ...rest } = control
  return withNames(view === shown ? control : shown === undefined ? rest : { ...control, view: shown }, {
    ...(field !== undefined && { field: naming.field(entity, field, at('field', 'control')) }),
    ...(subgrid !== undefined && { subgrid: naming.collection(entity, subgrid, at('subgrid', 'subgrid')) }),
  })
}

function fieldProblem(entity: Entity, name: string, place: Place): Problem[] {
  const found = findField(entity, name, place)
  return found instanceof Problem ? [found] : []
}

function repeated(parts: readonly { readonly name: string }[], index: number, place: Place): Problem[] {
  const name = parts[index]!.name
  return parts.findIndex((part) => part.name === name) < index
    ? [definitionProblem(place, `The name "${name}" is there twice`)]
    : []
}

function controlProblems(control: Control, entity: Entity, { model }: CheckContext, place: Place): Problem[] {
  if ((control.field === undefined) === (control.subgrid === undefined))
    return [definitionProblem(place, 'A control shows either a field or a subgrid')]
  if (control.field !== undefined) {
    const extra = control.view === undefined ? [] : [definitionProblem([...place, 'view'], 'Only a subgrid has a view')]
    return [...fieldProblem(entity, control.field, [...place, 'field']), ...extra]
  }
  const collections = [...wireOf(model, entity).navigations.values()].filter((navigation) => navigation.collection)
  const navigation = collections.find((one) => one.name === control.subgrid)
  if (navigation === undefined) {
    const hint = suggest(
      control.subgrid!,
      collections.map((one) => one.name),
    )
    return [
      definitionProblem(
        [...place, 'subgrid'],
        `The entity "${entity.name}" has no collection "${control.subgrid}"`,
        hint,
      ),
    ]
  }
  if (control.view === undefined) return []
  const view = model.views.get(control.view)
  if (view === undefined)
    return [
      definitionProblem(
        [...place, 'view'],
        `There is no view "${control.view}"`,
        suggest(control.view, model.views.keys()),
      ),
    ]
  const target = model.entityById.get(navigation.target)!
  return view.entity === target.name
    ? []
    : [definitionProblem([...place, 'view'], `The view "${control.view}" lists ${view.entity}, not ${target.name}`)]
}
