// An erasure as it is asked for: looked at before, refused where something forbids it, written down with the traces it will
// look for (sealed, and gone when it is done), and left behind as a tombstone that names records and no person.
import type { Dossier, ErasurePlan } from '@peyvand/core/answer/person.ts'
import { createHash } from 'node:crypto'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'
import type { Platform } from '../platform.ts'
import type { Target } from '../records/cascade/reach.ts'
import { newId } from '../records/id.ts'
import { dossierOf } from './find.ts'
import { refuseHeld } from './hold.ts'
import { wholePerson } from './person.ts'
import { patternFor, tracesOf, type Trace } from './traces.ts'

/** What is to be erased. */
export interface ErasureWish {
  /** Records that are the person. */
  readonly records: readonly Target[]
  /** Whether texts elsewhere that name the person lose the name too. */
  readonly mentions: boolean
  /** What was looked at. */
  readonly plan: string
  /** Why, in a few words and without anything personal: it stays. */
  readonly reason: string
}

/** A record that was erased, by ids: neither says who it was. */
export interface ErasedRecord {
  readonly entity: Id
  readonly record: Id
}

/** What stays of an erasure. */
export interface Tombstone {
  readonly id: Id
  /** What the person is called from then on. */
  readonly pseudonym: string
  readonly reason: string
  readonly by: Id
  readonly asked_at: string
  readonly done_at: string | null
  readonly records: readonly ErasedRecord[]
  readonly mentions: boolean
  readonly counts: Readonly<Record<string, number>>
}

/** What erasing a person would delete, change and keep. throws: Problem. */
export async function planErasure(
  platform: Platform,
  context: Context,
  start: readonly Target[],
): Promise<ErasurePlan> {
  const { persons, dossier } = await dossierOf(platform, context, start)
  return { ...dossier, plan: planOf(persons, dossier) }
}

/** Equal while the same would be erased. */
function planOf(persons: readonly Target[], { about, holds }: Dossier): string {
  const said = [
    persons.map(({ id }) => id).sort(),
    about.map(({ entity, field, count, erase }) => [entity, field, count, erase]),
    holds.map(({ id }) => id).sort(),
  ]
  return createHash('sha256').update(JSON.stringify(said)).digest('base64url').slice(0, 22)
}

/** Writes an erasure down. What is done about it in the same transaction is `queue`'s. Gives its id. throws: Problem. */
export async function orderErasure(
  platform: Platform,
  context: Context,
  wish: ErasureWish,
  queue: (session: Session, erasure: Id) => Promise<unknown>,
): Promise<Id> {
  const { persons, dossier } = await dossierOf(platform, context, wish.records)
  await refuseHeld(context, persons)
  if (persons.some(({ id }) => id === context.actor.user || id === context.actor.via))
    throw new Problem('check.invalid', {
      detail: 'Nobody erases themselves',
      hint: 'Somebody else with the privilege can',
    })
  if (planOf(persons, dossier) !== wish.plan)
    throw new Problem('conflict.version', {
      detail: 'What would be erased has changed since it was looked at',
      target: 'plan',
      hint: 'Look at the plan again',
    })
  const traces = await tracesOf(context, persons)
  const pattern = patternFor(traces)
  if (pattern !== undefined && new RegExp(pattern, 'iu').test(wish.reason))
    throw new Problem('check.invalid', {
      detail: 'The reason names the person, and it stays when they are gone',
      target: 'reason',
      pointer: '/reason',
    })
  return writeDown(platform, context, { persons, traces, ...wish }, queue)
}

interface Order {
  readonly id?: Id
  readonly persons: readonly Target[]
  readonly traces: readonly Trace[]
  readonly mentions: boolean
  readonly reason: string
}

async function writeDown(
  platform: Platform,
  { database, schema, actor }: Context,
  { id = newId(), persons, traces, mentions, reason }: Order,
  queue: (session: Session, erasure: Id) => Promise<unknown>,
): Promise<Id> {
  const sealed = await platform.secrets.seal({ use: 'erasure', key: id }, JSON.stringify(traces))
  const records = persons.map((person): ErasedRecord => ({ entity: person.entity.id, record: person.id }))
  await database.transaction(async (session) => {
    await session.query({
      text: `insert into "${schema}"."_erasure" ("id", "pseudonym", "actor_id", "reason", "records", "mentions", "traces")
        values ($1::uuid, $2, $3::uuid, $4, $5::jsonb, $6::boolean, $7)
        on conflict ("id") do update set "traces" = excluded."traces", "done_at" = null`,
      values: [id, pseudonymOf(id), actor.user, reason, JSON.stringify(records), mentions, sealed],
    })
    await queue(session, id)
  })
  return id
}

/** What the person of an erasure is called. */
export function pseudonymOf(erasure: Id): string {
  return createHash('sha256').update(erasure).digest('hex').slice(0, 8)
}

/** What a record of an erasure has in the place of what made it unique. */
export function seedOf(erasure: Id, record: Id): string {
  return createHash('sha256').update(`${erasure}/${record}`).digest('hex').slice(0, 8)
}

const columns = `e."id", e."pseudonym", e."reason", e."actor_id" as "by", to_json(e."asked_at") as "asked_at", to_json(e."done_at") as "done_at",
  e."records", e."mentions", e."counts"`

/** The tombstones, the newest first. */
export async function listErasures({ database, schema }: Pick<Context, 'database' | 'schema'>): Promise<Tombstone[]> {
  const { rows } = await database.query<Tombstone>({
    text: `select ${columns} from "${schema}"."_erasure" e order by e."asked_at" desc, e."id" desc limit 10000`,
  })
  return rows
}

/** One tombstone; undefined when there is none. */
export async function findErasure(
  { database, schema }: Pick<Context, 'database' | 'schema'>,
  id: Id,
): Promise<Tombstone | undefined> {
  const { rows } = await database.query<Tombstone>({
    text: `select ${columns} from "${schema}"."_erasure" e where e."id" = $1::uuid`,
    values: [id],
  })
  return rows[0]
}

/** The traces of an erasure that goes on. */
export async function openTraces(platform: Platform, id: Id): Promise<readonly Trace[]> {
  const { rows } = await platform.database.query<{ traces: string | null }>({
    text: `select e."traces" from "${platform.schema}"."_erasure" e where e."id" = $1::uuid`,
    values: [id],
  })
  const sealed = rows[0]?.traces ?? null
  return sealed === null
    ? []
    : (JSON.parse(await platform.secrets.open({ use: 'erasure', key: id }, sealed)) as Trace[])
}

/**
 * Has an erasure done again that a restored database does not know, or has not finished. Gives whether there was something to
 * do; records that are not there any more are left out.
 */
export async function replayErasure(
  platform: Platform,
  context: Context,
  { id, records, mentions, reason }: Pick<Tombstone, 'id' | 'records' | 'mentions' | 'reason'>,
  queue: (session: Session, erasure: Id) => Promise<unknown>,
): Promise<boolean> {
  if ((await findErasure(context, id))?.done_at != null) return false
  const persons: Target[] = []
  for (const { entity: entityId, record } of records) {
    const entity = context.model.entityById.get(entityId)
    if (entity?.person !== true) continue
    const found = await wholePerson(context, [{ entity, id: record }]).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'missing.record') return []
      throw error
    })
    for (const person of found) if (!persons.some((one) => one.id === person.id)) persons.push(person)
  }
  if (persons.length === 0) return false
  await writeDown(platform, context, { id, persons, traces: await tracesOf(context, persons), mentions, reason }, queue)
  return true
}
