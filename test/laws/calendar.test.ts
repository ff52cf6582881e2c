// Do days count the same everywhere? The Persian arithmetic against the platform's own calendar for every day from 1900 to 2100;
// every calendar function in SQL against evaluate, in each calendar, in time zones with and without summer time, and with fiscal
// years of three kinds; on both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import pg from 'pg'
import { valuesOf } from '@peyvand/core/access/values.ts'
import { dayIn, firstMoment, firstOf, localDay, type Calendar, type Reckoning } from '@peyvand/core/base/calendar.ts'
import { valueText, type Value, type ValueKind } from '@peyvand/core/base/kind.ts'
import { evaluate } from '@peyvand/core/expression/evaluate.ts'
import { ident, join, render, sql } from '@peyvand/core/expression/fragment.ts'
import { calendarFunctions } from '@peyvand/core/expression/functions/calendar.ts'
import type { FunctionDefinition } from '@peyvand/core/expression/functions/function.ts'
import { periodFunctions } from '@peyvand/core/expression/functions/period.ts'
import { toSql } from '@peyvand/core/expression/sql.ts'
import type { Expression } from '@peyvand/core/expression/tree.ts'
import type { Property } from '@peyvand/core/model/wire.ts'
import { hasPostgres, startPostgres } from '../support/postgres.ts'
import { someone } from '../support/query-model.ts'
import { memoryPglite } from '../support/template.ts'

const dayLength = 86_400_000
const [first, last] = [Date.UTC(1900, 0, 1) / dayLength, Date.UTC(2100, 11, 31) / dayLength]

describe('arithmetic', () => {
  test.each(['persian', 'buddhist', 'gregory'] as const)(
    '%s = the calendar of the platform, 1900 to 2100',
    (calendar) => {
      const format = new Intl.DateTimeFormat(`en-u-ca-${calendar}-nu-latn`, {
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        timeZone: 'UTC',
      })
      for (let day = first; day <= last; day++) {
        const parts = new Map(format.formatToParts(day * dayLength).map(({ type, value }) => [type, Number(value)]))
        const own = dayIn(calendar, day)
        const same = own.year === parts.get('year') && own.month === parts.get('month') && own.day === parts.get('day')
        if (!same) expect(own, `day ${day}`).toEqual(Object.fromEntries(parts))
        if (firstOf(calendar, own.year, own.month) + own.day - 1 !== day) expect(day, 'the way back').toBe(own)
      }
    },
  )

  test.each(['Asia/Tehran', 'America/Sao_Paulo', 'Europe/Bucharest', 'Pacific/Apia', 'Africa/Cairo'])(
    'the first moment of each day in %s',
    (zone) => {
      for (let day = -3000; day < 22_000; day++) {
        const time = firstMoment(day, zone)
        // Samoa left out 2011-12-30 when it crossed the date line.
        if (zone === 'Pacific/Apia' && day === 15_338) continue
        if (localDay(time, zone) !== day || localDay(time - 1, zone) >= day)
          expect(new Date(time), `day ${day}`).toBe(0)
      }
    },
  )
})

interface Connection {
  query(text: string, values: unknown[]): Promise<{ rows: object[] }>
  close(): Promise<void>
}

async function open(engine: 'pglite' | 'postgres'): Promise<Connection> {
  if (engine === 'pglite') {
    const database = await memoryPglite()
    return { query: (text, values) => database.query<object>(text, values), close: () => database.close() }
  }
  const server = await startPostgres()
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  const close = async () => {
    await client.end()
    await server.stop()
  }
  return { query: (text, values) => client.query<object>(text, values), close }
}

const fiscal = (calendar: Calendar, month: number) => ({ calendar, month })
const reckonings: readonly Reckoning[] = [
  { calendar: 'gregory', timeZone: 'America/New_York', fiscal: fiscal('gregory', 1) },
  { calendar: 'persian', timeZone: 'Asia/Tehran', fiscal: fiscal('persian', 1) },
  { calendar: 'buddhist', timeZone: 'Asia/Bangkok', fiscal: fiscal('gregory', 10) },
  { calendar: 'persian', timeZone: '+03:30', fiscal: fiscal('persian', 7) },
  { calendar: 'gregory', timeZone: 'UTC', fiscal: fiscal('buddhist', 4) },
]
const engines = hasPostgres() ? (['pglite', 'postgres'] as const) : (['pglite'] as const)
const kinds = ['date', 'datetime'] as const

/** Every 11th day, and the days around the ends of the years that there can be. */
const days = [-719_162, -719_161, -718_797, 2_932_896, 2_932_531]
for (let day = first; day <= last; day += 11) days.push(day)
/** Days as dates, and as moments close to midnight somewhere. */
const samples: Record<(typeof kinds)[number], string[]> = {
  date: days.map((day) => new Date(day * dayLength).toISOString().slice(0, 10)),
  datetime: days
    .filter((day, i) => i % 5 === 0 && day >= first && day <= last)
    .map((day, i) => new Date(day * dayLength + ((i * 5_413_000) % dayLength)).toISOString()),
}

function property(kind: ValueKind): Extract<Expression, { op: 'property' }> {
  const field = { id: '', name: 'x', type: '' }
  const own: Property = { name: 'x', column: 'x', field, kind, edm: '', nullable: true, readOnly: true }
  return { op: 'property', through: [], property: own, kind }
}

function callOf({ name, overloads }: FunctionDefinition, kind: 'date' | 'datetime'): Expression | undefined {
  const overload = overloads.find(({ params }) => params[0] === kind)
  if (!overload) return undefined
  const more = overload.params.slice(1).map((): Expression => ({ op: 'literal', kind: 'integer', value: '3' }))
  return { op: 'call', function: name, args: [property(kind), ...more], kind: overload.gives }
}

describe.each(engines)('SQL = evaluate on %s', (engine) => {
  let database: Connection
  beforeAll(async () => {
    database = await open(engine)
  })
  afterAll(() => database?.close())

  test.each(reckonings)('$calendar in $timeZone, fiscal year from $fiscal', async (reckoning) => {
    const surroundings = { now: '2026-03-20T20:45:00.000Z', actor: someone([]), reckoning }
    const none = () => {
      throw new Error('only the row is here')
    }
    const scope = {
      property: () => ident('x'),
      lambda: none,
      hierarchy: none,
      parent: none,
      items: none,
      item: none,
      sure: () => false,
      table: none,
    }
    for (const kind of kinds)
      for (const definition of [...calendarFunctions, ...periodFunctions]) {
        const call = callOf(definition, kind)
        if (!call) continue
        const cast = { pieces: [kind === 'date' ? 'date[]' : 'timestamptz[]'] }
        const from = sql`unnest(${{ pieces: [{ parameter: { from: 'input', name: 'x' }, cast: 'text[]' }] }}::${cast}) with ordinality as "u"("x", "n")`
        const { text, parameters } = render(
          sql`select coalesce(json_agg(to_json(${toSql(call, scope)}) #>> '{}' order by "n"), '[]') as "all" from ${join([from], '')}`,
        )
        const values = valuesOf(parameters, { literals: [], ...surroundings, input: { x: samples[kind] } }) as unknown[]
        const { rows } = await database.query(text, values)
        const stored = (rows[0] as { all: (string | null)[] }).all
        const own = samples[kind].map((x) => textOf(evaluate(call, { x }, surroundings)))
        const wrong = own.findIndex((value, i) => value !== stored[i])
        if (wrong >= 0) expect(own[wrong], `${definition.name}(${samples[kind][wrong]})`).toBe(stored[wrong])
      }
  })
})

function textOf(value: Value): string | null {
  return value === null ? null : valueText(value)
}
