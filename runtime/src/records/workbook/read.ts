// Reads a sheet of a workbook (.xlsx) row by row, with those that continue it. Formulas are never worked out: their stored result is read. Dates are told
// by the format of their cells and come as text, numbers as numbers, everything else as text. Holds the texts that cells share,
// up to a limit, and one row; knows neither fields nor mappings.
import type { Readable } from 'node:stream'
import type { JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import sax, { type QualifiedTag, type SAXParser, type Tag } from 'sax'
import { damaged, openArchive, type Archive } from './archive.ts'
import { continuedIn } from './continued.ts'
import { dateText, showsDate } from './serial.ts'
import { columnPlace, textIn } from './text.ts'

/** A row of a sheet. `number` is the one the spreadsheet shows; in sheets that continue another one, rows are counted on. */
export interface SheetRow {
  readonly number: number
  readonly record: JsonValue[]
}

export interface Sheet {
  readonly name: string
  /** The names of all sheets of the workbook. */
  readonly sheets: readonly string[]
  /** Rows with something in them. */
  readonly rows: AsyncGenerator<SheetRow>
}

/** unit: bytes unpacked */
const [mostSheet, mostShared, mostSmall] = [4 * 1024 ** 3, 192 * 1024 ** 2, 8 * 1024 ** 2]
/** unit: characters of the texts that cells share, which are held */
const mostText = 48 * 1024 ** 2
/** unit: characters of one row */
const longestRow = 1_000_000

/** Opens a sheet, the first that is shown when none is named. throws: Problem. */
export async function openSheet(bytes: AsyncIterable<Uint8Array>, wanted: string | undefined): Promise<Sheet> {
  const archive = await openArchive(bytes)
  try {
    const book = await bookOf(archive)
    const sheet = pick(book.sheets, wanted)
    const cells: Cells = {
      shared: await sharedTexts(archive),
      dates: await dateStyles(archive),
      from1904: book.from1904,
    }
    const parts = [sheet, ...continuing(book, sheet)]
    return { name: sheet.name, sheets: book.sheets.map(({ name }) => name), rows: rowsOf(archive, parts, cells) }
  } catch (error) {
    await archive.close()
    throw error
  }
}

interface NamedSheet {
  readonly name: string
  readonly hidden: boolean
  readonly part: string
}

function pick(sheets: readonly NamedSheet[], wanted: string | undefined): NamedSheet {
  const names = sheets.map(({ name }) => name)
  const found =
    wanted === undefined
      ? (sheets.find(({ hidden }) => !hidden) ?? sheets[0])
      : sheets.find(({ name }) => name.trim().toLowerCase() === wanted.trim().toLowerCase())
  if (found) return found
  if (wanted === undefined) throw damaged()
  throw new Problem('request.unknown', {
    detail: `The workbook has no sheet "${wanted.slice(0, 100)}".`,
    target: 'sheet',
    hint: suggest(wanted, names) ?? `It has: ${names.join(', ')}`,
  })
}

/** The sheets that continue one, where it is the first of such. */
function continuing({ sheets, continued }: Workbook, first: NamedSheet): NamedSheet[] {
  const named = (place: number) => sheets.find(({ name }) => name === continued.get(place))
  if (named(1) !== first) return []
  const places = [...continued.keys()].filter((place) => place > 1).toSorted((a, b) => a - b)
  return places.flatMap((place) => named(place) ?? [])
}

interface Heard {
  readonly open?: (name: string, attribute: (name: string) => string | undefined) => void
  readonly text?: (text: string) => void
  readonly close?: (name: string) => void
}

/** Reads XML as it comes. Declarations of types, by which a small file could become a large text, are refused. */
async function* heard<T>(stream: Readable, listener: Heard, take: () => T[]): AsyncGenerator<T[]> {
  const xml = sax.parser(true, { trim: false, position: false })
  const refuse = (): never => {
    throw damaged()
  }
  const text = (piece: string): void => listener.text?.(piece)
  const ears: Partial<SAXParser> = {
    onopentag: (tag: Tag | QualifiedTag) =>
      listener.open?.(local(tag.name), (name) => tag.attributes[name] as string | undefined),
    ontext: text,
    oncdata: text,
    onclosetag: (name) => listener.close?.(local(name)),
    ondoctype: refuse,
    onerror: refuse,
  }
  Object.assign(xml, ears)
  stream.setEncoding('utf8')
  for await (const chunk of stream) {
    xml.write(chunk as string)
    const taken = take()
    if (taken.length > 0) yield taken
  }
  xml.close()
  yield take()
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1)

async function listenTo(archive: Archive, part: string, most: number, listener: Heard): Promise<void> {
  const pieces = heard(await archive.read(part, most), listener, () => [])
  for (let next = await pieces.next(); !next.done; next = await pieces.next());
}

interface Workbook {
  readonly sheets: readonly NamedSheet[]
  readonly from1904: boolean
  /** Names of sheets that continue one another, by their places. */
  readonly continued: ReadonlyMap<number, string>
}

async function bookOf(archive: Archive): Promise<Workbook> {
  const targets = new Map<string, string>()
  await listenTo(archive, 'xl/_rels/workbook.xml.rels', mostSmall, {
    open: (name, attribute) => {
      if (name !== 'Relationship') return
      const target = attribute('Target') ?? ''
      targets.set(attribute('Id') ?? '', target.startsWith('/') ? target.slice(1) : `xl/${target}`)
    },
  })
  const sheets: NamedSheet[] = []
  const continued = new Map<number, string>()
  let from1904 = false
  let [named, said] = ['', '']
  await listenTo(archive, 'xl/workbook.xml', mostSmall, {
    open: (name, attribute) => {
      // A name of one sheet alone came by copying it.
      if (name === 'definedName')
        [named, said] = [attribute('localSheetId') === undefined ? (attribute('name') ?? '') : '', '']
      if (name === 'workbookPr') from1904 = /^(1|true)$/.test(attribute('date1904') ?? '')
      if (name !== 'sheet') return
      const part = targets.get(attribute('r:id') ?? '') ?? ''
      const hidden = (attribute('state') ?? 'visible') !== 'visible'
      if (archive.has(part)) sheets.push({ name: textIn(attribute('name') ?? ''), hidden, part })
    },
    text: (text) => {
      if (named !== '') said += text
    },
    close: (name) => {
      const found = name === 'definedName' ? continuedIn(named, textIn(said)) : undefined
      if (found !== undefined) continued.set(...found)
      if (name === 'definedName') named = ''
    },
  })
  return { sheets, from1904, continued }
}

/** The texts that cells share; runs of one text are put together, readings of signs left out. */
async function sharedTexts(archive: Archive): Promise<string[]> {
  const part = 'xl/sharedStrings.xml'
  if (!archive.has(part)) return []
  const texts: string[] = []
  let [now, within, aside, length] = ['', false, false, 0]
  await listenTo(archive, part, mostShared, {
    open: (name) => {
      if (name === 'si') now = ''
      else if (name === 'rPh') aside = true
      else if (name === 't') within = !aside
    },
    text: (text) => {
      if (within) now += text
    },
    close: (name) => {
      if (name === 't') within = false
      else if (name === 'rPh') aside = false
      if (name !== 'si') return
      length += now.length
      if (length > mostText)
        throw new Problem('limit.size', {
          detail: `The workbook has more than ${mostText} characters of text`,
          target: 'file',
          hint: 'Save the sheet as CSV: that has no such limit',
        })
      texts.push(textIn(now))
    },
  })
  return texts
}

/** For each style of a cell, whether it shows a date. */
async function dateStyles(archive: Archive): Promise<boolean[]> {
  const part = 'xl/styles.xml'
  if (!archive.has(part)) return []
  const codes = new Map<number, string>()
  const dates: boolean[] = []
  let within = false
  await listenTo(archive, part, mostSmall, {
    open: (name, attribute) => {
      if (name === 'numFmt') codes.set(Number(attribute('numFmtId')), attribute('formatCode') ?? '')
      else if (name === 'cellXfs') within = true
      else if (name === 'xf' && within) {
        const id = Number(attribute('numFmtId') ?? 0)
        dates.push(showsDate(id, codes.get(id)))
      }
    },
    close: (name) => {
      if (name === 'cellXfs') within = false
    },
  })
  return dates
}

interface Cells {
  readonly shared: readonly string[]
  readonly dates: readonly boolean[]
  readonly from1904: boolean
}

/** The rows of a sheet and of those that continue it, of which the names of the columns are left out. */
async function* rowsOf(
  archive: Archive,
  [first, ...more]: readonly NamedSheet[],
  cells: Cells,
): AsyncGenerator<SheetRow> {
  let [head, last] = ['', 0]
  try {
    for await (const row of rowsIn(archive, first!, cells)) {
      if (last === 0) head = JSON.stringify(row.record)
      last = row.number
      yield row
    }
    for (const sheet of more) {
      let before: number | undefined
      for await (const { number, record } of rowsIn(archive, sheet, cells)) {
        if (before === undefined && JSON.stringify(record) !== head) throw unlike(sheet, first!)
        if (before !== undefined) yield { number: (last += number - before), record }
        before = number
      }
    }
  } finally {
    await archive.close()
  }
}

async function* rowsIn(archive: Archive, { part }: NamedSheet, cells: Cells): AsyncGenerator<SheetRow> {
  const stream = await archive.read(part, mostSheet)
  const reading = new SheetReading(cells)
  try {
    for await (const rows of heard(stream, reading, () => reading.take())) yield* rows
  } finally {
    stream.destroy()
  }
}

function unlike({ name }: NamedSheet, first: NamedSheet): Problem {
  return new Problem('request.malformed', {
    detail: `The sheet "${name}" continues "${first.name}" and has other columns.`,
    target: 'file',
    hint: 'Give both the same first row, or import them one by one, each saved as a file of its own',
  })
}

/** What is heard of a sheet, as rows. */
class SheetReading implements Heard {
  readonly #cells: Cells
  #rows: SheetRow[] = []
  #record: JsonValue[] = []
  #number = 0
  #place = 0
  #length = 0
  #type = 'n'
  #style = 0
  #text = ''
  #within = false
  #aside = false

  constructor(cells: Cells) {
    this.#cells = cells
  }

  /** The rows that came since the last time. */
  take(): SheetRow[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  readonly open = (name: string, attribute: (name: string) => string | undefined): void => {
    if (name === 'row') {
      this.#number = Number(attribute('r') ?? this.#number + 1)
      ;[this.#record, this.#place, this.#length] = [[], -1, 0]
    } else if (name === 'c') {
      this.#place = columnPlace(attribute('r') ?? '') ?? this.#place + 1
      this.#type = attribute('t') ?? 'n'
      this.#style = Number(attribute('s') ?? 0)
      this.#text = ''
    } else if (name === 'rPh') this.#aside = true
    else if (name === 'v' || name === 't') this.#within = !this.#aside
  }

  readonly text = (text: string): void => {
    if (!this.#within) return
    this.#text += text
    this.#length += text.length
    if (this.#length > longestRow)
      throw new Problem('limit.size', {
        detail: `Row ${this.#number} is longer than ${longestRow} characters`,
        target: 'file',
      })
  }

  readonly close = (name: string): void => {
    if (name === 'v' || name === 't') this.#within = false
    else if (name === 'rPh') this.#aside = false
    else if (name === 'c') this.#put(this.#value())
    else if (name === 'row' && this.#record.length > 0) this.#rows.push({ number: this.#number, record: this.#record })
  }

  #put(value: JsonValue): void {
    if (value === '') return
    while (this.#record.length < this.#place) this.#record.push('')
    this.#record[this.#place] = value
  }

  #value(): JsonValue {
    const { shared, dates, from1904 } = this.#cells
    const text = this.#text
    if (this.#type === 's') return shared[Number(text)] ?? ''
    if (this.#type === 'b') return text === '' ? '' : text === '1' || text === 'true'
    if (this.#type !== 'n' || text.trim() === '') return textIn(text)
    const number = Number(text)
    if (!Number.isFinite(number)) return text
    if (dates[this.#style] === true) return dateText(number, from1904) ?? number
    // Spreadsheets show fifteen digits; what a double has beyond them nobody wrote.
    return Number(number.toPrecision(15))
  }
}
