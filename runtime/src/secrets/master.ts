// The key of this installation: SECRET or SECRET_FILE, or one that is made once and kept in the data folder. Everything that
// is signed, and every key that encrypts, hangs from it; the one before it still opens what it once closed.
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Config } from '../config.ts'

type Given = Pick<Config, 'secret' | 'secretFile' | 'secretPrevious' | 'dataDir'>

/** What opens the keys of this installation. */
export interface Masters {
  readonly current: string
  /** Ones that were in force before and may still be needed to open what they closed. */
  readonly previous: readonly string[]
}

const shortest = 32

/** The keys in force and before. throws: Problem when SECRET_FILE holds none. */
export async function readMasters(config: Given): Promise<Masters> {
  const current = await readSecret(config)
  const before = [config.secretPrevious, await kept(previousPath(config))]
  return { current, previous: before.filter((text): text is string => text !== undefined && text !== current) }
}

/** The signing key. The file it is kept in is readable by its owner only. throws: Problem when SECRET_FILE holds none. */
export async function readSecret(config: Given): Promise<string> {
  if (config.secret !== undefined) return config.secret
  if (config.secretFile !== undefined) return given(config.secretFile)
  const path = pathOf(config)
  return (await kept(path)) ?? make(config.dataDir, path)
}

/** Whether the key is one that was made here and is kept in the data folder: then it can be made anew here, too. */
export function isKeptHere(config: Given): boolean {
  return config.secret === undefined && config.secretFile === undefined
}

/** Puts a new key in force. The one before stays beside it until `forgetPrevious`; a stop in between loses neither. */
export async function renewSecret(config: Given): Promise<void> {
  const old = await readSecret(config)
  const drafts = [previousPath(config), pathOf(config)].map((path) => ({ path, draft: `${path}.${unique()}` }))
  const [previous, current] = drafts as [(typeof drafts)[0], (typeof drafts)[0]]
  // One that is still needed must not be lost for a second one.
  if ((await kept(previous.path)) === undefined) {
    await writeFile(previous.draft, old, { mode: 0o600, flag: 'wx' })
    await rename(previous.draft, previous.path)
  }
  await writeFile(current.draft, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' })
  await rename(current.draft, current.path)
}

/** Removes the key before, once nothing needs it any more. */
export async function forgetPrevious(config: Given): Promise<void> {
  await rm(previousPath(config), { force: true })
}

const pathOf = ({ dataDir }: Given): string => join(dataDir, 'secret')
const previousPath = (config: Given): string => `${pathOf(config)}.previous`
const unique = (): string => randomBytes(6).toString('hex')

async function given(path: string): Promise<string> {
  const text = (await readFile(path, 'utf8').catch(() => '')).trim()
  if (text.length >= shortest) return text
  throw new Problem('check.invalid', {
    target: 'SECRET_FILE',
    detail: 'SECRET_FILE names no file with a key of at least 32 characters that can be read',
  })
}

/** The key in a file; undefined when there is none or it is too short to be one. */
async function kept(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.length >= shortest ? text : undefined
}

/** Makes the key under a name of its own and links it into place, so that no other process ever reads half of it. */
async function make(folder: string, path: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const made = randomBytes(48).toString('base64url')
  const draft = `${path}.${unique()}`
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
