// Plays one world: draws requests, judges each, and, where the two sides differ, makes the case small and tells its story.
import { randomFrom, type Random } from '../support/random.ts'
import type { Engine } from '../support/server.ts'
import { drawRequest } from './draw.ts'
import { judge, type Case, type Difference } from './judge.ts'
import { personOf } from './person.ts'
import { isRead, type Expand, type Options, type Read, type Request } from './request.ts'
import { keyOf, stageWorld, type Stage } from './stage.ts'
import type { State } from './state.ts'
import { tell } from './story.ts'
import { begin, catchUp, type Watch } from './watch.ts'
import { drawWorld } from './world.ts'

export interface Played {
  readonly cases: number
  /** Stories of the differences. */
  readonly differences: readonly string[]
  /** How often each kind of request was asked. */
  readonly kinds: ReadonlyMap<string, number>
}

export interface Play {
  readonly seed: number
  readonly engine: Engine
  readonly cases: number
  /** Ends a world after so many differences; a write that came out differently ends it at once. */
  readonly most?: number
}

/** Of the requests so many may be asked once more, by somebody else. */
const kept = 30

/** Plays the world of a seed. */
export async function play({ seed, engine, cases, most = 3 }: Play): Promise<Played> {
  const random = randomFrom(seed)
  const world = drawWorld(random, seed)
  const stage = await stageWorld(world, engine)
  try {
    const differences: string[] = []
    const kinds = new Map<string, number>()
    let { state } = world
    let watches: readonly Watch[] = []
    let earlier: readonly Request[] = []
    let n = 0
    while (n < cases && differences.length < most) {
      n++
      if (random.chance(0.05)) {
        const watched = await watch({ random, stage, state, n, watches })
        watches = watched.watches
        kinds.set('delta', (kinds.get('delta') ?? 0) + 1)
        if (watched.story !== undefined) differences.push(watched.story)
        continue
      }
      const asker = random.pick(world.askers)
      const person = personOf(state, world.roles, asker.user, asker.roles)
      // What one has asked others ask too: what is kept of the statement is not to be taken for theirs.
      const again = earlier.length > 0 && random.chance(0.06) ? random.pick(earlier) : undefined
      const request = again ?? drawRequest({ random, world, state, person }, n)
      earlier = [request, ...earlier].slice(0, kept)
      kinds.set(request.kind, (kinds.get(request.kind) ?? 0) + 1)
      const one: Case = { state, person, key: keyOf(stage, asker), request }
      const verdict = await judge(stage, one)
      state = verdict.state
      if (verdict.difference === undefined) continue
      const small = await shrunk(stage, one, verdict.difference)
      differences.push(tell({ world, engine, asker, n, ...small }))
      if (!isRead(request) && request.kind !== 'batch') break
    }
    return { cases: n, differences, kinds }
  } finally {
    await stage.stop()
  }
}

interface Watching {
  readonly random: Random
  readonly stage: Stage
  readonly state: State
  readonly n: number
  readonly watches: readonly Watch[]
}

/** Begins a copy of a list, or brings one up to date. */
async function watch({
  random,
  stage,
  state,
  n,
  watches,
}: Watching): Promise<{ watches: readonly Watch[]; story?: string }> {
  const { world } = stage
  if (watches.length === 0 || (watches.length < 8 && random.chance(0.4))) {
    const begun = await begin(stage, random.pick(world.askers), random.pick(world.drawn), state)
    return { watches: begun === undefined ? watches : [...watches, begun] }
  }
  const one = random.pick(watches)
  const { asker, list } = one
  const person = personOf(state, world.roles, asker.user, asker.roles)!
  const found = await catchUp(stage, one, state, person)
  if (found === undefined) return { watches }
  const others = watches.filter((each) => each !== one)
  if (found === 'over') return { watches: others }
  const failing = { state, person, key: keyOf(stage, asker), request: list }
  return {
    watches: others,
    story: tell({ world, engine: stage.served.platform.database.engine, asker, n, one: failing, difference: found }),
  }
}

interface Failing {
  readonly one: Case
  readonly difference: Difference
}

/** Leaves parts of a read out as long as the sides go on differing. */
async function shrunk(stage: Stage, one: Case, difference: Difference): Promise<Failing> {
  let best: Failing = { one, difference }
  for (let shrinks = true; shrinks;) {
    shrinks = false
    for (const request of smaller(best.one.request)) {
      const less = { ...best.one, request }
      const verdict = await judge(stage, less)
      if (verdict.difference === undefined) continue
      best = { one: less, difference: verdict.difference }
      shrinks = true
      break
    }
  }
  return best
}

function* smaller(request: Request): Generator<Request> {
  if (request.kind === 'batch') yield* request.of
  if (!isRead(request)) return
  const read = request as Read
  if (read.kind === 'list' && read.pages !== undefined) {
    const { pages: _pages, ...rest } = read
    yield rest
  }
  if ('options' in read) for (const options of smallerOptions(read.options)) yield { ...read, options }
  if (read.kind === 'group') {
    const { filter, by, aggregates, ...rest } = read
    if (filter !== undefined) yield { ...rest, by, aggregates }
    if (aggregates.length > 1) for (const each of aggregates) yield { ...read, aggregates: [each] }
    if (by.length > 1) for (const each of by) yield { ...read, by: [each] }
  }
}

function* smallerOptions(options: Options): Generator<Options> {
  for (const name of Object.keys(options) as (keyof Options)[]) {
    const { [name]: _left, ...rest } = options
    if (name !== 'sort' || (options.top === undefined && options.skip === undefined)) yield rest
  }
  const { filter, select = [], expand = [] } = options
  if (filter?.op === 'and' || filter?.op === 'or') for (const part of filter.of) yield { ...options, filter: part }
  if (filter?.op === 'not') yield { ...options, filter: filter.of }
  if (select.length > 1) for (const name of select) yield { ...options, select: select.filter((each) => each !== name) }
  for (const each of expand)
    for (const inner of smallerOptions(each.options)) {
      const less: Expand = { ...each, options: inner }
      yield { ...options, expand: expand.map((other) => (other === each ? less : other)) }
    }
}
