// In one word how a webhook fares, for its row in the list and the head of its page.
import type { Webhook } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import type { WebhookFare } from '@peyvand/core/answer/webhook.ts'
import { say } from '../texts/text.ts'

/** The badge of a webhook; nothing while it is not known how it fares. */
export function badgeOf(hook: Webhook, fare: WebhookFare | undefined): TemplateResult | typeof nothing {
  const [tone, text] = wordOf(hook, fare)
  return text === '' ? nothing : html`<span class="badge ${tone}">${text}</span>`
}

function wordOf({ active }: Webhook, fare: WebhookFare | undefined): readonly [tone: string, text: string] {
  if (!active) return ['', say('webhook.off')]
  if (fare === undefined) return ['', '']
  if (fare.secret === null) return ['warn', say('webhook.no-secret')]
  if (fare.problem) return ['bad', say('webhook.stopped')]
  if (fare.closed) return ['bad', say('webhook.failing')]
  if (fare.dead > 0) return ['bad', say('webhook.dead', { count: fare.dead })]
  return fare.waiting > 0 ? ['info', say('webhook.waiting', { count: fare.waiting })] : ['good', say('webhook.on')]
}
