// Records that are active or inactive: what a new one begins with, which status goes with which state, what may follow what,
// and that an inactive record stays as it is until it is activated, on both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type TestServer } from '../support/server.ts'

const entity = (name: string, state: unknown, fields: readonly object[] = []) => ({
  kind: 'entity',
  name,
  state,
  fields: [{ name: 'name', type: 'text', maxLength: 100, required: true }, ...fields],
})
const statuses = [
  { value: 'draft', state: 'active', to: ['open'] },
  { value: 'open', state: 'active', default: true, to: ['won', 'lost'] },
  { value: 'won', state: 'inactive', to: [] },
  { value: 'lost', state: 'inactive', to: ['open'] },
]

describe.each(engines)('states on %s', (engine) => {
  let server: TestServer
  const send = (method: string, path: string, body?: unknown) => call(server, method, `/api/data/v1/${path}`, body)
  const plan = async (definition: object) =>
    (await call(server, 'POST', '/api/model/plan', { changes: [{ op: 'put', definition }] })).json as {
      problems: { pointer: string }[]
    }

  beforeAll(async () => {
    server = await startServer({ engine })
    const definitions = [entity('thing', true), entity('case', { statuses })]
    const applied = await call(server, 'POST', '/api/model/apply', {
      changes: definitions.map((definition) => ({ op: 'put', definition })),
    })
    expect(applied.status, applied.text).toBe(200)
  })
  afterAll(() => server?.stop())

  const made = async (set: string, body: object) => {
    const answer = await send('POST', set, { name: 'x', ...body })
    return { status: answer.status, ...(answer.json as { id: string; state?: string; status?: string }) }
  }

  test.each([
    ['things', {}, { status: 201, state: 'active' }],
    ['things', { state: 'inactive' }, { status: 201, state: 'inactive' }],
    ['cases', {}, { state: 'active', status: 'open' }],
    ['cases', { status: 'draft' }, { state: 'active', status: 'draft' }],
    ['cases', { status: 'won' }, { state: 'inactive', status: 'won' }],
    ['cases', { state: 'inactive' }, { state: 'inactive', status: 'won' }],
  ])('a new record of %s with %o', async (set, body, expected) => {
    const { status: code, ...rest } = await made(set, body)
    if (set === 'things') expect({ ...rest, status: code }).toMatchObject(expected)
    else expect((await send('GET', `${set}(${rest.id})`)).json).toMatchObject(expected)
  })

  test('a state and a status that contradict each other are refused', async () => {
    const answer = await send('POST', 'cases', { name: 'x', state: 'active', status: 'won' })
    expect(answer.status, answer.text).toBe(422)
    expect(answer.text).toContain('inactive')
  })

  test.each([
    ['draft', 'open', 200],
    ['draft', 'won', 422],
    ['open', 'won', 200],
    ['open', 'draft', 422],
    ['lost', 'open', 200],
    ['won', 'open', 422],
    ['open', 'open', 200],
  ])('%s → %s answers %i', async (from, to, status) => {
    const { id } = await made('cases', { status: from })
    const answer = await send('PATCH', `cases(${id})`, { status: to })
    expect(answer.status, answer.text).toBe(status)
    expect((await send('GET', `cases(${id})/status/$value`)).text).toBe(status === 200 ? to : from)
  })

  test('an inactive record is not changed until it is activated', async () => {
    const { id } = await made('things', { state: 'inactive' })
    const refused = await send('PATCH', `things(${id})`, { name: 'y' })
    expect([refused.status, (refused.json as { error: { target: string } }).error.target]).toEqual([422, 'state'])
    expect((await send('PATCH', `things(${id})`, { state: 'active', name: 'y' })).status).toBe(200)
    expect((await send('PATCH', `things(${id})`, { name: 'z' })).status).toBe(200)
    expect((await send('PATCH', `things(${id})`, { state: 'inactive', name: 'last' })).status).toBe(200)
    expect((await send('DELETE', `things(${id})`)).status).toBe(204)
  })

  test('merged_into is the server’s', async () => {
    const { id } = await made('things', {})
    expect((await send('PATCH', `things(${id})`, { merged_into_id: id })).status).toBe(400)
  })

  test('an entity gets a state later: its records are active', async () => {
    await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: entity('late', false) }] })
    const { id } = await made('lates', {})
    const changed = await call(server, 'POST', '/api/model/apply', {
      changes: [{ op: 'put', definition: entity('late', true) }],
    })
    expect(changed.status, changed.text).toBe(200)
    expect((await send('GET', `lates(${id})`)).json).toMatchObject({ state: 'active', merged_into_id: null })
  })

  test.each([
    [entity('bad', { statuses: statuses.slice(0, 2) }), '/state/statuses'],
    [entity('bad', { statuses: [...statuses, { value: 'x', state: 'active', to: ['nothing'] }] }), '/to/0'],
    [entity('bad', true, [{ name: 'state', type: 'text' }]), '/fields/1/name'],
    [entity('bad', { statuses }, [{ name: 'status', type: 'text' }]), '/fields/1/name'],
    [entity('bad', true, [{ name: 'merged_into', type: 'text' }]), '/fields/1/name'],
  ])('refuses what makes no sense', async (definition, pointer) => {
    const { problems } = await plan(definition)
    expect(problems.map((one) => one.pointer)).toContainEqual(expect.stringMatching(`${pointer}$`))
  })
})
