// Single statements on pipelined connections: do all of them get their own answer, does one that takes long hold up no more
// than those right behind it, and do others come past when slow ones stand on every connection?
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Pipes, type PipeLimits } from '@peyvand/runtime/db/pipe.ts'
import { hasPostgres, startPostgres } from '../support/postgres.ts'

if (!hasPostgres()) console.log('SKIPPED: pipelined connections (no PostgreSQL on this machine)')

describe.skipIf(!hasPostgres())('statements on few connections', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())

  const opened: Pipes[] = []
  afterAll(() => Promise.all(opened.map((pipes) => pipes.close())))

  const open = (limits: PipeLimits): Pipes => {
    const pipes = new Pipes({ connectionString: postgres.url }, limits)
    opened.push(pipes)
    return pipes
  }
  const ask = async (pipes: Pipes, text: string, ...values: string[]): Promise<string> => {
    const { rows } = await pipes.query({ text: `select (${text})::text as "found"`, values })
    return (rows[0] as { found: string }).found
  }
  const places = (count: number) => Array.from({ length: count }, (_, i) => String(i))

  test.each([1, 2, 16])('each gets its own answer, %s deep', async (deep) => {
    const pipes = open({ least: 2, most: 3, deep })
    expect(await Promise.all(places(500).map((each) => ask(pipes, '$1::text', each)))).toEqual(places(500))
  })

  test('a slow one holds up those behind it on its connection, and nobody else', async () => {
    const pipes = open({ least: 2, most: 2, deep: 2 })
    await Promise.all(places(4).map((each) => ask(pipes, '$1::text', each)))
    let over = false
    const slow = ask(pipes, 'select pg_sleep(1)').then(() => (over = true))
    const late: string[] = []
    const others = places(200).map(async (each) => {
      await ask(pipes, '$1::text', each)
      if (over) late.push(each)
    })
    await Promise.all([slow, ...others])
    expect(late.length).toBeLessThanOrEqual(1)
  })

  test('when slow ones stand on every connection, those in line get a new one', async () => {
    const pipes = open({ least: 2, most: 3, deep: 1 })
    await Promise.all(places(2).map((each) => ask(pipes, '$1::text', each)))
    let over = 0
    const slow = places(2).map(() => ask(pipes, 'select pg_sleep(1)').then(() => over++))
    expect(await ask(pipes, '$1::text', 'quick')).toBe('quick')
    expect(over).toBe(0)
    await Promise.all(slow)
  })

  test('a refused statement frees its place', async () => {
    const pipes = open({ least: 1, most: 1, deep: 1 })
    const asked = places(20).map((each) =>
      ask(pipes, each === '7' ? '1 / 0' : '$1::text', ...(each === '7' ? [] : [each])),
    )
    const ended = await Promise.allSettled(asked)
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(await ask(pipes, '$1::text', 'still')).toBe('still')
  })
})
