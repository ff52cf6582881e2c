// The slow part of a model change, beside the work of people: rows are filled in small transactions, indexes made concurrently,
// checks proven without a lock that anybody waits for. Every piece can be run again after a kill; none holds a lock for long.
import { setTimeout as wait } from 'node:timers/promises'
import { Problem } from '@peyvand/core/base/problem.ts'
import { quoteName } from '@peyvand/core/base/sql.ts'
import { qualified } from '@peyvand/core/plan/context.ts'
import { checkName, dropCheck, notNull, type Filling as ColumnFilling } from '@peyvand/core/plan/ddl/column.ts'
import { addIndex, trigramsOn, trigramStatistics } from '@peyvand/core/plan/ddl/indexes.ts'
import type { Table, TableColumn, TableIndex } from '@peyvand/core/plan/steps.ts'
import type { Database, Session } from '../../db/database.ts'
import { DatabaseError, isPassing } from '../../db/error.ts'
import type { RunningJob } from '../../jobs/job.ts'
import { endVacuums } from '../vacuum.ts'

/** Where the work is done. */
export interface Site {
  readonly database: Database
  readonly schema: string
  readonly table: Table
  readonly job: RunningJob
  /** unit: milliseconds */
  readonly lockTimeout: number
  /** Says how many rows were looked at, and up to which id. */
  readonly report: (rows: number, at?: string) => Promise<void>
}

/** A batch that takes about so long delays nobody. unit: milliseconds */
const goodBatch = 40
const [smallest, largest] = [100, 3_000]
/** Whoever writes one of its records waits for a batch: one that takes longer is given up and made smaller. unit: milliseconds */
const longestBatch = 250
const longest = 600_000

/** Fills columns of the rows that lack their value, from the row with this id on. Rows that somebody holds are looked at again. */
export async function fill(site: Site, what: Filling, from?: string): Promise<void> {
  await pass(site, what, from)
  await fillRest(site, what)
}

/** Fills what a pass over all rows left: rows that were held, or written by somebody who did not know the column yet. */
export async function fillRest(site: Site, what: Filling): Promise<void> {
  for (let again = 0; await isLeft(site, what.lacks); again++) {
    if (again > 20) throw new Problem('conflict.locked', { detail: 'Some records are held by others all the time' })
    await wait(50)
    await pass(site, what)
  }
}

/** What is filled: the columns an update sets, and which rows lack them. */
export type Filling = Pick<ColumnFilling, 'set' | 'lacks'>

async function pass(site: Site, filled: Filling, from = '00000000-0000-0000-0000-000000000000'): Promise<void> {
  let [after, size, rows] = [from, 1_000, 0]
  for (;;) {
    const started = performance.now()
    const batch = await tryBatch(site, filled, after, size)
    const ms = performance.now() - started
    if (batch === undefined) return
    if (batch === 'late') {
      size = Math.max(smallest, size >> 2)
      continue
    }
    rows += batch.rows
    after = batch.last
    await site.report(rows, after)
    size = Math.min(largest, Math.max(smallest, Math.round(size * Math.min(2, goodBatch / Math.max(ms, 1)))))
    // Others come first: as much time for them as for us, and on one connection a turn each.
    await wait(Math.min(ms / 2, 100), undefined, { signal: site.job.signal })
  }
}

/** A batch that holds nobody up for long; the smallest may take its time, or nothing would ever be done. */
async function tryBatch(site: Site, filled: Filling, after: string, size: number) {
  // The embedded database has no such limit, and one connection: there a batch holds up nobody but the next in line.
  const limited = site.database.apart !== undefined && size > smallest
  try {
    return await site.job.transaction(
      (session) => fillBatch(session, site, filled, after, size),
      limited ? { statementTimeout: longestBatch } : {},
    )
  } catch (error) {
    if (limited && error instanceof Problem && error.code === 'limit.time') return 'late'
    throw error
  }
}

/** The next rows by id; those that somebody holds right now are left out. */
async function fillBatch(
  session: Session,
  { schema, table }: Site,
  { set, lacks }: Filling,
  after: string,
  size: number,
): Promise<{ rows: number; last: string } | undefined> {
  const on = qualified(schema, table.name)
  const { rows } = await session.query<{ n: number; last: string | null }>({
    text: `select count(*)::int as n, max(r.id::text) as last from (select t.id from ${on} t where t.id > $1::uuid order by t.id limit $2::int) r`,
    values: [after, size],
  })
  const { n, last } = rows[0]!
  if (last === null) return undefined
  await session.query({
    text: `update ${on} set ${set} where id in (select id from ${on}
      where id > $1::uuid and id <= $2::uuid and ${lacks} for no key update skip locked)`,
    values: [after, last],
  })
  return { rows: n, last }
}

async function isLeft({ database, schema, table, job }: Site, lacks: string): Promise<boolean> {
  job.signal.throwIfAborted()
  return database.transaction(
    async (session) => {
      const text = `select exists (select 1 from ${qualified(schema, table.name)} where ${lacks}) as left`
      const { rows } = await session.query<{ left: boolean }>({ text })
      return rows[0]!.left
    },
    { statementTimeout: longest },
  )
}

/** Makes an index while everybody writes; what an interrupted build left behind is made again. throws: Problem for doubles. */
export async function buildIndex(site: Site, index: TableIndex): Promise<void> {
  const state = await indexState(site, index)
  if (state === 'valid') return
  const on = qualified(site.schema, site.table.name)
  const concurrently = site.database.apart !== undefined
  const drop = `drop index ${concurrently ? 'concurrently ' : ''}if exists ${qualified(site.schema, index.name)}`
  try {
    if (state === 'invalid') await apart(site, drop)
    const create = index.trigrams
      ? await trigrams(site, index, concurrently)
      : addIndex({ schema: site.schema, on }, index, concurrently)
    if (create !== undefined) await apart(site, create)
    if (create !== undefined && index.trigrams) await apart(site, trigramStatistics(qualified(site.schema, index.name)))
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== '23505') throw error
    const problem = await doubles(site, index)
    await apart(site, drop)
    throw problem
  }
}

/** The statement of an index over trigrams, where the database knows them. */
async function trigrams(
  { database, schema, table }: Site,
  index: TableIndex,
  concurrently: boolean,
): Promise<string | undefined> {
  const { rows } = await database.query<{ place: string }>({
    text: `select pg_catalog.quote_ident(n.nspname) as place from pg_catalog.pg_opclass c
      join pg_catalog.pg_namespace n on n.oid = c.opcnamespace where c.opcname = 'gin_trgm_ops'`,
  })
  const place = rows[0]?.place
  return place === undefined ? undefined : trigramsOn(qualified(schema, table.name), index, concurrently).join(place)
}

/** Outside of a transaction where that makes a difference. */
async function apart({ database, job }: Site, text: string): Promise<void> {
  if (database.apart === undefined)
    await job.transaction((session) => session.query({ text }), { statementTimeout: longest })
  else {
    await job.transaction(() => Promise.resolve())
    await database.apart((session) => session.query({ text }), job.signal)
  }
}

async function indexState({ database, schema }: Site, { name }: TableIndex): Promise<'valid' | 'invalid' | 'none'> {
  const { rows } = await database.query<{ valid: boolean }>({
    text: `select i.indisvalid as valid from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2`,
    values: [schema, name],
  })
  return rows.length === 0 ? 'none' : rows[0]!.valid ? 'valid' : 'invalid'
}

const shown = 5

/** Which values stand in the way of a unique index. */
async function doubles({ database, schema, table }: Site, index: TableIndex): Promise<Problem> {
  const names = index.columns.map(quoteName)
  const filled = names.map((name) => `${name} is not null`).join(' and ')
  const { rows } = await database.transaction(
    (session) =>
      session.query<{ value: string; n: number }>({
        text: `select concat_ws(', ', ${names.map((name) => `${name}::text`).join(', ')}) as value, count(*)::int as n
          from ${qualified(schema, table.name)} where ${filled} group by ${names.join(', ')} having count(*) > 1
          order by count(*) desc, 1 limit ${shown + 1}`,
      }),
    { statementTimeout: longest },
  )
  const some = rows.slice(0, shown).map(({ value, n }) => `"${value.slice(0, 60)}" (${n})`)
  return new Problem('plan.blocked', {
    target: `${table.name}.${index.columns.join(',')}`,
    detail: `Values are there more than once: ${some.join(', ')}${rows.length > shown ? ' and others' : ''}`,
    hint: 'Make them different, then make the change again.',
  })
}

/** Proves a constraint of every row that is there; nobody waits for it. */
export async function validate(site: Site, constraint: string): Promise<void> {
  const text = `alter table ${qualified(site.schema, site.table.name)} validate constraint ${quoteName(constraint)}`
  await alter(site, [text], longest)
}

/** Makes a column required: first every row has a value, then every later one must, then PostgreSQL believes it. */
export async function requireValues(site: Site, column: TableColumn): Promise<void> {
  const on = qualified(site.schema, site.table.name)
  await prove(site, column, 'present', `${quoteName(column.name)} is not null`)
  await alter(site, [notNull(on, column.name, true), dropCheck(on, column, 'present')])
}

/** Adds a check, and proves it of the rows that are there. Every row must fit already, or it is not for long that one cannot be changed. */
export async function prove(
  site: Site,
  column: TableColumn,
  what: 'present' | 'equal',
  condition: string,
  between?: () => Promise<void>,
): Promise<void> {
  const on = qualified(site.schema, site.table.name)
  const name = checkName(column, what)
  const add = `alter table ${on} add constraint ${quoteName(name)} check (${condition}) not valid`
  await alter(site, [dropCheck(on, column, what), add])
  await between?.()
  try {
    await validate(site, name)
  } catch (error) {
    await alter(site, [dropCheck(on, column, what)])
    throw error
  }
}

const mostTries = 60

/** Statements with a lock that others would wait for: it is had at once or tried again later. */
export async function alter(site: Site, texts: readonly string[], statementTimeout = longest): Promise<void> {
  const { database, schema, job, lockTimeout } = site
  for (let attempt = 1; ; attempt++) {
    try {
      return await job.transaction(
        async (session) => {
          for (const text of texts) await session.query({ text })
        },
        { lockTimeout, statementTimeout },
      )
    } catch (error) {
      if (!isPassing(error) || attempt >= mostTries) throw error
      await wait(Math.min(20 * 2 ** attempt, 1_000) * (0.5 + Math.random()), undefined, { signal: job.signal })
      if (attempt > 1) await endVacuums(database, schema)
    }
  }
}
