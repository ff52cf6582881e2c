// Laws of formatted text: what was made harmless stays as it is, holds nothing but the allow-list in proper nesting, and no
// input takes long.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSafeLink, sanitizeHtml, textOfHtml } from '@peyvand/core/base/html.ts'
import { law } from '../support/law.ts'

const piece = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '<p>',
      '</p>',
      '<b>',
      '</b>',
      '<ul><li>',
      '<li>',
      '</ul>',
      '<table><tr><td>',
      '<td>',
      '<tr>',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '<script>',
      '</script>',
      '<style>',
      '<svg>',
      '</svg>',
      '<math>',
      '<img src=x onerror=alert(1)>',
      '<a href="',
      '<a href=javascript:alert(1)>',
      "<a href='https://x'>",
      '<p dir="rtl" onclick="x">',
      '<!--',
      '-->',
      '<!doctype>',
      '<?x',
      '<textarea>',
      '<template>',
      '<noscript>',
      '<p title="',
      '<p\n',
      '</',
      '<',
      '>',
      '"',
      "'",
      '=',
      '/',
      '&lt;',
      '&amp;',
      '&#x6a;',
      '&colon;',
      '&',
      ';',
      '\u0000',
      '\ud800',
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
)
const anything = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''))

const tag =
  /<(?:br|hr|\/?(?:p|h[1-4]|strong|em|u|s|sub|sup|ul|ol|li|blockquote|pre|code|table|thead|tbody|tr|th|td)(?: dir="(?:ltr|rtl|auto)")?|\/a|a(?: href="[^"<>]*" rel="noopener noreferrer")?)>/g

test('sanitize ∘ sanitize = sanitize, and only the allow-list is left, nested properly', async () => {
  await law(
    'html',
    fc.property(anything, (written) => {
      const clean = sanitizeHtml(written)
      expect(sanitizeHtml(clean), written).toBe(clean)
      expect(clean.replace(tag, ''), written).not.toMatch(/[<>]/)
      const open: string[] = []
      for (const [, slash, name] of clean.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
        if (name === 'br' || name === 'hr') continue
        if (slash === '') open.push(name!)
        else expect(open.pop(), clean).toBe(name)
      }
      expect(open, clean).toEqual([])
      for (const [, address] of clean.matchAll(/<a href="([^"]*)"/g))
        expect(isSafeLink(address!.replaceAll('&amp;', '&').replaceAll('&lt;', '<')), address).toBe(true)
      expect(textOfHtml(clean)).toBe(textOfHtml(sanitizeHtml(clean)))
    }),
  )
})

test.each([
  ['many openings', '<a '.repeat(30_000)],
  ['many quotes', `<a ${'"'.repeat(99_999)}`],
  ['quotes in openings', '<a "'.repeat(25_000)],
  ['mixed quotes', `<a "<a '`.repeat(12_000)],
  ['a long attribute name', `<p ${'a'.repeat(99_000)}>`],
  ['many attributes', `<a ${'a=b '.repeat(25_000)}>`],
  ['blanks before no equals sign', `<a x${' '.repeat(99_000)}y>`],
  ['many scripts', '<script>'.repeat(12_000)],
  ['many comments', '<!--'.repeat(25_000)],
  ['deep nesting', '<ul><li>'.repeat(12_000)],
  ['many references', '&#x41'.repeat(20_000)],
])('%s is read at once', (_title, written) => {
  const start = performance.now()
  const clean = sanitizeHtml(written)
  textOfHtml(clean)
  expect(performance.now() - start).toBeLessThan(1500)
})
