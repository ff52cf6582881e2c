// What depends on the things a change takes away, renames or retypes: views, forms, apps, roles, keys and lookups of the
// model before. Decides only who is named; whether the next model still holds together is check's question.
import type { Association, Entity, Field, Form, Model, View } from '../model/model.ts'
import { placesIn, readsOf, type Place } from '../model/reads.ts'
import { rollupOf } from '../model/rollups.ts'
import { naming } from '../model/siblings.ts'

export interface Affected {
  readonly kind: string
  readonly name: string
  readonly because: string
}

interface Change {
  readonly entity: string
  readonly field?: string
  readonly what: string
}

/** Everything of the model before that names something the next model has no more, or has differently. */
export function affects(before: Model, after: Model): Affected[] {
  const found = changesOf(before, after).flatMap((change) => dependents(before, change))
  const seen = new Set<string>()
  return found.filter(({ kind, name, because }) => {
    const key = `${kind} ${name} ${because}`
    return seen.has(key) ? false : seen.add(key)
  })
}

function changesOf(before: Model, after: Model): Change[] {
  return [...before.entities.values()].flatMap((entity): Change[] => {
    const next = after.entityById.get(entity.id)
    if (next === undefined) return [{ entity: entity.name, what: `the entity "${entity.name}" goes` }]
    const renamed =
      next.name === entity.name
        ? []
        : [{ entity: entity.name, what: `the entity "${entity.name}" becomes "${next.name}"` }]
    return [...renamed, ...fieldChanges(entity, next)]
  })
}

function fieldChanges(entity: Entity, next: Entity): Change[] {
  const byId = new Map(next.fields.map((field) => [field.id, field]))
  return entity.fields.flatMap((field) => {
    const what = fieldChange(entity, field, byId.get(field.id))
    return what === undefined ? [] : [{ entity: entity.name, field: field.name, what }]
  })
}

function fieldChange(entity: Entity, field: Field, next: Field | undefined): string | undefined {
  const name = `"${entity.name}.${field.name}"`
  if (next === undefined) return `the field ${name} goes`
  if (next.name !== field.name) return `the field ${name} becomes "${next.name}"`
  return next.type === field.type ? undefined : `the field ${name} becomes ${next.type}`
}

function dependents(model: Model, change: Change): Affected[] {
  const affected = (kind: string, name: string): Affected => ({ kind, name, because: change.what })
  const entity = model.entities.get(change.entity)!
  const named = (name: string): boolean =>
    change.field === undefined || name === change.field || name.split('.')[0] === change.field
  return [
    ...[...model.views.values()]
      .filter((view) => view.generated !== true && (viewNames(view, change) || pathsInto(model, view, change)))
      .map((view) => affected('view', view.name)),
    ...[...model.forms.values()]
      .filter((form) => form.generated !== true && form.entity === change.entity && formNames(form).some(named))
      .map((form) => affected('form', form.name)),
    ...[...model.apps.values()]
      .filter(
        (app) =>
          change.field === undefined &&
          app.areas.some((area) => area.items.some((item) => item.entity === change.entity)),
      )
      .map((app) => affected('app', app.name)),
    ...[...model.roles.values()].filter((role) => roleNames(role, change)).map((role) => affected('role', role.name)),
    ...[...model.associations.values()]
      .filter((one) => associationNames(one, change))
      .map((one) => affected('relationship', one.name)),
    ...entity.keys
      .filter((key) => change.field !== undefined && key.fields.includes(change.field))
      .map((key) => affected('key', `${entity.name}.${key.name}`)),
    ...(change.field === undefined
      ? []
      : naming(entity, change.field).map(({ name }) => affected('field', `${entity.name}.${name}`))),
    ...(change.field === undefined ? lookupsTo(model, change.entity).map((name) => affected('field', name)) : []),
    ...computedFrom(model, change).map((name) => affected('field', name)),
  ]
}

function associationNames({ from, to, through }: Association, { entity, field }: Change): boolean {
  if (field === undefined) return [from.entity, to.entity, through.entity].includes(entity)
  return through.entity === entity && (through.from === field || through.to === field)
}

function viewNames(view: View, { entity, field }: Change): boolean {
  if (view.entity !== entity) return false
  if (field === undefined) return true
  const names = [...view.columns.map((column) => column.field), ...view.sort.map((sort) => sort.field), ...view.group]
  return (
    names.some((name) => name.split('.')[0] === field || name.startsWith(`${field}_`)) || mentions(view.filter, field)
  )
}

/** Columns of other entities' views that reach the field through a lookup: `account.industry`. */
function pathsInto(model: Model, view: View, { entity, field }: Change): boolean {
  if (field === undefined) return false
  const from = model.entities.get(view.entity)
  const paths = [...view.columns.map((column) => column.field), ...view.sort.map((sort) => sort.field), ...view.group]
  return paths.some((path) => {
    const [lookup, inner] = path.split('.')
    const target = from?.fields.find((one) => one.name === lookup)?.['target']
    return target === entity && inner === field
  })
}

function formNames(form: Form): string[] {
  const controls = form.tabs.flatMap((tab) =>
    tab.sections.flatMap((section) => section.controls.flatMap((control) => control.field ?? [])),
  )
  return [...form.header, ...controls]
}

function roleNames(
  role: {
    readonly grants: readonly { readonly entity: string; readonly rule?: string }[]
    readonly fields: readonly { readonly entity: string; readonly field: string }[]
  },
  { entity, field }: Change,
): boolean {
  if (field === undefined)
    return role.grants.some((grant) => grant.entity === entity) || role.fields.some((grant) => grant.entity === entity)
  return (
    role.fields.some((grant) => grant.entity === entity && grant.field === field) ||
    role.grants.some((grant) => grant.entity === entity && mentions(grant.rule, field))
  )
}

/** Formulas that read what changes, and rollups that gather it. */
function computedFrom(model: Model, change: Change): string[] {
  return [...model.entities.values()].flatMap((entity) =>
    entity.fields.flatMap((field) => {
      const places = [...readsOf(model, entity, field), ...gatheredBy(model, entity, field)]
      const named = places.some(
        ({ entity: at, field: one }) =>
          at.name === change.entity && (change.field === undefined || one.name === change.field),
      )
      const itself = entity.name === change.entity && (change.field === undefined || field.name === change.field)
      return named && !itself ? [`${entity.name}.${field.name}`] : []
    }),
  )
}

/** The fields a rollup gathers from, with the lookup it goes by. */
function gatheredBy(model: Model, entity: Entity, field: Field): readonly Place[] {
  const rollup = rollupOf(model, entity, field)
  if (rollup === undefined) return []
  const { child, via, value, filter } = rollup
  return [
    { entity: child, field: via.field },
    ...(value ? [{ entity: child, field: value.field }] : []),
    ...(filter ? placesIn(model, child, filter) : []),
  ]
}

function lookupsTo(model: Model, entity: string): string[] {
  const id = model.entities.get(entity)!.id
  return model.relationships
    .filter((one) => one.targets.includes(id))
    .map((one) => `${model.entityById.get(one.from)!.name}.${one.field}`)
}

/** Whether an expression names a field: its name as a word that is not text and not behind a dot. */
function mentions(expression: string | undefined, field: string): boolean {
  if (expression === undefined) return false
  const code = expression.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, "''")
  return new RegExp(`(^|[^.\\w])${field}\\b`).test(code)
}
