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
    const fields = [
      { name: 'name', type: 'text' },
      { name: 'scan', type: 'file' },
    ]
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

  describe('of an entity whose reads are kept', () => {
    const reads = async () => (await list('kind=read&top=999')).value
    /** The events of what is done meanwhile, the newest first. */
    const during = async (work: () => Promise<unknown>) => {
      const before = (await reads()).length
      await work()
      const now = await reads()
      return now.slice(0, now.length - before)
    }
    const good = async (path: string) => {
      const answer = await ask('GET', path)
      expect(answer.status, answer.text).toBeLessThan(300)
      return answer.text
    }
    const deltaOf = async (set: string) => {
      const answer = await fetch(`${server.url}/api/data/v1/${set}`, {
        headers: { authorization: `Bearer ${server.adminKey}`, prefer: 'odata.track-changes' },
      })
      return ((await answer.json()) as JsonObject)['@odata.deltaLink'] as string
    }
    const follow = async (link: string) => JSON.parse(await good(link.slice(server.url.length))) as JsonObject

    test('changes behind a delta link are noted, with those that are gone; that there are none is not', async () => {
      const link = await deltaOf('file_cards')
      const plain = await deltaOf('plain_cards')
      expect(await during(() => follow(link))).toEqual([])
      const made = JSON.parse((await ask('POST', '/api/data/v1/file_cards', { name: 'gone' })).text) as { id: string }
      await ask('PATCH', `/api/data/v1/file_cards(${ids[0]})`, { name: 'three' })
      await ask('PATCH', `/api/data/v1/plain_cards(${ids[1]})`, { name: 'three' })
      const [first, ...more] = await during(() => follow(link))
      expect(more).toEqual([])
      expect(first).toMatchObject({ entity: 'file_card', detail: { at: 'file_cards', ids: 2 } })
      expect(new Set(first!['records'] as string[])).toEqual(new Set([ids[0], made.id]))
      expect(await during(() => follow(plain))).toEqual([])
      const next = ((await follow(link))['@odata.deltaLink'] ?? '') as string
      await ask('DELETE', `/api/data/v1/file_cards(${made.id})`)
      expect(await during(() => follow(next))).toMatchObject([{ records: [made.id] }])
    })

    test('hits of a search are noted; what finds nothing of it is not', async () => {
      await ask('PATCH', `/api/data/v1/file_cards(${ids[0]})`, { name: 'Wonderful hit' })
      await ask('PATCH', `/api/data/v1/plain_cards(${ids[1]})`, { name: 'Plain hit' })
      const search = (q: string) => during(() => good(`/api/search?q=${q}`))
      expect(await search('hit')).toMatchObject([{ entity: 'file_card', records: [ids[0]], detail: { at: 'search' } }])
      expect(await search('plain')).toEqual([])
      expect(await search('nothingatall')).toEqual([])
    })

    test('a cross join is noted', async () => {
      const cross = (sets: string) => during(() => good(`/api/data/v1/$crossjoin(${sets})`))
      expect(await cross('file_cards,plain_cards')).toMatchObject([
        { entity: 'file_card', detail: { at: 'crossjoin' } },
      ])
      expect(await cross('plain_cards,users')).toEqual([])
    })

    test('the content of a file is noted once, by each of its addresses, in parts too', async () => {
      const upload = async (content: string) => {
        const answer = await fetch(`${server.url}/api/files?name=a.txt`, {
          method: 'POST',
          headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'text/plain' },
          body: content,
        })
        return ((await answer.json()) as { id: string }).id
      }
      const [file, plain] = [await upload('sensitive'), await upload('plain')]
      await ask('PATCH', `/api/data/v1/file_cards(${ids[0]})`, { scan_id: file })
      await ask('PATCH', `/api/data/v1/plain_cards(${ids[1]})`, { scan_id: plain })
      const told = { entity: 'file_card', records: [ids[0]], detail: { at: 'file_cards', ids: 1, content: 'scan' } }
      for (const path of [`/api/files/${file}`, `/api/data/v1/file_cards(${ids[0]})/scan`])
        expect(await during(async () => expect(await good(path)).toBe('sensitive')), path).toMatchObject([told])
      const part = await during(() =>
        fetch(`${server.url}/api/files/${file}`, {
          headers: { authorization: `Bearer ${server.adminKey}`, range: 'bytes=3-5' },
        }),
      )
      expect(part).toMatchObject([told])
      for (const path of [`/api/files/${plain}`, `/api/data/v1/plain_cards(${ids[1]})/scan`])
        expect(await during(() => good(path)), path).toEqual([])
    })
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
