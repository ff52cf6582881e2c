// Erasing one person, step by step, as a durable job does it. A step can be done again from its beginning at any time and comes to
// the same end, so that a job that was killed goes on with the step it was at. Records change through the common road of
// writes, and lose their past in the transaction that changes them.
import { elevated, type Actor } from '@peyvand/core/access/actor.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { personalOf } from '@peyvand/core/model/personal.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'
import { nestedIn } from '../db/nested.ts'
import { deleteContent } from '../files/sweep.ts'
import { lockContent } from '../files/row.ts'
import type { Platform } from '../platform.ts'
import { deleteWithDependents } from '../records/cascade/delete.ts'
import type { Target } from '../records/cascade/reach.ts'
import { together } from '../records/together.ts'
import { single } from '../records/write-one.ts'
import { endAccounts } from './account.ts'
import { isThere } from './find.ts'
import { eraseDoors, eraseHistory, eraseMentionsInHistory } from './history.ts'
import { refuseHeld } from './hold.ts'
import { eraseMentions, mentioning, writtenEntities } from './mentions.ts'
import { findErasure, openTraces, seedOf, type Tombstone } from './order.ts'
import { clearedRecord, leadingTo, linkedBy } from './person.ts'
import {
  dropAnswers,
  dropMerges,
  emptyBinned,
  idPattern,
  importsAfter,
  scrubBin,
  scrubImport,
  scrubJournals,
  scrubTables,
  tellsOf,
} from './scrub.ts'
import { noteTombstone } from './tombstones.ts'
import { patternFor } from './traces.ts'

/** The job that does it, as far as erasing knows it. */
export interface ErasingTask {
  /** Where it was when it was stopped. */
  readonly at: string | undefined
  readonly signal: AbortSignal
  /** Called first in each transaction. throws when somebody else has the job now. */
  hold(session: Session): Promise<void>
  report(progress: { readonly done: number; readonly total: number; readonly at: string }): Promise<void>
}

/** How many of what were erased. */
export type Counts = Record<string, number>

/** unit: records of one transaction */
const batch = 50
/** Looking through whole tables takes its time. unit: milliseconds */
const patience = { statementTimeout: 600_000 }

/** Erases what an erasure was ordered for. Gives what was done. throws: Problem. */
export async function erasePerson(platform: Platform, erasure: Id, task: ErasingTask): Promise<Counts> {
  const found = await findErasure(platform, erasure)
  if (found === undefined) throw new Problem('missing.record', { detail: 'There is no such erasure' })
  if (found.done_at !== null) return { ...found.counts }
  const work = new Erasing(platform, found, task)
  await work.prepare()
  const steps = work.steps()
  const first = Math.max(
    0,
    steps.findIndex(([name]) => name === task.at),
  )
  for (const [done, [name, run]] of steps.entries()) {
    if (done < first) continue
    await task.report({ done, total: steps.length, at: name })
    await run()
    await work.keepCounts()
  }
  return work.counts
}

/** Who changes records in an erasure: whoever ordered it, with every right, also when their own account is gone by now. */
function eraser({ by }: Tombstone): Actor {
  return elevated({ user: by, name: 'erasure', roles: [], teams: [], unit: null, unitTree: [] })
}

/** One erasure that is going on. */
class Erasing {
  readonly #platform: Platform
  readonly #context: Context
  readonly #erasure: Tombstone
  readonly #task: ErasingTask
  readonly #persons: Target[] = []
  #pattern: string | undefined
  readonly counts: Counts

  constructor(platform: Platform, erasure: Tombstone, task: ErasingTask) {
    this.#platform = platform
    this.#context = platform.contextFor(eraser(erasure), 'en', erasure.id)
    this.#erasure = erasure
    this.#task = task
    this.counts = { ...erasure.counts }
  }

  async prepare(): Promise<void> {
    for (const { entity: entityId, record } of this.#erasure.records) {
      const entity = this.#context.model.entityById.get(entityId)
      if (entity !== undefined) this.#persons.push({ entity, id: record })
    }
    // A hold that was placed since it was ordered stops it, as far as it has not come yet.
    await refuseHeld(this.#context, this.#persons)
    this.#pattern = patternFor(await openTraces(this.#platform, this.#erasure.id))
  }

  steps(): readonly (readonly [name: string, run: () => Promise<void>])[] {
    const traced = (run: (pattern: string) => Promise<void>) => async () => {
      if (this.#pattern !== undefined) await run(this.#pattern)
    }
    return [
      ['records about the person', () => this.#about()],
      ['records of the person', () => this.#own()],
      ['accounts', () => this.#accounts()],
      ['files', () => this.#files()],
      ['imports', traced((pattern) => this.#imports(pattern))],
      ...(this.#erasure.mentions ? [['mentions', traced((pattern) => this.#mentions(pattern))] as const] : []),
      ['own tables', traced((pattern) => this.#tables(pattern))],
      ['history', traced((pattern) => this.#history(pattern))],
      ['tombstone', () => this.#finish()],
    ]
  }

  #count(name: string, some: number): void {
    if (some > 0) this.counts[name] = (this.counts[name] ?? 0) + some
  }

  /** Kept between the steps, so that a job that goes on elsewhere tells of all of them. */
  async keepCounts(): Promise<void> {
    const { database, schema } = this.#platform
    await database.query({
      text: `update "${schema}"."_erasure" set "counts" = $2::jsonb where "id" = $1::uuid`,
      values: [this.#erasure.id, JSON.stringify(this.counts)],
    })
  }

  get #log() {
    return { model: this.#context.model, schema: this.#context.schema, audit: this.#platform.audit }
  }

  get #by() {
    return { by: this.#erasure.by, reason: `erasure ${this.#erasure.id}` }
  }

  #inOne<T>(work: (platform: Platform, context: Context) => Promise<T>): Promise<T> {
    this.#task.signal.throwIfAborted()
    return together(this.#platform, this.#context, async (platform, context) => {
      await this.#task.hold(context.database)
      return work(platform, context)
    })
  }

  /** One transaction of statements that look through whole tables. */
  #through<T>(work: (session: Session, schema: string) => Promise<T>): Promise<T> {
    this.#task.signal.throwIfAborted()
    const { database, schema } = this.#platform
    return database.transaction(async (session) => {
      await this.#task.hold(session)
      return work(session, schema)
    }, patience)
  }

  async #about(): Promise<void> {
    for (const leading of leadingTo(this.#context.model, this.#persons)) {
      const { entity, subject } = leading
      if (subject === undefined) continue
      for (let after: Id | null = null; ;) {
        const ids: Id[] = await linkedBy(this.#context, leading, batch, after)
        if (ids.length === 0) break
        after = ids.at(-1)!
        await this.#part(entity, ids, subject)
      }
    }
  }

  async #own(): Promise<void> {
    for (const [entity, group] of Map.groupBy(this.#persons, (person) => person.entity))
      for (let i = 0; i < group.length; i += batch)
        await this.#part(
          entity,
          group.slice(i, i + batch).map(({ id }) => id),
          'keep',
        )
  }

  /** Some records of one entity, with all that is kept beside them under their ids. */
  async #part(entity: Entity, ids: readonly Id[], subject: 'keep' | 'delete'): Promise<void> {
    await this.#inOne(async (platform, context) => {
      const { database: session, schema } = context
      for (const id of ids) {
        if (!(await isThere(context, { entity, id }))) continue
        if (subject === 'delete') await deleteWithDependents(platform, context, { entity, id }, {})
        else await single().change(platform, context, entity, id, this.#cleared(entity, id))
      }
      await eraseHistory(session, this.#log, { entity, ids, ...this.#by })
      await this.#markFiles(session, entity, ids, subject)
      await emptyBinned(session, schema, entity.name, ids)
      await dropAnswers(session, schema, idPattern(ids))
      await dropMerges(session, schema, ids, idPattern(ids))
      for (const one of await scrubJournals(session, schema, ids))
        await this.#forgetImport(session, one, idPattern(ids))
    })
    this.#count(subject === 'delete' ? 'deleted' : 'anonymised', ids.length)
  }

  #cleared(entity: Entity, id: Id): Record<string, never> {
    const { values } = clearedRecord(entity, seedOf(this.#erasure.id, id))
    const leaves = entity.name === 'user' && entity.fields.some(({ name }) => name === 'state')
    return { ...values, ...(leaves ? { state: 'inactive' } : {}) } as Record<string, never>
  }

  /** Files that have to go: their names at once, their contents in a step that can be done again. */
  async #markFiles(session: Session, entity: Entity, ids: readonly Id[], subject: 'keep' | 'delete'): Promise<void> {
    const held = entity.fields.filter((field) => typeOf(field).files !== undefined)
    const kept = held.filter((field) => subject === 'keep' && personalOf(field)?.erase !== 'clear')
    const all = subject === 'delete' || entity.person === true
    await session.query({
      text: `update "${this.#platform.schema}"."_file" set "orphaned_at" = to_timestamp(0), "name" = '' where "record_id" = any($1::uuid[])
        and "entity_id" = $2::uuid and ($3 or not "field_id" = any($4::uuid[]))
        and not ("field_id" = any($5::uuid[]))`,
      values: [
        ids,
        entity.id,
        all,
        kept.map(({ id }) => id),
        kept.filter((field) => personalOf(field)?.erase === 'keep').map(({ id }) => id),
      ],
    })
  }

  async #accounts(): Promise<void> {
    const users = this.#persons.filter(({ entity }) => entity.name === 'user').map(({ id }) => id)
    if (users.length === 0) return
    await this.#inOne(async (_platform, context) => {
      await endAccounts(context.database, context.schema, users, this.#pattern)
      await eraseDoors(context.database, this.#log, { people: users, ...this.#by })
    })
    for (const user of users) this.#platform.events.emit({ kind: 'access', user })
    this.#count('accounts', users.length)
  }

  /** A content goes before the row that knows of it: stopped in between, the row is found again. */
  async #files(): Promise<void> {
    const { schema, files } = this.#platform
    for (;;) {
      const removed = await this.#through(async (session) => {
        const { rows } = await session.query<{ id: Id; hash: string }>({
          text: `select f."id", f."hash" from "${schema}"."_file" f where f."orphaned_at" = to_timestamp(0) order by f."hash", f."id" limit 20`,
        })
        for (const { id, hash } of rows) {
          await lockContent(session, hash)
          const { rows: others } = await session.query({
            text: `select 1 from "${schema}"."_file" f where f."hash" = $1 and f."id" <> $2::uuid limit 1`,
            values: [hash, id],
          })
          if (others.length === 0) await deleteContent(files, hash)
          await session.query({ text: `delete from "${schema}"."_file" where "id" = $1::uuid`, values: [id] })
        }
        return rows.length
      })
      this.#count('files', removed)
      if (removed === 0) return
    }
  }

  async #imports(pattern: string): Promise<void> {
    const told = new RegExp(pattern, 'iu')
    for (let after: string | undefined; ;) {
      const some = await this.#through((session, schema) => importsAfter(session, schema, pattern, after))
      if (some.length === 0) return
      after = some.at(-1)!.id
      for (const { id, content, tells } of some) {
        if (!tells && (content === null || !(await tellsOf(this.#platform, content, told)))) continue
        await this.#through((session) => this.#forgetImport(session, id, pattern))
        this.#count('imports', 1)
      }
    }
  }

  /** The file goes before what knows of it. */
  async #forgetImport(session: Session, id: string, pattern: string): Promise<void> {
    const { schema, files } = this.#platform
    const { rows } = await session.query<{ content: string | null }>({
      text: `select i."content" from "${schema}"."_import" i where i."id" = $1::uuid for update`,
      values: [id],
    })
    const content = rows[0]?.content ?? null
    if (content !== null) await files.delete(content)
    await scrubImport(session, schema, id, pattern)
  }

  async #mentions(pattern: string): Promise<void> {
    const own = new Set(this.#persons.map(({ id }) => id))
    for (const entity of writtenEntities(this.#context.model))
      for (let after: Id | null = null; ;) {
        const ids: Id[] = await this.#through((session) =>
          mentioning({ ...this.#context, database: nestedIn(this.#context.database, session) }, entity, pattern, after),
        )
        if (ids.length === 0) break
        after = ids.at(-1)!
        await this.#inOne(async (platform, context) => {
          for (const id of ids)
            if (!own.has(id))
              await eraseMentions(platform, context, { entity, id, pattern, seed: seedOf(this.#erasure.id, id) })
        })
        this.#count('mentions', ids.length)
      }
  }

  async #tables(pattern: string): Promise<void> {
    await this.#through(async (session, schema) => {
      this.#count('answers', await dropAnswers(session, schema, pattern))
      await dropMerges(session, schema, [], pattern)
      await scrubTables(session, schema, pattern)
      await scrubBin(session, schema, pattern)
    })
  }

  async #history(pattern: string): Promise<void> {
    for (let after: string | undefined; ;) {
      const { changed, next } = await this.#through((session) =>
        eraseMentionsInHistory(session, this.#log, { pattern, after, ...this.#by }),
      )
      this.#count('changes', changed)
      if (next === undefined) return
      after = next
    }
  }

  /** The traces go with the end of the work: from here on nothing knows who it was. */
  async #finish(): Promise<void> {
    await noteTombstone(this.#platform, this.#erasure)
    await this.#through((session, schema) =>
      session.query({
        text: `update "${schema}"."_erasure" set "traces" = null, "done_at" = now() where "id" = $1::uuid`,
        values: [this.#erasure.id],
      }),
    )
  }
}
