// Loads the demo data that solutions bring (solutions/<name>/demo/generate.ts): the same checks as any write, in batches, with
// the moments of the story instead of now. Ids are fixed, so loading again adds only what is missing.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'
import type { Platform } from '../platform.ts'
import { derive, needsRates } from './derive.ts'
import { readInput, type Values } from './input.ts'
import { fillNumbers } from './number.ts'
import { ratesOf } from './rates.ts'
import { createRecord } from './write.ts'

export type DemoSize = 'small' | 'large'

/** What a generator gives: rows by entity, each after what it points at. */
interface Batch {
  readonly entity: string
  readonly rows: readonly (JsonObject & { readonly id: string })[]
}
interface Generator {
  readonly generate: (settings: { readonly size: DemoSize; readonly today: string; readonly root: string }) => Batch[]
}

const folder = fileURLToPath(new URL('../../../solutions', import.meta.url))
/** Rows of one statement. */
const chunk = 1000

/**
 * Loads the demo data of these solutions, told until `today`. shape: the number of records that were not there before.
 * throws: Problem for a row that the model refuses.
 */
export async function loadDemoData(
  platform: Platform,
  solutions: readonly string[],
  size: DemoSize,
  today = new Date().toISOString().slice(0, 10),
): Promise<number> {
  const context = platform.contextFor(systemActor)
  let count = 0
  for (const name of solutions) {
    const file = join(folder, name, 'demo', 'generate.ts')
    if (!existsSync(file)) continue
    const { generate } = (await import(pathToFileURL(file).href)) as Generator
    for (const batch of generate({ size, today, root: await rootUnit(platform, context) }))
      count += await loadBatch(platform, context, batch)
  }
  platform.events.emit({ kind: 'access' })
  return count
}

/** The business unit above all others, made when there is none yet. */
async function rootUnit(platform: Platform, context: Context): Promise<string> {
  const { rows } = await context.database.query<{ id: string }>({
    text: `select "id" from "${context.schema}"."business_unit" where "parent_id" is null order by "created_at" limit 1`,
  })
  return rows[0]?.id ?? (await createRecord(platform, context, 'business_unit', { name: 'Organization' })).id
}

async function loadBatch(platform: Platform, context: Context, { entity: name, rows }: Batch): Promise<number> {
  const entity = context.model.entities.get(name)
  if (entity === undefined)
    throw new Problem('missing.definition', { detail: `The demo data needs the entity "${name}"`, target: name })
  const known = await knownIds(
    context,
    entity,
    rows.map(({ id }) => id),
  )
  const records: Values[] = []
  for (const row of rows) if (!known.has(row.id)) records.push(await recordOf(platform, context, entity, row))
  if (records.length === 0) return 0
  await context.database.transaction(async (session) => {
    await fillNumbers(session, context.schema, entity, records)
    for (let at = 0; at < records.length; at += chunk)
      await insert(session, context, entity, records.slice(at, at + chunk))
  })
  // A database that nobody serves yet has no statistics, and an embedded one never gathers them by itself.
  await context.database.query({ text: `analyze "${context.schema}"."${entity.name}"` })
  platform.events.emit({ kind: 'record', entity: entity.name, id: rows.at(-1)!.id, change: 'create' })
  return records.length
}

async function knownIds(context: Context, entity: Entity, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await context.database.query<{ id: string }>({
    text: `select "id" from "${context.schema}"."${entity.name}" where "id" = any($1::uuid[])`,
    values: [ids],
  })
  return new Set(rows.map(({ id }) => id))
}

/** A row as it will be stored: checked, with defaults and what the server works out, made and changed when the story says. */
async function recordOf(
  platform: Platform,
  context: Context,
  entity: Entity,
  row: Batch['rows'][number],
): Promise<Values> {
  const { id, created_at: created = new Date().toISOString(), modified_at: modified = created, ...body } = row
  const { values } = must(readInput(context.model, entity, body, 'create', id))
  const rates = needsRates(entity, values)
    ? await ratesOf(platform, context)
    : { rates: new Map<string, string>(), base: undefined }
  const problem = derive(entity, values, rates)
  if (problem) throw problem
  return { ...values, id, created_at: created as string, modified_at: modified as string, version: 1 }
}

/** One statement for many records. The unit of an owned record is that of its owner. */
async function insert(session: Session, context: Context, entity: Entity, records: readonly Values[]): Promise<void> {
  const types = columnTypes(entity)
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))]
  const shape = names.map((name) => `"${name}" ${types.get(name)!}`).join(', ')
  const owned = names.includes('owner_id') && types.has('owning_unit_id')
  const unit = owned ? `, (select u."unit_id" from "${context.schema}"."user" u where u."id" = r."owner_id")` : ''
  const text = `insert into "${context.schema}"."${entity.name}" (${names.map((name) => `"${name}"`).join(', ')}${owned ? ', "owning_unit_id"' : ''})
    select ${names.map((name) => `r."${name}"`).join(', ')}${unit} from jsonb_to_recordset($1::jsonb) as r(${shape})`
  await session.query({ text, values: [JSON.stringify(records)] })
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
