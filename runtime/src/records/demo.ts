// Loads the demo data that solutions bring (solutions/<name>/demo/generate.ts): the same checks as any write, in batches, with
// the moments of the story instead of now. Ids are fixed, so loading again adds only what is missing.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { systemActor } from '@peyvand/core/access/actor.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { loadRows, type Row } from './load.ts'
import { createRecord } from './write.ts'

export type DemoSize = 'small' | 'large'

/** What a generator gives: rows by entity, each after what it points at. */
interface Batch {
  readonly entity: string
  readonly rows: readonly Row[]
}
interface Generator {
  readonly generate: (settings: { readonly size: DemoSize; readonly today: string; readonly root: string }) => Batch[]
}

const folder = fileURLToPath(new URL('../../../solutions', import.meta.url))

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
  const ids = rows.map(({ id }) => id)
  const known = await knownIds(context, entity, ids)
  return loadRows(
    platform,
    context,
    entity,
    rows.filter(({ id }) => !known.has(id)),
  )
}

async function knownIds(context: Context, entity: Entity, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await context.database.query<{ id: string }>({
    text: `select "id" from "${context.schema}"."${entity.name}" where "id" = any($1::uuid[])`,
    values: [ids],
  })
  return new Set(rows.map(({ id }) => id))
}
