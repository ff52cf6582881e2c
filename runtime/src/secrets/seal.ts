// Closing and opening one text with AES-256-GCM, and deriving the key that wraps other keys. Pure but for the random nonce;
// which key is used, and where keys are kept, is decided by vault.ts.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** unit: bytes */
const nonceLength = 12
const tagLength = 16
const keyLength = 32

/** A key that wraps keys, and the name it is known by, which tells nothing of it. */
export interface Wrapping {
  readonly id: string
  readonly key: Buffer
}

/** The wrapping key that hangs from a secret of the installation. */
export function wrappingOf(secret: string): Wrapping {
  const derive = (info: string, length: number) => Buffer.from(hkdfSync('sha256', secret, 'peyvand', info, length))
  return { id: derive('name of the wrapping key', 8).toString('hex'), key: derive('wrapping key', keyLength) }
}

/** A new key for data. */
export function newKey(): Buffer {
  return randomBytes(keyLength)
}

/** The bytes closed with a key, bound to a context: opened in another one they are refused. shape: base64url. */
export function close(key: Buffer, context: readonly string[], bytes: Buffer): string {
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
  cipher.setAAD(bound(context))
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]).toString('base64url')
}

/** What was closed; undefined when the key or the context is another one, or a bit of it has changed. */
export function open(key: Buffer, context: readonly string[], closed: string): Buffer | undefined {
  const bytes = Buffer.from(closed, 'base64url')
  // The last letter has bits that say nothing: one text has one spelling.
  if (bytes.length < nonceLength + tagLength || bytes.toString('base64url') !== closed) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceLength), { authTagLength: tagLength })
  decipher.setAAD(bound(context))
  decipher.setAuthTag(bytes.subarray(-tagLength))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceLength, -tagLength)), decipher.final()])
  } catch {
    return undefined
  }
}

/** No two contexts have the same bytes. */
function bound(context: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(context))
}
