// What the rest of the runtime knows of a database: statements, transactions, notifications. Two engines stand behind it:
// postgres.ts (pg) and pglite.ts (PGlite in its own worker, with watchdog and lock file).

export interface Statement {
  readonly text: string
  readonly values?: readonly unknown[]
  /** Prepared under this name when prepared statements are on. */
  readonly name?: string
}
export interface Result<Row> { readonly rows: Row[]; readonly rowCount: number }

export interface Session {
  /** Runs one statement. throws: DatabaseError with SQLSTATE `code`, `table`, `column`, `constraint`. */
  query<Row = Record<string, unknown>>(statement: Statement): Promise<Result<Row>>
}

export interface Database extends Session {
  readonly engine: 'postgres' | 'pglite'
  /** Runs work in one transaction; rolls back when it throws. unit: timeouts in milliseconds (lock_timeout, statement_timeout). */
  transaction<T>(work: (session: Session) => Promise<T>, options?: { readonly lockTimeout?: number; readonly statementTimeout?: number }): Promise<T>
  /** Calls back for each notification on the channel; resolves to the way to stop. */
  listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>>
  /** Sends a notification outside a transaction (inside one use `select pg_notify($1, $2)`). */
  notify(channel: string, payload: string): Promise<void>
  close(): Promise<void>
}
