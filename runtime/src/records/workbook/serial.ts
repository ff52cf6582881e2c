// Days as workbooks count them: a number of days since the end of 1899, with the day's time as its fraction. Days before March
// 1900 are counted wrongly by every spreadsheet, and are never written as numbers here. Both counts of days are read.

const day = 86_400_000
const epoch = Date.UTC(1899, 11, 30)
/** Workbooks of old Macs begin in 1904. unit: days */
const later = 1_462
const first = Date.UTC(1900, 2, 1)
const last = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** The serial number of a date or a moment in UTC; undefined when no spreadsheet can have it. */
export function serialOf(text: string): number | undefined {
  const time = Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text)
  return Number.isNaN(time) || time < first || time > last ? undefined : (time - epoch) / day
}

/** A serial number as text: a date, a time of day, or both; undefined when it is no day. */
export function dateText(serial: number, from1904: boolean): string | undefined {
  const days = from1904 ? serial + later : serial
  const time = Math.round(days * day) + epoch
  if (!(days >= 0) || time > last) return undefined
  const iso = new Date(time).toISOString()
  const clock = iso.slice(11, 23).replace(/\.000$/, '')
  if (days < 1) return clock
  return clock === '00:00:00' ? iso.slice(0, 10) : `${iso.slice(0, 10)}T${clock}`
}

/** The formats every workbook has that show a date or a time. */
const builtin = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 30, 36, 45, 46, 47, 50, 57])

/** Whether a number format shows a date or a time. `code`: the workbook's own, where it has one. */
export function showsDate(id: number, code: string | undefined): boolean {
  if (code === undefined) return builtin.has(id)
  const bare = code.replace(/"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '')
  return /[dmyhs]/i.test(bare.replace(/general/gi, '')) && !/[#?]/.test(bare)
}
