// Which store a process uses: a bucket when one is set, else the folder beside the embedded database.
import { join } from 'node:path'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Config } from '../config.ts'
import type { Outgoing } from '../net/call.ts'
import { openDisk } from './disk.ts'
import { openBucket } from './s3.ts'
import type { Storage } from './storage.ts'

/** Opens the store of the files. throws: Problem when a bucket is named without its keys. */
export async function openStorage(config: Config, call: Outgoing): Promise<Storage> {
  const folder = join(config.dataDir, 'files')
  const { s3Endpoint: endpoint, s3AccessKey: accessKey, s3SecretKey: secretKey } = config
  if (endpoint === undefined) return openDisk(folder)
  if (accessKey === undefined || secretKey === undefined)
    throw new Problem('check.invalid', {
      target: 'S3_ACCESS_KEY',
      detail: 'S3_ENDPOINT needs S3_ACCESS_KEY and S3_SECRET_KEY',
    })
  return openBucket({
    call,
    endpoint,
    bucket: config.s3Bucket,
    region: config.s3Region,
    accessKey,
    secretKey,
    incoming: join(folder, 'incoming'),
  })
}
