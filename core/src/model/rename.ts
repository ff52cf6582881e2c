// Renames that follow: when a field or entity got another name (same id), every definition that named it the old way says
// the new name. Decides what is a reference; a definition that was edited in the same change keeps what it says where that
// still means something. Names inside any()/all() conditions on collections are left as written.
import type {
  Definition,
  EntityDefinition,
  FormDefinition,
  RelationshipDefinition,
  RoleDefinition,
  ViewDefinition,
} from './definition.ts'
import { buildModel } from './build.ts'
import type { Entity, Field, Model } from './model.ts'
import { renamedSiblings } from './siblings.ts'
import { typeOf } from '../types/index.ts'

/** Old and new sides of one change, with the names of everything by id. */
interface Sides {
  readonly before: Model
  readonly after: Model
}

/**
 * The definitions with their references brought up to date. Both lists carry ids (identify) and `previous` is sound.
 * law: without renames the definitions come back unchanged, the very same objects.
 */
export function followRenames(definitions: readonly Definition[], previous: readonly Definition[]): Definition[] {
  if (!hasRenames(definitions, previous)) return [...definitions]
  const sides = { before: buildModel(previous, 0), after: buildModel(definitions, 0) }
  const old = new Map(previous.map((definition) => [definition.id, JSON.stringify(definition)]))
  return definitions.map((definition) => {
    const untouched = old.get(definition.id) === JSON.stringify(definition)
    return rename(definition, new Names(sides, untouched))
  })
}

function hasRenames(definitions: readonly Definition[], previous: readonly Definition[]): boolean {
  const names = new Map<string | undefined, string>()
  const collect = (list: readonly Definition[], see: (id: string | undefined, name: string) => void): void => {
    for (const definition of list) {
      if (definition.kind !== 'entity') continue
      see(definition.id, `${definition.name} ${definition.entitySet ?? ''}`)
      for (const field of definition.fields) see(field.id, field.name)
    }
  }
  collect(previous, (id, name) => names.set(id, name))
  let found = false
  collect(definitions, (id, name) => {
    if (id !== undefined && names.has(id) && names.get(id) !== name) found = true
  })
  return found
}

/** Old name → new name. In a definition that was edited too, a name that means something now is left alone. */
class Names {
  readonly #sides: Sides
  readonly #untouched: boolean

  constructor(sides: Sides, untouched: boolean) {
    this.#sides = sides
    this.#untouched = untouched
  }

  entity(name: string): string {
    if (!this.#untouched && this.#sides.after.entities.has(name)) return name
    const old = this.#sides.before.entities.get(name)
    return (old && this.#sides.after.entityById.get(old.id)?.name) ?? name
  }

  /** A field of an entity, by either of the entity's names. Columns beside the main one follow (`price_currency`). */
  field(entity: string, name: string): string {
    return this.path(entity, name)
  }

  /** A path through lookups: `account.industry`. */
  path(entity: string, path: string): string {
    let [old, now] = this.#both(entity)
    const steps: string[] = []
    for (const step of path.split('.')) {
      const from = old && fieldNamed(old, step)
      const to = from && now?.fields.find((field) => field.id === from.field.id)
      const known = !this.#untouched && now !== undefined && fieldNamed(now, step) !== undefined
      steps.push(from === undefined || to === undefined || known ? step : to.name + from.suffix)
      const link = from && typeOf(from.field).link?.(from.field)
      const next =
        link === undefined || link.polymorphic ? undefined : this.#sides.before.entities.get(link.targets[0]!)
      ;[old, now] = [next, next && this.#sides.after.entityById.get(next.id)]
    }
    return steps.join('.')
  }

  /** The way back of a lookup, as a form's subgrid names it. */
  inverse(entity: string, name: string): string {
    const [old, now] = this.#both(entity)
    const way =
      old && this.#sides.before.relationships.find((one) => one.inverse === name && one.targets.includes(old.id))
    const after =
      way && now && this.#sides.after.relationships.find((one) => one.id === way.id && one.targets.includes(now.id))
    return after?.inverse ?? name
  }

  /** Names in an expression over an entity: paths that are not text, not calls, and start at the record. */
  expression(entity: string, text: string): string {
    const parts = text.split(/('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/)
    const paths = /(?<![\w.])[a-z_]\w*(?:\.[a-z_]\w*)*(?!\w|\s*\()/g
    return parts
      .map((part, i) => (i % 2 === 1 ? part : part.replace(paths, (path) => this.path(entity, path))))
      .join('')
  }

  #both(name: string): [Entity | undefined, Entity | undefined] {
    const { before, after } = this.#sides
    const old = before.entities.get(name)
    const now = after.entities.get(name)
    if (old !== undefined) return [old, after.entityById.get(old.id)]
    return [now && before.entityById.get(now.id), now]
  }
}

/** The field a name means, as itself or as one of its columns. */
function fieldNamed(entity: Entity, name: string): { field: Field; suffix: string } | undefined {
  for (const field of entity.fields) {
    if (field.name === name) return { field, suffix: '' }
    const column = typeOf(field)
      .columns(field)
      .find(({ suffix }) => field.name + suffix === name)
    if (column !== undefined) return { field, suffix: column.suffix }
  }
  return undefined
}

function rename(definition: Definition, names: Names): Definition {
  switch (definition.kind) {
    case 'entity':
      return settle(definition, renameEntity(definition, names))
    case 'view':
      return settle(definition, renameView(definition, names))
    case 'form':
      return settle(definition, renameForm(definition, names))
    case 'relationship':
      return settle(definition, renameRelationship(definition, names))
    case 'role':
      return settle(definition, renameRole(definition, names))
    case 'app': {
      const item = (one: (typeof definition.areas)[number]['items'][number]): typeof one =>
        one.entity === undefined ? one : { ...one, entity: names.entity(one.entity) }
      return settle(definition, {
        ...definition,
        areas: definition.areas.map((area) => ({ ...area, items: area.items.map(item) })),
      })
    }
    default:
      return definition
  }
}

/** The same object when nothing changed. */
function settle<D extends Definition>(old: D, now: D): D {
  return JSON.stringify(old) === JSON.stringify(now) ? old : now
}

function renameEntity(entity: EntityDefinition, names: Names): EntityDefinition {
  const own = (name: string): string => names.field(entity.name, name)
  return {
    ...entity,
    ...(entity.primaryField === undefined ? {} : { primaryField: own(entity.primaryField) }),
    fields: entity.fields.map((field) => {
      const target: unknown = 'target' in field ? field.target : undefined
      const template: unknown = 'template' in field ? field.template : undefined
      return {
        ...renamedSiblings(field, own),
        ...(typeof target === 'string' ? { target: names.entity(target) } : {}),
        ...(Array.isArray(target) ? { target: (target as string[]).map((one) => names.entity(one)) } : {}),
        ...(typeof template === 'string'
          ? { template: template.replace(/\{(\w+)\}/g, (_, name: string) => `{${own(name)}}`) }
          : {}),
      }
    }),
    ...(entity.keys === undefined ? {} : { keys: entity.keys.map((key) => ({ ...key, fields: key.fields.map(own) })) }),
  }
}

function renameView(view: ViewDefinition, names: Names): ViewDefinition {
  const at = (path: string): string => names.path(view.entity, path)
  return {
    ...view,
    entity: names.entity(view.entity),
    columns: view.columns.map((column) => ({ ...column, field: at(column.field) })),
    ...(view.filter === undefined ? {} : { filter: names.expression(view.entity, view.filter) }),
    ...(view.sort === undefined ? {} : { sort: view.sort.map((sort) => ({ ...sort, field: at(sort.field) })) }),
    ...(view.group === undefined ? {} : { group: view.group.map(at) }),
  }
}

type Control = FormDefinition['tabs'][number]['sections'][number]['controls'][number]

function renameForm(form: FormDefinition, names: Names): FormDefinition {
  const control = (one: Control): Control => ({
    ...one,
    ...(one.field === undefined ? {} : { field: names.field(form.entity, one.field) }),
    ...(one.subgrid === undefined ? {} : { subgrid: names.inverse(form.entity, one.subgrid) }),
  })
  return {
    ...form,
    entity: names.entity(form.entity),
    ...(form.header === undefined ? {} : { header: form.header.map((name) => names.field(form.entity, name)) }),
    tabs: form.tabs.map((tab) => ({
      ...tab,
      sections: tab.sections.map((section) => ({ ...section, controls: section.controls.map(control) })),
    })),
  }
}

function renameRelationship(relationship: RelationshipDefinition, names: Names): RelationshipDefinition {
  const { from, to, through } = relationship
  const end = (one: typeof from): typeof from => ({ ...one, entity: names.entity(one.entity) })
  return {
    ...relationship,
    from: end(from),
    to: end(to),
    ...(through === undefined
      ? {}
      : {
          through: {
            entity: names.entity(through.entity),
            from: names.field(through.entity, through.from),
            to: names.field(through.entity, through.to),
          },
        }),
  }
}

function renameRole(role: RoleDefinition, names: Names): RoleDefinition {
  return {
    ...role,
    ...(role.grants === undefined
      ? {}
      : {
          grants: role.grants.map((grant) => ({
            ...grant,
            entity: names.entity(grant.entity),
            ...(grant.rule === undefined ? {} : { rule: names.expression(grant.entity, grant.rule) }),
          })),
        }),
    ...(role.fields === undefined
      ? {}
      : {
          fields: role.fields.map((grant) => ({
            ...grant,
            entity: names.entity(grant.entity),
            field: names.field(grant.entity, grant.field),
          })),
        }),
  }
}
