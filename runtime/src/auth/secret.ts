// The signing key of this installation: SECRET, or one that is made once and kept in the data folder.
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'

/** The signing key. The file is readable by its owner only. */
export async function readSecret(config: Config): Promise<string> {
  if (config.secret !== undefined) return config.secret
  const path = join(config.dataDir, 'secret')
  const kept = await readFile(path, 'utf8').catch(() => '')
  if (kept.length >= 32) return kept
  await mkdir(config.dataDir, { recursive: true })
  const made = randomBytes(48).toString('base64url')
  try {
    await writeFile(path, made, { mode: 0o600, flag: kept === '' ? 'wx' : 'w' })
    return made
  } catch (error) {
    // Another process of this installation was first.
    const theirs = await readFile(path, 'utf8').catch(() => '')
    if (theirs.length >= 32) return theirs
    throw error
  }
}
