// One sheet of a workbook as XML, row by row. Numbers, dates and truth are typed; text stays text, with its leading zeros, and one
// that a spreadsheet could take for a formula is marked so that it stays text when it is edited.
import { isDangerous } from '../import/guard.ts'
import { cutText } from './cut.ts'
import { serialOf } from './serial.ts'
import { columnName, xmlText } from './text.ts'

/** A cell; nothing is no cell at all. A number as text keeps its digits. */
export type Cell =
  | { readonly as: 'text' | 'number' | 'date' | 'moment'; readonly text: string }
  | { readonly as: 'truth'; readonly value: boolean }
  | undefined

/** Rows that come in pages, taken in other portions. */
export class Rows {
  readonly #pages: AsyncIterator<readonly (readonly Cell[])[]>
  #left: readonly (readonly Cell[])[] = []

  constructor(pages: AsyncIterable<readonly (readonly Cell[])[]>) {
    this.#pages = pages[Symbol.asyncIterator]()
  }

  /** Whether there are more. */
  async more(): Promise<boolean> {
    while (this.#left.length === 0) {
      const { value, done } = await this.#pages.next()
      if (done) return false
      this.#left = value
    }
    return true
  }

  /** The next ones of a page, at most so many; none at the end. */
  async take(most: number): Promise<readonly (readonly Cell[])[]> {
    if (most < 1 || !(await this.more())) return []
    const taken = this.#left.slice(0, most)
    this.#left = this.#left.slice(most)
    return taken
  }

  /** No more are wanted. */
  async end(): Promise<void> {
    await this.#pages.return?.()
  }
}

/** Where cells get their look: places in the styles of the workbook. */
const style = { head: 1, date: 2, moment: 3, quoted: 4 } as const

/** A sheet, with the rows that fit into it below the names of the columns. */
export async function* sheetXml(
  { head, mirrored, most }: { readonly head: readonly string[]; readonly mirrored: boolean; readonly most: number },
  rows: Rows,
): AsyncGenerator<string> {
  const view = `<sheetViews><sheetView workbookViewId="0"${mirrored ? ' rightToLeft="1"' : ''}><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`
  const names = head.map((_, place) => columnName(place))
  yield `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">${view}<sheetData>`
  yield rowXml(
    1,
    head.map((text) => ({ as: 'text', text })),
    names,
    style.head,
  )
  let row = 1
  for (;;) {
    const some = await rows.take(most - row)
    if (some.length === 0) break
    yield some.map((cells) => rowXml(++row, cells, names)).join('')
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
