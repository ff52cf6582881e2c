// CSV as it is written: RFC 4180 quoting, and the guard against cells that a spreadsheet would run.
import { guard } from './import/guard.ts'

/** One line of CSV, with its line end. Text cells are guarded; numbers are written as they are. */
export function csvLine(cells: readonly (string | number | boolean | null | undefined)[], delimiter = ','): string {
  return `${cells.map((cell) => quote(typeof cell === 'string' ? guard(cell) : String(cell ?? ''), delimiter)).join(delimiter)}\r\n`
}

function quote(text: string, delimiter: string): string {
  const plain = !text.includes('"') && !text.includes(delimiter) && !/[\r\n]|^\s|\s$/.test(text)
  return plain ? text : `"${text.replaceAll('"', '""')}"`
}
