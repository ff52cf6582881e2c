// What is left of somebody: every row of every table of a database, and the files beside it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Whoever answers a statement: our databases and a plain connection do. */
interface Asked {
  query(statement: { readonly text: string }): Promise<{ readonly rows: readonly unknown[] }>
}

/** Every row of every table of every schema, as text, with the table it is in. */
export async function dump(database: Asked): Promise<string[]> {
  const tables = await database.query({
    text: `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`,
  })
  const all: string[] = []
  for (const { name } of tables.rows as readonly { readonly name: string }[]) {
    const { rows } = await database.query({ text: `select t::text as row from ${name} t` })
    all.push(...(rows as readonly { readonly row: string }[]).map(({ row }) => `${name}: ${row}`))
  }
  return all
}

/** Files below a folder, beside the database, in whose text something is found. */
export function filesWith(folder: string, found: (text: string) => boolean): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\/(database|pglite|pgdata|db)(\/|$)/.test(`${entry.parentPath}/`))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => found(readFileSync(path, 'latin1')))
}
