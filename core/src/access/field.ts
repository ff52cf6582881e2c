// Which fields of an entity an actor may read and write. Names that may not be read are taken out of the wire shape, so that
// for everything that binds names they do not exist. A field is closed only when every role that opens the entity closes it:
// for reading those that read it, for writing those that write or create it.
import type { Entity, Field, FieldGrant, Id, Model } from '../model/model.ts'
import { readsOf, type Place } from '../model/reads.ts'
import { closingGrant } from '../model/rights.ts'
import { wireOf, type Navigation, type WireEntity } from '../model/wire.ts'
import type { Actor } from './actor.ts'
import { accessKey, grantsOf } from './grant.ts'

const known = new WeakMap<Model, Map<string, WireEntity>>()
const always = new Set(['id', 'version'])

/** The wire shape of an entity as the actor may read it. Cached per model and access key. */
export function readableWire(model: Model, actor: Actor, entity: Id): WireEntity {
  const whole = wireOf(model, model.entityById.get(entity)!)
  if (actor.system || !(restricts(model, actor) || hasFormulas(whole))) return whole
  let shapes = known.get(model)
  if (!shapes) known.set(model, (shapes = new Map()))
  const key = `${accessKey(actor)};${entity}`
  let shape = shapes.get(key)
  if (!shape) shapes.set(key, (shape = cut(model, actor, whole)))
  return shape
}

/** Whether the actor may read (or write) a field. */
export function mayField(model: Model, actor: Actor, entity: Entity, field: Field, doing: 'read' | 'write'): boolean {
  if (actor.system || always.has(field.name)) return true
  const open = openFields(model, `${accessKey(actor)};${doing};${entity.id}`)
  let answer = open.get(field.name)
  if (answer === undefined)
    open.set(
      field.name,
      (answer =
        closedBy(model, actor, entity, field.name, doing) === undefined &&
        (doing === 'write' || readsOf(model, entity, field).every((place) => mayPlace(model, actor, entity, place)))),
    )
  return answer
}

/** Whether the actor may read what a formula reads: the field, and at all the entity it is in. */
function mayPlace(model: Model, actor: Actor, from: Entity, { entity, field }: Place): boolean {
  return (
    (entity.id === from.id || grantsOf(model, actor, entity, 'read').length > 0) &&
    mayField(model, actor, entity, field, 'read')
  )
}

const answers = new WeakMap<Model, Map<string, Map<string, boolean>>>()

/** What was found out before about the fields of one entity for one access key. */
function openFields(model: Model, key: string): Map<string, boolean> {
  let byKey = answers.get(model)
  if (!byKey) answers.set(model, (byKey = new Map()))
  let open = byKey.get(key)
  if (!open) byKey.set(key, (open = new Map()))
  return open
}

const opening = { read: ['read'], write: ['write', 'create'] } as const

/** The field grants that close a field to the actor; undefined when it is open, or when no role opens the entity at all. */
export function closedBy(
  model: Model,
  actor: Actor,
  entity: Entity,
  field: string,
  doing: 'read' | 'write',
): readonly FieldGrant[] | undefined {
  const grants = opening[doing].flatMap((operation) => grantsOf(model, actor, entity, operation))
  const roles = new Set(grants.map(({ role }) => role))
  const closing: FieldGrant[] = []
  for (const role of roles) {
    const grant = closingGrant(role, entity, field, doing)
    if (!grant) return undefined
    closing.push(grant)
  }
  return closing.length > 0 ? closing : undefined
}

/** A formula may read an entity that the actor may not. */
function hasFormulas({ properties }: WireEntity): boolean {
  for (const { formula } of properties.values()) if (formula !== undefined) return true
  return false
}

function restricts(model: Model, actor: Actor): boolean {
  return actor.roles.some((name) => (model.roles.get(name)?.fields.length ?? 0) > 0)
}

function cut(model: Model, actor: Actor, whole: WireEntity): WireEntity {
  const open = (entity: Entity, field: Field) => mayField(model, actor, entity, field, 'read')
  const properties = new Map([...whole.properties].filter(([, property]) => open(whole.entity, property.field)))
  const reachable = ({ from, field, hop }: Navigation) =>
    open(model.entityById.get(from)!, field) && (hop === undefined || open(model.entityById.get(from)!, hop.field))
  const navigations = new Map([...whole.navigations].filter(([, navigation]) => reachable(navigation)))
  return properties.size === whole.properties.size && navigations.size === whole.navigations.size
    ? whole
    : { entity: whole.entity, properties, navigations }
}
