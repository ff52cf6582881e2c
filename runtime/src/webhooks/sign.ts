// How a receiver knows that a message is ours and fresh: the headers of Standard Webhooks, an HMAC-SHA-256 over id, time and
// body. While a secret is being replaced a message carries a signature by either.
// source: https://www.standardwebhooks.com
import { createHmac, randomBytes } from 'node:crypto'

const prefix = 'whsec_'

/** A new secret as it is given to the receiver. */
export function newSecret(): string {
  return prefix + randomBytes(32).toString('base64')
}

export interface Message {
  readonly id: string
  /** unit: seconds since 1970 */
  readonly time: number
  readonly body: string
}

/** The headers that go with a message, signed with each secret. */
export function signedHeaders(message: Message, secrets: readonly string[]): Record<string, string> {
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.time),
    'webhook-signature': secrets.map((secret) => `v1,${signatureOf(message, secret)}`).join(' '),
  }
}

/** The signature of a message. shape: base64 */
export function signatureOf({ id, time, body }: Message, secret: string): string {
  const key = Buffer.from(secret.slice(prefix.length), 'base64')
  return createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')
}
