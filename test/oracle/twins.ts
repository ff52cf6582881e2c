// Twin databases: copies of one world that differ only in what one person must not see. Both are asked the same requests over every path
// there is, and their answers have to be the same byte for byte. What is no secret and cannot be the same is taken out before: the
// moment of a write, ids the server makes, and the marks of a place in the log of changes.
import { endShares } from '@peyvand/runtime/records/share/end.ts'
import { randomFrom, type Random } from '../support/random.ts'
import type { Engine } from '../support/server.ts'
import { isDeepStrictEqual } from 'node:util'
import { View } from './answer.ts'
import { childrenOf, decide } from './change.ts'
import { serveCopy } from './copied.ts'
import { drawRequest } from './draw.ts'
import { drawDoing } from './doings.ts'
import { hideChanges, sightOf } from './hidden.ts'
import { drawPath } from './paths.ts'
import { personOf, type Person } from './person.ts'
import { isMade, readState } from './reread.ts'
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
  /** How many requests were answered with each status. */
  readonly statuses: ReadonlyMap<number, number>
}

interface Play {
  readonly seed: number
  readonly engine: Engine
  readonly requests: number
  /** So many people ask; all of the world when absent. */
  readonly askers?: number
}

/** Plays twins of a world for some of its people, one after the other. */
export async function compareTwins({ seed, engine, requests, askers = Infinity }: Play): Promise<Twins> {
  const random = randomFrom(seed)
  const world = drawWorld(random, seed, { extras: true })
  const stage = await stageWorld(world, engine)
  await loadExtras(random, stage)
  const files = await filesIn(stage)
  // Each server would do it at a moment of its own, and say so in the log of changes.
  await endShares(stage.served.platform)
  await stage.served.close()
  const differences: string[] = []
  const statuses = new Map<number, number>()
  let [asked_, changes] = [0, 0]
  try {
    const able = world.askers.flatMap((asker) => {
      const person = personOf(world.state, world.roles, asker.user, asker.roles)
      return person === undefined || person.roles.length === 0 ? [] : [{ asker, person }]
    })
    const some = random.some(able, Math.min(askers, able.length), Math.min(askers, able.length))
    for (let turn = 0; asked_ < requests && differences.length < 6 && turn < 20; turn++) {
      const { asker, person } = some[turn % some.length]!
      const pair = await openPair(stage)
      try {
        const one: Telling = { random, world, stage, asker, person, pair, files, differences, statuses }
        const hidden = await hideChanges(random, { served: pair[1], state: world.state, person, drawn: world.drawn })
        await makeNoise(pair[1], world)
        changes += hidden.changes
        const share = Math.min(Math.ceil(requests / some.length), requests - asked_)
        const told = await askBoth(one, [world.state, hidden.state], share)
        asked_ += told.requests
        changes += told.changes
        if (told.isAlike) await listenBoth(one, told.states)
      } finally {
        await Promise.all(pair.map((served) => served.stop()))
      }
    }
  } finally {
    await stage.stop()
  }
  return { requests: asked_, changes, differences, statuses }
}

/** Unique codes and files for some records. */
async function loadExtras(random: Random, { served, world }: Stage): Promise<void> {
  for (const entity of world.drawn) {
    const some = random.some(world.state.all(entity), 3, 8)
    const update = some.map(({ id }, n) => ({ id, code: `C-${n * 2 + 1}` }))
    const send = async (asking: Asking): Promise<void> => {
      const { status, text } = await served.ask(served.adminKey, asking)
      if (status >= 300) throw new Error(`extras: ${asking.path} ${status} ${text}`)
    }
    await send({ method: 'POST', path: `${data}/${entity}s/$bulk`, body: { update } })
    for (const { id } of some.slice(0, 4))
      await send({
        method: 'PUT',
        path: `${data}/${entity}s(${id})/paper`,
        body: `paper of ${id}`,
        headers: { 'content-type': 'text/plain' },
      })
  }
}

async function filesIn({ served, world }: Stage): Promise<string[]> {
  const all = world.drawn.map(
    (entity) => `select paper_id::text as id from t_default."${entity}" where paper_id is not null`,
  )
  return (await served.query<{ id: string }>(all.join(' union all '))).map(({ id }) => id)
}

/** What others do that is nobody else's business: an import that waits for its mapping, one that was made. */
async function makeNoise(served: Served, { drawn }: World): Promise<void> {
  for (const query of ['stage=true', 'dryRun=true'])
    await served.ask(served.adminKey, {
      method: 'POST',
      path: `/api/import/${drawn[0]}?${query}`,
      body: 'name\nsecret\n',
      headers: { 'content-type': 'text/csv' },
    })
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
  readonly files: readonly string[]
  readonly differences: string[]
  readonly statuses: Map<number, number>
}

type States = readonly [State, State]

interface Drawn {
  readonly sent: Asking
  /** Writes that say what it may rightly depend on. */
  readonly like: readonly Write[]
}

interface Asked {
  readonly requests: number
  readonly changes: number
  /** What each holds in the end, and whether the person still sees the same in both. */
  readonly states: States
  readonly isAlike: boolean
}

/** Asks both, until a write brings to light what was hidden: what the person sees then rightly differs. */
async function askBoth(one: Telling, begun: States, requests: number): Promise<Asked> {
  const { random, world, person, pair, differences } = one
  let states = begun
  let links: readonly (readonly Asking[])[] = []
  let [n, changes] = [0, 0]
  let isAlike = true
  while (isAlike && n < requests && differences.length < 6) {
    if (n === Math.floor(requests / 2) && changes === 0) {
      const more = await hideChanges(random, {
        served: pair[1],
        state: states[1],
        person,
        drawn: world.drawn,
        unseen: true,
      })
      changes = more.changes + 1
      states = [states[0], await readState(pair[1], states[1], world.drawn)]
    }
    if (links.length > 0 && random.chance(0.04)) {
      await compare(one, random.pick(links))
      n++
      continue
    }
    const drawn = draw(one, states[0], n)
    if (drawn === undefined || drawn.like.some((write) => isRightlyApart(states, person, write))) continue
    n++
    const { isDone, deltas } = await compare(one, [drawn.sent, drawn.sent])
    if (deltas !== undefined) links = [...links.slice(-5), deltas]
    if (!isDone) continue
    await evenMoments(pair, world.drawn)
    states = [await readState(pair[0], states[0], world.drawn), await readState(pair[1], states[1], world.drawn)]
    const [seen, other] = states.map((state) => sightOf(state, person, world.drawn))
    isAlike = isDeepStrictEqual(seen, other)
  }
  return { requests: n, changes, states, isAlike }
}

/**
 * Two writes may fall into one millisecond in one twin and into two in the other, and what was changed last stands first. Records
 * that were changed as often in both get the same moment; where a twin has one change more, it stays to be seen.
 */
async function evenMoments([one, other]: Pair, drawn: readonly string[]): Promise<void> {
  const tables = drawn.map((entity) => `t_default."${entity}"`)
  for (const table of tables) {
    const moments = await one.query(`select id, version, modified_at::text from ${table}`)
    await other.query(
      `update ${table} t set modified_at = m.modified_at
        from jsonb_to_recordset($1::jsonb) m(id uuid, version bigint, modified_at timestamptz)
        where t.id = m.id and t.version = m.version and t.modified_at <> m.modified_at`,
      [JSON.stringify(moments)],
    )
  }
}

/** A request over any path; undefined for what is compared elsewhere. */
function draw({ random, world, person, files }: Telling, state: State, n: number): Drawn | undefined {
  const known = state.copy()
  for (const ofEntity of known.records.values())
    for (const rec of ofEntity.values()) if (isMade(rec)) ofEntity.delete(rec.id)
  const drawing = { random, world, state: known, person }
  if (random.chance(0.3)) return { sent: drawPath({ ...drawing, files }), like: [] }
  if (random.chance(0.3)) return drawDoing(drawing)
  const request: Request = drawRequest(drawing, n)
  if (request.kind === 'batch') return undefined
  return { sent: asked(known, request), like: isRead(request) ? [] : [request as Write] }
}

/** Whether hidden records rightly decide what comes of a write: by the rules of roles, or because they hang on what is deleted. */
function isRightlyApart(states: States, person: Person, write: Write): boolean {
  if (write.kind === 'delete' && states.some((state) => hidesBelow(state, person, write))) return true
  const [one, other] = states.map((state) => decide(state, person, write))
  const isGood = ({ status }: { readonly status: readonly number[] }) => status.some((each) => each < 300)
  if (isGood(one!) !== isGood(other!)) return true
  return !one!.status.some((status) => other!.status.includes(status))
}

/** Whether a record that is not seen hangs on one that is to go, or on what goes with it. */
function hidesBelow(state: State, person: Person, { entity, id }: Extract<Write, { kind: 'delete' }>): boolean {
  const { sees } = new View(state, person)
  const rec = state.find(entity, id)
  if (rec === undefined || !sees(rec)) return false
  const gone = new Set([rec])
  for (const one of gone) for (const [child] of childrenOf(state, one)) gone.add(child)
  return [...gone].some((one) => !sees(one))
}

/** Of what happens to records that are not seen nobody hears: one twin has more of that than the other. */
async function listenBoth(
  { world, stage, asker, person, pair, differences }: Telling,
  [state, other]: States,
): Promise<void> {
  const { sees } = new View(state, person)
  const shown = world.drawn.flatMap((entity) => state.all(entity)).find((rec) => !isMade(rec) && sees(rec))
  if (shown === undefined) return
  const hidden = touchable(other, person, world.drawn)
  const told = await Promise.all(
    pair.map(async (served, i) => {
      const stream = await served.listen(keyOf(stage, asker))
      const touch = ({ entity, id }: Rec) =>
        served.ask(served.adminKey, { method: 'PATCH', path: `${data}/${entity}s(${id})`, body: { flag: true } })
      try {
        for (const rec of i === 0 ? [] : hidden) await touch(rec)
        const { status } = await touch(shown)
        return status >= 300 ? 'gone' : await stream.until(shown.id, 20_000)
      } finally {
        await stream.end()
      }
    }),
  )
  const heard = told.map((text) => text.replaceAll(/^id:.*$/gm, ''))
  if (told.includes('gone') || heard[0] === heard[1]) return
  differences.push(`TWINS of world ${world.seed}: ${asker.name} hears\n  one:   ${told[0]}\n  other: ${told[1]}`)
}

/** Some records that are not seen and stay so when they are touched: a rule may show those whose flag is up. */
function touchable(state: State, person: Person, drawn: readonly string[]): Rec[] {
  const { sees } = new View(state, person)
  const sight = sightOf(state, person, drawn)
  let touched = state
  const some: Rec[] = []
  for (const rec of drawn.flatMap((entity) => state.all(entity))) {
    if (some.length === 3) break
    if (isMade(rec) || sees(rec)) continue
    const next = touched.copy()
    next.find(rec.entity, rec.id)!.values['flag'] = true
    if (!isDeepStrictEqual(sight, sightOf(next, person, drawn))) continue
    touched = next
    some.push(rec)
  }
  return some
}

interface Compared {
  /** Something was written, as far as can be told. */
  readonly isDone: boolean
  /** Where each goes on to tell changes. */
  readonly deltas: readonly Asking[] | undefined
}

async function compare(
  { stage, asker, world, pair, differences, statuses }: Telling,
  sent: readonly Asking[],
): Promise<Compared> {
  const told = await Promise.all(pair.map((served, i) => follow(served, keyOf(stage, asker), sent[i]!)))
  const [one, other] = told.map(({ text }) => text) as [string, string]
  const [first] = sent as [Asking]
  const { status } = told[0]!
  statuses.set(status, (statuses.get(status) ?? 0) + 1)
  if (one !== other)
    differences.push(
      [
        `TWINS of world ${world.seed} differ for ${asker.name} (--seed ${world.seed} repeats it)`,
        `  ${first.method} ${decodeURIComponent(first.path)} ${first.body === undefined ? '' : JSON.stringify(first.body)}`,
        ...apart(one, other),
      ].join('\n'),
    )
  const deltas = told.flatMap(({ delta }) => delta ?? [])
  const isDone = first.method !== 'GET' && told.some(({ status }) => status < 300)
  return { isDone, deltas: deltas.length === 2 ? deltas : undefined }
}

function apart(one: string, other: string): string[] {
  let at = 0
  while (one[at] === other[at]) at++
  const from = Math.max(0, at - 200)
  return [`  one:   …${one.slice(from, at + 300)}`, `  other: …${other.slice(from, at + 300)}`]
}

interface Told {
  readonly text: string
  readonly status: number
  readonly delta: Asking | undefined
}

/** An answer, with the pages and changes behind it. */
async function follow(served: Served, key: string, sent: Asking): Promise<Told> {
  const texts: string[] = []
  let status = 0
  let delta: Asking | undefined
  let next: Asking | undefined = sent
  for (let page = 0; next !== undefined && page < 4; page++) {
    const heard: Heard = await served.ask(key, next)
    status ||= heard.status
    texts.push(settled(heard))
    const links = (heard.json ?? {}) as Record<string, unknown>
    const [more, changes] = [linkIn(links['@odata.nextLink']), linkIn(links['@odata.deltaLink'])]
    delta = changes ?? delta
    next = more ?? (page === 0 ? changes : undefined)
  }
  return { text: texts.join('\n---\n'), status, delta }
}

function linkIn(link: unknown): Asking | undefined {
  return typeof link === 'string' ? { method: 'GET', path: link.slice(link.indexOf('/api/')) } : undefined
}

const made = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const drawnId = /^019f0000-0000-7[0-9a-f]{3}-8000-/

/** An answer without what cannot be the same. */
function settled({ status, headers, text }: Heard): string {
  // A mark of a place is longer or shorter, and so is what holds it.
  const isSized = !/deltatoken|"seconds":/.test(text)
  const told = [...headers].filter(
    ([name]) => !/^(date|x-request-id)$/.test(name) && (isSized || name !== 'content-length'),
  )
  const names = new Map<string, string>()
  return (
    `${status}\n${told.map(([name, value]) => `${name}: ${value}`).join('\n')}\n${text}`
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?/g, '<moment>')
      .replaceAll(/[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d\s[AP]M/g, '<moment>')
      // When a key was last used is noted a little later.
      .replaceAll('"last_used_at":null', '"last_used_at":"<moment>"')
      // A digest of the body, moments and all.
      .replaceAll(/(W\/"\d+)\.[0-9a-f]{8}"/g, '$1"')
      .replaceAll(/"seconds":[\d.]+/g, '"seconds":0')
      .replaceAll(/(\$?deltatoken=|deltatoken%3[dD])[\w.%~+/=-]+/g, '$1<place>')
      .replaceAll(
        /(skiptoken=|skiptoken%3[dD])([\w%-]+)/g,
        (_all, name: string, token: string) => name + plainToken(token),
      )
      .replaceAll(made, (id) => {
        if (drawnId.test(id)) return id
        if (!names.has(id)) names.set(id, `<id ${names.size}>`)
        return names.get(id)!
      })
  )
}

/** Where a page ends: the values of its last row, with its id. */
function plainToken(token: string): string {
  return Buffer.from(decodeURIComponent(token), 'base64url').toString()
}
