// Asks the server what the oracle was asked, reads both answers the same way and says where they differ. What nobody is promised
// (times, versions, order without a sort) is left out; after every write all stored records are compared too.
import { valueOf } from './evaluate.ts'
import { isDeepStrictEqual } from 'node:util'
import { answer, unordered, View, type Expected } from './answer.ts'
import { decide } from './change.ts'
import type { Person } from './person.ts'
import { asked, data, isRead, type Read, type Request, type Write } from './request.ts'
import type { Asking, Heard } from './served.ts'
import type { Stage } from './stage.ts'
import type { Rec, State, Thing } from './state.ts'

/** What each side says, when they do not say the same. */
export interface Difference {
  readonly expected: unknown
  readonly heard: unknown
  readonly sent: readonly Asking[]
}

/** The outcome of one case: the state that holds from here on, and a difference if there was one. */
export interface Verdict {
  readonly state: State
  readonly difference?: Difference
}

export interface Case {
  readonly state: State
  /** Undefined: the key of somebody who is nobody. */
  readonly person: Person | undefined
  readonly key: string
  readonly request: Request
}

/** Asks both sides. */
export async function judge(stage: Stage, one: Case): Promise<Verdict> {
  const { state, person, request } = one
  if (request.kind === 'batch') return judgeBatch(stage, one, request.of)
  if (person === undefined) return judgeNobody(stage, one, request)
  if (isRead(request)) return { state, difference: await judgeRead(stage, one, person, request as Read) }
  return judgeWrite(stage, one, person, request as Write)
}

async function judgeNobody({ served }: Stage, { state, key }: Case, request: Read | Write): Promise<Verdict> {
  const sent = asked(state, request)
  const heard = await served.ask(key, sent)
  if (heard.status === 401) return { state }
  return {
    state,
    difference: { expected: { status: 401 }, heard: { status: heard.status, text: heard.text }, sent: [sent] },
  }
}

// ---- reading --------------------------------------------------------------------------------------------------------

async function judgeRead(
  stage: Stage,
  { state, key }: Case,
  person: Person,
  read: Read,
): Promise<Difference | undefined> {
  const sent = asked(state, read)
  const expected = answer(new View(state, person), read)
  const heard = await stage.served.ask(key, sent)
  const body = heard.status === 200 ? await bodyIn(stage, key, read, heard) : undefined
  const found = compared(expected, heard, body, [sent])
  if (found !== undefined || expected.unknown === undefined) return found
  return judgeUnknown(stage, key, sent, expected.unknown, heard)
}

function compared(expected: Expected, heard: Heard, body: unknown, sent: readonly Asking[]): Difference | undefined {
  if (!expected.status.includes(heard.status))
    return { expected, heard: { status: heard.status, text: heard.text.slice(0, 1000) }, sent }
  if (expected.body === undefined || heard.status !== 200 || isDeepStrictEqual(expected.body, body)) return undefined
  return { expected: expected.body, heard: body, sent }
}

/** A hidden name is answered like one that never was: the same status, code and words. */
async function judgeUnknown(
  { served }: Stage,
  key: string,
  sent: Asking,
  names: readonly string[],
  heard: Heard,
): Promise<Difference | undefined> {
  const [name] = names
  const path = decodeURIComponent(sent.path)
  const pattern = new RegExp(`\\b${name}\\b`, 'g')
  if (new Set(names).size !== 1 || [...path.matchAll(pattern)].length !== 1) return undefined
  const other = 'q'.repeat(name!.length)
  const again = { ...sent, path: path.replace(pattern, other).replaceAll(' ', '%20') }
  const like = await served.ask(key, again)
  const words = ({ status, text }: Heard) => ({ status, text: plain(text.replaceAll(name!, other)) })
  if (isDeepStrictEqual(words(heard), words(like))) return undefined
  return { expected: words(like), heard: words(heard), sent: [sent, again] }
}

/** An error without what helps with typing errors: which names are near depends on how the name is spelled. */
function plain(text: string): string {
  return text.replaceAll(/,?"hint":"(?:[^"\\]|\\.)*"/g, '').replaceAll(/,"innererror":\{\}/g, '')
}

async function judgeBatch(stage: Stage, one: Case, of: readonly Read[]): Promise<Verdict> {
  const { state, person, key } = one
  const requests = of.map((read, i) => ({
    id: String(i),
    method: 'GET',
    url: asked(state, read).path.slice(data.length + 1),
  }))
  const sent: Asking = {
    method: 'POST',
    path: `${data}/$batch`,
    body: { requests },
    headers: { prefer: 'odata.continue-on-error' },
  }
  const heard = await stage.served.ask(key, sent)
  if (person === undefined)
    return {
      state,
      ...(heard.status === 401 ? {} : { difference: { expected: 401, heard: heard.text, sent: [sent] } }),
    }
  const responses =
    ((heard.json ?? {}) as { responses?: { id: string; status: number; body?: unknown }[] }).responses ?? []
  for (const [i, read] of of.entries()) {
    const { status = 0, body } = responses.find(({ id }) => id === String(i)) ?? {}
    const text = body === undefined ? '' : JSON.stringify(body)
    const part: Heard = { status, headers: heard.headers, text, json: body }
    const expected = answer(new View(state, person), read)
    const told = status === 200 ? await bodyIn(stage, key, read, part) : undefined
    const difference = compared(expected, part, told, [sent])
    if (difference !== undefined) return { state, difference }
  }
  return { state }
}

/** The body of an answer as the oracle says it. */
async function bodyIn(stage: Stage, key: string, read: Read, heard: Heard): Promise<unknown> {
  const json = heard.json as Record<string, unknown>
  switch (read.kind) {
    case 'list': {
      const rows = (await pagesOf(stage, key, heard)).map(bare)
      const ordered = (read.options.sort ?? []).length > 0
      const total = read.options.count === true ? { total: json['@odata.count'] } : {}
      return { rows: ordered ? rows : unordered(rows), ...total }
    }
    case 'get':
      return bare(json)
    case 'way':
      return read.many ? { rows: unordered((await pagesOf(stage, key, heard)).map(bare)) } : bare(json)
    case 'value':
      return json['value']
    case 'count':
      return Number(heard.text)
    case 'group':
      return unordered((json['value'] as object[]).map((row) => groupIn(row, read)))
    case 'export':
      return (heard.json as { id: string }[]).map(({ id }) => id).sort()
    case 'find':
      return foundIn(stage, json)
  }
}

function foundIn({ world }: Stage, json: unknown): string[] {
  const all = (Array.isArray(json) ? json : Object.values(json as object).find(Array.isArray)) as {
    entity: string
    hits: { id: string }[]
  }[]
  return all
    .filter(({ entity }) => world.drawn.includes(entity))
    .flatMap(({ entity, hits }) => hits.map(({ id }) => `${entity} ${id}`))
    .sort()
}

/** All rows of a list, page after page. */
async function pagesOf({ served }: Stage, key: string, first: Heard): Promise<unknown[]> {
  const rows: unknown[] = []
  for (let heard: Heard | undefined = first; heard !== undefined;) {
    const page = heard.json as { value?: unknown[]; '@odata.nextLink'?: string }
    rows.push(...(page.value ?? [`no page: ${heard.status} ${heard.text}`]))
    const next: string | undefined = page['@odata.nextLink']
    if (next === undefined || rows.length > 500) return rows
    const { pathname, search } = new URL(next)
    heard = await served.ask(key, { method: 'GET', path: pathname + search })
  }
  return rows
}

function groupIn(row: object, { by, aggregates }: Extract<Read, { kind: 'group' }>): unknown[] {
  const at = (path: readonly string[]): unknown => {
    let value: unknown = row
    for (const name of path) value = (value as Record<string, unknown> | null | undefined)?.[name]
    return value ?? null
  }
  return [...by.map(at), ...aggregates.map((_each, i) => (row as Record<string, unknown>)[`a${i}`])]
}

const stamps = new Set(['created_at', 'created_by_id', 'modified_at', 'modified_by_id', 'version'])

/** A record without what the server alone knows. */
export function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== 'object' || value === null) return value
  const row = value as Record<string, unknown>
  const amount = 'price' in row && (row['price'] === null || typeof row['price'] === 'number')
  return Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => !name.includes('@') || name.endsWith('@odata.count'))
      .filter(([name]) => !stamps.has(name) && !(amount && (name === 'price_currency' || name === 'price_base')))
      .map(([name, inner]) => [name, bare(inner)]),
  )
}

// ---- writing --------------------------------------------------------------------------------------------------------

async function judgeWrite(stage: Stage, { state, key }: Case, person: Person, write: Write): Promise<Verdict> {
  const sent = asked(state, write)
  const heard = await stage.served.ask(key, sent)
  // A new record has the id that the server gave it.
  const made =
    write.kind === 'create' ? /\(([0-9a-f-]{36})\)$/.exec(heard.headers.get('location') ?? '')?.[1] : undefined
  const {
    status,
    after = state,
    told,
  } = decide(state, person, made === undefined ? write : ({ ...write, id: made } as Write))
  const said = { status: heard.status, text: heard.text.slice(0, 1000) }
  if (!status.includes(heard.status)) return { state, difference: { expected: { status }, heard: said, sent: [sent] } }
  const isRecord = (heard.status === 200 || heard.status === 201) && told !== undefined
  if (isRecord && !isDeepStrictEqual(bare(heard.json), told))
    return { state, difference: { expected: told, heard: bare(heard.json), sent: [sent] } }
  const then = heard.status < 300 ? after : state
  const stored = await storedIn(stage)
  const kept = keptIn(then)
  for (const [name, rows] of kept)
    if (!isDeepStrictEqual(rows, stored.get(name)))
      return { state, difference: { ...firstOf(name, rows, stored.get(name) ?? []), sent: [sent] } }
  return { state: then }
}

function firstOf(
  name: string,
  kept: readonly unknown[],
  stored: readonly unknown[],
): Pick<Difference, 'expected' | 'heard'> {
  const lacks = (one: readonly unknown[], other: readonly unknown[]) =>
    one.filter((row) => !other.some((each) => isDeepStrictEqual(row, each)))
  return { expected: { stored: name, rows: lacks(kept, stored) }, heard: { stored: name, rows: lacks(stored, kept) } }
}

type Rows = ReadonlyMap<string, readonly unknown[]>

/** The records of a state, written like those of the database. */
function keptIn(state: State): Rows {
  const rows = new Map<string, unknown[]>()
  for (const thing of state.world.things.values()) {
    if (thing.parts.length < 4) continue // people
    rows.set(thing.name, unordered(state.all(thing.name).map((rec) => keptRow(state, rec))))
  }
  rows.set('links', unordered(state.links.map(([, from, to]) => [from, to])))
  const shares = state.shares.filter(({ over }) => !over)
  rows.set('shares', unordered(shares.map(({ record, to, rights }) => [record, to, [...rights].sort()])))
  return rows
}

function keptRow(state: State, rec: Rec): Record<string, unknown> {
  const columns = columnsKept(state.world.things.get(rec.entity)!)
  return Object.fromEntries(columns.map((name) => [name, valueOf(state, rec, name)]))
}

async function storedIn({ served, world }: Stage): Promise<Rows> {
  const { shape, drawn } = world
  const parts = drawn.map(
    (name) => `select '${name}' as name, coalesce(json_agg(t), '[]')::text as rows from t_default."${name}" t`,
  )
  const tables = [
    ...parts,
    `select 'links', coalesce(json_agg(json_build_array(from_id, to_id)), '[]')::text from t_default.bond`,
    `select 'shares', coalesce(json_agg(json_build_array(record_id, principal_id, array(select r from unnest(rights) r order by r collate "C"))), '[]')::text
      from t_default._share where expires_at is null or expires_at > now()`,
  ]
  const found = await served.query<{ name: string; rows: string }>(tables.join(' union all '))
  return new Map(
    found.map(({ name, rows }) => {
      const all = JSON.parse(rows) as Record<string, unknown>[]
      const thing = shape.things.get(name)
      if (thing === undefined) return [name, unordered(all)]
      const columns = columnsKept(thing)
      return [name, unordered(all.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]]))))]
    }),
  )
}

/** The columns of a stored record that are compared, in their order. */
function columnsKept({ parts, owned }: Thing): string[] {
  return [
    'id',
    ...parts.flatMap(({ name, type, calc, targets }) => {
      if (calc !== undefined) return []
      if (type !== 'lookup') return [name]
      return targets!.length > 1 ? [`${name}_id`, `${name}_type`] : [`${name}_id`]
    }),
    ...(owned ? ['owner_id', 'owner_type', 'owning_unit_id'] : []),
  ]
}
