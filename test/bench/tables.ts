// Fills the product's tables and the raw server's own with the same rows and gives both the same indexes; beside them the
// product has those it makes by itself. Knows no engine: statements are run by whoever has the database.
import { foldSql } from '../../core/src/base/fold-sql.ts'
import { columnTypes, type Columns, type Data } from './data.ts'

/** Runs one statement. */
export type Run = (text: string, values?: readonly unknown[]) => Promise<unknown>

const tables = ['account', 'contact', 'opportunity'] as const
/** The field each is searched by: the product keeps it folded, under an index of its own. */
const searched = { account: 'name', contact: 'last_name', opportunity: 'name' } as const
const chunk = 5_000

const rawTables = [
  'create schema raw',
  'create table raw.account(id uuid primary key, name text, industry text, city text, annual_revenue numeric(18,2), employees int, created_at timestamptz, owner_id uuid)',
  'create table raw.contact(id uuid primary key, first_name text, last_name text, email text, account_id uuid, created_at timestamptz, owner_id uuid)',
  'create table raw.opportunity(id uuid primary key default gen_random_uuid(), name text, stage text, amount numeric(18,2), close_date date, account_id uuid, owner_id uuid, created_at timestamptz default now())',
]

const indexes = [
  'account(industry, created_at)',
  'account(annual_revenue)',
  'account(created_at)',
  'account(owner_id, created_at)',
  'contact(account_id)',
  'contact(last_name, created_at)',
  'contact(owner_id, created_at)',
  'opportunity(account_id)',
  'opportunity(stage)',
  'opportunity(owner_id, created_at)',
  'opportunity(close_date)',
]
/** The embedded engine has no trigrams. */
const trigrams = ['account using gin (name gin_trgm_ops)']

/** Creates the tables of the raw server and fills them. */
export async function fillRaw(run: Run, data: Data): Promise<void> {
  await run('create extension if not exists pg_trgm')
  for (const text of rawTables) await run(text)
  await fill(run, 'raw', data, '')
  await finish(run, 'raw', [...indexes, ...trigrams])
}

/** Fills the tables that the product made. */
export async function fillProduct(run: Run, schema: string, data: Data, engine: 'postgres' | 'pglite'): Promise<void> {
  await fill(
    run,
    schema,
    data,
    ', owning_unit_id, created_by_id, modified_at, modified_by_id, version, owner_type, _search',
  )
  await finish(run, schema, engine === 'postgres' ? [...indexes, ...trigrams] : indexes)
}

async function fill(run: Run, schema: string, data: Data, system: string): Promise<void> {
  for (const table of tables) await insert(run, `${schema}.${table}`, table, data[table], system)
}

async function finish(run: Run, schema: string, all: readonly string[]): Promise<void> {
  const there = await indexed(run, schema)
  for (const index of all)
    if (!there.some((own) => own.startsWith(index.slice(0, -1)))) await run(`create index on ${schema}.${index}`)
  for (const table of tables) await run(`vacuum analyze ${schema}.${table}`)
  await run('checkpoint')
}

/** What the product has indexed by itself, spelled as above: an index that another one begins with is not made twice. */
async function indexed(run: Run, schema: string): Promise<string[]> {
  const text = 'select i.indexdef as text from pg_catalog.pg_indexes i where i.schemaname = $1'
  const { rows } = (await run(text, [schema])) as { rows: { text: string }[] }
  return rows.map((row) => row.text.replace(/^.* ON \w+\."?(\w+)"? USING btree \((.*)$/, '$1($2'))
}

async function insert(
  run: Run,
  into: string,
  table: (typeof tables)[number],
  columns: Columns,
  system: string,
): Promise<void> {
  const types = columnTypes[table]
  const names = Object.keys(types)
  const unit = `(select u.unit_id from ${into.split('.')[0]}."user" u where u.id = t.owner_id)`
  const values =
    system === '' ? '' : `, ${unit}, owner_id, created_at, owner_id, 1, 'user', ${foldSql(searched[table])}`
  const from = names.map((name, i) => `$${i + 1}::${types[name]}[]`).join(', ')
  const text = `insert into ${into} (${names.join(', ')}${system}) select ${names.join(', ')}${values} from unnest(${from}) as t(${names.join(', ')})`
  const count = columns[names[0]!]!.length
  for (let at = 0; at < count; at += chunk)
    await run(
      text,
      names.map((name) => columns[name]!.slice(at, at + chunk)),
    )
}

/** Removes the deals a write run made, so that what follows starts from the same tables. */
export async function cleanUp(run: Run, schema: string): Promise<void> {
  for (const where of ['raw', schema]) {
    await run(`delete from ${where}.opportunity where name like 'Bench deal %'`)
    await run(`vacuum analyze ${where}.opportunity`)
  }
  // The audit lets nobody through who does not say why; statements sent as one text are one transaction.
  await run(`insert into ${schema}._audit_door (xid, why) values (pg_current_xact_id(), 'bench');
    truncate ${schema}._audit; delete from ${schema}._audit_door`)
}
