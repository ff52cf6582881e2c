// What the rest of the runtime knows of a database: statements, transactions, notifications. Two engines stand behind it:
// postgres.ts (pg) and pglite.ts (PGlite in its own worker, with watchdog and lock file).

export interface Statement {
  readonly text: string
  readonly values?: readonly unknown[]
  /** Prepared under this name when prepared statements are on. */
  readonly name?: string
  /** Plan it with its values: for lists, whose best way depends on how many records a filter leaves. */
  readonly planned?: boolean
  /** It changes something: it waits for the disk, so others should not stand behind it. */
  readonly writes?: boolean
}
export interface Result<Row> {
  readonly rows: Row[]
  readonly rowCount: number
}

export interface Session {
  /** Runs one statement. throws: DatabaseError with SQLSTATE `code`, `table`, `column`, `constraint`. */
  query<Row = Record<string, unknown>>(statement: Statement): Promise<Result<Row>>
}

/** The connection that listens. Session locks on it tell the other processes who is alive. */
export interface DirectConnection {
  /** Whether notifications reach this process right now. */
  readonly connected: boolean
  /** Runs on every new connection, before it counts as connected; notifications may have been missed before. */
  onConnect(hook: (session: Session) => Promise<void>): Promise<void>
}

export interface Database extends Session {
  readonly engine: 'postgres' | 'pglite'
  /** True inside a transaction that is open already: only the whole of it can be tried again. */
  readonly nested?: true
  /** Absent on the embedded engine: one process alone has it. */
  readonly direct?: DirectConnection
  /** Runs work in one transaction; rolls back when it throws. unit: timeouts in milliseconds (lock_timeout, statement_timeout). */
  transaction<T>(
    work: (session: Session) => Promise<T>,
    options?: { readonly lockTimeout?: number; readonly statementTimeout?: number },
  ): Promise<T>
  /**
   * Runs work on a connection of its own outside of any transaction and without time limit: what PostgreSQL does not do
   * inside one. An aborted signal cancels the running statement. Absent on the embedded engine, which has one connection.
   */
  apart?<T>(work: (session: Session) => Promise<T>, signal: AbortSignal): Promise<T>
  /**
   * The rows of one statement in pieces, all from one snapshot, on a connection of its own that holds nothing but a piece.
   * An aborted signal cancels what runs. Absent on the embedded engine, which has one connection.
   */
  pieces?<Row>(statement: Statement, size: number, signal: AbortSignal): AsyncGenerator<Row[]>
  /** Calls back for each notification on the channel; resolves to the way to stop. */
  listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>>
  /** Sends a notification outside a transaction (inside one use `select pg_notify($1, $2)`). */
  notify(channel: string, payload: string): Promise<void>
  close(): Promise<void>
}
