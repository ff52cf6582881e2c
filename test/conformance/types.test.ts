// Does every field type do what its own table of facts says, in memory and on both engines? Globs the type folders: a new
// type is tested by being there.
import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import { valueText } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import type { Field, Model } from '@peyvand/core/model/model.ts'
import { prepare, review, type PreparedStep } from '@peyvand/core/plan/prepare.ts'
import { target } from '@peyvand/core/plan/target.ts'
import { typeOf, types } from '@peyvand/core/types/index.ts'
import type { FieldType, Parsed, TypeCases } from '@peyvand/core/types/type.ts'
import type { Database } from '@peyvand/runtime/db/database.ts'
import { openDatabase } from '@peyvand/runtime/db/open.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { engines } from '../support/server.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../core/src/types')
const tables = await Promise.all(
  globSync('*/cases.ts', { cwd: root })
    .sort()
    .map(async (file) => {
      const { cases } = (await import(pathToFileURL(join(root, file)).href)) as { cases: TypeCases }
      return { name: dirname(file), cases, type: types.get(dirname(file))! }
    }),
)

const around: Definition[] = [
  { kind: 'entity', name: 'account', fields: [{ name: 'name', type: 'text' }] },
  { kind: 'entity', name: 'contact', fields: [{ name: 'name', type: 'text' }] },
  { kind: 'choice', name: 'industry', options: [{ value: 'food' }] },
]

/** A definition of an entity `subject` with this one field. */
function subject(type: string, field: Partial<Field>): Definition {
  return {
    kind: 'entity',
    name: 'subject',
    id: '019f0000-0000-7000-8000-00000000aaaa',
    fields: [{ type, id: '019f0000-0000-7000-8000-00000000bbbb', ...field }],
  } as Definition
}

function modelOf(type: string, field: Partial<Field>): { model: Model; field: Field } {
  const model = buildModel([...around, subject(type, field)], 1)
  return { model, field: model.entities.get('subject')!.fields[0]! }
}

/** The input by column suffix: a bare value is the main one, an object of suffixes is several columns. */
function inputOf(value: JsonValue): Record<string, JsonValue> {
  const several =
    isJsonObject(value) &&
    Object.keys(value).length > 0 &&
    Object.keys(value).every((key) => key === '' || key.startsWith('_'))
  return several ? value : { '': value }
}

function mainOf(type: FieldType, field: Field): string {
  return type.columns(field)[0]!.suffix
}

/** Equal as the facts mean it: instants as instants, all else as written. */
function plain(kind: string, value: unknown): unknown {
  return kind === 'datetime' && typeof value === 'string'
    ? new Date(value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString()
    : value
}

it('every type folder has facts, and every type is in the barrel', () => {
  expect(tables.map((table) => table.name)).toEqual([...types.keys()])
})

describe.each(tables)('$name', ({ name, cases, type }) => {
  it('has sound fields', () => {
    for (const { field } of cases.fields)
      expect(
        checkDefinitions([...around, subject(name, field)]).map((problem) => `${problem.pointer} ${problem.message}`),
      ).toEqual([])
  })

  it.each(cases.badSettings)('refuses $field at $pointer', ({ field, pointer }) => {
    const pointers = checkDefinitions([...around, subject(name, field)]).map((problem) => problem.pointer)
    expect(pointers).toContain(`/entity/subject/fields/0${pointer}`)
  })

  it.each(cases.bad)('refuses $input', ({ input, code, field = 0 }) => {
    const at = modelOf(name, cases.fields[field]!.field)
    const parsed = type.parse(inputOf(input), at.field, at.model)
    expect(parsed).toBeInstanceOf(Problem)
    const problem = parsed as Problem
    expect(problem.code).toBe(code)
    expect(problem.pointer).toMatch(new RegExp(`^/${at.field.name}`))
    expect(problem.message).toContain('"')
  })

  it.each(cases.text)('shows $value in $language as $text', ({ value, language, text, field = 0 }) => {
    const at = modelOf(name, cases.fields[field]!.field)
    const shown = type.format(value, at.field, { language, timeZone: 'UTC', calendar: 'gregory', model: at.model })
    expect(shown.replaceAll(/[\u00a0\u202f]/g, ' ')).toBe(text)
  })

  it('reads its own text back', () => {
    const at = modelOf(name, cases.fields[0]!.field)
    for (const { stored, field = 0 } of cases.good) {
      if (stored === null || field !== 0 || typeof stored === 'boolean') continue
      const typed = type.fromText(valueText(stored), at.field)
      expect(typed, valueText(stored)).not.toBeInstanceOf(Problem)
      const parsed = type.parse(inputOf(typed as JsonValue), at.field, at.model)
      expect(plain(type.columns(at.field)[0]!.kind, (parsed as Parsed)[mainOf(type, at.field)] ?? typed)).toEqual(
        stored,
      )
    }
  })

  it('asks only for casts the other type knows of', () => {
    for (const to of Object.keys(type.casts)) expect(types.has(to), to).toBe(true)
  })
})

describe.each(engines)('on %s', (engine) => {
  let fresh: FreshDatabase
  let database: Database
  let next = 0

  beforeAll(async () => {
    fresh = await freshDatabase(engine)
    database = await openDatabase(fresh.config)
  })
  afterAll(async () => {
    await database?.close()
    await fresh?.remove()
  })

  const run = async (statements: readonly string[]): Promise<void> => {
    for (const text of statements) await database.query({ text })
  }

  /** A schema of its own with the tables of this model. */
  const create = async (model: Model): Promise<string> => {
    const schema = `t_case_${next++}`
    await run([`create schema "${schema}"`])
    for (const step of prepare({ now: new Map(), next: target(model), after: model, schema, stamp: '1' }))
      await run(step.sql)
    return schema
  }

  const insert = async (schema: string, parsed: Parsed, field: Field, required: boolean): Promise<string> => {
    const { rows } = await database.query<{ id: string }>({ text: 'select gen_random_uuid()::text as id' })
    const id = rows[0]!.id
    const suffixes = Object.keys(parsed)
    const names = ['id', 'created_at', 'modified_at', 'version', ...suffixes.map((suffix) => field.name + suffix)].map(
      (column) => `"${column}"`,
    )
    const values = [id, new Date(), new Date(), 1, ...suffixes.map((suffix) => parsed[suffix])]
    if (required) expect(suffixes.length).toBeGreaterThan(0)
    await database.query({
      text: `insert into "${schema}"."subject" (${names.join(', ')}) values (${values.map((_, i) => `$${i + 1}`).join(', ')})`,
      values,
    })
    return id
  }

  const read = async (schema: string, column: string, kind: string, id: string): Promise<unknown> => {
    const value = kind === 'decimal' ? `t."${column}"::text` : `t."${column}"`
    const { rows } = await database.query<{ json: string }>({
      text: `select row_to_json(r)::text as json from (select ${value} as value from "${schema}"."subject" as t where t."id" = $1) as r`,
      values: [id],
    })
    return plain(kind, (JSON.parse(rows[0]!.json) as JsonObject)['value'])
  }

  describe.each(tables)('$name', ({ name, cases, type }) => {
    it('stores what is good and gives it back', async () => {
      for (const [index, { field: shape }] of cases.fields.entries()) {
        const { model, field } = modelOf(name, { ...shape, onDelete: undefined })
        const schema = await create(model)
        await run([
          `insert into "${schema}"."account" ("id", "created_at", "modified_at", "version") values ('019f0000-0000-7000-8000-000000000001', '2026-01-01', '2026-01-01', 1), ('019f0000-0000-7000-8000-000000000002', '2026-01-01', '2026-01-01', 1)`,
        ])
        const column = type.columns(field)[0]!
        for (const { input, stored, field: at = 0 } of cases.good.filter((one) => (one.field ?? 0) === index)) {
          const parsed = type.parse(inputOf(input), field, model)
          expect(parsed, JSON.stringify(input).slice(0, 80)).not.toBeInstanceOf(Problem)
          const id = await insert(schema, parsed as Parsed, field, at === index && field.required === true)
          expect(await read(schema, field.name + column.suffix, column.kind, id)).toEqual(stored)
        }
      }
    })

    it('sorts as the facts say', async () => {
      const { model, field } = modelOf(name, cases.fields[0]!.field)
      const schema = await create(model)
      await run([
        `insert into "${schema}"."account" ("id", "created_at", "modified_at", "version") values ('019f0000-0000-7000-8000-000000000001', '2026-01-01', '2026-01-01', 1), ('019f0000-0000-7000-8000-000000000002', '2026-01-01', '2026-01-01', 1)`,
      ])
      const column = type.columns(field)[0]!
      for (const value of cases.sorted.toReversed()) await insert(schema, { [column.suffix]: value }, field, false)
      const shown = column.kind === 'decimal' ? `t."${field.name}"::text` : `t."${field.name}${column.suffix}"`
      const { rows } = await database.query<{ json: string }>({
        text: `select row_to_json(r)::text as json from (select ${shown} as value from "${schema}"."subject" as t order by t."${field.name}${column.suffix}") as r`,
      })
      expect(rows.map((row) => plain(column.kind, (JSON.parse(row.json) as JsonObject)['value']))).toEqual(cases.sorted)
    })

    it.each(cases.casts)('$value → $to.type $gives', async ({ to, value, gives }) => {
      const before = modelOf(name, cases.fields[0]!.field)
      const after = modelOf(to.type, { name: before.field.name, ...to })
      const schema = await create(before.model)
      const suffix = mainOf(type, before.field)
      const id = await insert(schema, { [suffix]: value }, before.field, false)
      const steps = prepare({
        now: target(before.model),
        next: target(after.model),
        before: before.model,
        after: after.model,
        schema,
        stamp: '2',
      })
      const risks = await Promise.all(steps.map((step) => measure(step)))
      if (gives === 'fails') return expect(risks).toContain('blocked')
      expect(risks).not.toContain('blocked')
      const kind = (of: Field) => typeOf(of).columns(of)[0]!.kind
      const original = await read(schema, before.field.name + suffix, kind(before.field), id)
      for (const step of steps) await run(step.sql)
      expect(
        await read(schema, after.field.name + mainOf(typeOf(after.field), after.field), kind(after.field), id),
      ).toEqual(gives)
      for (const step of steps.toReversed()) await run(step.undo)
      expect(await read(schema, before.field.name + suffix, kind(before.field), id)).toEqual(original)
    })
  })

  const measure = async (step: PreparedStep): Promise<string> => {
    const { question } = step.assessment
    if (question === undefined) return review(step, { rows: 1 }).risk
    const { rows } = await database.query<{ n: number | string }>({ text: question.text })
    return review(step, { rows: 1, count: Number(rows[0]!.n) }).risk
  }
})
