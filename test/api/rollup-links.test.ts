// Are rollups over relationships of many with many right after every write: linking, unlinking, records in between, changes and
// deletions at either end, a relationship of an entity with itself, and many writes at once? On both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type TestServer } from '../support/server.ts'

const lookup = (name: string, target: string, onDelete: string) => ({ name, type: 'lookup', target, onDelete })
const rollup = (name: string, entity: string, via: string, aggregate: string, field?: string, filter?: string) => ({
  name,
  type: 'rollup',
  entity,
  via,
  aggregate,
  ...(field === undefined ? {} : { field }),
  ...(filter === undefined ? {} : { filter }),
})
const text = { name: 'name', type: 'text' }
const relationship = (name: string, from: object, to: object, more: object = {}) => ({
  kind: 'relationship',
  name,
  from,
  to,
  ...more,
})

const definitions = [
  {
    kind: 'entity',
    name: 'student',
    fields: [
      text,
      { name: 'age', type: 'integer' },
      rollup('courses_n', 'course', 'courses', 'count'),
      rollup('hours', 'course', 'courses', 'sum', 'hours', 'open'),
      rollup('clubs_n', 'club', 'clubs', 'count'),
      rollup('followers', 'student', 'followed_by', 'count'),
      rollup('oldest', 'student', 'follows', 'max', 'age'),
    ],
  },
  {
    kind: 'entity',
    name: 'course',
    fields: [
      text,
      { name: 'hours', type: 'integer' },
      { name: 'open', type: 'boolean' },
      rollup('mean_age', 'student', 'students', 'avg', 'age'),
      rollup('adults', 'student', 'students', 'count', undefined, 'age >= 18'),
    ],
  },
  {
    kind: 'entity',
    name: 'club',
    fields: [
      text,
      lookup('school', 'school', 'clear'),
      rollup('members', 'student', 'students', 'count'),
      rollup('hours', 'student', 'students', 'sum', 'hours'),
    ],
  },
  { kind: 'entity', name: 'school', fields: [text, rollup('members', 'club', 'school', 'sum', 'members')] },
  {
    kind: 'entity',
    name: 'seat',
    fields: [
      lookup('student', 'student', 'cascade'),
      lookup('course', 'course', 'clear'),
      { name: 'row', type: 'integer' },
    ],
  },
  relationship(
    'seating',
    { entity: 'student', name: 'courses' },
    { entity: 'course', name: 'students' },
    {
      through: { entity: 'seat', from: 'student', to: 'course' },
    },
  ),
  relationship('membership', { entity: 'student', name: 'clubs' }, { entity: 'club', name: 'students' }),
  relationship('following', { entity: 'student', name: 'follows' }, { entity: 'student', name: 'followed_by' }),
]

type Row = Record<string, string | number | boolean | null>
type Tables = Readonly<Record<string, readonly Row[]>>

const round = (value: number): number => Math.round(value * 1e6) / 1e6
const sum = (values: readonly unknown[]): number => values.reduce<number>((all, value) => all + Number(value ?? 0), 0)

/** What every rollup should be, worked out from the records and their links. */
function recounted(tables: Tables): Record<string, Record<string, Row>> {
  const byId = (set: string) => new Map(tables[set]!.map((row) => [row['id'], row]))
  const linked = (links: string, near: string, far: string, set: string) => {
    const rows = byId(set)
    return (id: unknown): Row[] => {
      const found = tables[links]!.filter((one) => one[near] === id).map((one) => rows.get(one[far]))
      return [...new Set(found.filter((row) => row !== undefined))]
    }
  }
  const courses = linked('seats', 'student_id', 'course_id', 'courses')
  const students = linked('seats', 'course_id', 'student_id', 'students')
  const clubs = linked('memberships', 'from_id', 'to_id', 'clubs')
  const members = linked('memberships', 'to_id', 'from_id', 'students')
  const follows = linked('followings', 'from_id', 'to_id', 'students')
  const followers = linked('followings', 'to_id', 'from_id', 'students')
  const hours = (id: unknown) => sum(courses(id).map((one) => (one['open'] === true ? one['hours'] : 0)))
  const ages = (rows: readonly Row[]) => rows.flatMap(({ age }) => (age === null ? [] : [Number(age)]))
  const each = (set: string, of: (id: unknown) => Row) =>
    Object.fromEntries(tables[set]!.map(({ id }) => [id as string, of(id)]))
  return {
    students: each('students', (id) => ({
      courses_n: courses(id).length,
      hours: hours(id),
      clubs_n: clubs(id).length,
      followers: followers(id).length,
      oldest: ages(follows(id)).sort((a, b) => b - a)[0] ?? null,
    })),
    courses: each('courses', (id) => {
      const all = ages(students(id))
      return {
        mean_age: all.length === 0 ? null : round(sum(all) / all.length),
        adults: all.filter((age) => age >= 18).length,
      }
    }),
    clubs: each('clubs', (id) => ({
      members: members(id).length,
      hours: sum(members(id).map((one) => hours(one['id']))),
    })),
    schools: each('schools', (id) => ({
      members: sum(tables['clubs']!.filter((one) => one['school_id'] === id).map((one) => members(one['id']).length)),
    })),
  }
}

function generator(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe.each(engines)('rollups over links on %s', (engine) => {
  let server: TestServer
  const send = (method: string, path: string, body?: unknown) => call(server, method, `/api/data/v1/${path}`, body)
  const apply = (changes: readonly object[]) => call(server, 'POST', '/api/model/apply', { changes })

  async function rows(set: string): Promise<Row[]> {
    const answer = await call(server, 'GET', `/api/data/v1/${set}?$top=5000`, undefined, {
      prefer: 'odata.maxpagesize=5000',
    })
    expect(answer.status, answer.text).toBe(200)
    return (answer.json as { value: Row[] }).value
  }
  async function linksIn(set: string, collection: string): Promise<Row[]> {
    const found: Row[] = []
    for (const { id } of await rows(set)) {
      const answer = await send('GET', `${set}(${id})/${collection}?$select=id`)
      for (const other of (answer.json as { value: Row[] }).value) found.push({ from_id: id!, to_id: other['id']! })
    }
    return found
  }
  async function allRight(): Promise<void> {
    const tables: Record<string, Row[]> = {}
    for (const set of ['students', 'courses', 'clubs', 'schools', 'seats']) tables[set] = await rows(set)
    tables['memberships'] = await linksIn('students', 'clubs')
    tables['followings'] = await linksIn('students', 'follows')
    for (const [set, wanted] of Object.entries(recounted(tables)))
      for (const [id, values] of Object.entries(wanted)) {
        const stored = tables[set]!.find((row) => row['id'] === id)!
        const shown = Object.fromEntries(
          Object.keys(values).map((name) => [
            name,
            typeof stored[name] === 'number' ? round(stored[name]) : stored[name],
          ]),
        )
        expect(shown, `${set}(${id})`).toEqual(values)
      }
    const checked = await call(server, 'POST', '/api/actions/rollup_differences', {})
    expect(checked.json).toMatchObject({ differences: [] })
  }
  const create = async (set: string, body: object): Promise<string> => {
    const made = await send('POST', set, body)
    expect(made.status, made.text).toBe(201)
    return (made.json as { id: string }).id
  }
  const link = (path: string, other: string) => send('POST', `${path}/$ref`, { '@odata.id': other })
  const unlink = (path: string, other: string) => send('DELETE', `${path}(${other})/$ref`)

  beforeAll(async () => {
    server = await startServer({ engine })
    const applied = await apply(definitions.map((definition) => ({ op: 'put', definition })))
    expect(applied.status, applied.text).toBe(200)
  })
  afterAll(() => server?.stop())

  test('each kind of write leaves them right, also two levels up', async () => {
    const school = await create('schools', { name: 's' })
    const club = await create('clubs', { name: 'c', school_id: school })
    const course = await create('courses', { name: 'k', hours: 4, open: true })
    const [ada, bob] = [
      await create('students', { name: 'a', age: 17 }),
      await create('students', { name: 'b', age: 30 }),
    ]
    expect((await link(`students(${ada})/clubs`, `clubs(${club})`)).status).toBe(204)
    expect((await link(`clubs(${club})/students`, `students(${bob})`)).status).toBe(204)
    expect((await link(`students(${ada})/follows`, `students(${bob})`)).status).toBe(204)
    const seat = await create('seats', { student_id: ada, course_id: course })
    await create('seats', { student_id: ada, course_id: course })
    await allRight()
    expect((await send('GET', `clubs(${club})`)).json).toMatchObject({ members: 2, hours: 4 })
    expect((await send('GET', `schools(${school})`)).json).toMatchObject({ members: 2 })
    expect((await send('GET', `students(${ada})`)).json).toMatchObject({ courses_n: 1, oldest: 30 })
    for (const [path, change] of [
      [`students(${ada})`, { age: 19 }],
      [`students(${bob})`, { age: 31 }],
      [`courses(${course})`, { hours: 6 }],
      [`courses(${course})`, { open: false }],
      [`courses(${course})`, { open: true }],
      [`seats(${seat})`, { student_id: bob }],
      [`seats(${seat})`, { course_id: null }],
      [`seats(${seat})`, { course_id: course, row: 3 }],
    ] as const) {
      const changed = await send('PATCH', path, change)
      expect(changed.status, changed.text).toBeLessThan(300)
      await allRight()
    }
    expect((await send('GET', `clubs(${club})`)).json).toMatchObject({ members: 2, hours: 12 })
    expect((await unlink(`students(${ada})/clubs`, club)).status).toBe(204)
    await allRight()
    expect((await send('DELETE', `courses(${course})`)).status).toBe(204)
    await allRight()
    expect((await send('DELETE', `students(${bob})`)).status).toBe(204)
    await allRight()
    expect((await send('GET', `schools(${school})`)).json).toMatchObject({ members: 0 })
  })

  test('random links and writes: stored rollups are what a recount gives', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
    const writes = Number(process.env['ROLLUP_WRITES'] ?? 120)
    console.log(`rollups over links: seed ${seed}, ${writes} writes`)
    const pick = generator(seed)
    const ids: Record<string, string[]> = { students: [], courses: [], clubs: [], schools: [], seats: [] }
    for (const set of Object.keys(ids)) ids[set] = (await rows(set)).map(({ id }) => id as string)
    const bodies: Readonly<Record<string, () => object>> = {
      students: () => ({ age: pick(5) === 0 ? null : pick(40) }),
      courses: () => ({ hours: pick(20), open: pick(2) === 0 }),
      clubs: () => ({ school_id: any('schools') ?? null }),
      schools: () => ({ name: `s${pick(9)}` }),
      seats: () => ({ student_id: any('students') ?? null, course_id: any('courses') ?? null }),
    }
    const any = (set: string): string | undefined => ids[set]![pick(ids[set]!.length)]
    const collections = [
      ['students', 'clubs', 'clubs'],
      ['clubs', 'students', 'students'],
      ['students', 'follows', 'students'],
      ['students', 'followed_by', 'students'],
    ] as const
    const one = async (): Promise<void> => {
      const set = Object.keys(ids)[pick(5)]!
      const id = any(set)
      const what = pick(10)
      if (what < 3 || id === undefined) {
        const made = await send('POST', set, bodies[set]!())
        // What it points at may just have been deleted by another write.
        if (made.status === 201) ids[set]!.push((made.json as { id: string }).id)
        else expect(made.status, made.text).toBe(422)
        return
      }
      if (what < 5) return void (await send('PATCH', `${set}(${id})`, bodies[set]!()))
      if (what === 5) {
        if ((await send('DELETE', `${set}(${id})`)).status === 204) ids[set] = ids[set]!.filter((each) => each !== id)
        return
      }
      const [from, collection, to] = collections[pick(4)]!
      const [near, far] = [any(from), any(to)]
      if (near === undefined || far === undefined) return
      if (what < 9) await link(`${from}(${near})/${collection}`, `${to}(${far})`)
      else await unlink(`${from}(${near})/${collection}`, far)
    }
    for (let done = 0; done < writes; done += 6) {
      await Promise.all(Array.from({ length: 6 }, one))
      if (done % 30 === 0) await allRight()
    }
    await allRight()
  })

  test('a way that is neither lookup nor relationship is refused by name', async () => {
    const wrong = { kind: 'entity', name: 'park', fields: [text, rollup('n', 'student', 'clubs', 'count')] }
    const answer = await apply([{ op: 'put', definition: wrong }])
    expect(answer.status).toBe(422)
    expect(answer.text).toContain('no relationship links the two')
  })
})
