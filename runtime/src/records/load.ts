// Rows that the system brings (demo data, the reference records of a solution) → tables: the same checks as any write, with
// defaults and what the server works out, in batches. Decides nothing about which rows there are.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { must } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { render } from '@peyvand/core/expression/fragment.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { insertedShadows } from '@peyvand/core/query/shadow.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../context.ts'
import { noteReset } from '../db/changes.ts'
import type { Session } from '../db/database.ts'
import type { Platform } from '../platform.ts'
import { takeFiles } from './attach.ts'
import { derive, needsRates } from './derive.ts'
import { readInput, type Values } from './input.ts'
import { fillNumbers } from './number.ts'
import { noRates, ratesOf } from './rates.ts'
import { refreshAll } from './rollup.ts'

/** A record as the data service takes it, with its id and, if the story says so, when it was made and changed. */
export type Row = JsonObject & { readonly id: string }

export interface LoadOptions {
  /** Columns of a unique index: a row whose values are there already is left out. */
  readonly unlessKnown?: readonly string[]
}

/** Rows of one statement. */
const chunk = 1000

/** Loads rows in one transaction. shape: how many were written. throws: Problem for a row that the model refuses. */
export async function loadRows(
  platform: Platform,
  context: Context,
  entity: Entity,
  rows: readonly Row[],
  options: LoadOptions = {},
): Promise<number> {
  if (rows.length === 0) return 0
  const records: Values[] = []
  for (const row of rows) records.push(await recordOf(platform, context, entity, row))
  let written = 0
  await context.database.transaction(async (session) => {
    await fillNumbers(session, context.schema, entity, records)
    const takers = records.map((values) => ({ id: values['id'] as string, values }))
    for (const [, problem] of await takeFiles(session, context, entity, takers)) throw problem
    for (let at = 0; at < records.length; at += chunk)
      written += await insert(session, context, entity, records.slice(at, at + chunk), options)
    if (written > 0) await noteReset(session, context.schema, [entity.id])
    if (written > 0) await refreshAll(session, context, entity)
  })
  if (written === 0) return 0
  // A database that nobody serves yet has no statistics, and an embedded one never gathers them by itself.
  await context.database.query({ text: `analyze "${context.schema}"."${entity.name}"` })
  platform.events.emit({ kind: 'record', entity: entity.name, ids: [rows.at(-1)!.id], change: 'create' })
  return written
}

/** A row as it will be stored: checked, with defaults and what the server works out, made and changed when the story says. */
async function recordOf(platform: Platform, context: Context, entity: Entity, row: Row): Promise<Values> {
  const { id, created_at: created = new Date().toISOString(), modified_at: modified = created, ...body } = row
  const { values } = must(readInput(context, entity, body, 'create', id))
  const rates = needsRates(entity, values) ? await ratesOf(platform, context) : noRates
  const problem = derive(entity, values, rates)
  if (problem) throw problem
  return { ...values, id, created_at: created as string, modified_at: modified as string, version: 1 }
}

/** One statement for many records. The unit of an owned record is that of its owner. shape: how many were written. */
async function insert(
  session: Session,
  { schema, model }: Context,
  entity: Entity,
  records: readonly Values[],
  { unlessKnown }: LoadOptions,
): Promise<number> {
  const types = columnTypes(entity)
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))]
  const list = (columns: readonly string[]) => columns.map((name) => `"${name}"`).join(', ')
  const shape = names.map((name) => `"${name}" ${types.get(name)!}`).join(', ')
  const owned = names.includes('owner_id') && types.has('owning_unit_id')
  const unit = owned ? `, (select u."unit_id" from "${schema}"."user" u where u."id" = r."owner_id")` : ''
  const given = names.map((name) => [name, { pieces: [`r."${name}"`] }] as const)
  const shadows = insertedShadows(model, wireOf(model, entity), given)
  const beside = shadows.map(([, value]) => `, ${render(value).text}`).join('')
  const conflict = unlessKnown ? ` on conflict (${list(unlessKnown)}) do nothing` : ''
  const text = `insert into "${schema}"."${entity.name}" (${list(names)}${owned ? ', "owning_unit_id"' : ''}${shadows.map(([name]) => `, "${name}"`).join('')})
    select ${names.map((name) => `r."${name}"`).join(', ')}${unit}${beside} from jsonb_to_recordset($1::jsonb) as r(${shape})${conflict} returning "id"`
  return (await session.query({ text, values: [JSON.stringify(records)] })).rows.length
}

/** PostgreSQL type of each column of an entity. */
function columnTypes({ fields }: Entity): ReadonlyMap<string, string> {
  return new Map(
    fields.flatMap((field) =>
      typeOf(field)
        .columns(field)
        .map(({ suffix, sqlType }) => [field.name + suffix, sqlType] as const),
    ),
  )
}
