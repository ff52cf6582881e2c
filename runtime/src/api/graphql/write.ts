// Mutations: the same records functions that the data service calls, one transaction for each field, in the order they are written.
// What a mutation selects is read afterwards as any record is.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import { wireOf, type Navigation } from '@peyvand/core/model/wire.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { createDeep, linkTo } from '../../records/deep.ts'
import { linkRecords, unlinkRecords } from '../../records/link.ts'
import { idAt } from '../../records/read.ts'
import { changeRecord, deleteRecord, type Address } from '../../records/write.ts'
import { placeOf } from '../data/address.ts'
import { isGiven, type Args } from './arguments.ts'
import type { Doing } from './meaning.ts'

/** What is written, by whom. */
export interface Change {
  readonly platform: Platform
  readonly context: Context
  readonly entity: Entity
  readonly args: Args
}

/** Does it; gives the id of the record. throws: Problem */
export async function change(doing: Doing, asked: Change): Promise<Id> {
  switch (doing) {
    case 'create':
      return create(asked)
    case 'update':
      return update(asked, false)
    case 'upsert':
      return update(asked, true)
    case 'delete':
      return remove(asked)
    case 'link':
    case 'unlink':
      return relate(asked, doing)
  }
}

async function create({ platform, context, entity, args }: Change): Promise<Id> {
  const body = plainBody(args['input'])
  return (await createDeep(platform, context, entity, body, { returning: 'nothing' })).id
}

async function update({ platform, context, entity, args }: Change, creates: boolean): Promise<Id> {
  const address = addressOf(context, entity, args)
  const ifMatch = versionOf(args)
  const written = await changeRecord(platform, context, entity.name, address, plainBody(args['input']), {
    returning: 'nothing',
    purpose: 'update',
    // A record of a known version is there.
    creates: creates && ifMatch === undefined,
    ifMatch,
  })
  return written.id
}

async function remove({ platform, context, entity, args }: Change): Promise<Id> {
  const address = addressOf(context, entity, args)
  return (await deleteRecord(platform, context, entity.name, address, { ifMatch: versionOf(args) })).id
}

/** Puts a record into a collection of another one, or takes it out. */
async function relate({ platform, context, entity, args }: Change, doing: 'link' | 'unlink'): Promise<Id> {
  const navigation = wireOf(context.model, entity).navigations.get(args['relationship'] as string)!
  const [one, other] = [idOf(args['id'], 'id'), idOf(args['to'], 'to')]
  const near = await idAt(platform, context, `${entity.entitySet}(${one})`)
  if (navigation.hop !== undefined) {
    const pair = { navigation, near, far: other }
    await (doing === 'link' ? linkRecords(platform, context, pair) : unlinkRecords(platform, context, pair))
    return near
  }
  const far =
    doing === 'link'
      ? other
      : await idAt(platform, context, `${entity.entitySet}(${near})/${navigation.name}(${other})`)
  const target = context.model.entityById.get(navigation.target)!
  await changeRecord(
    platform,
    context,
    target.name,
    { id: far },
    linkValues({ context, entity }, navigation, near, doing),
    {
      returning: 'nothing',
      purpose: 'update',
      creates: false,
    },
  )
  return near
}

function linkValues(
  { context, entity }: Pick<Change, 'context' | 'entity'>,
  navigation: Navigation,
  near: Id,
  doing: 'link' | 'unlink',
): JsonObject {
  const values = linkTo(context.model, navigation, near, entity.id)
  return doing === 'link' ? values : Object.fromEntries(Object.keys(values).map((name) => [name, null]))
}

// ---- arguments ------------------------------------------------------------------------------------------------------

/** The path of the one record that arguments name, as it stands in an address. throws: Problem */
export function pathOf({ model }: Pick<Context, 'model'>, entity: Entity, { id, key }: Args): string {
  if (isGiven(id) === isGiven(key))
    throw new Problem('request.malformed', { detail: 'Give the id of the record, or its key', target: 'id' })
  if (isGiven(id)) return `${entity.entitySet}(${idOf(id, 'id')})`
  const [name, value] = Object.entries(key as Args)[0]!
  const { fields } = entity.keys.find((each) => each.name === name)!
  const { properties } = wireOf(model, entity)
  const named = fields.map((field) => [...properties.values()].find((each) => each.field.name === field)!)
  const values = named.length === 1 ? { [named[0]!.name]: value } : (value as Args)
  const parts = named.map(({ name: own, kind }) => {
    const text = String(values[own])
    if (text.length > 2_000) throw new Problem('limit.size', { detail: 'The key is too long', target: 'key' })
    return `${own}=${encodeURIComponent(kind === 'text' ? `'${text.replaceAll("'", "''")}'` : text)}`
  })
  return `${entity.entitySet}(${parts.join(',')})`
}

function addressOf(context: Context, entity: Entity, args: Args): Address {
  return placeOf(context, pathOf(context, entity, args)).address!
}

function idOf(value: unknown, target: string): Id {
  if (typeof value === 'string' && isUuid(value)) return value.toLowerCase()
  throw new Problem('request.type', {
    detail: `"${target}" must be the id of a record`,
    target,
    hint: 'Write an id like 018f3c1e-0000-7000-8000-000000000000',
  })
}

function versionOf({ version }: Args): string | undefined {
  return isGiven(version) ? `"${String(version)}"` : undefined
}

/** What GraphQL read, as a plain body. */
function plainBody(input: unknown): JsonValue {
  return JSON.parse(JSON.stringify(input)) as JsonValue
}
