// Markdown as people see it: what it says, and that nothing in it can run.
import { htmlOfMarkdown } from '@peyvand/core/base/markdown.ts'
import { sanitizeHtml } from '@peyvand/core/base/html.ts'
import { describe, expect, test } from 'vitest'

describe('what it says', () => {
  test.each([
    [
      '# Title\n\nA *soft* and **strong** word',
      '<h1>Title</h1>\n<p>A <em>soft</em> and <strong>strong</strong> word</p>\n',
    ],
    ['- one\n- two', '<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n'],
    ['- [x] done', '<ul>\n<li> done</li>\n</ul>\n'],
    ['`a < b`', '<p><code>a &lt; b</code></p>\n'],
    ['```sql\nselect 1\n```', '<pre><code>select 1\n</code></pre>\n'],
    ['|a|b|\n|-|-|\n|1|2|', null],
    ['line\nbreak', '<p>line<br>break</p>\n'],
    [
      '[سلام](https://example.com/?a=1&b=2)',
      '<p><a href="https://example.com/?a=1&amp;b=2" rel="noopener noreferrer">سلام</a></p>\n',
    ],
    ['', ''],
  ])('%j', (source, html) => {
    const written = htmlOfMarkdown(source)
    if (html === null) expect(written).toContain('<td>1</td>')
    else expect(written).toBe(html)
  })
})

describe('what is in it cannot run', () => {
  const attacks = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '![x](javascript:alert(1))',
    '![x](https://spy.example/pixel.png "t")',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt&colon;alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '[x](vbscript:x)',
    '[x](https://a.example" onmouseover="alert(1))',
    '<javascript:alert(1)>',
    '[x][y]\n\n[y]: javascript:alert(1) "t"',
    '<a href="javascript:alert(1)">x</a>',
    '<svg><script>alert(1)</script></svg>',
    '<iframe src="https://example.com"></iframe>',
    '```"><script>alert(1)</script>\nx\n```',
    '# <b onclick=alert(1)>x</b>',
    '<details open ontoggle=alert(1)>x</details>',
    '<style>*{display:none}</style>',
  ]
  test.each(attacks)('%s', (source) => {
    const written = htmlOfMarkdown(source)
    expect(written).not.toMatch(/<(?:script|img|svg|iframe|style|details)|<[^>]*\son\w+\s*=|(?:href|src)="(?!https:)/i)
    expect(sanitizeHtml(written)).toBe(written)
  })
})

test.each(['[', '*a _b ', '`', '> ', '![', '<a ', '|', '- '])('a long hostile text of %j is read in time', (part) => {
  const start = performance.now()
  const written = htmlOfMarkdown(part.repeat(3_000))
  expect(written).not.toBe('')
  expect(performance.now() - start).toBeLessThan(2_000)
})
