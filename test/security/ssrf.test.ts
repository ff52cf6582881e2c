// Server-side request forgery: is there any way to write an address that makes the one function which calls others connect to
// this machine or this network? A canary listens; a resolver of our own lies as an attacker's would.
// Modelled on CVE-2023-26492 and GHSA-68g8-c275-xf2m (Directus), CVE-2026-35409 (Directus), CVE-2026-40346 (NocoBase),
// GHSA-2x8m-83vc-6wv4 (Flowise) and twenty#15244.
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http'
import { createServer as createSocketServer, type AddressInfo, type Server } from 'node:net'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAllowable } from '@peyvand/runtime/net/allow.ts'
import { openOutgoing, textOf } from '@peyvand/runtime/net/call.ts'
import { OutgoingError, outgoingProblem } from '@peyvand/runtime/net/error.ts'
import { isPublic } from '@peyvand/runtime/net/nets.ts'
import type { Address, Lookup } from '@peyvand/runtime/net/target.ts'

/** Addresses of IPv4 that nobody outside may reach through us. */
const inside = [
  '127.0.0.1',
  '127.0.0.2',
  '127.255.255.254',
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.127.255.254',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.254',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '192.168.255.255',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
]
const inside6 = [
  '::1',
  '::',
  '0:0:0:0:0:0:0:1',
  'fe80::1',
  'febf::1',
  'fec0::1',
  'fc00::1',
  'fd00:ec2::254',
  'fdff:ffff::1',
  'ff02::1',
  '100::1',
  '64:ff9b:1::1',
  '2001::1',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '2002:7f00:1::1',
  '3fff::1',
  '5f00::1',
  '4000::1',
]

const octets = (address: string) => address.split('.').map(Number) as [number, number, number, number]
const number = (address: string) => octets(address).reduce((sum, part) => sum * 256 + part, 0)
const pairs = (address: string, flip = 0) => {
  const [a, b, c, d] = octets(address).map((part) => (part ^ flip).toString(16).padStart(2, '0'))
  return `${a}${b}:${c}${d}`
}
const fullWidth = (text: string) =>
  text.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))).replaceAll('.', '。')
const circled = (text: string) =>
  text.replaceAll(/[1-9]/g, (digit) => String.fromCodePoint(0x245f + Number(digit))).replaceAll('0', '⓪')

/** Every way to write an address of IPv4 that some reader of addresses takes for it. */
function spellings(address: string): string[] {
  const [a, b, c, d] = octets(address)
  return [
    address,
    `${address}.`,
    String(number(address)),
    `0x${number(address).toString(16)}`,
    `0${number(address).toString(8)}`,
    [a, b, c, d].map((part) => `0x${part.toString(16)}`).join('.'),
    [a, b, c, d].map((part) => `0${part.toString(8)}`).join('.'),
    [a, b, c, d].map((part) => `000${part.toString(8)}`).join('.'),
    `${a}.${b * 65_536 + c * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `0x${a.toString(16)}.${b}.0${c.toString(8)}.${d}`,
    fullWidth(address),
    circled(address),
    Array.from(address, (char) => `%${char.codePointAt(0)!.toString(16)}`).join(''),
    `[::ffff:${address}]`,
    `[::ffff:${pairs(address)}]`,
    `[0:0:0:0:0:ffff:${pairs(address)}]`,
    `[::${pairs(address)}]`,
    `[::ffff:0:${pairs(address)}]`,
    `[64:ff9b::${pairs(address)}]`,
    `[64:ff9b:1::${pairs(address)}]`,
    `[2002:${pairs(address)}::1]`,
    `[2001:0:4136:e378:8000:63bf:${pairs(address, 255)}]`,
    `[fe80::5efe:${pairs(address)}]`,
  ]
}

/** Names that mean this machine or this network before anybody is asked. */
const names = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'localhost..',
  'a.localhost',
  'ⓛocalhost',
  'loc%61lhost',
  'localhost.localdomain',
  'ip6-localhost',
  'metadata',
  'metadata.google.internal',
  'printer.local',
  'nas.lan',
  'db.internal',
  'wiki.corp',
  'router.home.arpa',
  '1.0.0.127.in-addr.arpa',
]

const schemes = ['file', 'ftp', 'gopher', 'dict', 'ldap', 'ws', 'wss', 'data', 'javascript', 'blob', 'jar', 'unix']

/** UTF-8 as it stands in a header, byte by byte. */
const bytes = (text: string) => Buffer.from(text).toString('latin1')

describe('calls to others', () => {
  let canary: Server
  let connections = 0
  let port = 0
  const told: string[] = []
  beforeAll(async () => {
    canary = createSocketServer((socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((done) => canary.listen(0, '127.0.0.1', done))
    port = (canary.address() as AddressInfo).port
  })
  afterAll(() => new Promise((done) => canary.close(done)))

  /** Leads every name to the given addresses, and remembers who asked. */
  const leading =
    (...addresses: readonly string[]): Lookup =>
    (host) => {
      told.push(host)
      return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))
    }
  const refused = async (url: string, lookup: Lookup = leading('127.0.0.1')) => {
    const error = await openOutgoing([], lookup)(url, { patience: 2_000 }).catch((thrown: unknown) => thrown)
    expect(error, url).toBeInstanceOf(OutgoingError)
    expect([url, (error as OutgoingError).reason]).toEqual([url, 'refused'])
  }

  it.each(inside)(
    'CVE-2026-40346, CVE-2024-46990, GHSA-68g8-c275-xf2m, CVE-2026-35409: %s in every spelling',
    async (address) => {
      for (const host of spellings(address))
        for (const scheme of ['http', 'https']) await refused(`${scheme}://${host}:${port}/`)
      for (const url of [`http:${address}:${port}`, `http:\\\\${address}:${port}`, `\thttp:/${address}:${port}/\n`])
        await refused(url)
      expect(connections).toBe(0)
    },
  )

  it('has more than 200 of them', () => {
    expect(new Set(inside.flatMap(spellings)).size).toBeGreaterThan(500)
  })

  it.each(inside6)('[%s]', async (address) => {
    await refused(`http://[${address}]:${port}/`)
    await refused('http://example.com/', leading(address))
    await refused('http://example.com/', leading(`${address}%lo`))
  })

  it.each(names)('the name %s', async (name) => {
    told.length = 0
    await refused(`http://${name}:${port}/`)
    expect(told).toEqual([])
  })

  it.each([
    'http://example.com@127.0.0.1/',
    'http://127.0.0.1@example.com/',
    'http://user:pass@example.com/',
    'http://127.0.0.1\\@example.com/',
    'http://127.0.0.1#@example.com/',
    'http://127.0.0.1?@example.com/',
    'http://127.0.0.1/@example.com/',
    '//127.0.0.1/',
    '/etc/passwd',
    '',
    'http://',
    `http://example.com/${'a'.repeat(3_000)}`,
    ...schemes.map((scheme) => `${scheme}://example.com/x`),
    ...[
      0, 1, 21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 873, 2375, 2379, 3306, 5432, 6379, 9200, 11_211, 27_017,
    ].map((each) => `http://example.com:${each}/`),
  ])('%s', async (url) => {
    await refused(url, leading('93.184.215.14'))
  })

  it.each([...inside, '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '64:ff9b::7f00:1', '2002:7f00:1::', 'fd00:ec2::254'])(
    'CVE-2026-40346: a public name that leads to %s, alone or beside a public address',
    async (address) => {
      await refused(`http://rebind.example.com:${port}/`, leading(address))
      await refused(`http://rebind.example.com:${port}/`, leading('93.184.215.14', address))
      expect(connections).toBe(0)
    },
  )

  it('a resolver that answers with no address at all', async () => {
    await refused('http://example.com/', leading('localhost'))
    await refused('http://example.com/', leading('127.1'))
    const open = openOutgoing([], () => Promise.reject(new Error('ENOTFOUND')))
    await expect(open('http://example.com/')).rejects.toMatchObject({ reason: 'unreachable' })
    await expect(openOutgoing([], () => Promise.resolve([]))('http://example.com/')).rejects.toMatchObject({
      reason: 'unreachable',
    })
    const silent = openOutgoing([], () => new Promise(() => undefined))
    await expect(silent('http://example.com/', { patience: 50 })).rejects.toMatchObject({ reason: 'late' })
  })

  it('what is public is not refused', () => {
    for (const address of ['1.1.1.1', '8.8.8.8', '93.184.215.14', '172.32.0.1', '2606:4700::1111', '2a00:1450::1'])
      expect([address, isPublic(address)]).toEqual([address, true])
    for (const address of [...inside, ...inside6, 'x', '', '1.2.3', '::ffff:8.8.8.8'])
      expect([address, isPublic(address)]).toEqual([address, false])
  })

  it('a setting may name hosts, ports and nets, and nothing else', () => {
    for (const text of ['mail.internal', 'mail.internal:8080', '10.0.0.7', '10.0.0.0/8', 'fd00::/8', '[::1]:80'])
      expect([text, isAllowable(text)]).toEqual([text, true])
    for (const text of ['', '*', '*.internal', 'http://x', '10.0.0.0/33', '10.0.0/8', 'a/b', 'x y', 'fd00::/129'])
      expect([text, isAllowable(text)]).toEqual([text, false])
  })

  describe('through a server outside', () => {
    const servers: HttpServer[] = []
    const got: { path: string; headers: Record<string, unknown>; method: string; body: string }[] = []
    const serve = async (answer: RequestListener): Promise<number> => {
      const server = createServer((request, response) => {
        let body = ''
        request.on('data', (chunk: Buffer) => (body += chunk.toString()))
        request.on('end', () => {
          got.push({ path: request.url!, headers: request.headers, method: request.method!, body })
          answer(request, response)
        })
      })
      servers.push(server)
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
      return (server.address() as AddressInfo).port
    }
    afterAll(() => servers.forEach((server) => server.close() && server.closeAllConnections()))
    /** A stand-in for the world outside: one host that is allowed at one port. */
    const outside = async (answer: RequestListener, lookup: Lookup = leading('127.0.0.1')) => {
      const at = await serve(answer)
      got.length = 0
      return { url: `http://outside.example.com:${at}`, call: openOutgoing([`outside.example.com:${at}`], lookup) }
    }

    it('GHSA-2x8m-83vc-6wv4, CVE-2023-26492, GHSA-j3rg-3rgm-537h: the name is resolved once, and what was judged is connected to', async () => {
      const answers: Address[] = []
      const { url, call } = await outside(
        (_, response) => response.end('outside'),
        () => {
          const next = { address: answers.length === 0 ? '127.0.0.1' : '127.0.0.9', family: 4 }
          answers.push(next)
          return Promise.resolve([next])
        },
      )
      expect(await textOf(await call(url))).toBe('outside')
      expect(answers).toHaveLength(1)
    })

    it.each([301, 302, 303, 307, 308])('a redirect %i to any spelling of what lies inside', async (status) => {
      const hosts = ['127.0.0.1', '0.0.0.0', '169.254.169.254', '10.0.0.1'].flatMap(spellings)
      for (const host of [...hosts, ...names, 'example.com@127.0.0.1']) {
        const { url, call } = await outside((_, response) =>
          response.writeHead(status, { location: bytes(`http://${host}:${port}/`) }).end(),
        )
        const error = await call(url).catch((thrown: unknown) => thrown)
        expect([host, (error as OutgoingError).reason]).toEqual([host, 'refused'])
        servers.pop()!.close()
      }
      expect(connections).toBe(0)
    })

    it.each(['file:///etc/passwd', 'gopher://example.com/', '//127.0.0.1/', '\\\\127.0.0.1\\', 'http://[::1'])(
      'a redirect to %s',
      async (location) => {
        const { url, call } = await outside((_, response) => response.writeHead(302, { location }).end())
        await expect(call(url)).rejects.toMatchObject({ reason: 'refused' })
        expect(connections).toBe(0)
      },
    )

    it('redirects without end, and of what cannot be sent again', async () => {
      const { url, call } = await outside((_, response) => response.writeHead(307, { location: '/next' }).end())
      await expect(call(url)).rejects.toMatchObject({ reason: 'redirects' })
      expect(got).toHaveLength(4)
      const body = Readable.from(['x'])
      await expect(call(url, { method: 'POST', body })).rejects.toMatchObject({ reason: 'redirects' })
      expect((await call(url, { redirects: 0 })).status).toBe(307)
    })

    it('credentials stay with the host they were written for', async () => {
      const second = await serve((_, response) => response.end('second'))
      const { url, call: _ } = await outside((request, response) =>
        response
          .writeHead(request.method === 'POST' ? 307 : 302, { location: `http://other.example.com:${second}/` })
          .end(),
      )
      const call = openOutgoing([new URL(url).host, `other.example.com:${second}`], leading('127.0.0.1'))
      const headers = { authorization: 'Bearer secret', cookie: 'a=b', 'x-api-key': 'k', accept: 'text/plain' }
      expect(await textOf(await call(url, { headers }))).toBe('second')
      expect(got[0]!.headers).toMatchObject(headers)
      expect(got[1]!.headers).toMatchObject({ accept: 'text/plain' })
      for (const name of ['authorization', 'cookie', 'x-api-key']) expect(got[1]!.headers).not.toHaveProperty(name)
      await textOf(await call(url, { method: 'POST', body: 'again', headers }))
      expect(got[3]).toMatchObject({ method: 'POST', body: 'again' })
    })

    it('answers that are too large, too slow or never begin', async () => {
      const large = await outside((_, response) => response.end('x'.repeat(2_000)))
      await expect(large.call(large.url, { size: 1_000 })).rejects.toMatchObject({ reason: 'large' })
      const stream = await outside((_, response) => {
        response.write('x'.repeat(800))
        response.end('x'.repeat(800))
      })
      await expect(textOf(await stream.call(stream.url, { size: 1_000 }))).rejects.toMatchObject({ reason: 'large' })
      const slow = await outside((_, response) => {
        const drip = setInterval(() => response.write('x'), 10)
        response.on('close', () => clearInterval(drip))
      })
      await expect(textOf(await slow.call(slow.url, { time: 100 }))).rejects.toMatchObject({ reason: 'late' })
      const silent = await outside(() => undefined)
      await expect(silent.call(silent.url, { patience: 100 })).rejects.toMatchObject({ reason: 'late' })
      const closed = await outside((request) => request.socket.destroy())
      await expect(closed.call(closed.url)).rejects.toMatchObject({ reason: 'unreachable' })
    })

    it('an answer that takes long but keeps coming is not cut off by the patience for its beginning', async () => {
      const { url, call } = await outside((_, response) => {
        response.write('a')
        setTimeout(() => response.end('b'), 200)
      })
      expect(await textOf(await call(url, { patience: 100 }))).toBe('ab')
    })

    it('nothing is told to who may not know', async () => {
      const { url, call } = await outside((request) => request.socket.destroy())
      const said = await Promise.all(
        [call(url), call('http://127.0.0.1/'), openOutgoing([], leading())('http://nowhere.example.com/')].map((each) =>
          each.then(
            () => undefined,
            (error: unknown) => JSON.stringify(outgoingProblem(error, false)),
          ),
        ),
      )
      expect(new Set(said).size).toBe(1)
      const known = await call('http://127.0.0.1/').catch((error: unknown) => outgoingProblem(error, true))
      expect(known).toMatchObject({ hint: 'What lies inside is named in OUTGOING_ALLOW' })
    })
  })
})
