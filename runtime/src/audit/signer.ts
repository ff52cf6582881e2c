// The key that signs seals: one of the tenant's own, kept sealed beside them. Who has the database but not the key of the
// installation can neither make seals nor a chain of them anew. Older keys stay, for the seals they signed.
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Session } from '../db/database.ts'
import { observeError } from '../observe.ts'
import type { Secrets } from '../secrets/vault.ts'

/** Signs, and knows what was signed. */
export interface Signer {
  /** Id of the key that signs now. */
  readonly key: string
  sign(bytes: Buffer): Buffer
  /** Whether a signature is one of a key's; undefined when that key is not known. */
  isSigned(key: string, bytes: Buffer, mac: Buffer): boolean | undefined
}

interface Place {
  readonly database: Session
  readonly schema: string
  readonly secrets: Secrets
}

const use = 'audit'

/** The signer of a tenant; its first key is made here. Not inside a transaction: the keys of secrets are read apart from it. */
export async function openSigner(place: Place): Promise<Signer> {
  const keys = await readKeys(place)
  const last = [...keys].at(-1) ?? (await makeKey(place))
  return signerOf(new Map([...keys, last]), last[0])
}

/** A signer of these keys, by id. */
export function signerOf(keys: ReadonlyMap<string, Buffer>, key: string): Signer {
  const sign = (with_: Buffer, bytes: Buffer): Buffer => createHmac('sha256', with_).update(bytes).digest()
  return {
    key,
    sign: (bytes) => sign(keys.get(key)!, bytes),
    isSigned: (id, bytes, mac) => {
      const found = keys.get(id)
      if (found === undefined) return undefined
      const right = sign(found, bytes)
      return mac.length === right.length && timingSafeEqual(mac, right)
    },
  }
}

/** The keys that can be opened, the oldest first. One that cannot be opened is said to be so where its seals are verified. */
async function readKeys({ database, schema, secrets }: Place): Promise<Map<string, Buffer>> {
  const { rows } = await database.query<{ id: string; value: string }>({
    text: `select k.id::text, k.value from "${schema}"._seal_key k order by k.created_at, k.id`,
  })
  const keys = new Map<string, Buffer>()
  for (const { id, value } of rows) {
    const text = await secrets.open({ use, key: id }, value).catch((error: unknown) => observeError('audit key', error))
    if (text !== undefined) keys.set(id, Buffer.from(text, 'base64'))
  }
  return keys
}

async function makeKey({ database, schema, secrets }: Place): Promise<[string, Buffer]> {
  const [id, key] = [randomUUID(), randomBytes(32)]
  const value = await secrets.seal({ use, key: id }, key.toString('base64'))
  await database.query({
    text: `insert into "${schema}"._seal_key (id, value) values ($1::uuid, $2)`,
    values: [id, value],
  })
  return [id, key]
}
