// Stars: a whole number from one to a most of three to ten. No stars is no value, not zero.
import { latinNumber } from '../../base/digits.ts'
import { numberFormat } from '../../base/intl.ts'
import type { Field } from '../../model/model.ts'
import { asText, numberToNumber, unchanged } from '../casts.ts'
import { anyMasks } from '../mask.ts'
import { readNumber } from '../number.ts'
import type { Cast, FieldType } from '../type.ts'
import { refuse, withoutValue } from '../value.ts'

export interface RatingField extends Field {
  readonly most?: number
}

/** How many stars there are. */
export function mostOf(field: Field): number {
  return (field['most'] as number | undefined) ?? 5
}

/** A cast of a whole number that must be within the stars. */
function toRating(to: Field, whole: (column: string) => string): Cast {
  return {
    risk: 'safe',
    using: (column) => `(${whole(column)})::smallint`,
    fails: (column) => `(${whole(column)} not between 1 and ${mostOf(to)})`,
  }
}

export const type: FieldType<RatingField> = {
  name: 'rating',
  label: { en: 'Rating', fa: 'امتیاز', ru: 'Оценка', th: 'คะแนน', ro: 'Notă' },
  group: 'number',
  icon: 'star',
  description: {
    en: 'One to five stars, or up to ten',
    fa: 'یک تا پنج ستاره، یا تا ده',
    ru: 'От одной до пяти звёзд или до десяти',
    th: 'หนึ่งถึงห้าดาว หรือถึงสิบ',
    ro: 'De la una la cinci stele sau până la zece',
  },
  settings: {
    properties: { most: { type: 'integer', minimum: 3, maximum: 10, description: 'How many stars; 5 by default.' } },
  },
  columns: () => [{ suffix: '', kind: 'integer', sqlType: 'smallint', edm: 'Edm.Byte' }],
  check: () => [],
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const text = readNumber(input['']!)
    const most = mostOf(field)
    if (text === undefined || !/^\d{1,2}$/.test(text) || Number(text) < 1 || Number(text) > most)
      return refuse(field, { rule: 'rating', says: `must be a whole number from 1 to ${most}`, limit: most })
    return { '': Number(text) }
  },
  format(value, field, { language }) {
    if (value === null) return ''
    const figure = numberFormat(language, {})
    return `${figure.format(Number(value))}/${figure.format(mostOf(field))}`
  },
  fromText(text, field) {
    const plain = latinNumber(text).trim()
    if (plain === '') return null
    const stars = /^[★⭐]+(?=[☆\s]*$)/u.exec(plain)
    if (stars) return stars[0].length
    const figure = /^(\d{1,2})(?:\s*\/\s*(\d{1,2}))?$/.exec(plain)
    const sameScale = figure?.[2] === undefined || Number(figure[2]) === mostOf(field)
    return figure && sameScale
      ? Number(figure[1])
      : refuse(field, { rule: 'rating', says: 'must be a number of stars', hint: `Like 4 or 4/${mostOf(field)}` })
  },
  operators: ['ge', 'le', 'eq', 'ne', 'gt', 'lt', 'in'],
  casts: {
    text: () => asText,
    integer: () => ({ risk: 'safe', using: (column) => `${column}::integer` }),
    decimal: (_from, to) => {
      const [precision, scale] = [(to['precision'] as number) ?? 18, (to['scale'] as number) ?? 2]
      return numberToNumber(`numeric(${precision},${scale})`, `1${'0'.repeat(precision - scale)}`, scale, 'safe')
    },
    // Whether fewer stars still hold what is stored is asked by the limits below.
    rating: () => unchanged,
  },
  castsFrom: {
    integer: (_from, to) => toRating(to, (column) => column),
    decimal: (_from, to) => ({ ...toRating(to, (column) => `round(${column})`), risk: 'lossy' }),
  },
  masks: anyMasks,
  limits: (field) => ({ measure: (column) => column, most: String(mostOf(field)) }),
  indexable: true,
  schema: (field) => ({ type: 'integer', minimum: 1, maximum: mostOf(field) }),
}
