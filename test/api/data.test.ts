// Does the data service answer reads as the contract says? The scenarios of data.rows.ts, on both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { reads, type Scenario } from './data.rows.ts'
import { setUpDeals } from './deals.ts'

describe.each(engines)('reads on %s', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ engine })
    await setUpDeals(server)
  })
  afterAll(() => server?.stop())

  test.each(reads)('$title', async (scenario) => {
    expectAnswer(await ask(server, scenario), scenario)
  })

  test('pages follow each other to the end and hold every record once', async () => {
    const seen: string[] = []
    let next: string | undefined = `${server.url}/api/data/v1/deals?$select=id&$orderby=stage`
    for (let pages = 0; next !== undefined && pages < 10; pages++) {
      const page = await call(server, 'GET', next.slice(server.url.length), undefined, {
        prefer: 'odata.maxpagesize=1',
      })
      const { value, '@odata.nextLink': link } = page.json as { value: { id: string }[]; '@odata.nextLink'?: string }
      expect(page.status, page.text).toBe(200)
      seen.push(...value.map(({ id }) => id))
      next = link
    }
    expect(new Set(seen).size).toBe(3)
    expect(seen.length).toBe(3)
  })
})

function ask(server: TestServer, { method = 'GET', path, body, headers }: Scenario): Promise<Answer> {
  return call(server, method, path.startsWith('/api/') ? path : `/api/data/v1${path}`, body, headers)
}

function expectAnswer(answer: Answer, { status, contains = [], absent = [], answers = {}, json = {} }: Scenario): void {
  expect(answer.status, answer.text).toBe(status)
  for (const part of contains) expect(answer.text).toContain(part)
  for (const part of absent) expect(answer.text).not.toContain(part)
  for (const [name, pattern] of Object.entries(answers)) {
    if (pattern === null) expect(answer.headers.get(name)).toBeNull()
    else expect(answer.headers.get(name)).toMatch(pattern)
  }
  for (const [path, value] of Object.entries(json))
    expect(at(answer.json, path), `${path} in ${answer.text.slice(0, 600)}`).toEqual(value)
}

/** The value at `value.0.name`; names with dots of their own (annotations) are tried whole first. */
function at(value: unknown, path: string): unknown {
  if (path === '') return value
  if (typeof value !== 'object' || value === null) return undefined
  if (path in value) return (value as Record<string, unknown>)[path]
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const head = path.slice(0, dot)
    if (head in value) return at((value as Record<string, unknown>)[head], path.slice(dot + 1))
  }
  return undefined
}
