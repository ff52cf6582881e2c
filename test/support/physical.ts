// What the database really has, and what a model says it should have, in the same words: the oracle of every publish test.
import type { Model } from '@peyvand/core/model/model.ts'
import { target } from '@peyvand/core/plan/target.ts'
import type { Database } from '@peyvand/runtime/db/database.ts'

/** Table name → lines that describe its columns, indexes and foreign keys. */
export type Described = Readonly<Record<string, readonly string[]>>

const typeNames: Readonly<Record<string, string>> = {
  int4: 'integer',
  int8: 'bigint',
  bool: 'boolean',
  float8: 'double precision',
}

/** The tables of a schema as the catalogue has them; our own tables and the recycle bin are left out. */
export async function physicalTables(database: Database, schema: string): Promise<Described> {
  const { rows } = await database.query<{ table: string; line: string }>({ text: catalogue, values: [schema] })
  const found: Record<string, string[]> = {}
  for (const { table, line } of rows) (found[table] ??= []).push(line)
  return sorted(found)
}

/** The tables a model wants, in the same words. */
export function describedTables(model: Model): Described {
  const found: Record<string, string[]> = {}
  for (const table of target(model).values()) {
    found[table.name] = [
      ...table.columns.map(
        ({ name, sqlType, collation, notNull }) =>
          `column ${name} ${typeNames[sqlType] ?? sqlType}${collation === undefined ? '' : ` collate ${collation}`}${notNull || name === 'id' ? ' not null' : ''}`,
      ),
      ...table.indexes.map(
        ({ name, columns, unique, trigrams }) =>
          `index ${name} (${trigrams ? 'trigrams' : columns.join(', ')})${unique ? ' unique' : ''}`,
      ),
      ...table.foreignKeys.map(
        ({ name, column, table: to, onDelete }) => `reference ${name} (${column}) ${to} ${onDelete}`,
      ),
    ]
  }
  return sorted(found)
}

function sorted(tables: Record<string, string[]>): Described {
  return Object.fromEntries(
    Object.entries(tables)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, lines]) => [name, lines.sort()]),
  )
}

const own = `n.nspname = $1 and c.relname not like '\\_%'`
const catalogue = `
  select c.relname as table, 'column ' || a.attname || ' ' || replace(replace(pg_catalog.format_type(a.atttypid, a.atttypmod), 'timestamp(3) with time zone', 'timestamptz(3)'), 'character varying', 'varchar')
    || case when a.attcollation = 0 then '' else ' collate ' || l.collname end || case when a.attnotnull then ' not null' else '' end as line
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_attribute a on a.attrelid = c.oid
    left join pg_catalog.pg_collation l on l.oid = a.attcollation
    where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and a.attname not like '\\_bin\\_%' and ${own}
  union all
  select c.relname, 'index ' || i.relname || ' (' || coalesce((select string_agg(a.attname, ', ' order by k.place) from unnest(x.indkey) with ordinality as k (number, place)
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.number), 'trigrams') || ')' || case when x.indisunique then ' unique' else '' end
    from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid join pg_catalog.pg_class c on c.oid = x.indrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where not x.indisprimary and ${own}
  union all
  select c.relname, 'reference ' || k.conname || ' (' || a.attname || ') ' || t.relname || ' ' || case k.confdeltype when 'r' then 'restrict' when 'n' then 'set null' when 'c' then 'cascade' else k.confdeltype::text end
    || case when k.convalidated then '' else ' not validated' end
    from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_class t on t.oid = k.confrelid join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
    where k.contype = 'f' and ${own}`
