// Contents in a folder of this machine. A content is written beside, brought to the disk and then renamed into place, so that
// a name always leads to a whole content; the folder is synced too, so that the name survives a power cut.
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkKey, type Content, type Range, type Storage } from './storage.ts'

/** Keeps contents in a folder. */
export async function openDisk(folder: string): Promise<Storage> {
  const incoming = join(folder, 'incoming')
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  const pathOf = (key: string): string => join(folder, checkKey(key))
  return {
    incoming,
    async put(key, { path }: Content) {
      const to = pathOf(key)
      await mkdir(dirname(to), { recursive: true, mode: 0o700 })
      await sync(path)
      await rename(path, to)
      await sync(dirname(to))
    },
    async get(key, range?: Range) {
      const path = pathOf(key)
      if ((await sizeOf(path)) === undefined) return undefined
      return createReadStream(path, range)
    },
    stat: (key) => sizeOf(pathOf(key)),
    delete: (key) => rm(pathOf(key), { force: true }),
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Brings a file or a folder to the disk. Some systems cannot sync a folder; there the rename alone has to do. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EISDIR' || error.code === 'EPERM') return undefined
    throw error
  })
  await handle?.sync().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPERM' && error.code !== 'EINVAL') throw error
  })
  await handle?.close()
}
