// Files and archives: can a name become a path, an upload take the place of another one, or an archive cost more than it should?
// Hundreds of workbooks, drawn from the ways archives have been bent, are read: nothing stands outside of the temporary folder, and
// memory and time stay within bounds.
// Modelled on CVE-2025-55746 (Directus), GHSA-2wfh-rcwf-wh23 (Budibase), CVE-2026-21877 (n8n) and CVE-2025-30350 (Directus).
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Problem } from '@peyvand/core/base/problem.ts'
import { serveFile } from '@peyvand/runtime/api/serve-file.ts'
import type { FoundFile } from '@peyvand/runtime/files/find.ts'
import type { Platform } from '@peyvand/runtime/platform.ts'
import { openSheet } from '@peyvand/runtime/records/workbook/read.ts'
import { keyFor } from '../support/people.ts'
import { call, startServer, type TestServer } from '../support/server.ts'
import { zipOf } from '../support/zip.ts'

/** `ARCHIVES` reads more of them, `SEED` the same again. */
const count = Number(process.env['ARCHIVES'] ?? 500)
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const outside = join(tmpdir(), `peyvand-outside-${process.pid}`)

/** Names that have led somebody out of a folder, or to something else than they say. */
const climbing = [
  '../x',
  '../../../../../../../../tmp/x',
  '/etc/passwd',
  outside,
  `..${outside}`,
  `../../../../../../../..${outside}`,
  'xl/../../x',
  'xl/./../../x',
  '..\\x',
  '..\\..\\windows\\x',
  'C:\\x',
  'C:x',
  '\\\\host\\share\\x',
  'x:stream',
  'xl/workbook.xml:$DATA',
  'xl/workbook.xml\0.txt',
  'xl//workbook.xml',
  'XL/WORKBOOK.XML',
  'xl/workbook.xml ',
  'xl/workbook.xml.',
  'xl/w\u00f6rkbook.xml',
  '%2e%2e/x',
  '..%2fx',
  '\u202exslx',
  'CON',
  'aux.xml',
  '.',
  '..',
  '',
  'x'.repeat(5_000),
]

const plain: Readonly<Record<string, string>> = {
  'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels': '<Relationships><Relationship Id="r1" Target="worksheets/a.xml"/></Relationships>',
  'xl/worksheets/a.xml': '<worksheet><sheetData><row r="1"><c t="str"><v>x</v></c></row></sheetData></worksheet>',
}

/** Repeatable numbers from 0 to 1. */
function drawer(from: number): () => number {
  let state = from >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Bend = (draw: () => number) => Buffer
const pick = <T>(draw: () => number, list: readonly T[]): T => list[Math.floor(draw() * list.length)]!
const part = (draw: () => number) => pick(draw, Object.keys(plain))
const bomb = Buffer.alloc(30 * 1024 * 1024, 32)
const partsOf = (length: number) => zipOf(Object.fromEntries(Array.from({ length }, (_, i) => [`p${i}`, ''])))
const [many, tooMany] = [partsOf(2_000), partsOf(10_001)]
const bombs = new Map<string, Buffer>()
/** Packing it takes longer than refusing it. */
function bombAt(name: string): Buffer {
  const made = bombs.get(name) ?? zipOf({ ...plain, [name]: bomb })
  bombs.set(name, made)
  return made
}

/** Ways to bend a workbook. */
const bends: Readonly<Record<string, Bend>> = {
  'a name that climbs': (draw) => zipOf({ ...plain, [pick(draw, climbing)]: 'x' }),
  'only names that climb': (draw) => zipOf({ [pick(draw, climbing)]: 'x', [pick(draw, climbing)]: 'y' }),
  'a sheet that lies elsewhere': (draw) =>
    zipOf({
      ...plain,
      'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="r1" Target="${pick(draw, climbing).replaceAll(/[\0"<&]/g, '')}"/></Relationships>`,
    }),
  'a length that is a lie': (draw) =>
    zipOf(plain, { claimed: { [part(draw)]: pick(draw, [0, 1, 0x7fffffff, 0xfffffffe, 0xffffffff]) } }),
  'a part that unpacks to a thousand times itself': (draw) => bombAt(part(draw)),
  'an archive in an archive': (draw) => zipOf({ ...plain, [part(draw)]: zipOf(plain) }),
  'cut anywhere': (draw) => {
    const whole = zipOf(plain)
    return whole.subarray(0, Math.floor(draw() * whole.length))
  },
  'bytes turned over': (draw) => {
    const whole = Buffer.from(zipOf(plain))
    for (let i = 0; i < 1 + draw() * 8; i++) whole[Math.floor(draw() * whole.length)]! ^= 1 << Math.floor(draw() * 8)
    return whole
  },
  'a mode that makes a link': () => {
    const whole = Buffer.from(zipOf({ ...plain, 'xl/link': '/etc/passwd' }))
    for (let at = whole.indexOf('PK\u0001\u0002'); at >= 0; at = whole.indexOf('PK\u0001\u0002', at + 4))
      whole.writeUInt32LE(0xa1ff0000, at + 38)
    return whole
  },
  'many parts': (draw) => (draw() < 0.2 ? tooMany : many),
  'words before and after': (draw) =>
    Buffer.concat([Buffer.from('x'.repeat(draw() * 99)), zipOf(plain), Buffer.from('y'.repeat(draw() * 99))]),
  'no archive at all': (draw) => Buffer.from(Array.from({ length: draw() * 999 }, () => draw() * 256)),
}

const readThrough = async (bytes: Buffer): Promise<string> => {
  try {
    const { rows } = await openSheet(Readable.from([bytes]), undefined)
    let found = 0
    for await (const row of rows) found += row.record.length
    return `read ${found}`
  } catch (error) {
    if (error instanceof Problem) return error.status < 500 ? 'refused' : `${error.code}: ${error.message}`
    return String(error)
  }
}

it(`GHSA-2wfh-rcwf-wh23, CVE-2026-21877: ${count} bent workbooks are read or refused, and leave nothing behind`, async () => {
  console.log(`bent workbooks: seed ${seed}`)
  const ways = Object.entries(bends)
  // A place of its own for what is being read: others read workbooks at the same time.
  const folder = mkdtempSync(join(tmpdir(), 'peyvand-bent-'))
  vi.stubEnv('TMPDIR', folder)
  const started = process.memoryUsage().rss
  let most = 0
  for (let i = 0; i < count; i++) {
    const [title, bend] = ways[i % ways.length]!
    const bytes = bend(drawer(seed + i))
    const began = performance.now()
    const told = await readThrough(bytes)
    expect(told, `${title}, seed ${seed + i}`).toMatch(/^(?:refused|read \d+)$/)
    expect(performance.now() - began, `${title}, seed ${seed + i}`).toBeLessThan(30_000)
    most = Math.max(most, process.memoryUsage().rss - started)
  }
  expect(most).toBeLessThan(256 * 1024 * 1024)
  expect(existsSync(outside)).toBe(false)
  expect(tmpdir()).toBe(folder)
  expect(readdirSync(folder)).toEqual([])
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

it('CVE-2025-30350: a HEAD request takes nothing out of the store', async () => {
  const get = () => expect.fail('the content was opened')
  const file = { id: 'x', name: 'a.txt', type: 'text/plain', size: 5, hash: 'a'.repeat(64), thumbnails: [] }
  const platform = { files: { get } } as unknown as Platform
  for (const range of [undefined, 'bytes=1-2', 'bytes=99-', 'bytes=x'])
    for (let i = 0; i < 50; i++) {
      const header = (name: string) => (name === 'range' ? range : undefined)
      const wish = { method: 'HEAD', header, download: false, shape: 'problem' } as const
      const answer = await serveFile(platform, file as unknown as FoundFile, wish)
      expect(answer.body === null || answer.status === 416).toBe(true)
    }
})

describe('uploads', () => {
  let server: TestServer
  let folder: string
  let other: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'peyvand-server-'))
    server = await startServer({ engine: 'pglite', env: { DATA_DIR: folder } })
    const role = { kind: 'role', name: 'sender', grants: [{ entity: 'team', create: 'all', read: 'all' }] }
    expect(
      (await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: role }] })).status,
    ).toBe(200)
    other = await keyFor(server, 'sender@example.com', ['sender'])
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const upload = (name: string, key: string, text: string) =>
    fetch(`${server.url}/api/files?name=${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { ...(key === '' ? {} : { authorization: `Bearer ${key}` }), 'content-type': 'text/plain' },
      body: text,
    })

  /** What the platform keeps in its data folder while it runs, by exact name. */
  const isOwn = (name: string): boolean => {
    const head = 'audit-head.t_default.json'
    return ['files', 'database'].includes(name.split(sep)[0]!) || name === head || name === `${head}.${server.pid}`
  }
  const foreign = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => !isOwn(name))
      .toSorted()

  it('CVE-2026-21877: a name is never a path', async () => {
    const before = foreign()
    for (const name of climbing.filter((each) => each.isWellFormed())) {
      const answer = await upload(name.slice(0, 200), server.adminKey, `content of ${name.slice(0, 50)}`)
      expect(answer.status, name.slice(0, 50)).toBeLessThan(500)
    }
    const files = readdirSync(join(folder, 'files'), { recursive: true, withFileTypes: true })
    const names = files.filter((each) => each.isFile()).map(({ name }) => name)
    expect(names.length).toBeGreaterThan(5)
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{40,64}$/)
    expect(foreign()).toEqual(before)
    expect(existsSync(outside)).toBe(false)
  })

  it('CVE-2025-55746, GHSA-mv33-9f6j-pfmc: nobody takes the place of a file that is there', async () => {
    const made = (await (await upload('mine.txt', server.adminKey, 'mine')).json()) as { id: string }
    expect((await upload('x', '', 'theirs')).status).toBe(401)
    for (const [method, path] of [
      ['PUT', `/api/files/${made.id}`],
      ['PATCH', `/api/files/${made.id}`],
      ['POST', `/api/files/${made.id}`],
      ['DELETE', `/api/files/${made.id}`],
      ['POST', `/api/files?id=${made.id}&name=mine.txt`],
      ['POST', `/api/files?filename_disk=${made.id}&name=mine.txt`],
    ] as const)
      for (const key of ['', other]) {
        const answer = await fetch(server.url + path, {
          method,
          headers: { ...(key === '' ? {} : { authorization: `Bearer ${key}` }), 'content-type': 'text/plain' },
          body: 'theirs',
        })
        const { id } = (await answer.json().catch(() => ({}))) as { id?: string }
        expect(id, `${method} ${path}`).not.toBe(made.id)
      }
    const kept = await fetch(`${server.url}/api/files/${made.id}`, {
      headers: { authorization: `Bearer ${server.adminKey}` },
    })
    expect(await kept.text()).toBe('mine')
    // What one person sent and no record has taken yet is not for another one.
    const theirs = await fetch(`${server.url}/api/files/${made.id}`, { headers: { authorization: `Bearer ${other}` } })
    expect(theirs.status).toBe(404)
  })
})
