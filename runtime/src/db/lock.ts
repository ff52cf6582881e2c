// The lock file of a data folder: one process at a time opens the embedded database, for two would destroy it.
// Decides who holds it by asking whether that process still lives; the lock of a killed process is taken over at once.
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Problem } from '@peyvand/core/base/problem.ts'

interface Holder {
  readonly pid: number
  readonly started: string
  readonly token: string
}

/** Takes the lock of a folder; gives the way to let go. throws: Problem conflict.locked when a living process holds it. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'lock')
  const own: Holder = { pid: process.pid, started: await startOf(process.pid), token: randomBytes(8).toString('hex') }
  const draft = `${path}.${own.token}`
  await writeFile(draft, JSON.stringify(own))
  try {
    for (let attempt = 0; attempt < 100; attempt++) {
      if (await takes(draft, path)) return () => release(path, own)
      const holder = await holderOf(path)
      if (holder !== undefined && (await lives(holder))) throw taken(folder, holder)
      await removeDead(path, draft)
    }
    throw new Problem('conflict.locked', { detail: `The lock file of ${folder} changes hands all the time` })
  } finally {
    await unlink(draft)
  }
}

function taken(folder: string, holder: Holder): Problem {
  const detail = `The data folder ${folder} is in use by process ${holder.pid}`
  return new Problem('conflict.locked', { detail, hint: 'Stop that process, or set DATA_DIR to another folder.' })
}

/** Hard links are made atomically and never replace: the one who links first holds the lock. */
async function takes(draft: string, path: string): Promise<boolean> {
  return link(draft, path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
}

async function holderOf(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  try {
    const { pid, started, token } = JSON.parse(text) as Partial<Holder>
    return typeof pid === 'number' && typeof token === 'string' ? { pid, started: started ?? '', token } : undefined
  } catch {
    return undefined
  }
}

/**
 * Removes a dead holder's lock. Only who holds the guard file may do so, and looks again when it has it: without it, one
 * process could remove the lock that another has just taken over.
 */
async function removeDead(path: string, draft: string): Promise<void> {
  const guard = `${path}.guard`
  if (await takes(draft, guard)) {
    try {
      if (!(await isHeld(path))) await unlink(path).catch(() => undefined)
    } finally {
      await unlink(guard)
    }
  } else if (await isHeld(guard)) await wait(5)
  // Its holder was killed in the moment between these two lines.
  else await unlink(guard).catch(() => undefined)
}

async function isHeld(path: string): Promise<boolean> {
  const holder = await holderOf(path)
  return holder !== undefined && (await lives(holder))
}

async function release(path: string, own: Holder): Promise<void> {
  if ((await holderOf(path))?.token === own.token) await unlink(path).catch(() => undefined)
}

async function lives(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return holder.started === (await startOf(holder.pid))
}

/** When a process started, so that a reused process id is not taken for the holder; '' where the system does not say. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const boot = stat === '' ? '' : (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim()
  return stat === '' ? '' : `${boot}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`
}
