// The SQL twin of fold.ts, made of the same table: an immutable expression of core functions, no extension, collations explicit.
// Also the skeleton of a folded text, which a trigram index can hold in any locale. Server only.
import { foldSteps, type FoldStep } from './fold.ts'
import { quoteText } from './sql.ts'

/** Text before and after an SQL expression. */
type Around = readonly [before: string, after: string]

/** Texts around each place of an SQL expression that make it the folded one. */
export const foldAround = forAscii(
  around(foldSteps.filter(({ ascii }) => ascii).map(asciiSql)),
  around(foldSteps.map(stepSql)),
)

/** The folded value of an SQL expression, as SQL text. */
export function foldSql(expression: string): string {
  return foldAround.join(expression)
}

/** One way for texts of ASCII only, another for all: most texts of most tables need a tenth of the work. */
function forAscii(plain: Around, full: Around): readonly string[] {
  const [then, otherwise] = [`) then ${plain[0]}`, `${plain[1]} else ${full[0]}`]
  return ['case when octet_length(', ') = char_length(', then, otherwise, `${full[1]} end`]
}

function around(steps: readonly Around[]): Around {
  return steps.reduce<Around>(([before, after], [open, close]) => [open + before, after + close], ['', ''])
}

/** A step over a text that has ASCII letters only. Looking behind is slow on the database, so it is spelled without. */
function asciiSql(step: FoldStep): Around {
  switch (step.op) {
    case 'lower':
      return ['lower(', ' collate "C")']
    case 'map': {
      const places = Array.from(step.from, (char, i) => i).filter((i) => step.from.codePointAt(i)! < 0x80)
      const [from, to] = [step.from, step.to].map((chars) => quoteText(places.map((i) => chars[i]!).join('')))
      return ['translate(', `, ${from}, ${to})`]
    }
    default:
      return stepSql(step)
  }
}

function stepSql(step: FoldStep): Around {
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

/** Texts around each place of an SQL expression that make it its skeleton. */
export const skeletonAround = forAscii(
  ['', ''],
  ['translate(', `, ${quoteText(letters.join(''))}, ${quoteText(ascii.join(''))})`],
)

/**
 * Letters of other scripts as ASCII ones: trigrams of a database with the locale C know no others. Several letters share a
 * symbol, so it only narrows what is then compared in full. law: skeletonOf = its SQL.
 */
export function skeletonOf(folded: string): string {
  return folded.replace(/[^\0-\u007f]/g, (char) => skeletons.get(char) ?? char)
}
