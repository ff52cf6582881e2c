// Numbers as people write them: grouping, decimal comma or point, localized digits, currency signs, accounting brackets.
import { decimalText } from '@peyvand/core/base/decimal.ts'
import { latinDigits } from '@peyvand/core/base/digits.ts'

export type DecimalMark = '.' | ','

/**
 * A number in plain spelling ("-1234.5") from a cell, or undefined when the cell is no number with that decimal mark.
 * law: a grouping mark stands between full groups only, so that "12,34" is never read as 1234.
 */
export function readNumber(cell: string, decimal: DecimalMark = '.'): string | undefined {
  let text = latinDigits(cell)
    .replace(/[\p{Sc}\p{Cf}]|^[A-Z]{3}\s|\s[A-Z]{3}$/gu, '')
    .trim()
    .replace(/^([+-])\s+/, '$1')
  text = text
    .replace(/\u066b/g, decimal)
    .replace(/[\u066c'’\s]/g, '_')
    .replace(/\u2212/g, '-')
  const brackets = /^\((.*)\)$/.exec(text)
  if (brackets) text = `-${brackets[1]}`
  text = decimal === ',' ? text.replace(/\./g, '_').replace(',', '.') : text.replace(/,/g, '_')
  const parts = /^([+-]?)(\d*|\d{1,3}(?:_\d{3})+|\d{1,2}(?:_\d{2})*_\d{3})(\.\d*)?(e[+-]?\d{1,3})?$/i.exec(text)
  if (!parts || !/\d/.test(`${parts[2]}${parts[3] ?? ''}`)) return undefined
  const [, sign, whole, fraction = '', exponent = ''] = parts
  return decimalText(`${sign}${whole!.replaceAll('_', '') || '0'}${fraction}${exponent}`)
}

/** The decimal mark of a column, when its cells make sense with one mark only. */
export function detectDecimal(cells: Iterable<string>): DecimalMark | undefined {
  let points = 0
  let commas = 0
  for (const cell of cells) {
    const [point, comma] = [readNumber(cell, '.') !== undefined, readNumber(cell, ',') !== undefined]
    if (point && !comma) points++
    if (comma && !point) commas++
  }
  return commas === points ? undefined : commas > points ? ',' : '.'
}

/** A plain number times a whole number, with every digit kept. */
export function multiply(plain: string, factor: number): string {
  const [whole = '0', fraction = ''] = plain.replace('-', '').split('.')
  const digits = (BigInt(whole + fraction) * BigInt(Math.abs(factor))).toString().padStart(fraction.length + 1, '0')
  const cut = digits.length - fraction.length
  const sign = plain.startsWith('-') !== factor < 0 ? '-' : ''
  return decimalText(`${sign}${digits.slice(0, cut)}.${digits.slice(cut)}`)!
}
