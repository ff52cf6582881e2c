// How this process connects to PostgreSQL, and what it makes of a lost connection. One place for the driver's options, so
// that every role (transactions, single statements, direct) gives the same values and the same problems.
import pg from 'pg'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Config } from '../config.ts'
import { asDatabaseError, DatabaseError } from './error.ts'
import { textArrayTypes, textTypes } from './value.ts'

/** The driver's text parser; its typings know the built-in types by a closed list of numbers only. */
const parserOf: (type: number) => (text: string) => unknown = pg.types.getTypeParser

const own = new Map<number, (text: string) => unknown>(textTypes.map((type) => [type, (text) => text]))
const textArray = parserOf(1009)
for (const type of textArrayTypes) own.set(type, textArray)

const types: pg.CustomTypesConfig = { getTypeParser: (type: number) => own.get(type) ?? parserOf(type) }

/**
 * Driver options for one role. Limits travel as start-up parameters unless a pooler stands between (PREPARED=0). PostgreSQL
 * translates no statement to machine code: it does so by its estimates, it takes longer than most statements do, and neither
 * a cancel nor the statement timeout interrupts it.
 */
export function connectionOptions(config: Config, role: 'statements' | 'lists' | 'direct'): pg.ClientConfig {
  const connectionString = role === 'direct' ? (config.databaseDirectUrl ?? config.databaseUrl) : config.databaseUrl
  const limits =
    role !== 'direct' && config.prepared
      ? { statement_timeout: config.statementTimeout, idle_in_transaction_session_timeout: 60_000 }
      : {}
  const settings = ['-c jit=off', ...(role === 'lists' ? ['-c plan_cache_mode=force_custom_plan'] : [])]
  const planning = role !== 'direct' && config.prepared ? { options: settings.join(' ') } : {}
  return {
    connectionString,
    types,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    application_name: 'peyvand',
    ...limits,
    ...planning,
  }
}

/** A connected client whose times come as UTC. throws: Problem internal.unavailable. */
export async function connect(options: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(options)
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(utc)
  } catch (error) {
    client.end().catch(() => undefined)
    throw asFailure(error)
  }
  return client
}

/** Sent once per connection: JSON output of times depends on it. */
export const utc = "set time zone 'UTC'"

const unavailable = /^(08...|57P0[1-5]|53300|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)$/

/** What the caller is told of a failed statement: DatabaseError, or a Problem when time ran out or the server is away. */
export function asFailure(thrown: unknown): unknown {
  const error = asDatabaseError(thrown)
  if (error instanceof DatabaseError && error.code === '57014')
    return new Problem('limit.time', {
      detail: 'The statement took too long and was stopped',
      hint: 'Ask for less: fewer levels or relations in $expand, a narrower filter, smaller pages',
    })
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined
  if (isConnectionLost(thrown) || (code !== undefined && unavailable.test(code)))
    return new Problem('internal.unavailable', { detail: 'The database does not answer' })
  return error
}

/** The driver's own words for a connection that is gone (it gives no code). */
function isConnectionLost(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  return /^(Connection terminated|Client was closed|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired)/.test(
    thrown.message,
  )
}
