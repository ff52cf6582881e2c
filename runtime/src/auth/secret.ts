// The signing key of this installation: SECRET, or one that is made once and kept in the data folder.
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'

/** The signing key. The file is readable by its owner only. */
export async function readSecret(config: Config): Promise<string> {
  if (config.secret !== undefined) return config.secret
  const path = join(config.dataDir, 'secret')
  return (await kept(path)) ?? make(config.dataDir, path)
}

/** The key in the file; undefined when there is none or it is too short to be one. */
async function kept(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.length >= 32 ? text : undefined
}

/** Makes the key under a name of its own and links it into place, so that no other process ever reads half of it. */
async function make(folder: string, path: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const made = randomBytes(48).toString('base64url')
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, made, { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, path)
    return made
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    // Another process of this installation was first; a file that holds no key is replaced.
    const theirs = await kept(path)
    if (theirs !== undefined) return theirs
    await rename(draft, path)
    return made
  } finally {
    await rm(draft, { force: true })
  }
}
