// Rows that were not imported: for programs as JSON, for people as the error file. That file has the row's own columns with
// the reason in front, so that it can be put right and imported again; the importer knows these columns and leaves them out.
import type { JsonValue } from '@peyvand/core/base/json.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'
import { csvLine } from '../csv.ts'
import type { CellError } from './cell.ts'
import { unguard } from './guard.ts'
import type { Row } from './rows.ts'

/** A row that was not imported, and why; one error per cell that is wrong. */
export interface FailedRow {
  readonly row: number
  readonly errors: readonly {
    readonly column: string
    readonly value: string
    readonly code: string
    readonly reason: string
    readonly hint?: string
    /** Which rule was broken, for a sentence in the reader's language. */
    readonly params?: Problem['params']
  }[]
  readonly cells: Readonly<Record<string, JsonValue>>
}

/** A row with its errors, as it is told. */
export function failedRow({ number, cells }: Row, errors: readonly CellError[]): FailedRow {
  return {
    row: number,
    errors: errors.map(({ column, value, problem }) => ({
      column,
      value,
      code: problem.code,
      reason: problem.message,
      ...(problem.hint ? { hint: problem.hint } : {}),
      ...(problem.params ? { params: problem.params } : {}),
    })),
    cells: { ...cells },
  }
}

/** Columns in front of the file's own; prefixed when the file has a column of that name. */
export const errorColumns = ['row', 'column', 'value', 'reason'] as const

/** The header of the error file. */
export function errorHeader(columns: readonly string[]): string {
  const names = errorColumns.map((name) => (columns.includes(name) ? `import_${name}` : name))
  return csvLine([...names, ...columns])
}

/** A line of the error file. Several wrong cells of one row stand in one line. `csv`: the cells are guarded already. */
export function errorLine({ row, errors, cells }: FailedRow, columns: readonly string[], csv: boolean): string {
  const join = (texts: readonly string[]) => texts.join('; ')
  const original = columns.map((name) => {
    const cell = cells[name] ?? ''
    if (typeof cell !== 'string') return JSON.stringify(cell)
    return csv ? unguard(cell) : cell
  })
  return csvLine([
    row,
    join(errors.map(({ column }) => column)),
    join(errors.map(({ value }) => value)),
    join(errors.map(sentence)),
    ...original,
  ])
}

function sentence({ reason, hint }: { readonly reason: string; readonly hint?: string }): string {
  return hint ? `${reason}. ${hint}` : reason
}

/** Whether the columns are those of an error file that comes back. */
export function isErrorFile(columns: readonly string[]): boolean {
  const rest = columns.slice(errorColumns.length)
  return errorColumns.every(
    (name, place) => columns[place] === name || (columns[place] === `import_${name}` && rest.includes(name)),
  )
}
