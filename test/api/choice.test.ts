// Do choices keep their rules on stored records: options that are no longer given, what may follow what, what fits what? By
// every way of writing, on both engines, and also when two change the same record at once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'

const options = (...values: string[]) => values.map((value) => ({ value }))
const fields = [
  { name: 'name', type: 'text', maxLength: 100 },
  {
    name: 'stage',
    type: 'choice',
    options: options('new', 'open', 'done', 'lost'),
    transitions: { new: ['open'], open: ['done', 'lost'], done: [] },
  },
  { name: 'grade', type: 'choice', options: [{ value: 'a' }, { value: 'b' }, { value: 'old', active: false }] },
  {
    name: 'tags',
    type: 'multi_choice',
    indexed: true,
    options: [{ value: 'x' }, { value: 'y' }, { value: 'gone', active: false }],
  },
  { name: 'country', type: 'choice', options: options('ir', 'ro') },
  {
    name: 'city',
    type: 'choice',
    options: options('tehran', 'tabriz', 'cluj'),
    dependsOn: { field: 'country', map: { ir: ['tehran', 'tabriz'], ro: ['cluj'] } },
  },
  {
    name: 'areas',
    type: 'multi_choice',
    options: options('north', 'south', 'old_town'),
    dependsOn: { field: 'city', map: { tehran: ['north', 'south'], cluj: ['old_town'] } },
  },
]
const definition = (changed: Record<string, unknown>[] = fields) => ({
  kind: 'entity',
  name: 'ticket',
  label: 'Ticket',
  plural: 'Tickets',
  entitySet: 'tickets',
  ownership: 'user',
  primaryField: 'name',
  audit: true,
  fields: changed,
})
/** The same entity while the retired options were still given. */
const before = fields.map((field) =>
  'options' in field ? { ...field, options: field.options!.map(({ value }) => ({ value })) } : field,
)

describe.each(engines)('choices on %s', (engine) => {
  let server: TestServer
  let count = 1
  const freshId = () => `018f3c1e-0000-7000-8000-${String(count++).padStart(12, '0')}`
  const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
    call(server, method, `/api/data/v1/${path}`, body, headers)
  const apply = async (put: unknown) => {
    const applied = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: put }] })
    expect(applied.status, applied.text).toBe(200)
  }
  const make = async (body: Record<string, unknown>): Promise<string> => {
    const id = freshId()
    const made = await send('PATCH', `tickets(${id})`, body)
    expect(made.status, made.text).toBe(201)
    return id
  }
  const change = (id: string, body: Record<string, unknown>) => send('PATCH', `tickets(${id})`, body)
  const refused = (answer: Answer) => {
    expect(answer.status, answer.text).toBe(422)
    return (answer.json as { error: { message: string; target: string; innererror?: Record<string, unknown> } }).error
  }
  let kept: string

  beforeAll(async () => {
    server = await startServer({ engine })
    await apply(definition(before))
    kept = await make({ name: 'Kept', grade: 'old', tags: ['x', 'gone'] })
    await apply(definition())
  })
  afterAll(() => server?.stop())

  test('an option that is no longer given stays where it is', async () => {
    expect((await change(kept, { grade: 'old', tags: ['gone', 'y'], name: 'Kept still' })).status).toBe(200)
    expect((await send('GET', `tickets(${kept})`)).json).toMatchObject({ grade: 'old', tags: ['y', 'gone'] })
  })

  test('and is given to no other record', async () => {
    expect(refused(await send('POST', 'tickets', { grade: 'old' }))).toMatchObject({ target: 'grade' })
    const id = await make({ grade: 'a', tags: ['x'] })
    expect(refused(await change(id, { grade: 'old' })).message).toContain('"old"')
    expect(refused(await change(id, { tags: ['x', 'gone'] })).message).toContain('"gone"')
    expect((await change(kept, { grade: 'b' })).status).toBe(200)
    expect(refused(await change(kept, { grade: 'old' }))).toMatchObject({ target: 'grade' })
  })

  test('what may follow what is told with both ends and the ways out', async () => {
    const id = await make({ stage: 'new' })
    const error = refused(await change(id, { stage: 'done' }))
    expect(error.message).toContain('from "new" to "done"')
    expect(JSON.stringify(error)).toContain('From \\"new\\" it may go to: open')
    expect((await change(id, { stage: 'new' })).status).toBe(200)
    expect((await change(id, { stage: 'open' })).status).toBe(200)
    expect(refused(await change(id, { stage: null })).message).toContain('no value')
    expect((await change(id, { stage: 'done' })).status).toBe(200)
    expect(JSON.stringify(refused(await change(id, { stage: 'open' })))).toContain('is final')
    const lost = await make({ stage: 'lost' })
    expect((await change(lost, { stage: 'new' })).status).toBe(200)
    const empty = await make({})
    expect((await change(empty, { stage: 'done' })).status).toBe(200)
  })

  test('of two who leave a stage at once by ways that exclude each other, one does', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await make({ stage: 'open' })
      const answers = await Promise.all([change(id, { stage: 'done' }), change(id, { stage: 'lost' })])
      const stage = ((await send('GET', `tickets(${id})`)).json as { stage: string }).stage
      // Nothing leaves "done"; "lost" may become anything again.
      if (stage === 'lost') expect(answers.map(({ status }) => status)).toEqual([422, 200])
      else expect(answers[0].status).toBe(200)
    }
  })

  test('a dependent option has to fit, whichever of the two is written', async () => {
    const id = await make({ country: 'ir', city: 'tehran', areas: ['south'] })
    const wrong = refused(await send('POST', 'tickets', { country: 'ro', city: 'tehran' }))
    expect(wrong).toMatchObject({ target: 'city' })
    expect(JSON.stringify(wrong)).toContain('One of: cluj')
    expect(refused(await send('POST', 'tickets', { city: 'tehran' })).message).toContain('is empty')
    expect(refused(await change(id, { city: 'cluj' })).message).toContain('does not fit "Country" "ir"')
    expect(refused(await change(id, { country: 'ro' })).message).toContain('"tehran"')
    expect(refused(await change(id, { country: 'ro', city: 'cluj' }))).toMatchObject({ target: 'areas' })
    expect(refused(await change(id, { areas: ['south', 'old_town'] })).message).toContain('"old_town"')
    const moved = await change(id, { country: 'ro', city: 'cluj', areas: ['old_town'] })
    expect(moved.status, moved.text).toBe(200)
    expect((await change(id, { country: null, city: null, areas: [] })).status).toBe(200)
  })

  test('many at once keep the same rules, row by row', async () => {
    const open = await make({ stage: 'open', country: 'ro', city: 'cluj' })
    const made = await send('POST', 'tickets/$bulk', {
      atomic: false,
      create: [{ grade: 'old' }, { grade: 'a' }, { country: 'ro', city: 'tabriz' }],
    })
    expect(made.text.match(/"code":"check.invalid"/g)?.length, made.text).toBe(2)
    const update = [
      { id: open, stage: 'new' },
      { id: kept, tags: ['gone'] },
    ]
    const answer = await send('POST', 'tickets/$bulk', { atomic: false, update })
    expect(answer.text).toContain('from \\"open\\" to \\"new\\"')
    expect((await send('GET', `tickets(${kept})`)).json).toMatchObject({ tags: ['gone'] })
    const all = await send(
      'GET',
      `tickets?$filter=grade eq 'old' or city eq 'tabriz' or stage eq 'new'&$select=id,stage`,
    )
    expect((all.json as { value: { stage: string }[] }).value.filter(({ stage }) => stage !== 'new')).toEqual([])
    const whole = await send('POST', 'tickets/$bulk', { create: [{ name: 'None of these' }, { grade: 'old' }] })
    expect(whole.status).toBe(422)
    const none = await send('GET', `tickets/$count?$filter=name eq 'None of these'`)
    expect(none.text).toBe('0')
  })

  test('several choices are filtered, grouped by each set and counted by each value', async () => {
    const set = await send('GET', `tickets?$apply=filter(tags has 'y')/groupby((tags),aggregate($count as n))`)
    expect(set.status, set.text).toBe(200)
    const each = await send('GET', `tickets?$apply=filter(tags/any(t:t eq 'y'))/aggregate($count as n)`)
    expect(each.text).toContain('"n":')
    const any = await send('GET', `tickets?$filter=tags/any(t:t eq 'gone')&$select=name`)
    expect((any.json as { value: unknown[] }).value.length).toBe(1)
  })
})
