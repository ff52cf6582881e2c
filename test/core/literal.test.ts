// How long a written number may be: what the product of several fields comes to is read again out of a page token, and a number
// that would only cost time is refused.
import { expect, test } from 'vitest'
import { Problem } from '@peyvand/core/base/problem.ts'
import { readLiteral } from '@peyvand/core/expression/literal.ts'

const product = '1524157875323883675049535154061880834031397657515622619.752934004187501905210000'

test.each<[string, boolean]>([
  [product, true],
  [`-${product}`, true],
  ['9'.repeat(1_000), true],
  ['9'.repeat(1_001), false],
  [`0.${'9'.repeat(1_000)}`, false],
  ['1e60', true],
  ['1e61', false],
  ['1e-61', false],
])('%s as a decimal: %s', (written, isRead) => {
  const read = readLiteral('decimal', written)
  if (isRead) expect(read).toBe(written)
  else expect(read).toBeInstanceOf(Problem)
})
