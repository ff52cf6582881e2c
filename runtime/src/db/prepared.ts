// One statement on a pipelined connection. What the rows of a named statement look like cannot change while its name stands,
// so the server is asked once per connection: each further execution is a message less to send and one less to read.
import pg from 'pg'
import type { WireStatement } from './pipe.ts'

interface RowDescription {
  readonly fields: readonly unknown[]
}

/** As much of the driver's connection as a statement needs. */
interface Connection {
  bind(config: { portal: string; statement: string; values: WireStatement['values'] }): void
  execute(config: { portal: string }): void
  sync(): void
}

/** What the driver's query does that its typings leave out. */
interface Driver {
  hasBeenParsed(connection: Connection): boolean
  prepare(connection: Connection): void
  handleRowDescription(description: RowDescription): void
}

const driver = pg.Query.prototype as unknown as Driver
const known = new WeakMap<Connection, Map<string, RowDescription>>()

/** A statement for `client.query`. */
export class Prepared extends pg.Query {
  readonly #statement: WireStatement
  /** The connection that is about to describe the statement. */
  #describing: Connection | undefined

  constructor(statement: WireStatement, done: (error: Error | undefined, result: pg.QueryResult) => void) {
    super({ ...statement }, done)
    this.#statement = statement
  }

  /** Called by the driver to send the statement. */
  prepare(connection: Connection): void {
    const { name, values } = this.#statement
    const description = name === undefined ? undefined : known.get(connection)?.get(name)
    if (description === undefined || !driver.hasBeenParsed.call(this, connection)) {
      this.#describing = connection
      return driver.prepare.call(this, connection)
    }
    connection.bind({ portal: '', statement: name!, values })
    connection.execute({ portal: '' })
    connection.sync()
    driver.handleRowDescription.call(this, description)
  }

  /** Called by the driver when the server says what the rows look like. */
  handleRowDescription(description: RowDescription): void {
    const { name } = this.#statement
    if (name !== undefined && this.#describing !== undefined) {
      const names = known.get(this.#describing) ?? new Map<string, RowDescription>()
      known.set(this.#describing, names.set(name, description))
    }
    driver.handleRowDescription.call(this, description)
  }
}
