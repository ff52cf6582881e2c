// The product side of the benchmark: a server on PostgreSQL, the three entities (and ninety more, for a model of real
// size), a role that sees only its own records, and a user who has it.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { call, signInForKey, startServer, type TestServer } from '../support/server.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const email = 'bench@example.com'
const password = 'bench bench bench'

const text = (name: string, maxLength = 200) => ({ name, type: 'text', maxLength })
const own = { create: 'own', read: 'own', write: 'own', delete: 'own', append: 'own', append_to: 'own' }

const definitions = [
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

/** Starts the product on the database and sets everything up but the data. */
export async function startProduct(databaseUrl: string, extraEntities: number): Promise<Product> {
  const server = await startServer({
    engine: 'postgres',
    env: {
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: 'error',
      ...(process.env['PIPELINES'] ? { PIPELINES: process.env['PIPELINES'] } : {}),
    },
  })
  try {
    await apply(server, definitions)
    const extra = Array.from({ length: extraEntities }, (_, i) => extraEntity(i))
    for (let at = 0; at < extra.length; at += 10) await apply(server, extra.slice(at, at + 10))
    addUser(databaseUrl)
    const found = await call(server, 'GET', `/api/data/v1/users?$select=id&$filter=email eq '${email}'`)
    const user = (found.json as { value: { id: string }[] }).value[0]!.id
    const key = await signInForKey(server.url, email, password)
    const model = await call(server, 'GET', '/api/data/v1/')
    return { server, key, user, entities: (model.json as { value: unknown[] }).value.length }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** Publishes an added field and takes it away again, several times. unit: milliseconds of each publish. */
export async function publishTimes(server: TestServer, times: number): Promise<number[]> {
  const account = definitions[0] as unknown as { fields: object[] }
  const figures: number[] = []
  for (let i = 0; i < times; i++) {
    const added = { ...account, fields: [...account.fields, text(`added_${i}`)] }
    const started = performance.now()
    await apply(server, [added])
    figures.push(performance.now() - started)
    const seen = await call(server, 'GET', `/api/data/v1/accounts?$top=1&$select=added_${i}`)
    if (seen.status !== 200) throw new Error(`the added field is not there: ${seen.text}`)
    const planned = await call(server, 'POST', '/api/model/plan', { changes: [{ op: 'put', definition: account }] })
    await apply(server, [account], (planned.json as { plan: string }).plan)
  }
  return figures
}

async function apply(server: TestServer, list: readonly object[], plan?: string): Promise<void> {
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

function addUser(databaseUrl: string): void {
  const added = spawnSync(
    process.execPath,
    [
      join(root, 'runtime/src/cli/peyvand.ts'),
      'user',
      'add',
      email,
      '--name',
      'Bench',
      '--role',
      'bench',
      '--password-stdin',
    ],
    { cwd: root, input: password, encoding: 'utf8', env: { ...process.env, DATABASE_URL: databaseUrl } },
  )
  if (added.status !== 0) throw new Error(`peyvand user add failed: ${added.stderr}${added.stdout}`)
}
