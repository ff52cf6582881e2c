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

/** How whole numbers are shown and typed. */
export const wholeText: Required<Pick<FieldType, 'format' | 'fromText'>> = {
  format: (value, _field, { language }) =>
    value === null ? '' : numberFormat(language, { maximumFractionDigits: 0 }).format(valueText(value) as `${number}`),
  fromText: (text, field) => (text.trim() === '' ? null : whole(readTypedNumber(text), field)),
}
