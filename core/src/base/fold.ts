// Folding: a text as it is compared when people look for something, whatever the keyboard it was typed on. One table of steps,
// read by three readers: `fold` (browser and server), `foldTracked` (knows where each character came from) and fold-sql.ts
// (the same on the database). Decides what is the same to a person who searches; not how texts are sorted (collate.ts).

/** One step over the whole text. Patterns use only what JavaScript and PostgreSQL read alike; `\u….` for what is not ASCII. */
export type FoldStep = Change & {
  /** Changes texts of ASCII only, too: the others are left out for them. */
  readonly ascii?: true
}

type Change =
  | { readonly op: 'normalize'; readonly form: 'NFKD' | 'NFC' }
  | { readonly op: 'lower' }
  /** What matches is replaced by a text; "$1" stands for the first group. */
  | { readonly op: 'replace'; readonly pattern: string; readonly by: string }
  /** A text that always becomes another one. */
  | { readonly op: 'swap'; readonly from: string; readonly to: string }
  /** Characters by other characters, one for one. */
  | { readonly op: 'map'; readonly from: string; readonly to: string }

/** Stands between the texts of several fields that are folded in one go; nothing that is typed contains it. */
export const fieldMark = '\u001e'

const digitZeros = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50, 0x0ed0]

/** Letters and signs that people take for one another: the first of each is what the others become. */
const same: readonly string[] = [
  'کكڪ',
  'یيىے',
  'هةەہھ',
  'اٱ',
  'σς',
  'iı',
  'lł',
  'oø',
  'dđð',
  'hħ',
  'tŧ',
  'nŋ',
  "'‘’‚‛′ʹʻʼ‹›`",
  '"“”„‟«»',
  '-‐‒–—―−',
  ',،٬',
  ';؛',
  '?؟',
  '%٪',
  '.۔٫',
]

const pairs = [
  ...digitZeros.flatMap((zero) => Array.from({ length: 10 }, (_, i) => [String.fromCharCode(zero + i), String(i)])),
  ...same.flatMap(([to, ...from]) => from.map((each) => [each, to!])),
]

/** Marks that only decorate (accents, harakat, Hebrew points), joiners, tatweel, lone hamza, direction and variation signs. */
const dropped =
  '\\u00ad\\u0300-\\u036f\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061c\\u0621\\u0640' +
  '\\u064b-\\u065f\\u0670\\u0674\\u06d6-\\u06dc\\u06df-\\u06e8\\u06ea-\\u06ed\\u08d3-\\u08ff\\u180e\\u1ab0-\\u1aff' +
  '\\u1dc0-\\u1dff\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u20d0-\\u20ff\\ufe00-\\ufe0f\\ufe20-\\ufe2f\\ufeff'
const otherBlanks = '\\u0001-\\u001d\\u001f\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
/** Letters of Persian and Arabic once folded. */
const arabic = '\\u0622-\\u064a\\u067e\\u0686\\u0698\\u06a9\\u06af\\u06cc'
/** Persian writes these apart, joined by a ZWNJ, or together: می‌رود, می رود, میرود; کتاب‌ها, کتاب ها, کتابها. */
const prefix = '(?:\\u0646)?\\u0645\\u06cc'
const suffix =
  '(?:\\u0647\\u0627(?:\\u06cc(?:\\u06cc|\\u0645|\\u062a|\\u0634|\\u0645\\u0627\\u0646|\\u062a\\u0627\\u0646|\\u0634\\u0627\\u0646)?)?|\\u062a\\u0631(?:\\u06cc\\u0646)?)'

/** Tone marks and the circle of SARA AM: where there are more of them than a word has, they stay as they are. */
const thaiMarks = '[\\u0e48-\\u0e4b\\u0e4d]'
const betweenDigits = '(?<=[0-9])[ ()-]+(?=[0-9])'

/** The steps in order. When one changes, the expression of the stored texts does too, and they are folded anew. */
export const foldSteps: readonly FoldStep[] = [
  { op: 'normalize', form: 'NFKD' },
  { op: 'lower', ascii: true },
  // й is a letter of its own, not и with a decoration.
  { op: 'swap', from: '\u0438\u0306', to: '\u0439' },
  { op: 'replace', pattern: `[${dropped}]+`, by: '' },
  { op: 'map', from: pairs.map(([from]) => from).join(''), to: pairs.map(([, to]) => to).join(''), ascii: true },
  { op: 'swap', from: 'ß', to: 'ss' },
  { op: 'swap', from: 'æ', to: 'ae' },
  { op: 'swap', from: 'œ', to: 'oe' },
  { op: 'swap', from: 'þ', to: 'th' },
  // SARA AM was taken apart above; a tone mark stands before its circle, however it was typed.
  { op: 'replace', pattern: `(?<!${thaiMarks})\\u0e4d([\\u0e48-\\u0e4b])(?!${thaiMarks})`, by: '$1\u0e4d' },
  // A blank that is one already stays: a replacement costs more than a look.
  { op: 'replace', pattern: `[ ${otherBlanks}]{2,}|[${otherBlanks}]`, by: ' ', ascii: true },
  { op: 'replace', pattern: `(?<=(?:^|[^${arabic}])${prefix}) (?=[${arabic}])`, by: '' },
  { op: 'replace', pattern: `(?<=[${arabic}]) (?=${suffix}(?:$|[^${arabic}]))`, by: '' },
  // Telephone numbers and the like: 0912-345 67 and (0912) 34567 are the same.
  { op: 'replace', pattern: betweenDigits, by: '', ascii: true },
  { op: 'replace', pattern: '^ +| +$', by: '', ascii: true },
  { op: 'normalize', form: 'NFC' },
]

type Run = (text: string) => string

const mapOf = ({ from, to }: { readonly from: string; readonly to: string }): ReadonlyMap<string, string> =>
  new Map(Array.from(from, (char, i) => [char, to[i]!]))

function runOf(step: FoldStep): Run {
  switch (step.op) {
    case 'normalize':
      return (text) => text.normalize(step.form)
    case 'lower':
      return (text) => text.toLowerCase()
    case 'swap':
      return (text) => text.replaceAll(step.from, step.to)
    case 'map': {
      const map = mapOf(step)
      const any = new RegExp(`[${[...map.keys()].join('')}]`, 'gu')
      return (text) => text.replace(any, (char) => map.get(char)!)
    }
    case 'replace': {
      const pattern = new RegExp(step.pattern, 'gu')
      return (text) => text.replace(pattern, step.by)
    }
  }
}

const runs = foldSteps.map(runOf)

/** A text as it is compared when someone looks for it. law: fold(fold(x)) = fold(x); equal to foldSql on both engines. */
export function fold(text: string): string {
  return runs.reduce((folded, run) => run(folded), text)
}

const spaced = runs.filter((_run, i) => (foldSteps[i] as { pattern?: string }).pattern !== betweenDigits)

/** Like fold, but what stands between digits stays: for dates as people type them. */
export function foldSpaced(text: string): string {
  return spaced.reduce((folded, run) => run(folded), text)
}

/** A folded text and, for each of its UTF-16 units, the part of the original it came from. */
export interface Tracked {
  readonly text: string
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** Folds and keeps track, for showing what was found in the text as it is written. law: its text is fold's. */
export function foldTracked(original: string): Tracked {
  const starts = Array.from({ length: original.length }, (_, i) => i)
  const start: Tracked = { text: original, starts, ends: starts.map((i) => i + 1) }
  return foldSteps.reduce((tracked, step, i) => trackStep(tracked, step, runs[i]!), start)
}

/** A character with what may be put together with it: normal forms never look further. */
const cluster = /[\u1100-\u115f][\u1160-\u11ff]*\p{M}*|[\uac00-\ud7a3][\u11a8-\u11ff]*\p{M}*|\P{M}\p{M}*|\p{M}+/gsu

function trackStep(tracked: Tracked, step: FoldStep, run: Run): Tracked {
  const whole = run(tracked.text)
  if (whole === tracked.text) return tracked
  if (step.op === 'normalize') return rewrite(tracked, cluster, ([part]) => part.normalize(step.form))
  // A final sigma depends on its neighbours; small letters are otherwise made one for one.
  if (step.op === 'lower') return rewrite(tracked, /./gsu, ([char]) => char.toLowerCase())
  if (step.op === 'swap') return rewrite(tracked, new RegExp(step.from, 'gu'), () => step.to)
  if (step.op === 'map') {
    const map = mapOf(step)
    return rewrite(tracked, new RegExp(`[${[...map.keys()].join('')}]`, 'gu'), ([char]) => map.get(char)!)
  }
  return rewrite(tracked, new RegExp(step.pattern, 'gu'), ([, group = '']) => step.by.replace('$1', group))
}

function rewrite({ text, starts, ends }: Tracked, pattern: RegExp, make: (match: RegExpExecArray) => string): Tracked {
  const made: Tracked & { starts: number[]; ends: number[]; text: string } = { text: '', starts: [], ends: [] }
  const keep = (from: number, to: number): void => {
    made.text += text.slice(from, to)
    for (let i = from; i < to; i++) {
      made.starts.push(starts[i]!)
      made.ends.push(ends[i]!)
    }
  }
  let last = 0
  for (const match of text.matchAll(pattern)) {
    keep(last, match.index)
    last = match.index + match[0].length
    const by = make(match)
    made.text += by
    // What keeps its length keeps its places one by one; anything else belongs to all of what it was made of.
    for (let i = 0; i < by.length; i++) {
      const same = by.length === match[0].length
      made.starts.push(starts[match.index + (same ? i : 0)]!)
      made.ends.push(ends[same ? match.index + i : last - 1]!)
    }
  }
  keep(last, text.length)
  return made
}

/** Where words occur in a text as it is written: ranges in order, without overlaps. `words` as they were typed. */
export function foundIn(text: string, words: readonly string[]): readonly (readonly [start: number, end: number])[] {
  const tracked = foldTracked(text)
  const ranges = words
    .map(fold)
    .filter((word) => word !== '')
    .flatMap((word) => rangesOf(tracked, word, text))
    .toSorted(([a], [b]) => a - b)
  const joined: [number, number][] = []
  for (const [start, end] of ranges) {
    const last = joined.at(-1)
    if (last && start <= last[1]) last[1] = Math.max(last[1], end)
    else joined.push([start, end])
  }
  return joined
}

function rangesOf(tracked: Tracked, word: string, original: string): [number, number][] {
  const ranges: [number, number][] = []
  const marks = /\p{M}*/uy
  for (let at = tracked.text.indexOf(word); at >= 0; at = tracked.text.indexOf(word, at + word.length)) {
    marks.lastIndex = tracked.ends[at + word.length - 1]!
    marks.exec(original)
    ranges.push([tracked.starts[at]!, marks.lastIndex])
  }
  return ranges
}
