// What depends on the things a change takes away, renames or retypes: every place of the definitions of before that names
// them. Decides only who is named; whether the next model still holds together is check's question.
import type { Definition } from '../model/definition.ts'
import { referencesOf, type Dependency } from '../model/dependencies.ts'
import { kinds } from '../model/kinds.ts'
import type { Entity, Field, Id, Model } from '../model/model.ts'
import { namedIn } from '../model/named.ts'

export interface Affected extends Dependency {
  readonly because: string
}

/** Every kind but entities, which are looked at with their fields. */
const others = (): string[] => kinds.flatMap(({ name }) => (name === 'entity' ? [] : [name]))

interface Change {
  readonly id: Id
  readonly what: string
  /** Kind and name of a definition that goes: what it needs is nobody's loss. */
  readonly goes?: string
}

/**
 * Everything of before that names something that is no more, or is different, in the wanted definitions. Those need not be
 * sound: a plan that is refused says what stands in its way.
 */
export function affects(before: Model, definitions: readonly object[], wanted: readonly object[]): Affected[] {
  const changes = changesOf(before, wanted)
  if (changes.length === 0) return []
  const staying = (definitions as readonly Definition[]).filter(
    ({ kind, name }) => !changes.some(({ goes }) => goes === `${kind}/${name}`),
  )
  const references = referencesOf(before, staying)
  return changes.flatMap(({ id, what }) =>
    (references.get(id) ?? []).map((dependency): Affected => ({ ...dependency, because: what })),
  )
}

/** As much of a definition as is looked at; anything may be missing. */
interface Wanted {
  readonly kind?: unknown
  readonly id?: unknown
  readonly name?: unknown
  readonly fields?: unknown
}

/** Ids of entities and fields of the model that the wanted definitions have no more. */
export function goneFrom(before: Model, wanted: readonly object[]): ReadonlySet<Id> {
  const parts = partsOf(wanted)
  const gone = new Set<Id>()
  for (const entity of before.entities.values()) {
    if (entity.intersect === true) continue
    const next = parts.entities.get(entity.id) ?? parts.entities.get(entity.name)
    if (next === undefined) gone.add(entity.id)
    for (const field of entity.fields)
      if (field.system !== true && (next === undefined || fieldIn(next, field) === undefined)) gone.add(field.id)
  }
  for (const kind of others())
    for (const { id, name, ...part } of namedIn(before, kind).values()) {
      const generated = (part as { readonly generated?: boolean }).generated === true
      if (!generated && !parts.others.has(id) && !parts.others.has(`${kind}/${name}`)) gone.add(id)
    }
  return gone
}

function partsOf(wanted: readonly Wanted[]): {
  readonly entities: ReadonlyMap<string, Wanted>
  readonly others: ReadonlySet<string>
} {
  const entities = new Map<string, Wanted>()
  const others = new Set<string>()
  for (const definition of wanted) {
    const { kind, id, name } = definition
    if (kind === 'entity') entities.set(typeof id === 'string' ? id : String(name), definition)
    else for (const key of [id, `${String(kind)}/${String(name)}`]) if (typeof key === 'string') others.add(key)
  }
  return { entities, others }
}

function fieldIn({ fields }: Wanted, { id, name }: Field): Field | undefined {
  const list = Array.isArray(fields) ? (fields as Field[]) : []
  return list.find((one) => one?.id === id) ?? list.find((one) => one?.id === undefined && one?.name === name)
}

function changesOf(before: Model, wanted: readonly Wanted[]): Change[] {
  const { entities } = partsOf(wanted)
  const homes = homesOf(wanted)
  const gone = goneFrom(before, wanted)
  const ofOthers = others().flatMap((kind) =>
    [...namedIn(before, kind).values()].flatMap(({ id, name }): Change[] =>
      gone.has(id) ? [{ id, what: `the ${kind} "${name}" goes`, goes: `${kind}/${name}` }] : [],
    ),
  )
  const ofEntities = [...before.entities.values()].flatMap((entity): Change[] => {
    if (entity.intersect === true) return []
    const next = entities.get(entity.id) ?? entities.get(entity.name)
    if (next === undefined)
      return [{ id: entity.id, what: `the entity "${entity.name}" goes`, goes: `entity/${entity.name}` }]
    const becomes = typeof next.name === 'string' && next.name !== entity.name ? next.name : undefined
    const renamed = becomes && { id: entity.id, what: `the entity "${entity.name}" becomes "${becomes}"` }
    return [...(renamed ? [renamed] : []), ...entity.fields.flatMap((field) => fieldChange(entity, field, next, homes))]
  })
  return [...ofEntities, ...ofOthers]
}

/** The entity each field with an id stands in, by name. */
function homesOf(wanted: readonly Wanted[]): ReadonlyMap<Id, string> {
  const homes = new Map<Id, string>()
  for (const { kind, name, fields } of wanted)
    for (const field of kind === 'entity' && Array.isArray(fields) ? (fields as Wanted[]) : [])
      if (typeof field?.id === 'string') homes.set(field.id, String(name))
  return homes
}

function fieldChange(entity: Entity, field: Field, next: Wanted, homes: ReadonlyMap<Id, string>): Change[] {
  if (field.system === true) return []
  const name = `"${entity.name}.${field.name}"`
  const now = fieldIn(next, field)
  const home = now === undefined ? homes.get(field.id) : undefined
  if (home !== undefined) return [{ id: field.id, what: `the field ${name} moves to "${home}"` }]
  if (now === undefined) return [{ id: field.id, what: `the field ${name} goes` }]
  if (now.name !== field.name) return [{ id: field.id, what: `the field ${name} becomes "${now.name}"` }]
  return now.type === (field.becoming ?? field).type
    ? []
    : [{ id: field.id, what: `the field ${name} becomes ${now.type}` }]
}
