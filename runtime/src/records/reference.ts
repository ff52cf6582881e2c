// The reference records that solutions bring (solutions/<name>/data/<entity>.json), like currencies: written once, by the
// system, found again by an alternate key. What is there is the customer's and is never changed.
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { systemActor } from '@peyvand/core/access/actor.ts'
import { isJsonObject, textIn, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { newId } from './id.ts'
import { loadRows } from './load.ts'

interface References {
  /** Columns that find a record again. */
  readonly key: readonly string[]
  readonly records: readonly JsonObject[]
}

/**
 * Loads the reference records of these solutions: of those installed just now whatever is missing, of others only what
 * belongs into a table that is still empty (an installation that was cut short). shape: the number of records written.
 * throws: Problem for a file or a record that the model refuses.
 */
export async function loadReferences(
  platform: Platform,
  folder: string,
  solutions: readonly { readonly name: string; readonly isNew: boolean }[],
): Promise<number> {
  const context = platform.contextFor(systemActor)
  let count = 0
  for (const { name, isNew } of solutions) {
    const files = await readdir(join(folder, name, 'data')).catch(() => [])
    for (const file of files.filter((one) => one.endsWith('.json')).sort()) {
      const path = join(folder, name, 'data', file)
      const entity = context.model.entities.get(basename(file, '.json'))
      if (isNew || (entity && (await isEmpty(context, entity))))
        count += await loadFile(platform, context, path, entity)
    }
  }
  return count
}

async function loadFile(
  platform: Platform,
  context: Context,
  path: string,
  entity: Entity | undefined,
): Promise<number> {
  const file = basename(path)
  if (entity === undefined) {
    const name = basename(file, '.json')
    throw refuse(file, `There is no entity "${name}"`, suggest(name, context.model.entities.keys()))
  }
  const { key, records } = readReferences(file, await readFile(path, 'utf8'), entity)
  const rows = await identified(platform.contextFor(systemActor), entity, key, records)
  return loadRows(platform, context, entity, rows, { unlessKnown: key })
}

/** The records with ids. Where one refers to another of the file (or of the table) by its key, it gets that one's id. */
async function identified(
  { database, schema }: Context,
  entity: Entity,
  key: readonly string[],
  records: readonly JsonObject[],
): Promise<(JsonObject & { id: string })[]> {
  const [column] = key
  const links = entity.fields.filter(
    ({ name }) => records.some((record) => typeof record[name] === 'string') && isSelf(entity, name),
  )
  if (links.length === 0 || column === undefined) return records.map((record) => ({ ...record, id: newId() }))
  const { rows } = await database.query<{ id: string; key: string }>({
    text: `select "id", "${column}"::text as "key" from "${schema}"."${entity.name}"`,
  })
  const ids = new Map(rows.map((row) => [row.key, row.id]))
  for (const record of records) {
    const name = textIn(record, column)
    if (!ids.has(name)) ids.set(name, newId())
  }
  return records.map((record) => {
    const linked = links.flatMap(({ name }): [string, JsonValue][] =>
      typeof record[name] === 'string' ? [[name, { id: ids.get(record[name]) ?? record[name] }]] : [],
    )
    return { ...record, ...Object.fromEntries(linked), id: ids.get(textIn(record, column))! }
  })
}

/** Whether a field leads to records of its own entity. */
function isSelf(entity: Entity, name: string): boolean {
  const field = entity.fields.find((one) => one.name === name)!
  const link = typeOf(field).link?.(field)
  return link !== undefined && !link.polymorphic && link.targets[0] === entity.name
}

async function isEmpty({ database, schema }: Context, { name }: Entity): Promise<boolean> {
  const { rows } = await database.query({ text: `select 1 as "one" from "${schema}"."${name}" limit 1` })
  return rows.length === 0
}

function readReferences(file: string, text: string, entity: Entity): References {
  let content: JsonValue
  try {
    content = JSON.parse(text) as JsonValue
  } catch (error) {
    throw refuse(file, `This is not JSON: ${(error as Error).message}`)
  }
  const records = isJsonObject(content) ? content['records'] : undefined
  if (!isJsonObject(content) || !Array.isArray(records) || !records.every(isJsonObject))
    throw refuse(file, 'Reference records are { "key": …, "records": [ … ] }')
  const wanted = textIn(content, 'key')
  const key = entity.keys.find(({ name }) => name === wanted)
  if (key === undefined) {
    const names = entity.keys.map(({ name }) => name)
    throw refuse(file, `The entity "${entity.name}" has no key "${wanted}"`, suggest(wanted, names))
  }
  return { key: key.fields.map((field) => columnOf(entity, field)), records }
}

function refuse(file: string, detail: string, hint?: string): Problem {
  return new Problem('check.definition', { detail: `data/${file}: ${detail}`, target: `data/${file}`, hint })
}

/** The column an index over the field has. */
function columnOf({ fields }: Entity, name: string): string {
  const field = fields.find((one) => one.name === name)!
  return name + typeOf(field).columns(field)[0]!.suffix
}
