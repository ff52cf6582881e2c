// Keeps the audit sealed while the server runs: looks every two seconds, one look at a time, and notes outside of the database
// how far the chain goes, so that a chain that was cut short can be told from one that never was longer.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '../db/database.ts'
import { observeError } from '../observe.ts'
import { sealAll, type AuditPlace } from './chain.ts'
import { lastSeal } from './seal.ts'
import type { Anchor } from './verify.ts'

/** unit: milliseconds */
const pause = 2_000

export interface Keeping {
  readonly database: Database
  readonly place: AuditPlace
  /** The data folder. */
  readonly folder: string
}

/** Seals every two seconds, until stopped; what runs is waited for. */
export function keepSealed(keeping: Keeping): () => Promise<void> {
  let looking: Promise<void> | undefined
  const look = () => {
    looking ??= sealAndNote(keeping)
      .catch((error: unknown) => observeError('audit', error))
      .finally(() => (looking = undefined))
  }
  const timer = setInterval(look, pause).unref()
  return async () => {
    clearInterval(timer)
    await looking
  }
}

async function sealAndNote({ database, place, folder }: Keeping): Promise<void> {
  const count = await sealAll(database, place)
  if (count === 0) return
  const head = await lastSeal(database, place.schema)
  if (head !== undefined) await noteHead(folder, place.schema, { number: head.number, hash: head.hash.toString('hex') })
}

const pathOf = (folder: string, schema: string): string => join(folder, `audit-head.${schema}.json`)

/** Notes the last seal in the data folder. */
export async function noteHead(folder: string, schema: string, head: Anchor): Promise<void> {
  const path = pathOf(folder, schema)
  const draft = `${path}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(head)}\n`)
  await rename(draft, path)
}

/** The last seal that was noted in the data folder; none where there is no such note. */
export async function notedHead(folder: string, schema: string): Promise<readonly Anchor[]> {
  const text = await readFile(pathOf(folder, schema), 'utf8').catch(() => '')
  try {
    const { number, hash } = JSON.parse(text) as Partial<Anchor>
    return typeof number === 'string' && /^\d{1,18}$/.test(number) && typeof hash === 'string' ? [{ number, hash }] : []
  } catch {
    return []
  }
}
