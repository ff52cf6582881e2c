// Does every good value of every field type come through the service as its table of facts says: created and updated by
// $bulk, exported as CSV and imported again without a change, and null left at its place? Globs the type folders; a type
// that takes no part says why in its facts, and the reason is printed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { isOrdered, valueText, type ValueKind } from '@peyvand/core/base/kind.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import type { Field, Model } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { inputOf, tables, type TypeTable } from '../support/types.ts'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'

const served = tables.filter(({ cases }) => cases.not?.bulk === undefined)
const nullable = served.filter(({ cases }) => cases.not?.null === undefined)
for (const { name, cases } of tables)
  for (const [part, reason] of Object.entries(cases.not ?? {})) console.log(`LEFT OUT: ${name} of ${part}: ${reason}`)

const around = [
  { kind: 'entity', name: 'account', fields: [{ name: 'name', type: 'text' }] },
  { kind: 'entity', name: 'contact', fields: [{ name: 'name', type: 'text' }] },
  { kind: 'choice', name: 'industry', options: [{ value: 'food' }] },
] as Definition[]

/** The entity of a type: a field of every shape its facts name, free of rules between records and of retired options. */
function entityOf({ name, cases }: TypeTable): Definition {
  const shapes = cases.fields.map(({ field }) => ({ type: name, ...field, required: undefined, unique: undefined }))
  const fields = [{ name: 'case_mark', type: 'integer', unique: true }, ...shapes]
  const definition = { kind: 'entity', name: `case_${name}`, entitySet: `case_${name}s`, fields }
  const given = (key: string, value: unknown): unknown => (key === 'active' ? undefined : value)
  return JSON.parse(JSON.stringify(definition, given)) as Definition
}

const definitions = served.map(entityOf)
const model: Model = buildModel([...around, ...definitions], 1)

/** The input as properties of a record; a lookup's as columns, since the service has no short spelling of an id. */
function bodyOf(field: Field, input: JsonValue): JsonObject {
  const type = typeOf(field)
  const given = inputOf(input)
  const values = type.link ? (type.parse(given, field, model) as JsonObject) : given
  return Object.fromEntries(Object.entries(values).map(([suffix, value]) => [field.name + suffix, value]))
}

/** No value; of a list, none in it. */
function isNothing(kind: ValueKind, value: JsonValue): boolean {
  return value === null || (kind === 'texts' && (value as JsonValue[]).length === 0)
}

/** Records that lookups of the facts lead to. */
const linked = ['019f0000-0000-7000-8000-000000000001', '019f0000-0000-7000-8000-000000000002']

/** Every good value with the record that will hold it. */
function rowsOf({ name, cases }: TypeTable) {
  const { fields } = model.entities.get(`case_${name}`)!
  return cases.good
    .filter(({ input }) => cases.not?.null === undefined || input !== null)
    .map(({ input, stored, field: at = 0 }, index) => {
      const field = fields.find((each) => each.name === cases.fields[at]!.field.name)!
      const column = typeOf(field).columns(field)[0]!
      const property = field.name + column.suffix
      return { mark: index, body: bodyOf(field, input), property, kind: column.kind, stored }
    })
}

/** Equal as the facts mean it: instants as instants, numbers by their digits, all else as written. */
function plain(kind: ValueKind, value: JsonValue): JsonValue {
  if (value === null) return null
  if (kind === 'datetime') return new Date(valueText(value)).toISOString()
  return kind === 'integer' || kind === 'decimal' ? valueText(value) : value
}

describe.each(engines)('on %s', (engine) => {
  let server: TestServer
  const ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
    call(server, method, `/api/data/v1/${path}`, body, headers)

  /** All records of a type's entity by id, numbers with every digit. */
  const read = async (name: string, order = 'case_mark'): Promise<JsonObject[]> => {
    const answer = await ask('GET', `case_${name}s?$orderby=${order}`, undefined, {
      accept: 'application/json;IEEE754Compatible=true',
    })
    expect(answer.status, answer.text).toBe(200)
    return (answer.json as { value: JsonObject[] }).value
  }

  const bulk = async (name: string, body: object): Promise<void> => {
    const answer = await ask('POST', `case_${name}s/$bulk`, body)
    expect(answer.status, answer.text).toBe(200)
  }

  const expectStored = async (name: string, rows: ReturnType<typeof rowsOf>): Promise<void> => {
    const found = await read(name)
    expect(found.length).toBe(rows.length)
    for (const { mark, body, property, kind, stored } of rows)
      expect(plain(kind, found[mark]![property]!), JSON.stringify(body).slice(0, 120)).toEqual(plain(kind, stored))
  }

  beforeAll(async () => {
    server = await startServer({ engine })
    const changes = [...around, ...definitions].map((definition) => ({ op: 'put', definition }))
    const applied = await call(server, 'POST', '/api/model/apply', { changes })
    expect(applied.status, applied.text).toBe(200)
    for (const entity of ['account', 'contact']) {
      for (const id of linked) {
        const made = await ask('PATCH', `${entity}s(${id})`, {})
        expect(made.status, made.text).toBe(201)
      }
    }
  })
  afterAll(() => server?.stop())

  describe.each(served)('$name', (table) => {
    const { name } = table
    const rows = rowsOf(table)

    test('every good value is created in bulk', async () => {
      await bulk(name, { create: rows.map(({ mark, body }) => ({ case_mark: mark, ...body })) })
      await expectStored(name, rows)
    })

    test('goes out as CSV and comes back without a change', async () => {
      const before = await read(name)
      const csv = await call(server, 'GET', `/api/export/case_${name}?format=csv`)
      expect(csv.status, csv.text).toBe(200)
      const again = await call(server, 'POST', `/api/import/case_${name}?key=id`, csv.text, {
        'content-type': 'text/csv',
      })
      // CSV has one spelling for no value and for an empty text, which are two values of a text field.
      const empty = rows.filter(({ stored }) => stored === '')
      const unchanged = rows.length - empty.length
      expect(again.json, again.text).toMatchObject({ created: 0, updated: empty.length, failed: 0, unchanged })
      const kept = (records: JsonObject[]) => records.filter((_, mark) => !empty.some((row) => row.mark === mark))
      expect(kept(await read(name))).toEqual(kept(before))
    })

    test('every good value is written in bulk over another one', async () => {
      const turned = rows.map(({ mark }) => ({ ...rows[(mark + 1) % rows.length]!, mark }))
      const ids = (await read(name)).map(({ id }) => id)
      const cleared = (row: (typeof rows)[number]) =>
        Object.fromEntries(
          rows.filter(({ property }) => property !== row.property).map((each) => [each.property, null]),
        )
      const update = turned.map((row) => ({
        id: ids[row.mark],
        ...(table.cases.not?.null ? {} : cleared(row)),
        ...row.body,
      }))
      await bulk(name, { update })
      await expectStored(name, turned)
    })
  })

  test.each(nullable)('$name: null is first upwards and last downwards', async (table) => {
    const { name } = table
    const { property, kind, stored } = rowsOf(table).find((row) => row.stored !== null)!
    if (!isOrdered(kind)) return
    for (const [direction, place] of [
      ['asc', 'first'],
      ['desc', 'last'],
    ] as const) {
      const values = (await read(name, `${property} ${direction},case_mark`)).map((record) => record[property] ?? null)
      const nulls = values.filter((value) => value === null).length
      expect(nulls, valueText(stored)).toBeGreaterThan(0)
      const edge = place === 'last' ? values.slice(-nulls) : values.slice(0, nulls)
      expect(
        edge.every((value) => value === null),
        direction,
      ).toBe(true)
    }
  })

  test.each(nullable)('$name: what is null is found by "eq null" and no other', async (table) => {
    const { name } = table
    const { property, kind } = rowsOf(table)[0]!
    const all = await read(name)
    for (const operator of ['eq', 'ne']) {
      const answer = await ask(
        'GET',
        `case_${name}s?$filter=${property} ${operator} null&$select=id&$orderby=case_mark`,
      )
      expect(answer.status, answer.text).toBe(200)
      const wanted = all.filter((record) => isNothing(kind, record[property]!) === (operator === 'eq'))
      expect((answer.json as { value: JsonObject[] }).value.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id))
    }
  })
})
