// Which roles a change of the model makes open something else. Decides what is the same: a role that only loses what is gone
// from the model, follows a new name of an entity or field, or is called otherwise, opens what it opened.
import type { Model, Role } from '../model/model.ts'

/** The roles that open something else after a change than before it; new ones that open anything are among them. */
export function changedRoles(before: Model, after: Model): Role[] {
  const roles = new Map([...before.roles.values(), ...after.roles.values()].map((role) => [role.id, role]))
  const ofBefore = byId(before)
  const ofAfter = byId(after)
  return [...roles.values()].filter(
    ({ id }) => openedBy(before, ofBefore.get(id), after) !== openedBy(after, ofAfter.get(id), after),
  )
}

function byId({ roles }: Model): ReadonlyMap<string, Role> {
  return new Map([...roles.values()].map((role) => [role.id, role]))
}

/** What a role opens of that which is there in `rest`, by ids, as text that is equal where it is the same. */
function openedBy(model: Model, role: Role | undefined, rest: Model): string {
  const { grants = [], fields = [], privileges = [], secondFactor = false } = role ?? {}
  const opened = grants.flatMap(({ entity: name, ...grant }) => {
    const id = name === '*' ? name : model.entities.get(name)?.id
    return id === '*' || rest.entityById.has(id!) ? [JSON.stringify([id, grant])] : []
  })
  const closed = fields.flatMap(({ entity: name, field: own, ...grant }) => {
    const entity = model.entities.get(name)
    const id = entity?.fields.find((field) => field.name === own)?.id
    const isThere = rest.entityById.get(entity?.id ?? '')?.fields.some((field) => field.id === id)
    return isThere === true ? [JSON.stringify([entity?.id, id, grant])] : []
  })
  return JSON.stringify([opened.sort(), closed.sort(), [...privileges].sort(), secondFactor])
}
