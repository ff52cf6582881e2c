// Random requests for every part of the API: most begin as something right and are then broken in a place or two, so that
// they come far enough to be dangerous.
import type { JsonValue } from '@peyvand/core/base/json.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { drawInput, type RandomModel } from '../../support/random-model.ts'
import { drawRequest } from '../../support/random-query.ts'
import type { Random } from '../../support/random.ts'
import { drawBroken, drawJson, mutate, mutateJson, naughtyTexts } from './naughty.ts'

export interface FuzzRequest {
  readonly method: string
  /** From the server's root, as it stands in the request line. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface Ground {
  readonly random: Random
  readonly drawn: RandomModel
  readonly ids: readonly string[]
}

const data = '/api/data/v1/'
const json = { 'content-type': 'application/json' }
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())

/** One request. */
export function drawFuzz(ground: Ground): FuzzRequest {
  const request = ground.random.weighted<() => FuzzRequest>([
    [50, () => query(ground)],
    [18, () => write(ground)],
    [7, () => batch(ground)],
    [6, () => model(ground)],
    [12, () => elsewhere(ground)],
  ])()
  return ground.random.chance(0.25) ? withHeader(ground.random, request) : request
}

function query({ random, drawn, ids }: Ground): FuzzRequest {
  const { path, query } = drawRequest({ random, model: drawn.model, ids }, drawn.drawn)
  const whole = query === '' ? path : `${path}?${query}`
  const method = random.weighted([
    [30, 'GET'],
    [1, 'HEAD'],
    [1, 'OPTIONS'],
    [1, 'PUT'],
    [0.5, 'TRACE'],
  ])
  if (random.chance(0.04))
    return {
      method: 'POST',
      path: `${data}${path}/$query`,
      headers: { 'content-type': 'text/plain' },
      body: maybe(random, query),
    }
  return { method, path: data + maybe(random, whole), headers: {} }
}

const maybe = (random: Random, text: string): string => (random.chance(0.65) ? mutate(random, text) : text)

/** The wire name of an input: composite inputs name columns by suffix. */
function record({ random, drawn, ids }: Ground, entity: Entity): Record<string, JsonValue> {
  const body: Record<string, JsonValue> = { title: random.pick(['Alpha', 'کتاب', 'สวัสดี', 'Ёлка']) }
  for (const field of random.some(entity.fields, 0, 6)) {
    const source = drawn.sources.get(`${entity.name}.${field.name}`)
    if (source) body[field.name] = drawInput(random, source)
  }
  if (random.chance(0.2)) body['above_id'] = random.pick(ids)
  if (random.chance(0.2)) body['other@odata.bind'] = `/${random.pick(drawn.drawn).entitySet}(${random.pick(ids)})`
  if (random.chance(0.1)) body['below'] = [{ title: 'deep', below: [{ title: 'deeper' }] }]
  return body
}

/** A document as text: right, with another value somewhere, or no document at all. */
function text(random: Random, value: JsonValue): string {
  return random.weighted<() => string>([
    [3, () => JSON.stringify(value)],
    [5, () => JSON.stringify(mutateJson(random, mutateJson(random, value)))],
    [2, () => mutate(random, JSON.stringify(value))],
    [2, () => drawBroken(random)],
  ])()
}

function write(ground: Ground): FuzzRequest {
  const { random, drawn, ids } = ground
  const entity = random.pick(drawn.drawn)
  const set = entity.entitySet
  const id = random.pick(ids)
  const body = record(ground, entity)
  const [method, path, sent] = random.weighted<readonly [string, string, JsonValue | undefined]>([
    [8, ['POST', set, body]],
    [8, ['PATCH', `${set}(${id})`, body]],
    [1, ['PUT', `${set}(${id})`, body]],
    [0.5, ['DELETE', `${set}(${random.chance(0.3) ? id : id.replace('7000', '7001')})`, undefined]],
    [
      2,
      [
        'POST',
        `${set}/$bulk`,
        {
          operation: random.pick(['create', 'update', 'upsert', 'x']),
          records: [body, { ...body, id }],
          atomic: random.chance(0.5),
        },
      ],
    ],
    [2, ['PUT', `${set}(${id})/above/$ref`, { '@odata.id': `${set}(${random.pick(ids)})` }]],
    [1, ['POST', `${set}(${id})/below/$ref`, { '@odata.id': `${set}(${random.pick(ids)})` }]],
    [1, ['DELETE', `${set}(${id})/below(${random.pick(ids)})/$ref`, undefined]],
    [1, ['PUT', `${set}(${id})/${random.pick(entity.fields).name}`, { value: drawJson(random) }]],
    [1, ['POST', `${set}(${id})/below`, body]],
  ])
  const headers = {
    ...json,
    ...(random.chance(0.1) ? { 'idempotency-key': random.pick(['a', 'b', 'x'.repeat(300)]) } : {}),
  }
  return {
    method,
    path: data + (random.chance(0.2) ? mutate(random, path) : path),
    headers,
    ...(sent === undefined ? {} : { body: text(random, sent) }),
  }
}

function batch(ground: Ground): FuzzRequest {
  const { random } = ground
  const parts = Array.from({ length: random.whole(0, 4) }, () => (random.chance(0.6) ? query(ground) : write(ground)))
  if (random.chance(0.5)) {
    const requests = parts.map(({ method, path, body, headers }, n) => ({
      id: random.pick([String(n), '1', '__proto__']),
      method,
      url: path.slice(data.length),
      headers,
      ...(random.chance(0.3) ? { dependsOn: [random.pick(['0', '1', 'g', 'x'])] } : {}),
      ...(random.chance(0.3) ? { atomicityGroup: 'g' } : {}),
      ...(body === undefined ? {} : { body: asJson(String(body)) }),
    })) as unknown as JsonValue
    return { method: 'POST', path: `${data}$batch`, headers: json, body: text(random, { requests }) }
  }
  const lines = parts.map(({ method, path, body, headers }, n) =>
    [
      '--b',
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      `Content-ID: ${n}`,
      '',
      `${method} ${path.slice(data.length)} HTTP/1.1`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      '',
      String(body ?? ''),
    ].join('\r\n'),
  )
  const whole = [...lines, '--b--', ''].join('\r\n')
  const type = random.pick([
    'multipart/mixed;boundary=b',
    'multipart/mixed; boundary="b"',
    'multipart/mixed',
    'multipart/mixed;boundary=c',
  ])
  return {
    method: 'POST',
    path: `${data}$batch`,
    headers: { 'content-type': type },
    body: random.chance(0.6) ? mutate(random, whole) : whole,
  }
}

const asJson = (text: string): JsonValue => {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}

/** Plans over what is there, and small applies over an entity that nothing else asks about. */
function model({ random, drawn }: Ground): FuzzRequest {
  const definition = random.pick(
    drawn.definitions.filter(({ kind, name }) => kind === 'entity' && drawn.drawn.some((each) => each.name === name)),
  ) as unknown as JsonValue
  const pet = {
    kind: 'entity',
    name: 'pet',
    entitySet: 'pets',
    fields: [
      { name: 'title', type: 'text' },
      { name: random.pick(['age', 'kind']), type: random.pick(['integer', 'text', 'rollup', '__proto__']) },
    ],
  }
  const change = random.weighted<JsonValue>([
    [6, { op: 'put', definition }],
    [2, { op: 'put', definition: pet }],
    [1, { op: 'delete', kind: 'entity', name: 'pet' }],
    [
      1,
      {
        op: 'put',
        definition: {
          kind: random.pick(['view', 'form', 'app', 'role', 'choice']),
          name: 'odd',
          entity: 'ship',
          columns: [{ field: 'title' }],
          filter: "title == 'a'",
          grants: [],
        },
      },
    ],
  ])
  return random.weighted<() => FuzzRequest>([
    [
      12,
      () => ({
        method: 'POST',
        path: '/api/model/plan',
        headers: json,
        body: text(random, { changes: [mutateJson(random, change)] }),
      }),
    ],
    [
      1,
      () => ({
        method: 'POST',
        path: '/api/model/apply',
        headers: json,
        body: text(random, {
          changes: [{ op: 'put', definition: random.chance(0.5) ? pet : mutateJson(random, pet) }],
        }),
      }),
    ],
    [
      1,
      () => ({
        method: 'POST',
        path: `/api/model/undo/${encoded(random.pick(naughtyTexts))}`,
        headers: json,
        body: '{}',
      }),
    ],
    [
      1,
      () => ({
        method: 'GET',
        path: random.pick(['/api/model', '/api/model/history', '/api/model?entity=ship', '/api/model/nope']),
        headers: { 'if-none-match': random.pick(['W/"1"', '*', 'x']) },
      }),
    ],
  ])()
}

function elsewhere(ground: Ground): FuzzRequest {
  const { random, drawn } = ground
  const entity = random.pick(drawn.drawn)
  const odd = (): string => encoded(random.pick(naughtyTexts))
  const get = (path: string, headers: Record<string, string> = {}): FuzzRequest => ({ method: 'GET', path, headers })
  const post = (path: string, body: string, headers: Record<string, string> = json): FuzzRequest => ({
    method: 'POST',
    path,
    headers,
    body,
  })
  const csv = `title,number\n${random.pick(naughtyTexts)},${random.pick(naughtyTexts)}\nAlpha,1\n`
  return random.weighted<() => FuzzRequest>([
    [
      3,
      () =>
        get(
          `/api/search?q=${odd()}&top=${random.pick(['1', '50', '0', 'x', '999'])}&entities=${random.pick(['ship', odd(), 'ship,port'])}`,
        ),
    ],
    [
      3,
      () =>
        post(
          `/api/import/${random.pick([entity.name, odd()])}?dryRun=${random.pick(['true', 'true', 'yes'])}`,
          maybe(random, csv),
          {
            'content-type': random.pick(['text/csv', 'application/json', 'text/csv; charset=utf-16', 'x']),
            accept: random.pick(['application/json', 'application/x-ndjson']),
          },
        ),
    ],
    [
      2,
      () =>
        post(
          `/api/import/${entity.name}?mapping=${encoded(text(random, { columns: [{ from: 'title', to: 'title' }] }))}`,
          csv,
          { 'content-type': 'text/csv' },
        ),
    ],
    [
      1,
      () =>
        post(`/api/import/${entity.name}?dryRun=true`, form(random, csv), {
          'content-type': random.pick([
            'multipart/form-data; boundary=f',
            'multipart/form-data',
            'multipart/form-data; boundary=',
          ]),
        }),
    ],
    [
      2,
      () =>
        get(
          `/api/export/${random.pick([entity.name, odd()])}?format=${random.pick(['csv', 'json', 'xlsx', odd()])}&labels=${random.pick(['true', 'x'])}`,
        ),
    ],
    [
      3,
      () =>
        post(
          `/api/files?name=${odd()}&for=${random.pick(['ship.doc', 'ship.title', odd()])}`,
          random.pick(['\x89PNG\r\n\x1a\n', '%PDF-1.4', '<svg onload=alert(1)>', 'GIF89a', 'x'.repeat(3_000)]),
          { 'content-type': random.pick(['image/png', 'application/pdf', 'image/svg+xml', 'text/html', 'x/y']) },
        ),
    ],
    [
      2,
      () =>
        get(`/api/files/${odd()}?size=${random.pick(['64', 'x', '-1'])}`, {
          range: random.pick(['bytes=0-1', 'bytes=5-1', 'bytes=-', 'x']),
        }),
    ],
    [
      3,
      () =>
        post(
          `/api/actions/${random.pick(['who_am_i', 'retrieve_total_count', 'initial_values', odd()])}`,
          text(random, { entity: entity.name, entities: [entity.name], names: [entity.name] }),
        ),
    ],
    [
      2,
      () =>
        get(
          `/api/actions/${random.pick(['who_am_i', 'retrieve_total_count', 'initial_values', odd()])}?entity=${odd()}&entities=${odd()}`,
        ),
    ],
    [
      2,
      () =>
        get(
          `${data}${random.pick(['WhoAmI()', `RetrieveTotalRecordCount(EntityNames=${odd()})`, `InitializeFrom(${odd()})`, `${entity.entitySet}/Default.Nope()`])}`,
        ),
    ],
    [1, () => get(`/api/jobs${random.pick(['', `?state=${odd()}`, `/${odd()}`])}`)],
    [1, () => post(`/api/jobs/${odd()}/${random.pick(['retry', 'cancel', 'nope'])}`, '{}')],
    [1, () => post('/api/keys', text(random, { name: 'fuzz', roles: ['administrator'], expiresInDays: 1 }))],
    [1, () => ({ method: 'DELETE', path: `/api/keys/${odd()}`, headers: {} })],
    [1, () => post('/api/users', text(random, { email: 'a b', name: 'x', roles: ['nobody'] }))],
    [1, () => get(`/api/events?x=${odd()}`, { 'last-event-id': 'x' })],
    [1, () => post('/api/auth/sign-in/email', text(random, { email: 'nobody@example.com', password: 'wrong' }))],
    [1, () => post('/api/auth/setup', text(random, { token: 'x', email: 'a@b.c', password: 'x' }))],
    [
      1,
      () => ({
        method: random.pick(['GET', 'POST']),
        path: `/api/auth/${random.pick(['get-session', 'sign-out', 'change-password', odd()])}`,
        headers: json,
        body: text(random, { newPassword: 'x' }),
      }),
    ],
    [
      1,
      () => ({ method: 'PATCH', path: '/api/me', headers: json, body: text(random, { language: 'nope', nothing: 1 }) }),
    ],
    [
      1,
      () =>
        get(
          random.pick(['/api/me', '/api/openapi.json', '/api/docs', '/api/solutions', '/metrics', '/api/health/live']),
        ),
    ],
    [
      2,
      () =>
        get(
          `${data}${random.pick(['$metadata', '', '$entity', '$all', '$crossjoin(ships,ports)'])}?$format=${random.pick(['json', 'xml', odd()])}&$filter=${random.pick(["ships/title eq 'a'", odd()])}`,
        ),
    ],
    [2, () => get(`${data}${entity.entitySet}?$deltatoken=${odd()}&$skiptoken=${odd()}`)],
    [
      2,
      () => get(`/${random.pick(['', 'api/', 'studio/', 'portal/', 'assets/', 'api/data/', 'api/data/v2/'])}${odd()}`),
    ],
  ])()
}

function form(random: Random, csv: string): string {
  const parts = [
    `--f\r\nContent-Disposition: form-data; name="${random.pick(['mapping', 'dryRun', '__proto__', 'key'])}"\r\n\r\n${random.pick(naughtyTexts)}\r\n`,
    `--f\r\nContent-Disposition: form-data; name="file"; filename="${random.pick(['a.csv', '../../x', ''])}"\r\nContent-Type: text/csv\r\n\r\n${csv}\r\n--f--\r\n`,
  ]
  return random.chance(0.6) ? mutate(random, parts.join('')) : parts.join('')
}

/** Values a header can carry: Node sends Latin-1 only, so that is what stands here. */
const headerValues: Readonly<Record<string, readonly string[]>> = {
  authorization: ['', 'Bearer', 'Bearer x', 'Basic YTpi', `Bearer ${'x'.repeat(4_000)}`],
  cookie: ['peyvand.session_token=x', '='.repeat(500), 'a=b; a=c'],
  accept: [
    'application/xml',
    '*/*;q=0',
    'application/json;odata.metadata=full',
    'application/json;odata.metadata=x',
    'text/event-stream',
    ',',
  ],
  'content-type': [
    '',
    'text/plain',
    'application/json;charset=utf-16',
    'application/json; IEEE754Compatible=true',
    'multipart/mixed',
    ';;;',
  ],
  'accept-language': ['fa', 'xx-YY', '*', 'en;q=x', ','.repeat(500)],
  prefer: [
    'odata.maxpagesize=0',
    'odata.maxpagesize=1e9',
    'return=minimal',
    'return=x',
    'odata.include-annotations="*"',
    'odata.track-changes',
    'odata.continue-on-error',
    'omit-values=nulls',
    'calendar=persian',
    'timezone=Mars/Phobos',
    'handling=strict,,;;="',
    'respond-async',
  ],
  'if-match': ['*', 'W/"1"', '"x"', 'W/"99999999999999999999"', '"', 'null', ','.repeat(200)],
  'if-none-match': ['*', 'null', 'W/"1"', 'x'],
  'odata-version': ['4.0', '4.01', '3.0', 'x'],
  'odata-maxversion': ['4.0', '2.0', ''],
  'content-encoding': ['gzip', 'br', 'x'],
  'accept-encoding': ['gzip', 'identity;q=0', '*;q=0'],
  expect: ['100-continue'],
  range: ['bytes=0-0', 'bytes=9-1', 'x'],
  origin: ['null', 'https://evil.example', 'x'],
  'x-forwarded-for': ['::1', 'x'.repeat(500)],
  'x-request-id': ['a', '\u00ff', 'x'.repeat(100)],
  'x-http-method-override': ['DELETE', 'PATCH'],
  host: ['evil.example', '', '[::1', 'a b'],
  'idempotency-key': ['k', '', 'x'.repeat(1_000)],
}

function withHeader(random: Random, request: FuzzRequest): FuzzRequest {
  const name = random.pick(Object.keys(headerValues))
  return { ...request, headers: { ...request.headers, [name]: random.pick(headerValues[name]!) } }
}
