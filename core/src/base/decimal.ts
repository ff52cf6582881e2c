// Decimal numbers as text, so that no digit is lost. Decides the canonical form, exact comparison and
// exact products; no other arithmetic.

const form = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/

/**
 * The canonical text of a number: no plus, no leading zeros, no exponent, no trailing zeros after the point, no "-0".
 * Undefined when the text is not a number. shape: "-12.5". Numbers keep the shortest text that reads back as the same number.
 */
export function decimalText(value: string | number): string | undefined {
  if (typeof value === 'number') {
    const text = String(value)
    // Unless it is very large or small, a number prints in this very form, and minus nothing as nothing.
    return plain.test(text) ? text : canonical(text)
  }
  return canonical(value)
}

const plain = /^-?\d+(?:\.\d+)?$/

function canonical(text: string): string | undefined {
  const match = form.exec(text)
  if (!match) return undefined
  const [, sign, whole, fraction = '', exponent = '0'] = match
  const shift = Number(exponent)
  const digits = whole! + fraction
  const point = whole!.length + shift
  const padded = point < 0 ? '0'.repeat(-point) + digits : digits.padEnd(point, '0')
  const at = Math.max(0, point)
  const left = padded.slice(0, at).replace(/^0+/, '') || '0'
  const right = padded.slice(at).replace(/0+$/, '')
  const found = right === '' ? left : `${left}.${right}`
  return sign === '-' && found !== '0' ? `-${found}` : found
}

/** The canonical text with exactly `scale` digits after the point; undefined when that would cut a digit. */
export function withScale(text: string, scale: number): string | undefined {
  const [whole, fraction = ''] = text.split('.')
  if (fraction.length > scale) return undefined
  return scale === 0 ? whole! : `${whole}.${fraction.padEnd(scale, '0')}`
}

/** Digits before the point of a canonical text. */
export function wholeDigits(text: string): number {
  const whole = text.replace('-', '').split('.')[0]!
  return whole === '0' ? 0 : whole.length
}

/** Exact order of two canonical texts: negative, zero or positive. */
export function compareDecimals(a: string, b: string): number {
  // Short whole numbers, which most are, are exact as they are.
  if (a.length < 16 && b.length < 16 && !a.includes('.') && !b.includes('.')) return Math.sign(Number(a) - Number(b))
  const [left, right] = [a.split('.')[1]?.length ?? 0, b.split('.')[1]?.length ?? 0]
  const scale = Math.max(left, right)
  const [x, y] = [scaled(a, scale), scaled(b, scale)]
  return x < y ? -1 : x > y ? 1 : 0
}

function scaled(text: string, scale: number): bigint {
  const [whole, fraction = ''] = text.split('.')
  return BigInt(whole! + fraction.padEnd(scale, '0'))
}

/** The exact product of two canonical texts, rounded half away from zero to `scale` digits after the point. */
export function multiplyDecimals(a: string, b: string, scale: number): string {
  const digits = (text: string) => text.split('.')[1]?.length ?? 0
  const product = scaled(a, digits(a)) * scaled(b, digits(b))
  const shift = digits(a) + digits(b) - scale
  const cut = 10n ** BigInt(Math.max(shift, 0))
  const half = product < 0n ? -(cut / 2n) : cut / 2n
  const rounded = shift > 0 ? (product + half) / cut : product * 10n ** BigInt(-shift)
  const text = (rounded < 0n ? -rounded : rounded).toString().padStart(scale + 1, '0')
  const point = text.length - scale
  return decimalText(`${rounded < 0n ? '-' : ''}${text.slice(0, point)}${scale > 0 ? `.${text.slice(point)}` : ''}`)!
}
