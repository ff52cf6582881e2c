// Times of day and lengths of time as text. Decides their canonical spellings, which are those that go over the wire;
// both are exact to the millisecond.
import { latinDigits } from './digits.ts'

const time = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,12}))?)?$/

/** A time of day as PostgreSQL writes it: "10:00:00", "10:00:00.5"; digits below the millisecond are cut. */
export function readTime(text: string): string | undefined {
  const match = time.exec(latinDigits(text))
  if (!match) return undefined
  const [, hour, minute, second = '00', fraction = ''] = match
  const rest = fraction.slice(0, 3).replace(/0+$/, '')
  return `${hour}:${minute}:${second}${rest === '' ? '' : `.${rest}`}`
}

const duration =
  /^P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12})(?:\.(\d{1,12}))?S)?)?$/

/** The longest length of time. unit: milliseconds. */
export const longestDuration = 999_999 * 86_400_000

/** The longest way between two moments of the years 1 to 9999, and a little more. unit: milliseconds. */
export const longestSpan = 3_660_000 * 86_400_000

/**
 * Milliseconds of an ISO 8601 duration; undefined for what is none. Years and months are refused, because they have no
 * fixed length; so are negative ones, because a length of time has no direction.
 */
export function durationOf(text: string): number | undefined {
  const total = text.startsWith('-') ? undefined : spanOf(text)
  return total !== undefined && total <= longestDuration ? total : undefined
}

/** Milliseconds from one moment to another, which may be the earlier one: "-P1D" is a day back. */
export function spanOf(text: string): number | undefined {
  if (text.startsWith('-')) {
    const back = spanForward(text.slice(1))
    return back === undefined ? undefined : 0 - back
  }
  return spanForward(text)
}

function spanForward(text: string): number | undefined {
  const match = duration.exec(text)
  if (!match || text === 'P') return undefined
  const [, weeks, days, hours, minutes, seconds, fraction = ''] = match
  const parts: readonly [string | undefined, number][] = [
    [weeks, 604_800_000],
    [days, 86_400_000],
    [hours, 3_600_000],
    [minutes, 60_000],
    [seconds, 1000],
  ]
  const whole = parts.reduce((sum, [count, unit]) => sum + Number(count ?? 0) * unit, 0)
  const total = whole + Number(fraction.slice(0, 3).padEnd(3, '0'))
  return total <= longestSpan ? total : undefined
}

/** Milliseconds → "P1DT2H30M1.5S", "-P1D"; nothing is "PT0S". law: spanOf(printDuration(n)) = n. */
export function printDuration(milliseconds: number): string {
  if (milliseconds < 0) return `-${printDuration(-milliseconds)}`
  const days = Math.floor(milliseconds / 86_400_000)
  const rest = milliseconds % 86_400_000
  const part = (count: number, unit: string): string => (count > 0 ? `${count}${unit}` : '')
  const clock =
    part(Math.floor(rest / 3_600_000), 'H') +
    part(Math.floor(rest / 60_000) % 60, 'M') +
    part((rest % 60_000) / 1000, 'S')
  if (days === 0 && clock === '') return 'PT0S'
  return `P${part(days, 'D')}${clock === '' ? '' : `T${clock}`}`
}

/** The canonical spelling of a duration, or undefined. */
export function readDuration(text: string): string | undefined {
  const milliseconds = durationOf(text)
  return milliseconds === undefined ? undefined : printDuration(milliseconds)
}

/** The canonical spelling of a duration that may go back, or undefined. */
export function readSpan(text: string): string | undefined {
  const milliseconds = spanOf(text)
  return milliseconds === undefined ? undefined : printDuration(milliseconds)
}
