// Do the small pieces under the field types read what people write, keep every digit, and refuse what could hang a server?
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { compareDecimals, decimalText, wholeDigits, withScale } from '@peyvand/core/base/decimal.ts'
import { latinDigits, latinNumber } from '@peyvand/core/base/digits.ts'
import { closest } from '@peyvand/core/base/name.ts'
import { sortByNeed } from '@peyvand/core/base/order.ts'
import { patternProblem } from '@peyvand/core/base/pattern.ts'
import { within } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { quoteName, quoteText } from '@peyvand/core/base/sql.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import { numberScope, printNumber } from '@peyvand/core/types/autonumber/type.ts'
import { readTypedNumber } from '@peyvand/core/types/number.ts'
import { typeOf } from '@peyvand/core/types/index.ts'

describe('numbers as written', () => {
  it.each([
    ['۱۲۳', '123'],
    ['٤٥٦', '456'],
    ['๗๘๙', '789'],
    ['１２', '12'],
    ['abc', 'abc'],
    ['', ''],
  ])('digits of %s', (text, expected) => expect(latinDigits(text)).toBe(expected))

  it.each([
    ['۱۲٬۳۴۵٫۶', '12,345.6'],
    ['−5', '-5'],
    ['\u200e-5\u200f ', '-5'],
  ])('number of %s', (text, expected) => expect(latinNumber(text)).toBe(expected))

  it.each([
    ['1,234.50', '1234.5'],
    ['1 234 567', '1234567'],
    ['1\u00a0234,', undefined],
    ['$5,227,100.00', '5227100'],
    ['€ 12', '12'],
    ["1'000", '1000'],
    ['۱٬۲۳۴٫۵', '1234.5'],
    ['12,50', undefined],
    ['1,23,456', undefined],
    ['1.234.567', undefined],
    ['1,234 567', undefined],
    ['-1,000', '-1000'],
    ['', undefined],
    ['1e3', '1000'],
  ])('typed %s is %s', (text, expected) => expect(readTypedNumber(text)).toBe(expected))
})

describe('decimals', () => {
  it.each([
    [0.1 + 0.2, '0.30000000000000004'],
    [1e21, '1000000000000000000000'],
    [1e-7, '0.0000001'],
    ['-0.00', '0'],
    ['007.50', '7.5'],
    ['1.5e3', '1500'],
    ['1.5e-3', '0.0015'],
    ['.5', undefined],
    ['5.', '5'],
    ['1e9999', undefined],
    ['0x1', undefined],
    ['1_000', undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ])('%s is %s', (value, expected) => expect(decimalText(value)).toBe(expected))

  it('keep the number and its order', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        fc.nat(12),
        (a, b, scale) => {
          const text = (n: bigint): string => {
            const digits = (n < 0n ? -n : n).toString().padStart(scale + 1, '0')
            const at = digits.length - scale
            return decimalText(
              `${n < 0n ? '-' : ''}${digits.slice(0, at)}${scale === 0 ? '' : `.${digits.slice(at)}`}`,
            )!
          }
          expect(Math.sign(compareDecimals(text(a), text(b)))).toBe(a < b ? -1 : a > b ? 1 : 0)
          expect(BigInt(withScale(text(a), scale)!.replace('.', ''))).toBe(a)
          expect(decimalText(text(a))).toBe(text(a))
          expect(wholeDigits(text(a))).toBeLessThanOrEqual(31)
        },
      ),
      { numRuns: Number(process.env['CASES'] ?? 2000) },
    )
  })
})

describe('patterns', () => {
  it.each([
    ['^[A-HJ-NPR-Z0-9]{17}$', 17],
    ['^[A-Z]+[0-9]+$', 200],
    ['^[^@ ]+@[^@ ]+\\.[a-z]{2,}$', 200],
    ['^(\\d{4}-){3}\\d{4}$', 19],
    ['^(red|green|blue)$', 20],
    ['^\\+?[0-9 ()-]{5,20}$', 40],
    ['^(?=.*\\d)[a-z\\d]{8,}$', 100],
    ['^\\[[^\\]]*\\]$', 4000],
    ['^a{2,3}?b*?$', 200],
  ])('%s may run', (pattern, longest) => expect(patternProblem(pattern, longest)).toBeUndefined())

  it.each([
    ['(a+)+$', 200, 'inside a repeat'],
    ['^((a*)b)*$', 200, 'inside a repeat'],
    ['^(a|a)*$', 200, 'repeated choice'],
    ['^((a|b)c)+$', 200, 'repeated choice'],
    ['^([a-z]{1,9}){33}$', 200, 'inside a repeat'],
    ['^(.)\\1$', 200, 'Back-references'],
    ['(?<x>a)\\k<x>', 200, 'Back-references'],
    ['^a*a*a*a*b$', 4000, 'very long'],
    ['.*.*=.*', 4000, 'very long'],
    ['[', 200, 'not a regular expression'],
    ['a'.repeat(201), 200, 'at most 200'],
  ])('%s is refused', (pattern, longest, why) => expect(patternProblem(pattern, longest)).toContain(why))

  it('what may run is done in good time on the worst texts', () => {
    for (const pattern of ['^[^@ ]+@[^@ ]+\\.[a-z]{2,}$', '^a*a*b$', '^(?=.*\\d)[a-z\\d]{8,}$', 'a*b']) {
      const longest = 4000
      if (patternProblem(pattern, longest) !== undefined) continue
      for (const text of ['a'.repeat(longest), 'a@'.repeat(longest / 2), 'a.'.repeat(longest / 2)]) {
        const started = performance.now()
        new RegExp(pattern, 'u').test(text)
        expect(performance.now() - started, pattern).toBeLessThan(2000)
      }
    }
  })
})

describe('automatic numbers', () => {
  const now = new Date('2026-03-07T10:00:00Z')
  it.each([
    ['INV-{yyyy}-{0000}', 7, 'INV-2026-0007'],
    ['{yy}{mm}{dd}-{000}', 12345, '260307-12345'],
    ['{0}', 1n, '1'],
  ])('%s prints %s as %s', (pattern, count, expected) =>
    expect(printNumber(numberScope(pattern, now), count)).toBe(expected),
  )

  it('count up within the dates they name', () => {
    expect(numberScope('INV-{yyyy}-{0000}', now)).toBe('INV-2026-{0000}')
    expect(numberScope('T-{0000}', now)).toBe('T-{0000}')
  })
})

describe('typed text', () => {
  const model = buildModel(
    [
      {
        kind: 'entity',
        name: 'x',
        fields: [
          { name: 'b', type: 'boolean', trueLabel: { fa: 'مشتری ویژه' } },
          { name: 'd', type: 'date' },
          { name: 't', type: 'datetime' },
          { name: 'i', type: 'integer' },
          { name: 'm', type: 'money' },
        ],
      },
    ] as Definition[],
    1,
  )
  const read = (name: string, text: string): unknown => {
    const field = model.entities.get('x')!.fields.find((one) => one.name === name)!
    const value = typeOf(field).fromText(text, field)
    return value instanceof Problem ? value.code : value
  }
  it.each([
    ['b', 'بله', true],
    ['b', 'Нет', false],
    ['b', 'YES', true],
    ['b', 'مشتری ویژه', true],
    ['b', '', null],
    ['b', 'perhaps', 'check.invalid'],
    ['d', '20130215', '2013-02-15'],
    ['d', '2013/02/15', '2013-02-15'],
    ['d', '2013-02-15T00:00:00Z', '2013-02-15'],
    ['d', ' ۲۰۱۳-۰۲-۱۵ ', '2013-02-15'],
    ['d', '15/02/2013', 'check.invalid'],
    ['d', '', null],
    ['t', '2013-02-15', '2013-02-15T00:00:00.000Z'],
    ['t', '2013-02-15 10:30', '2013-02-15T10:30:00.000Z'],
    ['t', '2013-02-15T10:30:00+03:30', '2013-02-15T07:00:00.000Z'],
    ['t', 'soon', 'check.invalid'],
    ['i', '1,200', '1200'],
    ['i', '1.5', 'check.invalid'],
    ['i', '۱۲', '12'],
    ['m', '$1,200.50', '1200.5'],
    ['m', 'free', 'check.invalid'],
  ] as const)('%s: %s is %s', (name, text, expected) => expect(read(name, text)).toBe(expected))

  it('formats in the calendar of the reader', () => {
    const show = (
      name: string,
      value: string,
      language: string,
      calendar: 'gregory' | 'persian' | 'buddhist',
    ): string => {
      const field = model.entities.get('x')!.fields.find((one) => one.name === name)!
      return typeOf(field).format(value, field, { language, calendar, timeZone: 'Asia/Tehran' })
    }
    expect(show('d', '2026-03-21', 'fa', 'persian')).toContain('۱۴۰۵')
    expect(show('d', '2026-03-21', 'th', 'buddhist')).toContain('2569')
    expect(show('t', '2026-03-20T21:00:00.000Z', 'en', 'gregory')).toContain('Mar 21, 2026')
    expect(show('d', '2026-03-21', 'not a language!', 'gregory')).toBe('Mar 21, 2026')
  })

  it('shows money in its currency when the record has one', () => {
    const field = model.entities.get('x')!.fields.find((one) => one.name === 'm')!
    const show = (language: string, currency: unknown): string =>
      typeOf(field).format(
        '1250.5',
        field,
        { language, calendar: 'gregory', timeZone: 'UTC' },
        { m_currency: currency },
      )
    expect(show('en', 'EUR')).toBe('€1,250.50')
    expect(show('en', 'JPY')).toBe('¥1,251')
    expect(show('en', '<b>')).toBe('1,250.50')
  })
})

describe('names and quoting', () => {
  it.each([
    ['nmae', 'name'],
    ['Name', 'name'],
    ['acount', 'account'],
    ['xyz', undefined],
  ])('%s is close to %s', (written, expected) => expect(closest(written, ['name', 'account', 'amount'])).toBe(expected))

  it('quotes names and constants', () => {
    expect(quoteName('a"b')).toBe('"a""b"')
    expect(quoteText("it's")).toBe("'it''s'")
    expect(quoteText(String.raw`a\b'`)).toBe(String.raw`E'a\\b'''`)
    for (const bad of ['', 'a\u0000', 'x'.repeat(64)]) expect(() => quoteName(bad)).toThrow(TypeError)
    expect(() => quoteText('\u0000')).toThrow(TypeError)
  })

  it('puts what is needed first, and finds circles', () => {
    const needs: Record<string, string[]> = { c: ['b'], b: ['a'], a: [], x: ['y'], y: ['x'] }
    expect(
      sortByNeed(
        ['c', 'b', 'a'],
        (one) => one,
        (one) => needs[one]!,
      ),
    ).toEqual({ order: ['a', 'b', 'c'], cycle: [] })
    expect(
      sortByNeed(
        ['x', 'y'],
        (one) => one,
        (one) => needs[one]!,
      ).cycle,
    ).toEqual(['x', 'y'])
  })

  it('moves a problem into a larger document with all it carries', () => {
    const inner = new Problem('check.invalid', {
      pointer: '/a',
      hint: 'h',
      problems: [new Problem('check.invalid', { pointer: '/b' })],
    })
    expect(within('/x', inner)).toMatchObject({ pointer: '/x/a', hint: 'h', problems: [{ pointer: '/x/b' }] })
  })
})
