// Many requests in one, and many records in one: $batch in both forms and deep insert, on both engines.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { call, engines, startServer, type TestServer } from '../support/server.ts'
import { ids, setUpDeals } from './deals.ts'

interface Part {
  readonly id: string
  readonly status: number
  readonly headers: Record<string, string>
  readonly body?: Record<string, unknown> & { value?: Record<string, unknown>[]; error?: { code: string } }
}

describe.each(engines)('$batch on %s', (engine) => {
  let server: TestServer
  let n = 0
  /** A name that no other test uses. */
  const fresh = (what: string) => `${what} ${++n}`
  beforeAll(async () => {
    server = await startServer({ engine, env: { BATCH_LIMIT: '20' } })
    await setUpDeals(server)
  })
  afterAll(() => server?.stop())

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    call(server, 'POST', `/api/data/v1${path}`, body, headers)
  async function batch(requests: readonly object[], headers: Record<string, string> = {}): Promise<Part[]> {
    const answer = await post('/$batch', { requests }, headers)
    expect(answer.status, answer.text).toBe(200)
    expect(answer.headers.get('odata-version')).toBe('4.01')
    return (answer.json as { responses: Part[] }).responses
  }
  const named = async (set: string, name: string) => {
    const { json } = await call(server, 'GET', `/api/data/v1/${set}?$filter=${encodeURIComponent(`name eq '${name}'`)}`)
    return (json as { value: Record<string, unknown>[] }).value
  }

  describe('as JSON', () => {
    test('reads and writes, each with its own answer', async () => {
      const name = fresh('Firm')
      const parts = await batch([
        { id: 'a', method: 'GET', url: `firms(${ids.acme})?$select=name` },
        { id: 'b', method: 'post', url: '/firms', body: { name } },
        { id: 'c', method: 'GET', url: '/api/data/v1/firms/$count' },
        { id: 'd', method: 'DELETE', url: `${server.url}/api/data/v1/firms(${ids.none})` },
      ])
      expect(parts.map(({ id, status }) => [id, status])).toEqual([
        ['a', 200],
        ['b', 201],
        ['c', 200],
        ['d', 404],
      ])
      expect(parts[0]!.body).toMatchObject({
        id: ids.acme,
        '@odata.context': expect.stringContaining('/$metadata#firms(id,name)/$entity') as string,
      })
      expect(parts[1]!.headers['location']).toBe(`${server.url}/api/data/v1/firms(${parts[1]!.body!['id'] as string})`)
      expect(parts[2]!.body).toMatch(/^\d+$/)
      expect(parts[3]!.body!.error!.code).toBe('missing.record')
    })

    test('stops at the first failure, or goes on when told to', async () => {
      const requests = [
        { id: '1', method: 'GET', url: 'firms/$count' },
        { id: '2', method: 'GET', url: 'nothing' },
        { id: '3', method: 'GET', url: 'firms/$count' },
      ]
      expect((await batch(requests)).map(({ status }) => status)).toEqual([200, 404])
      const going = await post('/$batch', { requests }, { prefer: 'odata.continue-on-error' })
      expect((going.json as { responses: Part[] }).responses.map(({ status }) => status)).toEqual([200, 404, 200])
      expect(going.headers.get('preference-applied')).toBe('continue-on-error=true')
    })

    test('what depends on a failure fails too', async () => {
      const parts = await batch(
        [
          { id: '1', method: 'POST', url: 'firms', body: {} },
          { id: '2', method: 'GET', url: 'firms/$count', dependsOn: ['1'] },
          { id: '3', method: 'GET', url: 'firms/$count' },
        ],
        { prefer: 'continue-on-error' },
      )
      expect(parts.map(({ status }) => status)).toEqual([422, 424, 200])
    })

    test('refers to what an earlier request made, in addresses and bodies', async () => {
      const [firm, deal] = [fresh('Firm'), fresh('Deal')]
      const parts = await batch([
        { id: 'f', atomicityGroup: 'g', method: 'POST', url: 'firms', body: { name: firm } },
        {
          id: 'd',
          atomicityGroup: 'g',
          dependsOn: ['f'],
          method: 'POST',
          url: 'deals',
          body: { name: deal, 'firm@odata.bind': '$f' },
        },
        { id: 'p', atomicityGroup: 'g', method: 'PATCH', url: '$f', body: { city: 'Bonn' } },
        { id: 'r', dependsOn: ['g'], method: 'GET', url: '$f/deals?$select=name' },
        { id: 'q', method: 'GET', url: '/$f' },
      ])
      expect(parts.map(({ status }) => status)).toEqual([201, 201, 200, 200, 200])
      expect(parts[3]!.body!.value).toMatchObject([{ name: deal }])
      expect(parts[4]!.body).toMatchObject({ name: firm, city: 'Bonn' })
    })

    test('refers to what an earlier request read, and to the version it answered', async () => {
      const [made] = await batch([{ id: 'm', method: 'POST', url: 'firms', body: { name: fresh('Firm') } }])
      const id = made!.body!['id'] as string
      const change = (own: string, city: string) => ({
        id: own,
        method: 'PATCH',
        url: '$r?$select=city',
        headers: { 'If-Match': '$r' },
        body: { city },
      })
      const parts = await batch(
        [
          { id: 'r', method: 'GET', url: `firms(${id})?$select=name` },
          change('a', 'Bonn'),
          change('b', 'Rome'),
          { id: 'n', method: 'GET', url: 'firms/$count' },
          { id: 'c', method: 'DELETE', url: '$r', headers: { 'if-match': '$n' } },
          { id: 'd', method: 'DELETE', url: '$n' },
          { id: 'e', method: 'DELETE', url: '$r', headers: { 'if-match': '$a' } },
        ],
        { prefer: 'continue-on-error' },
      )
      expect(parts.map(({ status }) => status)).toEqual([200, 200, 412, 200, 424, 424, 204])
      expect(parts[1]!.body).toMatchObject({ id, city: 'Bonn' })
    })

    test('a group is written as a whole, or not at all', async () => {
      const [good, other] = [fresh('Firm'), fresh('Firm')]
      const parts = await batch(
        [
          { id: '1', atomicityGroup: 'g', method: 'POST', url: 'firms', body: { name: good } },
          { id: '2', atomicityGroup: 'g', method: 'POST', url: 'firms', body: { name: good } },
          { id: '3', method: 'POST', url: 'firms', body: { name: other } },
          { id: '4', dependsOn: ['g'], method: 'GET', url: 'firms/$count' },
        ],
        { prefer: 'continue-on-error=true' },
      )
      expect(parts.map(({ status }) => status)).toEqual([424, 409, 201, 424])
      expect(await named('firms', good)).toEqual([])
      expect(await named('firms', other)).toHaveLength(1)
    })

    const wrong: readonly (readonly [title: string, body: unknown, status: number, pointer?: string])[] = [
      ['no list', {}, 400, '/requests'],
      ['no object', [], 400],
      [
        'an id twice',
        {
          requests: [
            { id: '1', method: 'GET', url: 'firms' },
            { id: '1', method: 'GET', url: 'firms' },
          ],
        },
        400,
        '/requests/1/id',
      ],
      ['no method', { requests: [{ id: '1', url: 'firms' }] }, 400, '/requests/0/method'],
      [
        'a member that is not known',
        { requests: [{ id: '1', method: 'GET', url: 'firms', boby: {} }] },
        400,
        '/requests/0/boby',
      ],
      ['"if"', { requests: [{ id: '1', method: 'GET', url: 'firms', if: 'true' }] }, 501, '/requests/0/if'],
      [
        'depends on what is not there',
        { requests: [{ id: '1', method: 'GET', url: 'firms', dependsOn: ['9'] }] },
        400,
        '/requests/0/dependsOn',
      ],
      [
        'a group that is torn',
        {
          requests: [
            { id: '1', atomicityGroup: 'g', method: 'GET', url: 'firms' },
            { id: '2', method: 'GET', url: 'firms' },
            { id: '3', atomicityGroup: 'g', method: 'GET', url: 'firms' },
          ],
        },
        400,
        '/requests/2/atomicityGroup',
      ],
      [
        'too many',
        { requests: Array.from({ length: 21 }, (_none, i) => ({ id: `${i}`, method: 'GET', url: 'firms' })) },
        413,
      ],
      [
        'headers that are no texts',
        { requests: [{ id: '1', method: 'GET', url: 'firms', headers: { a: 1 } }] },
        400,
        '/requests/0/headers',
      ],
    ]
    for (const [title, body, status, pointer = ''] of wrong)
      test(`is refused: ${title}`, async () => {
        const answer = await post('/$batch', body)
        expect(answer.status, answer.text).toBe(status)
        if (pointer !== '') expect(answer.text).toContain(`"pointer":"${pointer}"`)
      })

    test('a batch holds no batch, and only methods of the service', async () => {
      const parts = await batch(
        [
          { id: '1', method: 'POST', url: '$batch', body: { requests: [] } },
          { id: '2', method: 'TRACE', url: 'firms' },
          { id: '3', method: 'GET', url: 'https://elsewhere.test/x' },
          { id: '4', method: 'POST', url: 'firms', headers: { 'content-type': 'text/plain' }, body: 'x' },
          { id: '5', method: 'GET', url: 'firms?$filter=nme eq 1' },
          {
            id: '6',
            method: 'PATCH',
            url: `firms(${ids.acme})`,
            headers: { 'If-Match': 'W/"99"' },
            body: { city: 'x' },
          },
        ],
        { prefer: 'continue-on-error' },
      )
      expect(parts.map(({ status }) => status)).toEqual([400, 405, 404, 415, 400, 412])
    })
    test('a request of it is asked by nobody else than the batch', async () => {
      const names = ['Authorization', 'Act-As', 'MSCRMCallerID', 'CallerObjectId', 'act-AS']
      const value = { Authorization: 'Bearer pvd_x' } as Record<string, string>
      const parts = await batch(
        names.map((name, i) => ({
          id: `${i}`,
          method: 'POST',
          url: 'firms',
          headers: { [name]: value[name] ?? ids.acme },
          body: { name: 'Of somebody else' },
        })),
        { prefer: 'continue-on-error' },
      )
      expect(parts.map(({ status }) => status)).toEqual(names.map(() => 400))
      const made = await call(server, 'GET', "/api/data/v1/firms?$filter=name eq 'Of somebody else'")
      expect(made.json).toMatchObject({ value: [] })
    })
    test('GET is no batch', async () => expect((await call(server, 'GET', '/api/data/v1/$batch')).status).toBe(405))
  })

  describe('as multipart', () => {
    const type = { 'content-type': 'multipart/mixed; boundary=b1' }
    const get = (url: string) =>
      `--b1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET ${url} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n`
    const change = (id: string, method: string, url: string, body: object) =>
      `--c1\r\nContent-Type: application/http\r\nContent-ID: ${id}\r\n\r\n${method} ${url} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(body)}\r\n`
    const changes = (...all: string[]) =>
      `--b1\r\nContent-Type: multipart/mixed; boundary=c1\r\n\r\n${all.join('')}--c1--\r\n`
    const end = '--b1--\r\n'

    test('reads and change sets with references', async () => {
      const [firm, deal] = [fresh('Firm'), fresh('Deal')]
      const text =
        get('firms/$count') +
        changes(change('1', 'POST', 'firms', { name: firm }), change('2', 'POST', '$1/deals', { name: deal })) +
        get(`deals?$filter=name%20eq%20'${encodeURIComponent(deal)}'&$expand=firm`) +
        end
      const answer = await post('/$batch', text, type)
      expect(answer.status, answer.text).toBe(200)
      const boundary = /boundary=(batch_[\w-]+)$/.exec(answer.headers.get('content-type')!)![1]!
      const parts = answer.text.split(`--${boundary}`)
      expect(parts).toHaveLength(5)
      expect(parts[1]).toMatch(/^\r\nContent-Type: application\/http\r\n[^]*HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\d+\r\n$/)
      expect(parts[2]).toMatch(
        /multipart\/mixed; boundary=changeset_[^]*Content-ID: 1\r\n[^]*HTTP\/1\.1 201 Created[^]*Content-ID: 2\r\n[^]*201 Created/,
      )
      expect(parts[3]).toContain(`"name":"${firm}"`)
      expect(parts[4]).toBe('--\r\n')
    })

    test('a change set that fails is one answer, and nothing of it is written', async () => {
      const firm = fresh('Firm')
      const text =
        changes(change('1', 'POST', 'firms', { name: firm }), change('2', 'POST', 'firms', { nme: 'x' })) + end
      const answer = await post('/$batch', text.replaceAll('\r\n', '\n'), type)
      expect(answer.status, answer.text).toBe(200)
      expect(answer.text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
      expect(answer.text).toContain('HTTP/1.1 400 Bad Request')
      expect(answer.text).toContain('request.unknown')
      expect(await named('firms', firm)).toEqual([])
    })

    test('is answered as JSON when that is wanted', async () => {
      const answer = await post('/$batch', get('firms/$count') + end, { ...type, accept: 'application/json' })
      expect((answer.json as { responses: Part[] }).responses[0]!.status).toBe(200)
    })

    const wrong: readonly (readonly [
      title: string,
      text: string,
      headers?: Record<string, string>,
      status?: number,
    ])[] = [
      ['no boundary', 'x', { 'content-type': 'multipart/mixed' }],
      ['a boundary that does not occur', 'x'],
      ['no last boundary', get('firms')],
      ['a part that is no request', '--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1--'],
      ['a request line that is none', '--b1\r\nContent-Type: application/http\r\n\r\nhello\r\n--b1--'],
      [
        'a read in a change set',
        changes('--c1\r\nContent-Type: application/http\r\n\r\nGET firms HTTP/1.1\r\n\r\n\r\n') + end,
      ],
      ['another type', 'x', { 'content-type': 'text/plain' }, 415],
    ]
    for (const [title, text, headers = type, status = 400] of wrong)
      test(`is refused: ${title}`, async () => {
        const answer = await post('/$batch', text, headers)
        expect(answer.status, answer.text).toBe(status)
      })
  })

  describe('deep insert', () => {
    const counts = async () =>
      (
        await batch([
          { id: '1', method: 'GET', url: 'firms/$count' },
          { id: '2', method: 'GET', url: 'deals/$count' },
        ])
      ).map(({ body }) => Number(body))
    let before: number[]
    beforeEach(async () => {
      before = await counts()
    })

    test('creates what a record holds and answers with it', async () => {
      const [firm, parent] = [fresh('Firm'), fresh('Parent')]
      const answer = await post('/firms', {
        name: firm,
        parent: { name: parent },
        deals: [{ name: 'one', amount: 1 }, { name: 'two' }],
        children: [{ name: fresh('Child'), deals: [{ name: 'three' }] }],
      })
      expect(answer.status, answer.text).toBe(201)
      expect(answer.json).toMatchObject({
        name: firm,
        parent: { name: parent },
        deals: [{ name: 'one' }, { name: 'two' }],
        children: [{ deals: [{ name: 'three' }] }],
      })
      expect(await counts()).toEqual([before[0]! + 3, before[1]! + 3])
    })

    test('links records that are there', async () => {
      const answer = await post('/firms', {
        name: fresh('Firm'),
        'deals@odata.bind': [`/deals(${ids.third})`],
        children: [{ '@odata.id': `firms(${ids.globex})` }],
      })
      expect(answer.status, answer.text).toBe(201)
      expect(answer.json).toMatchObject({ deals: [{ id: ids.third }], children: [{ id: ids.globex }] })
      expect(await counts()).toEqual([before[0]! + 1, before[1]!])
    })

    test('walks polymorphic lookups back', async () => {
      const answer = await post('/firms', {
        name: fresh('Firm'),
        deals: [{ name: 'about', about_firm: { name: fresh('Firm') } }],
      })
      expect(answer.status, answer.text).toBe(201)
      expect(answer.json).toMatchObject({
        deals: [{ about_type: 'firm', about_firm: { name: expect.any(String) as string } }],
      })
    })

    test('nothing is written when one of them is wrong, and the problem points into the body', async () => {
      const answer = await post('/firms', {
        name: fresh('Firm'),
        deals: [{ name: 'good' }, { name: 'bad', quantity: -1 }],
      })
      expect(answer.status, answer.text).toBe(422)
      expect(answer.text).toContain('"pointer":"/deals/1/quantity"')
      expect(await counts()).toEqual(before)
    })

    const wrong: readonly (readonly [title: string, deals: unknown, status: number])[] = [
      ['no list', { name: 'x' }, 400],
      ['no object in the list', ['x'], 400],
      ['an address of another set', [{ '@odata.id': `firms(${ids.acme})` }], 400],
      ['a record that is not there', [{ '@odata.id': `deals(${ids.none})` }], 404],
      ['a property that is not known', [{ nme: 'x' }], 400],
      ['more than it takes', Array.from({ length: 501 }, () => ({ name: 'x' })), 413],
    ]
    test.each(wrong)('is refused: %s', async (_title, deals, status) => {
      const answer = await post('/firms', { name: fresh('Firm'), deals })
      expect(answer.status, answer.text.slice(0, 300)).toBe(status)
      expect(await counts()).toEqual(before)
    })

    test('in a group of a batch', async () => {
      const parts = await batch([
        {
          id: '1',
          atomicityGroup: 'g',
          method: 'POST',
          url: 'firms',
          body: { name: fresh('Firm'), deals: [{ name: 'x' }] },
        },
        {
          id: '2',
          atomicityGroup: 'g',
          method: 'POST',
          url: 'firms',
          body: { name: fresh('Firm'), deals: [{ name: 'x', quantity: -1 }] },
        },
      ])
      expect(parts.map(({ status }) => status)).toEqual([424, 422])
      expect(await counts()).toEqual(before)
    })
  })
})
