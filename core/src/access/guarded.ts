// What of a model decides about rights, so that it is for administrators: what roles open, and where webhooks send with whose
// rights. Decides what counts as the same: a role that loses what it opened because that is gone from the model, and a part that
// follows a new name of an entity, are what they were. What a role closes may not get lost: it could come back open. A role is
// known by its name where it is assigned, so another name is another role.
import type { Model, Role, Webhook } from '../model/model.ts'

/** A part that a change makes into something else; a field or entity that comes back although a role had closed some of it. */
export interface Guarded {
  readonly kind: 'role' | 'webhook' | 'field' | 'entity'
  readonly name: string
}

/** The roles and webhooks that a change adds, alters or takes away. */
export function guardedChanges(before: Model, after: Model): Guarded[] {
  return [
    ...changed(before, after, 'role', ({ roles }) => roles, openedBy),
    ...changed(before, after, 'webhook', ({ webhooks }) => webhooks, sentBy),
  ]
}

/** What a part comes to in its model, as text that is equal where it is the same; of that alone which `rest` has too. */
type Sense<Part> = (model: Model, part: Part, rest: Model) => string

function changed<Part extends { readonly id: string; readonly name: string }>(
  before: Model,
  after: Model,
  kind: Guarded['kind'],
  parts: (model: Model) => ReadonlyMap<string, Part>,
  sense: Sense<Part>,
): Guarded[] {
  const byId = (model: Model) => new Map([...parts(model).values()].map((part) => [part.id, part]))
  const [old, now] = [byId(before), byId(after)]
  const all = new Map([...old, ...now])
  const senseOf = (model: Model, part: Part | undefined) => (part === undefined ? '' : sense(model, part, after))
  return [...all.values()].flatMap(({ id, name }) =>
    senseOf(before, old.get(id)) === senseOf(after, now.get(id)) ? [] : [{ kind, name }],
  )
}

/** What a role opens and closes, by ids. Empty when that is nothing. */
function openedBy(model: Model, { name: own, grants, fields, privileges, secondFactor }: Role, rest: Model): string {
  const opened = grants.flatMap(({ entity: name, ...grant }) => {
    const id = name === '*' ? name : model.entities.get(name)?.id
    return id === '*' || rest.entityById.has(id!) ? [JSON.stringify([id, grant])] : []
  })
  const closed = fields.map(({ entity: name, field: part, ...grant }) => {
    const entity = model.entities.get(name)
    return JSON.stringify([entity?.id, entity?.fields.find((field) => field.name === part)?.id, grant])
  })
  const all = [opened.sort(), closed.sort(), [...privileges].sort(), secondFactor === true ? ['second factor'] : []]
  return all.every(({ length }) => length === 0) ? '' : JSON.stringify([own, ...all])
}

/** Where a webhook sends what, and with whose rights. Empty when its entity is gone. */
function sentBy(model: Model, { entity, url, headers, runAs, active }: Webhook, rest: Model): string {
  const id = model.entities.get(entity)?.id
  return rest.entityById.has(id!) ? JSON.stringify([id, url, headers, runAs, active]) : ''
}
