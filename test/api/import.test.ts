// Import and export through the API, on both engines: what a program sees, with its own rights, and that a file that went
// out comes in again without changing anything. import-run.test.ts has the rules row by row.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peyvand } from '../support/cli.ts'
import { call, engines, signInForKey, startServer, type TestServer } from '../support/server.ts'

const definitions = [
  {
    kind: 'entity',
    name: 'place',
    label: { en: 'Place', fa: 'مکان' },
    plural: 'Places',
    entitySet: 'places',
    ownership: 'organization',
    primaryField: 'name',
    fields: [
      { name: 'name', type: 'text', required: true },
      { name: 'within', type: 'lookup', target: 'place', inverse: 'parts', onDelete: 'clear' },
    ],
  },
  {
    kind: 'entity',
    name: 'gear',
    label: { en: 'Gear', fa: 'ابزار' },
    plural: 'Gears',
    entitySet: 'gears',
    ownership: 'user',
    primaryField: 'name',
    fields: [
      { name: 'name', type: 'text', label: { en: 'Name', fa: 'نام' }, maxLength: 100, required: true },
      { name: 'code', type: 'text', maxLength: 20 },
      { name: 'note', type: 'text', multiline: true, maxLength: 50_000 },
      { name: 'count', type: 'integer', min: 0 },
      { name: 'weight', type: 'decimal', precision: 30, scale: 10 },
      { name: 'price', type: 'money' },
      { name: 'good', type: 'boolean' },
      { name: 'made_on', type: 'date' },
      { name: 'seen_at', type: 'datetime' },
      {
        name: 'color',
        type: 'choice',
        label: { en: 'Color', fa: 'رنگ' },
        options: [
          { value: 'red', label: { en: 'Red', fa: 'قرمز' } },
          { value: 'blue', label: { en: 'Blue', fa: 'آبی' } },
        ],
      },
      { name: 'place', type: 'lookup', label: { en: 'Place', fa: 'مکان' }, target: 'place', onDelete: 'restrict' },
      { name: 'secret', type: 'text' },
    ],
    keys: [{ name: 'code', fields: ['code'] }],
  },
  {
    kind: 'view',
    name: 'red_gears',
    entity: 'gear',
    type: 'grid',
    label: 'Red',
    columns: [{ field: 'name' }, { field: 'place' }, { field: 'place.within' }, { field: 'count' }],
    filter: "color == 'red'",
    sort: [{ field: 'count', descending: true }],
  },
  {
    kind: 'role',
    name: 'loader',
    label: 'Loader',
    grants: [
      { entity: 'gear', create: 'own', read: 'own', write: 'own', import: 'own', export: 'own', append: 'own' },
      { entity: 'place', read: 'all', append_to: 'all' },
    ],
    fields: [{ entity: 'gear', field: 'secret', read: false, write: false }],
  },
  {
    kind: 'role',
    name: 'ruled',
    label: 'Ruled',
    grants: [
      { entity: 'gear', create: 'own', read: 'own', import: 'own', append: 'own', rule: 'count < 10' },
      { entity: 'place', create: 'own', read: 'all', append_to: 'own', rule: "name == 'Shed'" },
    ],
    fields: [],
  },
  {
    kind: 'role',
    name: 'reader',
    label: 'Reader',
    grants: [{ entity: 'gear', read: 'all', create: 'own', write: 'own' }],
    fields: [],
  },
]

interface Summary {
  rows: number
  created: number
  updated: number
  unchanged: number
  failed: number
  ignored: string[]
  errors: {
    row: number
    errors: { column: string; value: string; code: string; reason: string }[]
    cells: Record<string, unknown>
  }[]
}

describe.each(engines)('import and export on %s', (engine) => {
  let server: TestServer
  const keys: Record<string, string> = {}
  beforeAll(async () => {
    server = await startServer({ engine, env: { IMPORT_LIMIT: '200000' } })
    const applied = await call(server, 'POST', '/api/model/apply', {
      changes: definitions.map((definition) => ({ op: 'put', definition })),
    })
    expect(applied.status, applied.text).toBe(200)
    for (const role of ['loader', 'reader', 'ruled']) {
      const email = `${role}@example.com`
      const added = await peyvand(
        ['user', 'add', email, '--role', role, '--password-stdin', '--url', server.url, '--json'],
        { PEYVAND_KEY: server.adminKey },
        'a long pass phrase\n',
      )
      expect(added.code, added.stderr + added.stdout).toBe(0)
      keys[role] = await signInForKey(server.url, email, 'a long pass phrase')
    }
  })
  afterAll(() => server?.stop())

  const send = async (
    path: string,
    body: BodyInit,
    headers: Record<string, string> = { 'content-type': 'text/csv' },
    key = server.adminKey,
  ) => {
    const answer = await fetch(`${server.url}/api/import/${path}`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${key}`, ...headers },
    })
    const text = await answer.text()
    return {
      status: answer.status,
      text,
      type: answer.headers.get('content-type'),
      json: safe(text) as Summary & { code?: string; detail?: string; hint?: string },
    }
  }
  const take = async (path: string, key = server.adminKey, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${server.url}/api/export/${path}`, {
      headers: { authorization: `Bearer ${key}`, ...headers },
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    return { status: answer.status, bytes, text: bytes.toString(), type: answer.headers.get('content-type') }
  }
  const list = async (path: string) =>
    ((await call(server, 'GET', `/api/data/v1/${path}`)).json as { value: Record<string, unknown>[] }).value

  it('a raw body, with parameters in the address', async () => {
    const places = await send('place', 'name,within\nHall,House\nHouse,\nYard,House\n')
    expect(places.json, places.text).toMatchObject({ rows: 3, created: 3, failed: 0 })
    const file =
      'name,code,note,count,weight,price,price_currency,good,made_on,seen_at,color,place\n' +
      'Hammer,H1,"two\nlines, ""quoted""",3,0.1234567891,12.50,EUR,yes,2024-02-29,2024-02-29T12:00:00+03:30,Red,Hall\n' +
      'پتک,H2,,-1,,,,,,,red,Hall\n' +
      "'=1+1,H3,-5,0,-0.5,,,no,,,آبی,House\n" +
      'Nothing,H4,,,,,,,,,green,Nowhere\n'
    const gears = await send('gear?key=code', file)
    expect(gears.status, gears.text).toBe(200)
    expect(gears.json).toMatchObject({ rows: 4, created: 2, failed: 2 })
    expect(gears.json.errors.map(({ row, errors }) => [row, errors.map(({ column }) => column)])).toEqual(
      [
        [5, ['color']],
        [3, ['count']],
      ].sort(
        (a, b) =>
          gears.json.errors.findIndex(({ row }) => row === a[0]) -
          gears.json.errors.findIndex(({ row }) => row === b[0]),
      ),
    )
    expect(await list("gears?$filter=code eq 'H1'&$expand=place($select=name)")).toMatchObject([
      {
        name: 'Hammer',
        note: 'two\nlines, "quoted"',
        count: 3,
        good: true,
        made_on: '2024-02-29',
        color: 'red',
        price_currency: 'EUR',
        place: { name: 'Hall' },
      },
    ])
    expect(await list("gears?$filter=code eq 'H3'&$select=name,color")).toMatchObject([{ name: '=1+1', color: 'blue' }])
    expect(await list("places?$filter=name eq 'Hall'&$expand=within($select=name)")).toMatchObject([
      { within: { name: 'House' } },
    ])
  })

  it('the same again changes nothing, one changed cell one record', async () => {
    const file = 'name,code,weight,seen_at,place\nHammer,H1,0.12345678910,2024-02-29T08:30:00Z,Hall\n'
    const before = await list("gears?$filter=code eq 'H1'")
    expect((await send('gear?key=code', file)).json).toMatchObject({ created: 0, updated: 0, unchanged: 1 })
    expect(await list("gears?$filter=code eq 'H1'")).toEqual(before)
    expect((await send('gear?key=code', file.replace('Hammer', 'Mallet'))).json).toMatchObject({ updated: 1 })
    expect(await list("gears?$filter=code eq 'H1'")).toMatchObject([{ name: 'Mallet', version: 2 }])
  })

  it('a form with a mapping and a file', async () => {
    const form = new FormData()
    form.set(
      'mapping',
      JSON.stringify({
        entity: 'gear',
        key: 'code',
        columns: [
          { column: 'Nr', field: 'code' },
          { column: 'What', field: 'name' },
          { column: 'Farbe', field: 'color', values: { rot: 'red', blau: 'blue' } },
          { column: 'Preis', field: 'price' },
          { value: 'EUR', field: 'price_currency' },
        ],
      }),
    )
    form.set('file', new Blob(['Nr;What;Farbe;Preis\nF1;Säge;rot;1.234,50\nF2;Bohrer;gelb;2,5\n']), 'werkzeug.csv')
    const answer = await send('gears', form, {})
    expect(answer.json, answer.text).toMatchObject({ rows: 2, created: 1, failed: 1 })
    expect(answer.json.errors[0]).toMatchObject({
      row: 3,
      errors: [{ column: 'Farbe', value: 'gelb' }],
      cells: { Nr: 'F2', Preis: '2,5' },
    })
    expect(await list("gears?$filter=code eq 'F1'&$select=name,price")).toMatchObject([{ name: 'Säge', price: 1234.5 }])
  })

  it('lines as it happens', async () => {
    const answer = await send('gear?key=code&dryRun=true', 'name,code\nA,N1\nB,\n', {
      'content-type': 'text/csv',
      accept: 'application/x-ndjson',
    })
    expect(answer.type).toBe('application/x-ndjson')
    const lines = answer.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string })
    expect(lines.map(({ kind }) => kind).filter((kind) => kind !== 'progress')).toEqual(['file', 'failed', 'done'])
    expect(lines.at(-1)).toMatchObject({ dryRun: true, created: 1, failed: 1 })
    expect(await list("gears?$filter=code eq 'N1'")).toEqual([])
  })

  it('a unique field that is not the key fails its row alone', async () => {
    const answer = await send('gear?key=name', 'name,code\nTwin,F1\nSingle,S1\n')
    expect(answer.json, answer.text).toMatchObject({ created: 1, failed: 1 })
    expect(answer.json.errors[0]).toMatchObject({ row: 2, errors: [{ column: 'code', code: 'conflict.duplicate' }] })
  })

  const refused: readonly (readonly [string, string, string, number, string])[] = [
    ['no file', 'gear', '', 400, 'request.malformed'],
    ['an unknown entity', 'gera', 'name\nA\n', 404, 'missing.definition'],
    ['an unknown parameter', 'gear?kee=code', 'name\nA\n', 400, 'request.unknown'],
    ['a mapping that is no JSON', 'gear?mapping={', 'name\nA\n', 400, 'request.malformed'],
    [
      'a mapping with mistakes',
      `gear?mapping=${encodeURIComponent('{"columns":[{"colunm":"a","field":"name"}]}')}`,
      'name\nA\n',
      400,
      'request.malformed',
    ],
    ['a file that fits nothing', 'gear', 'x,y\n1,2\n', 400, 'request.malformed'],
    ['a broken JSON file', 'gear', '[{"name": "A"', 400, 'request.malformed'],
    ['NUL in a cell', 'gear', 'name\nA\u0000B\n', 200, ''],
  ]
  it.each(refused)('%s', async (_, path, body, status, code) => {
    const before = (await list('gears?$select=id&$top=1000')).length
    const answer = await send(path, body)
    expect(answer.status, answer.text).toBe(status)
    if (code !== '') expect(answer.json.code).toBe(code)
    else expect(answer.json).toMatchObject({ created: 0, failed: 1 })
    expect((await list('gears?$select=id&$top=1000')).length).toBe(before)
  })

  it('obeys the caller: who may not import may not, and a hidden field does not exist', async () => {
    expect((await send('gear', 'name\nA\n', undefined, keys['reader'])).status).toBe(403)
    const own = await send('gear?key=code', 'name,code\nMine,L1\n', undefined, keys['loader'])
    expect(own.json, own.text).toMatchObject({ created: 1 })
    const auto = await send('gear?key=code', 'name,code,secret\nMine,L1,x\n', undefined, keys['loader'])
    expect(auto.json, auto.text).toMatchObject({ unchanged: 1, ignored: ['secret'] })
    const named = (field: string) =>
      send(
        `gear?mapping=${encodeURIComponent(
          JSON.stringify({
            columns: [
              { column: 'name', field: 'name' },
              { column: 'x', field },
            ],
          }),
        )}`,
        'name,x\nA,1\n',
        undefined,
        keys['loader'],
      )
    const [hidden, absent] = [await named('secret'), await named('sekret')]
    expect([hidden.status, hidden.json.code]).toEqual([absent.status, absent.json.code])
    expect(hidden.json.detail!.replace('secret', '')).toBe(absent.json.detail!.replace('sekret', ''))
  })

  it('a record of someone else is neither found nor changed', async () => {
    const answer = await send('gear?key=name', 'name,note\nMallet,stolen\n', undefined, keys['loader'])
    expect(answer.json, answer.text).toMatchObject({ created: 1, updated: 0 })
    expect(await list("gears?$filter=code eq 'H1'&$select=name,note")).toMatchObject([
      { name: 'Mallet', note: 'two\nlines, "quoted"' },
    ])
  })

  it.each(['with', 'without'])('a file above the limit is refused, %s a declared length', async (length) => {
    const text = `name\n${'x'.repeat(50)}\n${'\n'.repeat(250_000)}`
    const stream = new Blob([text]).stream()
    const body = length === 'with' ? text : stream
    const answer = await fetch(`${server.url}/api/import/gear?dryRun=true`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'text/csv' },
      ...(length === 'with' ? {} : { duplex: 'half' as const }),
    })
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, 'limit.size'])
  })

  it('many rows together are refused and written for the same reasons as each row alone', async () => {
    const own = await call({ url: server.url, adminKey: keys['ruled']! }, 'POST', '/api/data/v1/places', {
      name: 'Shed',
    })
    expect(own.status, own.text).toBe(201)
    const shed = (own.json as { id: string }).id
    const [hall] = await list("places?$filter=name eq 'Hall'&$select=id")
    const [other] = await list("users?$filter=email eq 'loader@example.com'&$select=id")
    const cases = [
      { count: 1 },
      { count: 50 },
      { count: 2, place_id: shed },
      { count: 3, place_id: hall!['id'] },
      { count: 60, place_id: shed },
      { count: 4, owner_id: other!['id'], owner_type: 'user' },
      { count: null },
      { count: 5, place_id: '0190a8c4-0000-7000-8000-00000000dead' },
    ].map((each, i) => ({ name: `Ruled ${i}`, ...each }))
    const alone: string[] = []
    for (const body of cases) {
      const answer = await call({ url: server.url, adminKey: keys['ruled']! }, 'POST', '/api/data/v1/gears', body)
      alone.push(answer.status === 201 ? 'created' : (answer.json as { error: { code: string } }).error.code)
    }
    const together = await send('gear', JSON.stringify(cases), { 'content-type': 'application/json' }, keys['ruled'])
    const failed = new Map(together.json.errors.map(({ row, errors }) => [row, errors[0]!.code]))
    expect(cases.map((_, i) => failed.get(i + 1) ?? 'created')).toEqual(alone)
    expect(new Set(alone)).toEqual(new Set(['created', 'access.denied', 'check.reference']))
  })

  it('export → import changes nothing, and export again is the same file', async () => {
    for (const format of ['csv', 'json']) {
      const first = await take(`gear?format=${format}`)
      expect(first.status, first.text).toBe(200)
      const back = await send(`gear?format=${format}`, first.text)
      expect(back.json, back.text).toMatchObject({ created: 0, updated: 0, failed: 0 })
      expect(back.json.unchanged).toBeGreaterThan(3)
      expect((await take(`gear?format=${format}`)).text).toBe(first.text)
    }
  })

  it('a workbook keeps what is in it: digits, leading zeros, formulas as text, dates', async () => {
    const file =
      'name,code,note,count,weight,price,good,made_on,seen_at,color,place\n007,X1,=1+1,5,0.1234567891,12.5,true,2024-02-29,2024-02-29T10:00:00.5Z,red,Hall\n'
    expect((await send('gear?key=code', file)).json).toMatchObject({ failed: 0 })
    const { bytes, type } = await take('gear?format=xlsx')
    expect(type).toContain('spreadsheetml')
    expect(bytes.includes('<f>')).toBe(false)
    const back = await send('gear', new Uint8Array(bytes))
    expect(back.json, back.text).toMatchObject({ created: 0, updated: 0, failed: 0, format: 'xlsx', sheet: 'gears' })
    expect(back.json.unchanged).toBeGreaterThan(3)
    expect((await send('gear?sheet=none', new Uint8Array(bytes))).status).toBe(400)
  })

  it('a text that was cut for a workbook does not take the place of the whole', async () => {
    const note = 'long '.repeat(8_000)
    const made = await call(server, 'POST', '/api/data/v1/gears', { name: 'Log', code: 'LOG', note })
    expect(made.status, made.text).toBe(201)
    const { bytes } = await take('gear?format=xlsx')
    const back = await send('gear', new Uint8Array(bytes))
    expect(back.json, back.text).toMatchObject({ created: 0, updated: 0, failed: 1 })
    expect(back.json.errors[0]!.errors[0]).toMatchObject({ column: 'note', params: { rule: 'cut' } })
    expect(await list("gears?$filter=code eq 'LOG'&$select=note")).toMatchObject([{ note }])
    expect((await call(server, 'DELETE', `/api/data/v1/gears(${(made.json as { id: string }).id})`)).status).toBe(204)
  })

  it('export → delete → import gives the same records with the same ids', async () => {
    const first = await take('gear')
    for (const { id } of await list('gears?$select=id&$top=1000'))
      expect((await call(server, 'DELETE', `/api/data/v1/gears(${String(id)})`)).status).toBe(204)
    const back = await send('gear', first.text)
    expect(back.json, back.text).toMatchObject({ updated: 0, unchanged: 0, failed: 0 })
    expect((await take('gear')).text).toBe(first.text)
  })

  it('formulas leave guarded and come back as they were', async () => {
    const { text } = await take('gear')
    expect(text).toContain("'=1+1")
    expect(text).not.toMatch(/(^|,|")[=+@]/m)
    expect(await list("gears?$filter=code eq 'H3'&$select=name,note")).toMatchObject([{ name: '=1+1', note: '-5' }])
  })

  it('a view gives its columns, filter and order; labels give what people see', async () => {
    await send('gear?key=code', 'name,code,count,color,place\nR1,V1,1,red,Hall\nR9,V2,9,red,Hall\nB,V3,5,blue,Hall\n')
    const { text } = await take('gear?view=red_gears')
    const lines = text.trim().split('\r\n')
    expect(lines[0]).toBe('name,place_id,place.within_id,count')
    expect(lines.filter((line) => /^R[19]/.test(line)).map((line) => line.split(',')[0])).toEqual(['R9', 'R1'])
    expect(text).not.toContain('\r\nB,')
    const shown = await take('gear?labels=true', server.adminKey, { 'accept-language': 'fa' })
    expect(shown.text.split('\r\n')[0]).toContain('رنگ')
    expect(shown.text).toContain('قرمز')
    expect(shown.text).toContain('Hall')
    expect((await take('gear?bom=true')).bytes.subarray(0, 3)).toEqual(Buffer.of(0xef, 0xbb, 0xbf))
  })

  it('export obeys the caller, too', async () => {
    expect((await take('gear', keys['reader'])).status).toBe(403)
    const { text } = await take('gear', keys['loader'])
    expect(text.split('\r\n')[0]).not.toContain('secret')
    expect(text).not.toContain('V1')
    expect((await take('gear?format=xls')).status).toBe(501)
    expect((await take('gear?view=nothing')).status).toBe(404)
  })
})

function safe(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
