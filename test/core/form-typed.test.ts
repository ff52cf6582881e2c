// What people type for dates, numbers and names, in their own digits, calendars and scripts, and what it becomes.
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  dateIn,
  isoOf,
  monthTitle,
  readDate,
  readTime,
  showDate,
  splitMoment,
  weekdays,
  weeksOf,
  type Reading,
} from '../../studio/src/kit/calendar.ts'
import { plainNumber, readNumber } from '../../studio/src/kit/typed.ts'
import { nameFor } from '../../studio/src/design/naming.ts'
import { fold } from '@peyvand/core/base/fold.ts'
import { fa } from '../../studio/src/texts/fa.ts'
import { ro } from '../../studio/src/texts/ro.ts'
import { ru } from '../../studio/src/texts/ru.ts'
import { th } from '../../studio/src/texts/th.ts'

const readings: Readonly<Record<string, Reading>> = {
  en: { calendar: 'gregory', locale: 'en-GB', timeZone: 'UTC' },
  fa: { calendar: 'persian', locale: 'fa-IR-u-ca-persian-nu-arabext', timeZone: 'Asia/Tehran' },
  ru: { calendar: 'gregory', locale: 'ru-RU', timeZone: 'UTC' },
  th: { calendar: 'buddhist', locale: 'th-TH-u-ca-buddhist', timeZone: 'Asia/Bangkok' },
  ro: { calendar: 'gregory', locale: 'ro-RO', timeZone: 'UTC' },
}

describe('dates as typed', () => {
  const rows: readonly [string, string, string | undefined][] = [
    ['en', '3 Dec 2026', '2026-12-03'],
    ['en', '03/12/2026', '2026-12-03'],
    ['en', '2026-12-03', '2026-12-03'],
    ['en', '20261203', '2026-12-03'],
    ['en', '31/02/2026', undefined],
    ['en', 'soon', undefined],
    ['en', '13/13/2026', undefined],
    ['fa', '۱۴۰۵/۰۹/۱۲', '2026-12-03'],
    ['fa', '1405/9/12', '2026-12-03'],
    ['fa', '٠٥/٩/١٢', '2026-12-03'],
    ['fa', '۱۲ آذر ۱۴۰۵', '2026-12-03'],
    ['fa', '2026-12-03', '2026-12-03'],
    ['fa', '1403/01/01', '2024-03-20'],
    ['fa', '1403/12/30', '2025-03-20'],
    ['fa', '1404/01/01', '2025-03-21'],
    ['fa', '1405/01/01', '2026-03-21'],
    ['fa', '1408/12/30', '2030-03-20'],
    ['fa', '1404/12/30', undefined],
    ['th', '3/12/2569', '2026-12-03'],
    ['th', '๓/๑๒/๒๕๖๙', '2026-12-03'],
    ['th', '29/2/2567', '2024-02-29'],
    ['th', '3/12/2026', '2026-12-03'],
    ['ru', '3.12.2026', '2026-12-03'],
    ['ru', '3 декабря 2026', '2026-12-03'],
    ['ro', '3 decembrie 2026', '2026-12-03'],
  ]
  test.each(rows)('%s: %s', (language, typed, iso) => expect(readDate(typed, readings[language]!)).toBe(iso))

  test.each(Object.entries(readings))('law in %s: what is shown can be typed again', (_language, reading) => {
    for (let day = 0; day < 800; day += 7) {
      const iso = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10)
      expect(readDate(showDate(iso, reading), reading)).toBe(iso)
    }
  })

  test('every day from 1300 to 1500 comes back from the Persian calendar', () => {
    for (let at = Date.UTC(1921, 2, 21); at < Date.UTC(2122, 2, 21); at += 86_400_000) {
      const iso = new Date(at).toISOString().slice(0, 10)
      if (isoOf(dateIn(iso, readings['fa']!)) !== iso) expect.fail(iso)
    }
  })
})

describe('times as typed', () => {
  test.each<[string, readonly [number, number] | undefined]>([
    ['9', [9, 0]],
    ['930', [9, 30]],
    ['0930', [9, 30]],
    ['9:30', [9, 30]],
    ['21.30', [21, 30]],
    ['09:30:59', [9, 30]],
    ['۱۴:۳۰', [14, 30]],
    ['9 pm', [21, 0]],
    ['12:05 a.m.', [0, 5]],
    ['', [0, 0]],
    ['25:00', undefined],
    ['9:75', undefined],
    ['14:30 pm', undefined],
    ['later', undefined],
    ['12345', undefined],
  ])('%s', (typed, clock) => expect(readTime(typed)).toEqual(clock))

  test.each<[string, readonly [string, string | undefined]]>([
    ['2026-12-03 14:30', ['2026-12-03', '14:30']],
    ['2026-12-03T14:30:00', ['2026-12-03', '14:30:00']],
    ['3 Dec 2026, 2:30 PM', ['3 Dec 2026', '2:30 PM']],
    ['۱۴۰۵/۰۹/۱۲ ۱۴:۳۰', ['1405/09/12', '14:30']],
    ['3 Dec 2026', ['3 Dec 2026', undefined]],
  ])('%s is a date and a time', (typed, parts) => expect(splitMoment(typed)).toEqual(parts))
})

describe('month grids', () => {
  test.each([
    ['en', 'December 2026'],
    ['fa', 'آذر ۱۴۰۵'],
    ['ru', 'декабрь 2026 г.'],
    ['th', 'ธันวาคม 2569'],
    ['ro', 'decembrie 2026'],
  ])('the title in %s is as it is said there: %s', (language, title) => {
    const reading = readings[language]!
    expect(monthTitle(dateIn('2026-12-03', reading), reading)).toBe(title)
  })

  test.each([
    ['fa', 'ش'],
    ['th', 'อา'],
    ['ru', 'П'],
    ['ro', 'L'],
    ['en', 'M'],
  ])('the week starts on the right day in %s', (language, first) => {
    expect(weekdays(dateIn('2026-12-03', readings[language]!), readings[language]!)[0]!.short).toBe(first)
  })
  test('Esfand has 30 days in a leap year only', () => {
    const days = (iso: string) =>
      weeksOf(dateIn(iso, readings['fa']!), readings['fa']!)
        .flat()
        .filter(({ outside }) => !outside).length
    expect([days('2025-03-01'), days('2026-03-01')]).toEqual([30, 29])
  })
})

describe('numbers as typed', () => {
  const rows: readonly [string, string, string][] = [
    ['en-GB', '1,234.5', '1234.5'],
    ['en-GB', '12,345', '12345'],
    ['fa-IR', '۱٬۲۳۴٬۵۶۷٫۸۹', '1234567.89'],
    ['fa-IR', '1234.5', '1234.5'],
    ['fa-IR', '٣٤', '34'],
    ['ro-RO', '1.234.567,89', '1234567.89'],
    ['ru-RU', '1\u00a0234\u202f567,5', '1234567.5'],
    ['ru-RU', '12,5', '12.5'],
    ['th-TH', '๑๒๓', '123'],
    ['en-GB', 'many', 'many'],
    ['en-GB', '−5', '-5'],
  ]
  test.each(rows)('%s: %s', (locale, typed, canonical) => expect(readNumber(typed, locale)).toBe(canonical))
  test.each([
    ['fa-IR-u-nu-arabext', '۱۲۳۴٫۵'],
    ['ro-RO', '1234,5'],
    ['en-GB', '1234.5'],
  ])('%s edits in its own digits', (locale, shown) => {
    expect(plainNumber('1234.5', locale)).toBe(shown)
    expect(readNumber(shown, locale)).toBe('1234.5')
  })
})

describe('names and folding', () => {
  test.each([
    ['Service visit', 'abc', 'abc_service_visit'],
    ['خودرو', 'abc', 'abc_khvdrv'],
    ['Договор', '', 'dogovor'],
    ['Școală nouă', '', 'scoala_noua'],
    ['ยานพาหนะ', 'abc', ''],
    ['2nd part!', '', 'nd_part'],
  ])('%s', (label, prefix, name) => {
    expect(nameFor(label, prefix)).toBe(name)
  })
  test.each([
    ['ميرود', 'می\u200cرود'],
    ['كتاب', 'کتاب'],
    ['۰۹۱۲', '0912'],
    ['ёлка', 'елка'],
    ['ȘCOALĂ', 'scoala'],
  ])('%s is found as %s', (a, b) => expect(fold(a)).toBe(fold(b)))
})

/** English is said in the chunks that need it; the other languages are one file each. */
const chunks = globSync('en*.ts', { cwd: join(import.meta.dirname, '../../studio/src/texts') })
const en: Record<string, unknown> = {}
for (const chunk of chunks)
  for (const texts of Object.values((await import(`../../studio/src/texts/${chunk}`)) as Record<string, object>))
    Object.assign(en, texts)

describe('texts', () => {
  test.each(Object.entries({ fa, ru, th, ro }))(
    '%s has every plural form its language needs, and every placeholder',
    (language, texts) => {
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories
      for (const [key, text] of Object.entries(texts)) {
        const source = JSON.stringify(en[key])
        expect(source, key).toBeDefined()
        if (typeof text !== 'string') expect(Object.keys(text).sort(), key).toEqual([...forms].sort())
        const wanted = new Set(source.match(/\{\w+\}/g) ?? [])
        for (const one of typeof text === 'string' ? [text] : Object.values(text))
          expect(new Set(one.match(/\{\w+\}/g) ?? []), key).toEqual(wanted)
      }
    },
  )
})
