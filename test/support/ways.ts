// A read may have two ways to the same answer, for who sees little and for who sees much: tests take both wherever they read.
import { expect } from 'vitest'
import type { PreparedRead, ReadRow } from '@peyvand/core/access/read.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { TestDatabase } from './query-model.ts'

/** The rows of a read, the same by either way. */
export async function rowsOf(database: TestDatabase, { statement, asked }: PreparedRead): Promise<ReadRow[]> {
  const rows = await database.query<ReadRow>(statement.text, statement.values)
  const other = asked?.()
  if (other instanceof Problem) throw other
  if (other) expect(await database.query(other.statement.text, other.statement.values), statement.text).toEqual(rows)
  return rows
}
