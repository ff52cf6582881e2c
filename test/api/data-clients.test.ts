// Is the data service read by real clients as they are? What they send that is a little off is understood where it has one
// meaning, what they cannot have is refused with a word about what to write; conditions and preferences do what the protocol
// says. Tables, on both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { ids, setUpDeals } from './deals.ts'

type Row = readonly [
  what: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  status: number,
  says?: string | object,
]

const { first, acme } = ids
const odata = { accept: 'application/json;odata.metadata=minimal;q=0.9' }

const understood: readonly Row[] = [
  ['a quoted GUID key', 'GET', `deals('${first}')?$select=name`, {}, 200, { name: 'First' }],
  ['a GUID key in braces', 'GET', `deals({${first}})?$select=name`, {}, 200, { name: 'First' }],
  ['a quoted GUID key in braces', 'GET', `deals('%7B${first}%7D')?$select=name`, {}, 200, { name: 'First' }],
  ['a GUID in capitals', 'GET', `deals(${first.toUpperCase()})?$select=name`, {}, 200, { name: 'First' }],
  ['a GUID literal of v2', 'GET', `deals(guid'${first}')?$select=name`, {}, 200, { name: 'First' }],
  ['a key by its name', 'GET', `deals(id=${first})?$select=name`, {}, 200, { name: 'First' }],
  ['an encoded $', 'GET', `deals?%24filter=name%20eq%20%27First%27&%24select=name`, {}, 200, 'First'],
  ['+ for blanks', 'GET', `deals?$filter=name+eq+'First'&$select=name`, {}, 200, 'First'],
  ['options in another case', 'GET', `deals?$Filter=name eq 'First'&$Top=1`, {}, 200, 'First'],
  ['functions in another case', 'GET', `deals?$filter=StartsWith(ToLower(name),'fir')`, {}, 200, 'First'],
  ['double slashes', 'GET', `/deals(${first})//name`, {}, 200, { value: 'First' }],
  ['a slash at the end', 'GET', 'deals/', {}, 200, 'First'],
  ['a slash at the end of a record', 'GET', `deals(${first})/`, {}, 200, { name: 'First' }],
  ['an encoded $count', 'GET', 'deals/%24count', {}, 200, '3'],
  ['an encoded $metadata', 'GET', '%24metadata', {}, 200, '<edmx:Edmx'],
  ['Power Query: nothing but the shape', 'GET', 'deals?$top=0', odata, 200, { value: [] }],
  [
    'Power Query: its Accept',
    'GET',
    'deals?$top=1',
    {
      accept:
        'application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8',
    },
    200,
    'value',
  ],
  [
    'Excel: $format with metadata',
    'GET',
    `deals?$format=application/json;odata.metadata=minimal&$top=1`,
    {},
    200,
    'value',
  ],
  ['Tableau: service document', 'GET', '', { accept: 'application/json;odata.metadata=minimal' }, 200, 'deals'],
  [
    'headers of v2 and v3',
    'GET',
    'deals?$top=1',
    { dataserviceversion: '3.0', maxdataserviceversion: '3.0' },
    200,
    'value',
  ],
  [
    'UI5: count with skip and top',
    'GET',
    'deals?$count=true&$skip=0&$top=1&$select=id,name&$orderby=name',
    { 'odata-version': '4.0', 'odata-maxversion': '4.0' },
    200,
    { '@odata.count': 3 },
  ],
  ['UI5: sap-client and language', 'GET', 'deals?$top=1&sap-language=EN', {}, 400, 'sap-language'],
  [
    'Olingo: key and expand',
    'GET',
    `deals(${first})?$expand=firm($select=name)`,
    { accept: 'application/json;odata.metadata=full' },
    200,
    { firm: { name: 'Acme' } },
  ],
  ['simple-odata-client: contains', 'GET', `deals?$filter=contains(name,'irs')&$select=name`, {}, 200, 'First'],
  ['If-None-Match: null', 'GET', `deals(${first})`, { 'if-none-match': 'null' }, 200, { name: 'First' }],
  ['an empty If-None-Match', 'GET', `deals(${first})`, { 'if-none-match': '' }, 200, { name: 'First' }],
  ['lower case true', 'GET', 'deals?$count=TRUE&$top=0', {}, 200, { '@odata.count': 3 }],
]

const refused: readonly Row[] = [
  ['$inlinecount of v2', 'GET', 'deals?$inlinecount=allpages', {}, 400, '$count=true'],
  ['the format of v2', 'GET', 'deals?$format=atom', {}, 501, '$format'],
  ['substringof of v2', 'GET', `deals?$filter=substringof('a',name)`, {}, 400, 'substringof'],
  ['datetime of v2', 'GET', `deals?$filter=created_at gt datetime'2020-01-01T00:00:00'`, {}, 501, 'datetime'],
  ['isolation', 'GET', 'deals', { 'odata-isolation': 'snapshot' }, 412, 'OData-Isolation'],
  ['a version before 4.0', 'GET', 'deals', { 'odata-maxversion': '3.0' }, 501, 'OData before 4.0'],
  [
    'strictly what cannot be tracked',
    'GET',
    'deals?$top=1',
    { prefer: 'handling=strict, odata.track-changes' },
    501,
    'tracked',
  ],
]

const conditions: readonly Row[] = [
  ['one of several tags', 'GET', `deals(${first})`, { 'if-none-match': 'W/"7", W/"1"' }, 304],
  ['none of several tags', 'GET', `deals(${first})`, { 'if-none-match': 'W/"7", "8"' }, 200],
  ['any tag', 'GET', `deals(${first})`, { 'if-none-match': '*' }, 304],
  ['the version one has', 'GET', `deals(${first})`, { 'if-match': 'W/"9", W/"1"' }, 200],
  ['another version than one has', 'GET', `deals(${first})`, { 'if-match': 'W/"9"' }, 412],
  ['HEAD like GET', 'HEAD', `deals(${first})`, { 'if-none-match': 'W/"1"' }, 304],
  ['OPTIONS of a list', 'OPTIONS', 'deals', {}, 204],
  ['a method that is not there', 'PUT', 'deals', {}, 405],
  ['unless version: it is that one', 'DELETE', `deals(${first})`, { 'if-none-match': 'W/"1"' }, 412],
  ['unless there: it is', 'DELETE', `deals(${first})`, { 'if-none-match': '*' }, 412],
]

describe.each(engines)('clients on %s', (engine) => {
  let server: TestServer
  let count = 0
  const freshId = () => `018f3c1e-0000-7000-8000-${String(800_000 + count++).padStart(12, '0')}`
  const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
    call(server, method, `/api/data/v1/${path}`, body, headers)

  beforeAll(async () => {
    server = await startServer({ engine })
    await setUpDeals(server)
  })
  afterAll(() => server?.stop())

  for (const [what, method, path, headers, status, says] of [...understood, ...refused, ...conditions])
    test(what, async () => {
      const answer = await send(method, path, undefined, headers)
      expect(answer.status, answer.text).toBe(status)
      expect(answer.headers.get('odata-version')).toMatch(/^4\.0/)
      if (typeof says === 'string') expect(answer.text).toContain(says)
      else if (says !== undefined) expect(answer.json).toMatchObject(says)
      if (status === 405 || method === 'OPTIONS') expect(answer.headers.get('allow')).toContain('GET')
      if (status === 304 || method === 'HEAD') expect(answer.text).toBe('')
    })

  test('PATCH unless the record has one of these versions', async () => {
    const id = freshId()
    await send('PATCH', `deals(${id})`, { name: 'Unless' })
    const patch = (tags: string) => send('PATCH', `deals(${id})`, { quantity: 1 }, { 'if-none-match': tags })
    expect((await patch('W/"1", W/"5"')).status).toBe(412)
    const done = await patch('W/"2", W/"5"')
    expect([done.status, done.headers.get('etag')]).toEqual([200, 'W/"2"'])
    expect((await send('PATCH', `deals(${freshId()})`, { name: 'New' }, { 'if-none-match': 'W/"1"' })).status).toBe(201)
    expect((await send('DELETE', `deals(${id})`, undefined, { 'if-none-match': 'W/"1"' })).status).toBe(204)
  })

  test('conditions hold for each part of a batch', async () => {
    const answer = await send(
      'POST',
      '$batch',
      {
        requests: [
          { id: 'a', method: 'GET', url: `deals(${first})`, headers: { 'if-none-match': 'W/"1"' } },
          { id: 'b', method: 'PATCH', url: `deals(${first})`, headers: { 'if-match': 'W/"9"' }, body: { quantity: 1 } },
        ],
      },
      { prefer: 'odata.continue-on-error' },
    )
    expect((answer.json as { responses: { status: number }[] }).responses.map(({ status }) => status)).toEqual([
      304, 412,
    ])
    expect(answer.headers.get('preference-applied')).toContain('continue-on-error')
  })

  test.each([
    ['return=minimal', 'return=minimal'],
    ['return=representation, respond-async', 'return=representation'],
    ['respond-async, handling=lenient, unknown=1', null],
    ['handling=strict', 'handling=strict'],
  ] as const)('Prefer: %s is answered with what was applied', async (prefer, applied) => {
    const answer = await send('POST', 'deals', { name: 'Preferred' }, { prefer })
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([
      applied === 'return=minimal' ? 204 : 201,
      applied,
    ])
  })

  test('one property is written as JSON and as plain text', async () => {
    const id = freshId()
    await send('PATCH', `deals(${id})`, { name: 'Before', quantity: 1 })
    const text = { 'content-type': 'text/plain' }
    expect((await send('PUT', `deals(${id})/name/$value`, 'After', text)).status).toBe(204)
    expect((await send('PUT', `deals(${id})/quantity/$value`, '7', text)).status).toBe(204)
    expect((await send('PUT', `deals(${id})/amount/$value`, '12.50', text)).status).toBe(204)
    expect((await send('PUT', `deals(${id})/active/$value`, 'false', text)).status).toBe(204)
    expect((await send('PUT', `deals(${id})/quantity/$value`, 'many', text)).status).toBe(422)
    expect((await send('PUT', `deals(${id})/name/$value`, '{}', { 'content-type': 'application/json' })).status).toBe(
      415,
    )
    expect((await send('PATCH', `deals(${id})/code`, { value: 'XYZ' })).status).toBe(204)
    expect((await send('GET', `deals(${id})`)).json).toMatchObject({
      name: 'After',
      quantity: 7,
      amount: 12.5,
      active: false,
      code: 'XYZ',
    })
    expect((await send('DELETE', `deals(${id})/code`)).status).toBe(204)
    expect((await send('DELETE', `deals(${id})/name/$value`)).status).toBe(422)
    expect((await send('GET', `deals(${id})`)).json).toMatchObject({ name: 'After', code: null })
  })

  test('a link of a single-valued navigation keeps to If-Match', async () => {
    const id = freshId()
    await send('PATCH', `deals(${id})`, { name: 'Linked' })
    const put = (tag: string) =>
      send('PUT', `deals(${id})/firm/$ref`, { '@odata.id': `firms(${acme})` }, { 'if-match': tag })
    expect((await put('W/"7"')).status).toBe(412)
    expect((await put('W/"1"')).status).toBe(204)
    expect((await send('DELETE', `deals(${id})/firm/$ref`)).status).toBe(204)
  })
})
