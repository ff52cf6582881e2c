// Twin databases: copies of one world that differ only in what one person must not see. Both are asked the same requests over every path
// there is, and their answers have to be the same byte for byte. What is no secret and cannot be the same is taken out before: the
// moment of a write, ids the server makes, and the marks of a place in the log of changes.
import { randomFrom, type Random } from '../support/random.ts'
import type { Engine } from '../support/server.ts'
import { View } from './answer.ts'
import { decide } from './change.ts'
import { serveCopy } from './copied.ts'
import { drawRequest } from './draw.ts'
import { hideChanges } from './hidden.ts'
import { drawPath } from './paths.ts'
import { personOf, type Person } from './person.ts'
import { asked, data, isRead, type Request, type Write } from './request.ts'
import type { Asking, Heard, Served } from './served.ts'
import { keyOf, stageWorld, type Stage } from './stage.ts'
import type { Rec, State } from './state.ts'
import { drawWorld, type Asker, type World } from './world.ts'

export interface Twins {
  readonly requests: number
  /** Hidden things that differ between the twins. */
  readonly changes: number
  readonly differences: readonly string[]
}

interface Play {
  readonly seed: number
  readonly engine: Engine
  readonly requests: number
  /** So many people ask; all of the world when absent. */
  readonly askers?: number
}

/** Plays twins of a world for its people, one after the other. */
export async function compareTwins({ seed, engine, requests, askers = Infinity }: Play): Promise<Twins> {
  const random = randomFrom(seed)
  const world = drawWorld(random, seed)
  const stage = await stageWorld(world, engine)
  await stage.served.close()
  const differences: string[] = []
  let [asked_, changes] = [0, 0]
  try {
    const able = world.askers.flatMap((asker) => {
      const person = personOf(world.state, world.roles, asker.user, asker.roles)
      return person === undefined || person.roles.length === 0 ? [] : [{ asker, person }]
    })
    const some = able.slice(0, askers)
    for (const { asker, person } of some) {
      const pair = await openPair(stage)
      try {
        const one: Telling = { random, world, stage, asker, person, pair, differences }
        changes += await hideChanges(random, { served: pair[1], state: world.state, person, drawn: world.drawn })
        asked_ += await askBoth(one, Math.ceil(requests / some.length))
        await listenBoth(one)
      } finally {
        await Promise.all(pair.map((served) => served.stop()))
      }
      if (differences.length > 5) break
    }
  } finally {
    await stage.stop()
  }
  return { requests: asked_, changes, differences }
}

type Pair = readonly [Served, Served]

async function openPair({ served, env }: Stage): Promise<Pair> {
  return [await serveCopy(env, served.adminKey), await serveCopy(env, served.adminKey)]
}

interface Telling {
  readonly random: Random
  readonly world: World
  readonly stage: Stage
  readonly asker: Asker
  readonly person: Person
  readonly pair: Pair
  readonly differences: string[]
}

async function askBoth(one: Telling, requests: number): Promise<number> {
  const { random, world, stage, asker, person, differences } = one
  let { state } = world
  let n = 0
  while (n < requests && differences.length < 6) {
    n++
    if (random.chance(0.4)) {
      await compare(one, drawPath({ random, world, state, person }))
      continue
    }
    const request = drawRequest({ random, world, state, person }, n)
    if (request.kind === 'batch') continue
    const next = afterwards(state, person, request)
    if (next === undefined) continue
    await compare(one, asked(state, request), keyOf(stage, asker))
    state = next
  }
  return n
}

/** Of what happens to records that are not seen nobody hears: one twin has more of that than the other. */
async function listenBoth({ world, stage, asker, person, pair, differences }: Telling): Promise<void> {
  const { sees } = new View(world.state, person)
  const all = world.drawn.flatMap((entity) => world.state.all(entity))
  const shown = all.find(sees)
  const hidden = all.filter((rec) => !sees(rec)).slice(0, 3)
  if (shown === undefined) return
  const told = await Promise.all(
    pair.map(async (served, i) => {
      const stream = await served.listen(keyOf(stage, asker))
      const touch = ({ entity, id }: Rec) =>
        served.ask(served.adminKey, { method: 'PATCH', path: `${data}/${entity}s(${id})`, body: { flag: true } })
      try {
        for (const rec of i === 0 ? [] : hidden) await touch(rec)
        const { status } = await touch(shown)
        return status >= 300 ? 'gone' : await stream.until(shown.id, 5_000)
      } finally {
        await stream.end()
      }
    }),
  )
  const heard = told.map((text) => text.replaceAll(/^id:.*$/gm, ''))
  if (told.includes('gone') || heard[0] === heard[1]) return
  differences.push(`TWINS of world ${world.seed}: ${asker.name} hears\n  one:   ${told[0]}\n  other: ${told[1]}`)
}

/** The state after a request; undefined for one whose outcome hidden records may rightly decide. */
function afterwards(state: State, person: Person, request: Exclude<Request, { kind: 'batch' }>): State | undefined {
  if (isRead(request)) return state
  const write = request as Write
  const { after = state } = decide(state, person, write)
  // The id of a new record is the server's to choose.
  if (write.kind === 'create') return state
  if (write.kind !== 'delete') return after
  // What hangs on a record decides whether it can be deleted, seen or not.
  const rec = state.find(write.entity, write.id)
  const sees = new View(state, person).sees
  if (rec === undefined || !sees(rec)) return after
  return undefined
}

async function compare(
  { stage, asker, world, pair, differences }: Telling,
  sent: Asking,
  key = keyOf(stage, asker),
): Promise<void> {
  const [one, other] = await follow(pair, key, sent)
  if (one === other) return
  differences.push(
    [
      `TWINS of world ${world.seed} differ for ${asker.name} (SEED=${world.seed} repeats it)`,
      `  ${sent.method} ${decodeURIComponent(sent.path)} ${sent.body === undefined ? '' : JSON.stringify(sent.body)}`,
      ...apart(one, other),
    ].join('\n'),
  )
}

function apart(one: string, other: string): string[] {
  let at = 0
  while (one[at] === other[at]) at++
  const from = Math.max(0, at - 200)
  return [`  one:   …${one.slice(from, at + 300)}`, `  other: …${other.slice(from, at + 300)}`]
}

/** Both answers, with the pages and changes behind them. */
async function follow(pair: Pair, key: string, sent: Asking): Promise<readonly [string, string]> {
  const told = await Promise.all(
    pair.map(async (served) => {
      const texts: string[] = []
      let next: Asking | undefined = sent
      for (let page = 0; next !== undefined && page < 4; page++) {
        const heard: Heard = await served.ask(key, next)
        texts.push(settled(heard))
        const { '@odata.nextLink': more, '@odata.deltaLink': delta } = (heard.json ?? {}) as Record<string, string>
        const link: string | undefined = more ?? (page === 0 ? delta : undefined)
        next = link === undefined ? undefined : { method: 'GET', path: link.slice(link.indexOf('/api/')) }
      }
      return texts.join('\n---\n')
    }),
  )
  return [told[0]!, told[1]!]
}

const made = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const drawn = /^019f0000-0000-7[0-9a-f]{3}-8000-/

/** An answer without what cannot be the same. */
function settled({ status, headers, text }: Heard): string {
  const told = [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id' && name !== 'content-length')
  const names = new Map<string, string>()
  return `${status}\n${told.map(([name, value]) => `${name}: ${value}`).join('\n')}\n${text}`
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?/g, '<moment>')
    .replaceAll(/"seconds":[\d.]+/g, '"seconds":0')
    .replaceAll(/(\$?deltatoken=|deltatoken%3[dD])[\w.%~+/=-]+/g, '$1<place>')
    .replaceAll(made, (id) => {
      if (drawn.test(id)) return id
      if (!names.has(id)) names.set(id, `<id ${names.size}>`)
      return names.get(id)!
    })
}
