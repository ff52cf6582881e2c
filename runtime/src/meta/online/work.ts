// What is left of a model change when it was applied, done step by step: which piece of work each step is, in which order, and
// the end of it. Decides nothing about how rows are touched; rows.ts does.
import { setTimeout as wait } from 'node:timers/promises'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { quoteName } from '@peyvand/core/base/sql.ts'
import { qualified } from '@peyvand/core/plan/context.ts'
import { filling } from '@peyvand/core/plan/ddl/column.ts'
import { twinIndex } from '@peyvand/core/plan/ddl/indexes.ts'
import { movedValues } from '@peyvand/core/plan/moved.ts'
import type { Step, StepOf, Table, TableColumn } from '@peyvand/core/plan/steps.ts'
import { shadowId } from '@peyvand/core/query/shadows/shadow.ts'
import type { Config } from '../../config.ts'
import { noteReset } from '../../db/changes.ts'
import type { Database } from '../../db/database.ts'
import type { RunningJob } from '../../jobs/job.ts'
import type { Publisher } from '../publish.ts'
import type { Pending } from '../store.ts'
import type { SchemaWork } from '../work.ts'
import { buildIndex, fill, fillRest, prove, requireValues, validate, type Site } from './rows.ts'

interface Surroundings {
  readonly database: Database
  readonly schema: string
  readonly config: Config
  readonly publisher: Publisher
}

/** One piece: what it is called, and how it is done. */
interface Piece {
  readonly says: string
  readonly table: Table
  run(site: Site, from: string | undefined): Promise<void>
}

/** How long other processes may take to follow; they hold a lock that goes with them. unit: milliseconds */
const followTimeout = 30_000
/** A request that began on the old model has sent its statement by then. unit: milliseconds */
const grace = 200

/** Does the work of a change to its end. Gives the revision it ended with, when the model changed once more. */
export async function workOn(around: Surroundings, work: SchemaWork, job: RunningJob): Promise<JsonObject> {
  const { publisher } = around
  if (!(await publisher.confirmed(work.revision, followTimeout)))
    throw new Problem('conflict.locked', { detail: 'Not every process follows the new model yet' })
  await wait(grace, undefined, { signal: job.signal })
  const pieces = piecesOf(publisher, work)
  const known = /^(\d+)(?::(.+))?$/.exec(job.progress?.at ?? '')
  const first = known === null ? 0 : Number(known[1])
  for (const [i, piece] of pieces.entries()) {
    if (i < first) continue
    await run(around, job, piece, { i, total: pieces.length }, i === first ? known?.[2] : undefined)
  }
  await job.report({ done: pieces.length, total: pieces.length, at: String(pieces.length) })
  if (work.fields.length === 0) return { revision: null }
  const { revision, jobs } = await publisher.finish(work.change, work.fields, (session) => job.hold(session))
  return { revision, ...(jobs === undefined ? {} : { jobs: [...jobs] }) }
}

async function run(
  { database, schema, config }: Surroundings,
  job: RunningJob,
  piece: Piece,
  place: { readonly i: number; readonly total: number },
  from: string | undefined,
): Promise<void> {
  const { i, total } = place
  const { says, table } = piece
  const tell = (rows: number, at?: string) =>
    job.report({
      done: i,
      total,
      says: rows === 0 ? says : `${says}: ${rows}`,
      at: at === undefined ? String(i) : `${i}:${at}`,
    })
  await tell(0, from)
  let told = performance.now()
  const report = async (rows: number, at?: string): Promise<void> => {
    if (performance.now() - told < 500) return
    told = performance.now()
    await tell(rows, at)
  }
  await piece.run({ database, schema, table, job, lockTimeout: config.lockTimeout, report }, from)
}

function piecesOf(publisher: Publisher, { steps, fields }: SchemaWork): Piece[] {
  const tables = publisher.tables()
  const tableOf = (id: string): Table => {
    const table = tables.get(id)
    if (table === undefined) throw new Problem('plan.blocked', { detail: 'The table is not there any more' })
    return table
  }
  const twins = new Map(fields.map((field) => [shadowId(field, 'twin'), publisher.pending(field)]))
  return steps.flatMap((step) => {
    const table = tableOf(typeof step.table === 'string' ? step.table : step.table.id)
    const twin =
      step.kind === 'backfill' && twins.has(step.column.id)
        ? twinPieces(table, step.column, twins.get(step.column.id))
        : []
    return [...pieceOf(step, table, publisher), ...twin]
  })
}

function pieceOf(step: Step, table: Table, publisher: Publisher): Piece[] {
  switch (step.kind) {
    case 'add_index': {
      const says = `index ${table.name} (${step.index.columns.join(', ')})`
      return [{ says, table, run: (site) => buildIndex(site, step.index) }]
    }
    case 'add_foreign_key':
      return [
        {
          says: `check ${table.name}.${step.foreignKey.column}`,
          table,
          run: (site) => validate(site, step.foreignKey.name),
        },
      ]
    case 'backfill':
      return [{ says: `fill ${table.name}`, table, run: (site, from) => fillColumn(site, step.column, from) }]
    case 'move_values':
      return [{ says: `fill ${table.name}`, table, run: (site, from) => moveValues(site, step, publisher, from) }]
    case 'set_not_null':
      return [
        { says: `check ${table.name}.${step.column.name}`, table, run: (site) => requireValues(site, step.column) },
      ]
    default:
      return []
  }
}

/** Values people see change without a write of theirs: who follows the changes starts again. */
async function fillColumn(site: Site, column: TableColumn, from: string | undefined): Promise<void> {
  await fill(site, filling(column, site.table), from)
  if (column.derived === undefined)
    await site.job.transaction((session) => noteReset(session, site.schema, [site.table.id]))
}

/** The same from the records of another entity; what is gathered from these values is worked out anew. */
async function moveValues(
  site: Site,
  step: StepOf<'move_values'>,
  publisher: Publisher,
  from: string | undefined,
): Promise<void> {
  await fill(site, movedValues(step, site.schema, publisher.tables()), from)
  await site.job.transaction((session) => noteReset(session, site.schema, [site.table.id]))
  await publisher.regather(step)
}

/** After the twin was filled: that it has the right value in every row, that no value was lost, and its own indexes. */
function twinPieces(table: Table, twin: TableColumn, pending: Pending | undefined): Piece[] {
  const main = table.columns.find(({ id }) => shadowId(id, 'twin') === twin.id)
  if (main === undefined) return []
  const { has: same } = filling(twin, table)
  const says = `check ${table.name}.${main.name}`
  const over = table.indexes.filter(({ columns }) => columns.includes(main.name))
  return [
    { says, table, run: (site) => prove(site, twin, 'equal', same, () => fillRest(site, filling(twin, table))) },
    ...(pending?.otherwise === undefined ? [{ says, table, run: (site: Site) => refuseLoss(site, main, twin) }] : []),
    ...(main.notNull
      ? [{ says, table, run: (site: Site) => prove(site, twin, 'present', `${quoteName(twin.name)} is not null`) }]
      : []),
    ...over.map((index): Piece => {
      const columns = index.columns.map((name) => (name === main.name ? twin.name : name))
      return {
        says: `index ${table.name} (${index.columns.join(', ')})`,
        table,
        run: (site) => buildIndex(site, { ...twinIndex(index), columns }),
      }
    }),
  ]
}

const shown = 5

/** Values without a counterpart: the field must not become another while there are any. throws: Problem. */
async function refuseLoss({ database, schema, table }: Site, main: TableColumn, twin: TableColumn): Promise<void> {
  const [from, to] = [quoteName(main.name), quoteName(twin.name)]
  const empty = main.sqlType === 'text' ? ` and btrim(${from}) <> ''` : ''
  const { rows } = await database.transaction(
    (session) =>
      session.query<{ value: string }>({
        text: `select left(${from}::text, 60) as value from ${qualified(schema, table.name)}
          where ${from} is not null and ${to} is null${empty} limit ${shown}`,
      }),
    { statementTimeout: 600_000 },
  )
  if (rows.length === 0) return
  throw new Problem('plan.blocked', {
    target: `${table.name}.${main.name}`,
    detail: `Some values cannot be converted: ${rows.map(({ value }) => `"${value}"`).join(', ')}`,
    hint: 'Correct them, then make the change again.',
  })
}
