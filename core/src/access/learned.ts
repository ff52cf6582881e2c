// What a change of the model would tell whoever makes it of records or fields they may not read: values that go to where others
// look, numbers gathered of records they may not see. Whoever reads all of it learns nothing; what roles open is guarded.ts's.
import type { Entity, Field, Id, Model } from '../model/model.ts'
import { rollupOf, type Rollup } from '../model/rollups.ts'
import { Ids } from '../model/sense.ts'
import type { Actor } from './actor.ts'
import { mayField } from './field.ts'
import type { Guarded } from './guarded.ts'
import { opens, ruleOf } from './rule.ts'

/** Whether an actor may read a field in clear, in every record. */
export function readsWhole(model: Model, actor: Actor, entity: Entity, field: Field): boolean {
  return ruleOf(model, actor, entity, 'read') === null && mayField(model, actor, entity, field, 'read')
}

/** The fields that a change moves, and the rollups that it makes or alters, by which its maker would learn something. */
export function learnedBy(actor: Actor, before: Model, after: Model): Guarded[] {
  const homes = homesOf(before)
  return [...after.entities.values()].flatMap((entity) =>
    entity.fields.flatMap((field): Guarded[] => {
      const home = homes.get(field.id)
      const name = `${(home ?? entity).name}.${field.name}`
      if (home !== undefined && home.id !== entity.id && !readsWhole(before, actor, home, field))
        return [{ kind: 'field', name, what: `The field "${name}", of which you may not read all, is moved` }]
      return gathersUnread(actor, before, after, { entity, field })
        ? [{ kind: 'field', name, what: `"${name}", which gathers records that you may not all read, is changed` }]
        : []
    }),
  )
}

/** The entity of each field that is no system field, by id. */
function homesOf(model: Model): ReadonlyMap<Id, Entity> {
  const own = (entity: Entity) => entity.fields.filter(({ system }) => system !== true)
  return new Map([...model.entities.values()].flatMap((entity) => own(entity).map(({ id }) => [id, entity] as const)))
}

/** Whether a field is a rollup that gathers something else than before, would be seen, and counts records that may not be. */
function gathersUnread(
  actor: Actor,
  before: Model,
  after: Model,
  { entity, field }: { readonly entity: Entity; readonly field: Field },
): boolean {
  const rollup = rollupOf(after, entity, field)
  const child = rollup && before.entityById.get(rollup.child.id)
  if (child === undefined || ruleOf(before, actor, child, 'read') === null) return false
  if (!opens(after, actor, entity, 'read') || !mayField(after, actor, entity, field, 'read')) return false
  return gathered(before, field.id) !== gathered(after, field.id)
}

function gathered(model: Model, id: Id): string | undefined {
  const entity = homesOf(model).get(id)
  const field = entity?.fields.find((one) => one.id === id)
  const rollup: Rollup | undefined = entity && field && rollupOf(model, entity, field)
  if (rollup === undefined) return undefined
  const ids = new Ids(model)
  return JSON.stringify([ids.sense(entity!, field!), ids.read])
}
