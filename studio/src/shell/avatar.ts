// A person as a small coloured circle with initials; the colour follows from the name, so it is the same everywhere.
import { html, type TemplateResult } from 'lit'

const colors = [
  'teal',
  'indigo',
  'violet',
  'pink',
  'orange',
  'green',
  'cyan',
  'amber',
  'blue',
  'red',
  'lime',
  'brown',
] as const

/** The circle for a name. Decoration: the name stands beside it. */
export function avatar(name: string, className = ''): TemplateResult {
  return html`<span class="avatar ${className}" data-color=${colorOf(name)} aria-hidden="true">${initials(name)}</span>`
}

/** A palette colour that stays with a text. */
export function colorOf(text: string): string {
  let sum = 0
  for (const char of text) sum = (sum * 31 + char.codePointAt(0)!) >>> 0
  return colors[sum % colors.length]!
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const letters = words.length > 1 ? [words[0]!, words.at(-1)!] : words
  const first = letters.map((word) => Array.from(word).find((char) => /\p{L}|\p{N}/u.test(char)) ?? '')
  // Arabic letters would join into one shape; a joiner-stopper keeps them apart.
  return first.join(/\p{Script=Arabic}/u.test(first.join('')) ? '\u200c' : '').toLocaleUpperCase()
}
