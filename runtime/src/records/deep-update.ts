// Deep update: a change whose body holds related records. A single one is created, changed or linked; a list takes the place of
// the whole collection (records are found again by `id` or `@odata.id`); `<list>@odata.delta` only says what changes in it. All
// in one transaction, each record written as if it had been sent alone, with the same rights; problems point into the body.
import { namedWire } from '@peyvand/core/access/field.ts'
import type { Written } from '@peyvand/core/access/write.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Navigation } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { asObject, linkTo, mostRecords, placed, spend, type Budget } from './deep.ts'
import type { Writer } from './input.ts'
import { referenceId } from './input/link.ts'
import { linkRecords, unlinkRecords } from './link.ts'
import { readRecords } from './read.ts'
import { together } from './together.ts'
import { changeRecord, createRecord, deleteRecord, type Address, type ChangeOptions } from './write.ts'

/** A part of a body that is about related records. */
interface Part {
  readonly name: string
  readonly value: JsonValue
  readonly navigation: Navigation
  /** `all`: the whole collection; `delta`: what changes in it; `bind`: more of them, by address; `one`: a single record. */
  readonly means: 'all' | 'delta' | 'bind' | 'one'
}

/** Who writes, inside one transaction, and how much is left of what one request may write. */
interface Writing {
  readonly platform: Platform
  readonly context: Context
  readonly budget: { left: number }
  readonly level: number
}

/** Changes a record and the related ones in its body. throws: Problem. */
export function changeDeep(
  platform: Platform,
  context: Context,
  entity: Entity,
  address: Address,
  body: JsonValue,
  options: ChangeOptions,
): Promise<Written> {
  if (partsOf(context, entity, body).length === 0)
    return changeRecord(platform, context, entity.name, address, body, options)
  return together(platform, context, (one, inside) =>
    changeTree(
      { platform: one, context: inside, budget: { left: mostRecords }, level: 1 },
      entity,
      address,
      body as JsonObject,
      options,
    ),
  )
}

/** Names of the relationships a change speaks of, for `$expand` of the answer; '' when there are none. */
export function relatedNames(writer: Writer, entity: Entity, body: JsonValue): string {
  return [...new Set(partsOf(writer, entity, body).map(({ navigation }) => navigation.name))].join(',')
}

function partsOf({ model, actor }: Writer, entity: Entity, body: JsonValue): Part[] {
  if (!isJsonObject(body)) return []
  const { navigations, properties } = namedWire(model, actor, entity.id)
  return Object.entries(body).flatMap(([name, value]): Part[] => {
    const [, own = name, suffix] = /^(.*?)@(?:odata\.)?(bind|delta)$/.exec(name) ?? []
    const navigation = properties.has(name) ? undefined : navigations.get(own)
    if (navigation === undefined) return []
    if (navigation.collection)
      return [{ name, value, navigation, means: suffix === 'bind' ? 'bind' : suffix === 'delta' ? 'delta' : 'all' }]
    const plain = suffix !== undefined || !isJsonObject(value) || isOnlyId(value)
    return plain ? [] : [{ name, value, navigation, means: 'one' }]
  })
}

/** `{"id": …}` alone links, as every write understands it. */
function isOnlyId(value: JsonObject): boolean {
  return 'id' in value && Object.keys(value).every((name) => name === 'id')
}

async function changeTree(
  writing: Writing,
  entity: Entity,
  address: Address,
  body: JsonObject,
  options: ChangeOptions,
): Promise<Written> {
  take(writing)
  const parts = partsOf(writing.context, entity, body)
  const own: JsonObject = { ...body }
  for (const { name } of parts) delete own[name]
  const below = { ...writing, level: writing.level + 1 }
  for (const part of parts.filter(({ means }) => means === 'one'))
    Object.assign(own, await placed(pointer(part.name), () => changeSingle(below, entity, address, part)))
  const { platform, context } = writing
  const written = await changeRecord(platform, context, entity.name, address, own, options)
  for (const part of parts.filter(({ means }) => means !== 'one'))
    await placed(pointer(part.name), () => changeList(below, { entity, id: written.id }, part))
  return written
}

function take(writing: Writing): void {
  const budget: Budget = { left: writing.budget.left, level: writing.level }
  spend(budget)
  writing.budget.left = budget.left
}

/** The record a lookup leads to: that of its key, else the one it leads to now, else a new one. shape: the link's columns. */
async function changeSingle(writing: Writing, entity: Entity, address: Address, part: Part): Promise<JsonObject> {
  const { navigation } = part
  const { model } = writing.context
  const target = model.entityById.get(navigation.target)!
  const value = asObject(part.value, '')
  const given = keyOf(target, value)
  const id = given ?? (await currentOf(writing, entity, address, navigation))
  const written = await writeItem(writing, target, id, value)
  return linkTo(model, navigation, written, navigation.target)
}

/** Where a single-valued navigation leads now; undefined when nowhere, or when its record is not there yet. */
async function currentOf(
  { platform, context }: Writing,
  entity: Entity,
  address: Address,
  navigation: Navigation,
): Promise<Id | undefined> {
  const from = address.key ? address.path : `${entity.entitySet}(${address.id})`
  const { row } = await readRecords(platform, context, { path: `${from}/${navigation.name}`, query: '$select=id' })
  return row?.body ? (JSON.parse(row.body) as { id: Id }).id : undefined
}

interface Holder {
  readonly entity: Entity
  readonly id: Id
}

async function changeList(writing: Writing, holder: Holder, part: Part): Promise<void> {
  const { navigation, means, value } = part
  const target = writing.context.model.entityById.get(navigation.target)!
  if (!Array.isArray(value)) throw new Problem('request.type', { detail: `"${part.name}" must be a list`, pointer: '' })
  const stay = new Set<Id>()
  for (const [i, item] of value.entries())
    await placed(`/${i}`, async () => {
      const id = await changeItem(writing, holder, navigation, target, item, means)
      if (id !== undefined) stay.add(id)
    })
  if (means !== 'all') return
  for (const id of await membersOf(writing, holder, navigation))
    if (!stay.has(id)) {
      take(writing)
      await takeOut(writing, holder, navigation, id)
    }
}

/** One item of a list. shape: the id of the record that is in the collection now; undefined for one that was taken out. */
async function changeItem(
  writing: Writing,
  holder: Holder,
  navigation: Navigation,
  target: Entity,
  item: JsonValue,
  means: Part['means'],
): Promise<Id | undefined> {
  if (navigation.hop !== undefined && means === 'bind')
    return joinAcross(writing, holder, navigation, addressed(target, item))
  const link = navigation.hop ? {} : linkTo(writing.context.model, navigation, holder.id, holder.entity.id)
  if (means === 'bind') return writeItem(writing, target, addressed(target, item), link)
  const value = asObject(item, '')
  const id = keyOf(target, value)
  const removed = value['@removed'] ?? value['@odata.removed']
  if (removed === undefined && navigation.hop !== undefined) {
    const written = id !== undefined && isOnlyKey(value) ? id : await writeItem(writing, target, id, value)
    return joinAcross(writing, holder, navigation, written)
  }
  if (removed === undefined) return writeItem(writing, target, id, { ...value, ...link })
  if (id === undefined)
    throw new Problem('request.malformed', {
      detail: 'What is removed needs its id',
      pointer: '',
      hint: 'Give "id" or "@odata.id"',
    })
  take(writing)
  if (!(await membersOf(writing, holder, navigation, id)).includes(id))
    throw new Problem('missing.record', { detail: `There is no record ${id} in "${navigation.name}"`, pointer: '' })
  const deletes = isJsonObject(removed) && removed['reason'] === 'deleted'
  if (deletes) await deleteRecord(writing.platform, writing.context, target.name, { id })
  else await takeOut(writing, holder, navigation, id)
  return undefined
}

/** Links a record in a relationship of many with many. */
async function joinAcross(writing: Writing, { id: near }: Holder, navigation: Navigation, far: Id): Promise<Id> {
  take(writing)
  await linkRecords(writing.platform, writing.context, { navigation, near, far })
  return far
}

/** Whether an item only says which record it is. */
function isOnlyKey(value: JsonObject): boolean {
  return Object.keys(value).every((name) => name === 'id' || /^@(odata\.)?id$/.test(name))
}

/** Changes a record (or creates it, with its id when it has one). Its own entity tag, when given, has to be right. */
async function writeItem(writing: Writing, entity: Entity, id: Id | undefined, value: JsonObject): Promise<Id> {
  const etag = value['@odata.etag'] ?? value['@etag']
  const body = Object.fromEntries(
    Object.entries(value).filter(([name]) => name !== 'id' && !/^@(odata\.)?(id|etag)$/.test(name)),
  )
  const options = {
    returning: 'nothing',
    purpose: 'update',
    creates: etag === undefined,
    ...(typeof etag === 'string' ? { ifMatch: etag } : {}),
  } as const
  if (id !== undefined) return (await changeTree(writing, entity, { id }, body, options)).id
  take(writing)
  const parts = partsOf(writing.context, entity, body)
  const own: JsonObject = { ...body }
  for (const { name } of parts) delete own[name]
  const below = { ...writing, level: writing.level + 1 }
  for (const part of parts.filter(({ means }) => means === 'one')) {
    const target = writing.context.model.entityById.get(part.navigation.target)!
    const inner = asObject(part.value, pointer(part.name))
    const made = await placed(pointer(part.name), () => writeItem(below, target, keyOf(target, inner), inner))
    Object.assign(own, linkTo(writing.context.model, part.navigation, made, part.navigation.target))
  }
  const { platform, context } = writing
  const made = await createRecord(platform, context, entity.name, own, { returning: 'nothing' })
  for (const part of parts.filter(({ means }) => means !== 'one'))
    await placed(pointer(part.name), () => changeList(below, { entity, id: made.id }, part))
  return made.id
}

/** A record leaves a collection: its lookup is emptied, or it is deleted where it only exists as a part of the other. */
async function takeOut({ platform, context }: Writing, holder: Holder, navigation: Navigation, id: Id): Promise<void> {
  if (navigation.hop !== undefined) return unlinkRecords(platform, context, { navigation, near: holder.id, far: id })
  const target = context.model.entityById.get(navigation.target)!
  const { column, typeColumn, field } = navigation
  const isPart = field.required === true && typeOf(field).link?.(field)?.onDelete === 'cascade'
  if (isPart) return void (await deleteRecord(platform, context, target.name, { id }))
  const empty: JsonObject = { [column]: null, ...(typeColumn === undefined ? {} : { [typeColumn]: null }) }
  await changeRecord(platform, context, target.name, { id }, empty, {
    returning: 'nothing',
    purpose: 'update',
    creates: false,
  })
}

/** Ids of the records that are in a collection, as far as the caller sees them; with `id` only whether that one is. */
async function membersOf(
  { platform, context, budget }: Writing,
  { entity, id: holder }: Holder,
  { name }: Navigation,
  id?: Id,
): Promise<Id[]> {
  const filter = id === undefined ? '' : `&$filter=${encodeURIComponent(`id eq ${id}`)}`
  const { row } = await readRecords(platform, context, {
    path: `${entity.entitySet}(${holder})/${name}`,
    query: `$select=id${filter}`,
    pageSize: mostRecords,
  })
  if (row?.next)
    throw new Problem('limit.size', {
      detail: `"${name}" holds more than ${mostRecords} records and cannot be replaced as a whole`,
      pointer: '',
      hint: `Send "${name}@odata.delta" with what changes`,
      params: { left: budget.left },
    })
  return (JSON.parse(row?.body ?? '[]') as { id: Id }[]).map((each) => each.id)
}

/** The id that an item names by `id` or `@odata.id`. throws: Problem when they are none, or differ. */
function keyOf(entity: Entity, value: JsonObject): Id | undefined {
  const address = value['@odata.id'] ?? value['@id']
  const byAddress = address === undefined ? undefined : addressed(entity, address)
  const { id } = value
  if (id === undefined) return byAddress
  if (typeof id !== 'string' || !isUuid(id))
    throw new Problem('request.type', { detail: '"id" must be a UUID', pointer: '/id', target: 'id' })
  const lower = id.toLowerCase()
  if (byAddress === undefined || byAddress === lower) return lower
  throw new Problem('request.malformed', { detail: '"id" and "@odata.id" name different records', pointer: '/id' })
}

function addressed({ entitySet }: Entity, value: JsonValue): Id {
  const id = typeof value === 'string' && value.length <= 2000 ? referenceId(value, entitySet) : undefined
  if (id !== undefined) return id
  throw new Problem('request.type', {
    detail: `This must be the address of a record of "${entitySet}"`,
    pointer: '',
    hint: `Write "/${entitySet}(<uuid>)"`,
  })
}
