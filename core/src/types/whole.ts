// Whole numbers, whatever their size: what is one, how it is typed, and how it is shown.
import { numberFormat } from '../base/intl.ts'
import { valueText } from '../base/kind.ts'
import type { Problem } from '../base/problem.ts'
import type { Field } from '../model/model.ts'
import { readTypedNumber } from './number.ts'
import type { FieldType } from './type.ts'
import { refuse } from './value.ts'

/** A number, as canonical text, that has no fraction, or the problem. */
export function whole(text: string | undefined, field: Field): string | Problem {
  return text === undefined || text.includes('.')
    ? refuse(field, { rule: 'integer', says: 'must be a whole number' })
    : text
}

/** The setting of whole numbers that count nothing: years, codes, numbers of other systems. */
export const groupingSetting = {
  type: 'boolean',
  default: true,
  description: 'false: shown without separators between groups of digits, as years and codes are.',
} as const

/** How whole numbers are shown and typed. */
export const wholeText: Required<Pick<FieldType, 'format' | 'fromText'>> = {
  format(value, field, { language }) {
    const shape = { maximumFractionDigits: 0, ...(field['grouping'] === false && { useGrouping: false }) }
    return value === null ? '' : numberFormat(language, shape).format(valueText(value) as `${number}`)
  },
  fromText: (text, field) => (text.trim() === '' ? null : whole(readTypedNumber(text), field)),
}
