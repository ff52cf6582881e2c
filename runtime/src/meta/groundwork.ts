// Very large plans: PostgreSQL keeps every lock of a transaction in one table of fixed size, and a thousand new tables with
// their indexes do not fit. Their tables are therefore laid before, some at a time; no model knows them until the publish
// itself commits. What a publish that never came left behind is taken away by the next one. Decides nothing about other steps.
import type { Step } from '@peyvand/core/plan/steps.ts'
import type { Database, Session } from '../db/database.ts'
import { lockSpace } from '../db/migrate.ts'
import type { LoggedStep } from './history.ts'
import type { Plan } from './plan.ts'

/** A publish with this many new tables or fewer is one transaction. */
const atOnce = 150
/** New tables of one transaction: each takes about ten locks with its indexes, and 6,400 is what a default server has. */
const perTransaction = 100

/** What was laid before the publish itself, by the hash of its plan. */
export interface Groundwork {
  readonly plan: string
  /** Ids of the tables, by their names. */
  readonly tables: ReadonlyMap<string, string>
}

/** The part of a plan that has to be laid before; undefined when the plan fits into one transaction. */
export function groundworkOf({ steps }: Plan): LoggedStep[] | undefined {
  const created = new Set(steps.flatMap(({ step }) => (step.kind === 'create_table' ? [step.table.id] : [])))
  if (created.size <= atOnce) return undefined
  // A name that another step frees cannot be taken before it.
  if (steps.some(({ step }) => step.kind === 'rename_table' || step.kind === 'drop_table')) return undefined
  return steps.filter(({ step }) => isOf(step, created))
}

/** Whether a step of the plan was done with its groundwork. */
export function isLaid(step: Step, { tables }: Groundwork): boolean {
  return isOf(step, new Set(tables.values()))
}

function isOf(step: Step, tables: ReadonlySet<string>): boolean {
  if (step.kind === 'create_table') return tables.has(step.table.id)
  return (step.kind === 'add_index' || step.kind === 'add_foreign_key') && tables.has(step.table)
}

/** Lays the tables of a plan, some at a time. throws: what the database says; what was laid until then stays for the next try. */
export async function layGroundwork(
  database: Database,
  schema: string,
  plan: string,
  steps: readonly LoggedStep[],
): Promise<Groundwork> {
  const tables = new Map<string, string>()
  const groups = [
    ...chunks(steps.filter(({ step }) => step.kind === 'create_table' || step.kind === 'add_index')),
    ...chunks(steps.filter(({ step }) => step.kind === 'add_foreign_key')),
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
  return { plan, tables }
}

/** Steps in groups of tables; a table's indexes come with it. */
function chunks(steps: readonly LoggedStep[]): LoggedStep[][] {
  const byTable = Map.groupBy(steps, ({ step }) => (typeof step.table === 'string' ? step.table : step.table.id))
  const tables = [...byTable.values()]
  return Array.from({ length: Math.ceil(tables.length / perTransaction) }, (_, i) =>
    tables.slice(i * perTransaction, (i + 1) * perTransaction).flat(),
  )
}

/** Makes the laid tables the publish's own, in its transaction. Whether they were all still there. */
export async function takeGroundwork(session: Session, schema: string, { plan, tables }: Groundwork): Promise<boolean> {
  const { rows } = await session.query({
    text: `delete from "${schema}"._groundwork where plan = $1 returning name`,
    values: [plan],
  })
  return rows.length === tables.size
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

/** Whether there is anything to take away. */
export async function hasGroundwork(session: Session, schema: string): Promise<boolean> {
  const { rows } = await session.query({ text: `select 1 from "${schema}"._groundwork limit 1` })
  return rows.length > 0
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
