// Requests that write over the paths beside single changes: PUT, properties, each of some, deep inserts and updates, codes that are taken,
// imports, files, batches, GraphQL, merges. For twins: what they answer is compared, not foretold.
import type { Random } from '../support/random.ts'
import { View } from './answer.ts'
import type { Person } from './person.ts'
import { data, type Values, type Write } from './request.ts'
import { opens } from './rights.ts'
import type { Asking } from './served.ts'
import type { Rec, State } from './state.ts'
import { drawValue } from './records.ts'
import { words } from './word.ts'
import type { World } from './world.ts'

export interface Doing {
  readonly sent: Asking
  /** Single changes that come to the same as far as rights go: what they rightly depend on, this may depend on. */
  readonly like: readonly Write[]
}

interface Drawing {
  readonly random: Random
  readonly world: World
  /** Records that the twins have under the same ids. */
  readonly state: State
  readonly person: Person
}

/** A unique code that some record may have. */
export function drawCode(random: Random): string {
  return `C-${random.whole(1, 20)}`
}

/** Draws a request that writes. */
export function drawDoing(drawing: Drawing): Doing {
  const { random, world, state, person } = drawing
  const open = world.drawn.filter((name) => opens(person, 'write', name) || opens(person, 'create', name))
  const entity = random.pick(open.length > 0 && random.chance(0.8) ? open : world.drawn)
  const { sees } = new View(state, person)
  const all = state.all(entity)
  const seen = all.filter(sees)
  const rec = random.pick(seen.length > 0 && random.chance(0.75) ? seen : all)
  const one: One = { ...drawing, entity, rec, seen, set: `${data}/${entity}s`, at: `${data}/${entity}s(${rec.id})` }
  return random.weighted<() => Doing>([
    [4, () => put(one)],
    [2, () => property(one)],
    [4, () => each(one)],
    [4, () => deepInsert(one)],
    [3, () => deepUpdate(one)],
    [5, () => coded(one)],
    [4, () => imported(one)],
    [3, () => paper(one)],
    [2, () => batch(one)],
    [3, () => graph(one)],
    [2, () => below(one)],
    [2, () => merged(one)],
  ])()
}

interface One extends Drawing {
  readonly entity: string
  readonly rec: Rec
  readonly seen: readonly Rec[]
  readonly set: string
  readonly at: string
}

const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Asking => ({
  method,
  path: path.replaceAll(' ', '%20'),
  ...(body === undefined ? {} : { body }),
  ...(headers === undefined ? {} : { headers }),
})

/** Values of a record's own, not of lookups. */
function plainValues(
  { random, state, entity }: One,
  least: number,
  most: number,
): Record<string, string | number | boolean | null> {
  const parts = state.world.things
    .get(entity)!
    .parts.filter((part) => part.type !== 'lookup' && part.calc === undefined && part.gather === undefined)
  return Object.fromEntries(random.some(parts, least, most).map((part) => [part.name, drawValue(random, part)]))
}

const named = ({ random }: One): string => `${random.pick(words)} ${random.whole(1, 99)}`
const update = (entity: string, id: string, values: Values): Write => ({ kind: 'update', entity, id, values })

function put(one: One): Doing {
  const values = { ...plainValues(one, 1, 4), name: named(one) }
  const { parts } = one.state.world.things.get(one.entity)!
  const empty = Object.fromEntries(
    parts.flatMap(({ name, type, calc, gather }) =>
      calc !== undefined || gather !== undefined ? [] : [[type === 'lookup' ? `${name}_id` : name, null]],
    ),
  )
  const like = [update(one.entity, one.rec.id, values), update(one.entity, one.rec.id, { ...empty, ...values })]
  return { sent: send('PUT', one.at, values), like }
}

function property(one: One): Doing {
  const [[name, value]] = Object.entries(plainValues(one, 1, 1)) as [[string, string]]
  const sent =
    one.random.chance(0.3) && typeof value === 'string'
      ? send('PUT', `${one.at}/${name}/$value`, value, { 'content-type': 'text/plain' })
      : send('PUT', `${one.at}/${name}`, { value })
  return { sent, like: [update(one.entity, one.rec.id, { [name]: value })] }
}

function each(one: One): Doing {
  const { random, set, entity, seen } = one
  const values = plainValues(one, 1, 2)
  const filter = random.pick([
    `number ge ${random.whole(0, 5)}`,
    `contains(note,'${random.pick(words).slice(0, 2)}')`,
    `kind eq 'red'`,
    `other/number ge ${random.whole(0, 5)}`,
    `below/any(x:x/number gt ${random.whole(0, 5)})`,
  ])
  return {
    sent: send('PATCH', `${set}/$filter(${filter})/$each`, values),
    like: seen.map(({ id }) => update(entity, id, values)),
  }
}

const creation = (entity: string, values: Values): Write => ({ kind: 'create', entity, id: '', values })

function deepInsert(one: One): Doing {
  const { random, entity, set } = one
  const [values, child] = [
    { ...plainValues(one, 0, 3), name: named(one) },
    { ...plainValues(one, 0, 3), name: named(one) },
  ]
  const body = random.chance(0.7) ? { ...values, below: [child] } : { ...values, above: child }
  return { sent: send('POST', set, body), like: [creation(entity, values), creation(entity, child)] }
}

function deepUpdate(one: One): Doing {
  const { random, entity, rec, state, at } = one
  const values = plainValues(one, 0, 2)
  const children = state.behind(rec, 'below', undefined)
  const child = children.length > 0 && random.chance(0.7) ? random.pick(children) : random.pick(state.all(entity))
  const inner = plainValues(one, 1, 2)
  const body = { ...values, 'below@odata.delta': [{ id: child.id, ...inner }] }
  const like = [update(entity, rec.id, values), update(entity, child.id, { ...inner, above_id: rec.id })]
  return { sent: send('PATCH', at, body), like }
}

/** A unique text: taken or not, by whomever. */
function coded(one: One): Doing {
  const { random, entity, rec, set, at } = one
  const code = drawCode(random)
  const values = { ...plainValues(one, 0, 2), name: named(one) }
  const rows = [
    { ...values, code },
    { name: named(one), code: drawCode(random) },
  ]
  return random.weighted<() => Doing>([
    [3, () => ({ sent: send('POST', set, { ...values, code }), like: [creation(entity, values)] })],
    [3, () => ({ sent: send('PATCH', at, { code }), like: [update(entity, rec.id, {})] })],
    [2, () => ({ sent: send('PATCH', `${set}(code='${code}')`, values), like: [creation(entity, values)] })],
    [2, () => ({ sent: send('GET', `${set}(code='${code}')?$select=id,name`), like: [] })],
    [
      1,
      () => ({
        sent: send('POST', `${set}/$bulk`, { upsert: rows, key: 'code' }),
        like: rows.map((row) => creation(entity, row)),
      }),
    ],
    [
      1,
      () => ({
        sent: send('POST', `${set}/$bulk`, { create: rows, atomic: false }),
        like: rows.map((row) => creation(entity, row)),
      }),
    ],
  ])()
}

function imported(one: One): Doing {
  const { random, entity, rec, seen } = one
  const names = [named(one), named(one)]
  const [key, first] = random.pick<readonly [key: string, value: (n: number) => string]>([
    ['id', (n) => (n === 0 ? rec.id : random.pick(one.state.all(entity)).id)],
    ['code', () => drawCode(random)],
    ['note', () => random.pick(words)],
  ])
  const column = key === 'note' ? 'number' : 'note'
  const body = [
    `${key},name,${column}`,
    ...names.map((name, n) => `${first(n)},${name},${column === 'note' ? 'fjord' : 4}`),
  ].join('\n')
  const dry = random.chance(0.5) ? '&dryRun=true' : ''
  const values = names.map((name): Values => ({ name, [column]: column === 'note' ? 'fjord' : 4 }))
  const like = values.flatMap((each) => [creation(entity, each), ...seen.map(({ id }) => update(entity, id, each))])
  const sent = send('POST', `/api/import/${entity}?key=${key}${dry}`, body, { 'content-type': 'text/csv' })
  return { sent, like: dry === '' ? like : [] }
}

function paper({ random, entity, rec, at, set }: One): Doing {
  const like = [update(entity, rec.id, {})]
  const text = { 'content-type': 'text/plain' }
  return random.weighted<() => Doing>([
    [2, () => ({ sent: send('PUT', `${at}/paper`, `paper of ${random.pick(words)}`, text), like })],
    [1, () => ({ sent: send('DELETE', `${at}/paper`), like })],
    [3, () => ({ sent: send('GET', `${at}/paper`), like: [] })],
    [2, () => ({ sent: send('GET', `${set}?$select=name,paper_name,paper_size&$orderby=paper_size,id`), like: [] })],
  ])()
}

function batch(one: One): Doing {
  const { entity, rec, random } = one
  const values = plainValues(one, 1, 2)
  const made = { name: named(one) }
  const requests = [
    { id: '1', method: 'PATCH', url: `${entity}s(${rec.id})`, body: values, headers: { 'if-match': '*' } },
    { id: '2', method: 'POST', url: `${entity}s`, body: made },
    { id: '3', method: 'GET', url: `${entity}s?$orderby=id&$select=name&$count=true` },
  ]
  const grouped = random.chance(0.4)
    ? requests.map((each) => (each.method === 'GET' ? each : { ...each, atomicityGroup: 'g' }))
    : requests
  const sent = send('POST', `${data}/$batch`, { requests: grouped }, { prefer: 'odata.continue-on-error' })
  return { sent, like: [update(entity, rec.id, values), creation(entity, made)] }
}

function graph(one: One): Doing {
  const { entity, rec, random } = one
  const type = entity[0]!.toUpperCase() + entity.slice(1)
  const number = random.whole(0, 7)
  const [input, shown] = [`input: { number: ${number} }`, '{ id name number }']
  const query = random.pick([
    `mutation { update${type}(id: "${rec.id}", ${input}) ${shown} }`,
    `mutation { upsert${type}(key: {code: "${drawCode(random)}"}, input: { name: "amber", number: ${number} }) ${shown} }`,
    `mutation { create${type}(input: { name: "amber", number: ${number} }) ${shown} }`,
  ])
  const like = [update(entity, rec.id, { number }), creation(entity, { name: 'amber', number })]
  return { sent: send('POST', '/api/graphql', { query }), like }
}

/** A record in a collection of another one. */
function below(one: One): Doing {
  const values = { ...plainValues(one, 0, 2), name: named(one) }
  return {
    sent: send('POST', `${one.at}/below`, values),
    like: [creation(one.entity, { ...values, above_id: one.rec.id })],
  }
}

function merged({ random, entity, seen, rec }: One): Doing {
  const loser = random.pick(seen.length > 0 ? seen : [rec])
  const body = { entity, winner: rec.id, loser: loser.id, take: random.some(['note', 'number', 'kind'], 0, 2) }
  // What leads to the loser moves, and has to be the caller's to move: as with a delete.
  return { sent: send('POST', '/api/actions/merge_records', body), like: [{ kind: 'delete', entity, id: loser.id }] }
}
