// One write on its way to the database: check hooks → what the server works out → one statement with rights, checks and audit
// inside → events and done hooks. It becomes a transaction of several statements where a counter, files, rollups or write
// hooks take part. Which records a request means, and what follows for others, is said in write.ts and cascade/.
import { elevated } from '@peyvand/core/access/actor.ts'
import {
  prepareWrite,
  type Values as Columns,
  type WriteRequest,
  type WriteRow,
  type Written,
} from '@peyvand/core/access/write.ts'
import { isReadAfter } from '@peyvand/core/access/written.ts'
import { must, type Problem } from '@peyvand/core/base/problem.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import type { Entity, Id, Model } from '@peyvand/core/model/model.ts'
import { touchedRollups } from '@peyvand/core/model/rollups.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'
import { retrying } from '../db/retry.ts'
import type { Platform } from '../platform.ts'
import { writeRow } from './gather.ts'
import { clearFiles, takeFiles, takesFiles } from './attach.ts'
import { derive, derives, needsRates } from './derive.ts'
import { hooksFor, type Change, type Hook } from './hooks.ts'
import type { Values } from './input.ts'
import { fillNumbers, hasNumbers } from './number.ts'
import { noRates, ratesOf } from './rates.ts'
import { readRecords } from './read.ts'
import { deletionTouches, noteDeletion, refresh, tellRefreshed, Touched, type Refreshed } from './rollup.ts'

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
  /** The rights on the record were asked before: what has been done since must not decide. */
  readonly judged?: true
}

/** One write with its values read and checked. */
export type Write = Pick<WriteRequest, 'operation' | 'id' | 'chosen' | 'key' | 'given'> & {
  readonly operation: 'create' | 'update' | 'delete'
  readonly values: Values
}

/** Writes of single records that bring about nothing further. throws: Problem. */
export interface WriteOne {
  /** Sets columns, as they are given: nothing is worked out from them. */
  change(platform: Platform, context: Context, entity: Entity, id: Id, values: Columns): Promise<Written>
  create(platform: Platform, context: Context, entity: Entity, id: Id, values: Columns): Promise<Written>
  remove(
    platform: Platform,
    context: Context,
    entity: Entity,
    id: Id,
    options?: Pick<WriteOptions, 'ifMatch' | 'judged'>,
  ): Promise<Written>
}

/** Writes of single records for what follows from another one. */
export function single(hooks?: readonly Hook[]): WriteOne {
  const quiet = { returning: 'nothing', asGiven: true, ...(hooks === undefined ? {} : { hooks }) } as const
  return {
    change: (platform, context, entity, id, values) =>
      writeOne(platform, context, entity, { operation: 'update', id, values: { ...values } }, quiet),
    create: (platform, context, entity, id, values) =>
      writeOne(platform, context, entity, { operation: 'create', id, values: { ...values } }, quiet),
    remove: (platform, context, entity, id, options = {}) =>
      writeOne(platform, context, entity, { operation: 'delete', id, values: {} }, { ...quiet, ...options }),
  }
}

/** Does one write, whatever brought it about: hooks, what the server works out, the statement, and events. throws: Problem. */
export async function writeOne(
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
    ? {
        written: await retrying(context.database, () => send(context, entity, write, options, context.database)),
        refreshed: [],
      }
    : await retrying(context.database, () => runTogether(context, entity, write, options, inside))
  platform.events.emit({ kind: 'record', entity: entity.name, ids: [written.id], change: operation })
  tellRefreshed(platform, refreshed)
  for (const hook of hooksFor(hooks, 'done', entity)) await hook.run({ ...change, id: written.id })
  if (written.body === undefined) return written
  const gathersItself = refreshed.some((each) => each.entity === entity.name && each.id === written.id)
  const again = gathersItself || isReadAfter(context.model, context.actor, entity, options.select)
  return again ? readAgain(platform, context, entity, written, options) : written
}

/**
 * What it gathers was worked out after it was written, and its formulas saw others as they were before. Who may write it hears
 * what they wrote, even if it is no longer for their eyes.
 */
async function readAgain(
  platform: Platform,
  context: Context,
  { entitySet }: Entity,
  written: Written,
  { select, exact }: WriteOptions,
): Promise<Written> {
  const query = select === undefined ? '' : `$select=${['id', ...select].join(',')}`
  const order = { path: `${entitySet}(${written.id})`, query, exact, written: true } as const
  const { row } = await readRecords(platform, context, order)
  return row?.body ? { ...written, body: row.body } : written
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
  const { model, schema, requestId } = context
  const actor = options.judged === true ? elevated(context.actor) : context.actor
  const { operation, id, chosen, key, values, given } = write
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
      chosen,
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
  // What nothing else follows from may travel with others.
  if (session === context.database) return must(prepared.outcome(await writeRow(context.database, prepared)))
  const { rows } = await session.query<WriteRow>({ ...prepared.statement, writes: true })
  const written = must(prepared.outcome(rows[0]))
  touched?.addRow(touchedRollups(model, entity, operation, Object.keys(values)), rows[0]!)
  return written
}
