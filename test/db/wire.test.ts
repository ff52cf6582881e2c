// Ids of whoever asks travel to PostgreSQL as bytes, and mean what their text would.
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { peopleOf } from '@peyvand/core/expression/asker.ts'
import { parameterText, parameterWire } from '@peyvand/runtime/db/value.ts'
import { hasPostgres, startPostgres } from '../support/postgres.ts'
import { someone, userId } from '../support/query-model.ts'

const ids = (n: number) => Array.from({ length: n }, (_, i) => userId(i + 2))

describe('a parameter over a socket', () => {
  it.each<[string, unknown, boolean]>([
    ['people of an actor are bytes', peopleOf(someone([], 1, { reports: ids(20) })), true],
    ['a few are text', peopleOf(someone([], 1, { reports: ids(2) })), false],
    ['a list of somebody else is text', ids(20), false],
    ['what is no id is text', peopleOf(someone([], 1, { reports: Array.from({ length: 20 }, () => 'x') })), false],
  ])('%s', (_name, value, bytes) => {
    expect(parameterWire(value) instanceof Uint8Array).toBe(bytes)
    if (!bytes) expect(parameterWire(value)).toBe(parameterText(value))
  })

  it.skipIf(!hasPostgres())('is read as the same list', async () => {
    const postgres = await startPostgres()
    const client = new pg.Client({ connectionString: postgres.url })
    try {
      await client.connect()
      const list = peopleOf(someone([], 1, { reports: ids(500) }))
      const values = [parameterWire(list), parameterText(list)]
      const { rows } = await client.query<{ one: string[]; same: boolean }>({
        text: 'select $1::uuid[]::text[] as one, $1::uuid[] = $2::uuid[] as same',
        values,
      })
      expect(rows).toEqual([{ one: list, same: true }])
    } finally {
      await client.end()
      await postgres.stop()
    }
  })
})
