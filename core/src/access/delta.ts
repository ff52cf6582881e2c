// From a list and a snapshot to the statement that tells what changed since. One plan per shape, access and page size, like a
// read's. The fingerprint says for what a token was given: the same statement, values and caller, or it is of no use. What is
// shared with the caller comes and goes without a word in it: the log tells that.
import { Problem } from '../base/problem.ts'
import { digest } from '../expression/fragment.ts'
import type { Entity, Model } from '../model/model.ts'
import { compileDelta } from '../query/compile-delta.ts'
import { contextOf } from '../query/context.ts'
import { shapeOf, type Shape } from '../query/shape.ts'
import { trackingOf, type Tracking } from '../query/tracking.ts'
import type { BoundQuery, Compiled } from '../query/tree.ts'
import { withAnyShares } from './actor.ts'
import { cached, keep, newCache, type Cache } from './cache.ts'
import { accessKey } from './grant.ts'
import { notedIn, resolveRead, type ReadRequest } from './read.ts'
import { valuesOf, type ReadyStatement } from './values.ts'

/** The row of the result; see query/compile-delta.ts. */
export interface DeltaRow {
  readonly body: string
  readonly count: string
  readonly next: string | null
  /** What the statement saw; see query/snapshot.ts. */
  readonly seen: string
  readonly lost: boolean
}

/** The changes of a list, ready to be asked for. */
export interface PreparedDelta {
  readonly entity: Entity
  /** Fragment of `@odata.context`. */
  readonly context: string
  readonly counted: boolean
  /** Entities whose records it touches and whose reads are noted. */
  readonly noted: readonly Entity[]
  /** What a token of this list, asked by this caller, carries. */
  readonly fingerprint: string
  /** Changes since a snapshot, of records behind an id. */
  statement(since: string, after: string | null): ReadyStatement | Problem
}

export interface DeltaRequest extends ReadRequest {
  /** How removed records are spelled. */
  readonly version: '4.0' | '4.01'
}

interface Plan {
  readonly compiled: Compiled
  /** The statement in its usual spelling: the same for every way of answering. */
  readonly usual: Compiled
  readonly entity: Entity
  readonly context: string
  readonly counted: boolean
  readonly noted: readonly Entity[]
  readonly kinds: string
}

const plans = new WeakMap<Model, Cache<Plan | 'none'>>()

/** How the changes of a list are asked for; undefined when they cannot be told. */
export function prepareDelta(asked: DeltaRequest): PreparedDelta | undefined | Problem {
  const request = { ...asked, actor: withAnyShares(asked.actor) }
  const shape = shapeOf(request.path, request.query, request.limits)
  if (shape instanceof Problem) return shape
  const plan = planOf(request, shape)
  if (plan instanceof Problem) return plan
  if (plan === 'none') return undefined
  const { compiled, entity, context, counted, noted } = plan
  const { actor, base, now = new Date().toISOString() } = request
  const values = ({ parameters }: Compiled, input: Readonly<Record<string, unknown>>) =>
    valuesOf(parameters, { literals: shape.literals, actor, now, input })
  // Ends of shares are told when they come: the moment of asking makes no other list.
  const parameters = plan.usual.parameters.filter(({ from }) => from !== 'moment')
  const fixed = values({ ...plan.usual, parameters }, {})
  if (fixed instanceof Problem) return fixed
  return {
    entity,
    context,
    counted,
    noted,
    fingerprint: digest(JSON.stringify([plan.usual.text, plan.kinds, fixed, actor.user])),
    statement(since, after) {
      const all = values(compiled, { '@since': since, '@after': after, '@base': base, '@size': pageOf(request) })
      return all instanceof Problem ? all : { text: compiled.text, name: compiled.name, values: all }
    },
  }
}

function planOf(request: DeltaRequest, shape: Shape): Plan | 'none' | Problem {
  const { model, actor, schema = 't_default', exact, version } = request
  if (shape.key === undefined) return makePlan(request, shape)
  let cache = plans.get(model)
  if (!cache) plans.set(model, (cache = newCache(500)))
  const key = [schema, accessKey(actor), exact === true, version, shape.key].join(';')
  const known = cached(cache, key)
  if (known) return known
  const plan = makePlan(request, shape)
  return plan instanceof Problem ? plan : keep(cache, key, plan)
}

function pageOf({ pageSize, maxPageSize }: ReadRequest): number {
  return Math.min(pageSize, maxPageSize)
}

function makePlan(request: DeltaRequest, shape: Shape): Plan | 'none' | Problem {
  const { model, schema = 't_default', exact } = request
  const read = resolveRead(request, shape)
  if (read instanceof Problem) return read
  const tracking = trackingOf(read, model)
  if (tracking === undefined) return 'none'
  const { maxPageSize, version } = request
  const compiled = compileDelta(read, { model, schema, exact, maxPageSize, tracking, version })
  const usual = compileDelta(read, { model, schema, maxPageSize, tracking, version: '4.01' })
  // What the clock decides changes without being written.
  if (compiled.parameters.some(({ from }) => from === 'now')) return 'none'
  const { entity, count } = read.query
  return {
    compiled,
    usual,
    entity,
    context: contextOf(read),
    counted: count,
    noted: notedIn(read, model),
    kinds: kindsOf(read.query, tracking),
  }
}

/** What the values that are answered are: a retyped property may leave the statement as it was. */
function kindsOf({ entity, select, expand }: BoundQuery, tracking: Tracking): string {
  const own = [...select, ...tracking.past.before].map(({ name, kind, edm }) => `${name}:${kind}:${edm}`)
  const inner = expand.map(
    ({ navigation, query }) =>
      `${navigation.name}(${kindsOf(query, { ...tracking, past: { before: [], shared: false } })})`,
  )
  return [entity.id, ...own, ...inner].join(',')
}
