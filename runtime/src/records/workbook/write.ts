// Writes a workbook (.xlsx) of one sheet, row by row, packed as it is written. Numbers, dates and truth are typed; text stays text,
// with its leading zeros, and one that a spreadsheet could take for a formula is marked so that it stays text when it is edited.
import { Readable } from 'node:stream'
import { Problem } from '@peyvand/core/base/problem.ts'
import { ZipFile } from 'yazl'
import { isDangerous } from '../import/guard.ts'
import { cutText } from './cut.ts'
import { serialOf } from './serial.ts'
import { columnName, xmlAttribute, xmlText } from './text.ts'

/** A cell; nothing is no cell at all. A number as text keeps its digits. */
export type Cell =
  | { readonly as: 'text' | 'number' | 'date' | 'moment'; readonly text: string }
  | { readonly as: 'truth'; readonly value: boolean }
  | undefined

/** What every spreadsheet can hold. unit: rows, columns */
const [mostRows, mostColumns] = [1_048_576, 16_384]
/** Places in `styles`. */
const style = { head: 1, date: 2, moment: 3, quoted: 4 } as const

const declared = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const parts = 'http://schemas.openxmlformats.org/package/2006'
const kind = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

const fixed: Readonly<Record<string, string>> = {
  '[Content_Types].xml': `<Types xmlns="${parts}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${kind}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="${kind}.styles+xml"/></Types>`,
  '_rels/.rels': `<Relationships xmlns="${parts}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${parts}/relationships"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
  'xl/styles.xml': `<styleSheet xmlns="${main}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/></cellXfs></styleSheet>`,
}

export interface Book {
  /** Name of the sheet. */
  readonly name: string
  readonly head: readonly string[]
  /** Right to left: the first column stands on the right. */
  readonly mirrored?: boolean
}

/** The workbook in pieces. throws: Problem when it has more than a spreadsheet can hold. */
export async function* writeBook(
  { name, head, mirrored = false }: Book,
  pages: AsyncIterable<readonly (readonly Cell[])[]>,
): AsyncGenerator<Uint8Array> {
  if (head.length > mostColumns) throw tooMuch(`${mostColumns} columns`)
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  const add = (text: string, path: string) => zip.addBuffer(Buffer.from(declared + text), path)
  for (const [path, text] of Object.entries(fixed)) add(text, path)
  add(
    `<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="${xmlAttribute(sheetName(name))}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/workbook.xml',
  )
  const sheet = Readable.from(sheetXml(head, mirrored, pages)).on('error', (error) => output.destroy(error))
  zip.addReadStream(sheet, 'xl/worksheets/sheet1.xml')
  zip.end()
  try {
    for await (const chunk of output) yield chunk as Buffer
  } finally {
    sheet.destroy()
  }
}

/** A name a sheet may have: no sign of a formula or a path, at most 31 characters. */
function sheetName(name: string): string {
  const plain = name.replace(/[\\/?*[\]:\s]+/g, ' ').replace(/^[\s'=+\-@]+|[\s']+$/g, '')
  return plain.slice(0, 31) || 'Sheet1'
}

async function* sheetXml(
  head: readonly string[],
  mirrored: boolean,
  pages: AsyncIterable<readonly (readonly Cell[])[]>,
): AsyncGenerator<string> {
  const view = `<sheetViews><sheetView workbookViewId="0"${mirrored ? ' rightToLeft="1"' : ''}><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`
  const names = head.map((_, place) => columnName(place))
  yield `${declared}<worksheet xmlns="${main}">${view}<sheetData>`
  yield rowXml(
    1,
    head.map((text) => ({ as: 'text', text })),
    names,
    style.head,
  )
  let row = 1
  for await (const page of pages) {
    if (row + page.length > mostRows) throw tooMuch(`${mostRows} rows`)
    yield page.map((cells) => rowXml(++row, cells, names)).join('')
  }
  yield '</sheetData></worksheet>'
}

function rowXml(row: number, cells: readonly Cell[], names: readonly string[], styled?: number): string {
  const inside = cells.map((cell, place) => (cell === undefined ? '' : cellXml(`${names[place]}${row}`, cell, styled)))
  return `<row r="${row}">${inside.join('')}</row>`
}

function cellXml(at: string, cell: NonNullable<Cell>, styled?: number): string {
  if (cell.as === 'truth') return `<c r="${at}" t="b"><v>${cell.value ? 1 : 0}</v></c>`
  const { as, text } = cell
  if (as === 'number' && isExact(text)) return `<c r="${at}"><v>${text}</v></c>`
  const serial = as === 'date' || as === 'moment' ? serialOf(text) : undefined
  if (serial !== undefined) return `<c r="${at}" s="${style[as as 'date' | 'moment']}"><v>${serial}</v></c>`
  const look = styled ?? (isDangerous(text) ? style.quoted : undefined)
  return `<c r="${at}" t="inlineStr"${look === undefined ? '' : ` s="${look}"`}><is><t xml:space="preserve">${xmlText(cutText(text))}</t></is></c>`
}

/** Whether a spreadsheet keeps every digit of a number: it has fifteen. */
function isExact(text: string): boolean {
  return text.replace(/^-?0*\.?0*|\.|e.*$/gi, '').length <= 15
}

function tooMuch(what: string): Problem {
  return new Problem('limit.size', { detail: `A workbook holds at most ${what}`, hint: 'Export it as CSV' })
}
