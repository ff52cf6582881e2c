// How webhooks fare in an installation, as administrators are told. What a webhook is stands in the model.
import type { JsonObject } from '../base/json.ts'

/** How a webhook fares. */
export interface WebhookFare {
  readonly name: string
  readonly waiting: number
  readonly dead: number
  readonly lastSent: string | null
  /** Null while it has none: nothing is told then. */
  readonly secret: { readonly madeAt: string; readonly beforeUntil: string | null } | null
  readonly runAs?: { readonly id: string; readonly name: string } | null
  readonly failures?: number
  /** How long its target is left alone. unit: seconds */
  readonly closed?: number | null
  readonly problem?: JsonObject | null
}

/** How far a delivery came, in the order in which they are shown. */
export const deliveryStates = ['waiting', 'dead', 'sent', 'withheld'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** A delivery as it is listed. */
export interface Delivery {
  readonly id: string
  readonly state: DeliveryState
  readonly records: readonly string[]
  readonly events: number
  readonly attempts: number
  readonly madeAt: string
  readonly nextAt: string | null
  readonly endedAt: string | null
  readonly status: number | null
  readonly ms: number | null
  readonly error: string | null
}

/** A delivery with what was sent and what came back. */
export interface WholeDelivery extends Delivery {
  readonly body: string
  readonly answer: string | null
}

/** What came of a message that says nothing. */
export interface Ping {
  readonly taken: boolean
  readonly status: number | null
  readonly ms: number
  readonly error: string | null
  readonly answer: string | null
  /** What was sent. */
  readonly body: string
}
