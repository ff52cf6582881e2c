// Creating, changing and deleting a record from a request: the body is read, the record found by id or key, an upsert told from
// an update, and what follows for other records (cascade/) drawn in. How a single write is done is write-one.ts.
import { opens } from '@peyvand/core/access/rule.ts'
import { refusedChoice } from '@peyvand/core/access/permit.ts'
import type { Values as ReadonlyValues, Written } from '@peyvand/core/access/write.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import { valueText, type Value } from '@peyvand/core/base/kind.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { takesFiles } from './attach.ts'
import { derives, storedColumns } from './derive.ts'
import { onNewestModel, violatedKey, type Doing } from './failure.ts'
import { newId } from './id.ts'
import { readInput, type Purpose } from './input.ts'
import { deleteWithDependents } from './cascade/delete.ts'
import { waysTo } from './cascade/dependents.ts'
import { changeWithHeirs, followsFrom } from './cascade/owner.ts'
import { idAt } from './read.ts'
import { together } from './together.ts'
import { writeDerived } from './write-derived.ts'
import { writeOne, type Write, type WriteOptions } from './write-one.ts'

/** Which record: by id, or by the columns of an alternate key. `path` is its address below the service root. */
export type Address =
  | { readonly id: Id; readonly key?: undefined }
  | { readonly id?: undefined; readonly key: ReadonlyValues; readonly path: string }

/** Creates a record from a body. `id`: the id the caller chose. throws: Problem. */
export function createRecord(
  platform: Platform,
  context: Context,
  entityName: string,
  body: unknown,
  options: WriteOptions & { readonly id?: Id } = {},
): Promise<Written> {
  return withModel(platform, context, 'create', entityName, (current, entity) =>
    create(platform, current, entity, body, options),
  )
}

function create(
  platform: Platform,
  context: Context,
  entity: Entity,
  body: unknown,
  options: WriteOptions & { readonly id?: Id },
): Promise<Written> {
  const { values, given } = must(readInput(context, entity, body, 'create', options.id))
  const chosen = options.id !== undefined
  return writeOne(
    platform,
    context,
    entity,
    { operation: 'create', id: options.id ?? newId(), chosen, values, given },
    options,
  )
}

export interface ChangeOptions extends WriteOptions {
  /** `replace` clears what is not given. */
  readonly purpose: Exclude<Purpose, 'create'>
  /** Whether a record that is not there is created. */
  readonly creates: boolean
  /** Nothing that inherits from the record follows the change. */
  readonly alone?: boolean
}

/**
 * Changes a record, or creates it when it is not there and may be. To somebody who does not see it, it is not there: whether it
 * is hidden must not show. A key that is taken tells as much as when creating anything. throws: Problem.
 */
export function changeRecord(
  platform: Platform,
  context: Context,
  entityName: string,
  address: Address,
  body: unknown,
  options: ChangeOptions,
): Promise<Written> {
  return withModel(platform, context, 'update', entityName, async (current, entity) => {
    for (let tries = 0; ; tries++) {
      try {
        return await update(platform, current, entity, address, body, options)
      } catch (thrown) {
        if (!options.creates || !(await mayMake(platform, current, entity, address, thrown))) throw thrown
      }
      try {
        return await create(platform, current, entity, withKey(body, address), { ...options, id: address.id })
      } catch (thrown) {
        // Someone else created it in between: change that one. A key may be that of a record the caller does not see.
        if (tries > 0 || !isTaken(thrown, current, entity, address)) throw thrown
      }
    }
  })
}

async function update(
  platform: Platform,
  context: Context,
  entity: Entity,
  address: Address,
  body: unknown,
  options: ChangeOptions,
): Promise<Written> {
  const { values, given } = must(readInput(context, entity, body, options.purpose, address.id))
  const follows = followsFrom(context, entity, Object.keys(values))
  if (follows !== undefined && options.alone !== true)
    return together(platform, context, async (one, inside) => {
      const id = address.id ?? (await idAt(one, inside, address.path))
      const change = () => update(one, inside, entity, { id }, body, { ...options, alone: true })
      return changeWithHeirs(one, inside, { entity, id }, follows, { change, hooks: options.hooks })
    })
  const wanted = derives(entity) ? storedColumns(entity, values) : []
  if (wanted.length === 0 && !takesFiles(entity, values))
    return writeOne(platform, context, entity, { operation: 'update', ...recordAt(address), values, given }, options)
  const id = address.id ?? (await idAt(platform, context, address.path))
  const write: Write = { operation: 'update', id, values, given }
  return wanted.length === 0
    ? writeOne(platform, context, entity, write, options)
    : writeDerived(platform, context, entity, write, wanted, options)
}

/** A record as a write finds it: by its id, or by its key, with an id in the place of the one nobody knows yet. */
function recordAt(address: Address): Pick<Write, 'id' | 'key'> {
  return address.key === undefined ? { id: address.id } : { id: newId(), key: address.key }
}

/** Deletes a record. throws: Problem. */
export function deleteRecord(
  platform: Platform,
  context: Context,
  entityName: string,
  address: Address,
  options: WriteOptions = {},
): Promise<Written> {
  return withModel(platform, context, 'delete', entityName, (current, entity) => {
    if (waysTo(current.model, entity).length > 0)
      return together(platform, current, async (one, inside) => {
        const id = address.id ?? (await idAt(one, inside, address.path))
        return deleteWithDependents(one, inside, { entity, id }, options)
      })
    return writeOne(platform, current, entity, { operation: 'delete', ...recordAt(address), values: {} }, options)
  })
}

/** The entity is looked up again on each model: it may have been renamed or taken away in between. */
function withModel<T>(
  platform: Platform,
  context: Context,
  doing: Doing,
  entityName: string,
  work: (context: Context, entity: Entity) => Promise<T>,
): Promise<T> {
  return onNewestModel(platform, context, doing, entityName, (current) => {
    const entity = current.model.entities.get(entityName)
    if (entity === undefined)
      throw new Problem('missing.path', { detail: `There is no entity "${entityName}" any more` })
    return work(current, entity)
  })
}

/** The body with the key of the address in it, for a record that is created by key. throws: Problem where it has another one. */
export function withKey(body: unknown, { key }: Address): unknown {
  if (key === undefined || !isJsonObject(body)) return body
  const other = Object.keys(key).find((name) => Object.hasOwn(body, name) && !isSameValue(body[name]!, key[name]!))
  if (other === undefined) return { ...key, ...body }
  throw new Problem('request.malformed', {
    detail: `"${other}" in the body is not the one in the address`,
    pointer: pointer(other),
    target: other,
    hint: 'A record that is made by its key has the key of the address',
  })
}

/** Whether a body's value is that of a key, in whatever spelling. */
function isSameValue(given: Value, key: Value): boolean {
  const [a, b] = [valueText(given), valueText(key)]
  if (a === b) return true
  return isUuid(a) ? a.toLowerCase() === b.toLowerCase() : a !== '' && b !== '' && Number(a) === Number(b)
}

/** Whether what could not be changed can be made: there is no such record for the caller, who may create one with this address. */
async function mayMake(
  platform: Platform,
  context: Context,
  entity: Entity,
  address: Address,
  thrown: unknown,
): Promise<boolean> {
  const { model, actor } = context
  if (!(thrown instanceof Problem) || !opens(model, actor, entity, 'create')) return false
  if (address.key === undefined && refusedChoice(model, actor, entity) !== undefined) return false
  if (thrown.code === 'missing.record') return true
  // Who may not change records, or these fields, is refused before any record is looked for.
  return thrown.code === 'access.denied' && !(await sees(platform, context, entity, address))
}

async function sees(platform: Platform, context: Context, entity: Entity, address: Address): Promise<boolean> {
  try {
    await idAt(platform, context, address.key === undefined ? `${entity.entitySet}(${address.id})` : address.path)
    return true
  } catch (thrown) {
    if (thrown instanceof Problem && /^(missing|access)\./.test(thrown.code)) return false
    throw thrown
  }
}

/** Whether a create failed because the very record that is addressed is there. */
function isTaken(thrown: unknown, { model }: Context, entity: Entity, address: Address): boolean {
  const key = violatedKey(thrown, model, entity)
  return key !== undefined && (address.key ? key.join() === Object.keys(address.key).sort().join() : key[0] === 'id')
}
