// Does a file come in whole, go out safely and only to whoever may read the field that holds it? Uploads, ranges, limits,
// stream properties, pictures, trimming, on both engines.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signInForKey, startServer, call, engines, type Answer, type TestServer } from '../support/server.ts'

const definition = {
  kind: 'entity',
  name: 'paper',
  entitySet: 'papers',
  ownership: 'user',
  fields: [
    { name: 'name', type: 'text', maxLength: 100, required: true },
    { name: 'contract', type: 'file', maxBytes: 1_000_000, accept: ['application/pdf', '.txt', 'image/*'] },
    { name: 'extras', type: 'file', many: true, maxFiles: 3 },
    { name: 'photo', type: 'image', maxWidth: 400, thumbnails: [48, 96] },
    { name: 'anything', type: 'file' },
  ],
}
const reader = {
  kind: 'role',
  name: 'paper_reader',
  label: 'Reader',
  grants: [{ entity: 'paper', read: 'all', create: 'own', write: 'own' }],
  fields: [{ entity: 'paper', field: 'contract', read: false, write: false }],
}
const stranger = { kind: 'role', name: 'stranger', label: 'Stranger', grants: [{ entity: 'paper', read: 'own' }] }

const pdf = Buffer.from('%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n')
const jpeg = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#336699' } })

interface FileBody {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly size: number
  readonly width?: number
  readonly height?: number
}

describe.each(engines)('on %s', (engine) => {
  let server: TestServer
  const keys: Record<string, string> = {}

  beforeAll(async () => {
    server = await startServer({ engine, env: { FILE_LIMIT: '400000000', PICTURE_PIXELS: '1000000' } })
    const applied = await call(server, 'POST', '/api/model/apply', {
      changes: [definition, reader, stranger].map((one) => ({ op: 'put', definition: one })),
    })
    expect(applied.text).toContain('revision')
    for (const role of ['paper_reader', 'stranger']) {
      const email = `${role}@example.com`
      const made = await call(server, 'POST', '/api/users', {
        email,
        name: role,
        password: 'a long password',
        roles: [role],
      })
      expect(made.status, made.text).toBeLessThan(300)
      keys[role] = await signInForKey(server.url, email, 'a long password')
    }
  })
  afterAll(() => server?.stop())

  const as = (role?: string) => ({ url: server.url, adminKey: role === undefined ? server.adminKey : keys[role]! })

  const send = async (
    path: string,
    body: Uint8Array<ArrayBuffer>,
    { type = 'application/octet-stream', method = 'POST', role = undefined as string | undefined, headers = {} } = {},
  ): Promise<Answer> => {
    const answer = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${as(role).adminKey}`, 'content-type': type, ...headers },
      body,
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, json: text === '' ? undefined : JSON.parse(text) }
  }
  const get = async (path: string, headers: Record<string, string> = {}, role?: string, method = 'GET') => {
    const answer = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${as(role).adminKey}`, ...headers },
    })
    return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  const upload = async (
    body: Uint8Array<ArrayBuffer>,
    name: string,
    type = 'application/octet-stream',
    role?: string,
  ): Promise<FileBody> => {
    const answer = await send(`/api/files?name=${encodeURIComponent(name)}`, body, { type, role })
    expect(answer.status, answer.text).toBe(201)
    return answer.json as FileBody
  }
  const create = async (body: object, role?: string): Promise<Record<string, unknown> & { id: string }> => {
    const answer = await call(as(role), 'POST', '/api/data/v1/papers', body)
    expect(answer.status, answer.text).toBe(201)
    return answer.json as Record<string, unknown> & { id: string }
  }

  test('a file is uploaded, linked, read with its record, filtered and downloaded', async () => {
    const file = await upload(pdf, 'قرارداد نهایی.pdf', 'application/pdf')
    expect(file).toMatchObject({ name: 'قرارداد نهایی.pdf', type: 'application/pdf', size: pdf.length })
    const record = await create({ name: 'A', contract_id: file.id })
    expect(record).toMatchObject({
      contract_id: file.id,
      contract_name: 'قرارداد نهایی.pdf',
      contract_type: 'application/pdf',
      contract_size: pdf.length,
    })
    for (const filter of [
      "contains(contract_name,'قرارداد')",
      `contract_size eq ${pdf.length}`,
      'contract_id ne null',
    ]) {
      const found = await call(
        server,
        'GET',
        `/api/data/v1/papers?$select=id&$filter=${encodeURIComponent(`${filter} and id eq ${record.id}`)}`,
      )
      expect((found.json as { value: unknown[] }).value, filter).toHaveLength(1)
    }
    const answer = await get(`/api/files/${file.id}`)
    expect(answer.bytes.equals(pdf)).toBe(true)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
      'accept-ranges': 'bytes',
      'content-length': String(pdf.length),
    })
    expect(answer.headers.get('content-security-policy')).toContain('sandbox')
    expect(answer.headers.get('content-disposition')).toBe(
      `inline; filename="${'_'.repeat(7)} ${'_'.repeat(5)}.pdf"; filename*=UTF-8''${encodeURIComponent('قرارداد نهایی.pdf')}`,
    )
    const again = await get(`/api/files/${file.id}`, { 'if-none-match': answer.headers.get('etag')! })
    expect(again.status).toBe(304)
    const saved = await get(`/api/files/${file.id}?download`)
    expect(saved.headers.get('content-disposition')).toMatch(/^attachment;/)
  })

  test.each([
    ['bytes=0-3', 206, '0-3'],
    ['bytes=5-', 206, '5-9'],
    ['bytes=-3', 206, '7-9'],
    ['bytes=-99', 206, '0-9'],
    ['bytes=4-400', 206, '4-9'],
    ['bytes=9-9', 206, '9-9'],
    ['bytes=10-', 416, '*'],
    ['bytes=-0', 416, '*'],
    ['bytes=99999999999-', 416, '*'],
    ['bytes=0-1,4-5', 200, ''],
    ['bytes=5-2', 200, ''],
    ['bytes=-', 200, ''],
    ['bytes=a-b', 200, ''],
    ['pages=1-2', 200, ''],
  ])('%s answers %d', async (range, status, part) => {
    const bytes = Buffer.from('0123456789')
    const file = await upload(bytes, 'digits.txt', 'text/plain')
    const answer = await get(`/api/files/${file.id}`, { range })
    expect(answer.status).toBe(status)
    if (status === 416) return expect(answer.headers.get('content-range')).toBe('bytes */10')
    const [start, end] = part === '' ? [0, 9] : part.split('-').map(Number)
    expect(answer.bytes.toString()).toBe(bytes.subarray(start, end! + 1).toString())
    expect(answer.headers.get('content-range')).toBe(part === '' ? null : `bytes ${part}/10`)
    const changed = await get(`/api/files/${file.id}`, { range, 'if-range': '"another"' })
    expect(changed.status).toBe(200)
    const head = await get(`/api/files/${file.id}`, { range }, undefined, 'HEAD')
    expect([head.status, head.bytes.length]).toEqual([status, 0])
  })

  test('several files are one value, in their order, up to the limit', async () => {
    const files = await Promise.all(
      ['a.txt', 'b.txt', 'c.txt', 'd.txt'].map((name) => upload(Buffer.from(name), name, 'text/plain')),
    )
    const ids = files.map(({ id }) => id)
    const record = await create({ name: 'Many', extras: ids.slice(0, 3) })
    expect(record).toMatchObject({ extras_name: 'a.txt, b.txt, c.txt', extras_count: 3, extras_size: 15 })
    expect((record['extras_files'] as FileBody[]).map(({ id }) => id)).toEqual(ids.slice(0, 3))
    const more = await call(server, 'PATCH', `/api/data/v1/papers(${record.id})`, { extras_files: ids })
    expect([more.status, more.text]).toEqual([422, expect.stringContaining('at most 3 files')])
    const fewer = await call(server, 'PATCH', `/api/data/v1/papers(${record.id})`, {
      extras_files: [{ id: ids[2]! }, ids[3]!],
    })
    expect(fewer.json).toMatchObject({ extras_name: 'c.txt, d.txt', extras_count: 2 })
    expect((await get(`/api/files/${ids[0]}`)).status).toBe(404)
    expect((await get(`/api/files/${ids[3]}`)).status).toBe(200)
    const cleared = await call(server, 'PATCH', `/api/data/v1/papers(${record.id})`, { extras: null })
    expect(cleared.json).toMatchObject({ extras_name: null, extras_files: null, extras_count: null, extras_size: null })
  })

  test('what a caller says of a file is not believed', async () => {
    const file = await upload(pdf, 'real.pdf')
    const record = await create({
      name: 'Liar',
      contract: { id: file.id, name: 'fake.exe', type: 'image/png', size: 1 },
    })
    expect(record).toMatchObject({
      contract_name: 'real.pdf',
      contract_type: 'application/pdf',
      contract_size: pdf.length,
    })
    const direct = await call(server, 'PATCH', `/api/data/v1/papers(${record.id})`, { contract_name: 'x.pdf' })
    expect(direct.status).toBe(400)
  })

  test.each([
    ['an id nobody has', () => Promise.resolve('019f0000-0000-7000-8000-000000000999'), 'check.reference'],
    ['a name', () => Promise.resolve('real.pdf'), 'check.invalid'],
    [
      'a file of someone else',
      async () => (await upload(pdf, 'theirs.pdf', undefined, 'paper_reader')).id,
      'check.reference',
    ],
    [
      'a file another record has',
      async () => {
        const { id } = await upload(pdf, 'taken.pdf')
        await create({ name: 'First', anything_id: id })
        return id
      },
      'check.reference',
    ],
    [
      'a type the field does not take',
      async () => (await upload(Buffer.from('PK\u0003\u0004 zip'), 'a.zip')).id,
      'check.invalid',
    ],
    ['more than the field takes', async () => (await upload(Buffer.alloc(1_000_001, 'a'), 'a.txt')).id, 'limit.size'],
  ])('a field refuses %s', async (_title, idOf, code) => {
    const answer = await call(server, 'POST', '/api/data/v1/papers', { name: 'No', contract_id: await idOf() })
    expect(answer.json).toMatchObject({ error: { code, target: 'contract_id' } })
    const many = await call(server, 'POST', '/api/data/v1/papers/$bulk', {
      create: [{ name: 'No', contract_id: await idOf() }],
    })
    expect(many.text).toContain(code)
  })

  test('a file that a refused record named can still be used', async () => {
    const { id } = await upload(pdf, 'again.pdf')
    const refused = await call(server, 'POST', '/api/data/v1/papers', { contract_id: id, photo_id: id, name: 'x' })
    expect(refused.status).toBe(422)
    await create({ name: 'y', contract_id: id })
  })

  test('a stream property is written, read and cleared at its own address', async () => {
    const { id } = await create({ name: 'Stream' })
    const path = `/api/data/v1/papers(${id})/contract`
    expect((await get(path)).status).toBe(204)
    const put = await send(path, pdf, {
      method: 'PUT',
      type: 'application/pdf',
      headers: {
        'content-disposition': "attachment; filename*=UTF-8''%E0%B8%AA%E0%B8%B1%E0%B8%8D%E0%B8%8D%E0%B8%B2.pdf",
      },
    })
    expect([put.status, put.headers.get('etag')]).toEqual([204, 'W/"2"'])
    for (const address of [path, `${path}/$value`]) {
      const answer = await get(address)
      expect([answer.status, answer.bytes.equals(pdf)]).toEqual([200, true])
      expect(answer.headers.get('content-disposition')).toContain(encodeURIComponent('สัญญา.pdf'))
    }
    const stale = await send(path, pdf, { method: 'PUT', type: 'application/pdf', headers: { 'if-match': 'W/"1"' } })
    expect(stale.status).toBe(412)
    const json = await send(path, Buffer.from('{}'), { method: 'PUT', type: 'application/json' })
    expect(json.status).toBe(415)
    expect((await call(server, 'POST', path, {})).status).toBe(405)
    const large = await send(path, Buffer.alloc(1_000_001, 'a'), { method: 'PUT', type: 'text/plain' })
    expect([large.status, large.text]).toEqual([413, expect.stringContaining('1000000')])
    expect((await call(server, 'DELETE', path)).status).toBe(204)
    expect((await get(path)).status).toBe(204)
    expect((await send(`/api/data/v1/papers(${id})/name`, pdf, { method: 'PUT' })).status).toBe(415)
    expect((await get('/api/data/v1/papers(019f0000-0000-7000-8000-000000000999)/contract')).status).toBe(404)
  })

  test('a content does not travel in a batch, its id does', async () => {
    const { id } = await create({ name: 'Batch' })
    const file = await upload(pdf, 'batch.pdf')
    const answer = await call(
      server,
      'POST',
      '/api/data/v1/$batch',
      {
        requests: [
          { id: '1', method: 'GET', url: `papers(${id})/contract` },
          { id: '2', method: 'PATCH', url: `papers(${id})`, body: { contract_id: file.id } },
        ],
      },
      { prefer: 'odata.continue-on-error' },
    )
    const { responses } = answer.json as { responses: { status: number }[] }
    expect(responses.map(({ status }) => status)).toEqual([501, 200])
  })

  test('a form works like a body, and says so when it has no file', async () => {
    const form = new FormData()
    form.set('file', new File([pdf], 'from form.pdf', { type: 'application/pdf' }))
    const answer = await fetch(`${server.url}/api/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.adminKey}` },
      body: form,
    })
    expect(await answer.json()).toMatchObject({ name: 'from form.pdf', type: 'application/pdf', size: pdf.length })
    const empty = new FormData()
    empty.set('other', 'x')
    const none = await fetch(`${server.url}/api/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.adminKey}` },
      body: empty,
    })
    expect(none.status).toBe(400)
  })

  test('who may not read the field or the record finds no such file', async () => {
    const closed = await upload(pdf, 'closed.pdf')
    const open = await upload(pdf, 'open.pdf')
    const { id } = await create({ name: 'Trimmed', contract_id: closed.id, anything_id: open.id })
    const unknown = await get('/api/files/019f0000-0000-7000-8000-000000000999', {}, 'paper_reader')
    const body = unknown.bytes.toString()
    expect(unknown.status).toBe(404)
    expect((await get(`/api/files/${open.id}`, {}, 'paper_reader')).status).toBe(200)
    for (const [file, role] of [
      [closed.id, 'paper_reader'],
      [closed.id, 'stranger'],
      [open.id, 'stranger'],
      ['not-an-id', 'stranger'],
      ['..%2f..%2fsecret', 'stranger'],
    ] as const) {
      const answer = await get(`/api/files/${file}`, {}, role)
      expect([answer.status, answer.bytes.toString()], `${file} ${role}`).toEqual([404, body])
      expect((await get(`/api/files/${file}?size=48`, {}, role)).status).toBe(404)
    }
    const staged = await upload(pdf, 'mine.pdf')
    expect((await get(`/api/files/${staged.id}`, {}, 'paper_reader')).status).toBe(404)
    expect((await get(`/api/files/${staged.id}`)).status).toBe(200)
    const path = `/api/data/v1/papers(${id})/contract`
    const nothing = await get(`/api/data/v1/papers(${id})/nothing`, {}, 'paper_reader')
    expect((await get(path, {}, 'paper_reader')).status).toBe(nothing.status)
    expect((await get(path, {}, 'stranger')).status).toBe(404)
    expect((await send(path, pdf, { method: 'PUT', type: 'application/pdf', role: 'stranger' })).status).not.toBe(204)
    const own = await upload(pdf, 'own.pdf', undefined, 'paper_reader')
    const write = await call(as('paper_reader'), 'POST', '/api/data/v1/papers', { name: 'x', contract_id: own.id })
    expect(write.status).toBeGreaterThanOrEqual(400)
    const meant = await send('/api/files?for=paper.contract', pdf, { role: 'paper_reader' })
    expect(meant.status).toBe(400)
    const anonymous = await fetch(`${server.url}/api/files/${open.id}`)
    expect(anonymous.status).toBe(401)
  })

  test('each of several files is seen by who may read the record and the field, and only while the record holds it', async () => {
    const [first, second] = await Promise.all(
      ['one.txt', 'two.txt'].map((name) => upload(Buffer.from(name), name, 'text/plain')),
    )
    const { id } = await create({ name: 'Trimmed many', extras: [second!.id, first!.id] })
    const seen = async (file: string, role?: string) => (await get(`/api/files/${file}`, {}, role)).status
    for (const file of [first!.id, second!.id]) {
      expect(await seen(file, 'paper_reader')).toBe(200)
      expect(await seen(file, 'stranger')).toBe(404)
    }
    const turned = await call(server, 'PATCH', `/api/data/v1/papers(${id})`, { extras_files: [first!.id, second!.id] })
    expect(turned.json).toMatchObject({ extras_name: 'one.txt, two.txt' })
    const stolen = await call(as('paper_reader'), 'POST', '/api/data/v1/papers', { name: 'x', extras: [first!.id] })
    expect(stolen.text).toContain('check.reference')
    await call(server, 'PATCH', `/api/data/v1/papers(${id})`, { extras_files: [second!.id] })
    expect(await seen(first!.id, 'paper_reader')).toBe(404)
    expect(await seen(second!.id, 'paper_reader')).toBe(200)
  })

  test('files are grouped, exported and described like other values', async () => {
    const { id } = await upload(pdf, 'grouped.pdf')
    const { id: record } = await create({ name: 'Grouped', contract_id: id })
    const only = encodeURIComponent(`id eq ${record}`)
    const apply = encodeURIComponent(
      `filter(id eq ${record})/groupby((contract_type),aggregate(contract_size with sum as bytes))`,
    )
    const grouped = await call(server, 'GET', `/api/data/v1/papers?$apply=${apply}`)
    expect((grouped.json as { value: unknown }).value).toMatchObject([
      { contract_type: 'application/pdf', bytes: pdf.length },
    ])
    const sorted = await call(
      server,
      'GET',
      `/api/data/v1/papers?$filter=${only}&$orderby=contract_name desc,extras_count`,
    )
    expect(sorted.status, sorted.text).toBe(200)
    const exported = await call(server, 'GET', '/api/export/paper?format=csv')
    expect(exported.text).toContain(id)
    const metadata = await call(server, 'GET', '/api/data/v1/$metadata')
    expect(metadata.text).toContain('<Property Name="contract" Type="Edm.Stream"/>')
    expect(metadata.text).not.toContain('<Property Name="extras" ')
    const trimmed = await call(as('paper_reader'), 'GET', '/api/data/v1/$metadata')
    expect(trimmed.text).toContain('Name="anything"')
    expect(trimmed.text).not.toContain('contract')
    const json = await call(server, 'GET', '/api/data/v1/$metadata?$format=json')
    expect(json.text).toContain('"contract":{"$Type":"Edm.Stream"}')
  })

  test('a picture is turned upright, loses what the camera wrote, and has small versions', async () => {
    const raw = await jpeg(300, 200)
      .withExif({
        IFD0: { Make: 'Secret Camera', Orientation: '6' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '35/1 41/1 0/1' },
      })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    expect(raw.includes('Exif')).toBe(true)
    const file = await upload(Buffer.from(raw), 'photo.jpg', 'image/jpeg')
    expect(file).toMatchObject({ type: 'image/jpeg', width: 200, height: 300 })
    await create({ name: 'Face', photo_id: file.id })
    const kept = await get(`/api/files/${file.id}`)
    expect(kept.bytes.includes('Exif') || kept.bytes.includes('Secret Camera')).toBe(false)
    const { width, height, orientation } = await sharp(kept.bytes).metadata()
    expect([width, height, orientation ?? 1]).toEqual([200, 300, 1])
    for (const [wanted, longer] of [
      [1, 48],
      [48, 48],
      [50, 96],
      [5000, 96],
    ] as const) {
      const small = await get(`/api/files/${file.id}?size=${wanted}`)
      const seen = await sharp(small.bytes).metadata()
      expect([small.headers.get('content-type'), seen.format, seen.height], String(wanted)).toEqual([
        'image/webp',
        'webp',
        longer,
      ])
      const same = await get(`/api/files/${file.id}?size=${wanted}`, { 'if-none-match': small.headers.get('etag')! })
      expect(same.status).toBe(304)
    }
    expect((await get(`/api/files/${file.id}?size=0`)).status).toBe(400)
    const wide = await upload(
      await jpeg(500, 10)
        .png()
        .toBuffer()
        .then((all) => Buffer.from(all)),
      'wide.png',
    )
    const refused = await call(server, 'POST', '/api/data/v1/papers', { name: 'Wide', photo_id: wide.id })
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('maxWidth')])
  })

  test.each<[string, () => Promise<Buffer<ArrayBuffer>>, string, number]>([
    [
      'a picture with too many pixels',
      () =>
        jpeg(2000, 2000)
          .png()
          .toBuffer()
          .then((all) => Buffer.from(all)),
      'bomb.png',
      422,
    ],
    ['a header that claims 60000 × 60000', () => jpeg(10, 10).png().toBuffer().then(claimsHuge), 'bomb.png', 422],
    [
      'a picture that breaks off',
      () =>
        jpeg(300, 300)
          .jpeg()
          .toBuffer()
          .then((all) => Buffer.from(all.subarray(0, 400))),
      'half.jpg',
      422,
    ],
    ['only the first bytes of a picture', () => Promise.resolve(Buffer.from([0xff, 0xd8, 0xff, 0xe0])), 'x.jpg', 422],
    ['a page called a picture', () => Promise.resolve(Buffer.from('<script>alert(1)</script>')), 'x.png', 422],
    ['a program called a document', () => Promise.resolve(Buffer.from('MZ\u0000\u0000program')), 'x.pdf', 422],
  ])('%s is refused', async (_title, bytes, name, status) => {
    const answer = await send(`/api/files?name=${name}`, await bytes())
    expect([answer.status, (answer.json as { code: string }).code]).toEqual([status, 'check.invalid'])
  })

  test.each([
    ['page.html', '<html><script>alert(1)</script></html>', 'text/html'],
    ['drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'image/svg+xml'],
    ['notes.txt', '  \n<!doctype html><body onload=alert(1)>', 'text/plain'],
    [
      'feed.xml',
      '<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
      'text/xml',
    ],
    ['code.js', 'alert(1)', 'text/javascript'],
  ])('%s is never shown by the browser', async (name, text, type) => {
    const file = await upload(Buffer.from(text), name, type)
    const answer = await get(`/api/files/${file.id}`)
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment;/)
    expect(answer.headers.get('content-security-policy')).toContain('sandbox')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('300 MB go through in bounded memory, and what is too long stops at the limit', async () => {
    const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
    if (process.platform !== 'linux') return console.log('SKIPPED: memory of a large upload (needs /proc)')
    const before = rss()
    let highest = before
    const watch = setInterval(() => (highest = Math.max(highest, rss())), 20)
    const chunk = randomBytes(1_000_000)
    const file = await stream('/api/files?name=large.bin', chunk, 300)
    expect(file).toMatchObject({ status: 201 })
    const { id, size } = file.json as FileBody
    expect(size).toBe(300_000_000)
    const answer = await fetch(`${server.url}/api/files/${id}`, {
      headers: { authorization: `Bearer ${server.adminKey}` },
    })
    let length = 0
    for await (const part of answer.body!) length += part.length
    expect(length).toBe(300_000_000)
    clearInterval(watch)
    expect(highest - before, `from ${before} to ${highest} MB`).toBeLessThan(150)
    const over = await stream('/api/files?name=over.bin', chunk, 450)
    expect(over.status).toBe(413)
    expect(JSON.stringify(over.json)).toContain('400000000')
  })

  /** A body of so many chunks that is made while it is sent; the answer may come before it is over. */
  const stream = (path: string, chunk: Buffer, count: number): Promise<{ status: number; json: unknown }> =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(server.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/octet-stream' },
      })
      let over = false
      sent.on('response', (answer) => {
        let text = ''
        answer.on('data', (part: Buffer) => (text += part.toString()))
        answer.on('end', () => {
          over = true
          resolve({ status: answer.statusCode!, json: JSON.parse(text) })
        })
      })
      sent.on('error', (error) => over || setTimeout(() => over || reject(error), 500))
      let left = count
      const go = () => {
        while (left-- > 0) if (!sent.write(chunk)) return void sent.once('drain', go)
        sent.end()
      }
      go()
    })
})

/** The same PNG with another size in its header (and the checksum to match). */
function claimsHuge(png: Buffer): Buffer<ArrayBuffer> {
  const changed = Buffer.from(png)
  changed.writeUInt32BE(60_000, 16)
  changed.writeUInt32BE(60_000, 20)
  changed.writeUInt32BE(crc(changed.subarray(12, 29)), 29)
  return changed
}

function crc(bytes: Buffer): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}
