// A kysely dialect over our Database, for the sign-in library only: everything else of the runtime speaks Database itself.
import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely'
import type { Database, Session } from './database.ts'

/** The dialect to give to `new Kysely({ dialect })`. Columns named `…_at` come back as Date, as that library expects. */
export function kyselyDialect(database: Database): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new BridgeDriver(database),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

/** A transaction that is opened, used and closed in separate calls, over one that is a function. */
interface Open {
  readonly session: Session
  end(error?: Error): void
  readonly done: Promise<unknown>
}

class BridgeDriver implements Driver {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async init(): Promise<void> {}
  async destroy(): Promise<void> {}
  async releaseConnection(): Promise<void> {}

  async acquireConnection(): Promise<BridgeConnection> {
    return new BridgeConnection(this.#database)
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const ended = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<Session>()
    const done = this.#database.transaction((session) => {
      begun.resolve(session)
      return ended.promise
    })
    done.catch(begun.reject)
    const end = (error?: Error) => (error === undefined ? ended.resolve() : ended.reject(error))
    bridge(connection).open = { session: await begun.promise, end, done }
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const { open } = bridge(connection)
    open?.end()
    await open?.done
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    const { open } = bridge(connection)
    open?.end(new Error('rolled back'))
    await open?.done.catch(() => undefined)
  }
}

class BridgeConnection implements DatabaseConnection {
  readonly #database: Database
  open: Open | undefined

  constructor(database: Database) {
    this.#database = database
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, rowCount } = await (this.open?.session ?? this.#database).query({ text: sql, values: parameters })
    for (const row of rows) withDates(row)
    return { rows: rows as R[], numAffectedRows: BigInt(rowCount) }
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('streaming is not used')
  }
}

function bridge(connection: DatabaseConnection): BridgeConnection {
  if (connection instanceof BridgeConnection) return connection
  throw new TypeError('a connection of another driver')
}

function withDates(row: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(row))
    if (name.endsWith('_at') && typeof value === 'string') row[name] = new Date(value)
}
