// What nobody sends by accident: texts, numbers and documents that break parsers, and ways to break what was right.
import type { JsonValue } from '@peyvand/core/base/json.ts'
import type { Random } from '../../support/random.ts'

export const naughtyTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  '\u202Eevil\u202C',
  '\u2028\u2029',
  '\ufeffbom',
  '\uffff',
  'e\u0301'.repeat(200),
  '😀'.repeat(300),
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  'undefined',
  'NaN',
  'null',
  'true',
  '-1',
  '1e400',
  '9'.repeat(400),
  '0x1F',
  '۱۲۳٫۴',
  "'; drop table t_default.ship; --",
  '" or ""="',
  '${7*7}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '../../../../etc/passwd',
  '%00%ff',
  '\\',
  '(((((((((((((((((((((',
  'x'.repeat(5_000),
  'data:text/html,<b>',
  '2026-02-30',
  '0000-00-00T00:00:00Z',
  'P99999999999999999999D',
  '00000050-0000-7000-8000-000000000001',
]

const naughtyNumbers: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.1,
  1e21,
  -1e21,
  1e308,
  5e-324,
  2 ** 31,
  2 ** 53,
  2 ** 63,
  -(2 ** 63),
  999999999999,
  1.0000001,
]

/** Any JSON value, seldom a reasonable one. */
export function drawJson(random: Random, depth = 3): JsonValue {
  return random.weighted<() => JsonValue>([
    [4, () => random.pick(naughtyTexts)],
    [3, () => random.pick(naughtyNumbers)],
    [1, () => random.pick([true, false, null])],
    [depth > 0 ? 1 : 0, () => Array.from({ length: random.whole(0, 4) }, () => drawJson(random, depth - 1))],
    [
      depth > 0 ? 1 : 0,
      () => Object.fromEntries(random.some(naughtyTexts, 0, 3).map((key) => [key, drawJson(random, depth - 1)])),
    ],
  ])()
}

/** Documents that only exist as text: keys that a parser must not obey, depth, repeats, numbers beyond any type. */
const brokenDocuments: readonly string[] = [
  '{"__proto__":{"polluted":"yes"}}',
  '{"constructor":{"prototype":{"polluted":"yes"}}}',
  '{"title":"a","__proto__":{"isAdmin":true,"status":200}}',
  '[{"__proto__":{"polluted":1}}]',
  '{"title":"a","title":"b"}',
  '{"number":1e99999}',
  `{"number":${'9'.repeat(2_000)}}`,
  `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`,
  '['.repeat(20_000),
  '{"a":"\\ud800"}',
  '{"a":"\\u0000"}',
  '{"title":"x"',
  '{"title":undefined}',
  '\u0000',
  '\ufeff{"title":"bom"}',
  'null',
  '"text"',
  '[]',
  '0',
  '',
  '{}',
  '{"a":1}{"b":2}',
  "{'a':1}",
  `{"title":"${'x'.repeat(60_000)}"}`,
  `{${Array.from({ length: 2_000 }, (_none, i) => `"k${i}":${i}`).join(',')}}`,
]
export const drawBroken = (random: Random): string => random.pick(brokenDocuments)

/** A value of a document becomes another one, somewhere. */
export function mutateJson(random: Random, value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object' || random.chance(0.15)) return drawJson(random)
  if (Array.isArray(value)) {
    const list = [...value]
    if (list.length === 0 || random.chance(0.2)) return [...list, drawJson(random)]
    const at = random.whole(0, list.length - 1)
    list[at] = mutateJson(random, list[at]!)
    return list
  }
  const entries = Object.entries(value as Record<string, JsonValue>)
  if (entries.length === 0 || random.chance(0.15))
    return Object.fromEntries([...entries, [random.pick(naughtyTexts), drawJson(random)]])
  const at = random.whole(0, entries.length - 1)
  if (random.chance(0.15)) entries.splice(at, 1)
  else if (random.chance(0.1)) entries[at]![0] = random.pick(naughtyTexts)
  else entries[at]![1] = mutateJson(random, entries[at]![1])
  return Object.fromEntries(entries)
}

const fragments: readonly string[] = [
  "'",
  '"',
  '(',
  ')',
  ',',
  ';',
  '/',
  '//',
  '&',
  '=',
  '%',
  '%00',
  '%ff',
  '%ED%A0%80',
  '%E2%80%AE',
  '%2525',
  '+',
  '#',
  '?',
  '@x',
  '$it',
  '$count',
  '$filter=',
  ' eq null',
  ' and ',
  ' or not ',
  'null',
  '-',
  '1e999',
  '99999999999999999999',
  '*',
  '[',
  ']',
  '{',
  '}',
  ':',
  '.',
  '\\',
  'cast(',
  'any(',
  '$expand=above(',
  '😀',
  '\u202e',
  'x'.repeat(300),
  '('.repeat(60),
]

/** Breaks a text in one to three places. */
export function mutate(random: Random, text: string): string {
  let broken = text
  for (let n = random.whole(1, 3); n > 0; n--) broken = once(random, broken)
  return broken
}

function once(random: Random, text: string): string {
  const [a, b] = [random.whole(0, text.length), random.whole(0, text.length)].sort((x, y) => x - y) as [number, number]
  const piece = text.slice(a, Math.min(b, a + 60))
  return random.weighted<() => string>([
    [5, () => text.slice(0, a) + random.pick(fragments) + text.slice(a)],
    [3, () => text.slice(0, a) + text.slice(a + random.whole(1, 3))],
    [2, () => text.slice(0, a) + text.slice(b)],
    [2, () => text.slice(0, b) + piece.repeat(random.whole(1, 8)) + text.slice(b)],
    [1, () => text.slice(0, a)],
    [1, () => text.slice(0, a) + piece.toUpperCase() + text.slice(a + piece.length)],
    [1, () => text.replace(/\d+/, random.pick(['0', '-1', '1e9', '4294967296', '99999999999999999999', '۱۲']))],
    [1, () => text.replace(/[a-z_]{3,}/, random.pick(['__proto__', 'constructor', 'nope', 'f0_nope', '$it', 'id']))],
    [1, () => text.replaceAll('%20', '+')],
    [0.5, () => encodeURIComponent(text.toWellFormed())],
  ])()
}
