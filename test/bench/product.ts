// The product side of the benchmark: a server on PostgreSQL or on the embedded database, the three entities (and ninety
// more, for a model of real size), a role that sees only its own records, and a user who has it.
import { join } from 'node:path'
import { openDatabase } from '../../runtime/src/db/open.ts'
import { readConfig } from '../../runtime/src/config.ts'
import { call, signInForKey, startServer, type TestServer } from '../support/server.ts'
import type { Run } from './tables.ts'

const email = 'bench@example.com'
const password = 'bench bench bench'

const text = (name: string, maxLength = 200) => ({ name, type: 'text', maxLength })
const own = { create: 'own', read: 'own', write: 'own', delete: 'own', append: 'own', append_to: 'own', bulk: 'own' }

/** The three entities, their views and the role of the measured user. */
export const definitions = [
  {
    kind: 'entity',
    name: 'account',
    label: 'Account',
    entitySet: 'accounts',
    ownership: 'user',
    primaryField: 'name',
    fields: [
      text('name'),
      text('industry'),
      text('city'),
      { name: 'annual_revenue', type: 'decimal', precision: 18, scale: 2 },
      { name: 'employees', type: 'integer' },
    ],
  },
  {
    kind: 'entity',
    name: 'contact',
    label: 'Contact',
    entitySet: 'contacts',
    ownership: 'user',
    primaryField: 'last_name',
    fields: [
      text('first_name'),
      text('last_name'),
      text('email'),
      { name: 'account', type: 'lookup', target: 'account' },
    ],
  },
  {
    kind: 'entity',
    name: 'opportunity',
    label: 'Opportunity',
    entitySet: 'opportunities',
    ownership: 'user',
    primaryField: 'name',
    fields: [
      text('name'),
      text('stage'),
      { name: 'amount', type: 'decimal', precision: 18, scale: 2 },
      { name: 'close_date', type: 'date' },
      { name: 'account', type: 'lookup', target: 'account' },
    ],
  },
  {
    kind: 'view',
    name: 'accounts_by_industry',
    entity: 'account',
    label: 'Accounts by industry',
    columns: [{ field: 'name' }, { field: 'city' }, { field: 'annual_revenue' }],
    group: ['industry'],
    sort: [{ field: 'created_at', descending: true }],
  },
  {
    kind: 'view',
    name: 'pipeline',
    entity: 'opportunity',
    label: 'Pipeline',
    columns: [{ field: 'name' }, { field: 'amount', total: 'sum' }],
    group: ['stage'],
  },
  {
    kind: 'role',
    name: 'bench',
    label: 'Bench',
    grants: ['account', 'contact', 'opportunity'].map((entity) => ({ entity, ...own })),
  },
]

export interface Product {
  readonly server: TestServer
  readonly key: string
  /** The measured user's id. */
  readonly user: string
  /** Entities in the model, ours and the platform's. */
  readonly entities: number
}

/** Starts the product on PostgreSQL and sets everything up but the data. */
export async function startProduct(databaseUrl: string, extraEntities: number): Promise<Product> {
  const { SERVER_PIPELINES: pipelines } = process.env
  const server = await startServer({
    engine: 'postgres',
    env: { DATABASE_URL: databaseUrl, LOG_LEVEL: 'error', ...(pipelines ? { PIPELINES: pipelines } : {}) },
  })
  return setUp(server, extraEntities)
}

/** Sets the product up on the embedded database, lets `fill` have it alone, and starts it again. */
export async function startEmbedded(
  folder: string,
  extraEntities: number,
  fill: (run: Run, user: string) => Promise<void>,
): Promise<Product> {
  const start = () => startServer({ engine: 'pglite', env: { DATA_DIR: folder, LOG_LEVEL: 'error' } })
  const first = await setUp(await start(), extraEntities)
  await first.server.stop()
  const database = await openDatabase(readConfig({ DATA_DIR: join(folder), STATEMENT_TIMEOUT: '600000' }))
  try {
    await fill((text, values) => database.query({ text, ...(values === undefined ? {} : { values }) }), first.user)
  } finally {
    await database.close()
  }
  return { ...first, server: await start() }
}

async function setUp(server: TestServer, extraEntities: number): Promise<Product> {
  try {
    await apply(server, definitions)
    const extra = Array.from({ length: extraEntities }, (_, i) => extraEntity(i))
    for (let at = 0; at < extra.length; at += 10) await apply(server, extra.slice(at, at + 10))
    const added = await call(server, 'POST', '/api/users', { email, name: 'Bench', password, roles: ['bench'] })
    if (added.status !== 201) throw new Error(`adding the user answered ${added.status}: ${added.text}`)
    const user = (added.json as { id: string }).id
    const key = await signInForKey(server.url, email, password)
    const model = await call(server, 'GET', '/api/data/v1/')
    return { server, key, user, entities: (model.json as { value: unknown[] }).value.length }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** Publishes an added field, uses it, and takes it away again. unit: milliseconds from the change to the first use of each. */
export async function publishTimes(server: TestServer, times: number): Promise<number[]> {
  const account = definitions[0] as unknown as { fields: object[] }
  const figures: number[] = []
  for (let i = 0; i < times; i++) {
    const added = { ...account, fields: [...account.fields, text(`added_${i}`)] }
    const started = performance.now()
    await apply(server, [added])
    const seen = await call(server, 'GET', `/api/data/v1/accounts?$top=1&$select=added_${i}`)
    figures.push(performance.now() - started)
    if (seen.status !== 200) throw new Error(`the added field is not there: ${seen.text}`)
    const planned = await call(server, 'POST', '/api/model/plan', { changes: [{ op: 'put', definition: account }] })
    await apply(server, [account], (planned.json as { plan: string }).plan)
  }
  return figures
}

/** Starts a further process on the database. unit: milliseconds from the process to its first answer to a data request. */
export async function startTimes(databaseUrl: string, times: number): Promise<number[]> {
  const figures: number[] = []
  for (let i = 0; i < times; i++) {
    const started = performance.now()
    const server = await startServer({ engine: 'postgres', unclaimed: true, env: { DATABASE_URL: databaseUrl } })
    figures.push(performance.now() - started)
    await server.stop()
  }
  return figures
}

/** Publishes definitions. throws: Error when they are refused. */
export async function apply(server: TestServer, list: readonly object[], plan?: string): Promise<void> {
  const answer = await call(server, 'POST', '/api/model/apply', {
    changes: list.map((definition) => ({ op: 'put', definition })),
    ...(plan === undefined ? {} : { plan }),
  })
  if (answer.status !== 200) throw new Error(`apply answered ${answer.status}: ${answer.text}`)
}

function extraEntity(i: number): object {
  return {
    kind: 'entity',
    name: `extra_${i}`,
    label: `Extra ${i}`,
    entitySet: `extras_${i}`,
    ownership: 'user',
    primaryField: 'name',
    fields: [
      text('name'),
      text('code', 50),
      { name: 'amount', type: 'money' },
      { name: 'due_on', type: 'date' },
      { name: 'seen_at', type: 'datetime' },
      { name: 'done', type: 'boolean' },
      { name: 'size', type: 'integer' },
      { name: 'account', type: 'lookup', target: 'account', inverse: `extras_${i}` },
    ],
  }
}
