// Tells webhooks what happened, in each process that serves: woken by changes, and by itself now and then. Several processes work
// side by side: the cursor of a webhook moves once, and a delivery is one process's by a lease. A target that fails or hangs keeps
// a few sockets of its own busy and nothing else; after some failures it is left alone for a while.
import type { Actor } from '@peyvand/core/access/actor.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Webhook } from '@peyvand/core/model/model.ts'
import type { PlatformEvent } from '../events.ts'
import { webhookLimits } from '../limits.ts'
import { observe, observeError } from '../observe.ts'
import type { RunningPlatform } from '../platform.ts'
import { accessMark, actorFor } from './actor.ts'
import { gather, passesBy, problemMembers } from './gather.ts'
import { noteTold } from './noted.ts'
import * as queue from './queue.ts'
import type { TakenDelivery } from './queue.ts'
import { recheck } from './recheck.ts'
import { mostFailures, nextTry, type Patience } from './retry.ts'
import { messageId, send, type Sent } from './send.ts'
import { forgetStates, loadWork, noteFailure, noteProblem, noteSuccess, type WorkState } from './state.ts'

/** unit: milliseconds */
const [poll, shortest, trusted, hour] = [5_000, 20, 1_000, 3_600_000]
/** So many webhooks are read for at the same time. */
const together = 4

interface Known {
  readonly hook: Webhook
  readonly state: WorkState
}

/** The courier of one process. */
export class Courier {
  readonly #platform: RunningPlatform
  readonly #patience: Patience
  readonly #flying = new Map<string, Set<Promise<void>>>()
  readonly #actors = new Map<string, { key: string; at: number; actor: Promise<Actor | Problem> }>()
  /** Webhooks whose target failed here and has not answered well since. */
  readonly #failing = new Set<string>()
  #off: () => void = () => undefined
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #again = false
  #stopping = false
  #tidied = Date.now()

  constructor(platform: RunningPlatform) {
    this.#platform = platform
    const { webhookPause, webhookHours } = platform.config
    this.#patience = { pause: webhookPause, longest: webhookHours * hour }
  }

  start(): void {
    this.#off = this.#platform.events.on((event) => {
      if (event.kind === 'access') this.#actors.clear()
      if (this.#concerns(event)) this.look()
    })
    this.look()
  }

  /** Takes nothing more and waits for what is on its way. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#off()
    clearTimeout(this.#timer)
    await this.#looking
    await Promise.all([...this.#flying.values()].flatMap((each) => [...each]))
  }

  #concerns(event: PlatformEvent): boolean {
    if (event.kind === 'webhook' || event.kind === 'model') return true
    if (event.kind !== 'record') return false
    return [...this.#platform.model().webhooks.values()].some(({ entity }) => entity === event.entity)
  }

  /** Looks what there is to do; while it looks, one more look is noted. */
  look(): void {
    if (this.#stopping) return
    if (this.#looking !== undefined) return void (this.#again = true)
    this.#looking = this.#round()
      .catch((error: unknown) => (this.#stopping ? undefined : observeError('webhooks', error)))
      .finally(() => {
        this.#looking = undefined
        if (this.#again) this.look()
      })
  }

  async #round(): Promise<void> {
    this.#again = false
    this.#wake(poll)
    const { database, schema } = this.#platform
    const model = this.#platform.model()
    const hooks = [...model.webhooks.values()]
    if (hooks.length === 0) return
    const list = hooks.map(({ id, entity }) => ({ id, entity: model.entities.get(entity)!.id }))
    const work = await loadWork(database, schema, list)
    const known = hooks.flatMap((hook) => {
      const state = work.get(hook.id)
      return state === undefined ? [] : [{ hook, state }]
    })
    const due = new Set<string>()
    for (let i = 0; i < known.length; i += together)
      await Promise.all(
        known.slice(i, i + together).map(async (one) => {
          if ((await this.#read(one)) || one.state.due) due.add(one.hook.id)
        }),
      )
    for (const one of known) if (due.has(one.hook.id)) await this.#take(one)
    if (due.size > 0 || known.some(({ state }) => state.waiting)) await this.#rest()
    if (Date.now() - this.#tidied > hour) await this.#tidy()
  }

  /** Reads the log for a webhook; gives whether there is something to send. What is wrong with one keeps no other waiting. */
  async #read({ hook, state }: Known): Promise<boolean> {
    const { database, schema } = this.#platform
    try {
      if ((await passesBy(this.#platform, hook, state)) || !state.fresh) return false
      const gathered = await gather(this.#platform, hook, { state, actorOf: () => this.#actorOf({ hook, state }) })
      if (gathered === 'more') this.#again = true
      return gathered !== 'nothing'
    } catch (error) {
      if (error instanceof Problem) await noteProblem(database, schema, state, problemMembers(error))
      else observeError(`webhook ${hook.name}`, error)
      return false
    }
  }

  /** Who a webhook asks as; asked anew after a second, and when somebody's rights changed. */
  #actorOf({ hook, state }: Known): Promise<Actor | Problem> {
    const known = this.#actors.get(hook.id)
    const key = `${hook.runAs ?? state.madeBy} ${this.#platform.model().revision}`
    if (known?.key === key && performance.now() - known.at < trusted) return known.actor
    const actor = actorFor(this.#platform, hook, state)
    this.#actors.set(hook.id, { key, at: performance.now(), actor })
    return actor
  }

  /** Takes what a webhook may send now, as far as it has room. */
  async #take(known: Known): Promise<void> {
    const { hook, state } = known
    if (!hook.active || state.closed !== null || this.#stopping) return
    const flying = this.#flying.get(hook.id) ?? new Set()
    this.#flying.set(hook.id, flying)
    const most = (state.failures >= mostFailures ? 1 : webhookLimits.atOnce) - flying.size
    if (most <= 0) return
    const { database, schema, config } = this.#platform
    const lease = (config.webhookTimeout + webhookLimits.answerTime) / 1_000 + 5
    const taken = await queue.takeDeliveries(database, schema, { webhook: hook.id, most, lease })
    for (const delivery of taken) {
      const work: Promise<void> = this.#make(known, delivery)
        .catch((error: unknown) => observeError(`webhook ${hook.name}`, error))
        .finally(() => {
          flying.delete(work)
          this.look()
        })
      flying.add(work)
    }
  }

  /** Makes one delivery and notes how it went. */
  async #make(known: Known, delivery: TakenDelivery): Promise<void> {
    const { database, schema } = this.#platform
    const { hook, state } = known
    const actor = await this.#actorOf(known)
    if (actor instanceof Problem) {
      await noteProblem(database, schema, state, problemMembers(actor))
      return queue.returnDelivery(database, schema, delivery, 60_000)
    }
    const isSame = delivery.access === accessMark(actor, this.#platform.model().revision)
    const body = isSame ? delivery.body : await recheck(this.#platform, { hook, actor }, delivery.body)
    if (body === undefined) return queue.endDelivery(database, schema, delivery, 'withheld', { ms: 0 })
    const entity = this.#platform.model().entities.get(hook.entity)
    const context = this.#platform.contextFor(actor, 'en', messageId(delivery.id))
    if (entity !== undefined) await noteTold({ hook, entity, context }, body)
    const sent = await send(this.#platform, known, { id: delivery.id, body })
    observe({ kind: 'webhook', name: hook.name, outcome: sent.isTaken ? 'sent' : 'failed', ms: Math.round(sent.ms) })
    await (sent.isTaken ? this.#succeeded(known, delivery, sent) : this.#failed(hook, delivery, sent))
  }

  async #succeeded({ hook: { id }, state }: Known, delivery: TakenDelivery, sent: Sent): Promise<void> {
    const { database, schema } = this.#platform
    await queue.endDelivery(database, schema, delivery, 'sent', sent)
    const failed = this.#failing.delete(id)
    if (state.failures === 0 && !failed) return
    await noteSuccess(database, schema, id)
  }

  async #failed({ id }: Webhook, delivery: TakenDelivery, sent: Sent): Promise<void> {
    const { database, schema, config } = this.#platform
    const { attempts, age } = delivery
    this.#failing.add(id)
    const next = nextTry({ attempts, age, ...(sent.after && { after: sent.after }) }, this.#patience, Math.random())
    // 410: the target says that it is gone for good.
    if (next === 'dead' || sent.status === 410) await queue.endDelivery(database, schema, delivery, 'dead', sent)
    else await queue.postponeDelivery(database, schema, delivery, sent, next)
    const failures = await noteFailure(database, schema, { id, patience: this.#patience, after: sent.after })
    if (failures >= mostFailures) await queue.giveUp(database, schema, id, config.webhookHours)
  }

  /** Sleeps until the next try is due. */
  async #rest(): Promise<void> {
    const due = await queue.nextDelivery(this.#platform.database, this.#platform.schema)
    if (due !== undefined && due < poll) this.#wake(Math.max(shortest, due))
  }

  async #tidy(): Promise<void> {
    const { database, schema, config } = this.#platform
    this.#tidied = Date.now()
    await queue.forgetDeliveries(database, schema, config.webhookDays)
    const kept = [...this.#platform.model().webhooks.values()].map(({ id }) => id)
    await forgetStates(database, schema, kept)
  }

  #wake(ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#stopping) this.#timer = setTimeout(() => this.look(), ms).unref()
  }
}
