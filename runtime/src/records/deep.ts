// Deep insert: a body that holds related records is created with them, all in one transaction: records a lookup leads to
// first, then the record, then those of its collections. Each is written as if it had been sent alone, with the same rights.
import { namedWire } from '@peyvand/core/access/field.ts'
import type { Written } from '@peyvand/core/access/write.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { pointer, within } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Model } from '@peyvand/core/model/model.ts'
import type { Navigation } from '@peyvand/core/model/wire.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import type { Writer } from './input.ts'
import { referenceId } from './input/link.ts'
import { linkRecords, type Pair } from './link.ts'
import { together } from './together.ts'
import { changeRecord, createRecord } from './write.ts'
import type { WriteOptions } from './write-one.ts'

/** Records that one request may write in all. */
export const mostRecords = 500
const mostLevels = 5

/** A related record (or list of them) in a body. */
interface Nested {
  readonly navigation: Navigation
  readonly name: string
  readonly value: JsonValue
  /** Existing records are linked instead of created. */
  readonly binds: boolean
}

/** Creates a record with all related ones in its body. throws: Problem. */
export function createDeep(
  platform: Platform,
  context: Context,
  entity: Entity,
  body: JsonValue,
  options: WriteOptions,
): Promise<Written> {
  if (nestedIn(context, entity, body).length === 0) return createRecord(platform, context, entity.name, body, options)
  return together(platform, context, (one, inside) =>
    createTree(one, inside, entity, body, options, { left: mostRecords, level: 1 }),
  )
}

/** `$expand` that answers what a body holds; '' when it holds nothing related. */
export function expandOf(writer: Writer, entity: Entity, body: JsonValue): string {
  return nestedIn(writer, entity, body)
    .map(({ navigation, value }) => {
      const target = writer.model.entityById.get(navigation.target)!
      const bodies = Array.isArray(value) ? value : [value]
      const inner = [...new Set(bodies.map((each) => expandOf(writer, target, each)).filter((each) => each !== ''))]
      return inner.length > 0
        ? `${navigation.name}($expand=${inner.sort((a, b) => b.length - a.length)[0]!})`
        : navigation.name
    })
    .join(',')
}

function nestedIn({ model, actor }: Writer, entity: Entity, body: JsonValue): Nested[] {
  if (!isJsonObject(body)) return []
  const { navigations, properties } = namedWire(model, actor, entity.id)
  return Object.entries(body).flatMap(([name, value]): Nested[] => {
    if (properties.has(name)) return []
    const bind = /^(.*?)@(?:odata\.)?bind$/.exec(name)?.[1]
    const navigation = navigations.get(bind ?? name)
    if (!navigation) return []
    if (navigation.collection) return [{ navigation, name, value, binds: bind !== undefined }]
    const isNew = bind === undefined && isJsonObject(value) && !('id' in value)
    return isNew ? [{ navigation, name, value, binds: false }] : []
  })
}

/** How much one request may still write, and how deep it is by now. */
export interface Budget {
  left: number
  readonly level: number
}

async function createTree(
  platform: Platform,
  context: Context,
  entity: Entity,
  body: JsonValue,
  options: WriteOptions,
  budget: Budget,
): Promise<Written> {
  spend(budget)
  const nested = nestedIn(context, entity, body)
  const own: JsonObject = { ...(body as JsonObject) }
  for (const { name } of nested) delete own[name]
  const below: Budget = { ...budget, level: budget.level + 1 }
  const create = async (each: Nested, value: JsonValue, at: string): Promise<string> => {
    below.left = budget.left
    const target = context.model.entityById.get(each.navigation.target)!
    const { id } = await placed(at, () => createTree(platform, context, target, value, { returning: 'nothing' }, below))
    budget.left = below.left
    return id
  }
  for (const each of nested.filter(({ navigation }) => !navigation.collection))
    Object.assign(
      own,
      linkTo(
        context.model,
        each.navigation,
        await create(each, each.value, pointer(each.name)),
        each.navigation.target,
      ),
    )
  const written = await createRecord(platform, context, entity.name, own, options)
  for (const each of nested.filter(({ navigation }) => navigation.collection)) {
    const link = each.navigation.hop ? {} : linkTo(context.model, each.navigation, written.id, entity.id)
    for (const [i, value] of listOf(each).entries()) {
      const at = `${pointer(each.name)}/${i}`
      const target = context.model.entityById.get(each.navigation.target)!
      const existing = existingId(each, value, target, at)
      const far = existing ?? (await create(each, { ...asObject(value, at), ...link }, at))
      if (existing !== undefined || each.navigation.hop !== undefined)
        await placed(at, () => join(platform, context, { navigation: each.navigation, near: written.id, far }, entity))
    }
  }
  return written
}

/** Puts a record that is there into a collection of another one. */
async function join(platform: Platform, context: Context, pair: Pair, entity: Entity): Promise<void> {
  const { navigation, near, far } = pair
  if (navigation.hop !== undefined) return linkRecords(platform, context, pair)
  const target = context.model.entityById.get(navigation.target)!
  const link = linkTo(context.model, navigation, near, entity.id)
  await changeRecord(platform, context, target.name, { id: far }, link, {
    returning: 'nothing',
    purpose: 'update',
    creates: false,
  })
}

/** Counts one record. throws: Problem when it is one too many, or too deep. */
export function spend(budget: Budget): void {
  if (budget.level > mostLevels)
    throw new Problem('limit.depth', { detail: `Related records may be nested ${mostLevels} levels deep`, pointer: '' })
  if (budget.left-- <= 0)
    throw new Problem('limit.size', { detail: `One request may write ${mostRecords} records in all`, pointer: '' })
}

/** The columns that link a record to another one. */
export function linkTo(model: Model, { column, typeColumn }: Navigation, id: string, entity: string): JsonObject {
  return { [column]: id, ...(typeColumn === undefined ? {} : { [typeColumn]: model.entityById.get(entity)!.name }) }
}

function listOf({ name, value }: Nested): readonly JsonValue[] {
  if (Array.isArray(value)) return value
  throw new Problem('request.type', { detail: `"${name}" must be a list`, pointer: pointer(name), target: name })
}

/** A related record. throws: Problem when it is no object. */
export function asObject(value: JsonValue, at: string): JsonObject {
  if (isJsonObject(value)) return value
  throw new Problem('request.type', { detail: 'A related record is an object', pointer: at })
}

/** The id of a record that is there already: an address in `…@odata.bind`, or an object with `@odata.id` or only its id. */
function existingId({ binds }: Nested, value: JsonValue, { entitySet }: Entity, at: string): string | undefined {
  const named = isJsonObject(value) ? (value['@odata.id'] ?? value['@id']) : undefined
  const address = binds ? value : named
  if (address === undefined) return undefined
  const id = typeof address === 'string' && address.length <= 2000 ? referenceId(address, entitySet) : undefined
  if (id !== undefined) return id
  throw new Problem('request.type', {
    detail: `This must be the address of a record of "${entitySet}"`,
    pointer: at,
    hint: `Write "/${entitySet}(<uuid>)"`,
  })
}

/** Runs a write of a related record; its problems point into the whole body. */
export async function placed<T>(at: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw thrown instanceof Problem ? within(at, thrown) : thrown
  }
}
