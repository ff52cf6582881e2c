// Writing one record: body → values → check hooks → what the server works out → one statement with rights, checks and audit
// inside → event and done hooks. Only numbers from a counter and write hooks make it a transaction of several statements.
import {
  prepareWrite,
  type Values as ReadonlyValues,
  type WriteRequest,
  type WriteRow,
  type Written,
} from '@peyvand/core/access/write.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import type { Entity, Id, Model } from '@peyvand/core/model/model.ts'
import { touchedRollups } from '@peyvand/core/model/rollups.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'
import { retrying } from '../db/retry.ts'
import type { Platform } from '../platform.ts'
import { clearFiles, takeFiles, takesFiles } from './attach.ts'
import { derive, derives, needsRates, storedColumns } from './derive.ts'
import { onNewestModel, violatedKey, type Doing } from './failure.ts'
import { hooksFor, type Change, type Hook } from './hooks.ts'
import { newId } from './id.ts'
import { readInput, type Purpose, type Values } from './input.ts'
import { fillNumbers, hasNumbers } from './number.ts'
import { noRates, ratesOf } from './rates.ts'
import { deleteWithDependents } from './cascade/delete.ts'
import { waysTo } from './cascade/dependents.ts'
import type { WriteOne } from './cascade/one.ts'
import { changeWithHeirs, followsFrom } from './cascade/owner.ts'
import { idAt } from './read.ts'
import { deletionTouches, noteDeletion, refresh, Touched, type Refreshed } from './rollup.ts'
import { together } from './together.ts'

/** Which record: by id, or by the columns of an alternate key. `path` is its address below the service root. */
export type Address =
  | { readonly id: Id; readonly key?: undefined }
  | { readonly id?: undefined; readonly key: ReadonlyValues; readonly path: string }

export interface WriteOptions {
  /** `If-Match` as it came. */
  readonly ifMatch?: string
  readonly returning?: 'record' | 'nothing'
  /** 8-byte and decimal numbers of the returned record are text. */
  readonly exact?: boolean
  /** Properties of the returned record; all when absent. */
  readonly select?: readonly string[]
  readonly hooks?: readonly Hook[]
  /** Nothing is worked out from the values: they are what was stored before. */
  readonly asGiven?: boolean
}

type Write = Pick<WriteRequest, 'operation' | 'id' | 'key' | 'given'> & {
  readonly operation: 'create' | 'update' | 'delete'
  readonly values: Values
}

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
  const { values, given } = must(readInput(context.model, entity, body, 'create', options.id))
  return run(platform, context, entity, { operation: 'create', id: options.id ?? newId(), values, given }, options)
}

export interface ChangeOptions extends WriteOptions {
  /** `replace` clears what is not given. */
  readonly purpose: Exclude<Purpose, 'create'>
  /** Whether a record that is not there is created. */
  readonly creates: boolean
  /** Nothing that inherits from the record follows the change. */
  readonly alone?: boolean
}

/** Changes a record, or creates it when it is not there and may be. throws: Problem. */
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
        if (!options.creates || !isMissing(thrown)) throw thrown
      }
      try {
        return await create(platform, current, entity, withKey(body, address), { ...options, id: address.id })
      } catch (thrown) {
        // Someone else created it in between: change that one. A record the caller may not see stays missing.
        if (!isTaken(thrown, current, entity, address)) throw thrown
        if (tries > 0)
          throw address.key
            ? thrown
            : new Problem('missing.record', {
                detail: `There is no record ${address.id} in "${entity.entitySet}"`,
                target: entity.entitySet,
              })
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
  const { values, given } = must(readInput(context.model, entity, body, options.purpose, address.id))
  const write: Write = {
    operation: 'update',
    id: address.id ?? newId(),
    values,
    given,
    ...(address.key ? { key: address.key } : {}),
  }
  const follows = followsFrom(context, entity, Object.keys(values))
  if (follows !== undefined && options.alone !== true)
    return together(platform, context, async (one, inside) => {
      const id = address.id ?? (await idAt(one, inside, address.path))
      const change = () => update(one, inside, entity, { id }, body, { ...options, alone: true })
      return changeWithHeirs(one, inside, { entity, id }, follows, { change, write: single(options.hooks) })
    })
  const wanted = derives(entity) ? storedColumns(entity, values) : []
  const takes = takesFiles(entity, values)
  if (wanted.length === 0 && !takes) return run(platform, context, entity, write, options)
  const id = address.id ?? (await idAt(platform, context, address.path))
  if (wanted.length === 0) return run(platform, context, entity, { operation: 'update', id, values, given }, options)
  for (let tries = 0; ; tries++) {
    const stored = await storedValues(context, entity, id, wanted)
    try {
      return await run(
        platform,
        context,
        entity,
        { operation: 'update', id, values: { ...values }, given },
        { ...options, ifMatch: isAny(options.ifMatch) ? `"${stored.version}"` : options.ifMatch },
        stored.values,
      )
    } catch (thrown) {
      if (!isAny(options.ifMatch) || tries >= 3 || !(thrown instanceof Problem) || thrown.code !== 'conflict.stale')
        throw thrown
    }
  }
}

const isAny = (ifMatch: string | undefined) => ifMatch === undefined || ifMatch.trim() === '*'

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
        return deleteWithDependents(one, inside, { entity, id }, single(options.hooks, options.ifMatch))
      })
    const write: Write = {
      operation: 'delete',
      id: address.id ?? newId(),
      values: {},
      ...(address.key ? { key: address.key } : {}),
    }
    return run(platform, current, entity, write, options)
  })
}

/** Writes of single records for what follows from another one; `ifMatch` is for the record it is all about. */
export function single(hooks?: readonly Hook[], ifMatch?: string): WriteOne {
  const quiet = { returning: 'nothing', asGiven: true, ...(hooks === undefined ? {} : { hooks }) } as const
  return {
    change: (platform, context, entity, id, values) =>
      run(platform, context, entity, { operation: 'update', id, values: { ...values } }, quiet),
    create: (platform, context, entity, id, values) =>
      run(platform, context, entity, { operation: 'create', id, values: { ...values } }, quiet),
    remove: (platform, context, entity, id, isRoot) =>
      run(platform, context, entity, { operation: 'delete', id, values: {} }, isRoot ? { ...quiet, ifMatch } : quiet),
  }
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

async function run(
  platform: Platform,
  context: Context,
  entity: Entity,
  write: Write,
  options: WriteOptions,
  stored?: Readonly<Record<string, Value>>,
): Promise<Written> {
  const { operation, values } = write
  const hooks = options.hooks ?? []
  const change: Change = { context, entity, operation, id: write.id, values }
  for (const hook of hooksFor(hooks, 'check', entity)) refuse(await hook.run(change))
  if (operation !== 'delete' && options.asGiven !== true && derives(entity)) {
    const rates = needsRates(entity, values) ? await ratesOf(platform, context) : noRates
    refuse(derive(entity, values, rates, stored))
  }
  const inside = hooksFor(hooks, 'write', entity)
  const numbered = operation === 'create' && hasNumbers(entity, values)
  const takes = operation !== 'delete' && takesFiles(entity, values)
  clearFiles(entity, values)
  const alone = inside.length === 0 && !numbered && !takes && !gathers(context.model, entity, write)
  const { written, refreshed } = alone
    ? { written: await send(context, entity, write, options, context.database), refreshed: [] }
    : await retrying(context.database, () => runTogether(context, entity, write, options, inside))
  platform.events.emit({ kind: 'record', entity: entity.name, id: written.id, change: operation })
  for (const each of refreshed) platform.events.emit({ kind: 'record', ...each, change: 'update' })
  for (const hook of hooksFor(hooks, 'done', entity)) await hook.run({ ...change, id: written.id })
  return written
}

/** Whether a write may change rollups of other records. */
function gathers(model: Model, entity: Entity, { operation, values }: Write): boolean {
  return operation === 'delete'
    ? deletionTouches(model, entity)
    : touchedRollups(model, entity, operation, Object.keys(values)).length > 0
}

/** The statements of a write that needs more than one, in a transaction: numbers, the record, rollups, write hooks. */
function runTogether(
  context: Context,
  entity: Entity,
  write: Write,
  options: WriteOptions,
  inside: readonly Extract<Hook, { moment: 'write' }>[],
): Promise<{ written: Written; refreshed: readonly Refreshed[] }> {
  return context.database.transaction(async (session) => {
    // A copy: when the transaction is tried again, its numbers are others.
    const own: Write = { ...write, values: { ...write.values } }
    if (own.operation === 'create') await fillNumbers(session, context.schema, entity, [own.values])
    if (own.operation !== 'delete' && takesFiles(entity, own.values))
      for (const [, problem] of await takeFiles(session, context, entity, [own])) throw problem
    const touched = new Touched()
    const id = own.operation === 'delete' ? await idOf(session, context, entity, own) : undefined
    if (id !== undefined) await noteDeletion(session, context, entity, id, touched)
    const written = await send(context, entity, own, options, session, touched)
    const refreshed = await refresh(session, context, touched)
    for (const hook of inside)
      refuse(await hook.run({ context, entity, operation: own.operation, id: written.id, values: own.values }, session))
    return { written, refreshed }
  })
}

/** The id of the record that is written, also when it is addressed by a key; undefined when there is none. */
async function idOf(
  session: Session,
  { schema, model }: Context,
  entity: Entity,
  { id, key }: Write,
): Promise<Id | undefined> {
  if (key === undefined) return id
  const columns = Object.keys(key)
  const { properties } = wireOf(model, entity)
  const test = (name: string, i: number): string => `"${properties.get(name)?.stored ?? name}" = $${i + 1}`
  const { rows } = await session.query<{ id: Id }>({
    text: `select "id" from "${schema}"."${entity.name}" where ${columns.map(test).join(' and ')}`,
    values: columns.map((name) => key[name]),
  })
  return rows[0]?.id
}

function refuse(problem: Problem | undefined): void {
  if (problem) throw problem
}

async function send(
  context: Context,
  entity: Entity,
  write: Write,
  options: WriteOptions,
  session: Session,
  touched?: Touched,
): Promise<Written> {
  const { model, actor, schema, requestId } = context
  const { operation, id, key, values, given } = write
  const { ifMatch, returning = 'record', select, exact } = options
  const prepared = must(
    prepareWrite({
      model,
      actor,
      schema,
      requestId,
      operation,
      entity,
      id,
      key,
      values,
      given,
      ifMatch,
      returning,
      select,
      exact,
      now: new Date().toISOString(),
    }),
  )
  const { rows } = await session.query<WriteRow>({ ...prepared.statement, writes: true })
  const written = must(prepared.outcome(rows[0]))
  touched?.addRow(touchedRollups(model, entity, operation, Object.keys(values)), rows[0]!)
  return written
}

/** Stored values the server needs to work out others, whoever may read them. throws: Problem when the record is not there. */
async function storedValues(
  context: Context,
  entity: Entity,
  id: Id,
  columns: readonly string[],
): Promise<{ version: string; values: Record<string, Value> }> {
  const names = [...columns, 'version'].map((name) => `"${name}"::text as "${name}"`).join(', ')
  const { rows } = await context.database.query<Record<string, string | null>>({
    text: `select ${names} from "${context.schema}"."${entity.name}" where "id" = $1::uuid`,
    values: [id],
    name: `stored_${entity.id}_${columns.join('_')}`.slice(0, 63),
  })
  const row = rows[0]
  if (row === undefined)
    throw new Problem('missing.record', {
      detail: `There is no record ${id} in "${entity.entitySet}"`,
      target: entity.entitySet,
    })
  const { version, ...values } = row
  return { version: version!, values }
}

/** The body with the key of the address in it, for a record that is created by key. */
function withKey(body: unknown, { key }: Address): unknown {
  return key === undefined || typeof body !== 'object' || body === null ? body : { ...key, ...body }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Problem && thrown.code === 'missing.record'
}

/** Whether a create failed because the very record that is addressed is there. */
function isTaken(thrown: unknown, { model }: Context, entity: Entity, address: Address): boolean {
  const key = violatedKey(thrown, model, entity)
  return key !== undefined && (address.key ? key.join() === Object.keys(address.key).sort().join() : key[0] === 'id')
}
