// Contents in a bucket of an S3-compatible service (AWS, MinIO, Ceph, Garage). Path-style addresses, one signed request per
// content with its hash in the signature: what arrives broken is refused by the service itself.
import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { Problem } from '@peyvand/core/base/problem.ts'
import { emptyPayload, sign, type Credentials } from './sign.ts'
import { checkKey, type Content, type Range, type Storage } from './storage.ts'

export interface Bucket extends Credentials {
  readonly endpoint: string
  readonly bucket: string
  /** Folder for contents on their way in. */
  readonly incoming: string
}

/** unit: milliseconds until an answer begins */
const patience = 60_000

/** Keeps contents in a bucket. */
export async function openBucket(bucket: Bucket): Promise<Storage> {
  await mkdir(bucket.incoming, { recursive: true, mode: 0o700 })
  const send = (method: string, key: string, more: More = {}) => request(bucket, method, checkKey(key), more)
  return {
    incoming: bucket.incoming,
    async put(key, content) {
      const answer = await send('PUT', key, { content })
      await answer.body?.cancel()
      if (!answer.ok) throw away(answer.status)
      await rm(content.path, { force: true })
    },
    async get(key, range) {
      const answer = await send('GET', key, { range })
      if (answer.ok && answer.body) return Readable.fromWeb(answer.body as ReadableStream<Uint8Array>)
      await answer.body?.cancel()
      if (answer.status === 404) return undefined
      throw away(answer.status)
    },
    async stat(key) {
      const answer = await send('HEAD', key)
      if (answer.status === 404) return undefined
      if (!answer.ok) throw away(answer.status)
      return Number(answer.headers.get('content-length'))
    },
    async delete(key) {
      const answer = await send('DELETE', key)
      await answer.body?.cancel()
      if (!answer.ok && answer.status !== 404) throw away(answer.status)
    },
  }
}

interface More {
  readonly content?: Content
  readonly range?: Range | undefined
}

async function request(bucket: Bucket, method: string, key: string, { content, range }: More): Promise<Response> {
  const url = new URL(`${bucket.endpoint}/${bucket.bucket}/${key}`)
  const headers = sign(
    {
      method,
      url,
      headers: range === undefined ? {} : { range: `bytes=${range.start}-${range.end}` },
      payload: content?.sha256 ?? emptyPayload,
    },
    bucket,
    new Date(),
  )
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), content === undefined ? patience : patience + content.size / 1_000)
  const body = content === undefined ? undefined : createReadStream(content.path)
  try {
    return await fetch(url, {
      method,
      headers: content === undefined ? headers : { ...headers, 'content-length': String(content.size) },
      signal: late.signal,
      redirect: 'error',
      ...(body === undefined ? {} : { body: Readable.toWeb(body) as unknown as BodyInit, duplex: 'half' }),
    })
  } catch {
    throw away(0)
  } finally {
    clearTimeout(timer)
    body?.destroy()
  }
}

function away(status: number): Problem {
  return new Problem('internal.unavailable', {
    detail: status === 0 ? 'The file store does not answer' : `The file store answered ${status}`,
    hint: 'Try again in a moment; an administrator finds the address of the store in S3_ENDPOINT',
  })
}
