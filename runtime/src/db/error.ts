// A failed statement as the rest of the runtime sees it, the same for both engines. Decides nothing about its meaning:
// records map SQLSTATEs to problems, publish decides what is tried again.

/** What PostgreSQL said about a failed statement. `code` is the SQLSTATE. */
export class DatabaseError extends Error {
  readonly code: string
  readonly schema: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined
  readonly constraint: string | undefined
  /** PostgreSQL's detail line. May hold values: never log it, never send it to a caller. */
  readonly detail: string | undefined

  constructor(
    message: string,
    parts: Partial<Pick<DatabaseError, 'code' | 'schema' | 'table' | 'column' | 'constraint' | 'detail'>>,
  ) {
    super(message)
    this.name = 'DatabaseError'
    this.code = parts.code ?? 'XX000'
    this.schema = parts.schema
    this.table = parts.table
    this.column = parts.column
    this.constraint = parts.constraint
    this.detail = parts.detail
  }
}

/** The error of either driver as a DatabaseError; anything that is not PostgreSQL's word comes back as it is. */
export function asDatabaseError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof DatabaseError) return thrown
  const parts = thrown as Error & Record<string, unknown>
  if (typeof parts['code'] !== 'string' || !/^[0-9A-Z]{5}$/.test(parts['code'])) return thrown
  const error = new DatabaseError(thrown.message, errorParts(parts))
  error.stack = thrown.stack
  return error
}

/** The parts of an error that cross a thread as plain data. */
export function errorParts(parts: Readonly<Record<string, unknown>>): ConstructorParameters<typeof DatabaseError>[1] {
  const text = (name: string) => (typeof parts[name] === 'string' ? parts[name] : undefined)
  return {
    code: text('code'),
    schema: text('schema'),
    table: text('table'),
    column: text('column'),
    constraint: text('constraint'),
    detail: text('detail'),
  }
}

const modelChanged = new Set(['42703', '42P01', '42804', '0A000', '42883'])

/** Whether a statement failed in a way that a table of a newer model explains; worth one more try after a refresh. */
export function isModelChanged(thrown: unknown): boolean {
  if (!(thrown instanceof DatabaseError)) return false
  return modelChanged.has(thrown.code) || (thrown.code === '23514' && /^ck_[0-9a-f]{12}$/.test(thrown.constraint ?? ''))
}

const passing = new Set(['40P01', '55P03', '40001'])

/** Whether the same transaction may succeed when tried again: deadlock, lock not available, serialization. */
export function isPassing(thrown: unknown): boolean {
  return (
    thrown instanceof DatabaseError &&
    (passing.has(thrown.code) || /acquire the lock required to colocate/.test(thrown.message))
  )
}
