// A number the server gives a new record, by a pattern like INV-{yyyy}-{0000}. Here: what a pattern means and how a number
// is printed; the counter itself is a row that the write path counts up.
import { valueText } from '../../base/kind.ts'
import type { Problem } from '../../base/problem.ts'
import type { Field } from '../../model/model.ts'
import { textToText, unchanged } from '../casts.ts'
import { longest, refuseStored } from '../text/type.ts'
import { numberMasks } from '../mask.ts'
import type { FieldType, Parsed } from '../type.ts'
import { refuse, settingProblem } from '../value.ts'

export interface AutonumberField extends Field {
  readonly pattern?: string
}

const token = /\{([^{}]*)\}/g
const limit = 100

/** The pattern of a field; a plain four-digit number when it gives none. */
export function patternOf(field: AutonumberField): string {
  return field.pattern ?? '{0000}'
}

/**
 * The pattern with the date filled in and the counter left open: `INV-2026-{0000}`. Numbers count up within one scope, so
 * a pattern with the year starts again each year.
 */
export function numberScope(pattern: string, now: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const year = String(now.getUTCFullYear()).padStart(4, '0')
  const parts: Readonly<Record<string, string>> = {
    yyyy: year,
    yy: year.slice(-2),
    mm: two(now.getUTCMonth() + 1),
    dd: two(now.getUTCDate()),
  }
  return pattern.replace(token, (written, name: string) => parts[name] ?? written)
}

/** The finished number: scope and count to text. Longer counts than the zeros say keep all their digits. */
export function printNumber(scope: string, count: number | bigint): string {
  return scope.replace(token, (_, zeros: string) => String(count).padStart(zeros.length, '0'))
}

export const type: FieldType<AutonumberField> = {
  name: 'autonumber',
  label: { en: 'Automatic number', fa: 'شمارهٔ خودکار', ru: 'Автономер', th: 'เลขอัตโนมัติ', ro: 'Număr automat' },
  group: 'text',
  icon: 'numbered-text',
  description: {
    en: 'Numbers that the system gives, like INV-2026-0001',
    fa: 'شماره‌ای که سامانه می‌دهد، مانند INV-2026-0001',
    ru: 'Номера, которые даёт система: INV-2026-0001',
    th: 'เลขที่ระบบออกให้ เช่น INV-2026-0001',
    ro: 'Numere date de sistem, ca INV-2026-0001',
  },
  settings: {
    properties: {
      pattern: {
        type: 'string',
        minLength: 1,
        maxLength: 60,
        description: 'Text with {0000} for the counter and {yyyy}, {yy}, {mm}, {dd} for the date.',
      },
    },
  },
  columns: () => [{ suffix: '', kind: 'text', sqlType: 'text', collation: 'C', edm: 'Edm.String' }],
  check(field) {
    const tokens = [...patternOf(field).matchAll(token)].map((match) => match[1]!)
    const unknown = tokens.find((name) => !/^(0+|yyyy|yy|mm|dd)$/.test(name))
    if (unknown !== undefined)
      return [
        settingProblem(
          'pattern',
          `{${unknown}} is not known in a number pattern`,
          'Use {0000}, {yyyy}, {yy}, {mm} or {dd}',
        ),
      ]
    const counters = tokens.filter((name) => /^0+$/.test(name)).length
    if (counters !== 1)
      return [settingProblem('pattern', 'A number pattern needs the counter exactly once', 'Like INV-{yyyy}-{0000}')]
    if (/[{}]/.test(patternOf(field).replace(token, '')))
      return [settingProblem('pattern', 'A brace in the pattern is not closed')]
    return []
  },
  parse(input, field): Parsed | Problem {
    const value = input['']
    if (value === undefined || value === null) return {}
    if (typeof value !== 'string' || value === '') return refuse(field, { rule: 'type', says: 'must be text' })
    return refuseStored(value, field, limit) ?? { '': value }
  },
  format: (value) => valueText(value),
  fromText: (text) => (text.trim() === '' ? null : text.trim()),
  operators: ['eq', 'startswith', 'contains', 'ne', 'in'],
  casts: { text: (_from, to) => textToText(longest(to)), autonumber: () => unchanged },
  masks: numberMasks,
  indexable: true,
  searched: () => true,
  generated: true,
  counter(field, now) {
    const scope = numberScope(patternOf(field), now)
    return { scope, print: (count) => printNumber(scope, count) }
  },
  indexBytes: () => limit * 4,
  schema: () => ({ type: 'string', maxLength: limit, description: 'Given by the server when absent' }),
}
