// A person or record as a small circle: its picture where it has one, over initials whose colour follows from the name, so that
// it is the same everywhere and nothing jumps when a picture comes late or not at all.
import { smallPicture } from '@peyvand/core/types/held.ts'
import { html, nothing, type TemplateResult } from 'lit'

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

/** The circle for a name, with the picture of this file in it. Decoration: the name stands beside it. */
export function avatar(name: string, picture?: string, className = ''): TemplateResult {
  return html`<span class="avatar ${className}" data-color=${colorOf(name)} aria-hidden="true"
    >${initials(name)}${
      picture === undefined
        ? nothing
        : html`<img src=${smallPicture(picture, className === '' ? 48 : 96)} alt="" loading="lazy" @error=${hide} />`
    }</span
  >`
}

function hide({ target }: Event): void {
  ;(target as HTMLElement).remove()
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
  // Arabic letters that stand apart are wide: two do not fit into the circle.
  return /\p{Script=Arabic}/u.test(first.join('')) ? first[0]! : first.join('').toLocaleUpperCase()
}
