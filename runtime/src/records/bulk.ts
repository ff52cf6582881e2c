// Many records in one transaction: read and checked in memory with all their problems, written by one statement for each
// chunk where rights allow it, else by pipelined single writes. All or nothing, or row by row: the caller says which.
import { refusedChoice } from '@peyvand/core/access/permit.ts'
import { prepareCreateMany } from '@peyvand/core/access/write-many.ts'
import { prepareWrite, type WriteRow } from '@peyvand/core/access/write.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import { within } from '@peyvand/core/base/pointer.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import { touchedRollups } from '@peyvand/core/model/rollups.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'
import { nestedIn } from '../db/nested.ts'
import { retrying } from '../db/retry.ts'
import type { Platform } from '../platform.ts'
import { seenAmong } from './cascade/allowed.ts'
import { derive, derives, storedColumns, type Rates } from './derive.ts'
import { onNewestModel, problemOf } from './failure.ts'
import { newId } from './id.ts'
import { readInput, type Values } from './input.ts'
import { holdsFiles, takeFiles } from './attach.ts'
import { fillNumbers, takesNumbers } from './number.ts'
import { noRates, ratesOf } from './rates.ts'
import { refresh, tellRefreshed, Touched, type Refreshed } from './rollup.ts'
import { meantById, meantByKey, type Meant } from './key.ts'
import { together } from './together.ts'
import { deleteRecord } from './write.ts'

/** One record to write, as values by column; `given` are those that the caller gave, without defaults. */
export interface Item {
  readonly operation: 'create' | 'update'
  readonly id: Id
  /** The id of a new record is the caller's own choice. */
  readonly chosen?: boolean
  readonly values: Values
  readonly given: readonly string[]
}

/** An item whose values follow from stored ones too. */
interface Pending extends Item {
  readonly needs?: readonly string[]
  readonly follow?: (values: Values, stored: Readonly<Record<string, Value>>) => Problem | undefined
}

/** An item with what the server works out; what needs the stored record waits for its lock. */
function prepared(entity: Entity, item: Item, rates: Rates): Pending | Problem {
  if (!derives(entity)) return item
  const needs = item.operation === 'update' ? storedColumns(entity, item.values) : []
  if (needs.length > 0) return { ...item, needs, follow: (values, stored) => derive(entity, values, rates, stored) }
  return derive(entity, item.values, rates) ?? item
}

/** Works out what follows from stored values; their records stay locked until the transaction ends. */
async function followStored(
  session: Session,
  context: Context,
  entity: Entity,
  items: readonly Pending[],
): Promise<(readonly [Item, Problem])[]> {
  const waiting = items.filter(({ needs }) => needs !== undefined)
  if (waiting.length === 0) return []
  // Of a record that the caller does not see nothing is worked out: its own write says that it is not there.
  const inside = { ...context, database: nestedIn(context.database, session) }
  const ids = waiting.map(({ id }) => id)
  const seen = await seenAmong(inside, entity, ids)
  const pending = waiting.filter(({ id }) => seen.has(id))
  if (pending.length === 0) return []
  const columns = [...new Set(pending.flatMap(({ needs = [] }) => needs))]
  const names = columns.map((name) => `t."${name}"::text as "${name}"`).join(', ')
  const { rows } = await session.query<Record<string, string | null>>({
    text: `select t."id"::text as "id", ${names} from "${context.schema}"."${entity.name}" t where t."id" = any($1::uuid[]) order by t."id" for no key update`,
    values: [pending.map(({ id }) => id)],
  })
  const stored = new Map(rows.map((row) => [row['id'], row]))
  // A record that is not there is told by its own write.
  return pending.flatMap((item) => {
    const row = stored.get(item.id)
    const problem = row && item.follow!(item.values, row)
    return problem ? [[item, problem] as const] : []
  })
}

export interface Outcome {
  readonly id: Id
  readonly outcome: 'created' | 'updated' | 'deleted'
}

export interface ManyOptions {
  /** True: one wrong row and nothing is written. False: the others are written all the same. */
  readonly atomic: boolean
  /** JSON pointer of the list in the body, for problems: `/create`. */
  readonly pointer?: string
  /** The fields by which a row finds its record: `id`, or those of a key. Without them every row is a new record. */
  readonly key?: readonly string[]
  /** A row that finds no record is a problem, not a new one. */
  readonly update?: boolean
}

const chunk = 1_000

/** Creates (or changes, or upserts) records from bodies. throws: Problem with all problems when atomic. */
export function createMany(
  platform: Platform,
  context: Context,
  entityName: string,
  rows: readonly unknown[],
  options: ManyOptions,
): Promise<(Outcome | Problem)[]> {
  return onNewestModel(platform, context, 'create', entityName, async (current) => {
    const entity = current.model.entities.get(entityName)
    if (entity === undefined)
      throw new Problem('missing.path', { detail: `There is no entity "${entityName}" any more` })
    const meant = await meaningOf(current, entity, rows, options)
    const items = rows.map((row, i) => readItem(current, entity, row, options, meant === undefined ? 'new' : meant[i]))
    const outcomes = await writeItems(platform, current, entity, items, options.atomic)
    const problems = outcomes.flatMap((each, i) =>
      each instanceof Problem ? [within(`${options.pointer ?? ''}/${i}`, each)] : [],
    )
    if (options.atomic && problems.length > 0) throw allOf(problems)
    return outcomes.map((each, i) => (each instanceof Problem ? within(`${options.pointer ?? ''}/${i}`, each) : each))
  })
}

/** What each row means; undefined where every row is a new record. A change by id finds its record itself. */
async function meaningOf(
  context: Context,
  entity: Entity,
  rows: readonly unknown[],
  { key, update }: Pick<ManyOptions, 'key' | 'update'>,
): Promise<readonly Meant[] | undefined> {
  if (key === undefined) return undefined
  return update === true && key.join() === 'id' ? meantById(rows) : meantByKey(context, entity, key, rows)
}

const mostShown = 100

function allOf(problems: readonly Problem[]): Problem {
  const flat = problems
    .flatMap((problem) => (problem.problems.length > 0 ? problem.problems : [problem]))
    .slice(0, mostShown)
  const status = problems.find(({ status }) => status < 422) ?? problems[0]!
  return flat.length === 1
    ? flat[0]!
    : gather(status.code, flat, `${problems.length} rows are wrong; nothing was written`)
}

function readItem(
  context: Context,
  entity: Entity,
  row: unknown,
  { key, update }: ManyOptions,
  meant: Meant | 'new',
): Item | Problem {
  if (!isJsonObject(row)) return new Problem('request.malformed', { detail: 'A row is a JSON object', pointer: '' })
  if (meant instanceof Problem) return meant
  if (meant === undefined && update === true) return noSuch()
  const isNew = meant === undefined || meant === 'new'
  const own = isUuid(row['id']) ? row['id'] : undefined
  // Who does not see every record cannot make one by its id: whether it is hidden must not show.
  if (meant === undefined && key?.join() === 'id' && refusedChoice(context.model, context.actor, entity))
    return noSuch()
  const id = isNew ? own : meant
  const input = readInput(context, entity, row, isNew ? 'create' : 'update', id)
  if (input instanceof Problem) return input
  return isNew
    ? { operation: 'create', id: id ?? newId(), chosen: own !== undefined, ...input }
    : { operation: 'update', id: meant, ...input }
}

/** Deletes records. throws: Problem with all problems when atomic. */
export async function deleteMany(
  platform: Platform,
  context: Context,
  entityName: string,
  rows: readonly unknown[],
  options: Pick<ManyOptions, 'atomic' | 'pointer' | 'key'>,
): Promise<(Outcome | Problem)[]> {
  const remove = (one: Platform, inside: Context) => deleteEach(one, inside, entityName, rows, options)
  return options.atomic ? together(platform, context, remove) : remove(platform, context)
}

async function deleteEach(
  platform: Platform,
  context: Context,
  entityName: string,
  rows: readonly unknown[],
  { atomic, pointer = '', key = ['id'] }: Pick<ManyOptions, 'atomic' | 'pointer' | 'key'>,
): Promise<(Outcome | Problem)[]> {
  const meant = (await meaningOf(context, context.model.entities.get(entityName)!, rows, { key, update: true }))!
  const outcomes: (Outcome | Problem)[] = []
  for (const [i, id] of meant.entries()) {
    const outcome =
      id instanceof Problem ? id : id === undefined ? noSuch() : await deleteOne(platform, context, entityName, id)
    // In one transaction nothing more can be asked of the database once a statement has failed.
    if (atomic && outcome instanceof Problem) throw within(`${pointer}/${i}`, outcome)
    outcomes.push(outcome instanceof Problem ? within(`${pointer}/${i}`, outcome) : outcome)
  }
  return outcomes
}

async function deleteOne(platform: Platform, context: Context, entity: string, id: Id): Promise<Outcome | Problem> {
  try {
    await deleteRecord(platform, context, entity, { id })
    return { id, outcome: 'deleted' }
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown
    throw thrown
  }
}

function noSuch(): Problem {
  return new Problem('missing.record', { detail: 'There is no record with this key', pointer: '' })
}

/** Writes items; a Problem in place of an item stays where it is. Atomic: with any problem nothing is written. */
export async function writeItems(
  platform: Platform,
  context: Context,
  entity: Entity,
  given: readonly (Item | Problem)[],
  atomic: boolean,
): Promise<(Outcome | Problem)[]> {
  const outcomes: (Outcome | Problem)[] = given.map((item) =>
    item instanceof Problem ? item : { id: item.id, outcome: item.operation === 'create' ? 'created' : 'updated' },
  )
  const rates = derives(entity) ? await ratesOf(platform, context) : noRates
  const items = given.map((item) => (item instanceof Problem ? item : prepared(entity, item, rates)))
  for (const [i, item] of items.entries()) if (item instanceof Problem) outcomes[i] = item
  if (atomic && outcomes.some((each) => each instanceof Problem)) return outcomes
  const places = [...items.keys()].filter((i) => !(outcomes[i] instanceof Problem))
  const refreshed = atomic
    ? await retrying(context.database, () => writeAtomic(context, entity, items as readonly Item[], places))
    : []
  const rest = atomic ? [] : places
  for (let at = 0; at < rest.length; at += chunk)
    refreshed.push(
      ...(await writeOrSplit(context, entity, items as readonly Item[], rest.slice(at, at + chunk), outcomes)),
    )
  tellWritten(platform, entity, outcomes)
  tellRefreshed(platform, refreshed)
  return outcomes
}

function tellWritten({ events }: Platform, entity: Entity, outcomes: readonly (Outcome | Problem)[]): void {
  for (const [outcome, change] of [
    ['created', 'create'],
    ['updated', 'update'],
  ] as const) {
    const ids = outcomes.flatMap((each) => (!(each instanceof Problem) && each.outcome === outcome ? each.id : []))
    if (ids.length > 0) events.emit({ kind: 'record', entity: entity.name, ids, change })
  }
}

function writeAtomic(
  context: Context,
  entity: Entity,
  items: readonly Item[],
  places: readonly number[],
): Promise<Refreshed[]> {
  return context.database.transaction(async (session) => {
    const touched = new Touched()
    for (let at = 0; at < places.length; at += chunk) {
      const part = places.slice(at, at + chunk)
      const problems = await writeChunk(
        session,
        context,
        entity,
        part.map((i) => items[i]!),
        touched,
      )
      const wrong = problems.flatMap((problem, n) => (problem ? [within(`/${part[n]}`, problem)] : []))
      if (wrong.length > 0) throw allOf(wrong)
    }
    return refresh(session, context, touched)
  })
}

/** Writes in one transaction; when a row breaks it, halves are tried, so that only the wrong rows are left out. */
async function writeOrSplit(
  context: Context,
  entity: Entity,
  items: readonly Item[],
  places: readonly number[],
  outcomes: (Outcome | Problem)[],
): Promise<Refreshed[]> {
  const part = places.map((i) => items[i]!)
  try {
    const { problems, refreshed } = await retrying(context.database, () =>
      context.database.transaction(async (session) => {
        const touched = new Touched()
        const found = await writeChunk(session, context, entity, part, touched)
        return { problems: found, refreshed: await refresh(session, context, touched) }
      }),
    )
    for (const [n, problem] of problems.entries()) if (problem) outcomes[places[n]!] = problem
    return refreshed
  } catch (thrown) {
    const problem = problemOf(thrown, 'create', context, entity)
    if (problem === undefined) throw thrown
    if (places.length === 1) {
      outcomes[places[0]!] = problem
      return []
    }
    const half = places.length >> 1
    return [
      ...(await writeOrSplit(context, entity, items, places.slice(0, half), outcomes)),
      ...(await writeOrSplit(context, entity, items, places.slice(half), outcomes)),
    ]
  }
}

/** What was wrong with each item; the others are written. */
async function writeChunk(
  session: Session,
  context: Context,
  entity: Entity,
  given: readonly Item[],
  touched: Touched,
): Promise<(Problem | undefined)[]> {
  // Copies where values come in: when the transaction is tried again or in halves, numbers are others.
  const completes = takesNumbers(entity) || holdsFiles(entity) || derives(entity)
  const items = completes ? given.map((item) => ({ ...item, values: { ...item.values } })) : given
  const creates = items.filter(({ operation }) => operation === 'create')
  await fillNumbers(
    session,
    context.schema,
    entity,
    creates.map(({ values }) => values),
  )
  const problems = new Map<Item, Problem>(await takeFiles(session, context, entity, items))
  for (const [item, problem] of await followStored(session, context, entity, items)) problems.set(item, problem)
  const sound = (item: Item) => !problems.has(item)
  const together = await createTogether(session, context, entity, creates.filter(sound), touched)
  const single = (together === undefined ? items : items.filter(({ operation }) => operation !== 'create')).filter(
    sound,
  )
  for (const [item, problem] of together ?? []) problems.set(item, problem)
  await Promise.all(
    single.map(async (item) => {
      const problem = await writeOne(session, context, entity, item, touched)
      if (problem) problems.set(item, problem)
    }),
  )
  return items.map((item) => problems.get(item))
}

/** Creates records by few statements; gives those that were left out, or undefined when they have to come one by one. */
async function createTogether(
  session: Session,
  { model, actor, schema, requestId }: Context,
  entity: Entity,
  items: readonly Item[],
  touched: Touched,
): Promise<Map<Item, Problem> | undefined> {
  const prepared = prepareCreateMany({
    model,
    actor,
    entity,
    schema,
    requestId,
    now: new Date().toISOString(),
    records: items,
  })
  if (prepared === undefined) return undefined
  const problems = [...prepared.refused]
  const over = touchedRollups(model, entity, 'create', [])
  for (const each of prepared.statements) {
    problems.push(...each.problems((await session.query<WriteRow>(each.statement)).rows))
    for (const record of over.length > 0 ? each.records : []) touched.add(over, record)
  }
  return new Map(problems.map(([place, problem]) => [items[place]!, problem]))
}

async function writeOne(
  session: Session,
  { model, actor, schema, requestId }: Context,
  entity: Entity,
  { operation, id, chosen, values, given }: Item,
  touched: Touched,
): Promise<Problem | undefined> {
  const now = new Date().toISOString()
  const prepared = prepareWrite({
    model,
    actor,
    schema,
    requestId,
    now,
    operation,
    entity,
    id,
    chosen,
    values,
    given,
    returning: 'nothing',
  })
  if (prepared instanceof Problem) return prepared
  const { rows } = await session.query<WriteRow>(prepared.statement)
  const written = prepared.outcome(rows[0])
  if (written instanceof Problem) return written
  touched.addRow(touchedRollups(model, entity, operation, Object.keys(values)), rows[0]!)
  return undefined
}
