// Changes what a person must not see, and nothing else: records out of their reach, values of fields that are closed to them, masked
// values as far as the mask does not show it, shares of others, deleted records. A change counts only when the oracle finds that
// everything the person sees and may do is as it was. Written as an administrator would; marks of the write itself are put back where the
// person could see them. Unique codes stay: that one is taken is told to everybody.
import { isDeepStrictEqual } from 'node:util'
import type { Random } from '../support/random.ts'
import { rowOf, View } from './answer.ts'
import { forgetContacts } from './change.ts'
import type { Person } from './person.ts'
import { data } from './request.ts'
import { isMade } from './reread.ts'
import { isClosed, reaches } from './rights.ts'
import type { Asking, Served } from './served.ts'
import { leads, type Part, type Rec, type State } from './state.ts'
import { idKinds, idOf } from './id.ts'
import { drawValue, ownersIn } from './records.ts'
import { operations } from './operation.ts'

export interface Hiding {
  readonly served: Served
  readonly state: State
  readonly person: Person
  readonly drawn: readonly string[]
  /** Only records that are not seen at all: a change of one that is seen shows in its version. */
  readonly unseen?: boolean
}

export interface Hidden {
  readonly changes: number
  /** What is stored then. */
  readonly state: State
}

/** Changes a database. */
export async function hideChanges(random: Random, hiding: Hiding): Promise<Hidden> {
  const { state, person, drawn, unseen = false } = hiding
  const { sees } = new View(state, person)
  let hidden = state.copy()
  let changes = 0
  const sight = sightOf(hidden, person, drawn)
  const attempt = async (next: State, write: () => Promise<boolean>): Promise<void> => {
    if (!isDeepStrictEqual(sight, sightOf(next, person, drawn))) return
    if (!(await write())) return
    hidden = next
    changes++
  }
  for (const entity of drawn) {
    for (const rec of state.all(entity)) {
      if (isMade(rec) || (unseen && sees(rec))) continue
      const next = hidden.copy()
      const values = changedValues(random, hidden, person, rec)
      Object.assign(next.find(entity, rec.id)!.values, values)
      if (Object.keys(values).length > 0) await attempt(next, () => patch(hiding, rec, values))
    }
    await addHidden(random, hiding, entity, hidden, attempt)
    await removeHidden(random, hiding, entity, hidden, attempt)
    changes += await changePapers(hiding, entity, hidden)
  }
  return { changes, state: hidden }
}

/** All that a person can find out: every record they see, as they see it, and what they may do to it. */
export function sightOf(state: State, person: Person, drawn: readonly string[]): unknown {
  const view = new View(state, person)
  return drawn.map((entity) =>
    state
      .all(entity)
      .filter(view.sees)
      .map((rec) => [
        rowOf(view, rec, {}),
        operations.map((operation) => reaches(state, person, operation, rec)),
        state.world.collections(entity).map((name) =>
          state.world.collection(entity, name) === undefined
            ? []
            : state
                .behind(rec, name, view.sees)
                .map(({ id }) => id)
                .sort(),
        ),
      ]),
  )
}

function changedValues(
  random: Random,
  state: State,
  person: Person,
  rec: Rec,
): Record<string, string | number | boolean | null> {
  const view = new View(state, person)
  const { parts } = state.world.things.get(rec.entity)!
  const seen = view.sees(rec)
  const open = parts.filter(
    (part) =>
      part.type !== 'lookup' &&
      part.calc === undefined &&
      part.gather === undefined &&
      (!seen || view.sight(rec.entity, part) !== 'clear'),
  )
  // One at a time where the record is seen, so that a mask that shows too much spoils one change only.
  return Object.fromEntries(
    random.some(open, seen ? 0 : 1, seen ? 1 : 4).map((part) => [part.name, otherValue(random, part, rec)]),
  )
}

function otherValue(random: Random, part: Part, rec: Rec): string | number | boolean | null {
  const value = rec.values[part.name]
  // As long and with the same end, so that some masks show the same of it.
  if (typeof value === 'string' && part.type === 'text') return `zz${value.slice(2)}`
  return drawValue(random, part)
}

/** Files that are not to be read have another content. */
async function changePapers(hiding: Hiding, entity: string, state: State): Promise<number> {
  const { served, person, unseen = false } = hiding
  const { sees } = new View(state, person)
  const closed = !unseen && isClosed(person, entity, 'paper', 'read')
  const columns = await served.query<{ id: string }>(
    `select id from t_default."${entity}" where to_jsonb("${entity}") ->> 'paper_id' is not null`,
  )
  const some = columns.flatMap(({ id }) => state.find(entity, id) ?? []).filter((rec) => closed || !sees(rec))
  for (const rec of some)
    await change(hiding, rec, {
      method: 'PUT',
      path: `${data}/${entity}s(${rec.id})/paper`,
      body: `hidden ${rec.id}`,
      headers: { 'content-type': 'text/plain' },
    })
  return some.length
}

async function patch(hiding: Hiding, rec: Rec, body: Readonly<Record<string, unknown>>): Promise<boolean> {
  await change(hiding, rec, {
    method: 'PATCH',
    path: `${data}/${rec.entity}s(${rec.id})`,
    body,
    headers: { 'if-match': '*', prefer: 'return=minimal' },
  })
  return true
}

/** Changes a record and puts back the marks of the change. */
async function change({ served }: Hiding, { entity, id }: Rec, asking: Asking): Promise<void> {
  const [before] = await served.query<Record<string, unknown>>(
    `select version, modified_at::text, modified_by_id from t_default."${entity}" where id = $1`,
    [id],
  )
  const heard = await served.ask(served.adminKey, asking)
  if (heard.status >= 300) throw new Error(`hidden change: ${heard.status} ${heard.text}`)
  await served.query(
    `update t_default."${entity}" set version = $2, modified_at = $3::timestamptz, modified_by_id = $4 where id = $1`,
    [id, before!['version'], before!['modified_at'], before!['modified_by_id']],
  )
}

type Attempt = (next: State, write: () => Promise<boolean>) => Promise<void>

async function addHidden(
  random: Random,
  { served }: Hiding,
  entity: string,
  state: State,
  attempt: Attempt,
): Promise<void> {
  const { owned, parts } = state.world.things.get(entity)!
  const owner = owned ? random.pick(ownersIn(state)) : undefined
  const empty = Object.fromEntries(parts.map(({ name }) => [name, null]))
  const rec: Rec = {
    entity,
    id: idOf(idKinds.record + 500, random.whole(1, 1_000_000)),
    values: { ...empty, name: 'amber', note: 'birch', number: random.whole(0, 7) },
    owner: owner?.id ?? null,
    ownerType: owner?.type ?? null,
    unit: owner?.unit ?? null,
  }
  const next = state.copy()
  next.put(rec)
  await attempt(next, async () => {
    const body = {
      name: 'amber',
      note: 'birch',
      number: rec.values['number'],
      ...(owned ? { owner_id: rec.owner, owner_type: rec.ownerType } : {}),
    }
    const { status, text } = await served.ask(served.adminKey, {
      method: 'PATCH',
      path: `${data}/${entity}s(${rec.id})`,
      body,
    })
    if (status !== 201) throw new Error(`hidden record: ${status} ${text}`)
    return true
  })
}

async function removeHidden(
  random: Random,
  { served, person }: Hiding,
  entity: string,
  state: State,
  attempt: Attempt,
): Promise<void> {
  const view = new View(state, person)
  const coded = new Set(await codesIn(served, entity))
  const free = state
    .all(entity)
    .filter(
      (rec) => !isMade(rec) && !view.sees(rec) && !coded.has(rec.id) && !isUsed(state, rec) && !hangsOn(view, rec),
    )
  if (free.length === 0) return
  const gone = random.pick(free)
  const next = state.copy()
  next.records.get(entity)!.delete(gone.id)
  forgetContacts(next, new Set([gone.id]))
  next.links = next.links.filter(([, from, to]) => from !== gone.id && to !== gone.id)
  await attempt(next, async () => {
    const { status } = await served.ask(served.adminKey, { method: 'DELETE', path: `${data}/${entity}s(${gone.id})` })
    return status === 204
  })
}

/** Records with a unique code. */
async function codesIn(served: Served, entity: string): Promise<string[]> {
  const text = `select id from t_default."${entity}" where to_jsonb("${entity}") ->> 'code' is not null`
  return (await served.query<{ id: string }>(text)).map(({ id }) => id)
}

/** Whether a record leads to one that is seen: what would follow from deleting that one depends on it. */
function hangsOn({ state, sees }: View, rec: Rec): boolean {
  return state.world.lookups(rec.entity).some((name) => {
    const behind = state.follow(rec, name, undefined)
    return behind !== undefined && sees(behind)
  })
}

/** Whether a lookup leads to a record. */
function isUsed(state: State, rec: Rec): boolean {
  return [...state.world.things.values()].some(({ name, parts }) =>
    parts.some(
      (part) =>
        part.type === 'lookup' &&
        part.targets!.includes(rec.entity) &&
        state.all(name).some((one) => leads(one, part, rec)),
    ),
  )
}
