// A colour, as #rrggbb in small letters. Other spellings are taken where they mean the same.
import { valueText } from '../../base/kind.ts'
import { asText } from '../casts.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { refuse, withoutValue } from '../value.ts'

/** "#1e90ff" from "#1E90FF", "1e90ff", "#1bf" or "rgb(30, 144, 255)"; undefined for what is no colour. */
export function readColor(text: string): string | undefined {
  const plain = text.trim().toLowerCase()
  const rgb = /^rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)$/.exec(plain)
  if (rgb) {
    const parts = rgb.slice(1).map(Number)
    return parts.some((part) => part > 255)
      ? undefined
      : `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`
  }
  const hex = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/.exec(plain)?.[1]
  if (hex === undefined) return undefined
  return `#${hex.length === 3 ? hex.replace(/./g, '$&$&') : hex}`
}

export const type: FieldType = {
  name: 'color',
  label: { en: 'Color', fa: 'رنگ', ru: 'Цвет', th: 'สี', ro: 'Culoare' },
  group: 'choice',
  icon: 'palette',
  description: {
    en: 'A colour like #1e90ff',
    fa: 'یک رنگ، مانند #1e90ff',
    ru: 'Цвет, например #1e90ff',
    th: 'สี เช่น #1e90ff',
    ro: 'O culoare precum #1e90ff',
  },
  settings: { properties: {} },
  columns: () => [{ suffix: '', kind: 'text', sqlType: 'text', collation: 'C', edm: 'Edm.String' }],
  check: () => [],
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']
    const color = typeof value === 'string' ? readColor(value) : undefined
    return color === undefined
      ? refuse(field, { rule: 'color', says: 'must be a colour', hint: 'Like #1e90ff' })
      : { '': color }
  },
  format: (value) => valueText(value),
  fromText: (text) => (text.trim() === '' ? null : text.trim()),
  operators: ['eq', 'ne', 'in'],
  casts: { text: () => asText, color: () => asText },
  castsFrom: {
    text: () => ({
      risk: 'lossy',
      using: (column) => `nullif('#' || lower(ltrim(btrim(${column}), '#')), '#')`,
      fails: (column) => `(btrim(${column}) <> '' and ${column} !~* '^\\s*#?[0-9a-f]{6}\\s*$')`,
    }),
  },
  masks: anyMasks,
  indexable: true,
  indexBytes: () => 8,
  schema: () => ({ type: 'string', pattern: '^#[0-9a-f]{6}$', examples: ['#1e90ff'] }),
}
