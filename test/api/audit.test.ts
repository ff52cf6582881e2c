// What is in the audit, and who may see it: writes, reads of what is sensitive, exports, models, sign-ins, changes of rights; the
// list with its filters, the file, the state, and verifying it over HTTP and by the command. On both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { engines, startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

interface Listed {
  readonly value: readonly (JsonObject & { readonly kind: string })[]
  readonly names: Readonly<Record<string, string>>
  readonly next: string | null
}

describe.each(engines)('on %s', (engine) => {
  let server: TestServer
  const ask = async (method: string, path: string, body?: JsonObject) => {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, text: await answer.text() }
  }
  const json = async <T>(path: string): Promise<T> => JSON.parse((await ask('GET', path)).text) as T
  const list = (query: string) => json<Listed>(`/api/audit?${query}`)
  const ids: string[] = []

  beforeAll(async () => {
    server = await startServer({ engine })
    const fields = [{ name: 'name', type: 'text' }]
    const change = (name: string, audit: JsonObject | boolean) => ({
      op: 'put',
      definition: { kind: 'entity', name, primaryField: 'name', audit, fields },
    })
    const changes = [change('file_card', { reads: true }), change('plain_card', true)]
    const answer = await ask('POST', '/api/model/apply', { changes })
    expect(answer.status, answer.text).toBe(200)
    for (const set of ['file_cards', 'plain_cards']) {
      const made = await ask('POST', `/api/data/v1/${set}`, { name: 'one' })
      expect(made.status, made.text).toBe(201)
      ids.push((JSON.parse(made.text) as { id: string }).id)
    }
    await ask('PATCH', `/api/data/v1/file_cards(${ids[0]})`, { name: 'two' })
  })
  afterAll(() => server?.stop())

  test('writes, the model and keys stand in one list', async () => {
    const { value } = await list('top=100')
    const kinds = value.map(({ kind }) => kind)
    for (const kind of ['create', 'update', 'model', 'key']) expect(kinds).toContain(kind)
    expect((await list(`record=${ids[0]}&kind=update`)).value).toMatchObject([
      { entity: 'file_card', before: { name: 'one' }, after: { name: 'two' }, records: [ids[0]] },
    ])
    const named = async (id: string) => (await list(`record=${id}`)).names[id]
    expect([await named(ids[0]!), await named(ids[1]!)], 'of another one than whose reads are kept').toEqual([
      undefined,
      'one',
    ])
    expect((await list('kind=model')).value[0]).toMatchObject({
      detail: { action: 'apply', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    })
    expect((await list('kind=permission')).value.length).toBeGreaterThan(0)
  })

  test('pages follow one another without a gap', async () => {
    const all = (await list('top=999')).value.map(({ place }) => place)
    const found: unknown[] = []
    for (let next: string | null = ''; next !== null;) {
      const page: Listed = await list(`top=2${next === '' ? '' : `&after=${next}`}`)
      found.push(...page.value.map(({ place }) => place))
      next = page.next
    }
    expect(found).toEqual(all)
  })

  test.each([
    ['a record', () => `/api/data/v1/file_cards(${ids[0]})`],
    ['a list', () => '/api/data/v1/file_cards'],
    ['GraphQL', () => `/api/graphql?query=${encodeURIComponent('{ file_cards { nodes { id name } } }')}`],
  ])('%s of an entity whose reads are kept is noted, of another one not', async (_what, path) => {
    const count = async () => (await list('kind=read&top=999')).value.length
    const before = await count()
    const answer = await ask('GET', path())
    expect(answer.status, answer.text).toBe(200)
    expect(await count()).toBe(before + 1)
    expect((await list('kind=read')).value[0]).toMatchObject({ entity: 'file_card', records: [ids[0]] })
    await ask('GET', path().replace('file_cards', 'plain_cards').replace(ids[0]!, ids[1]!))
    expect(await count()).toBe(before + 1)
  })

  test('an export is noted with its rows', async () => {
    await ask('GET', '/api/export/plain_cards?format=json')
    await until(async () => (await list('kind=export')).value.length === 2 || undefined)
    expect((await list('kind=export')).value).toMatchObject([
      { outcome: 'accepted', entity: 'plain_card', detail: { format: 'json', rows: 1 } },
      { outcome: 'asked' },
    ])
  })

  test('it can be had as a file, which is noted too', async () => {
    const { text } = await ask('GET', `/api/audit/csv?record=${ids[1]}`)
    expect(text.split('\r\n')[0]).toContain('at,kind,outcome,by')
    expect(text).toContain('create')
    expect((await list('kind=export')).value[0]).toMatchObject({ detail: { of: 'audit' } })
  })

  test('it is sealed within seconds, and verified', async () => {
    type State = { head: JsonObject | null; unsealed: JsonObject; verified: JsonObject | null }
    await until(async () => (await json<State>('/api/audit/state')).unsealed['rows'] === 0 || undefined)
    const { job } = JSON.parse((await ask('POST', '/api/audit/verify', {})).text) as { job: string }
    await until(async () => (await json<JsonObject>(`/api/jobs/${job}`))['state'] === 'done' || undefined)
    expect((await json<JsonObject>(`/api/jobs/${job}`))['result']).toMatchObject({ wrong: 0, findings: [] })
    expect((await json<State>('/api/audit/state')).verified).toMatchObject({ outcome: 'accepted' })
  })

  test.each([
    ['top=0', 400],
    ['after=x', 400],
    ['person=x', 400],
    ['from=yesterday', 400],
    ['entity=nothing', 404],
    ['who=x', 400],
  ])('%s is refused', async (query, status) => {
    expect((await ask('GET', `/api/audit?${query}`)).status).toBe(status)
  })
})
