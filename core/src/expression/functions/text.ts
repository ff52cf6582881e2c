// Text. Case matters everywhere but in `fold`, which is how search compares; positions count characters, not UTF-16 units.
import { fold } from '../../base/fold.ts'
import { foldAround } from '../../base/fold-sql.ts'
import { valueText } from '../../base/kind.ts'
import { Problem } from '../../base/problem.ts'
import { likePattern } from '../literal.ts'
import { likeOf, matchesLike } from '../pattern.ts'
import { between, join, once, sql, type Sql } from '../fragment.ts'
import type { Case, FunctionDefinition, SqlCall } from './function.ts'
import { charactersOf, toDecimal } from './value.ts'

const two = [{ params: ['text', 'text'], gives: 'boolean' } as const]

const blanks = ' \t\n\r\f\v'

/** Without blanks around it. Step by step: a pattern would start again at every blank inside of a long text. */
function trimmed(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && blanks.includes(text[start]!)) start++
  while (end > start && blanks.includes(text[end - 1]!)) end--
  return text.slice(start, end)
}

function finder(
  name: string,
  cel: string,
  doc: string,
  find: (text: string, part: string) => boolean,
  ends: readonly [boolean, boolean],
  write: (text: Sql, part: Sql) => Sql,
  cases: readonly Case[],
): FunctionDefinition {
  return {
    name,
    cel,
    doc,
    overloads: two,
    effort: 2,
    cases,
    evaluate: ([text, part]) => find(valueText(text!), valueText(part!)),
    sql([text, part], call: SqlCall) {
      const pattern = call.literal(1, (written) => likePattern(written, ...ends))
      return pattern ? sql`(${text!} like ${pattern})` : write(text!, part!)
    },
  }
}

const contains = finder(
  'contains',
  'contains',
  'Whether a text contains another one',
  (text, part) => text.includes(part),
  [true, true],
  (text, part) => sql`(strpos(${text}, ${part}) > 0)`,
  [
    { args: ['abc', 'b'], gives: true },
    { args: ['abc', 'B'], gives: false },
    { args: ['abc', ''], gives: true },
    { args: ['100%', '%'], gives: true },
    { args: ['100', '%'], gives: false },
    { args: ['a_b', '_'], gives: true },
    { args: ['a\\b', '\\'], gives: true },
    { args: [null, 'a'], gives: null },
  ],
)
const startswith = finder(
  'startswith',
  'startsWith',
  'Whether a text starts with another one',
  (text, part) => text.startsWith(part),
  [false, true],
  (text, part) => sql`starts_with(${text}, ${part})`,
  [
    { args: ['abc', 'ab'], gives: true },
    { args: ['abc', 'bc'], gives: false },
    { args: ['a%c', 'a%'], gives: true },
    { args: ['abc', 'a%'], gives: false },
  ],
)
const endswith = finder(
  'endswith',
  'endsWith',
  'Whether a text ends with another one',
  (text, part) => text.endsWith(part),
  [true, false],
  (text, part) => once({ p: part }, ({ p }) => sql`(right(${text}, char_length(${p})) = ${p})`),
  [
    { args: ['abc', 'bc'], gives: true },
    { args: ['abc', 'ab'], gives: false },
    { args: ['abc', ''], gives: true },
    { args: ['a😀', '😀'], gives: true },
  ],
)

const matches: FunctionDefinition = {
  name: 'matchesPattern',
  doc: 'Whether a text matches a simple pattern: ^ and $ for the ends, . for a character, .* and .+ for any',
  overloads: two,
  written: [1],
  evaluate([text, pattern]) {
    const like = likeOf(valueText(pattern!))
    if (like instanceof Problem) throw like
    return matchesLike(charactersOf(text!), like)
  },
  sql([text], call) {
    return sql`(${text!} like ${call.literal(1, likeOf)!})`
  },
  cases: [
    { args: ['Apple', '^A.*e$'], gives: true },
    { args: ['Apples', '^A.*e$'], gives: false },
    { args: ['an Apple', 'App'], gives: true },
    { args: ['100%', '0%$'], gives: true },
    { args: ['abc', '^a.c$'], gives: true },
    { args: ['ac', '^a.+c$'], gives: false },
    { args: ['a.c', '^a\\.c$'], gives: true },
    { args: ['abc', '^a\\.c$'], gives: false },
    { args: [null, 'a'], gives: null },
  ],
}

function mapped(
  name: string,
  cel: string,
  doc: string,
  run: (text: string) => string,
  write: (text: Sql) => Sql,
  cases: readonly Case[],
): FunctionDefinition {
  return {
    name,
    cel,
    doc,
    cases,
    overloads: [{ params: ['text'], gives: 'text' }],
    evaluate: ([text]) => run(valueText(text!)),
    sql: ([text]) => write(text!),
  }
}

const tolower = mapped(
  'tolower',
  'lower',
  'In small letters',
  (text) => text.toLowerCase(),
  (text) => sql`(lower(${text} collate "und-x-icu") collate "C")`,
  [
    { args: ['ÄbC'], gives: 'äbc' },
    { args: [null], gives: null },
  ],
)
const toupper = mapped(
  'toupper',
  'upper',
  'In capital letters',
  (text) => text.toUpperCase(),
  (text) => sql`(upper(${text} collate "und-x-icu") collate "C")`,
  [
    { args: ['äbc'], gives: 'ÄBC' },
    { args: ['straße'], gives: 'STRASSE' },
  ],
)
const folded = mapped(
  'fold',
  'fold',
  'As texts are compared in a search: without case, accents, letter forms and digits of a script',
  fold,
  (text) => once({ t: text }, ({ t }) => between(foldAround, t)),
  [
    { args: ['كتاب ۱'], gives: 'کتاب 1' },
    { args: ['ȘTEFAN'], gives: 'stefan' },
    { args: ['Ёлка'], gives: 'елка' },
    { args: [null], gives: null },
  ],
)
const trim = mapped(
  'trim',
  'trim',
  'Without blanks at both ends',
  trimmed,
  (text) => sql`btrim(${text}, E' \\t\\n\\r\\f\\x0b')`,
  [
    { args: [' a b\t\n'], gives: 'a b' },
    { args: ['  '], gives: '' },
  ],
)

const length: FunctionDefinition = {
  name: 'length',
  cel: 'size',
  doc: 'Number of characters',
  overloads: [{ params: ['text'], gives: 'integer' }],
  evaluate: ([text]) => charactersOf(text!).length,
  sql: ([text]) => sql`char_length(${text!})`,
  cases: [
    { args: ['abc'], gives: 3 },
    { args: ['a😀'], gives: 2 },
    { args: [''], gives: 0 },
    { args: [null], gives: null },
  ],
}

const indexof: FunctionDefinition = {
  name: 'indexof',
  cel: 'indexOf',
  doc: 'Where a text first occurs in another, from 0; -1 when it does not',
  overloads: [{ params: ['text', 'text'], gives: 'integer' }],
  evaluate([text, part]) {
    const index = valueText(text!).indexOf(valueText(part!))
    return index < 0 ? -1 : charactersOf(valueText(text!).slice(0, index)).length
  },
  sql: ([text, part]) => sql`(strpos(${text!}, ${part!}) - 1)`,
  cases: [
    { args: ['abc', 'c'], gives: 2 },
    { args: ['abc', 'x'], gives: -1 },
    { args: ['😀b', 'b'], gives: 1 },
    { args: ['abc', ''], gives: 0 },
  ],
}

const limit = 1_000_000_000
const within = (value: unknown) => Math.min(Math.max(Number(toDecimal(value as string).digits), 0), limit)
/** least and greatest skip null, so null is kept by hand. */
const clamp = (value: Sql) =>
  once(
    { n: value },
    ({ n }) => sql`(case when ${n} is not null then least(greatest((${n})::numeric, 0), 1000000000)::integer end)`,
  )

const substring: FunctionDefinition = {
  name: 'substring',
  cel: 'substring',
  doc: 'Part of a text: from a position (0 is the first, -1 the last), so many characters',
  overloads: [
    { params: ['text', 'integer'], gives: 'text' },
    { params: ['text', 'integer', 'integer'], gives: 'text' },
  ],
  evaluate([text, from, count]) {
    const characters = charactersOf(text!)
    const back = Number(from) < 0
    const start = back ? Math.max(characters.length + Math.max(Number(from), -1_000_000), 0) : within(from)
    return characters.slice(start, count === undefined ? undefined : start + within(count)).join('')
  },
  sql([text, from, count]) {
    return once({ t: text!, f: from! }, ({ t, f }) => {
      const back = sql`greatest(char_length(${t}) + greatest(${f}, -1000000)::integer, 0)`
      const start = sql`(case when ${f} < 0 then ${back} else ${clamp(f)} end) + 1`
      return count ? sql`substr(${t}, ${start}, ${clamp(count)})` : sql`substr(${t}, ${start})`
    })
  },
  cases: [
    { args: ['abcd', 1], gives: 'bcd' },
    { args: ['abcd', 1, 2], gives: 'bc', overload: 1 },
    { args: ['abcd', -2], gives: 'cd' },
    { args: ['abcd', -9, 2], gives: 'ab', overload: 1 },
    { args: ['a😀b', -2, 1], gives: '😀', overload: 1 },
    { args: ['abcd', 9], gives: '' },
    { args: ['a😀b', 1, 1], gives: '😀', overload: 1 },
    { args: ['abcd', 0, -1], gives: '', overload: 1 },
  ],
}

const concat: FunctionDefinition = {
  name: 'concat',
  cel: 'concat',
  doc: 'Texts put together',
  overloads: [{ params: ['text', 'text'], gives: 'text', rest: true }],
  evaluate: (args) => args.map(valueText).join(''),
  sql: (args) => sql`(${join(args, ' || ')})`,
  cases: [
    { args: ['a', 'b'], gives: 'ab' },
    { args: ['a', 'b', 'c'], gives: 'abc' },
    { args: ['a', null], gives: null },
  ],
}

export const textFunctions = [
  contains,
  startswith,
  endswith,
  matches,
  tolower,
  toupper,
  folded,
  trim,
  length,
  indexof,
  substring,
  concat,
]
