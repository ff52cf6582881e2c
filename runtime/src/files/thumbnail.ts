// Small versions of pictures: made when they are first asked for, kept beside the content, made once when many ask together.
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { noFile } from './find.ts'
import { makeThumbnail } from './picture.ts'
import { contentKey, thumbnailKey, type Storage } from './storage.ts'

const making = new Map<string, Promise<number>>()

/** The size that answers a wish: the smallest that is large enough, else the largest. */
export function sizeFor(wanted: number, sizes: readonly number[]): number {
  const ordered = [...sizes].sort((a, b) => a - b)
  return ordered.find((size) => size >= wanted) ?? ordered.at(-1)!
}

/** Sees to it that a small version is there. shape: its length in bytes. throws: Problem. */
export async function thumbnailOf(files: Storage, hash: string, size: number, mostPixels: number): Promise<number> {
  const key = thumbnailKey(hash, size)
  const there = await files.stat(key)
  if (there !== undefined) return there
  let work = making.get(key)
  if (work === undefined) {
    work = make(files, hash, size, mostPixels).finally(() => making.delete(key))
    making.set(key, work)
  }
  return work
}

async function make(files: Storage, hash: string, size: number, mostPixels: number): Promise<number> {
  const source = join(files.incoming, randomUUID())
  const small = `${source}-small`
  try {
    const content = await files.get(contentKey(hash))
    if (content === undefined) throw noFile()
    await pipeline(content, createWriteStream(source, { mode: 0o600 }))
    await makeThumbnail(source, size, small, mostPixels)
    const length = (await stat(small)).size
    const sum = createHash('sha256')
    for await (const chunk of createReadStream(small)) sum.update(chunk as Buffer)
    await files.put(thumbnailKey(hash, size), { path: small, size: length, sha256: sum.digest('hex') })
    return length
  } finally {
    await rm(source, { force: true })
    await rm(small, { force: true })
  }
}
