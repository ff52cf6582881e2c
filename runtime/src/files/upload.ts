// The way of an uploaded file: taken in, looked at, cleaned when it is a picture, noted, kept. It then belongs to who sent it
// until a record's field is given its id; what nobody links is taken away after a day.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { must } from '@peyvand/core/base/problem.ts'
import type { FileFacts } from '@peyvand/core/types/type.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { newId } from '../records/id.ts'
import { judge } from './judge.ts'
import { safeName } from './name.ts'
import { cleanPicture, isPicture, type Picture } from './picture.ts'
import { receive } from './receive.ts'
import { addFile, markReady } from './row.ts'
import { contentKey, type Content } from './storage.ts'

export interface Incoming {
  readonly bytes: AsyncIterable<Uint8Array>
  readonly name: string
  /** `Content-Type` as it was sent. */
  readonly declared: string
  /** Largest size here, when it is below that of the platform. unit: bytes. */
  readonly most?: number | undefined
}

/** Takes in and keeps one file. throws: Problem when it is too large, not what it says, or there is no room. */
export async function uploadFile(platform: Platform, context: Context, incoming: Incoming): Promise<FileFacts> {
  const { files, config } = platform
  const name = safeName(incoming.name)
  const most = Math.min(config.fileLimit, incoming.most ?? config.fileLimit)
  const received = await receive(incoming.bytes, files.incoming, most)
  const left = new Set([received.path])
  try {
    const type = must(judge(received.head, { name, declared: incoming.declared }))
    const picture = isPicture(type) ? await cleanPicture(received.path, type, config.picturePixels) : undefined
    if (picture) left.add(picture.path)
    const content = picture === undefined || picture.path === received.path ? received : await contentAt(picture.path)
    const file = { id: newId(), name, type, size: content.size, ...sizeOf(picture) }
    await keep(platform, context, file, content)
    return file
  } finally {
    for (const path of left) await rm(path, { force: true })
  }
}

function sizeOf(picture: Picture | undefined): { width?: number; height?: number } {
  return picture === undefined ? {} : { width: picture.width, height: picture.height }
}

async function keep(
  { files }: Platform,
  { database, schema, actor }: Context,
  file: FileFacts,
  content: Content,
): Promise<void> {
  const { width = null, height = null } = file
  await addFile(database, schema, { ...file, width, height, hash: content.sha256, createdBy: actor.user })
  const key = contentKey(content.sha256)
  if ((await files.stat(key)) !== content.size) await files.put(key, content)
  await markReady(database, schema, file.id)
}

async function contentAt(path: string): Promise<Content> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return { path, size: (await stat(path)).size, sha256: hash.digest('hex') }
}
