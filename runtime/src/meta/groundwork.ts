// Very large plans: PostgreSQL keeps every lock of a transaction in one table of fixed size, and a thousand new tables with
// their indexes do not fit. Their tables are therefore laid before, some at a time; no model knows them until the publish
// itself commits. What a publish that never came left behind is taken away by the next one. Tables that come out of the recycle
// bin get their indexes there before, and many that go to it keep theirs until the publish is done. Decides nothing about
// other steps.
import type { Step } from '@peyvand/core/plan/steps.ts'
import type { Database, Session } from '../db/database.ts'
import { lockSpace } from '../db/migrate.ts'
import type { LoggedStep } from './history.ts'
import type { Plan } from './plan.ts'

/** A publish with this many new tables or fewer is one transaction; so is one that brings as many back. */
const atOnce = 150
/** New tables of one transaction: each takes about ten locks with its indexes, and 6,400 is what a default server has. */
const perTransaction = 100

/** What was laid before the publish itself, by the hash of its plan. */
export interface Groundwork {
  readonly plan: string
  /** Ids of the tables, by their names. */
  readonly tables: ReadonlyMap<string, string>
  /** Ids of tables that still lie in the recycle bin, and the names of the indexes they have got there. */
  readonly back: ReadonlySet<string>
  readonly indexes: readonly string[]
}

/** The part of a plan that has to be laid before; undefined when the plan fits into one transaction. */
export function groundworkOf({ steps }: Plan): LoggedStep[] | undefined {
  const coming = steps.filter(({ step }) => step.kind === 'create_table')
  if (coming.length <= atOnce) return undefined
  // A name that another step frees cannot be taken before it.
  if (steps.some(({ step }) => step.kind === 'rename_table' || step.kind === 'drop_table')) return undefined
  const back = backIn(steps)
  const created = new Set(coming.flatMap(({ step }) => (isOf(step, back) ? [] : [idOf(step)])))
  return steps.filter(({ step }) => isOf(step, created) || (step.kind === 'add_index' && back.has(step.table)))
}

/** The tables that a plan brings back, by id, with their names in the recycle bin. They hold records: nobody but it may drop them. */
function backIn(steps: readonly LoggedStep[]): ReadonlyMap<string, string> {
  return new Map(
    steps.flatMap(({ step, sql }): [string, string][] => {
      if (step.kind !== 'create_table') return []
      const bin = sql.map((text) => /^alter table "[^"]+"\."(_bin_[^"]+)" rename to /.exec(text)?.[1]).find(Boolean)
      return bin === undefined ? [] : [[step.table.id, bin]]
    }),
  )
}

function idOf(step: Step): string {
  return typeof step.table === 'string' ? step.table : step.table.id
}

/** A publish that takes away more tables than this leaves their indexes for afterwards. */
const binnedAtOnce = 100

/** The steps of a plan that may wait: an index of a table that goes to the recycle bin has a lock of its own. */
export function indexesLeft({ steps }: Plan): ReadonlySet<Step> {
  const gone = new Set(steps.flatMap(({ step }) => (step.kind === 'drop_table' ? [step.table.id] : [])))
  if (gone.size <= binnedAtOnce) return new Set()
  return new Set(steps.flatMap(({ step }) => (step.kind === 'drop_index' && gone.has(step.table) ? [step] : [])))
}

/** Indexes of tables in the recycle bin (`_bin_<8 hex>_…`), which have any only where a publish has just left them. */
const ofBinned = (schema: string): string => `pg_catalog.pg_index i
  join pg_catalog.pg_class t on t.oid = i.indrelid join pg_catalog.pg_class x on x.oid = i.indexrelid
  join pg_catalog.pg_namespace n on n.oid = t.relnamespace
  where n.nspname = '${schema}' and t.relname >= '_bin_' and t.relname < '_bin_g' and not i.indisprimary`

/** Drops what large publishes left at the tables of the recycle bin: it has the names that are wanted when they come back. */
export async function clearIndexes(database: Database, schema: string): Promise<void> {
  for (let left = true; left;) {
    left = await underLock(database, schema, async (session) => {
      const { rows } = await session.query<{ name: string }>({
        text: `select x.relname as name from ${ofBinned(schema)} order by x.relname limit ${10 * perTransaction}`,
      })
      const names = rows.map(({ name }) => `"${schema}"."${name}"`)
      if (names.length > 0) await session.query({ text: `drop index if exists ${names.join(', ')}` })
      return names.length === 10 * perTransaction
    })
  }
}

/** Whether a step of the plan was done with its groundwork. */
export function isLaid(step: Step, { tables, back }: Groundwork): boolean {
  return isOf(step, new Set(tables.values())) || (step.kind === 'add_index' && back.has(step.table))
}

function isOf(step: Step, tables: { has(id: string): boolean }): boolean {
  if (step.kind === 'create_table') return tables.has(step.table.id)
  return (step.kind === 'add_index' || step.kind === 'add_foreign_key') && tables.has(step.table)
}

/** Lays the tables of a plan, some at a time. throws: what the database says; what was laid until then stays for the next try. */
export async function layGroundwork(
  database: Database,
  schema: string,
  { hash: plan, steps: all }: Plan,
  steps: readonly LoggedStep[],
): Promise<Groundwork> {
  const tables = new Map<string, string>()
  const back = backIn(all)
  const names = new Map(
    all.flatMap(({ step }) => (step.kind === 'create_table' ? [[step.table.id, step.table.name]] : [])),
  )
  const inBin = steps
    .filter(({ step }) => step.kind === 'add_index' && back.has(step.table))
    .map((one) => {
      const [id, schemaName] = [idOf(one.step), `"${schema}".`]
      const [from, to] = [`${schemaName}"${names.get(id)}"`, `${schemaName}"${back.get(id)}"`]
      return { ...one, sql: one.sql.map((text) => text.replaceAll(from, to)) }
    })
  const made = steps.filter(({ step }) => !back.has(idOf(step)))
  const groups = [
    ...chunks(inBin),
    ...chunks(made.filter(({ step }) => step.kind === 'create_table' || step.kind === 'add_index')),
    ...chunks(made.filter(({ step }) => step.kind === 'add_foreign_key')),
  ]
  for (const group of groups) {
    await underLock(database, schema, async (session) => {
      const created = group.flatMap(({ step }) => (step.kind === 'create_table' ? [step.table] : []))
      for (const text of group.flatMap(({ sql }) => sql)) await session.query({ text })
      await session.query({
        text: `insert into "${schema}"._groundwork (plan, name) select $1, name from unnest($2::text[]) as name`,
        values: [plan, created.map(({ name }) => name)],
      })
      for (const { id, name } of created) tables.set(name, id)
    })
  }
  const indexes = inBin.flatMap(({ step }) =>
    step.kind === 'add_index' && !step.index.trigrams ? [step.index.name] : [],
  )
  return { plan, tables, back: new Set(back.keys()), indexes }
}

/** Steps in groups of tables; a table's indexes come with it. */
function chunks(steps: readonly LoggedStep[]): LoggedStep[][] {
  const byTable = Map.groupBy(steps, ({ step }) => idOf(step))
  const tables = [...byTable.values()]
  return Array.from({ length: Math.ceil(tables.length / perTransaction) }, (_, i) =>
    tables.slice(i * perTransaction, (i + 1) * perTransaction).flat(),
  )
}

/** Makes what was laid the publish's own, in its transaction. Whether all of it was still there. */
export async function takeGroundwork(
  session: Session,
  schema: string,
  { plan, tables, indexes }: Groundwork,
): Promise<boolean> {
  const { rows } = await session.query({
    text: `delete from "${schema}"._groundwork where plan = $1 returning name`,
    values: [plan],
  })
  if (rows.length !== tables.size) return false
  if (indexes.length === 0) return true
  const { rows: found } = await session.query<{ n: number }>({
    text: `select count(*)::int as n from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = any($2::text[])`,
    values: [schema, indexes],
  })
  return found[0]!.n === indexes.length
}

/** Takes away what publishes that never came have laid. */
export async function clearGroundwork(database: Database, schema: string): Promise<void> {
  for (let left = true; left;) {
    left = await underLock(database, schema, async (session) => {
      const { rows } = await session.query<{ name: string }>({
        text: `delete from "${schema}"._groundwork where name in
          (select g.name from "${schema}"._groundwork g order by g.name limit ${perTransaction}) returning name`,
      })
      const names = rows.map(({ name }) => `"${schema}"."${name}"`)
      if (names.length > 0) await session.query({ text: `drop table if exists ${names.join(', ')} cascade` })
      return names.length === perTransaction
    })
  }
}

/** What earlier publishes left to take away. */
export async function leftovers(
  session: Session,
  schema: string,
): Promise<{ readonly ground: boolean; readonly indexes: boolean }> {
  const { rows } = await session.query<{ ground: boolean; indexes: boolean }>({
    text: `select exists (select 1 from "${schema}"._groundwork) as ground, exists (select 1 from ${ofBinned(schema)}) as indexes`,
  })
  return rows[0]!
}

function underLock<T>(database: Database, schema: string, work: (session: Session) => Promise<T>): Promise<T> {
  return database.transaction(
    async (session) => {
      await session.query({
        text: 'select pg_advisory_xact_lock($1::int, pg_catalog.hashtext($2))',
        values: [lockSpace, schema],
      })
      return work(session)
    },
    { statementTimeout: 120_000 },
  )
}
