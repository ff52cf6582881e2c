// Does an import go back whole, on both engines: created records gone, changed ones as they were, rollups fresh, and what others
// did since left and told? And whose right is it?
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peyvand } from '../support/cli.ts'
import { call, engines, signInForKey, startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const text = (name: string, more: object = {}) => ({ name, type: 'text', maxLength: 100, ...more })
const entity = (name: string, fields: object[], more: object = {}) => ({
  kind: 'entity',
  name,
  label: name,
  plural: `${name}s`,
  entitySet: `${name}s`,
  ownership: 'user',
  primaryField: 'name',
  fields: [text('name', { required: true }), ...fields],
  ...more,
})
const definitions = [
  entity('shelf', [
    text('room'),
    { name: 'within', type: 'lookup', target: 'shelf', inverse: 'parts', onDelete: 'clear' },
    { name: 'weight', type: 'rollup', entity: 'book', via: 'shelf', aggregate: 'sum', field: 'weight' },
    { name: 'books', type: 'rollup', entity: 'book', via: 'shelf', aggregate: 'count' },
  ]),
  entity(
    'book',
    [
      text('code'),
      text('note'),
      { name: 'weight', type: 'decimal', precision: 20, scale: 6 },
      { name: 'price', type: 'money' },
      { name: 'tags', type: 'multi_choice', options: [{ value: 'old' }, { value: 'rare' }, { value: 'new' }] },
      { name: 'shelf', type: 'lookup', target: 'shelf', onDelete: 'cascade' },
    ],
    { keys: [{ name: 'code', fields: ['code'] }] },
  ),
  entity('mark', [text('code'), { name: 'points', type: 'integer' }], { audit: false }),
  {
    kind: 'role',
    name: 'librarian',
    label: 'Librarian',
    grants: [
      { entity: 'book', create: 'all', read: 'all', write: 'all', delete: 'own', import: 'all', append: 'all' },
      { entity: 'shelf', read: 'all', append_to: 'all' },
    ],
    fields: [],
  },
]

interface Told {
  readonly id: string
  readonly state: string
  readonly undone?: {
    readonly deleted: number
    readonly restored: number
    readonly leftCount: number
    readonly left: { entity: string; id: string; reason: string; fields?: string[] }[]
  }
}

describe.each(engines)('undoing an import on %s', (engine) => {
  let server: TestServer
  const keys: Record<string, string> = {}
  beforeAll(async () => {
    server = await startServer({ engine })
    const applied = await call(server, 'POST', '/api/model/apply', {
      changes: definitions.map((definition) => ({ op: 'put', definition })),
    })
    expect(applied.status, applied.text).toBe(200)
    for (const name of ['ann', 'bob']) {
      const email = `${name}@example.com`
      const added = await peyvand(
        ['user', 'add', email, '--role', 'librarian', '--password-stdin', '--url', server.url, '--json'],
        { PEYVAND_KEY: server.adminKey },
        'a long pass phrase\n',
      )
      expect(added.code, added.stderr).toBe(0)
      keys[name] = await signInForKey(server.url, email, 'a long pass phrase')
    }
  })
  afterAll(() => server?.stop())

  const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
  const send = async (where: string, csv: string, key = server.adminKey) => {
    const answer = await call(server, 'POST', `/api/import/${where}`, csv, {
      'content-type': 'text/csv',
      ...bearer(key),
    })
    return JSON.parse(answer.text) as { import: string; created: number; updated: number; failed: number }
  }
  /** Records without their versions, which only grow. */
  const list = async (query: string) => {
    const { text: body } = await call(server, 'GET', `/api/data/v1/${query}`)
    const { value } = JSON.parse(body) as { value: Record<string, unknown>[] }
    for (const record of value) delete record['@odata.etag']
    return value
  }
  const look = async (id: string, key = server.adminKey) =>
    JSON.parse((await call(server, 'GET', `/api/import/${id}`, undefined, bearer(key))).text) as Told
  const undo = async (id: string, key = server.adminKey) => {
    const answer = await call(server, 'POST', `/api/import/${id}/undo`, undefined, bearer(key))
    expect(answer.status, answer.text).toBe(202)
    return until(async () => {
      const told = await look(id, key)
      return told.state === 'undoing' ? undefined : told
    })
  }
  const patch = async (path: string, body: object) => {
    const answer = await call(server, 'PATCH', `/api/data/v1/${path}`, body)
    expect(answer.status, answer.text).toBeLessThan(300)
  }

  it('created records go, changed ones get their old values to the last digit, rollups follow', async () => {
    await send('shelf', 'name,room\nA,1\nB,2\n')
    await send(
      'book?key=code',
      'name,code,note,weight,price,price_currency,tags,shelf\nOne,b1,first,1.234567,10.50,EUR,old; rare,A\nTwo,b2,,2,,,,B\n',
    )
    const before = await list('books?$orderby=code&$select=name,code,note,weight,price,price_currency,tags,shelf_id')
    const shelves = await list('shelfs?$orderby=name&$select=name,weight,books')
    const done = await send(
      'book?key=code',
      'name,code,note,weight,price,price_currency,tags,shelf\nUno,b1,,7.000001,11,USD,new,B\nTwo,b2,now,3,5,EUR,old,A\nThree,b3,x,4,,,,A\n',
    )
    expect(done).toMatchObject({ created: 1, updated: 2, failed: 0 })
    expect(await list('shelfs?$orderby=name&$select=name,books')).toMatchObject([{ books: 2 }, { books: 1 }])
    const told = await undo(done.import)
    expect(told).toMatchObject({ state: 'undone', undone: { deleted: 1, restored: 2, leftCount: 0 } })
    expect(await list('books?$orderby=code&$select=name,code,note,weight,price,price_currency,tags,shelf_id')).toEqual(
      before,
    )
    expect(await list('shelfs?$orderby=name&$select=name,weight,books')).toEqual(shelves)
  })

  it('what others changed since stays and is told, field by field; the rest goes back', async () => {
    await send('book?key=code', 'name,code,note\nOld,c1,old\nOld,c2,old\n')
    const done = await send('book?key=code', 'name,code,note\nNew,c1,new\nNew,c2,new\nMade,c3,x\nMade,c4,x\n')
    await patch("books(code='c1')", { note: 'by hand' })
    await patch("books(code='c3')", { note: 'by hand' })
    expect((await call(server, 'DELETE', "/api/data/v1/books(code='c2')")).status).toBe(204)
    const { undone } = await undo(done.import)
    expect(undone).toMatchObject({ deleted: 1, restored: 1, leftCount: 3 })
    const told = undone!.left.map(({ reason, fields = [] }) => [reason, ...fields].join(' '))
    expect(new Set(told)).toEqual(new Set(['changed note', 'changed', 'gone']))
    expect(await list("books?$filter=startswith(code,'c')&$orderby=code&$select=name,code,note")).toMatchObject([
      { code: 'c1', name: 'Old', note: 'by hand' },
      { code: 'c3', name: 'Made', note: 'by hand' },
    ])
  })

  it('a record that others use now is left, and takes nobody along', async () => {
    const done = await send('shelf', 'name,within\nTop,\nUnder,Top\nRing 1,Ring 2\nRing 2,Ring 1\nAlone,\n')
    expect(done).toMatchObject({ created: 5, failed: 0 })
    await send('book?key=code', 'name,code,shelf\nGuest,d1,Under\n')
    const { undone } = await undo(done.import)
    expect(undone).toMatchObject({ deleted: 3, leftCount: 2 })
    expect(undone!.left.map(({ reason }) => reason)).toEqual(['in_use', 'in_use'])
    expect(await list("books?$filter=code eq 'd1'&$select=name")).toHaveLength(1)
    const left = await list(
      "shelfs?$filter=name in ('Top','Under','Ring 1','Ring 2','Alone')&$orderby=name&$select=name",
    )
    expect(left.map(({ name }) => name)).toEqual(['Top', 'Under'])
  })

  it('records that a lookup made go, too', async () => {
    const mapping = { key: 'code', auto: true, columns: [{ column: 'shelf', field: 'shelf', create: true }] }
    const where = `book?mapping=${encodeURIComponent(JSON.stringify(mapping))}`
    const done = await send(where, 'name,code,shelf\nE,e1,Fresh\nF,e2,Fresh\n')
    expect(done).toMatchObject({ created: 2, failed: 0 })
    expect(await undo(done.import)).toMatchObject({ undone: { deleted: 3, leftCount: 0 } })
    expect(await list("shelfs?$filter=name eq 'Fresh'&$select=name")).toEqual([])
  })

  it('without an audit log the import itself keeps what was before', async () => {
    await send('mark?key=code', 'name,code,points\nM,m1,1\n')
    const done = await send('mark?key=code', 'name,code,points\nN,m1,2\nO,m2,3\n')
    expect(await undo(done.import)).toMatchObject({ undone: { deleted: 1, restored: 1, leftCount: 0 } })
    expect(await list('marks?$select=name,code,points')).toMatchObject([{ name: 'M', code: 'm1', points: 1 }])
    const again = await send('mark?key=code', 'name,code,points\nO,m3,3\n')
    await patch(`marks(${String((await list("marks?$filter=code eq 'm3'&$select=id"))[0]!['id'])})`, { points: 4 })
    expect(await undo(again.import)).toMatchObject({ undone: { deleted: 0, leftCount: 1 } })
  })

  it('is for whoever imported and for administrators, with their rights to write', async () => {
    const done = await send('book?key=code', 'name,code\nMine,f1\n', keys['ann'])
    const path = `/api/import/${done.import}`
    expect((await call(server, 'GET', path, undefined, bearer(keys['bob']!))).status).toBe(404)
    expect((await call(server, 'POST', `${path}/undo`, undefined, bearer(keys['bob']!))).status).toBe(404)
    const mine = JSON.parse((await call(server, 'GET', '/api/import', undefined, bearer(keys['ann']!))).text) as {
      value: { id: string; by: { name: string }; state: string; created: number }[]
    }
    expect(mine.value).toMatchObject([{ id: done.import, state: 'done', created: 1 }])
    expect(JSON.parse((await call(server, 'GET', '/api/import', undefined, bearer(keys['bob']!))).text)).toEqual({
      value: [],
    })
    // Given away, it is not hers to delete any more: the undo does not do what she may not.
    const [bob] = await list("users?$filter=email eq 'bob@example.com'&$select=id")
    await patch("books(code='f1')", { owner_id: bob!['id'], owner_type: 'user' })
    expect(await undo(done.import, keys['ann'])).toMatchObject({ undone: { deleted: 0, leftCount: 1 } })
    expect((await call(server, 'POST', `${path}/undo`, undefined, bearer(keys['ann']!))).status).toBe(409)
    const other = await send('book?key=code', 'name,code\nHers,f2\n', keys['ann'])
    expect(await undo(other.import)).toMatchObject({ undone: { deleted: 1, leftCount: 0 } })
  })

  it('a key with fewer roles has the imports and jobs that it could have asked for, and not the values of others', async () => {
    const made = async (body: object) =>
      (
        (await call(server, 'POST', '/api/keys', body, bearer(keys['ann']!))).json as {
          key: string
        }
      ).key
    const [less, same] = [await made({ name: 'less', roles: [] }), await made({ name: 'same', roles: ['librarian'] })]
    const ask = (key: string, path: string, method = 'GET') => call(server, method, path, undefined, bearer(key))
    const csv = 'name,code,weight\nGood,k1,1\nBad,k2,secret words\n'
    const { import: id } = await send('book', csv, keys['ann'])
    await undo(id, keys['ann'])
    const jobs = (await ask(same, '/api/jobs?kind=import-undo')).json as { value: { id: string }[] }
    const job = jobs.value[0]!.id
    for (const [path, mark] of [
      [`/api/import/${id}`, 'undone'],
      [`/api/import/${id}/errors`, 'secret words'],
      ['/api/import', id],
      ['/api/jobs', job],
      [`/api/jobs/${job}`, 'import-undo'],
    ] as const) {
      expect((await ask(same, path)).text, path).toContain(mark)
      const refused = await ask(less, path)
      expect(refused.status, path).toBe(path === '/api/import' || path === '/api/jobs' ? 200 : 404)
      expect(refused.text, path).not.toContain(mark)
    }
    for (const path of [`/api/import/${id}/undo`, `/api/import/${id}/cancel`, `/api/jobs/${job}/cancel`])
      expect((await ask(less, path, 'POST')).status, path).toBe(404)
  })

  it('the command line lists imports and takes one back', async () => {
    const done = await send('book?key=code', 'name,code\nG,g1\nH,g2\n')
    const env = { PEYVAND_KEY: server.adminKey }
    const listed = await peyvand(['import', '--list', '--url', server.url], env)
    expect(listed.stdout).toContain(done.import)
    const undone = await peyvand(['import', '--undo', done.import, '--url', server.url], env)
    expect(undone.code, undone.stderr).toBe(0)
    expect(undone.stdout).toContain('2 deleted, 0 brought back, 0 left')
    expect(await list("books?$filter=startswith(code,'g')&$select=id")).toEqual([])
    expect((await peyvand(['import', '--undo', done.import, '--url', server.url], env)).code).toBe(1)
    expect((await peyvand(['import', 'book', '--undo', done.import, '--url', server.url], env)).code).toBe(2)
  })
})
