// The recycle bin: dropped tables and columns are renamed, not dropped, and can come back for BIN_DAYS. Decides what is noted
// of them and when they go for good; what a legal hold keeps does not. Names in the bin are made by core/plan
// (`_bin_<8 hex>_<name>`).
import { randomUUID } from 'node:crypto'
import { Problem } from '@peyvand/core/base/problem.ts'
import { quoteName } from '@peyvand/core/base/sql.ts'
import { lockSpace } from '../db/migrate.ts'
import type { Database, Session } from '../db/database.ts'
import { holdInForce } from '../db/hold.ts'

const quoted = '"((?:[^"]|"")+)"'
const column = new RegExp(`^alter table ${quoted}\\.${quoted} rename column ${quoted} to ${quoted}$`)
const table = new RegExp(`^alter table ${quoted}\\.${quoted} rename to ${quoted}$`)

interface Move {
  readonly kind: 'table' | 'column'
  readonly table: string
  readonly from: string
  readonly to: string
}

/** The move into or out of the bin that a statement of a plan makes. */
function moveOf(statement: string): Move | undefined {
  const ofColumn = column.exec(statement)
  if (ofColumn !== null) return { kind: 'column', table: ofColumn[2]!, from: ofColumn[3]!, to: ofColumn[4]! }
  const ofTable = table.exec(statement)
  return ofTable === null ? undefined : { kind: 'table', table: ofTable[2]!, from: ofTable[2]!, to: ofTable[3]! }
}

const isBinName = (name: string): boolean => /^_bin_[0-9a-f]{8}_/.test(name)

/** Notes what some statements put into the bin and took out of it. */
export async function noteBin(
  session: Session,
  schema: string,
  statements: readonly string[],
  revision: number,
): Promise<void> {
  const moves = statements.flatMap((statement) => moveOf(statement) ?? [])
  const out = moves.filter(({ from }) => isBinName(from)).map(({ from }) => from)
  if (out.length > 0)
    await session.query({ text: `delete from "${schema}"._bin where bin_name = any($1::text[])`, values: [out] })
  const put = moves.filter(({ from, to }) => isBinName(to) && !isBinName(from))
  if (put.length === 0) return
  await session.query({
    text: `insert into "${schema}"._bin (id, kind, table_name, name, bin_name, revision)
      select r.id, r.kind, r.table_name, r.name, r.bin_name, $2::int from json_to_recordset($1::json)
      as r (id uuid, kind text, table_name text, name text, bin_name text)`,
    values: [
      JSON.stringify(
        put.map((move) => ({
          id: randomUUID(),
          kind: move.kind,
          table_name: move.table,
          name: move.from,
          bin_name: move.to,
        })),
      ),
      revision,
    ],
  })
}

/** Drops what has been in the bin for so many days and no hold keeps. shape: how many tables and columns went. */
export async function emptyBin(database: Database, schema: string, days: number): Promise<number> {
  const before = new Date(Date.now() - days * 86_400_000)
  const { rows } = await database.query<Binned>({
    text: `select b.id, b.kind, b.bin_name from "${schema}"._bin b where b.dropped_at < $1::timestamptz order by b.dropped_at, b.id`,
    values: [before],
  })
  let went = 0
  for (const one of rows) if (await dropForGood(database, schema, one)) went++
  return went
}

/** Drops some things of the bin for good, by their names there. throws: Problem when a legal hold keeps one of them. */
export async function purge(database: Database, schema: string, names: readonly string[]): Promise<void> {
  const { rows } = await database.query<Binned>({
    text: `select b.id, b.kind, b.bin_name from "${schema}"._bin b where b.bin_name = any($1::text[]) order by b.bin_name`,
    values: [names],
  })
  for (const { kind, bin_name: name } of rows)
    for (const place of await placesOf(database, schema, kind, name))
      if (await isHeld(database, schema, place)) throw held()
  for (const one of rows) if (!(await dropForGood(database, schema, one))) throw held()
}

interface Binned {
  readonly id: string
  readonly kind: string
  readonly bin_name: string
}

/** What of a hold those may know who design: why it is there is not for them. */
function held(): Problem {
  return new Problem('conflict.held', {
    detail: 'A legal hold keeps a record of it',
    hint: 'Somebody with the privilege "privacy" can lift the hold',
  })
}

/** Drops one thing; false when a hold keeps it. */
async function dropForGood(database: Database, schema: string, { id, kind, bin_name: name }: Binned): Promise<boolean> {
  return database.transaction(
    async (session) => {
      await session.query({
        text: 'select pg_advisory_xact_lock($1::int, pg_catalog.hashtext($2))',
        values: [lockSpace, schema],
      })
      for (const place of await placesOf(session, schema, kind, name)) {
        if (await isHeld(session, schema, place)) return false
        await session.query({ text: dropOf(schema, place) })
      }
      await session.query({ text: `delete from "${schema}"._bin where id = $1::uuid`, values: [id] })
      return true
    },
    { lockTimeout: 500 },
  )
}

/** Where something of the bin lies. */
interface Place {
  readonly table: string
  /** Absent where it is the whole table. */
  readonly column?: string
}

/** Where it lies; nowhere when it is not there any more. A table may have another name by now. */
async function placesOf(session: Session, schema: string, kind: string, name: string): Promise<Place[]> {
  const attribute = kind === 'column'
  const { rows } = await session.query<{ relation: string }>({
    text: `select c.relname as relation from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      ${attribute ? 'join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = $2 and not a.attisdropped' : ''}
      where n.nspname = $1 and c.relkind = 'r' ${attribute ? '' : 'and c.relname = $2'}`,
    values: [schema, name],
  })
  return rows.map(({ relation }) => ({ table: relation, ...(attribute && { column: name }) }))
}

/** Whether a legal hold is on a record that would go, or would lose a value. */
async function isHeld(session: Session, schema: string, { table: name, column: of }: Place): Promise<boolean> {
  const filled = of === undefined ? '' : ` and t.${quoteName(of)} is not null`
  const { rows } = await session.query({
    text: `select 1 from "${schema}"."_hold" h join ${quoteName(schema)}.${quoteName(name)} t on t."id" = h."record_id"
      where h."kind" = 'hold' and ${holdInForce}${filled} limit 1`,
  })
  return rows.length > 0
}

function dropOf(schema: string, { table: name, column: of }: Place): string {
  const relation = `${quoteName(schema)}.${quoteName(name)}`
  return of === undefined ? `drop table ${relation}` : `alter table ${relation} drop column ${quoteName(of)}`
}
