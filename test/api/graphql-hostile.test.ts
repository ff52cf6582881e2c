// What do hostile GraphQL documents cost? Each is refused, by a limit or by the schema, in a few milliseconds; none reaches the
// database, and those that are harmless are bounded.
import { describe, expect, test } from 'vitest'
import { plainReckoning } from '@peyvand/core/base/calendar.ts'
import { queryLimits } from '@peyvand/core/base/limits.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { run } from '@peyvand/runtime/api/graphql/execute.ts'
import { tooLarge } from '@peyvand/runtime/api/graphql/document.ts'
import type { Context } from '@peyvand/runtime/context.ts'
import { graphqlLimits } from '@peyvand/runtime/limits.ts'
import type { Platform } from '@peyvand/runtime/platform.ts'
import { parse } from 'graphql'
import { documents, list } from '../support/hostile.ts'
import { queryModel, schema, someone } from '../support/query-model.ts'

/** unit: milliseconds of CPU. Twice the usual: the best of several runs on a busy machine. */
const most = 10
const context = {
  requestId: 'test',
  schema,
  actor: someone(['administrator']),
  model: queryModel(),
  database: { query: () => Promise.resolve({ rows: [{ body: '[]', count: '0' }] }) },
  language: 'en',
  limits: queryLimits,
  rows: new Map(),
} as unknown as Context
const asker = { platform: {} as Platform, context, reckoning: plainReckoning }

interface Told {
  readonly errors: readonly unknown[]
  readonly data: unknown
}

async function ask(query: string, variables?: Record<string, unknown>): Promise<Told> {
  try {
    const ran = await run(asker, { query, reads: false, ...(variables ? { variables } : {}) })
    const { errors = [], data } = ran.text === undefined ? ran : (JSON.parse(ran.text) as Partial<Told>)
    return { errors, data }
  } catch (thrown) {
    if (thrown instanceof Problem) return { errors: [thrown], data: undefined }
    throw thrown
  }
}

describe('CVE-2026-35441, GHSA-ph52-67fq-75wj, GHSA-6q22-g298-grjh: hostile documents', () => {
  test.each(documents)('%s', async (_title, fate, query) => {
    await ask('{ accounts { totalCount } }')
    const told = await ask(query)
    if (fate === 'refused') expect(told.errors.length).toBeGreaterThan(0)
    expect(told.errors.length).toBeLessThanOrEqual(11)
    let best = Infinity
    for (let n = 0; n < 10 && best > most; n++) {
      const before = process.cpuUsage()
      await ask(query)
      const { user, system } = process.cpuUsage(before)
      best = Math.min(best, (user + system) / 1_000)
    }
    expect(best).toBeLessThan(most)
  })

  test('variables are held to the same limits', async () => {
    const query = 'query($f: AccountFilter) { accounts(filter: $f) { totalCount } }'
    let deep: Record<string, unknown> = {}
    for (let n = 0; n < 30; n++) deep = { NOT: deep }
    for (const f of [deep, { id: { in: Array(3_000).fill('x') } }, { name: { eq: 'a'.repeat(10_000) } }, { nope: 1 }])
      expect((await ask(query, { f })).errors.length).toBeGreaterThan(0)
    expect(Object.prototype).toEqual({})
  })

  test('names of prototypes are names like any other', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      expect((await ask(`{ accounts { nodes { ${name} } } }`)).errors.length).toBe(1)
    const { data } = await ask('{ constructor: accounts { toString: totalCount __proto__: totalCount } }')
    expect(JSON.stringify(data)).toContain('"toString":0')
    expect(Object.prototype).toEqual({})
  })

  test('each limit is exactly where it is said to be', () => {
    const rows: readonly [keyof typeof graphqlLimits, (n: number) => string][] = [
      ['fields', (n) => `{ a ${'b '.repeat(0)} { ${'c '.repeat(n - 1)} } }`],
      ['aliases', (n) => `{ a { ${list(n, (i) => `x${i}: b`, ' ')} } }`],
      ['directives', (n) => `{ a ${'@d '.repeat(n)} }`],
      ['definitions', (n) => list(n, (i) => `query q${i} { a }`, ' ')],
      ['depth', (n) => `${'{ a '.repeat(n)}${'}'.repeat(n)}`],
      ['roots', (n) => `{ ${list(n, (i) => `f${i}`, ' ')} }`],
    ]
    for (const [name, document] of rows) {
      expect(tooLarge(parse(document(graphqlLimits[name]))), name).toBeUndefined()
      expect(tooLarge(parse(document(graphqlLimits[name] + 1)))?.message, name).toMatch(/A query may have/)
    }
  })
})
