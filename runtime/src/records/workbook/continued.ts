// Tables with more rows than a sheet holds: they go on in further sheets of the same columns. Which sheets those are is said by names
// of the workbook that stand for a cell of each: spreadsheets keep such names, also when somebody renames, moves or deletes a sheet.
// A sheet that somebody copied has no such name, and is not taken for more of the table.
import { xmlText } from './text.ts'

/** unit: characters of the name of a sheet */
const longestName = 31

/** The name of the sheet at a place: the first has that of the table. */
export function continuedName(name: string, place: number): string {
  if (place === 1) return name
  const mark = ` (${place})`
  return name.slice(0, longestName - mark.length).trimEnd() + mark
}

const prefix = 'peyvand_sheet_'

/** What the workbook says of sheets that continue one another; nothing for one. */
export function continuedXml(sheets: readonly string[]): string {
  if (sheets.length < 2) return ''
  const names = sheets.map((sheet, i) => {
    const cell = `'${sheet.replaceAll("'", "''")}'!$A$1`
    return `<definedName name="${prefix}${i + 1}" hidden="1">${xmlText(cell)}</definedName>`
  })
  return `<definedNames>${names.join('')}</definedNames>`
}

/** The sheet that a name of the workbook puts at a place; undefined when it is no such name, or the sheet is gone. */
export function continuedIn(name: string, cell: string): readonly [place: number, sheet: string] | undefined {
  const place = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : 0
  const [, quoted, plain] = /^(?:'((?:[^']|'')+)'|([^'!]+))!\$A\$1$/.exec(cell) ?? []
  const sheet = quoted?.replaceAll("''", "'") ?? plain
  return Number.isSafeInteger(place) && place > 0 && sheet !== undefined ? [place, sheet] : undefined
}
