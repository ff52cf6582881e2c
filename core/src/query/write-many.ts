// Many new records → one statement: the records travel as one JSON parameter, the audit rows are written beside them.
// Only for records of which everything was checked before; who may create what is decided by the caller of this.
import { ident, join, nothing, param, quoted, render, sql, type Sql } from '../expression/fragment.ts'
import { castOf } from '../expression/sql.ts'
import type { Property, WireEntity } from '../model/wire.ts'
import { newBuild, table, tableOf } from './frame.ts'
import type { Model } from '../model/model.ts'
import type { Compiled } from './tree.ts'

export interface InsertMany {
  readonly model: Model
  readonly schema: string
  readonly wire: WireEntity
  /** Columns that the records bring; a record without one has null there. */
  readonly columns: readonly Property[]
}

/** The statement; its inputs are `records` (JSON text of a list), `@writer` and `@request`. */
export function insertManySql({ model, schema, wire, columns }: InsertMany): Compiled {
  const build = newBuild(model, schema, new Map())
  const now = param({ from: 'now', take: 'now' }, 'timestamptz')
  const writer = param({ from: 'input', name: '@writer' }, 'uuid')
  const stamps = ([['created_at', now], ['created_by_id', writer], ['modified_at', now], ['modified_by_id', writer], ['version', sql`1`]] as const).filter(([name]) => wire.properties.has(name))
  const given = columns.filter(({ column }) => !stamps.some(([name]) => name === column))
  const shape = join(given.map(({ column, kind }) => sql`${ident(column)} ${cast(castOf[kind])}`), ', ')
  const names = join([...given.map(({ column }) => ident(column)), ...stamps.map(([name]) => ident(name))], ', ')
  const values = join([...given.map(({ column }) => sql`"x".${ident(column)}`), ...stamps.map(([, value]) => value)], ', ')
  const returned = join(given.map(({ column }) => ident(column)), ', ')
  const records = param({ from: 'input', name: 'records' }, 'jsonb')
  const insert = sql`insert into ${tableOf(build, wire.entity.id)} (${names}) select ${values} from jsonb_to_recordset(${records}) as "x"(${shape}) returning ${returned}, "version"`
  return render(sql`with "w" as (${insert})${wire.entity.audit ? audit(build, wire, given, now) : nothing} select count(*)::integer as "count" from "w"`)
}

function audit(build: ReturnType<typeof newBuild>, wire: WireEntity, columns: readonly Property[], now: Sql): Sql {
  const after = sql`(select to_jsonb("y") from (select ${join(columns.map(({ column }) => sql`"w".${ident(column)}`), ', ')}) "y")`
  const values = [now, param({ from: 'actor', take: 'user' }, 'uuid'), param({ from: 'input', name: '@request' }, 'text'), param({ from: 'value', value: wire.entity.id }, 'uuid'), sql`"w"."id"`, quoted('create'), sql`"w"."version"`, sql`null`, after]
  return sql`, "l" as (insert into ${table(build, '_audit')} ("at", "actor_id", "request_id", "entity_id", "record_id", "change", "version", "before", "after") select ${join(values, ', ')} from "w")`
}

function cast(type: string): Sql {
  return { pieces: [type] }
}
