// Contents in a bucket of an S3-compatible service (AWS, MinIO, Ceph, Garage). Path-style addresses, one signed request per
// content with its hash in the signature: what arrives broken is refused by the service itself.
import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Outgoing, OutgoingAnswer } from '../net/call.ts'
import { emptyPayload, sign, type Credentials } from './sign.ts'
import { checkKey, type Content, type Range, type Storage } from './storage.ts'

export interface Bucket extends Credentials {
  readonly endpoint: string
  readonly bucket: string
  /** How others are called. */
  readonly call: Outgoing
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
      answer.body.resume()
      if (!isFine(answer)) throw away(answer.status)
      await rm(content.path, { force: true })
    },
    async get(key, range) {
      const answer = await send('GET', key, { range })
      if (isFine(answer)) return answer.body
      answer.body.resume()
      if (answer.status === 404) return undefined
      throw away(answer.status)
    },
    async stat(key) {
      const answer = await send('HEAD', key)
      answer.body.resume()
      if (answer.status === 404) return undefined
      if (!isFine(answer)) throw away(answer.status)
      return Number(answer.headers['content-length'])
    },
    async delete(key) {
      const answer = await send('DELETE', key)
      answer.body.resume()
      if (!isFine(answer) && answer.status !== 404) throw away(answer.status)
    },
  }
}

interface More {
  readonly content?: Content
  readonly range?: Range | undefined
}

async function request(bucket: Bucket, method: string, key: string, { content, range }: More): Promise<OutgoingAnswer> {
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
  const body = content === undefined ? undefined : createReadStream(content.path)
  // Whoever sends it hears of it; where it was never sent, nobody has to.
  body?.on('error', () => undefined)
  try {
    return await bucket.call(url, {
      method,
      headers: content === undefined ? headers : { ...headers, 'content-length': String(content.size) },
      // The administrator named this service in the settings; most stand in the network of the installation.
      allow: [url.host],
      patience: content === undefined ? patience : patience + content.size / 1_000,
      time: Infinity,
      size: Infinity,
      redirects: 0,
      ...(body === undefined ? {} : { body }),
    })
  } catch {
    throw away(0)
  } finally {
    body?.destroy()
  }
}

const isFine = ({ status }: OutgoingAnswer): boolean => status >= 200 && status < 300

function away(status: number): Problem {
  return new Problem('internal.unavailable', {
    detail: status === 0 ? 'The file store does not answer' : `The file store answered ${status}`,
    hint: 'Try again in a moment; an administrator finds the address of the store in S3_ENDPOINT',
  })
}
