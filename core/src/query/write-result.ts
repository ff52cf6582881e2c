// What a write gives back and what it leaves behind: the JSON of the record and the audit row, as parts of the same statement.
import { ident, join, nothing, param, quoted, sql, type Sql } from '../expression/fragment.ts'
import { outgoing } from '../expression/outgoing.ts'
import { ownColumns } from '../expression/visit.ts'
import type { Property } from '../model/wire.ts'
import { etag, propertyColumns } from './compile-rows.ts'
import { column, table, type Frame } from './frame.ts'
import { nowParam, type WritePlan } from './write-plan.ts'

/** Columns the audit row and the answer need. */
export function returned(plan: WritePlan, prefix: Sql = nothing): Sql {
  const names = new Set(['id', 'version', ...auditedColumns(plan).map(({ column: name }) => name), ...answered(plan)])
  return join(
    [...names].map((name) => sql`${prefix}${ident(name)}`),
    ', ',
  )
}

/** Columns the answer is made of: those asked for, and those that formulas among them read. */
function answered({ returning = [] }: WritePlan): string[] {
  return returning.flatMap((property) => (property.formula ? [...ownColumns(property.formula)] : [property.column]))
}

const isStored = ({ formula }: Property): boolean => formula === undefined

/** The columns an audit row keeps. */
export function auditedColumns(plan: WritePlan): readonly Property[] {
  if (!plan.audit) return []
  if (plan.operation === 'delete') return [...plan.wire.properties.values()].filter(isStored)
  return [...new Set([...plan.update, ...plan.insert])]
}

/** What was written, as the answer: id, etag and the JSON of the record. */
export function written(plan: WritePlan, both = false): Sql {
  const frame: Frame = { entity: plan.wire.entity.id, alias: sql`"w"`, joins: new Map(), exact: plan.build.exact }
  const columns = plan.returning
    ? join([sql`${etag(frame)} as "@odata.etag"`, ...propertyColumns(plan.build, plan.returning, frame)], ', ')
    : undefined
  const names = join(
    ['id', 'version', ...answered(plan)].filter((name, i, all) => all.indexOf(name) === i).map(ident),
    ', ',
  )
  const source = both ? sql`(select ${names} from "w" union all select ${names} from "c") "w"` : sql`"w"`
  const body = columns ? sql`, row_to_json("r")::text as "body"` : nothing
  const record = columns ? sql` cross join lateral (select ${columns}) "r"` : nothing
  return sql`(select ${column(frame, 'id')}, ${etag(frame)} as "etag"${body} from ${source}${record}) "b"`
}

/** The columns of the answer that come from what was written. */
export function resultColumns({ returning }: WritePlan): Sql {
  return sql`, "b"."id", "b"."etag"${returning ? sql`, "b"."body"` : nothing}`
}

/** The audit row of what was written, as one more part of the statement; nothing for an entity without audit. */
export function auditSql(
  plan: WritePlan,
  change: 'create' | 'update' | 'delete',
  more: Sql,
  source = '"w"',
  name = '"l"',
): Sql {
  if (!plan.audit) return nothing
  const from: Sql = { pieces: [source] }
  const columns = change === 'create' ? plan.insert : change === 'update' ? plan.update : auditedColumns(plan)
  const before =
    change === 'create'
      ? sql`null`
      : jsonOf(
          columns.map((property) => sql`${outgoing(property.kind, oldColumn(property))} as ${ident(property.column)}`),
        )
  const after =
    change === 'delete'
      ? sql`null`
      : jsonOf(
          columns.map(({ kind, column: own }) => sql`${outgoing(kind, sql`${from}.${ident(own)}`)} as ${ident(own)}`),
        )
  const row: Readonly<Record<string, Sql>> = {
    at: nowParam,
    actor_id: param({ from: 'actor', take: 'user' }, 'uuid'),
    request_id: param({ from: 'input', name: '@request' }, 'text'),
    entity_id: param({ from: 'value', value: plan.wire.entity.id }, 'uuid'),
    record_id: sql`${from}."id"`,
    change: quoted(change),
    version: sql`${from}."version"`,
    before,
    after,
  }
  const names = join(Object.keys(row).map(ident), ', ')
  const insert = sql`insert into ${table(plan.build, '_audit')} (${names})`
  return sql`, ${{ pieces: [name] }} as (${insert} select ${join(Object.values(row), ', ')} from ${from}${more})`
}

function oldColumn({ column: name }: Property): Sql {
  return name === 'id' || name === 'version' ? sql`"o".${ident(name)}` : sql`"o".${ident(`~${name}`)}`
}

function jsonOf(columns: readonly Sql[]): Sql {
  return columns.length === 0 ? sql`'{}'::jsonb` : sql`(select to_jsonb("x") from (select ${join(columns, ', ')}) "x")`
}
