// Statements about foreign keys.
import { quoteName } from '../../base/sql.ts'
import { qualified } from '../context.ts'
import type { TableForeignKey } from '../steps.ts'

/** NOT VALID takes its lock for a moment only; the check of the rows that are there follows under a weaker one. */
export function foreignKeyStatements(
  schema: string,
  on: string,
  key: TableForeignKey,
): [add: string, validate: string] {
  const constraint = `constraint ${quoteName(key.name)}`
  const references = `references ${qualified(schema, key.table)} ("id") on delete ${key.onDelete}`
  return [
    `alter table ${on} add ${constraint} foreign key (${quoteName(key.column)}) ${references} not valid`,
    `alter table ${on} validate ${constraint}`,
  ]
}

/** Drops a foreign key, whether it is there or not. */
export function dropForeignKey(on: string, key: TableForeignKey): string {
  return `alter table ${on} drop constraint if exists ${quoteName(key.name)}`
}
