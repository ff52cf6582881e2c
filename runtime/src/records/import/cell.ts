// From the cells of one row to the body of one record, as the data service would be sent it. Lookups stay open: their
// texts are handed on to be looked up for many rows at once. Finds every mistake of a row.
import { plainText, type JsonValue } from '@peyvand/core/base/json.ts'
import { closest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { isCut } from '../workbook/cut.ts'
import { fold, type Assignment } from './assign.ts'
import { readDate } from './dates.ts'
import { unguard } from './guard.ts'
import { multiply, readNumber } from './numbers.ts'
import type { FileFormat, Row } from './rows.ts'

/** A lookup of one row that still waits for its record. */
export interface Wanted {
  readonly assignment: Assignment
  readonly text: string
}

/** What is wrong with one cell. */
export interface CellError {
  readonly column: string
  readonly value: string
  readonly problem: Problem
}

export interface ReadRow {
  readonly row: Row
  readonly body: Record<string, JsonValue>
  readonly wanted: readonly Wanted[]
  readonly errors: readonly CellError[]
}

/** Reads one row: formula guards are taken off CSV, numbers in a workbook may stand for text. */
export function readRow(row: Row, assignments: readonly Assignment[], format: FileFormat): ReadRow {
  const csv = format === 'csv'
  const body: Record<string, JsonValue> = {}
  const wanted: Wanted[] = []
  const errors: CellError[] = []
  for (const assignment of assignments) {
    const picked = pickCell(row, assignment, csv)
    const cell = format === 'xlsx' ? asText(picked, assignment) : picked
    const read = cell === undefined ? undefined : readCell(cell, assignment)
    if (read instanceof Problem) errors.push({ column: columnOf(assignment), value: plainText(cell), problem: read })
    else if (read !== undefined && assignment.match && read !== null) wanted.push({ assignment, text: plainText(read) })
    else if (read !== undefined) setValue(body, assignment, read)
  }
  return { row, body, wanted, errors }
}

/** A number in a workbook is what people write for a code or a year, too: where no number is wanted, it is text. */
function asText(cell: JsonValue | undefined, { kind, options }: Assignment): JsonValue | undefined {
  const typed = kind === 'integer' || kind === 'decimal' || kind === 'float'
  return (typeof cell === 'number' && (!typed || options)) || (typeof cell === 'boolean' && kind !== 'boolean')
    ? String(cell)
    : cell
}

/** Puts a value (for a lookup: the record's id) into a body. */
export function setValue(body: Record<string, JsonValue>, { property, match }: Assignment, value: JsonValue): void {
  body[property] = value
  if (match?.navigation.typeColumn !== undefined)
    body[match.navigation.typeColumn] = value === null ? null : match.target.name
}

/** The column an error is reported at. */
export function columnOf({ source }: Assignment): string {
  return source.column ?? source.field
}

/** The cell with its substitution or default; undefined when the field is left alone. */
function pickCell(row: Row, { source, field }: Assignment, csv: boolean): JsonValue | undefined {
  let cell: JsonValue | undefined = source.value
  if (source.column !== undefined) cell = row.cells[source.column]
  if (source.template !== undefined) cell = fill(source.template, row, csv)
  if (typeof cell === 'string') {
    if (csv && source.column !== undefined) cell = unguard(cell)
    const substitute = source.values?.[cell] ?? source.values?.[cell.trim()]
    if (substitute !== undefined) cell = substitute
  }
  if (cell !== undefined && cell !== null && !(typeof cell === 'string' && cell.trim() === '')) return cell
  if (source.default !== undefined) return source.default
  const leave = source.skipEmpty === true || field.default !== undefined || typeOf(field).generated === true
  return leave ? undefined : null
}

function fill(template: string, row: Row, csv: boolean): string {
  const text = template.replace(/\{([^{}]+)\}/g, (_, column: string) => {
    const cell = plainText(row.cells[column] ?? '')
    return csv ? unguard(cell) : cell
  })
  return text.replace(/\s+/g, ' ').trim()
}

function readCell(cell: JsonValue, assignment: Assignment): JsonValue | Problem {
  if (typeof cell === 'string' && isCut(cell))
    return new Problem('check.invalid', {
      detail: `"${assignment.field.name}" holds only the first part of a text that was too long for a workbook`,
      params: { rule: 'cut' },
      hint: 'Take the whole text from an export as CSV or JSON',
    })
  if (cell === null)
    return assignment.field.required
      ? new Problem('check.required', {
          detail: `"${assignment.field.name}" must have a value`,
          params: { rule: 'required' },
        })
      : null
  if (assignment.match) return typeof cell === 'string' ? cell.trim() : cell
  if (assignment.options) return readChoices(cell, assignment, assignment.options)
  if (typeof cell !== 'string')
    return assignment.source.factor !== undefined && typeof cell === 'number'
      ? multiply(String(cell), assignment.source.factor)
      : cell
  const text = readText(cell, assignment)
  if (text instanceof Problem || assignment.property !== assignment.field.name) return text
  return typeOf(assignment.field).fromText(text, assignment.field)
}

/** One option, or several where the field holds a list. */
function readChoices(
  cell: JsonValue,
  { field }: Assignment,
  options: ReadonlyMap<string, string>,
): JsonValue | Problem {
  const type = typeOf(field)
  if (type.columns(field)[0]!.kind !== 'texts') {
    const chosen = readChoice(cell, options, field.name)
    if (typeof chosen === 'string' || type.open !== true) return chosen
    const own = type.fromText(plainText(cell), field)
    return own instanceof Problem ? chosen : own
  }
  const parts = typeof cell === 'string' ? type.fromText(cell, field) : cell
  if (!Array.isArray(parts)) return parts
  const values = parts.map((part) => readChoice(part, options, field.name))
  return values.find((value) => value instanceof Problem) ?? (values as string[])
}

function readChoice(cell: JsonValue, options: ReadonlyMap<string, string>, field: string): string | Problem {
  const written = plainText(cell)
  const value = options.get(fold(written))
  if (value !== undefined) return value
  const near = closest(fold(written), options.keys())
  return new Problem('check.invalid', {
    detail: `"${written}" is no option of "${field}"`,
    params: { rule: 'option' },
    hint: near === undefined ? undefined : `Did you mean "${options.get(near)}"?`,
  })
}

/** Dates and numbers in the plain spelling that field types read; other text as it is. */
function readText(cell: string, { kind, dates, timeZone, decimal, source, field }: Assignment): string | Problem {
  if (kind === 'date' || kind === 'datetime') {
    const style = dates ?? { format: 'iso', calendar: 'gregory' as const }
    const how = style.calendar === 'gregory' ? style.format : `${style.format}, ${style.calendar} calendar`
    return (
      readDate(cell, kind, style, typeOf(field).wallTime ? 'UTC' : timeZone) ??
      new Problem('check.invalid', { detail: `"${cell}" is no date (${how})`, params: { rule: kind } })
    )
  }
  if (kind !== 'decimal' && kind !== 'integer' && kind !== 'float') return cell
  const number = readNumber(cell, decimal) ?? ownNumber(cell, field)
  if (number === undefined)
    return new Problem('check.invalid', {
      detail: `"${cell}" is no number (decimal mark "${decimal ?? '.'}")`,
      params: { rule: 'number' },
    })
  return source.factor === undefined ? number : multiply(number, source.factor)
}

/** What the field's type makes of a number in a spelling of its own, like "12.5 %" or "4/5". */
function ownNumber(cell: string, field: Assignment['field']): string | undefined {
  const read = typeOf(field).fromText(cell, field)
  return typeof read === 'string' || typeof read === 'number' ? String(read) : undefined
}
