// Literals: what a written value becomes for the kind it is compared with. The one place where text of a request turns into
// a value; both backends and the shape cache use it, so that a bad value is the same Problem everywhere.
import { readSpan, readTime } from '../base/clock.ts'
import type { Value, ValueKind } from '../base/kind.ts'
import { pointFromText, pointOf, type Point } from '../base/point.ts'
import { PolygonFault, polygonFromText } from '../base/polygon.ts'
import { Problem } from '../base/problem.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const day = /^(\d{4})-(\d{2})-(\d{2})$/
const moment = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,12}))?)?([Zz]|[+\- ]\d{2}:\d{2})?$/
const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }
/** Digits of a decimal: a page token carries the product of several fields, which has the digits of all of them. */
const maxDigits = 1_000
const maxExponent = 60

/** The value of a written literal in a kind, or what is wrong with it. */
export function readLiteral(kind: ValueKind, written: string | boolean): Value | Problem {
  if (typeof written === 'boolean') return kind === 'boolean' ? written : wrong('true or false', kind)
  switch (kind) {
    case 'text':
      return readText(written)
    case 'integer':
      return readInteger(written)
    case 'decimal':
      return readDecimal(written)
    case 'boolean':
      return written === 'true' ? true : written === 'false' ? false : wrong(written, kind, 'Write true or false')
    case 'date':
      return isDay(written) ? written : wrong(written, kind, 'Write a day like 2026-01-31')
    case 'datetime':
      return readMoment(written)
    case 'uuid':
      return uuid.test(written)
        ? written.toLowerCase()
        : wrong(written, kind, 'Write an id like 018f3c1e-0000-7000-8000-000000000000')
    case 'float':
      return readFloat(written)
    case 'time':
      return readTime(written) ?? wrong(written, kind, 'Write a time like 09:30:00')
    case 'duration':
      return readSpan(written) ?? wrong(written, kind, "Write a duration like duration'PT1H30M'")
    case 'point':
      return readPoint(written)
    case 'polygon':
      return readPolygon(written)
    case 'texts':
    case 'json':
      return wrong(written, kind)
  }
}

/** A text that PostgreSQL can hold. */
export function readText(written: string): string | Problem {
  if (written.includes('\0')) return new Problem('request.type', { detail: 'A text may not contain the character NUL' })
  if (!written.isWellFormed()) return new Problem('request.type', { detail: 'A text is not well-formed Unicode' })
  return written
}

function readInteger(written: string): string | Problem {
  if (!/^-?\d{1,19}$/.test(written)) return wrong(written, 'integer', 'Write a whole number')
  const value = BigInt(written)
  return value < int64.min || value > int64.max
    ? wrong(written, 'integer', 'The number is too large')
    : value.toString()
}

function readDecimal(written: string): string | Problem {
  const match = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(written)
  if (!match) return wrong(written, 'decimal', 'Write a number like 12.5')
  const digits = match[1]!.length + (match[2]?.length ?? 0)
  if (digits > maxDigits) return wrong(written, 'decimal', `A number may have at most ${maxDigits} digits`)
  return Math.abs(Number(match[3] ?? 0)) > maxExponent
    ? wrong(written, 'decimal', `An exponent may be at most ${maxExponent}`)
    : written
}

/** The shortest text of the double the literal means; PostgreSQL reads the same double from it. */
function readFloat(written: string): string | Problem {
  if (!/^-?(\d{1,60}(\.\d{0,60})?|\.\d{1,60})([eE][+-]?\d{1,4})?$/.test(written))
    return wrong(written, 'float', 'Write a number like 12.5')
  const value = Number(written)
  return Number.isFinite(value) ? String(value + 0) : wrong(written, 'float', 'The number is too large')
}

/** GeoJSON text of a point given as well-known text or as GeoJSON. */
function readPoint(written: string): string | Problem {
  const point = pointFromText(written) ?? pointOfJson(written)
  const other = /^(?:SRID=\d{1,9};)?\s*((?:Multi)?(?:Point|LineString|Polygon)|Collection)\s*\(/i.exec(written)?.[1]
  if (!point && other !== undefined && !/^point$/i.test(other))
    return new Problem('request.unsupported', { detail: `A place of the form ${other} is not supported` })
  return point ? JSON.stringify(point) : wrong(written, 'point', "Write a place like geography'POINT(51.4 35.7)'")
}

/** GeoJSON text of an area given as well-known text or as GeoJSON. */
function readPolygon(written: string): string | Problem {
  const area = polygonFromText(written)
  return area instanceof PolygonFault
    ? wrong(written, 'polygon', "Write an area like geography'POLYGON((51 35,52 35,52 36,51 35))'")
    : JSON.stringify(area)
}

/** The point in GeoJSON text; undefined when it is none. */
export function pointOfJson(text: string): Point | undefined {
  if (!text.startsWith('{') || text.length > 500) return undefined
  try {
    return pointOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

function isDay(written: string): boolean {
  const match = day.exec(written)
  if (!match || match[1] === '0000') return false
  const [, year, month, date] = match.map(Number) as [number, number, number, number]
  return (
    month >= 1 && month <= 12 && date >= 1 && date <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
  )
}

/** Canonical moment (UTC, milliseconds). A day alone is its first moment in UTC. */
function readMoment(written: string): string | Problem {
  const hint = 'Write a moment like 2026-01-31T09:30:00Z'
  if (isDay(written)) return `${written}T00:00:00.000Z`
  const match = moment.exec(written)
  if (!match || !isDay(match[1]!)) return wrong(written, 'datetime', hint)
  const [, date, hour, minute, second = '00', fraction = '', zone = 'Z'] = match
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return wrong(written, 'datetime', hint)
  if (/[1-9]/.test(fraction.slice(3))) return wrong(written, 'datetime', 'Moments are exact to the millisecond')
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : zone.replace(' ', '+')
  const time = Date.parse(`${date}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`)
  if (Number.isNaN(time)) return wrong(written, 'datetime', hint)
  const text = new Date(time).toISOString()
  return /^\d{4}-/.test(text) && !text.startsWith('0000')
    ? text
    : wrong(written, 'datetime', 'The year must be between 1 and 9999')
}

const kindNames: Readonly<Record<ValueKind, string>> = {
  text: 'a text',
  integer: 'a whole number',
  decimal: 'a number',
  boolean: 'a truth value',
  date: 'a day',
  datetime: 'a moment',
  uuid: 'an id',
  json: 'a JSON value',
  float: 'a number',
  time: 'a time of day',
  duration: 'a duration',
  texts: 'a list of texts',
  point: 'a place',
  polygon: 'an area',
}

/** "a whole number" for people. */
export function kindName(kind: ValueKind | 'null'): string {
  return kind === 'null' ? 'null' : kindNames[kind]
}

function wrong(written: string, kind: ValueKind, hint?: string): Problem {
  const shown = written.length > 60 ? `${written.slice(0, 60)}…` : written
  return new Problem('request.type', { detail: `"${shown.replaceAll('\0', '\\0')}" is not ${kindNames[kind]}`, hint })
}

/** The problem of a literal, with the place where it stands. */
export function placed(problem: Problem, place: { readonly target?: string; readonly position?: number }): Problem {
  return new Problem(problem.code, {
    detail: problem.message,
    hint: problem.hint,
    pointer: problem.pointer,
    target: problem.target ?? place.target,
    position: problem.position ?? place.position,
  })
}

/** The LIKE pattern that finds this very text; `before` and `after` say where more may stand. */
export function likePattern(text: string, before: boolean, after: boolean): string {
  const escaped = text.replace(/[\\%_]/g, '\\$&')
  return `${before ? '%' : ''}${escaped}${after ? '%' : ''}`
}
