// kill -9 of a server that is erasing a person. Each kill comes while the work waits inside of a transaction for a row that the test
// holds: the record itself, one that names the person, the log of that one. After each kill the next server takes the erasure up by
// itself; in the end nothing is left of the person in any table or file, and the log is one chain. On PostgreSQL: on the embedded
// database nobody else can hold a row, and test/security/privacy.test.ts stops the work at each of its transactions.
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dump, filesWith } from '../support/remains.ts'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const canary = ['zqkillian', 'kill.canary@canary.example', '4419 7734', 'kanarienfile', 'kanarienwort']
const hits = (text: string): boolean => canary.some((one) => text.toLowerCase().includes(one))

/** Where the work is when it is killed, and the rows it waits for then. */
const moments = (contact: string, account: string) =>
  [
    ['records of the person', `select from t_default.contact where id = '${contact}' for update`],
    ['mentions', `select from t_default.account where id = '${account}' for update`],
    ['history', `select from t_default._audit where record_id = '${account}' for update`],
  ] as const

describe.runIf(engines.includes('postgres'))('a server that is erasing a person on postgres', () => {
  let first: TestServer
  let server: TestServer
  let client: pg.Client
  beforeAll(async () => {
    first = server = await startServer({ engine: 'postgres', solutions: 'crm' })
    client = new pg.Client({ connectionString: first.databaseUrl })
    await client.connect()
  })
  afterAll(async () => {
    await client?.end()
    if (server !== first) await server?.stop()
    await first?.stop()
  })

  const good = async (answer: Promise<Answer>): Promise<Record<string, unknown>> => {
    const { status, text, json } = await answer
    expect(status, text).toBeLessThan(300)
    return json as Record<string, unknown>
  }
  const make = async (set: string, body: object): Promise<string> =>
    (await good(call(server, 'POST', `/api/data/v1/${set}`, body)))['id'] as string

  /** The person in their own record and its past, in a note with a file, in what others wrote, and in the past of that. */
  const written = async () => {
    const own = { first_name: 'Zqkillian', last_name: 'Zqkillian', phone: '+98 912 4419 7734' }
    const contact = await make('contacts', { ...own, email: 'former.kill.canary@canary.example' })
    await good(
      call(server, 'PATCH', `/api/data/v1/contacts(${contact})`, { email: canary[1], description: 'kanarienwort' }),
    )
    const type = { 'content-type': 'text/plain' }
    const file = (await good(call(server, 'POST', '/api/files?name=zqkillian.txt', 'kanarienfile', type)))['id']
    await make('notes', {
      title: 'kanarienwort',
      text: 'kanarienwort',
      attachments: [file],
      regarding_id: contact,
      regarding_type: 'contact',
    })
    const account = await make('accounts', { name: 'Somebody', description: `Ask ${canary[1]}` })
    return { contact, account }
  }

  /** Kills the server when its work waits for what this connection holds, and begins the next one on the same data. */
  const killWaiting = async () => {
    await until(async () => {
      const { rowCount } = await client.query(
        'select from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))',
      )
      return rowCount! > 0 || undefined
    })
    process.kill(server.pid, 'SIGKILL')
  }
  const goOn = async () => {
    await client.query('rollback')
    await until(async () => {
      const { rowCount } = await client.query(
        'select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
      return rowCount === 0 || undefined
    })
    // Who is dead holds the job until the lease ends: the time until then is over.
    await client.query(`update t_default._job set lease_until = now() where state = 'running'`)
  }
  const restart = async () => {
    if (server !== first) await server.stop()
    const env = { DATABASE_URL: first.databaseUrl!, DATA_DIR: first.dataDir }
    server = await startServer({ engine: 'postgres', solutions: 'crm', env })
  }

  it('is killed in the middle again and again, and the next one finishes it', { timeout: 120_000 }, async () => {
    const { contact, account } = await written()
    expect((await dump(client)).filter(hits), 'the canaries were written').toHaveLength(8)
    expect(filesWith(first.dataDir, hits)).toHaveLength(1)
    const records = [{ entity: 'contact', id: contact }]
    const { plan } = await good(call(server, 'POST', '/api/privacy/plan', { records }))
    let job = ''
    for (const [step, rows] of moments(contact, account)) {
      await client.query('begin')
      await client.query(rows)
      if (job === '') {
        const wish = { records, plan, mentions: true, reason: 'asked for' }
        job = (await good(call(server, 'POST', '/api/privacy/erase', wish)))['job'] as string
      } else await restart()
      await killWaiting()
      await goOn()
      const { rows: told } = await client.query<{ at: string; attempts: number }>(
        `select progress->>'at' as at, attempts from t_default._job where id = $1 and state = 'running'`,
        [job],
      )
      expect(told[0]?.at, 'it was killed in the middle').toBe(step)
      expect((await dump(client)).filter(hits), `something is left at "${step}"`).not.toEqual([])
    }
    await restart()
    const done = await until(async () => {
      const found = await good(call(server, 'GET', `/api/jobs/${job}`))
      return found['state'] === 'running' || found['state'] === 'queued' ? undefined : found
    })
    expect(done, JSON.stringify(done['error'])).toMatchObject({ state: 'done', attempts: 4 })
    expect((await dump(client)).filter(hits)).toEqual([])
    expect(filesWith(first.dataDir, hits)).toEqual([])
    const { job: verifying } = await good(call(server, 'POST', '/api/audit/verify', {}))
    const verified = await until(async () => {
      const found = await good(call(server, 'GET', `/api/jobs/${verifying as string}`))
      return found['state'] === 'done' ? found : undefined
    })
    expect(verified['result']).toMatchObject({ wrong: 0, findings: [] })
  })
})
