// Do plans keep their laws: nothing to do between equal schemas, steps lead where they should, and every step can be taken
// back, in memory and as SQL on both engines?
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import { prepare } from '@peyvand/core/plan/prepare.ts'
import { diff } from '@peyvand/core/plan/diff.ts'
import type { Step, Tables } from '@peyvand/core/plan/steps.ts'
import { applySteps, canonical } from '@peyvand/core/plan/tables.ts'
import { target } from '@peyvand/core/plan/target.ts'
import { undoAll } from '@peyvand/core/plan/undo.ts'
import type { Database } from '@peyvand/runtime/db/database.ts'
import { openDatabase } from '@peyvand/runtime/db/open.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { engines } from '../support/server.ts'
import { cases, definitions, models, runs } from './models.ts'

const stepKinds: readonly Step['kind'][] = [
  'create_table',
  'drop_table',
  'rename_table',
  'add_column',
  'drop_column',
  'rename_column',
  'retype_column',
  'backfill',
  'set_not_null',
  'drop_not_null',
  'add_index',
  'drop_index',
  'add_foreign_key',
  'drop_foreign_key',
]

describe('in memory', () => {
  it('the random definitions are sound', () => {
    fc.assert(
      fc.property(definitions, (drawn) => {
        expect(checkDefinitions(drawn).map((problem) => `${problem.pointer} ${problem.message}`)).toEqual([])
      }),
      { numRuns: Math.min(cases, 500) },
    )
  })

  it('diff(t, t) = []', () => {
    fc.assert(
      fc.property(models, (model) => {
        expect(diff(target(model), target(model))).toEqual([])
      }),
      runs,
    )
  })

  it('apply(diff(a, b), a) = b', () => {
    fc.assert(
      fc.property(models, models, (a, b) => {
        expect(canonical(applySteps(target(a), diff(target(a), target(b))))).toBe(canonical(target(b)))
      }),
      runs,
    )
  })

  it('undo restores', () => {
    fc.assert(
      fc.property(models, models, (a, b) => {
        const steps = diff(target(a), target(b))
        const there = applySteps(target(a), steps)
        expect(canonical(applySteps(there, undoAll(steps)))).toBe(canonical(target(a)))
      }),
      runs,
    )
  })

  it('the random pairs exercise every kind of step', () => {
    // A backfill is the rarest (about one pair in 200); 5,000 pairs practically never miss it.
    const pairs = fc.sample(fc.tuple(models, models), 5_000)
    const seen = new Set(pairs.flatMap(([a, b]) => diff(target(a), target(b)).map((step) => step.kind)))
    expect([...seen].sort()).toEqual([...stepKinds].sort())
  })

  it('the same two schemas always give the same steps', () => {
    fc.assert(
      fc.property(models, models, (a, b) => {
        expect(JSON.stringify(diff(target(a), target(b)))).toBe(JSON.stringify(diff(target(a), target(b))))
      }),
      { numRuns: Math.min(cases, 300) },
    )
  })
})

describe.each(engines)('as SQL on %s', (engine) => {
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

  it('the steps lead to the schema, and their way back to the one before', async () => {
    await fc.assert(
      fc.asyncProperty(models, models, async (a, b) => {
        const schema = `t_law_${next++}`
        await database.query({ text: `create schema "${schema}"` })
        const run = async (statements: readonly string[]): Promise<void> => {
          for (const text of statements) await database.query({ text })
        }
        for (const step of prepare({ now: new Map(), next: target(a), after: a, schema, stamp: '1' }))
          await run(step.sql)
        const before = await physical(database, schema)
        expect(before).toEqual(expected(target(a)))
        const steps = prepare({ now: target(a), next: target(b), before: a, after: b, schema, stamp: '2' })
        for (const step of steps) await run(step.sql)
        expect(await physical(database, schema)).toEqual(expected(target(b)))
        for (const step of steps.toReversed()) await run(step.undo)
        expect(await physical(database, schema)).toEqual(before)
        await database.query({ text: `drop schema "${schema}" cascade` })
      }),
      { numRuns: Math.max(10, Math.round(cases / 40)) },
    )
  })
})

/** What a schema should look like to the catalog. */
function expected(tables: Tables): string[] {
  return [...tables.values()]
    .flatMap((table) => [
      ...table.columns.map(
        (column) =>
          `column ${table.name}.${column.name} ${column.sqlType.replace('timestamptz(3)', 'timestamp(3) with time zone')} ${column.notNull || column.name === 'id' ? 'not null' : 'null'} ${column.collation ?? '-'}`,
      ),
      // This database has no trigrams, and does without the indexes over them.
      ...table.indexes.flatMap((index) =>
        index.trigrams
          ? []
          : `index ${table.name}.${index.name} ${index.unique ? 'unique ' : ''}(${index.columns.join(', ')})`,
      ),
      ...table.foreignKeys.map(
        (key) => `reference ${table.name}.${key.name} ${key.column} → ${key.table} ${key.onDelete}`,
      ),
    ])
    .sort()
}

/** What the catalog says, without the recycle bin. */
async function physical(database: Database, schema: string): Promise<string[]> {
  const { rows } = await database.query<{ line: string }>({
    text: `
      select 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null ' else ' null ' end
        || coalesce((select k.collname from pg_catalog.pg_collation k where k.oid = a.attcollation and a.attcollation <> 0), '-') as line
      from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and c.relname not like '\\_bin\\_%' and a.attname not like '\\_bin\\_%'
      union all
      select 'index ' || c.relname || '.' || x.relname || ' ' || case when i.indisunique then 'unique ' else '' end || '('
        || (select string_agg(pg_get_indexdef(i.indexrelid, k, true), ', ' order by k) from generate_series(1, i.indnkeyatts) k) || ')'
      from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid join pg_catalog.pg_class c on c.oid = i.indrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and not i.indisprimary
      union all
      select 'reference ' || c.relname || '.' || r.conname || ' ' || a.attname || ' → ' || f.relname || ' ' || case r.confdeltype when 'r' then 'restrict' when 'n' then 'set null' when 'c' then 'cascade' else r.confdeltype::text end
      from pg_catalog.pg_constraint r join pg_catalog.pg_class c on c.oid = r.conrelid join pg_catalog.pg_class f on f.oid = r.confrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_attribute a on a.attrelid = r.conrelid and a.attnum = r.conkey[1]
      where n.nspname = $1 and r.contype = 'f' and r.convalidated`,
    values: [schema],
  })
  return rows.map((row) => row.line).sort()
}
