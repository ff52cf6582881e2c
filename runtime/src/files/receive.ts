// A content on its way in: from a stream of any length into a file of this process, with its hash and its first bytes. Memory
// stays at one chunk; what is too long stops at the limit and leaves nothing behind.
import { createHash, randomUUID } from 'node:crypto'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Content } from './storage.ts'

export interface Received extends Content {
  readonly head: Buffer
}

/** unit: bytes kept to see what a content is */
const headLength = 4_096

/** Takes a stream in. throws: Problem when it is too long, breaks off, or there is no room. */
export async function receive(bytes: AsyncIterable<Uint8Array>, folder: string, most: number): Promise<Received> {
  const path = join(folder, randomUUID())
  const file = await open(path, 'wx', 0o600).catch(asNoRoom)
  try {
    const received = await write(bytes, file, most)
    await file.close()
    return { path, ...received }
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(path, { force: true })
    return error instanceof Problem ? Promise.reject(error) : asNoRoom(error)
  }
}

async function write(
  bytes: AsyncIterable<Uint8Array>,
  file: FileHandle,
  most: number,
): Promise<Omit<Received, 'path'>> {
  const hash = createHash('sha256')
  let head = Buffer.alloc(0)
  let size = 0
  for await (const chunk of interrupted(bytes)) {
    size += chunk.length
    if (size > most) throw tooLarge(most)
    if (head.length < headLength) head = Buffer.concat([head, chunk.subarray(0, headLength - head.length)])
    hash.update(chunk)
    for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten
  }
  return { size, head, sha256: hash.digest('hex') }
}

/** A stream that breaks off is the sender's, not ours. */
async function* interrupted(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (error) {
    throw error instanceof Problem
      ? error
      : new Problem('request.malformed', { detail: 'The file did not arrive whole', hint: 'Send it again' })
  }
}

/** What a content that is too long is answered with. */
export function tooLarge(most: number): Problem {
  return new Problem('limit.size', {
    detail: `The file is larger than ${most} bytes`,
    params: { limit: most },
    hint: 'Send a smaller file; an administrator sets the limit by FILE_LIMIT and in the field',
  })
}

const full = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'EFBIG'])

function asNoRoom(error: unknown): never {
  if (!full.has((error as NodeJS.ErrnoException).code ?? '')) throw error
  throw new Problem('internal.unavailable', { detail: 'There is no room to keep the file right now' })
}
