// Exact decimals on BigInt, with the same results as PostgreSQL's numeric: no digit is lost between form, filter and table.
// Division is ours on both sides: ten digits, cut off (numeric's own scale rule cannot be reproduced).

/** digits × 10^-scale. */
export interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

export const divisionScale = 10
const pattern = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/

/** Reads "-12.50", "1e3", or undefined when it is not a number. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = pattern.exec(text)
  if (!match || (match[2] === '' && !match[3])) return undefined
  const [, sign, whole, fraction = '', exponent = '0'] = match
  const digits = BigInt(`${whole}${fraction}` || '0') * (sign === '-' ? -1n : 1n)
  const scale = fraction.length - Number(exponent)
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale }
}

/** Plain text without exponent and without trailing zeros: "12.5". */
export function printDecimal(value: Decimal): string {
  const negative = value.digits < 0n
  const text = (negative ? -value.digits : value.digits).toString().padStart(value.scale + 1, '0')
  const cut = text.length - value.scale
  const fraction = text.slice(cut).replace(/0+$/, '')
  const plain = fraction === '' ? text.slice(0, cut) : `${text.slice(0, cut)}.${fraction}`
  return negative && plain !== '0' ? `-${plain}` : plain
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const [x, y, scale] = align(a, b)
  return { digits: x + y, scale }
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale }
}

/** Quotient cut off after ten digits; undefined for division by zero. */
export function divideDecimals(a: Decimal, b: Decimal): Decimal | undefined {
  if (b.digits === 0n) return undefined
  const [x, y] = align(a, b)
  return { digits: (x * 10n ** BigInt(divisionScale)) / y, scale: divisionScale }
}

/** Whole quotient, cut off towards zero; undefined for division by zero. */
export function quotient(a: Decimal, b: Decimal): Decimal | undefined {
  if (b.digits === 0n) return undefined
  const [x, y] = align(a, b)
  return { digits: x / y, scale: 0 }
}

/** What division leaves, with the sign of the dividend; undefined for division by zero. */
export function remainder(a: Decimal, b: Decimal): Decimal | undefined {
  if (b.digits === 0n) return undefined
  const [x, y, scale] = align(a, b)
  return { digits: x % y, scale }
}

export function negate(value: Decimal): Decimal {
  return { digits: -value.digits, scale: value.scale }
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const [x, y] = align(a, b)
  return x < y ? -1 : x > y ? 1 : 0
}

/** To a whole number: half away from zero, down, or up. */
export function toWhole(value: Decimal, mode: 'round' | 'floor' | 'ceiling'): Decimal {
  const unit = 10n ** BigInt(value.scale)
  const cut = value.digits / unit
  const rest = value.digits % unit
  const sign = value.digits < 0n ? -1n : 1n
  if (mode === 'floor') return { digits: rest < 0n ? cut - 1n : cut, scale: 0 }
  if (mode === 'ceiling') return { digits: rest > 0n ? cut + 1n : cut, scale: 0 }
  return { digits: rest * sign * 2n >= unit ? cut + sign : cut, scale: 0 }
}

function align(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale)
  return [a.digits * 10n ** BigInt(scale - a.scale), b.digits * 10n ** BigInt(scale - b.scale), scale]
}
