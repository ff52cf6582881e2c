// Recovery codes: how they are made, kept and known again. Each is kept as a salted hash, sealed under the key of the installation
// like the seed of an authenticator, so that it comes through a change of that key (seeds.ts). Codes of older installations are
// hashes under the key itself and hold while that key is known.
import { createHmac, randomBytes, randomInt } from 'node:crypto'
import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto'
import type { Masters } from '../secrets/master.ts'

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** Ten codes of 50 bits. */
export function makeCodes(): string[] {
  const part = () => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')
  return Array.from({ length: 10 }, () => `${part()}-${part()}`)
}

/** A recovery code as it counts: people leave out dashes and write small letters. */
export function plainCode(code: string): string {
  return code.replace(/[\s-]/g, '').toUpperCase()
}

/** A JSON list of codes as it is kept: those that are kept already stay as they are. */
export async function keepCodes(json: string, { current }: Masters): Promise<string> {
  const keep = async (code: string) => (plainCode(code).length === 10 ? await sealed(code, current) : code)
  return JSON.stringify(await Promise.all(listIn(json).map(keep)))
}

/** A kept list in which the code that is presented stands as it is presented, if it is one of them. */
export async function showCode(json: string, presented: string | undefined, masters: Masters): Promise<string> {
  if (presented === undefined) return json
  const show = async (kept: string) => ((await isCode(kept, presented, masters)) ? presented : kept)
  return JSON.stringify(await Promise.all(listIn(json).map(show)))
}

/** A kept list with what only a key before opens sealed under the newest. Gives how many of them were. */
export async function sealCodesAnew(
  json: string,
  { current, previous }: Masters,
): Promise<[json: string, count: number]> {
  let count = 0
  const list = listIn(json)
  for (const [i, kept] of list.entries()) {
    if ((await openedBy([current], kept)) !== undefined) continue
    const hash = await openedBy(previous, kept)
    if (hash === undefined) continue
    list[i] = await symmetricEncrypt({ key: current, data: hash })
    count++
  }
  return [count === 0 ? json : JSON.stringify(list), count]
}

function sealed(code: string, key: string): Promise<string> {
  const salt = randomBytes(16).toString('base64url')
  return symmetricEncrypt({ key, data: `${salt}.${hashOf(salt, code)}` })
}

async function isCode(kept: string, presented: string, { current, previous }: Masters): Promise<boolean> {
  const keys = [current, ...previous]
  if (/^[\da-f]{64}$/.test(kept)) return keys.some((key) => hashOf(`${key} recovery`, presented) === kept)
  const opened = await openedBy(keys, kept)
  if (opened === undefined) return false
  const [salt = '', hash] = opened.split('.')
  return hashOf(salt, presented) === hash
}

const hashOf = (salt: string, code: string): string => createHmac('sha256', salt).update(plainCode(code)).digest('hex')

const listIn = (json: string): string[] => JSON.parse(json) as string[]

/** What the first of these keys that fits opens. */
export async function openedBy(keys: readonly string[], data: string): Promise<string | undefined> {
  for (const key of keys) {
    try {
      return await symmetricDecrypt({ key, data })
    } catch {
      // Another key may.
    }
  }
  return undefined
}
