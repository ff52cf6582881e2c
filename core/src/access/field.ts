// Which fields of an entity an actor may read and write. Names that may not be read are taken out of the wire shape, so that
// for everything that binds names they do not exist; what is masked stays among what can be selected, and there alone. A field
// is closed only when every role that opens the entity for what is done closes it.
import type { Entity, Field, FieldGrant, FieldOperation, Id, Model, Operation } from '../model/model.ts'
import { readsOf } from '../model/reads.ts'
import { closingGrant, maskOf } from '../model/rights.ts'
import { wireOf, type Navigation, type Property, type WireEntity } from '../model/wire.ts'
import { typeOf } from '../types/index.ts'
import type { MaskName } from '../types/mask.ts'
import type { Actor } from './actor.ts'
import { accessKey, grantsOf } from './grant.ts'

const known = new WeakMap<Model, Map<string, WireEntity>>()
const always = new Set(['id', 'version'])

/** The wire shape of an entity as the actor may read it. Cached per model and access key. */
export function readableWire(model: Model, actor: Actor, entity: Id): WireEntity {
  const whole = wireOf(model, model.entityById.get(entity)!)
  if (actor.system || !(restricts(model, actor) || isDerived(whole))) return whole
  let shapes = known.get(model)
  if (!shapes) known.set(model, (shapes = new Map()))
  const key = `${accessKey(actor)};${entity}`
  let shape = shapes.get(key)
  if (!shape) shapes.set(key, (shape = cut(model, actor, whole)))
  return shape
}

const written = new WeakMap<WireEntity, WireEntity>()

/**
 * The names the actor may give values to, as far as they may know them: what they read, and the columns of what is masked. As
 * they are stored. Whether they may write them is permit.ts's question.
 */
export function namedWire(model: Model, actor: Actor, entity: Id): WireEntity {
  const readable = readableWire(model, actor, entity)
  if (readable.shown === readable.properties) return readable
  let wire = written.get(readable)
  if (!wire) {
    const fields = new Set([...readable.shown.values()].map(({ field }) => field))
    const whole = wireOf(model, readable.entity).properties
    const properties = new Map([...whole].filter(([, { field }]) => fields.has(field)))
    written.set(readable, (wire = { ...readable, properties, shown: properties }))
  }
  return wire
}

/** Whether the actor may read a field in clear, or give it a value when making or changing a record. */
export function mayField(model: Model, actor: Actor, entity: Entity, field: Field, doing: FieldOperation): boolean {
  if (actor.system || always.has(field.name)) return true
  const open = openFields(model, `${accessKey(actor)};${doing};${entity.id}`)
  let answer = open.get(field.name)
  if (answer === undefined)
    open.set(
      field.name,
      (answer =
        closedBy(model, actor, entity, field.name, doing) === undefined &&
        (doing !== 'read' ||
          (maskFor(model, actor, entity, field.name) === undefined && readsAll(model, actor, entity, field)))),
    )
  return answer
}

/** The mask under which the actor may see a field's values, when that is all they may; undefined for every other field. */
export function maskOn(model: Model, actor: Actor, entity: Entity, field: Field): MaskName | undefined {
  if (actor.system || always.has(field.name)) return undefined
  if (closedBy(model, actor, entity, field.name, 'read') !== undefined) return undefined
  const mask = maskFor(model, actor, entity, field.name)
  return mask === undefined || !readsAll(model, actor, entity, field) ? undefined : mask
}

/** What of a value all roles mask that show it. */
function maskFor(model: Model, actor: Actor, entity: Entity, field: string): MaskName | undefined {
  const readers = new Set(grantsOf(model, actor, entity, 'read').map(({ role }) => role))
  const showing = [...readers].filter((role) => closingGrant(role, entity, field, 'read') === undefined)
  return maskOf(showing, entity, field)
}

/** Whether the actor may read all that a value is worked out from: each field in clear, and at all the entity it is in. */
function readsAll(model: Model, actor: Actor, from: Entity, of: Field): boolean {
  return readsOf(model, from, of).every(
    ({ entity, field }) =>
      (entity.id === from.id || grantsOf(model, actor, entity, 'read').length > 0) &&
      mayField(model, actor, entity, field, 'read'),
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

const opening = { read: 'read', create: 'create', update: 'write' } as const satisfies Record<FieldOperation, Operation>

/** The field grants that close a field to the actor; undefined when it is open, or when no role opens the entity at all. */
export function closedBy(
  model: Model,
  actor: Actor,
  entity: Entity,
  field: string,
  doing: FieldOperation,
): readonly FieldGrant[] | undefined {
  const roles = new Set(grantsOf(model, actor, entity, opening[doing]).map(({ role }) => role))
  const closing: FieldGrant[] = []
  for (const role of roles) {
    const grant = closingGrant(role, entity, field, doing)
    if (!grant) return undefined
    closing.push(grant)
  }
  return closing.length > 0 ? closing : undefined
}

/** What is worked out may come from an entity that the actor may not read. */
function isDerived({ properties }: WireEntity): boolean {
  for (const { formula, field } of properties.values())
    if (formula !== undefined || typeOf(field).rollup !== undefined) return true
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
  const shown = new Map(
    [...whole.properties].flatMap(([name, property]): [string, Property][] => {
      if (properties.has(name)) return [[name, property]]
      const masked = maskedProperty(property, maskOn(model, actor, whole.entity, property.field))
      return masked === undefined ? [] : [[name, masked]]
    }),
  )
  return properties.size === whole.properties.size && navigations.size === whole.navigations.size
    ? whole
    : { entity: whole.entity, properties, shown: shown.size === properties.size ? properties : shown, navigations }
}

/** The main property of a field as a mask shows it; the other ones, and types that have no such mask, are not shown. */
function maskedProperty(property: Property, name: MaskName | undefined): Property | undefined {
  const type = typeOf(property.field)
  const mask = name && type.masks?.[name]
  if (mask === undefined || property.name !== property.field.name + type.columns(property.field)[0]!.suffix)
    return undefined
  const { formula, stored } = Object.getOwnPropertyDescriptors(property)
  const masked = { ...property, kind: 'text', edm: 'Edm.String', nullable: true, mask } as const
  return Object.defineProperties(masked, { ...(formula && { formula }), ...(stored && { stored }) })
}
