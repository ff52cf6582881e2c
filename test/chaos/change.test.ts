// While people work, the model changes under them: fifty published changes, not one failed request, and the very next request
// sees each of them — on the embedded database, on PostgreSQL, and with two processes on one PostgreSQL.
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { call, engines, startServer, type Engine, type TestServer } from '../support/server.ts'

const changes = Number(process.env['CHANGES'] ?? 50)
const everyMs = 50

interface FieldShape {
  id?: string
  name: string
  type: string
  [setting: string]: unknown
}
type Apply = (definitions: readonly object[]) => Promise<void>
/** A change, and what the next request must see of it. */
type Move = (
  fields: FieldShape[],
  n: number,
) => { readonly fields: FieldShape[]; readonly sees: readonly [string, number, unknown?][] } | undefined

const select = (name: string) => `/api/data/v1/loads?$top=1&$select=${name}`
const moves: readonly Move[] = [
  (fields, n) => ({
    fields: [...fields, { name: `f${n}`, type: n % 2 ? 'integer' : 'text' }],
    sees: [
      [select(`f${n}`), 200],
      ['/api/data/v1/loads', 201, { name: `new ${n}`, [`f${n}`]: n % 2 ? 5 : 'five' }],
    ],
  }),
  (fields, n) =>
    changed(
      fields,
      (field) => ({ ...field, name: `r${n}` }),
      (before) => [
        [select(`r${n}`), 200],
        [select(before), 400],
      ],
    ),
  (fields, n) =>
    changed(
      fields,
      (field) => ({
        id: field.id,
        name: field.name,
        type: field.type === 'integer' ? 'decimal' : 'text',
        ...(field.type === 'integer' ? { precision: 19, scale: 4 } : { maxLength: 500 + n }),
      }),
      (before) => [[select(before), 200]],
    ),
  (fields) => {
    const gone = fields.find(({ name }) => name !== 'name' && name !== 'amount')
    return (
      gone && {
        fields: fields.filter((field) => field !== gone),
        sees: [
          [select(gone.name), 400],
          ['/api/data/v1/loads', 400, { name: 'x', [gone.name]: null }],
        ],
      }
    )
  },
]

function changed(
  fields: FieldShape[],
  change: (field: FieldShape) => FieldShape,
  sees: (before: string) => readonly [string, number][],
): ReturnType<Move> {
  const field = fields.findLast(({ name }) => name !== 'name' && name !== 'amount')
  return field && { fields: fields.map((one) => (one === field ? change(one) : one)), sees: sees(field.name) }
}

const settings: readonly [string, Engine, number][] = engines.flatMap((engine): [string, Engine, number][] =>
  engine === 'postgres'
    ? [
        [engine, engine, 1],
        ['two processes on one postgres', engine, 2],
      ]
    : [[engine, engine, 1]],
)

describe.each(settings)('%s', (_title, engine, processes) => {
  it(`answers every request while the model changes ${changes} times`, async () => {
    const servers = [await startServer({ engine })]
    while (servers.length < processes)
      servers.push(await startServer({ engine, env: { DATABASE_URL: servers[0]!.databaseUrl! } }))
    try {
      await changeUnderLoad(servers)
    } finally {
      for (const server of servers.toReversed()) await server.stop()
    }
  })
})

async function changeUnderLoad(servers: readonly TestServer[]): Promise<void> {
  const nth = (n: number) => servers[n % servers.length]!
  const apply: Apply = async (definitions) => {
    const answer = await call(nth(0), 'POST', '/api/model/apply', await reviewed(nth(0), definitions))
    expect([answer.status, answer.text.slice(0, 500)]).toEqual([200, expect.any(String)])
  }
  let fields: FieldShape[] = [
    { name: 'name', type: 'text' },
    { name: 'amount', type: 'integer' },
  ]
  await apply([entity('load', fields)])
  const load = startLoad(nth)
  const took: number[] = []
  for (let n = 0; n < changes; n++) {
    const move = moves[n % (moves.length + 1)]?.(await storedFields(nth(0)), n)
    const started = performance.now()
    if (move === undefined) await apply([entity(`extra${n}`, [{ name: 'name', type: 'text' }])])
    else await apply([entity('load', (fields = move.fields))])
    took.push(performance.now() - started)
    // The very next request, on the process that did not publish when there is one.
    for (const [path, status, body] of move?.sees ?? ([[`/api/data/v1/extra${n}s`, 200]] as const)) {
      const answer = await call(nth(1), body === undefined ? 'GET' : 'POST', path, body)
      expect([n, path, answer.status, answer.status === status ? '' : answer.text]).toEqual([n, path, status, ''])
    }
    await wait(everyMs)
  }
  const { sent, failed, slowest } = await load.stop()
  const median = took.sort((a, b) => a - b)[took.length >> 1]!
  console.log(
    `${changes} changes (median ${Math.round(median)} ms with plan), ${sent} requests beside them, slowest ${Math.round(slowest)} ms, failed ${failed.length}`,
  )
  expect(failed).toEqual([])
  expect(sent).toBeGreaterThan(changes / 2)
}

function entity(name: string, fields: readonly FieldShape[]): object {
  return { kind: 'entity', name, entitySet: `${name}s`, primaryField: 'name', fields }
}

async function reviewed(server: TestServer, definitions: readonly object[]): Promise<object> {
  const changes = definitions.map((definition) => ({ op: 'put', definition }))
  const { json, text, status } = await call(server, 'POST', '/api/model/plan', { changes })
  expect([status, text.slice(0, 500)]).toEqual([200, expect.any(String)])
  return { changes, plan: (json as { plan: string }).plan }
}

/** The entity's own fields with their ids, as an editor has them. */
async function storedFields(server: TestServer): Promise<FieldShape[]> {
  const model = (await call(server, 'GET', '/api/model')).json as {
    entities: { name: string; fields: (FieldShape & { system?: boolean })[] }[]
  }
  return model.entities.find(({ name }) => name === 'load')!.fields.filter(({ system }) => system !== true)
}

/** Reads and writes at a steady pace until stopped; keeps every answer that is not a success. */
function startLoad(nth: (n: number) => TestServer): {
  stop(): Promise<{ sent: number; failed: unknown[]; slowest: number }>
} {
  const failed: unknown[] = []
  const running = new Set<Promise<void>>()
  let [sent, slowest, last] = [0, 0, '']
  const request = async (n: number): Promise<void> => {
    const [method, path, body] = requestOf(n, last)
    const started = performance.now()
    try {
      const answer = await call(nth(n), method, path, body)
      if (answer.status >= 400) failed.push([method, path, answer.status, answer.text.slice(0, 300)])
      else if (n % 4 === 0) last = (answer.json as { id: string }).id
    } catch (error) {
      failed.push([method, path, String(error)])
    }
    slowest = Math.max(slowest, performance.now() - started)
  }
  const timer = setInterval(() => {
    const one = request(sent++).finally(() => void running.delete(one))
    running.add(one)
  }, everyMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await Promise.all(running)
      return { sent, failed, slowest }
    },
  }
}

function requestOf(n: number, last: string): [string, string, unknown?] {
  if (n % 4 === 0 || last === '') return ['POST', '/api/data/v1/loads', { name: `load ${n}`, amount: n }]
  if (n % 4 === 1) return ['GET', `/api/data/v1/loads(${last})`]
  if (n % 4 === 2) return ['PATCH', `/api/data/v1/loads(${last})`, { amount: n }]
  return [
    'GET',
    "/api/data/v1/loads?$filter=contains(name,'load') and amount ge 0&$orderby=amount desc&$top=20&$count=true",
  ]
}
