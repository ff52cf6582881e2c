// Writes a workbook (.xlsx) row by row, packed as it is written. What is more than a sheet holds goes on in a further one with the
// same columns (continued.ts), so the parts that say which sheets there are come last.
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { Problem } from '@peyvand/core/base/problem.ts'
import { ZipFile } from 'yazl'
import { continuedName, continuedXml } from './continued.ts'
import { Rows, sheetXml, type Cell } from './sheet.ts'
import { xmlAttribute } from './text.ts'

/** What every spreadsheet can hold. unit: rows of a sheet with that of the names, columns */
const [mostRows, mostColumns] = [1_048_576, 16_384]

const declared = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const parts = 'http://schemas.openxmlformats.org/package/2006'
const kind = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

const styles = `<styleSheet xmlns="${main}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/></cellXfs></styleSheet>`

export interface Book {
  /** Name of the sheet. */
  readonly name: string
  readonly head: readonly string[]
  /** Right to left: the first column stands on the right. */
  readonly mirrored?: boolean
}

/** The workbook in pieces. `most`: rows of a sheet, that of the names among them. throws: Problem when it has too many columns. */
export async function* writeBook(
  { name, head, mirrored = false }: Book,
  pages: AsyncIterable<readonly (readonly Cell[])[]>,
  most = mostRows,
): AsyncGenerator<Uint8Array> {
  if (head.length > mostColumns)
    throw new Problem('limit.size', {
      detail: `A workbook holds at most ${mostColumns} columns`,
      hint: 'Export it as CSV',
    })
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  const rows = new Rows(pages)
  let writing: Readable | undefined
  const sheet = () => (writing = Readable.from(sheetXml({ head, mirrored, most }, rows)))
  const filled = fill(zip, sheetName(name), sheet, () => rows.more()).catch((error: unknown) =>
    output.destroy(error as Error),
  )
  try {
    for await (const chunk of output) yield chunk as Buffer
  } finally {
    // Whoever reads no further wants no more rows.
    writing?.destroy()
    await rows.end()
    await filled
  }
}

/** Adds sheets as long as there are rows, and then all else. */
async function fill(zip: ZipFile, name: string, sheet: () => Readable, more: () => Promise<boolean>): Promise<void> {
  const names: string[] = []
  do {
    names.push(continuedName(name, names.length + 1))
    const rows = sheet()
    zip.addReadStream(rows, `xl/worksheets/sheet${names.length}.xml`)
    await finished(rows)
  } while (await more())
  for (const [path, text] of Object.entries(aroundSheets(names))) zip.addBuffer(Buffer.from(declared + text), path)
  zip.end()
}

/** The parts beside the sheets. */
function aroundSheets(names: readonly string[]): Readonly<Record<string, string>> {
  const each = (write: (place: number, name: string) => string) => names.map((name, i) => write(i + 1, name)).join('')
  const types = each(
    (place) => `<Override PartName="/xl/worksheets/sheet${place}.xml" ContentType="${kind}.worksheet+xml"/>`,
  )
  const links = each(
    (place) => `<Relationship Id="rId${place}" Type="${office}/worksheet" Target="worksheets/sheet${place}.xml"/>`,
  )
  const sheets = each((place, name) => `<sheet name="${xmlAttribute(name)}" sheetId="${place}" r:id="rId${place}"/>`)
  return {
    'xl/styles.xml': styles,
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${office}"><sheets>${sheets}</sheets>${continuedXml(names)}</workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${parts}/relationships">${links}<Relationship Id="rId${names.length + 1}" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
    '_rels/.rels': `<Relationships xmlns="${parts}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    '[Content_Types].xml': `<Types xmlns="${parts}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${kind}.sheet.main+xml"/>${types}<Override PartName="/xl/styles.xml" ContentType="${kind}.styles+xml"/></Types>`,
  }
}

/** A name a sheet may have: no sign of a formula or a path, at most 31 characters. */
function sheetName(name: string): string {
  const plain = name.replace(/[\\/?*[\]:\s]+/g, ' ').replace(/^[\s'=+\-@]+|[\s']+$/g, '')
  return plain.slice(0, 31) || 'Sheet1'
}
