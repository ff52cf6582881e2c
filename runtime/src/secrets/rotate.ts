// Rotation: every data key wrapped under the newest key of the installation, a new data key, and every sealed value closed
// with it. Values stay readable at every moment, and a stop in the middle leaves nothing but work for the next run.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Config } from '../config.ts'
import type { Database, Session } from '../db/database.ts'
import { observe } from '../observe.ts'
import { forgetPrevious, isKeptHere, readMasters, renewSecret, type Masters } from './master.ts'
import { sealedColumns, type SealedColumn } from './places.ts'
import { prefixOf, type Vault } from './vault.ts'

export interface Rotation {
  /** Data keys that were wrapped anew. */
  readonly keys: number
  /** Values that were sealed anew. */
  readonly values: number
  /** Old data keys that nothing needs any more. */
  readonly removed: number
}

export interface Rotating {
  readonly config: Config
  readonly database: Database
  readonly schema: string
  readonly vault: Vault
  /** Seals anew what others keep under the key of the installation itself; gives how many. */
  readonly also?: (database: Session, masters: Masters) => Promise<number>
}

const batch = 200

/** Rotates all keys of a tenant. `newSecret`: the kept key of the installation is made anew first. throws: Problem. */
export async function rotate(rotating: Rotating, { newSecret }: { readonly newSecret: boolean }): Promise<Rotation> {
  const { config, database, schema, vault } = rotating
  if (newSecret) {
    if (!isKeptHere(config))
      throw new Problem('check.invalid', {
        pointer: '/newSecret',
        detail: 'The key of this installation is given in SECRET or SECRET_FILE',
        hint: 'Change it there, give the one before in SECRET_PREVIOUS, restart, and rotate',
      })
    await renewSecret(config)
  }
  const keys = await database.transaction((session) => vault.renew(session))
  let values = 0
  for (const column of sealedColumns) values += await sealAnew(rotating, column)
  values += (await rotating.also?.(database, await readMasters(config))) ?? 0
  const removed = await removeUnused(database, schema)
  if (isKeptHere(config)) await forgetPrevious(config)
  observe({ kind: 'secret', change: 'rotated', values })
  return { keys, values, removed }
}

interface SealedRow {
  readonly key: string
  readonly value: string
}

/** Seals what a column holds under older data keys. What somebody writes meanwhile is left as they wrote it. */
async function sealAnew({ database, schema, vault }: Rotating, column: SealedColumn): Promise<number> {
  const table = tableOf(schema, column)
  const [key, value] = [`t."${column.key}"`, `t."${column.column}"`]
  const active = await vault.prefix()
  let [count, after] = [0, '']
  for (;;) {
    const { rows } = await database.query<SealedRow>({
      text: `select ${key}::text as key, ${value} as value from ${table} t
        where ${value} is not null and not starts_with(${value}, $1) and ${key}::text collate "C" > $2
        order by ${key}::text collate "C" limit ${batch}`,
      values: [active, after],
    })
    for (const row of rows) {
      const place = { use: column.use, key: row.key }
      const sealed = await vault.seal(place, await vault.open(place, row.value))
      const done = await database.query({
        text: `update ${table} as t set "${column.column}" = $3 where ${key}::text = $1 and ${value} = $2`,
        values: [row.key, row.value, sealed],
      })
      count += done.rowCount
    }
    if (rows.length < batch) return count
    after = rows.at(-1)!.key
  }
}

/** A process may have sealed with a replaced key for some seconds; it is kept for an hour more, and while a value needs it. */
async function removeUnused(database: Database, schema: string): Promise<number> {
  const { rows } = await database.query<{ id: string }>({
    text: `select k.id::text from platform.data_key k where k.tenant = $1 and k.retired_at < now() - interval '1 hour'`,
    values: [schema],
  })
  let removed = 0
  for (const { id } of rows) {
    const uses = sealedColumns.map(
      (column) => `exists (select 1 from ${tableOf(schema, column)} t where starts_with(t."${column.column}", $2))`,
    )
    const done = await database.query({
      text: `delete from platform.data_key k where k.id = $1::uuid and not (${uses.join(' or ')})`,
      values: [id, prefixOf(id)],
    })
    removed += done.rowCount
  }
  return removed
}

function tableOf(tenant: string, { schema, table }: SealedColumn): string {
  return `"${schema === 'tenant' ? tenant : schema}"."${table}"`
}
