// Our own tables: the platform schema (sign-in, keys, tenants) and the `_` tables of a tenant schema. Decides which
// migrations ran where; entity tables are never touched here, they come and go by plans. Same SQL on both engines.
import { observe } from '../observe.ts'
import type { Database, Session } from './database.ts'
import { platformMigrations, tenantMigrations, type Migration } from './migrations.ts'

/** Advisory lock number of all schema work of ours; publish takes the same one with the tenant's own second number. */
export const lockSpace = 0x70657976

/** Brings the platform schema and one tenant schema up to date. Several processes may start at once. */
export async function migrate(database: Database, tenant: string): Promise<void> {
  if (await isCurrent(database, tenant)) return
  await database.transaction(
    async (session) => {
      await session.query({ text: 'select pg_advisory_xact_lock($1::int, 0)', values: [lockSpace] })
      await prepare(session, 'platform')
      await run(session, 'platform', platformMigrations)
      await session.query({ text: `create schema if not exists ${quoted(tenant)}` })
      await run(session, tenant, tenantMigrations)
      const values = [tenant]
      await session.query({
        text: 'insert into platform.tenant (schema) values ($1) on conflict (schema) do nothing',
        values,
      })
    },
    { statementTimeout: 120_000 },
  )
}

async function isCurrent(database: Database, tenant: string): Promise<boolean> {
  const { rows: found } = await database.query({
    text: "select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = 'platform' and c.relname = 'migration'",
  })
  if (found.length === 0) return false
  const { rows } = await database.query<{ target: string; version: number }>({
    text: 'select target, max(version) as version from platform.migration where target in ($1, $2) group by target',
    values: ['platform', tenant],
  })
  const version = (target: string) => rows.find((row) => row.target === target)?.version ?? 0
  return version('platform') >= last(platformMigrations) && version(tenant) >= last(tenantMigrations)
}

async function prepare(session: Session, schema: string): Promise<void> {
  await session.query({ text: `create schema if not exists ${quoted(schema)}` })
  await session.query({
    text: `create table if not exists ${quoted(schema)}.migration (target text collate "C" not null, version integer not null,
      applied_at timestamptz(3) not null default now(), constraint migration_pkey primary key (target, version))`,
  })
}

async function run(session: Session, target: string, migrations: readonly Migration[]): Promise<void> {
  const { rows } = await session.query<{ version: number }>({
    text: 'select version from platform.migration where target = $1',
    values: [target],
  })
  const done = new Set(rows.map((row) => row.version))
  for (const { version, statements } of migrations) {
    if (done.has(version)) continue
    for (const text of statements(quoted(target))) await session.query({ text })
    await session.query({
      text: 'insert into platform.migration (target, version) values ($1, $2)',
      values: [target, version],
    })
    observe({ kind: 'migrate', schema: target, version })
  }
}

function last(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
