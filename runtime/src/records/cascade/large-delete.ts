// A delete that reaches more records than one transaction takes, done in parts by a job: everything is looked at and checked
// before anything is done; then what depends on others goes before those, and the record itself goes last, by the delete that
// anybody makes. Killed in between, it goes on with what is left.
import { elevated } from '@peyvand/core/access/actor.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { together } from '../together.ts'
import { single } from '../write-one.ts'
import { mayAll } from './allowed.ts'
import {
  blockedBy,
  carryOut,
  clear,
  deleteWithDependents,
  deniedPart,
  goesAlong,
  isClearable,
  judgeParts,
  removeJudged,
} from './delete.ts'
import { dependentsOf, lockLinked, tooMany, waysTo, type Dependent } from './dependents.ts'
import { mostRounds, partsOf, type Task } from './parts.ts'
import { consequencesOf, goesToo, keyOf, type Target } from './reach.ts'
import { surveyDelete, type Survey } from './survey.ts'

/** Deletes a record with everything that goes with it. Gives how many records went. throws: Problem. */
export async function deleteInParts(platform: Platform, context: Context, target: Target, task: Task): Promise<number> {
  const { cascadeLimit, cascadeJobLimit } = platform.config
  const work = new Deleting(platform, context, target, task)
  for (let round = 0; round < mostRounds; round++) {
    if (!(await isThere(context, target))) return work.done
    const survey = await surveyDelete(context, target, cascadeJobLimit)
    if (survey.more) throw tooMany('Deleting it', cascadeJobLimit)
    // Once it has begun, what is gone must not keep the record from going.
    if (round === 0 && !task.hasBegun) await refuseTarget(context, target)
    await refuse(platform, context, target, survey)
    if (survey.reached <= cascadeLimit && (await work.finish())) return work.done
    await work.run(survey)
    if (await work.finish()) return work.done
  }
  throw new Problem('conflict.locked', {
    detail: 'New records come faster than the job deletes those that are there',
    hint: 'Try the job again when it is quieter',
  })
}

async function isThere({ database, schema }: Context, { entity, id }: Target): Promise<boolean> {
  const text = `select "id" from "${schema}"."${entity.name}" where "id" = $1::uuid`
  return (await database.query({ text, values: [id] })).rows.length > 0
}

async function refuseTarget(context: Context, { entity, id }: Target): Promise<void> {
  if (await mayAll(context, entity, [id], 'delete')) return
  throw new Problem('access.denied', { detail: `You may not delete this record of "${entity.entitySet}"` })
}

/** What of the records that go along, or stay in the way, keeps a delete from being begun. throws: Problem. */
async function refuse(
  platform: Platform,
  context: Context,
  target: Target,
  { levels, blocked }: Survey,
): Promise<void> {
  for (const level of levels)
    for (const [part, some] of level) {
      const ids = some.map((each) => each.id)
      if (!goesAlong(part) && !(await mayAll(context, part, ids, 'delete'))) throw deniedPart(part)
    }
  const [first] = blocked
  if (first === undefined) return
  const parent = levels.flatMap((level) => [...level.values()].flat()).find((each) => each.id === first.parent)
  throw await blockedBy(platform, context, first, parent ?? target)
}

/** One delete that is going on. */
class Deleting {
  readonly #platform: Platform
  readonly #context: Context
  readonly #target: Target
  readonly #task: Task
  #total = 0
  /** What the caller may delete, as it stood before anything was done. */
  #judged: ReadonlySet<string>
  /** Records that are gone or have lost their link. */
  done = 0

  constructor(platform: Platform, context: Context, target: Target, task: Task) {
    this.#platform = platform
    this.#context = context
    this.#target = target
    this.#judged = new Set([keyOf(target)])
    this.#task = task
  }

  /** Everything but the record itself and what cannot go before it. */
  async run({ levels, cleared, reached }: Survey): Promise<void> {
    this.#total = this.done + reached + 1
    const parts = levels.flatMap((level) => [...level.values()].flat())
    this.#judged = new Set([this.#target, ...parts].map(keyOf))
    await this.#task.begin(this.#total)
    for (const part of partsOf(cleared)) {
      await this.#clear(part)
      await this.#count(part.length)
    }
    for (const level of levels.toReversed())
      for (const some of level.values()) for (const part of partsOf(some)) await this.#remove(part)
  }

  /** Deletes some records of one entity. What has to wait for others stays, and goes with those. */
  async #remove(some: readonly Dependent[]): Promise<void> {
    const outcome = await this.#inOne(async (platform, context): Promise<number | 'busy' | 'large'> => {
      const targets = await lockLinked(context, some)
      if (targets.length === 0) return 0
      const found = await consequencesOf(context, targets, platform.config.cascadeLimit)
      if (found === undefined) return 'large'
      if (found.blocked.length > 0) return 'busy'
      await judgeParts(context, found, this.#judged)
      const write = single()
      await carryOut(platform, context, found, write)
      const [root] = targets
      if (targets.length === 1) await removeJudged(platform, context, root!, write)
      return found.doomed.size
    })
    if (typeof outcome === 'number') return this.#count(outcome)
    if (some.length > 1) {
      const half = Math.ceil(some.length / 2)
      await this.#remove(some.slice(0, half))
      await this.#remove(some.slice(half))
    } else if (outcome === 'large') await this.#unlink(some[0]!)
  }

  /** A record that leads round in a large circle, or was given many others since: its links are cut, so that it can go alone. */
  async #unlink({ entity, id }: Dependent): Promise<void> {
    const ways = waysTo(this.#context.model, entity)
    const found = await dependentsOf(this.#context, entity, [id], ways, this.#platform.config.cascadeLimit)
    for (const part of partsOf(found.filter((each) => goesToo(each) && isClearable(each)))) await this.#clear(part)
  }

  #clear(some: readonly Dependent[]): Promise<void> {
    return this.#inOne(async (platform, context) => {
      const system = { ...context, actor: elevated(context.actor) }
      for (const each of await lockLinked(context, some)) await clear(platform, system, each, single())
    })
  }

  /** The record itself, with what is left. False when too much has come meanwhile. */
  async finish(): Promise<boolean> {
    const target = this.#target
    try {
      await this.#inOne((platform, context) => deleteWithDependents(platform, context, target, {}, this.#judged))
      this.done++
      return true
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown
      // Somebody else has deleted it, or a try before this one has.
      if (thrown.code === 'missing.record') return true
      if (thrown.code === 'limit.size') return false
      throw thrown
    }
  }

  #inOne<T>(work: (platform: Platform, context: Context) => Promise<T>): Promise<T> {
    return together(this.#platform, this.#context, async (platform, context) => {
      await this.#task.hold(context.database)
      return work(platform, context)
    })
  }

  async #count(some: number): Promise<void> {
    this.done += some
    await this.#task.report(this.done, Math.max(this.#total, this.done))
  }
}
