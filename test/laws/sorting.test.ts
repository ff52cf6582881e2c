// Sorting for people: the database's collations order texts as the browser does, on both engines. The vectors are the orders that
// dictionaries of the languages have; random words of each alphabet are compared pair by pair.
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collationOf } from '@peyvand/core/base/sorting.ts'
import { platformMigrations } from '@peyvand/runtime/db/migrations.ts'
import { cases, seed } from '../support/law.ts'
import { engines } from '../support/server.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { memoryPglite } from '../support/template.ts'

const vectors: readonly (readonly [language: string, sorted: string])[] = [
  ['fa', 'آب بابا پدر چای زهرا ژاله کتاب گل یلدا'],
  ['fa', 'آب اب بها پا تا جا چا دا زر ژر کار گار لا وا ها یا'],
  ['fa', 'کاتب كتاب کتب'],
  ['fa', 'ورد هرم یار'],
  ['ro', 'apa ăsta iarna înger sac șarpe școală tare țară'],
  ['ro', 'ac az ăla ânger bine ic iz îmi jos su șa șu ta tu țap'],
  ['ru', 'ёж елка ёлка ель еще ж'],
  ['ru', 'яблоко apple'],
  ['th', 'กา เกม แก้ว ไก่ ขา ตา โต๊ะ'],
  ['th', 'ฮา apple'],
  ['th', 'ก-ก กข ก-ค คก'],
  ['en', 'apple Apple banana élan zebra'],
]

const alphabets: Readonly<Record<string, string>> = {
  fa: 'آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی ',
  ro: 'aăâbcdefghiîjklmnopqrsștțuvwxyzAĂÂIÎSȘTȚ ',
  ru: 'абвгдеёжзийклмнопрстуфхцчшщъыьэюяАЕЁЖЯaz ',
  th: 'กขคงจชซณดตถทธนบปผพฟมยรลวสหอฮะาิีึืุูเแโใไ่้๊๋',
  en: 'abcdefghijklmnopqrstuvwxyzABCÉéüö 019',
}

describe.each(engines)('on %s', (engine) => {
  let postgres: TestPostgres | undefined
  let run: (text: string, values?: unknown[]) => Promise<Record<string, string>[]>
  let close: () => Promise<void>
  beforeAll(async () => {
    if (engine === 'postgres') {
      postgres = await startPostgres()
      const client = new pg.Client({ connectionString: postgres.url })
      await client.connect()
      run = async (text, values = []) => (await client.query(text, values)).rows as Record<string, string>[]
      close = () => client.end()
    } else {
      const lite = await memoryPglite()
      run = async (text, values = []) => (await lite.query<Record<string, string>>(text, values)).rows
      close = () => lite.close()
    }
    await run('create schema platform')
    for (const { statements } of platformMigrations) for (const text of statements('platform')) await run(text)
  })
  afterAll(async () => {
    await close?.()
    await postgres?.stop()
  })

  const sorted = async (language: string, words: readonly string[]): Promise<string[]> =>
    (
      await run(
        `select w from json_array_elements_text($1::json) w order by w collate ${collationOf(language)}, w collate "C"`,
        [JSON.stringify(words)],
      )
    ).map(({ w }) => w!)

  test.each(vectors)('%s: %s', async (language, order) => {
    const words = order.split(' ')
    expect(await sorted(language, words.toReversed())).toEqual(words)
    expect(words.toReversed().toSorted(new Intl.Collator(language).compare)).toEqual(words)
  })

  test.each(Object.entries(alphabets))('%s: random words as the browser has them', async (language, alphabet) => {
    const word = fc.array(fc.constantFrom(...Array.from(alphabet)), { minLength: 1, maxLength: 6 })
    const words = fc.sample(word, { numRuns: Math.max(cases, 2_000), seed }).map((letters) => letters.join('').trim())
    console.log(`law "sorting" in ${language} on ${engine}: ${words.length} words, seed ${seed}`)
    const { compare } = new Intl.Collator(language)
    const order = await sorted(language, words)
    for (let i = 1; i < order.length; i++)
      expect(compare(order[i - 1]!, order[i]!), `${order[i - 1]} before ${order[i]}`).toBeLessThanOrEqual(0)
  })
})
