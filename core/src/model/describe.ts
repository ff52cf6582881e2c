// The model as one actor may see it, as JSON: what GET /api/model answers. Decides what is cut: entities that cannot be
// read, hidden fields, and views, forms and apps that would show nothing. The browser makes a Model of it again.
import type { Actor } from '../access/actor.ts'
import type { MaskName } from '../types/mask.ts'
import { indexModel } from './build.ts'
import {
  operations,
  type App,
  type Association,
  type Choice,
  type Depth,
  type Entity,
  type Field,
  type Form,
  type Model,
  type Operation,
  type Relationship,
  type Role,
  type View,
  type Webhook,
} from './model.ts'
import { mapPaths, readPath } from './naming.ts'
import { withoutHidden } from './siblings.ts'
import { hasPrivilege, rightsOf, type Rights } from './rights.ts'

/** An entity with what the actor may do. */
export interface DescribedEntity extends Entity {
  /** Whether the actor may do it to any record at all. */
  readonly can: Readonly<Record<Operation, boolean>>
  readonly depths: Readonly<Partial<Record<Operation, Depth>>>
  /** Fields the actor may read but not change. */
  readonly locked: readonly string[]
  /** Fields the actor may read but not give a new record. */
  readonly unset: readonly string[]
  /** Fields the actor sees masked, and how: they can be shown, and be named nowhere else. */
  readonly masks: Readonly<Record<string, MaskName>>
}

export interface DescribedModel {
  /** As text: it is an opaque token to callers. */
  readonly revision: string
  readonly entities: readonly DescribedEntity[]
  readonly relationships: readonly Relationship[]
  readonly associations: readonly Association[]
  readonly choices: readonly Choice[]
  readonly views: readonly View[]
  readonly forms: readonly Form[]
  readonly apps: readonly App[]
  /** All roles for those who may customize or administer, else the actor's own. */
  readonly roles: readonly Role[]
  /** For those alone who may customize or administer. */
  readonly webhooks: readonly Webhook[]
}

interface Seen {
  readonly entity: DescribedEntity
  readonly hidden: ReadonlySet<string>
  readonly masks: ReadonlyMap<string, MaskName>
}

/** The model trimmed to an actor, as plain JSON. */
export function describe(model: Model, actor: Actor): DescribedModel {
  const seen = new Map<string, Seen>()
  for (const entity of model.entities.values()) {
    const rights = rightsOf(model, actor, entity)
    if (rights.depths.read !== undefined)
      seen.set(entity.name, { entity: describeEntity(entity, rights), hidden: rights.hidden, masks: rights.masks })
  }
  const manages = hasPrivilege(model, actor, 'customize') || hasPrivilege(model, actor, 'administer')
  const views = [...model.views.values()].flatMap((view) => trimView(model, view, seen))
  const viewNames = new Set(views.map((view) => view.name))
  return {
    revision: String(model.revision),
    entities: [...seen.values()].map((one) => one.entity),
    relationships: model.relationships.flatMap((relationship) => trimRelationship(model, relationship, seen)),
    associations: [...model.associations.values()].filter((association) => isSeen(association, seen)),
    choices: [...model.choices.values()],
    views,
    forms: [...model.forms.values()].flatMap((form) => trimForm(form, seen)),
    apps: [...model.apps.values()].flatMap((app) => trimApp(app, seen, viewNames, manages ? undefined : actor)),
    roles: [...model.roles.values()].filter((role) => manages || actor.roles.includes(role.name)),
    webhooks: manages ? [...model.webhooks.values()].filter(({ entity }) => seen.has(entity)) : [],
  }
}

/** The Model a description stands for; entities keep what the actor may do. law: describe for the system, then this, gives the model. */
export function modelFrom(described: DescribedModel): Model {
  const byName = <T extends { readonly name: string }>(parts: readonly T[]): ReadonlyMap<string, T> =>
    new Map(parts.map((part) => [part.name, part]))
  return indexModel({
    revision: Number(described.revision),
    entities: byName(described.entities),
    choices: byName(described.choices),
    views: byName(described.views),
    forms: byName(described.forms),
    apps: byName(described.apps),
    roles: byName(described.roles),
    webhooks: byName(described.webhooks),
    relationships: described.relationships,
    associations: byName(described.associations),
  })
}

function describeEntity(entity: Entity, rights: Rights): DescribedEntity {
  const fields = entity.fields
    .filter((field) => !rights.hidden.has(field.name))
    .map((field) => {
      const told = withoutHidden(field, rights.hidden)
      const mask = rights.masks.get(field.name)
      return mask === undefined ? told : maskedField(told, mask)
    })
  return {
    ...entity,
    primaryField: rights.hidden.has(entity.primaryField) ? 'id' : entity.primaryField,
    fields,
    keys: entity.keys.filter((key) => !key.fields.some((field) => rights.hidden.has(field) || rights.masks.has(field))),
    can: Object.fromEntries(
      operations.map((operation) => [operation, rights.depths[operation] !== undefined]),
    ) as Record<Operation, boolean>,
    depths: rights.depths,
    locked: fields.filter((field) => rights.locked.has(field.name)).map((field) => field.name),
    unset: fields.filter((field) => rights.unset.has(field.name)).map((field) => field.name),
    masks: Object.fromEntries(rights.masks),
  }
}

/** What a masked field is to those who see it: a text that nothing can be asked of. */
function maskedField(field: Field, as: MaskName): Field {
  const { id, name, label, description, system } = field
  const told = { label, description, system, required: field.required }
  const given = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined))
  return { id, name, type: 'text', ...given, masked: { as, field } }
}

function trimRelationship(model: Model, relationship: Relationship, seen: ReadonlyMap<string, Seen>): Relationship[] {
  const from = seen.get(model.entityById.get(relationship.from)!.name)
  const targets = relationship.targets.filter((target) => seen.has(model.entityById.get(target)!.name))
  return from === undefined || from.hidden.has(relationship.field) || targets.length === 0
    ? []
    : [{ ...relationship, targets }]
}

/** A relationship of many with many shows when both ends and what links them do. */
function isSeen({ from, to, through }: Association, seen: ReadonlyMap<string, Seen>): boolean {
  const link = seen.get(through.entity)
  const open = link !== undefined && !link.hidden.has(through.from) && !link.hidden.has(through.to)
  return open && seen.has(from.entity) && seen.has(to.entity)
}

/** True for a path whose every step the actor may read. A lookup at the end shows although its target cannot be read. */
function isReadable(path: string, entity: string, seen: ReadonlyMap<string, Seen>, masked: boolean): boolean {
  let at: Seen | undefined = seen.get(entity)
  for (const name of path.split('.')) {
    if (at === undefined || at.hidden.has(name) || (!masked && at.masks.has(name))) return false
    const target = at.entity.fields.find((one) => one.name === name)?.['target']
    at = typeof target === 'string' ? seen.get(target) : undefined
  }
  return true
}

function trimView(model: Model, view: View, seen: ReadonlyMap<string, Seen>): View[] {
  if (!seen.has(view.entity)) return []
  const clear = (field: string): boolean => isReadable(field, view.entity, seen, false)
  // A condition that may not be asked is none that could be left out: more would show than the view means.
  if (view.filter !== undefined && !mayAsk(model, view.entity, view.filter, seen)) return []
  const columns = view.columns
    .filter(({ field }) => isReadable(field, view.entity, seen, true))
    .map(({ total, ...column }) => (total === undefined || clear(column.field) ? { ...column, total } : column))
  return columns.length === 0
    ? []
    : [{ ...view, columns, sort: view.sort.filter(({ field }) => clear(field)), group: view.group.filter(clear) }]
}

/** Whether every field that an expression over an entity names may be asked. */
function mayAsk(model: Model, entity: string, text: string, seen: ReadonlyMap<string, Seen>): boolean {
  let all = true
  mapPaths(model, model.entities.get(entity), text, (from, path) => {
    for (const { entity: at, field } of readPath(model, from, path)) {
      const part = seen.get(at.name)
      if (field && (part === undefined || part.hidden.has(field.name) || part.masks.has(field.name))) all = false
    }
    return path
  })
  return all
}

function trimForm(form: Form, seen: ReadonlyMap<string, Seen>): Form[] {
  const entity = seen.get(form.entity)
  if (entity === undefined) return []
  const shows = (field: string | undefined): boolean => field === undefined || !entity.hidden.has(field)
  const tabs = form.tabs.map((tab) => ({
    ...tab,
    sections: tab.sections.map((section) => ({
      ...section,
      controls: section.controls.filter((control) => shows(control.field)),
    })),
  }))
  return [{ ...form, header: form.header.filter(shows), tabs }]
}

/** An app is for the people with one of its roles; `actor` is absent for those who manage all apps. */
function trimApp(
  app: App,
  seen: ReadonlyMap<string, Seen>,
  views: ReadonlySet<string>,
  actor: Actor | undefined,
): App[] {
  if (actor !== undefined && app.roles.length > 0 && !app.roles.some((role) => actor.roles.includes(role))) return []
  const items = (area: App['areas'][number]) =>
    area.items.filter(
      (item) =>
        (item.entity === undefined || seen.has(item.entity)) && (item.view === undefined || views.has(item.view)),
    )
  const areas = app.areas.map((area) => ({ ...area, items: items(area) })).filter((area) => area.items.length > 0)
  return areas.length === 0 ? [] : [{ ...app, areas }]
}
