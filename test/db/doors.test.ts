// The small decisions behind the doors, as tables: networks, leaked passwords, where one may be sent, how strong a session is.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { localPath } from '../../runtime/src/api/auth/sign-in.ts'
import { breachList } from '../../runtime/src/auth/breach.ts'
import { strengthOf } from '../../runtime/src/auth/entry.ts'
import { isNetwork, isWithin } from '../../runtime/src/net/within.ts'
import { emailKey } from '../../runtime/src/auth/user.ts'

const folder = mkdtempSync(join(tmpdir(), 'peyvand-doors-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('networks', () => {
  const rows: readonly [string | undefined, string, boolean][] = [
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.8', '203.0.113.7', false],
    ['::ffff:10.1.2.3', '10.0.0.0/8', true],
    ['::ffff:11.1.2.3', '10.0.0.0/8', false],
    ['::ffff:0a01:0203', '10.0.0.0/8', true],
    ['10.1.2.3', '::ffff:10.0.0.0/104', true],
    ['11.1.2.3', '::ffff:10.0.0.0/104', false],
    ['2001:db8::1', '2001:db8::/32', true],
    ['2001:db9::1', '2001:db8::/32', false],
    ['fe80::1%eth0', 'fe80::/10', true],
    ['::1', '::1', true],
    ['10.1.2.3', '::/0', true],
    ['0.0.0.0', '0.0.0.0/0', true],
    ['::1', '0.0.0.0/0', false],
    ['unknown', '0.0.0.0/0', false],
    [undefined, '0.0.0.0/0', false],
  ]
  it.each(rows)('%s in %s: %s', (address, network, within) => {
    expect(isNetwork(network)).toBe(true)
    expect(isWithin(address, [network])).toBe(within)
  })
  it.each([
    '',
    '10',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::/129',
    'example.com',
    '10.0.0.0/x',
    'fe80::1%eth0/64',
  ])('%s is none', (text) => {
    expect(isNetwork(text)).toBe(false)
  })
})

describe('leaked passwords', () => {
  const hash = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase()
  it('are found in a sorted list of any length, and only they', async () => {
    const words = Array.from({ length: 500 }, (_, i) => `password${i}`)
    for (const count of [1, 2, 3, 7, 500]) {
      const path = join(folder, `hashes${count}.txt`)
      const listed = words.slice(0, count)
      writeFileSync(
        path,
        listed
          .map((word, i) => `${hash(word)}:${i + 1}`)
          .toSorted()
          .join(count % 2 ? '\r\n' : '\n'),
      )
      const list = breachList(path)
      for (const word of listed) expect([word, await list(word)]).toEqual([word, true])
      for (let i = 0; i < 50; i++) expect(await list(`another${i}`)).toBe(false)
    }
  })
  it('are found in a list of words', async () => {
    const path = join(folder, 'words.txt')
    writeFileSync(path, '12345678\nletmein!!\n')
    const list = breachList(path)
    expect([await list('letmein!!'), await list('letmein'), await list('')]).toEqual([true, false, false])
  })
  it('are asked of a service that learns five characters, and one that is away refuses nobody', async () => {
    const asked: string[] = []
    const http = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end(`${hash('letmein!!').slice(5)}:3\r\n${hash('padding').slice(5)}:0`)
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/range`
    const list = breachList(url)
    expect([await list('letmein!!'), await list('padding'), await list('something else')]).toEqual([true, false, false])
    expect(asked[0]).toBe(`/range/${hash('letmein!!').slice(0, 5)}`)
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
    expect(await list('letmein!!')).toBe(false)
  })
})

describe('where one is sent after signing in', () => {
  const own = ['/', '/a/sales/account', '/a?x=1&y=%2F%2Fevil', '/a/b#c', '/a/سلام']
  it.each(own)('%s', (path) => expect(localPath(path)).toBe(path))
  const foreign = [
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example',
    'evil.example',
    '/\t/evil.example',
    '/\n/evil',
    '/a\\b',
    'javascript:alert(1)',
    '',
    undefined,
    null,
    7,
    ['/a'],
    `/${'a'.repeat(3_000)}`,
  ]
  it.each(foreign.map((each) => [each]))('%j is the start page', (path) => expect(localPath(path)).toBe('/'))
})

describe('how strong a session is', () => {
  const entered = new Date('2026-01-01')
  const rows: readonly [string | undefined, boolean, boolean][] = [
    ['/sign-in/email', true, false],
    ['/callback/:id', true, false],
    ['/two-factor/verify-totp', false, true],
    ['/two-factor/verify-backup-code', false, true],
    ['/passkey/verify-authentication', false, true],
    ['/change-password', true, true],
    ['/change-password', false, false],
    ['/two-factor/disable', true, false],
    ['/renew', true, true],
    ['/renew', false, false],
    [undefined, false, false],
  ]
  it.each(rows)('%s after a session that was strong: %s', (path, strong, expected) => {
    expect(strengthOf(path, { strong, method: 'password', enteredAt: entered }).strong).toBe(expected)
  })
  it('is as old as the way in, however often it is renewed', () => {
    expect(strengthOf('/renew', { strong: false, enteredAt: entered }).enteredAt).toBe(entered)
    expect(strengthOf('/sign-in/email', { strong: false, enteredAt: entered }).enteredAt).not.toBe(entered)
  })
})

describe('addresses', () => {
  const rows: readonly [string, string, boolean][] = [
    ['Ann@Example.com', ' ann@example.COM ', true],
    ['e\u0301va@example.com', '\u00e9va@example.com', true],
    ['éva@example.com', 'eva@example.com', false],
    ['ADMİN@example.com', 'admin@example.com', false],
    ['admın@example.com', 'admin@example.com', false],
    ['\u212Aim@example.com', 'kim@example.com', false],
    ['straße@example.com', 'strasse@example.com', false],
    ['ａnn@example.com', 'ann@example.com', false],
    ['аnn@example.com', 'ann@example.com', false],
    ['ann@example.com.', 'ann@example.com', false],
  ]
  it.each(rows)('%s and %s: %s', (one, two, same) => expect(emailKey(one) === emailKey(two)).toBe(same))
})
