// Days of the story: arithmetic on dates, working hours, and how busy each month is.
import type { Chance } from './random.ts'

const day = 86_400_000

/** The story's span of 18 months, in days. */
export const span = 548

/** The date a number of days after another. unit: whole days; shape: `2026-11-25`. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + Math.round(days) * day).toISOString().slice(0, 10)
}

/** Days from one date to another; negative when it lies before. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / day)
}

/** A moment of the working day on a date. shape: `2026-11-25T09:40:00.000Z`. */
export function atWork(date: string, luck: Chance): string {
  return `${date}T${String(luck.between(5, 14)).padStart(2, '0')}:${String(luck.between(0, 11) * 5).padStart(2, '0')}:00.000Z`
}

/** The same day, or the Monday after a weekend. */
export function workday(date: string): string {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay()
  return addDays(date, weekday === 6 ? 2 : weekday === 0 ? 1 : 0)
}

/** New deals of a month against an average one, January first: quiet summers and holidays, busy autumns. */
const season = [0.85, 0.95, 1.1, 0.95, 1, 1.1, 0.85, 0.8, 1.1, 1.15, 1.15, 0.9] as const

/** A working day of the story, likelier in busy months and, as the company grows, later ones. */
export function busyDay(start: string, luck: Chance): string {
  for (;;) {
    const days = luck.between(0, span - 1)
    const date = addDays(start, days)
    const busy = season[Number(date.slice(5, 7)) - 1]! * (0.75 + (0.5 * days) / span)
    if (luck.next() * 1.45 < busy) return date
  }
}
