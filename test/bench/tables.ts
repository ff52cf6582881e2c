// Fills the product's tables and the raw server's own with the same rows and gives both the same indexes.
import pg from 'pg'
import { columnTypes, type Columns, type Data } from './data.ts'

const tables = ['account', 'contact', 'opportunity'] as const
const chunk = 5_000

const rawTables = [
  'create schema raw',
  'create extension if not exists pg_trgm',
  'create table raw.account(id uuid primary key, name text, industry text, city text, annual_revenue numeric(18,2), employees int, created_at timestamptz, owner_id uuid)',
  'create table raw.contact(id uuid primary key, first_name text, last_name text, email text, account_id uuid, created_at timestamptz, owner_id uuid)',
  'create table raw.opportunity(id uuid primary key default gen_random_uuid(), name text, stage text, amount numeric(18,2), close_date date, account_id uuid, owner_id uuid, created_at timestamptz default now())',
]

/** The index set both sides get; what a side has already is not made twice. */
const indexes = [
  'account(industry, created_at)',
  'account(annual_revenue)',
  'account(created_at)',
  'account(owner_id, created_at)',
  'account using gin (name gin_trgm_ops)',
  'contact(account_id)',
  'contact(last_name, created_at)',
  'contact(owner_id, created_at)',
  'opportunity(account_id)',
  'opportunity(stage)',
  'opportunity(owner_id, created_at)',
  'opportunity(close_date)',
]

/** Creates the raw tables, fills both sides, indexes and analyzes them. */
export async function fillTables(databaseUrl: string, schema: string, data: Data): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    for (const text of rawTables) await client.query(text)
    for (const table of tables) {
      await insert(client, `raw.${table}`, table, data[table], '')
      await insert(
        client,
        `${schema}.${table}`,
        table,
        data[table],
        ', created_by_id, modified_at, modified_by_id, version, owner_type',
      )
    }
    for (const where of ['raw', schema]) {
      for (const index of indexes) await client.query(`create index on ${where}.${index}`)
      for (const table of tables) await client.query(`vacuum analyze ${where}.${table}`)
    }
    await client.query('checkpoint')
  } finally {
    await client.end()
  }
}

async function insert(
  client: pg.Client,
  into: string,
  table: (typeof tables)[number],
  columns: Columns,
  system: string,
): Promise<void> {
  const types = columnTypes[table]
  const names = Object.keys(types)
  const values = system === '' ? '' : ", owner_id, created_at, owner_id, 1, 'user'"
  const from = names.map((name, i) => `$${i + 1}::${types[name]}[]`).join(', ')
  const text = `insert into ${into} (${names.join(', ')}${system}) select ${names.join(', ')}${values} from unnest(${from}) as t(${names.join(', ')})`
  const count = columns[names[0]!]!.length
  for (let at = 0; at < count; at += chunk)
    await client.query(
      text,
      names.map((name) => columns[name]!.slice(at, at + chunk)),
    )
}

/** Removes the deals a write run made, so that the next round starts from the same tables. */
export async function cleanUp(databaseUrl: string, schema: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    for (const where of ['raw', schema]) {
      await client.query(`delete from ${where}.opportunity where name like 'Bench deal %'`)
      await client.query(`vacuum analyze ${where}.opportunity`)
    }
  } finally {
    await client.end()
  }
}
