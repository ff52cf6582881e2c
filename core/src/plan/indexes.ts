// Which indexes a model wants. Keys, lookups and fields marked as indexed have theirs; the others follow from who reads what:
// where a role in force reaches only its own records, or those of units, they are found by owner or unit first, so an index that
// a view's groups and order need begins with that. Names come from ids, so that they survive every rename.
import { hash48 } from '../base/hash.ts'
import type { ValueKind } from '../base/kind.ts'
import type { Depth, Entity, Field, Model, View } from '../model/model.ts'
import { wireOf } from '../model/wire.ts'
import { shadowsOf } from '../query/shadow.ts'
import { typeOf } from '../types/index.ts'
import type { TableIndex } from './steps.ts'

/** What the indexes of an entity follow from beside it: who reads it how far, and the views that are defined over it. */
export function indexesFollow(model: Model, entity: Entity): readonly unknown[] {
  return [isReadBy(model, entity, 'unit'), isReadBy(model, entity, 'own'), ...viewsOf(model, entity)]
}

/** The indexes of an entity's table. */
export function indexesOf(entity: Entity, model: Model): TableIndex[] {
  const { properties } = wireOf(model, entity)
  const main = (name: string): string => {
    const column = mainColumn(entity.fields.find((one) => one.name === name)!).name
    return properties.get(column)?.stored ?? column
  }
  const indexes = [index(`${entity.id}/created`, ['created_at', 'id'])]
  if (entity.ownership === 'user') indexes.push(index(`${entity.id}/owned`, ['owner_id', 'created_at', 'id']))
  for (const field of entity.fields) {
    if (field.system === true) continue
    const { indexMethod } = typeOf(field)
    const link = typeOf(field).link?.(field)
    if (field['unique'] === true) indexes.push(index(`${field.id}/unique`, [main(field.name)], true))
    else if (entity.intersect) continue
    else if (indexMethod !== undefined && field['indexed'] === true)
      indexes.push({ ...index(`${field.id}/${indexMethod}`, [main(field.name)]), method: indexMethod })
    else if (field['indexed'] === true || link !== undefined)
      indexes.push(index(`${field.id}/index`, [main(field.name)]))
  }
  for (const { id, column, trigrams } of shadowsOf(model, entity))
    if (trigrams) indexes.push({ ...index(`${id}/letters`, [column]), trigrams })
  // Links are found from either end without looking at the rows themselves.
  if (entity.intersect) indexes.push(index(`${entity.id}/back`, [main('to'), main('from')]))
  for (const key of entity.keys) indexes.push(index(key.id, key.fields.map(main), true))
  const byUnit = viewIndexes(entity, model, 'unit')
  if (byUnit.length === 0 && isReadBy(model, entity, 'unit'))
    byUnit.push(index(`${entity.id}/unit`, ['owning_unit_id']))
  return [...indexes, ...byUnit, ...viewIndexes(entity, model, 'own')]
}

function index(id: string, columns: readonly string[], unique = false): TableIndex {
  return { id, name: `${unique ? 'ux' : 'ix'}_${hash48(id)}`, columns, unique }
}

type Reach = 'own' | 'unit'
const reach: Readonly<Partial<Record<Depth, Reach>>> = { own: 'own', unit: 'unit', unit_tree: 'unit' }
const reaches = new WeakMap<Model, ReadonlySet<string>>()

/** Whether some role reads this entity's records as far as that: only then is an index for it worth its upkeep. */
function isReadBy(model: Model, entity: Entity, far: Reach): boolean {
  let read = reaches.get(model)
  if (read === undefined) reaches.set(model, (read = readsOf(model)))
  return entity.ownership === 'user' && (read.has(`${far} ${entity.name}`) || read.has(`${far} *`))
}

function readsOf(model: Model): Set<string> {
  const found = new Set<string>()
  for (const { grants } of model.roles.values())
    for (const { entity, read } of grants)
      if (read !== undefined && reach[read] !== undefined) found.add(`${reach[read]} ${entity}`)
  return found
}

/** Each write keeps up all indexes of its table, so views get no more than these. */
const mostOwned = 4

/** What indexes that views ask for begin with, and what they are known by. */
const leads: Readonly<Record<Reach, readonly [column: string, id: string]>> = {
  own: ['owner_id', 'owned'],
  unit: ['owning_unit_id', 'unit'],
}

/** What the views of an entity ask for, within the caller's own records or those of their units. */
function viewIndexes(entity: Entity, model: Model, far: Reach): TableIndex[] {
  if (!isReadBy(model, entity, far)) return []
  const [lead, word] = leads[far]
  const found = new Map<string, TableIndex>()
  for (const view of viewsOf(model, entity))
    for (const fields of wishesOf(entity, view)) {
      const id = `${entity.id}/${word}/${fields.map((field) => field.id).join('+')}`
      const columns = [...new Set([lead, ...fields.map((field) => mainColumn(field).name)])]
      if (found.size < mostOwned) found.set(columns.join(), index(id, columns))
    }
  const all = [...found.keys()]
  return all.filter((key) => !all.some((other) => other.startsWith(`${key},`))).map((key) => found.get(key)!)
}

/** Fields behind the owner: the group, what one group of a list is sorted by, and what is summed, all in one index. */
function wishesOf(entity: Entity, { group, sort, columns }: View): Field[][] {
  const own = (name: string, fits: (field: Field) => boolean): Field[] =>
    entity.fields.filter((field) => field.name === name && fits(field))
  const grouped = group.slice(0, 1).flatMap((name) => own(name, isGroupable))
  const totals = columns.flatMap(({ field, total }) => (total === undefined ? [] : own(field, hasListOrder)))
  const sorted = own(sort[0]?.field ?? 'created_at', hasListOrder)
  if (group.length > 0) return grouped.length === 0 ? [] : [[...grouped, ...sorted, ...totals]]
  return sorted.some(({ name }) => name !== 'created_at') ? [sorted] : []
}

function mainColumn(field: Field): { readonly name: string; readonly kind: ValueKind; readonly isStored: boolean } {
  const { suffix, kind, virtual } = typeOf(field).columns(field)[0]!
  return { name: field.name + suffix, kind, isStored: virtual !== true }
}

const ordered: ReadonlySet<ValueKind> = new Set([
  'integer',
  'decimal',
  'float',
  'boolean',
  'date',
  'time',
  'datetime',
  'uuid',
])
/** Whether the index has the order that lists are sorted by. People's order of texts is another one. */
function hasListOrder(field: Field): boolean {
  const { kind, isStored } = mainColumn(field)
  return isStored && ordered.has(kind)
}

/** A row of an index has at most 2,700 bytes, whatever the script. */
const longestText = 200

/** Whether values of the field may always stand in an index, so that those of one group are found by it. */
function isGroupable(field: Field): boolean {
  const { kind, isStored } = mainColumn(field)
  const limit = field['maxLength'] ?? longestText
  const isShort =
    field.type === 'choice' || (field.type === 'text' && typeof limit === 'number' && limit <= longestText)
  return hasListOrder(field) || (isStored && kind === 'text' && isShort)
}

const known = new WeakMap<Model, Map<string, View[]>>()

/** The views of an entity that somebody defined. */
function viewsOf(model: Model, entity: Entity): readonly View[] {
  let byEntity = known.get(model)
  if (byEntity === undefined)
    known.set(
      model,
      (byEntity = Map.groupBy(
        [...model.views.values()].filter(({ generated }) => generated !== true),
        (view) => view.entity,
      )),
    )
  return byEntity.get(entity.name) ?? []
}
