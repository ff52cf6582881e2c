// Whether a password is known to have leaked: asked of a list on disk or of a k-anonymity service. Decides how a list is read;
// whether a password is taken stands in password.ts. A service that does not answer refuses nobody.
import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { openOutgoing, textOf } from '../net/call.ts'
import { observeError } from '../observe.ts'

/** Says whether a password has leaked. The pluggable function behind `PASSWORD_BREACH_LIST`. */
export type BreachList = (password: string) => Promise<boolean>

/** unit: milliseconds */
const patience = 2_000
const hashLine = /^([\dA-Fa-f]{40})(?::\d+)?\s*$/

/** The list of a setting: an https address, or a file of hashes or of plain passwords. */
export function breachList(setting: string | undefined): BreachList {
  if (setting === undefined) return () => Promise.resolve(false)
  return /^https?:/.test(setting) ? serviceList(setting.replace(/\/+$/, '')) : fileList(setting)
}

function serviceList(base: string): BreachList {
  const call = openOutgoing()
  // The administrator's own service may stand inside.
  const options = {
    headers: { 'add-padding': 'true' },
    allow: [new URL(base).host],
    patience,
    time: patience,
    redirects: 0,
  }
  return async (password) => {
    const hash = hashOf(password)
    try {
      const answer = await call(`${base}/${hash.slice(0, 5)}`, options)
      const text = await textOf(answer)
      if (answer.status !== 200) throw new Error(`the list of leaked passwords answered ${answer.status}`)
      const line = text.split(/\r?\n/).find((each) => each.toUpperCase().startsWith(hash.slice(5)))
      return line !== undefined && !line.endsWith(':0')
    } catch (error) {
      observeError('breach list', error)
      return false
    }
  }
}

function fileList(path: string): BreachList {
  let words: Promise<ReadonlySet<string> | undefined> | undefined
  return async (password) => {
    const known = await (words ??= wordsOf(path))
    return known === undefined ? hasHash(path, hashOf(password)) : known.has(password)
  }
}

/** The passwords of a file of plain ones; undefined for a file of hashes, which is not read but searched. */
async function wordsOf(path: string): Promise<ReadonlySet<string> | undefined> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(200), 0, 200, 0)
    if (hashLine.test(buffer.toString('latin1', 0, bytesRead).split('\n', 1)[0]!)) return undefined
  } finally {
    await file.close()
  }
  return new Set((await readFile(path, 'utf8')).split(/\r?\n/).filter((word) => word !== ''))
}

/** Looks for a hash in a file whose lines are in order, by halves: a list may have tens of gigabytes. */
async function hasHash(path: string, hash: string): Promise<boolean> {
  const file = await open(path)
  try {
    let [low, high] = [0, (await file.stat()).size]
    const buffer = Buffer.alloc(128)
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      // From the byte before, so that a line that begins exactly here is not skipped.
      const from = Math.max(0, middle - 1)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from)
      const piece = buffer.toString('latin1', 0, bytesRead)
      const skip = from === 0 && middle === 0 ? 0 : piece.indexOf('\n') + 1
      const found = skip === 0 && middle !== 0 ? undefined : hashLine.exec(piece.slice(skip).split('\n', 1)[0]!)?.[1]
      if (found === undefined || found.toUpperCase() > hash) high = middle
      else if (found.toUpperCase() === hash) return true
      else low = from + skip + 41
    }
    return false
  } finally {
    await file.close()
  }
}

function hashOf(password: string): string {
  return createHash('sha1').update(password).digest('hex').toUpperCase()
}
