// Do lines that are sent while something happens wait for their reader, and does what happens go on without one?
import { expect, test } from 'vitest'
import { jsonLines } from '@peyvand/runtime/api/lines.ts'

const mb = 1_048_576
const line = { text: 'x'.repeat(mb / 4) }

/** An answer of twenty lines, five megabytes, and how many of them were said so far. */
function twenty(patience: number): { answer: Response; said: () => number; ended: Promise<void> } {
  let count = 0
  const ended = Promise.withResolvers<void>()
  const answer = jsonLines(patience, async ({ say, taken }) => {
    for (; count < 20; count++) {
      say({ ...line, count })
      await taken()
    }
    ended.resolve()
  })
  return { answer, said: () => count, ended: ended.promise }
}

test('a reader that reads gets every line', async () => {
  const { answer } = twenty(60_000)
  const lines = (await answer.text()).trimEnd().split('\n')
  expect(lines.map((each) => (JSON.parse(each) as { count: number }).count)).toEqual([...Array(20).keys()])
})

test('lines wait for a slow reader: no more than a megabyte is held for it', async () => {
  const { answer, said, ended } = twenty(60_000)
  const reader = answer.body!.getReader()
  for (let read = 0; read < 20; read++) {
    // As far as it gets without being read.
    await new Promise((resolve) => setImmediate(resolve))
    expect(said() - read).toBeLessThanOrEqual(5)
    expect((await reader.read()).done).toBe(false)
  }
  await ended
  expect((await reader.read()).done).toBe(true)
})

test('without a reader it goes on: one that stands still, and one that goes away', async () => {
  const still = twenty(20)
  await still.ended
  expect(still.said()).toBe(20)
  await expect(still.answer.text()).rejects.toThrow('stood still')
  const away = twenty(60_000)
  await away.answer.body!.cancel()
  await away.ended
  expect(away.said()).toBe(20)
})
