// The SQL twin of fold.ts, made of the same table: an immutable expression of core functions, no extension, collations explicit.
// Also the skeleton of a folded text, which a trigram index can hold in any locale. Server only.
import { foldSteps, type FoldStep } from './fold.ts'
import { quoteText } from './sql.ts'

/** Text before and after an SQL expression that makes it the folded one. */
export const foldAround: readonly [before: string, after: string] = around()

/** The folded value of an SQL expression, as SQL text. */
export function foldSql(expression: string): string {
  return `${foldAround[0]}${expression}${foldAround[1]}`
}

function around(): [string, string] {
  let [before, after] = ['', '']
  for (const step of foldSteps) {
    const [open, close] = stepSql(step)
    before = open + before
    after += close
  }
  return [before, after]
}

function stepSql(step: FoldStep): [string, string] {
  switch (step.op) {
    case 'normalize':
      return ['normalize(', `, ${step.form})`]
    case 'lower':
      return ['(lower(', ' collate "und-x-icu") collate "C")']
    case 'swap':
      return ['replace(', `, ${quoteText(step.from)}, ${quoteText(step.to)})`]
    case 'map':
      return ['translate(', `, ${quoteText(step.from)}, ${quoteText(step.to)})`]
    case 'replace':
      return ['regexp_replace(', `, ${quoteText(step.pattern)}, ${quoteText(step.by.replace('$1', '\\1'))}, 'g')`]
  }
}

const scripts: readonly (readonly [from: number, to: number])[] = [
  [0x0430, 0x045f],
  [0x0622, 0x064a],
  [0x067e, 0x06d3],
  [0x0e01, 0x0e4e],
  [0x03b1, 0x03c9],
]
const symbols = 'abcdefghijklmnopqrstuvwxyz0123456789'
const letters = scripts.flatMap(([from, to]) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i)),
)
const ascii = letters.map((_, i) => symbols[i % symbols.length]!)
const skeletons = new Map(letters.map((letter, i) => [letter, ascii[i]!]))

/** Text before and after an SQL expression that makes it its skeleton. */
export const skeletonAround: readonly [before: string, after: string] = [
  'translate(',
  `, ${quoteText(letters.join(''))}, ${quoteText(ascii.join(''))})`,
]

/**
 * Letters of other scripts as ASCII ones: trigrams of a database with the locale C know no others. Several letters share a
 * symbol, so it only narrows what is then compared in full. law: skeletonOf = its SQL.
 */
export function skeletonOf(folded: string): string {
  return folded.replace(/[^\0-\u007f]/g, (char) => skeletons.get(char) ?? char)
}
