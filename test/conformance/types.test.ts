// Does every field type do what its own table of facts says, in memory and on both engines? Globs the type folders: a new
// type is tested by being there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { isOrdered, valueText, type Value, type ValueKind } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import type { Field, Model } from '@peyvand/core/model/model.ts'
import { bindExpression } from '@peyvand/core/expression/bind.ts'
import { evaluate, holds } from '@peyvand/core/expression/evaluate.ts'
import { render, sql } from '@peyvand/core/expression/fragment.ts'
import { outgoing } from '@peyvand/core/expression/outgoing.ts'
import { printSyntax } from '@peyvand/core/expression/print.ts'
import { castOf } from '@peyvand/core/expression/sql-type.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import { valuesOf } from '@peyvand/core/access/values.ts'
import { prepareWrite, type WriteRow } from '@peyvand/core/access/write.ts'
import { unmetDemands } from '@peyvand/core/model/demands.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { conditionSql, newBuild, newFrame, propertyValue, tableOf } from '@peyvand/core/query/frame.ts'
import { prepare, review, type PreparedStep } from '@peyvand/core/plan/prepare.ts'
import { target } from '@peyvand/core/plan/target.ts'
import { typeOf, types } from '@peyvand/core/types/index.ts'
import type { FieldType, Parsed } from '@peyvand/core/types/type.ts'
import type { Database } from '@peyvand/runtime/db/database.ts'
import { tenantMigrations } from '@peyvand/runtime/db/migrations.ts'
import { openDatabase } from '@peyvand/runtime/db/open.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { someone } from '../support/query-model.ts'
import { engines } from '../support/server.ts'
import { inputOf, tables } from '../support/types.ts'

const around: Definition[] = [
  { kind: 'entity', name: 'account', fields: [{ name: 'name', type: 'text' }] },
  { kind: 'entity', name: 'contact', fields: [{ name: 'name', type: 'text' }] },
  { kind: 'choice', name: 'industry', options: [{ value: 'food' }] },
  { kind: 'entity', name: 'user', fields: [{ name: 'name', type: 'text' }] },
  {
    kind: 'entity',
    name: 'visit',
    fields: [
      { name: 'of', type: 'lookup', target: 'subject' },
      { name: 'cost', type: 'money' },
      { name: 'minutes', type: 'integer' },
      { name: 'day', type: 'date' },
      { name: 'note', type: 'text' },
      { name: 'paid', type: 'boolean' },
    ],
  },
]

const everyone = {
  kind: 'role',
  name: 'administrator',
  grants: [{ entity: '*', read: 'all', write: 'all', append: 'all', append_to: 'all' }],
} as Definition

/** Names of the types a type turns into, by its own word or by theirs; none of those that the server fills. */
function castsOf(type: FieldType): string[] {
  return tables
    .filter(({ type: other }) => type.casts[other.name] !== undefined || other.castsFrom?.[type.name] !== undefined)
    .filter(({ type: other }) => !other.generated && other.formula === undefined && other.rollup === undefined)
    .map(({ name }) => name)
}

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

function mainOf(type: FieldType, field: Field): string {
  return type.columns(field)[0]!.suffix
}

/** A column's value in JSON, as a read gives it; decimals as text with every digit. */
function shown(kind: ValueKind, column: string): string {
  return kind === 'decimal' ? `${column}::text` : render(outgoing(kind, { pieces: [column] })).text
}

/** A value as the driver takes it: documents travel as JSON text. */
function storedAs(kind: ValueKind, value: Value): Value {
  return value !== null && castOf[kind] === 'jsonb' ? JSON.stringify(value) : value
}

/** What is written behind an operator: texts for a test of texts, one value of a list for `has`. */
function operands(operator: string, kind: ValueKind, values: readonly Value[]): Syntax[] {
  const literal = (of: ValueKind, value: Value): Syntax => ({
    op: 'literal',
    kind: of,
    value: typeof value === 'boolean' ? value : valueText(value),
    position: 0,
  })
  if (operator === 'in')
    return values.map((value, i) => ({
      op: 'list',
      items: [literal(kind, value), literal(kind, values[(i + 1) % values.length]!)],
      position: 0,
    }))
  if (kind === 'texts') return [...new Set(values.flat() as string[]), 'nothing'].map((value) => literal('text', value))
  return values.map((value) => literal(kind, value))
}

/** Equal as the facts mean it: instants as instants, all else as written. */
function plain(kind: string, value: unknown): unknown {
  return kind === 'datetime' && typeof value === 'string'
    ? new Date(value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString()
    : value
}

/** JSON as PostgreSQL wrote it: a whole number beyond 2^53 stays text, as it does in memory. */
function parseExact(text: string): unknown {
  const exact = (_key: string, value: unknown, { source }: { source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d{1,19}$/.test(source ?? '') ? source : value
  return JSON.parse(text, exact as Parameters<typeof JSON.parse>[1])
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
    for (const { stored, field = 0 } of cases.good) {
      // Files are known by their ids, not by the names that are read.
      if (stored === null || type.files) continue
      const at = modelOf(name, cases.fields[field]!.field)
      const { kind } = type.columns(at.field)[0]!
      const text = kind === 'texts' ? (stored as string[]).join('; ') : valueText(stored)
      if (text === '') continue
      const typed = type.fromText(text, at.field)
      expect(typed, text).not.toBeInstanceOf(Problem)
      const parsed = type.parse(inputOf(typed as JsonValue), at.field, at.model)
      expect(plain(kind, (parsed as Parsed)[mainOf(type, at.field)] ?? typed)).toEqual(stored)
    }
  })

  it('asks only for casts the other type knows of', () => {
    for (const other of [...Object.keys(type.casts), ...Object.keys(type.castsFrom ?? {})])
      expect(types.has(other), other).toBe(true)
  })
})

/** Records that lookups of the facts lead to. */
function targetsIn(schema: string): string[] {
  return [
    `insert into "${schema}"."account" ("id", "created_at", "modified_at", "version") values ('019f0000-0000-7000-8000-000000000001', '2026-01-01', '2026-01-01', 1), ('019f0000-0000-7000-8000-000000000002', '2026-01-01', '2026-01-01', 1)`,
  ]
}

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
  const create = async (model: Model, isWritten = false): Promise<string> => {
    const schema = `t_case_${next++}`
    await run([`create schema "${schema}"`])
    if (isWritten) await run(tenantMigrations.flatMap(({ statements }) => statements(schema)))
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
    const kinds = new Map(
      typeOf(field)
        .columns(field)
        .map(({ suffix, kind }) => [suffix, kind]),
    )
    const given = suffixes.map((suffix) => storedAs(kinds.get(suffix)!, parsed[suffix]!))
    const values = [id, new Date(), new Date(), 1, ...given]
    if (required) expect(suffixes.length).toBeGreaterThan(0)
    await database.query({
      text: `insert into "${schema}"."subject" (${names.join(', ')}) values (${values.map((_, i) => `$${i + 1}`).join(', ')})`,
      values,
    })
    return id
  }

  const read = async (schema: string, column: string, kind: string, id: string): Promise<unknown> => {
    const value = shown(kind as ValueKind, `t."${column}"`)
    const { rows } = await database.query<{ json: string }>({
      text: `select row_to_json(r)::text as json from (select ${value} as value from "${schema}"."subject" as t where t."id" = $1) as r`,
      values: [id],
    })
    return plain(kind, (parseExact(rows[0]!.json) as JsonObject)['value'])
  }

  describe.each(tables)('$name', ({ name, cases, type }) => {
    it.each(cases.derived ?? [])(
      'gives $gives for $field.expression$suffix on $record',
      async ({ beside, record, field, suffix = '', gives }) => {
        const entity = subject(name, field) as Extract<Definition, { kind: 'entity' }>
        const model = buildModel([...around, { ...entity, fields: [...entity.fields, ...beside] } as Definition], 1)
        const schema = await create(model)
        const subjectEntity = model.entities.get('subject')!
        const property = wireOf(model, subjectEntity).properties.get(field.name + suffix)!
        const columns = Object.entries({ ...record, id: '019f0000-0000-7000-8000-00000000000a', version: 1 })
        const system = "'2026-01-01', '2026-01-01'"
        await database.query({
          text: `insert into "${schema}"."subject" (${columns.map(([column]) => `"${column}"`).join(', ')}, "created_at", "modified_at") values (${columns.map((_, i) => `$${i + 1}`).join(', ')}, ${system})`,
          values: columns.map(([, value]) => value),
        })
        const build = newBuild(model, schema, new Map([...model.entityById.keys()].map((id) => [id, null])))
        const frame = newFrame(build, subjectEntity.id)
        const value = propertyValue(build, frame, property, 'select')
        const select = render(
          sql`select to_json(${value}) #>> '{}' as "value" from ${tableOf(build, subjectEntity.id)} ${frame.alias}`,
        )
        const surroundings = { actor: someone(['administrator']), now: '2026-05-14T12:34:56.789Z' }
        const values = valuesOf(select.parameters, { literals: [], ...surroundings })
        const { rows } = await database.query<{ value: string | null }>({
          text: select.text,
          values: values as unknown[],
        })
        const shownText = (each: Value) => (each === null ? null : plain(property.kind, valueText(each)))
        expect(shownText(rows[0]!.value)).toBe(shownText(gives))
        expect(shownText(evaluate(property.formula!, record, surroundings))).toBe(shownText(gives))
      },
    )

    it.each(cases.changes ?? [])('$record + $write: $gives', async ({ beside = [], field, record, write, gives }) => {
      const entity = subject(name, field) as Extract<Definition, { kind: 'entity' }>
      const model = buildModel(
        [...around, everyone, { ...entity, fields: [...entity.fields, ...beside] } as Definition],
        1,
      )
      const subjectEntity = model.entities.get('subject')!
      const schema = await create(model, true)
      if (type.link !== undefined) await run(targetsIn(schema))
      const id = '019f0000-0000-7000-8000-00000000000a'
      const columns = Object.entries({ ...record, id, version: 1, created_at: '2026-01-01', modified_at: '2026-01-01' })
      await database.query({
        text: `insert into "${schema}"."subject" (${columns.map(([column]) => `"${column}"`).join(', ')}) values (${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
        values: columns.map(([, value]) => value),
      })
      const said = (problem: Problem | undefined) => problem && [problem.params?.['rule'], problem.message]
      const written = (column: string) => write[column] as Value | undefined
      const now = { ...record, ...write }
      const inMemory = unmetDemands(
        { entity: subjectEntity, model, written },
        (column) => record[column],
        (column) => now[column],
      )
      const prepared = prepareWrite({
        model,
        actor: someone(['administrator']),
        operation: 'update',
        entity: { ...subjectEntity, audit: false },
        id,
        values: write,
        now: '2026-05-14T12:34:56.789Z',
        requestId: 'r',
        schema,
      })
      const outcome =
        prepared instanceof Problem
          ? prepared
          : prepared.outcome((await database.query<WriteRow>(prepared.statement)).rows[0])
      const refusal = outcome instanceof Problem ? outcome : undefined
      expect(said(inMemory[0])).toEqual(said(refusal))
      if (gives === 'accepted') return expect(refusal).toBeUndefined()
      expect(refusal?.params?.['rule']).toBe(gives.refused)
      expect(refusal?.message).toContain(gives.says)
    })

    if (cases.not?.column !== undefined) {
      console.log(`LEFT OUT: ${name} as a column: ${cases.not.column}`)
      return
    }

    it('stores what is good and gives it back', async () => {
      for (const [index, { field: shape }] of cases.fields.entries()) {
        const { model, field } = modelOf(name, { ...shape, onDelete: undefined })
        const schema = await create(model)
        await run(targetsIn(schema))
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
      await run(targetsIn(schema))
      const column = type.columns(field)[0]!
      for (const value of cases.sorted.toReversed()) await insert(schema, { [column.suffix]: value }, field, false)
      const value = shown(column.kind, `t."${field.name}${column.suffix}"`)
      const { rows } = await database.query<{ json: string }>({
        text: `select row_to_json(r)::text as json from (select ${value} as value from "${schema}"."subject" as t order by t."${field.name}${column.suffix}") as r`,
      })
      expect(rows.map((row) => plain(column.kind, (parseExact(row.json) as JsonObject)['value']))).toEqual(cases.sorted)
    })

    it('gives the same rows by every operator, in memory and in SQL', async () => {
      const { model, field } = modelOf(name, cases.fields[0]!.field)
      const schema = await create(model)
      await run(targetsIn(schema))
      const column = type.columns(field)[0]!
      for (const value of [...cases.sorted, null]) await insert(schema, { [column.suffix]: value }, field, false)
      const wire = (id: string) => wireOf(model, model.entityById.get(id)!)
      const subjectEntity = model.entities.get('subject')!
      const property = wire(subjectEntity.id).properties.get(field.name + column.suffix)!
      const { rows } = await database.query<{ json: string }>({
        text: `select row_to_json(r)::text as json from (select t.id, ${shown(column.kind, `t."${property.name}"`)} as "${property.name}" from "${schema}"."subject" as t order by t.id) as r`,
      })
      const records = rows.map(({ json }) => parseExact(json) as JsonObject & { id: string })
      const actor = someone(['administrator'])
      const nothing: Syntax = { op: 'literal', kind: 'null', value: null, position: 0 }
      const path: Syntax = { op: 'path', names: [property.name], position: 0 }
      const asked = [...type.operators, 'eq', 'ne'].flatMap((operator) => {
        const call = (operand: Syntax): Syntax => ({ op: 'call', name: operator, args: [path, operand], position: 0 })
        if (operator === 'nothas') return []
        const ordered = isOrdered(column.kind) || operator === 'has'
        const none: Syntax = operator === 'in' ? { op: 'list', items: [nothing], position: 0 } : nothing
        return [none, ...(ordered ? operands(operator, column.kind, cases.sorted as Value[]) : [])].map(call)
      })
      for (const syntax of asked) {
        const bound = bindExpression(syntax, { root: wire(subjectEntity.id), wire }, 'boolean')
        if (bound instanceof Problem) throw bound
        const build = newBuild(model, schema, new Map([...model.entityById.keys()].map((id) => [id, null])))
        const frame = newFrame(build, subjectEntity.id)
        const condition = conditionSql(build, [frame], bound)!
        const select = render(
          sql`select ${frame.alias}."id"::text as "id" from ${tableOf(build, subjectEntity.id)} ${frame.alias} where ${condition} order by ${frame.alias}."id"`,
        )
        const values = valuesOf(select.parameters, { literals: [], actor, now: '2026-05-14T12:34:56.789Z' })
        const found = await database.query<{ id: string }>({ text: select.text, values: values as unknown[] })
        const expected = records.filter((row) => holds(bound, row, { actor, now: '2026-05-14T12:34:56.789Z' }))
        expect(
          found.rows.map(({ id }) => id),
          printSyntax(syntax),
        ).toEqual(expected.map(({ id }) => id))
      }
    })

    it.each(castsOf(type))('turns into %s only what that type accepts', async (to) => {
      const other = tables.find((table) => table.name === to)!
      const before = modelOf(name, { ...cases.fields[0]!.field, name: 'subject_field' })
      const after = modelOf(to, { ...other.cases.fields[0]!.field, name: 'subject_field' })
      const schema = await create(before.model)
      await run(targetsIn(schema))
      const suffix = mainOf(type, before.field)
      const ids: string[] = []
      for (const value of cases.sorted) ids.push(await insert(schema, { [suffix]: value }, before.field, false))
      const models = { before: before.model, after: after.model }
      const steps = prepare({ now: target(before.model), next: target(after.model), ...models, schema, stamp: '2' })
      const risks = await Promise.all(steps.map((step) => measure(step)))
      if (risks.includes('blocked')) {
        console.log(`BLOCKED: ${name} → ${to}: the plan finds values of the facts that would not convert`)
        return
      }
      for (const step of steps) await run(step.sql)
      const column = other.type.columns(after.field)[0]!
      for (const id of ids) {
        const value = (await read(schema, after.field.name + column.suffix, column.kind, id)) as JsonValue
        const parsed = other.type.parse({ [column.suffix]: value }, after.field, after.model)
        expect(parsed, JSON.stringify(value)).not.toBeInstanceOf(Problem)
      }
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
