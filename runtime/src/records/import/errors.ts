// The error file: every row that was not imported, with its own columns and the reason in front, so that it can be put
// right and imported again. The importer knows these columns and leaves them out.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { csvLine } from '../csv.ts'
import { unguard } from './guard.ts'
import type { FailedRow } from './run.ts'

/** Columns in front of the file's own; prefixed when the file has a column of that name. */
export const errorColumns = ['row', 'column', 'value', 'reason'] as const

/** The header of the error file. */
export function errorHeader(columns: readonly string[]): string {
  const names = errorColumns.map((name) => (columns.includes(name) ? `import_${name}` : name))
  return csvLine([...names, ...columns])
}

/** A row of the error file. Several wrong cells of one row stand in one line. */
export function errorLine({ row, errors }: FailedRow, columns: readonly string[], csv: boolean): string {
  const join = (texts: readonly string[]) => texts.join('; ')
  const cells = columns.map((name) => {
    const cell = row.cells[name] ?? ''
    if (typeof cell !== 'string') return JSON.stringify(cell)
    return csv ? unguard(cell) : cell
  })
  return csvLine([row.number, join(errors.map(({ column }) => column)), join(errors.map(({ value }) => value)), join(errors.map(({ problem }) => sentence(problem))), ...cells])
}

/** A failed row for programs. */
export function errorJson({ row, errors }: FailedRow): JsonObject {
  return {
    row: row.number,
    errors: errors.map(({ column, value, problem }) => ({ column, value, code: problem.code, reason: problem.message, ...(problem.hint ? { hint: problem.hint } : {}) })),
    cells: { ...row.cells },
  }
}

function sentence({ message, hint }: { readonly message: string; readonly hint?: string }): string {
  return hint ? `${message}. ${hint}` : message
}

/** Whether the columns are those of an error file that comes back. */
export function isErrorFile(columns: readonly string[]): boolean {
  const rest = columns.slice(errorColumns.length)
  return errorColumns.every((name, place) => columns[place] === name || (columns[place] === `import_${name}` && rest.includes(name)))
}
