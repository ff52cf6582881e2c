// Folding is one thing: what the browser and the server compute is what both databases compute, folding twice changes nothing,
// and a highlight knows where each letter came from. The vectors are pairs that people take for the same text.
import type { PGlite } from '@electric-sql/pglite'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fold, foldTracked, foundIn } from '@peyvand/core/base/fold.ts'
import { foldSql, skeletonAround, skeletonOf } from '@peyvand/core/base/fold-sql.ts'
import { cases, law, seed } from '../support/law.ts'
import { hasPostgres, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { memoryPglite } from '../support/template.ts'

const there = hasPostgres()
if (!there)
  console.log('skipped: folding on PostgreSQL (no PostgreSQL on this machine, and TEST_POSTGRES_URL is not set)')

const zwnj = '\u200c'
const vectors: readonly (readonly [string, string])[] = [
  ['ميرود', `می${zwnj}رود`],
  [`می${zwnj}رود`, 'می رود'],
  ['می رود', 'میرود'],
  ['كتاب', 'کتاب'],
  [`کتاب${zwnj}ها`, 'كتابها'],
  ['کتاب ها', 'کتابها'],
  ['بزرگ تر', 'بزرگتر'],
  ['علي', 'علی'],
  ['على', 'علی'],
  ['فاطمة', 'فاطمه'],
  ['خانهٔ', 'خانه'],
  ['خانۀ', 'خانه'],
  ['أحمد', 'احمد'],
  ['إيران', 'ایران'],
  ['آب', 'اب'],
  ['مسؤول', 'مسوول'],
  ['رئیس', 'رییس'],
  ['شیء', 'شی'],
  ['مُحَمَّد', 'محمد'],
  ['ســـلام', 'سلام'],
  ['ﻻله', 'لاله'],
  ['۰۹۱۲', '0912'],
  ['٠٩١٢', '0912'],
  ['๐๙๑๒', '0912'],
  ['０９１２', '0912'],
  ['0912-345 67', '091234567'],
  ['+98 (21) 8845-7071', '+982188457071'],
  ['Ёлка', 'елка'],
  ['ЩЁТКА', 'щетка'],
  ['Şcoala', 'școală'],
  ['Ţara', 'țară'],
  ['ȘTEFAN ÎNGER', 'stefan inger'],
  ['น้ำ', 'น้\u0e4dา'],
  ['น้ำ', 'น\u0e4d้า'],
  ['Straße', 'STRASSE'],
  ['Æsir Œuvre', 'aesir oeuvre'],
  ['Łódź Ørsted Đorđe', 'lodz orsted dorde'],
  ['İstanbul', 'istanbul'],
  ['ﬁnance', 'finance'],
  ['ＡＢＣ', 'abc'],
  ['ΟΔΟΣ', 'οδοσ'],
  ['O’Hara', "o'hara"],
  ['A\u00a0 B\u202f\tC', 'a b c'],
  ['x–y', 'x-y'],
  ['سلام، دنیا؟', 'سلام, دنیا?'],
]
const different: readonly (readonly [string, string])[] = [
  ['мой', 'мои'],
  ['ขา', 'ข้า'],
  ['می', 'می ر'],
  ['ab cd', 'abcd'],
  ['C++', 'C'],
]

/** Characters of the scripts and the signs that folding is about. */
const ranges: readonly (readonly [number, number])[] = [
  [0x20, 0x7e],
  [0xa0, 0x24f],
  [0x300, 0x36f],
  [0x386, 0x3ce],
  [0x400, 0x45f],
  [0x5d0, 0x5ea],
  [0x60c, 0x6d5],
  [0x6f0, 0x6f9],
  [0x750, 0x77f],
  [0xe01, 0xe3a],
  [0xe3f, 0xe5b],
  [0x1e00, 0x1eff],
  [0x2000, 0x206f],
  [0x3040, 0x30ff],
  [0xac00, 0xac40],
  [0xfb00, 0xfb06],
  [0xfb50, 0xfbb1],
  [0xfe70, 0xfefc],
  [0xff01, 0xff5e],
  [0x1f600, 0x1f610],
]
const char = fc.oneof(
  fc
    .constantFrom(...ranges)
    .chain(([from, to]) => fc.integer({ min: from, max: to }).map((c) => String.fromCodePoint(c))),
  fc.constantFrom(...Array.from('می نها ر0123 -()٠۱์้ำǰßΣς\u0e4d\u0308\u0306и\u001e')),
)
/** Texts of ASCII only have a way of their own on the database. */
const plain = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Array.from('  \t\n\u0001\u007f`()-019')),
      fc.integer({ min: 1, max: 0x7f }).map((c) => String.fromCharCode(c)),
    ),
    { maxLength: 16 },
  )
  .map((chars) => chars.join(''))
const text = fc.array(char, { maxLength: 24 }).map((chars) => chars.join('').replace(/[\u2028-\u2029]/g, ' '))

test.each(vectors)('%s is found as %s', (a, b) => expect(fold(a)).toBe(fold(b)))
test.each(different)('%s is not %s', (a, b) => expect(fold(a)).not.toBe(fold(b)))

test('folding twice changes nothing, and keeping track gives the same text with places in order', async () => {
  await law(
    'fold',
    fc.property(text, (written) => {
      const folded = fold(written)
      expect(fold(folded), JSON.stringify(written)).toBe(folded)
      const tracked = foldTracked(written)
      expect(tracked.text.replaceAll('ς', 'σ'), JSON.stringify(written)).toBe(folded)
      expect(tracked.starts.length).toBe(folded.length)
      tracked.starts.forEach((start, i) => {
        expect(start, JSON.stringify(written)).toBeLessThan(tracked.ends[i]!)
        expect(tracked.ends[i]!).toBeLessThanOrEqual(written.length)
      })
    }),
  )
})

test.each([
  ['کتاب‌های علي', ['کتابهای', 'علی'], '[کتاب‌های] [علي]'],
  ['Școală nouă', ['scoala'], '[Școală] nouă'],
  ['Straße 5', ['ss'], 'Stra[ß]e 5'],
  ['+98 (21) 8845-7071', ['218845'], '+98 ([21) 8845]-7071'],
  ['مُحَمَّد', ['حم'], 'مُ[حَمَّ]د'],
  ['น้ำแข็ง', ['น้ำ'], '[น้ำ]แข็ง'],
  ['<b>bold</b>', ['b'], '<[b]>[b]old</[b]>'],
  ['abc', ['x', ''], 'abc'],
])('in %s the words %j are shown as %s', (written, words, shown) => {
  let out = ''
  let last = 0
  for (const [start, end] of foundIn(written, words)) {
    out += `${written.slice(last, start)}[${written.slice(start, end)}]`
    last = end
  }
  expect(out + written.slice(last)).toBe(shown)
})

describe('on the databases', () => {
  let pglite: PGlite
  let server: TestPostgres | undefined
  let client: pg.Client | undefined
  beforeAll(async () => {
    pglite = await memoryPglite()
    if (!there) return
    server = await startPostgres()
    client = new pg.Client({ connectionString: server.url })
    await client.connect()
  })
  afterAll(async () => {
    await pglite.close()
    await client?.end()
    await server?.stop()
  })

  const statement = `select ${foldSql('"x"')} as "folded", ${skeletonAround.join(foldSql('"x"'))} as "skeleton" from json_array_elements_text($1::json) with ordinality as "t"("x", "n") order by "n"`
  interface Row {
    folded: string
    skeleton: string
  }
  const engines = [
    ['PGlite', async (json: string) => (await pglite.query<Row>(statement, [json])).rows],
    ['PostgreSQL', async (json: string) => (await client!.query<Row>(statement, [json])).rows],
  ] as const
  test.each(engines)('%s folds as we do', async (engine, run) => {
    if (engine === 'PostgreSQL' && !there) return
    const written = [
      ...vectors.flat(),
      ...different.flat(),
      ...fc.sample(text, { numRuns: Math.max(cases, 2_000), seed }),
      ...fc.sample(plain, { numRuns: Math.max(cases, 2_000), seed }),
    ]
    console.log(`law "fold = SQL" on ${engine}: ${written.length} texts, seed ${seed}`)
    const rows = await run(JSON.stringify(written))
    rows.forEach(({ folded, skeleton }, i) => {
      expect(folded, JSON.stringify(written[i])).toBe(fold(written[i]!))
      expect(skeleton, JSON.stringify(written[i])).toBe(skeletonOf(folded))
    })
  })
})
