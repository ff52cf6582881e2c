// A file as rows with named cells, whatever it is: CSV, TSV, JSON or a sheet of a workbook, in any encoding, with any delimiter.
// Streams; only the first bytes and the first rows are held, because what the file is like is found out from them.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { plainText, type JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { CsvError, parse, type Info } from 'csv-parse'
import { openSheet } from '../workbook/read.ts'
import { detectDelimiter } from './delimiter.ts'
import { decodeText, detectEncoding } from './encoding.ts'
import { readJson } from './json.ts'

/** One record of the file. `number` is the row a spreadsheet shows (the header is row 1), or the place in a JSON list. */
export interface Row {
  readonly number: number
  readonly cells: Readonly<Record<string, JsonValue>>
  /** Set when the row has cells beyond the header's columns. */
  readonly excess?: number
}

export type FileFormat = 'csv' | 'json' | 'xlsx'

export interface TableSettings {
  /** Found out when absent. */
  readonly format?: FileFormat
  readonly encoding?: string
  readonly delimiter?: string
  /** Sheet of a workbook; the first when absent. */
  readonly sheet?: string
}

export interface Table {
  readonly format: FileFormat
  readonly encoding: string
  readonly delimiter?: string
  /** The sheet that is read, and the names of all. */
  readonly sheet?: string
  readonly sheets?: readonly string[]
  readonly columns: readonly string[]
  /** The first rows (at most 500), from which formats are found out. They come again in `rows`. */
  readonly sample: readonly Row[]
  readonly rows: AsyncIterable<Row>
  /** Lets go of the file when its rows are not read to their end. */
  close(): Promise<void>
}

const headBytes = 262_144
const sampleRows = 500
/** unit: characters of one row; a quote that is never closed would otherwise swallow the file. */
const longestRow = 1_000_000

/** Opens a file for reading. throws: Problem when it is empty, unreadable or has a header that cannot be used. */
export async function openTable(bytes: AsyncIterable<Uint8Array>, settings: TableSettings = {}): Promise<Table> {
  const { head, complete, all } = await peek(bytes)
  if (head.length === 0) throw new Problem('request.malformed', { detail: 'The file is empty.', target: 'file' })
  const kind = settings.format ?? kindOf(head)
  if (kind === 'xlsx') return openWorkbook(all, settings.sheet)
  const encoding = settings.encoding ?? detectEncoding(head)
  const text = new TextDecoder(encoding).decode(head, { stream: true })
  if (!encoding.startsWith('utf-') && text.includes('\0'))
    throw new Problem('request.unsupported', {
      detail: 'This file is neither text nor a workbook (.xlsx).',
      target: 'file',
      hint: 'Give a CSV, Excel (.xlsx) or JSON file',
    })
  const format = kind ?? (/^\s*[[{]/.test(text) ? 'json' : 'csv')
  const texts = decodeText(all, encoding)
  if (format === 'json') return withSample({ format, encoding }, jsonRows(texts))
  const delimiter = settings.delimiter ?? detectDelimiter(text, !complete)
  const lines = csvRows(texts, delimiter)
  // Spreadsheets may begin a file with a line `sep=;`, which they do not show as a row.
  const hidden = /^\uFEFF?sep=.\r?\n/.test(text) ? 1 : 0
  if (hidden > 0) await lines.next()
  const { value: header } = await lines.next()
  const columns = checkHeader(header?.record ?? [])
  return withSample({ format, encoding, delimiter, columns }, namedRows(lines, columns, hidden))
}

/** A format that shows in the first bytes. throws: Problem for the workbooks of old spreadsheets. */
function kindOf(head: Uint8Array): FileFormat | undefined {
  const begins = (bytes: readonly number[]) => bytes.every((byte, i) => head[i] === byte)
  if (begins([0xd0, 0xcf, 0x11, 0xe0]))
    throw new Problem('request.unsupported', {
      detail: 'This is a workbook of an old kind (.xls), or one that is locked with a password.',
      target: 'file',
      hint: 'Save it as .xlsx without a password, or as CSV',
    })
  return begins([0x50, 0x4b, 0x03, 0x04]) ? 'xlsx' : undefined
}

async function openWorkbook(bytes: AsyncIterable<Uint8Array>, wanted: string | undefined): Promise<Table> {
  const { name: sheet, sheets, rows } = await openSheet(bytes, wanted)
  try {
    const { value: header } = await rows.next()
    const columns = checkHeader((header?.record ?? []).map(plainText))
    return await withSample({ format: 'xlsx', encoding: 'utf-8', sheet, sheets, columns }, namedRows(rows, columns, 0))
  } catch (error) {
    await rows.return(undefined)
    throw error
  }
}

/** The first bytes, and all bytes again from the start. */
async function peek(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ head: Uint8Array; complete: boolean; all: AsyncIterable<Uint8Array> }> {
  const source = bytes[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  let length = 0
  let complete = false
  while (length < headBytes && !complete) {
    const { value, done } = await source.next()
    if (done) complete = true
    else {
      chunks.push(value)
      length += value.length
    }
  }
  return { head: Buffer.concat(chunks), complete, all: replay(chunks, source) }
}

/** What was taken already, then the rest. */
async function* replay<T>(taken: readonly T[], rest: AsyncIterator<T>): AsyncGenerator<T> {
  try {
    yield* taken
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

async function withSample(
  table: Pick<Table, 'format' | 'encoding' | 'delimiter' | 'sheet' | 'sheets'> & { columns?: readonly string[] },
  rows: AsyncGenerator<Row>,
): Promise<Table> {
  const sample: Row[] = []
  while (sample.length < sampleRows) {
    const { value, done } = await rows.next()
    if (done) break
    sample.push(value)
  }
  const columns = table.columns ?? [...new Set(sample.flatMap((row) => Object.keys(row.cells)))]
  return {
    ...table,
    columns,
    sample,
    rows: replay(sample, rows),
    close: async () => void (await rows.return(undefined)),
  }
}

interface Line {
  readonly record: JsonValue[]
  readonly number: number
}

async function* csvRows(
  texts: AsyncIterable<string>,
  delimiter: string,
): AsyncGenerator<{ record: string[]; number: number }> {
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: longestRow,
  })
  const pumped = pipeline(Readable.from(texts), parser)
  pumped.catch(() => {})
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      yield { record, number: info.records + info.empty_lines }
    }
    await pumped
  } catch (error) {
    throw csvProblem(error)
  } finally {
    parser.destroy()
  }
}

function csvProblem(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error
  const { code, message, lines } = error as CsvError & { readonly lines?: number }
  const detail =
    code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE'
      ? 'A cell that begins with a quote is never closed.'
      : message
  return new Problem('request.malformed', {
    detail: lines ? `${detail} Look near line ${lines}.` : detail,
    target: 'file',
  })
}

function checkHeader(record: readonly string[]): string[] {
  const columns = record.map((cell) => cell.trim())
  while (columns.at(-1) === '') columns.pop()
  if (columns.length === 0)
    throw new Problem('request.malformed', { detail: 'The first row has no column names.', target: 'file' })
  const unnamed = columns.indexOf('')
  if (unnamed >= 0)
    throw new Problem('request.malformed', {
      detail: `Column ${unnamed + 1} of the file has no name in the first row.`,
      target: 'file',
    })
  const twice = columns.find((name, place) => columns.indexOf(name) !== place)
  if (twice !== undefined)
    throw new Problem('request.malformed', { detail: `Two columns of the file are called "${twice}".`, target: 'file' })
  return columns
}

async function* namedRows(lines: AsyncIterable<Line>, columns: readonly string[], hidden: number): AsyncGenerator<Row> {
  for await (const { record, number: line } of lines) {
    const number = line - hidden
    const cells: Record<string, JsonValue> = Object.create(null)
    columns.forEach((name, place) => {
      cells[name] = record[place] ?? ''
    })
    const excess = record.slice(columns.length).filter((cell) => cell !== '').length
    yield excess > 0 ? { number, cells, excess } : { number, cells }
  }
}

async function* jsonRows(texts: AsyncIterable<string>): AsyncGenerator<Row> {
  let number = 0
  for await (const record of readJson(texts))
    yield { number: ++number, cells: Object.assign(Object.create(null), record) }
}
