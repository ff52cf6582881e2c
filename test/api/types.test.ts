// Does a record with a field of every type come through the service whole: written, read, filtered, grouped, in bulk, exported
// and imported again, described in $metadata and OpenAPI? On both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { tables } from '../support/types.ts'

const options = [
  { value: 'vip', label: { en: 'VIP', fa: 'ویژه' } },
  { value: 'press', label: 'Press' },
  { value: "it's", label: 'It is' },
]
const fields = [
  { name: 'name', type: 'text', maxLength: 100, required: true },
  { name: 'big', type: 'bigint' },
  { name: 'weight', type: 'float' },
  { name: 'discount', type: 'percent', min: 0, max: 100 },
  { name: 'tags', type: 'multi_choice', options, default: ['press'] },
  { name: 'opens', type: 'time' },
  { name: 'spent', type: 'duration' },
  { name: 'departs', type: 'local_datetime' },
  { name: 'stars', type: 'rating' },
  { name: 'badge', type: 'color' },
  { name: 'payload', type: 'json', schema: { type: ['object', 'array'], maxProperties: 3 } },
  { name: 'address', type: 'address' },
  { name: 'person', type: 'person_name' },
  { name: 'origin', type: 'country' },
  { name: 'speaks', type: 'language' },
  { name: 'zone', type: 'time_zone' },
  { name: 'body', type: 'rich_text' },
  { name: 'place', type: 'geo_point' },
  { name: 'region', type: 'geo_polygon' },
  { name: 'code', type: 'barcode', symbology: 'ean13', unique: true },
]
const tehran = { type: 'Point', coordinates: [51.389, 35.6892] }
const whole = {
  name: 'Whole',
  big: '9007199254740993',
  weight: 0.1,
  discount: '12.5',
  tags: ["it's", 'vip'],
  opens: '08:30',
  spent: 'PT90M',
  departs: '2026-11-25T10:00',
  stars: 4,
  badge: '#1E90FF',
  payload: { list: [1, 'two', null], text: 'say "x"' },
  address: { line1: 'Unter den Linden 77', postal_code: '10117', city: 'Berlin', country: 'de' },
  person: { title: 'Dr.', first: 'Ada', last: 'Lovelace' },
  origin: 'de',
  speaks: 'pt-br',
  zone: 'asia/tehran',
  body: '<p onclick="x">Hi <b>you</b><script>alert(1)</script></p>',
  place: '35.6892, 51.389',
  region: 'POLYGON((51 35,52 35,52 36,51 36),(51.1 35.1,51.2 35.1,51.2 35.2))',
  code: '4006381333931',
}
const stored = {
  name: 'Whole',
  weight: 0.1,
  tags: ['vip', "it's"],
  opens: '08:30:00',
  spent: 'PT1H30M',
  stars: 4,
  badge: '#1e90ff',
  payload: whole.payload,
  address: 'Unter den Linden 77, 10117 Berlin, Germany',
  address_city: 'Berlin',
  address_country: 'DE',
  person: 'Dr. Ada Lovelace',
  person_first: 'Ada',
  origin: 'DE',
  speaks: 'pt-BR',
  zone: 'Asia/Tehran',
  body: '<p>Hi <strong>you</strong></p>',
  place: tehran,
  code: '4006381333931',
}
const definition = {
  kind: 'entity',
  name: 'guest',
  label: 'Guest',
  plural: 'Guests',
  entitySet: 'guests',
  ownership: 'user',
  primaryField: 'name',
  audit: true,
  fields,
}
const id = '018f3c1e-0000-7000-8000-0000000000aa'
const other = '018f3c1e-0000-7000-8000-0000000000bb'

test('every type that is not older than this test is in it, or says why it is not written', () => {
  const known = new Set(fields.map(({ type }) => type))
  const older = ['autonumber', 'boolean', 'choice', 'date', 'datetime', 'decimal', 'integer', 'lookup', 'money', 'uuid']
  const rest = tables.filter(({ name }) => !known.has(name) && !older.includes(name))
  for (const { name, cases } of rest) console.log(`LEFT OUT: ${name}: ${cases.not?.bulk}`)
  expect(rest.filter(({ cases }) => cases.not?.bulk === undefined).map(({ name }) => name)).toEqual([])
})

describe.each(engines)('on %s', (engine) => {
  let server: TestServer
  const ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
    call(server, method, `/api/data/v1/${path}`, body, headers)
  const record = async (path: string, headers?: Record<string, string>): Promise<Record<string, unknown>> => {
    const answer = await ask('GET', path, undefined, headers)
    expect(answer.status, answer.text).toBe(200)
    return answer.json as Record<string, unknown>
  }
  const filtered = async (filter: string): Promise<string[]> => {
    const { value } = await record(`guests?$select=name&$orderby=name&$filter=${encodeURIComponent(filter)}`)
    return (value as { name: string }[]).map(({ name }) => name)
  }

  beforeAll(async () => {
    server = await startServer({ engine })
    const applied = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition }] })
    expect(applied.status, applied.text).toBe(200)
    const made = await ask('PATCH', `guests(${id})`, whole)
    expect(made.status, made.text).toBe(201)
    expect(made.json).toMatchObject(stored)
    const plain = await ask('PATCH', `guests(${other})`, { name: 'Plain' })
    expect(plain.status, plain.text).toBe(201)
  })
  afterAll(() => server?.stop())

  test('reads what was written', async () => {
    const found = await record(`guests(${id})`)
    expect(found).toMatchObject(stored)
    expect(new Date(found['departs'] as string).toISOString()).toBe('2026-11-25T10:00:00.000Z')
    expect(found['discount']).toBe(12.5)
    expect((await ask('GET', `guests(${id})?$select=big`)).text).toContain('"big":9007199254740993')
  })

  test('an empty list is a list, nothing else is null', async () => {
    const found = await record(`guests(${other})`)
    expect(found['tags']).toEqual(['press'])
    expect(
      await ask('PATCH', `guests(${other})`, { tags: [] }).then(({ json }) => (json as { tags: unknown }).tags),
    ).toEqual([])
    for (const name of ['big', 'weight', 'opens', 'spent', 'payload', 'person', 'place']) expect(found[name]).toBeNull()
  })

  test('large and decimal numbers are text for a reader that asks', async () => {
    const accept = { accept: 'application/json;IEEE754Compatible=true' }
    const found = await record(`guests(${id})?$select=big,discount,weight,stars`, accept)
    expect(found).toMatchObject({ big: '9007199254740993', discount: '12.50', weight: 0.1, stars: 4 })
    const list = await ask('GET', 'guests?$count=true&$select=big&$format=application/json;IEEE754Compatible=true')
    expect(list.json).toMatchObject({ '@odata.count': '2' })
    expect(list.headers.get('content-type')).toBe('application/json;IEEE754Compatible=true')
    const changed = await ask('PATCH', `guests(${id})?$select=big`, { big: '9007199254740993' }, accept)
    expect(changed.json).toMatchObject({ big: '9007199254740993' })
    const group = await ask('GET', 'guests?$apply=aggregate(big%20with%20sum%20as%20total)', undefined, accept)
    expect(group.json).toMatchObject({ value: [{ total: '9007199254740993' }] })
  })

  test.each([
    ['big eq 9007199254740993', ['Whole']],
    ['big eq 9007199254740992', []],
    ['weight eq 0.1', ['Whole']],
    ['discount gt 12', ['Whole']],
    ["tags has 'vip'", ['Whole']],
    ["not (tags has 'vip')", ['Plain']],
    ["tags/any(t:t eq 'it''s')", ['Whole']],
    ["tags/all(t:t ne 'vip')", ['Plain']],
    ['tags/any()', ['Whole']],
    ['tags eq null', ['Plain']],
    ['opens ge 08:30', ['Whole']],
    ["spent eq duration'PT1H30M'", ['Whole']],
    ['totalseconds(spent) gt 5399.5', ['Whole']],
    ['departs lt 2026-11-25T10:00:00.001Z', ['Whole']],
    ['hour(departs) eq 10', ['Whole']],
    ['stars in (4,5)', ['Whole']],
    ["badge eq '#1e90ff'", ['Whole']],
    ['payload ne null', ['Whole']],
    ["address_city eq 'Berlin' and contains(address,'Germany')", ['Whole']],
    ["person_last eq 'Lovelace'", ['Whole']],
    ["origin in ('DE','RO')", ['Whole']],
    ["geo.distance(place,geography'POINT(51.4 35.7)') lt 2000", ['Whole']],
    ['geo.intersects(place,region)', ['Whole']],
    ["geo.intersects(geography'POINT(51.15 35.12)',region)", []],
    ["geo.intersects(geography'POINT(51 35.5)',region)", ['Whole']],
    ["geo.intersects(place,geography'MULTIPOLYGON(((51 35,52 36,51 36)),((0 0,1 0,1 1)))')", ['Whole']],
    ["geo.intersects(place,geography'POLYGON((0 0,1 0,1 1))')", []],
    ["code eq '4006381333931'", ['Whole']],
  ])('$filter=%s', async (filter, names) => expect(await filtered(filter)).toEqual(names))

  test('a part makes the whole anew', async () => {
    const answer = await ask('PATCH', `guests(${id})`, { person_last: 'King', address_city: 'Potsdam' })
    expect(answer.json).toMatchObject({
      person: 'Dr. Ada King',
      person_first: 'Ada',
      address: 'Unter den Linden 77, 10117 Potsdam, Germany',
    })
    await ask('PATCH', `guests(${id})`, { person_last: 'Lovelace', address_city: 'Berlin' })
  })

  test('what is wrong is refused by name', async () => {
    const answer = await ask('PATCH', `guests(${id})`, {
      big: 9007199254740992,
      tags: ['nobody'],
      opens: '25:00',
      spent: 'P1M',
      payload: { a: 1, b: 2, c: 3, d: 4 },
      address_country: 'Germany',
      code: '4006381333930',
    })
    expect(answer.status).toBe(422)
    for (const name of ['big', 'tags', 'opens', 'spent', 'payload', 'address_country', 'code'])
      expect(answer.text).toContain(`"target":"${name}"`)
  })

  test('pages continue behind times and durations', async () => {
    for (const name of ['spent', 'opens', 'weight', 'big', 'stars', 'departs']) {
      const first = await ask('GET', `guests?$select=name&$orderby=${name} desc`, undefined, {
        prefer: 'odata.maxpagesize=1',
      })
      const { value, '@odata.nextLink': next } = first.json as { value: object[]; '@odata.nextLink': string }
      expect(value, name).toMatchObject([{ name: 'Whole' }])
      const second = await call(server, 'GET', next.slice(server.url.length))
      expect(second.json, `${name}: ${second.text}`).toMatchObject({ value: [{ name: 'Plain' }] })
    }
  })

  test('groups and sums', async () => {
    const answer = await record(
      `guests?$apply=${encodeURIComponent("filter(name eq 'Whole')/groupby((spent,opens),aggregate(weight with sum as w,spent with max as longest,spent with sum as all))")}`,
    )
    expect(answer['value']).toMatchObject([
      { spent: 'PT1H30M', opens: '08:30:00', w: 0.1, longest: 'PT1H30M', all: 'PT1H30M' },
    ])
  })

  test('many at once, exported and imported again without a change', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => ({
      ...whole,
      name: `Bulk ${i}`,
      code: null,
      payload: i % 2 === 0 ? ['a', { b: i }] : null,
    }))
    const made = await ask('POST', 'guests/$bulk', { create: rows })
    expect(made.status, made.text).toBe(200)
    const [one] = (await record(`guests?$filter=name eq 'Bulk 4'`))['value'] as Record<string, unknown>[]
    expect(one).toMatchObject({ ...stored, name: 'Bulk 4', code: null, payload: ['a', { b: 4 }] })
    const csv = await call(server, 'GET', '/api/export/guest?format=csv')
    expect(csv.status, csv.text).toBe(200)
    expect(csv.text).toContain("vip; it's")
    expect(csv.text).toContain('PT1H30M')
    const before = await ask('GET', 'guests?$orderby=id')
    const again = await call(server, 'POST', '/api/import/guest?key=id', csv.text, { 'content-type': 'text/csv' })
    expect(
      again.json,
      JSON.stringify((again.json as { errors: { errors: unknown }[] }).errors?.[0]?.errors),
    ).toMatchObject({ created: 0, updated: 0, failed: 0, unchanged: 22 })
    expect((await ask('GET', 'guests?$orderby=id')).text).toBe(before.text)
  })

  test('a file as people write it', async () => {
    const file = [
      'name,tags,spent,discount,origin,speaks,person,address,place,stars,opens,departs,badge',
      'Typed,"VIP; press",1h 30m,12.5 %,Germania,pt-BR,Grace Hopper,1 Main St,"35.7, 51.4",4/5,8:30 PM,2026-11-25 10:00,1E90FF',
    ].join('\n')
    const answer = await call(
      server,
      'POST',
      '/api/import/guest?mapping=' + encodeURIComponent(JSON.stringify({ entity: 'guest', timeZone: 'Asia/Tehran' })),
      file,
      {
        'content-type': 'text/csv',
      },
    )
    expect(answer.json, answer.text).toMatchObject({ created: 1, failed: 0 })
    const [found] = (await record("guests?$filter=name eq 'Typed'"))['value'] as Record<string, unknown>[]
    expect(found).toMatchObject({
      tags: ['vip', 'press'],
      spent: 'PT1H30M',
      discount: 12.5,
      origin: 'DE',
      speaks: 'pt-BR',
      person_first: 'Grace',
      person_last: 'Hopper',
      address_line1: '1 Main St',
      place: { type: 'Point', coordinates: [51.4, 35.7] },
      stars: 4,
      opens: '20:30:00',
      badge: '#1e90ff',
    })
    expect(new Date(found!['departs'] as string).toISOString()).toBe('2026-11-25T10:00:00.000Z')
  })

  test('values for people', async () => {
    const found = await record(`guests(${id})`, {
      prefer: 'odata.include-annotations="*"',
      'accept-language': 'en',
    })
    const shown = (name: string) => found[`${name}@OData.Community.Display.V1.FormattedValue`]
    expect(shown('big')).toBe('9,007,199,254,740,993')
    expect(shown('tags')).toBe('VIP, It is')
    expect(shown('spent')).toBe('1 hr 30 min')
    expect(shown('discount')).toBe('12.5%')
    expect(shown('origin')).toBe('Germany')
    expect(shown('stars')).toBe('4/5')
  })

  test('years and codes have no groups of digits, nor has what is worked out from them', async () => {
    const plain = { grouping: false }
    const bottle = {
      kind: 'entity',
      name: 'bottle',
      fields: [
        { name: 'name', type: 'text' },
        { name: 'year', type: 'integer', ...plain },
        { name: 'ripe', type: 'formula', returns: 'integer', expression: 'year + 10', ...plain },
        { name: 'lot', type: 'bigint', ...plain },
        { name: 'price', type: 'integer' },
        { name: 'cellar', type: 'lookup', target: 'cellar' },
      ],
    }
    const over = { type: 'rollup', entity: 'bottle', via: 'cellar' }
    const cellar = {
      kind: 'entity',
      name: 'cellar',
      fields: [
        { name: 'name', type: 'text' },
        { name: 'oldest', ...over, aggregate: 'min', field: 'year' },
        { name: 'worth', ...over, aggregate: 'sum', field: 'price' },
      ],
    }
    const changes = [bottle, cellar].map((one) => ({ op: 'put', definition: one }))
    const made = await call(server, 'POST', '/api/model/apply', { changes })
    expect(made.status, made.text).toBe(200)
    const { id: of } = (await ask('POST', 'cellars', { name: 'Murfatlar' })).json as { id: string }
    const body = { name: 'Red', year: 2013, lot: '20130405', price: 1250, cellar_id: of }
    const { id: one } = (await ask('POST', 'bottles', body)).json as { id: string }
    const shown = async (path: string, ...names: string[]) => {
      const found = await record(path, { prefer: 'odata.include-annotations="*"', 'accept-language': 'en' })
      return names.map((name) => found[`${name}@OData.Community.Display.V1.FormattedValue`])
    }
    const figures = await shown(`bottles(${one})`, 'year', 'ripe', 'lot', 'price')
    expect(figures).toEqual(['2013', '2023', '20130405', '1,250'])
    expect(await shown(`cellars(${of})`, 'oldest', 'worth')).toEqual(['2013', '1,250'])
    const file = await call(server, 'GET', '/api/export/bottle?format=csv&labels=true')
    expect(file.text).toContain('Red,2013,20130405,1250,Murfatlar')
  })

  test('values for people leave the values as they are, to the last digit', async () => {
    const path = `guests(${id})?$select=big,discount,weight,stars`
    const plain = (await ask('GET', path)).text
    const { text } = await ask('GET', path, undefined, { prefer: 'odata.include-annotations="*"' })
    expect(text).toContain('"big":9007199254740993')
    const without = text.replaceAll(/"\w+@OData\.Community\.Display\.V1\.FormattedValue":"[^"]*",/g, '')
    expect(without).toBe(plain)
  })

  test('$metadata and OpenAPI say what the types are', async () => {
    const xml = await ask('GET', '$metadata')
    for (const part of [
      '<Property Name="big" Type="Edm.Int64"',
      '<Property Name="weight" Type="Edm.Double"',
      '<Property Name="tags" Type="Collection(Edm.String)" Nullable="false"',
      '<Property Name="opens" Type="Edm.TimeOfDay"',
      '<Property Name="spent" Type="Edm.Duration"',
      '<Property Name="place" Type="Edm.GeographyPoint"',
      '<Property Name="region" Type="Edm.Geography"',
      '<Property Name="payload" Type="Edm.Untyped"',
    ])
      expect(xml.text).toContain(part)
    const json = (await record('$metadata?$format=json'))['peyvand'] as Record<string, Record<string, unknown>>
    expect(json['guest']!['tags']).toMatchObject({ $Collection: true })
    const api = await call(server, 'GET', '/api/openapi.json')
    expect(api.text).toContain('"format":"duration"')
  })

  test('the history keeps what the wire says', async () => {
    const plan = await call(server, 'POST', '/api/model/plan', {
      changes: [
        {
          op: 'put',
          definition: {
            ...definition,
            fields: fields.map((field) => (field.name === 'spent' ? { name: 'spent', type: 'decimal' } : field)),
          },
        },
      ],
    })
    expect(plan.status, plan.text).toBe(200)
    expect(plan.text).toContain('"risk":"lossy"')
  })
})
