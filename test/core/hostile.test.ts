// What is a hostile request worth? Each of these is refused, or made harmless by a limit, in less than 5 ms of CPU: from the
// text to the statement for addresses, from the text to the parsed body for bodies. Nothing here reaches a database.
import { describe, expect, test } from 'vitest'
import { prepareRead } from '@peyvand/core/access/read.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { parseCel } from '@peyvand/core/expression/parse-cel.ts'
import { readMultipart } from '@peyvand/runtime/api/data/batch-multipart.ts'
import { readJsonBatch } from '@peyvand/runtime/api/data/batch-json.ts'
import { parseBody } from '@peyvand/runtime/api/data/body.ts'
import { addresses, list, nested, times } from '../support/hostile.ts'
import { queryModel, schema, someone } from '../support/query-model.ts'

/** unit: milliseconds of CPU */
const most = 5
const runs = 9
const model = queryModel()
const admin = someone(['administrator'])
const bodies: readonly (readonly [title: string, read: () => unknown])[] = [
  ['100,000 lists deep', () => parseBody(times(100_000, '['))],
  ['100,000 objects deep', () => parseBody(times(100_000, '{"a":'))],
  ['33 deep behind 500 kB of text', () => parseBody(`{"a":"${times(500_000, 'x')}","b":${nested(40, '[', '1', ']')}}`)],
  ['300 kB of backslashes', () => parseBody(`{"a":"${times(300_000, '\\')}`)],
  ['a batch of 5,000 requests', () => readJsonBatch(`{"requests":[${list(5_000, () => '1')}]`)],
  [
    'a batch whose boundary comes 100,000 times',
    () => readMultipart(`${times(100_000, '--b\r\n')}x`, 'multipart/mixed;boundary=b'),
  ],
  [
    'a batch without a boundary',
    () => readMultipart(times(100_000, '--b\r\n'), `multipart/mixed;${times(10_000, 'boundary')}`),
  ],
  ['a rule of 3,000 parentheses', () => parseCel(times(3_000, '('))],
  ['a rule of 4,000 ors', () => parseCel(list(4_000, () => 'a', ' || '))],
  ['a rule of nested lists', () => parseCel(nested(2_000, '[', '1', ']'))],
]

/**
 * CPU of one call, the median of several, three times, and the least of that: neither time in which others use the machine counts,
 * nor what a call costs more while they take its caches away. unit: milliseconds
 */
function cpuOf(call: () => unknown): number {
  return Math.min(...Array.from({ length: 3 }, () => medianOf(call)))
}

function medianOf(call: () => unknown): number {
  const costs = Array.from({ length: runs }, () => {
    const before = process.cpuUsage()
    call()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return costs.sort((a, b) => a - b)[Math.floor(runs / 2)]!
}

const ask = (query: string, path: string): ReturnType<typeof prepareRead> =>
  prepareRead({
    model: { ...model },
    actor: admin,
    path,
    query,
    pageSize: 50,
    maxPageSize: 5_000,
    schema,
    now: '2026-05-14T12:00:00.000Z',
  })

describe('CVE-2026-34573: a hostile request costs less than 5 ms of CPU', () => {
  test('there are at least 40 of them', () => expect(addresses.length + bodies.length).toBeGreaterThanOrEqual(40))

  test.each(addresses.map((row) => ({ title: row[0], row })))(
    '$title',
    ({ row: [, fate, query, path = 'accounts'] }) => {
      const prepared = ask(query, path)
      expect(
        prepared instanceof Problem ? 'refused' : 'bounded',
        prepared instanceof Problem ? prepared.message : '',
      ).toBe(fate)
      if (prepared instanceof Problem) {
        expect(prepared.message).not.toBe(prepared.title)
        expect(prepared.message.length, 'what was sent is not sent back').toBeLessThan(400)
        expect(prepared.target ?? prepared.position ?? prepared.pointer, prepared.message).toBeDefined()
      }
      expect(cpuOf(() => ask(query, path))).toBeLessThan(most)
    },
  )

  test.each(bodies)('%s', (_title, read) => {
    expect(read()).toBeInstanceOf(Problem)
    expect(cpuOf(read)).toBeLessThan(most)
  })
})
