// Do contents survive what happens to a store (crashes, races, broken transfers), and do they go when nobody needs them? The
// folder and a bucket behind a server that verifies every signature, on both engines.
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Context } from '@peyvand/runtime/context.ts'
import { openDisk } from '@peyvand/runtime/files/disk.ts'
import { openBucket } from '@peyvand/runtime/files/s3.ts'
import { openOutgoing } from '@peyvand/runtime/net/call.ts'
import { sign } from '@peyvand/runtime/files/sign.ts'
import { contentKey, type Storage } from '@peyvand/runtime/files/storage.ts'
import { sweepFiles } from '@peyvand/runtime/files/sweep.ts'
import { uploadFile } from '@peyvand/runtime/files/upload.ts'
import { openPlatform } from '@peyvand/runtime/index.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { changeRecord, createRecord, deleteRecord } from '@peyvand/runtime/records/write.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { engines } from '../support/server.ts'

const credentials = {
  accessKey: 'AKIDEXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'eu-west-1',
}
const sha = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex')
const mac = (key: string | Buffer, part: string): Buffer => createHmac('sha256', key).update(part).digest()

/** A bucket in memory that takes only requests whose signature and content are right. Written anew from the specification. */
class Bucket {
  readonly kept = new Map<string, Buffer>()
  readonly refused: string[] = []
  failing = false
  #server: Server | undefined

  async start(): Promise<string> {
    this.#server = createServer((request, answer) => {
      void this.#answer(request).then(({ status, body, headers }) => answer.writeHead(status, headers).end(body))
    })
    await new Promise<void>((resolve) => this.#server!.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }
  stop(): void {
    this.#server?.closeAllConnections()
    this.#server?.close()
  }

  async #answer(
    request: IncomingMessage,
  ): Promise<{ status: number; body?: Buffer; headers?: Record<string, string> }> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    if (this.failing) return { status: 500 }
    const wrong = faultOf(request, body)
    if (wrong !== undefined) {
      this.refused.push(wrong)
      return { status: 403 }
    }
    const key = request.url!
    if (request.method === 'PUT') this.kept.set(key, body)
    if (request.method === 'PUT') return { status: 200 }
    const there = this.kept.get(key)
    if (request.method === 'DELETE') return { status: this.kept.delete(key) ? 204 : 404 }
    if (there === undefined) return { status: 404 }
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    const part = range === null ? there : there.subarray(Number(range[1]), Number(range[2]) + 1)
    return { status: range === null ? 200 : 206, body: part, headers: { 'content-length': String(part.length) } }
  }
}

function faultOf(request: IncomingMessage, body: Buffer): string | undefined {
  const { headers } = request
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    )
  if (found === null) return 'no signature'
  const [access = '', day = '', region = '', names = '', signature = ''] = found.slice(1)
  const payload = String(headers['x-amz-content-sha256'])
  if (access !== credentials.accessKey || region !== credentials.region) return 'another key'
  if (payload !== sha(body)) return 'another content'
  const time = String(headers['x-amz-date'])
  const canonical = [
    request.method,
    request.url,
    '',
    ...names.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    names,
    payload,
  ].join('\n')
  const key = mac(mac(mac(mac(`AWS4${credentials.secretKey}`, day), region), 's3'), 'aws4_request')
  const expected = mac(key, `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/s3/aws4_request\n${sha(canonical)}`).toString(
    'hex',
  )
  return expected === signature ? undefined : 'a wrong signature'
}

test('a request is signed as the published example says', () => {
  // source: docs.aws.amazon.com, Signature Calculations for the Authorization Header, "GET Object"
  const signed = sign(
    {
      method: 'GET',
      url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
      headers: { range: 'bytes=0-9' },
      payload: sha(''),
    },
    { accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', region: 'us-east-1' },
    new Date('2013-05-24T00:00:00Z'),
  )
  expect(signed['authorization']).toContain(
    'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  )
})

describe.each(['folder', 'bucket'] as const)('a store in a %s', (kind) => {
  let fresh: FreshDatabase
  let store: Storage
  const bucket = new Bucket()

  beforeAll(async () => {
    fresh = await freshDatabase('pglite')
    const incoming = join(fresh.config.dataDir, 'incoming')
    store =
      kind === 'folder'
        ? await openDisk(join(fresh.config.dataDir, 'files'))
        : await openBucket({
            call: openOutgoing(),
            endpoint: await bucket.start(),
            bucket: 'files',
            incoming,
            ...credentials,
          })
  })
  afterAll(async () => {
    bucket.stop()
    await fresh?.remove()
  })
  const put = async (bytes: Buffer, claimed = sha(bytes)): Promise<string> => {
    const path = join(store.incoming, randomBytes(8).toString('hex'))
    writeFileSync(path, bytes)
    await store.put(contentKey(sha(bytes)), { path, size: bytes.length, sha256: claimed })
    return contentKey(sha(bytes))
  }

  test('gives back what was put, whole and in parts, and forgets what is deleted', async () => {
    const key = await put(Buffer.from('0123456789'))
    expect(await text((await store.get(key))!)).toBe('0123456789')
    expect(await text((await store.get(key, { start: 2, end: 4 }))!)).toBe('234')
    expect(await store.stat(key)).toBe(10)
    await put(Buffer.from('0123456789'))
    await store.delete(key)
    await store.delete(key)
    expect([await store.get(key), await store.stat(key)]).toEqual([undefined, undefined])
    expect(readdirSync(store.incoming)).toEqual([])
    const large = randomBytes(3_000_000)
    const parts: Buffer[] = []
    for await (const part of (await store.get(await put(large)))!) parts.push(part as Buffer)
    expect(sha(Buffer.concat(parts))).toBe(sha(large))
    expect(bucket.refused).toEqual([])
  })

  test.each(['../x', 'content/ab/../../x', 'content/ab/short', '/etc/passwd', ''])(
    'refuses %j as a key',
    async (key) => {
      await expect((async () => store.stat(key))()).rejects.toThrow('not a key')
    },
  )

  if (kind === 'bucket')
    test('a content that changed on the way, or another key, is refused', async () => {
      const broken = put(Buffer.from('abc'), sha('something else'))
      await expect(broken).rejects.toMatchObject({ code: 'internal.unavailable' })
      expect(bucket.refused).toEqual(['another content'])
      expect(await store.stat(contentKey(sha('abc')))).toBeUndefined()
    })
})

const definition: JsonObject = {
  kind: 'entity',
  name: 'paper',
  fields: [
    { name: 'name', type: 'text' },
    { name: 'one', type: 'file' },
    { name: 'many', type: 'file', many: true },
  ],
}

describe.each(engines)('files on %s', (engine) => {
  let fresh: FreshDatabase
  let platform: RunningPlatform
  let context: Context
  const day = 86_400_000
  const inDays = (days: number) => new Date(Date.now() + days * day)

  beforeAll(async () => {
    fresh = await freshDatabase(engine, { SOLUTIONS: 'none', DEMO: '0' })
    platform = await openPlatform(fresh.config, { serves: false })
    await platform.publisher.apply({ changes: [{ op: 'put', definition }] }, systemActor)
    context = platform.contextFor(systemActor)
  })
  afterAll(async () => {
    await platform?.close()
    await fresh?.remove()
  })

  const upload = (content: string) =>
    uploadFile(platform, context, {
      bytes: (async function* () {
        yield Buffer.from(content)
      })(),
      name: 'a.txt',
      declared: 'text/plain',
    })
  const kept = (content: string) => platform.files.stat(contentKey(sha(content))).then((size) => size !== undefined)
  const known = async (id: string): Promise<boolean> => {
    const { rows } = await platform.database.query({
      text: `select 1 from "${platform.schema}"."_file" where "id" = $1::uuid`,
      values: [id],
    })
    return rows.length > 0
  }
  const create = async (body: object) => (await createRecord(platform, context, 'paper', body)).id
  const change = (id: string, body: object) =>
    changeRecord(platform, context, 'paper', { id }, body, { purpose: 'update', creates: false, returning: 'nothing' })

  test('what nobody links goes after a day, what a record holds stays', async () => {
    const [loose, held] = [await upload('loose'), await upload('held')]
    await create({ name: 'x', one: held.id })
    await sweepFiles(platform, inDays(0.9))
    expect([await known(loose.id), await kept('loose')]).toEqual([true, true])
    await sweepFiles(platform, inDays(1.1))
    expect([await known(loose.id), await kept('loose')]).toEqual([false, false])
    await sweepFiles(platform, inDays(1000))
    expect([await known(held.id), await kept('held')]).toEqual([true, true])
  })

  test('what was replaced or deleted is kept for its days and can come back', async () => {
    const [first, second, third] = [await upload('first'), await upload('second'), await upload('third')]
    const id = await create({ name: 'x', one: first.id, many: [second.id, third.id] })
    await change(id, { one: null, many: [third.id] })
    expect(await sweepFiles(platform)).toEqual({ orphaned: 2, removed: 0 })
    expect((await sweepFiles(platform, inDays(29))).removed).toBe(0)
    await change(id, { one: first.id })
    expect((await sweepFiles(platform, inDays(31))).removed).toBe(1)
    expect([await known(first.id), await known(second.id), await known(third.id)]).toEqual([true, false, true])
    expect(await kept('second')).toBe(false)
    await expect(change(id, { one: second.id })).rejects.toMatchObject({ code: 'check.reference' })
    await deleteRecord(platform, context, 'paper', { id })
    await sweepFiles(platform)
    await sweepFiles(platform, inDays(31))
    expect([await known(first.id), await kept('first'), await kept('third')]).toEqual([false, false, false])
  })

  test('the same content is kept once and goes with its last file', async () => {
    const [a, b] = [await upload('twice'), await upload('twice')]
    await create({ name: 'x', one: a.id })
    await sweepFiles(platform, inDays(2))
    expect([await known(a.id), await known(b.id), await kept('twice')]).toEqual([true, false, true])
  })

  test('a file taken again while it is swept is never lost', async () => {
    const seed = Date.now()
    console.log(`seed ${seed}`)
    for (let round = 0; round < 15; round++) {
      const content = `race ${seed} ${round}`
      const file = await upload(content)
      const id = await create({ name: 'x', one: file.id })
      await change(id, { one: null })
      await sweepFiles(platform)
      const [swept, taken] = await Promise.allSettled([sweepFiles(platform, inDays(31)), change(id, { one: file.id })])
      expect(swept.status).toBe('fulfilled')
      const isThere = (await known(file.id)) && (await kept(content))
      expect(isThere, `round ${round}`).toBe(taken.status === 'fulfilled')
      if (taken.status === 'rejected') expect(taken.reason).toMatchObject({ code: 'check.reference' })
    }
  })

  test('a new upload of a content that is being taken away keeps it', async () => {
    for (let round = 0; round < 15; round++) {
      const content = `again ${round}`
      const { id } = await upload(content)
      await platform.database.query({
        text: `update "${platform.schema}"."_file" set "created_at" = now() - interval '2 days' where "id" = $1::uuid`,
        values: [id],
      })
      const [swept, again] = await Promise.all([sweepFiles(platform), upload(content)])
      expect([swept.removed, await known(again.id), await kept(content)], `round ${round}`).toEqual([1, true, true])
    }
  })

  test('a crash at any step leaves nothing that is half there', async () => {
    for (const step of ['stat', 'put', 'after put'] as const) {
      const content = `crash at ${step}`
      const boom = new Problem('internal.unavailable', { detail: 'crashed' })
      const files: Storage = {
        ...platform.files,
        stat: (key) => (step === 'stat' ? Promise.reject(boom) : platform.files.stat(key)),
        put: async (key, value) => {
          if (step === 'put') throw boom
          await platform.files.put(key, value)
          throw boom
        },
      }
      const crashed = uploadFile({ ...platform, files }, context, {
        bytes: (async function* () {
          yield Buffer.from(content)
        })(),
        name: 'a.txt',
        declared: '',
      })
      await expect(crashed).rejects.toMatchObject({ code: 'internal.unavailable' })
      expect(existsSync(platform.files.incoming) && readdirSync(platform.files.incoming)).toEqual([])
      await sweepFiles(platform, inDays(2))
      expect(await kept(content), step).toBe(false)
    }
    const { rows } = await platform.database.query({
      text: `select 1 from "${platform.schema}"."_file" where not "ready"`,
    })
    expect(rows).toEqual([])
  })

  test('a stream that breaks off is told so and leaves nothing', async () => {
    const broken = uploadFile(platform, context, {
      bytes: (async function* () {
        yield Buffer.from('half')
        throw new Error('socket closed')
      })(),
      name: 'a.txt',
      declared: '',
    })
    await expect(broken).rejects.toMatchObject({ code: 'request.malformed' })
    expect(readdirSync(platform.files.incoming)).toEqual([])
  })
})
