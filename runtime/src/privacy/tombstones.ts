// The list of erasures beside the database: a backup that is restored knows persons again that were erased since it was made, and
// the list says who they are, by ids alone. One line of JSON for each, only ever added to.
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isJsonObject, plainText, type JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Config } from '../config.ts'
import type { ErasedRecord, Tombstone } from './order.ts'

/** What the list says of an erasure. */
export type Listed = Pick<Tombstone, 'id' | 'records' | 'mentions' | 'reason'>

type Place = { readonly config: Config; readonly schema: string }

/** The file of the list, in the data folder. */
export function listPath({ config, schema }: Place): string {
  return join(config.dataDir, `erasures.${schema}.jsonl`)
}

/** Adds an erasure to the list. */
export async function noteTombstone(place: Place, { id, records, mentions, reason }: Listed): Promise<void> {
  await appendFile(listPath(place), `${JSON.stringify({ id, records, mentions, reason })}\n`, { mode: 0o600 })
}

/** The list as it stands in the data folder; empty where there is none. */
export async function readList(place: Place): Promise<Listed[]> {
  const text = await readFile(listPath(place), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return listOf(text)
}

/** A list out of its text; an erasure that is there twice counts once. throws: Problem that names the line. */
export function listOf(text: string): Listed[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return [
    ...new Map(
      lines.map((line, i) => [i, listedOf(parsed(line), i + 1)] as const).map(([, one]) => [one.id, one]),
    ).values(),
  ]
}

function parsed(line: string): JsonValue {
  try {
    return JSON.parse(line) as JsonValue
  } catch {
    return null
  }
}

/** One line of a list. throws: Problem. */
export function listedOf(value: JsonValue, line: number): Listed {
  const { id, records, mentions = false, reason = '' } = isJsonObject(value) ? value : {}
  const sound =
    typeof id === 'string' &&
    isUuid(id) &&
    Array.isArray(records) &&
    records.every((one) => isJsonObject(one) && isUuid(plainText(one['entity'])) && isUuid(plainText(one['record'])))
  if (!sound) throw new Problem('request.malformed', { detail: `Line ${line} is no erasure`, pointer: `/${line - 1}` })
  return {
    id,
    records: records as unknown as readonly ErasedRecord[],
    mentions: mentions === true,
    reason: typeof reason === 'string' ? reason.slice(0, 500) : '',
  }
}
