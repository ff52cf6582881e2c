// HTML that people write, made harmless: an allow-list of elements and attributes, re-written from scratch. What comes out is
// built only of our own tags with quoted, escaped attributes and escaped text, properly nested, so a browser cannot read it
// in another way than it was checked. No parser of browsers is needed, so it is the same on both sides. Unknown elements are
// dropped and their text kept; elements whose text is code or another language go with all they hold.

/** Elements that stay, by what they become. */
const elements: Readonly<Record<string, string>> = {
  p: 'p',
  div: 'p',
  br: 'br',
  hr: 'hr',
  h1: 'h1',
  h2: 'h2',
  h3: 'h3',
  h4: 'h4',
  h5: 'h4',
  h6: 'h4',
  strong: 'strong',
  b: 'strong',
  em: 'em',
  i: 'em',
  u: 'u',
  s: 's',
  del: 's',
  strike: 's',
  sub: 'sub',
  sup: 'sup',
  ul: 'ul',
  ol: 'ol',
  li: 'li',
  blockquote: 'blockquote',
  pre: 'pre',
  code: 'code',
  a: 'a',
  table: 'table',
  thead: 'thead',
  tbody: 'tbody',
  tr: 'tr',
  th: 'th',
  td: 'td',
}
const single = new Set(['br', 'hr'])
/** Elements that go with everything inside. */
const opaque = new Set([
  'script',
  'style',
  'title',
  'textarea',
  'iframe',
  'noscript',
  'noembed',
  'noframes',
  'template',
  'xmp',
  'plaintext',
  'svg',
  'math',
  'object',
  'embed',
  'applet',
  'select',
  'option',
  'head',
  'audio',
  'video',
  'canvas',
])
/** Elements that cannot stand in a paragraph: they end it. */
const blocks = new Set(['p', 'h1', 'h2', 'h3', 'h4', 'ul', 'ol', 'blockquote', 'pre', 'table', 'hr'])
const deepest = 50

interface Tag {
  readonly close: boolean
  readonly name: string
  readonly attributes: string
  readonly end: number
}

const tagForm = /<(\/?)([a-zA-Z][a-zA-Z0-9:-]*)((?:"[^"]*"|'[^']*'|[^'"<>])*)>/y

/** The harmless form of HTML. law: sanitizeHtml(sanitizeHtml(x)) = sanitizeHtml(x). */
export function sanitizeHtml(html: string): string {
  const out: string[] = []
  const open: string[] = []
  const closeTo = (depth: number): void => {
    while (open.length > depth) out.push(`</${open.pop()!}>`)
  }
  let at = 0
  while (at < html.length) {
    const next = html.indexOf('<', at)
    if (next !== at) {
      out.push(escapeText(html.slice(at, next < 0 ? html.length : next)))
      if (next < 0) break
    }
    const comment = commentEnd(html, next)
    if (comment !== undefined) {
      at = comment
      continue
    }
    const tag = tagAt(html, next)
    if (!tag) {
      out.push('&lt;')
      at = next + 1
      continue
    }
    at = !tag.close && opaque.has(tag.name) ? opaqueEnd(html, tag) : tag.end
    write(tag, out, open, closeTo)
  }
  closeTo(0)
  return out.join('')
}

function write(tag: Tag, out: string[], open: string[], closeTo: (depth: number) => void): void {
  const name = Object.hasOwn(elements, tag.name) ? elements[tag.name]! : undefined
  if (name === undefined) return
  if (tag.close) {
    const depth = open.lastIndexOf(name)
    if (depth >= 0) closeTo(depth)
    return
  }
  if (blocks.has(name)) {
    const paragraph = open.lastIndexOf('p')
    if (paragraph >= 0) closeTo(paragraph)
  }
  if (name === 'li' || name === 'tr' || name === 'td' || name === 'th') closeSame(name, open, closeTo)
  if (name === 'a' && open.includes('a')) closeTo(open.lastIndexOf('a'))
  if (single.has(name)) out.push(`<${name}>`)
  else if (open.length < deepest) {
    open.push(name)
    out.push(`<${name}${attributesOf(name, tag.attributes)}>`)
  }
}

/** An item or cell ends the one before it in the same list or table. */
function closeSame(name: string, open: string[], closeTo: (depth: number) => void): void {
  const within = name === 'li' ? ['ul', 'ol'] : name === 'tr' ? ['table', 'thead', 'tbody'] : ['tr', 'table']
  const outer = Math.max(...within.map((one) => open.lastIndexOf(one)))
  const same = Math.max(
    open.lastIndexOf(name),
    name === 'th' ? open.lastIndexOf('td') : name === 'td' ? open.lastIndexOf('th') : -1,
  )
  if (same > outer) closeTo(same)
}

/** Where a comment, doctype or processing instruction ends; undefined when there is none here. */
function commentEnd(html: string, at: number): number | undefined {
  if (html.startsWith('<!--', at)) {
    const end = html.indexOf('-->', at + 4)
    return end < 0 ? html.length : end + 3
  }
  if (html[at + 1] !== '!' && html[at + 1] !== '?') return undefined
  const end = html.indexOf('>', at)
  return end < 0 ? html.length : end + 1
}

function tagAt(html: string, at: number): Tag | undefined {
  tagForm.lastIndex = at
  const match = tagForm.exec(html)
  if (!match) return undefined
  const [whole, slash, name = '', attributes = ''] = match
  return { close: slash === '/', name: name.toLowerCase(), attributes, end: at + whole.length }
}

function opaqueEnd(html: string, { name, end }: Tag): number {
  const close = new RegExp(`</${name}(?=[\\s/>])`, 'gi')
  close.lastIndex = end
  const match = close.exec(html)
  if (!match) return html.length
  const after = html.indexOf('>', match.index)
  return after < 0 ? html.length : after + 1
}

/** A name starts behind a blank, a quote or a slash only, so that a long word is tried once. */
const attributeForm = /(?<![^\s"'/])([^\s"'<>/=\p{Cc}]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))/gu

/** The attributes that stay: where a link leads, which way a paragraph runs, what a cell spans. */
function attributesOf(element: string, written: string): string {
  const kept: string[] = []
  for (const [, name = '', double, quoted, plain] of written.matchAll(attributeForm)) {
    const value = decode(double ?? quoted ?? plain ?? '')
    const lower = name.toLowerCase()
    if (element === 'a' && lower === 'href' && isSafeLink(value) && kept.length === 0)
      kept.push(` href="${escapeAttribute(value.trim())}" rel="noopener noreferrer"`)
    else if (lower === 'dir' && /^(ltr|rtl|auto)$/i.test(value) && element !== 'a' && kept.length === 0)
      kept.push(` dir="${value.toLowerCase()}"`)
  }
  return kept.join('')
}

/** Whether a link leads to the web, a mailbox, a phone or a page of ours; anything else may run code. */
export function isSafeLink(address: string): boolean {
  const plain = address.replace(/[\p{Cc}\p{Cf}\p{Z}]/gu, '')
  return /^(https?:\/\/[^\s]|mailto:[^\s]|tel:[+\d])/i.test(plain) || /^(\/(?![/\\])|#)/.test(plain)
}

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  colon: ':',
  Tab: '\t',
  NewLine: '\n',
}

/** Text without character references. */
function decode(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));?/g,
    (whole, decimal: string, hex: string, name: string) => {
      if (name !== undefined) return Object.hasOwn(named, name) ? named[name]! : whole
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
      const real = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
      return real ? String.fromCodePoint(code) : '\ufffd'
    },
  )
}

function escapeText(text: string): string {
  return decode(text)
    .replace(/[&<>]/g, (character) => escapes[character]!)
    .replaceAll('\u00a0', '&nbsp;')
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character]!)
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** The words of sanitized HTML, with a line for each block. */
export function textOfHtml(html: string): string {
  const lines = html.replace(/<(?:br|hr|\/(?:p|h[1-4]|li|tr|pre|blockquote))>/g, '\n').replace(/<\/t[dh]>/g, ' ')
  return decode(lines.replace(/<[^>]*>/g, ''))
    .replaceAll('\u00a0', ' ')
    .replace(/[ \t]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{2,}/g, '\n')
    .trim()
}

/** Plain text as HTML: a paragraph for each line. */
export function htmlOfText(text: string): string {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => `<p>${line.replace(/[&<>]/g, (character) => escapes[character]!)}</p>`)
    .join('')
}
