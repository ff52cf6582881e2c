// An authenticator app for tests: the codes of RFC 6238 for the secret of an `otpauth:` address.
import { createHmac } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The code of a moment. unit: milliseconds since 1970 */
export function codeAt(uri: string, moment = Date.now()): string {
  const secret = new URL(uri).searchParams.get('secret')!.replace(/=+$/, '')
  const bits = Array.from(secret, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const bytes = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(moment / 30_000)))
  const hash = createHmac('sha1', bytes).update(counter).digest()
  const offset = hash.at(-1)! & 15
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** The code of the half minute after this one: still taken, and another one than `codeAt` gives. */
export const nextCode = (uri: string): string => codeAt(uri, Date.now() + 30_000)
