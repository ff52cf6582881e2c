// Webhooks as they fare in this installation, for administrators. What a webhook is stands in the model.
import type { Delivery, DeliveryState, Ping, WebhookFare, WholeDelivery } from '@peyvand/core/answer/webhook.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'
import { fetchJson, problemOf } from './http.ts'

const pathOf = (name: string, more = ''): string => `/api/webhooks/${encodeURIComponent(name)}${more}`

/** All webhooks. throws: Problem */
export async function readFares(): Promise<readonly WebhookFare[]> {
  return (await fetchJson<{ value: readonly WebhookFare[] }>('/api/webhooks')).value
}

/** One webhook. throws: Problem */
export const readFare = (name: string): Promise<WebhookFare> => fetchJson(pathOf(name))

/** A page of its deliveries, the newest first. throws: Problem */
export function readDeliveries(
  name: string,
  { state, after }: { readonly state?: DeliveryState | undefined; readonly after?: string | undefined },
): Promise<{ readonly value: readonly Delivery[]; readonly next: string | null }> {
  const query = new URLSearchParams({ top: '25', ...(state ? { state } : {}), ...(after ? { after } : {}) })
  return fetchJson(pathOf(name, `/deliveries?${query.toString()}`))
}

/** One delivery with what was sent and answered. throws: Problem */
export const readDelivery = (name: string, id: string): Promise<WholeDelivery> =>
  fetchJson(pathOf(name, `/deliveries/${id}`))

/** Sends a delivery again, or all that are dead. throws: Problem */
export const resend = (name: string, id?: string): Promise<unknown> =>
  fetchJson(pathOf(name, id === undefined ? '/resend' : `/deliveries/${id}/resend`), { method: 'POST', body: {} })

/** A new signing secret, shown this once. throws: Problem */
export const makeSecret = async (name: string): Promise<string> =>
  (await fetchJson<{ secret: string }>(pathOf(name, '/secret'), { method: 'POST', body: {} })).secret

/** Tries the target now. throws: Problem */
export const ping = (name: string): Promise<Ping> => fetchJson(pathOf(name, '/ping'), { method: 'POST', body: {} })

/** What is wrong with the webhook itself. */
export function problemOfFare({ problem }: WebhookFare): Problem | undefined {
  return problem ? problemOf(500, problem) : undefined
}
