// One message to one target: signed, bounded in time, and judged by the status of the answer alone. Whatever a target does (refuse,
// hang, drip, never end) costs at most the time it is given. Of the answer a piece is kept, without the secrets it may repeat.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Webhook } from '@peyvand/core/model/model.ts'
import { webhookLimits } from '../limits.ts'
import type { OutgoingAnswer } from '../net/call.ts'
import { OutgoingError } from '../net/error.ts'
import type { RunningPlatform } from '../platform.ts'
import { readSecretValue } from '../secrets/stored.ts'
import type { Outcome } from './queue.ts'
import { retryAfter } from './retry.ts'
import { signedHeaders } from './sign.ts'
import { openSecrets, type WebhookState } from './state.ts'

/** How a message fared. `after`: what the target asked for. unit: milliseconds */
export interface Sent extends Outcome {
  readonly isTaken: boolean
  readonly after?: number
}

/** What a target knows a message by: the same on each try. */
export const messageId = (id: string): string => `msg_${id}`

/** Sends a message to the target of a webhook. Never throws for what the target does. */
export async function send(
  platform: RunningPlatform,
  { hook, state }: { readonly hook: Webhook; readonly state: WebhookState },
  { id, body }: { readonly id: string; readonly body: string },
): Promise<Sent> {
  const started = performance.now()
  const ms = () => performance.now() - started
  try {
    const keys = await openSecrets(platform.secrets, state)
    const { headers, hidden } = await headersFor(platform, hook)
    const message = { id: messageId(id), time: Math.floor(Date.now() / 1_000), body }
    const answer = await platform.call(hook.url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', ...signedHeaders(message, keys) },
      body,
      redirects: 0,
      patience: platform.config.webhookTimeout,
      time: webhookLimits.answerTime,
      size: Infinity,
    })
    const text = without([...hidden, ...keys], await beginningOf(answer))
    const isTaken = answer.status >= 200 && answer.status < 300
    const after = isTaken ? undefined : retryAfter(single(answer.headers['retry-after']), Date.now())
    return { isTaken, status: answer.status, ms: ms(), answer: text, ...(after === undefined ? {} : { after }) }
  } catch (error) {
    if (error instanceof OutgoingError || error instanceof Problem)
      return { isTaken: false, ms: ms(), error: error.message }
    throw error
  }
}

const placeholder = /\{secret:([a-z][a-z0-9_]{0,47})\}/g

/** The headers of a webhook with its secrets in them, and those secrets. throws: Problem when one is not there. */
async function headersFor(
  platform: RunningPlatform,
  { headers = {} }: Webhook,
): Promise<{ headers: Record<string, string>; hidden: string[] }> {
  const names = new Set(
    Object.values(headers).flatMap((text) => [...text.matchAll(placeholder)].map(([, name]) => name!)),
  )
  const values = new Map<string, string>()
  for (const name of names) {
    const value = await readSecretValue(platform, name)
    if (value === undefined)
      throw new Problem('missing.record', { detail: `There is no secret "${name}" for a header`, hint: 'Set it' })
    values.set(name, value)
  }
  const filled = Object.entries(headers).map(([name, text]): [string, string] => [
    name.toLowerCase(),
    text.replaceAll(placeholder, (_, secret: string) => values.get(secret)!),
  ])
  return { headers: Object.fromEntries(filled), hidden: [...values.values()] }
}

/** The first piece of an answer; more is not waited for. */
async function beginningOf({ body }: OutgoingAnswer): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk as Buffer)
      size += (chunk as Buffer).length
      if (size >= webhookLimits.answer) break
    }
  } catch {
    // It broke off or came too late: the status was there.
  } finally {
    body.destroy()
  }
  return Buffer.concat(chunks).subarray(0, webhookLimits.answer).toString().replaceAll('\0', '�')
}

function without(secrets: readonly string[], text: string): string {
  return secrets.reduce((left, secret) => (secret.length < 4 ? left : left.replaceAll(secret, '•••••')), text)
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
