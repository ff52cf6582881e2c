// The sales story: deals that open, move through the stages and end won or lost.
import { addDays, atWork, busyDay, daysBetween, workday } from './calendar.ts'
import { priced, products, type Product } from './catalogue.ts'
import type { Customer, Person } from './customers.ts'
import { chance, idOf, type Chance } from './random.ts'
import type { Row } from './row.ts'
import type { Seller } from './sellers.ts'

/** A deal as activities and notes see it. */
export interface Deal {
  readonly id: string
  readonly customer: Customer
  readonly seller: Seller
  readonly opened: string
  readonly ends: string
  readonly stage: string
}

/** The span that is told, and who sells in it. */
export interface Story {
  readonly start: string
  readonly today: string
  readonly sellers: readonly Seller[]
}

/** Where business comes from, with weights. */
export const sources = [
  ['website', 24],
  ['referral', 20],
  ['exhibition', 16],
  ['campaign', 12],
  ['phone', 10],
  ['partner', 9],
  ['social', 6],
  ['other', 3],
] as const
const lostReasons = [
  ['price', 32],
  ['competitor', 24],
  ['no_decision', 18],
  ['no_budget', 13],
  ['timing', 8],
  ['fit', 5],
] as const
const open = [
  ['prospecting', 0.18, 10],
  ['engaging', 0.5, 25],
  ['proposal', 0.78, 50],
  ['negotiation', 1.01, 75],
] as const

/** How likely a deal is won, before the seller's skill: people who know us buy more often. */
const winRate: Readonly<Record<string, number>> = {
  existing_customer: 0.7,
  referral: 0.66,
  partner: 0.62,
  exhibition: 0.57,
  website: 0.55,
  phone: 0.58,
  campaign: 0.48,
  social: 0.45,
  other: 0.5,
}

/** Deals of the last 18 months. Half of them take less than two months; large ones take longer. */
export function deals(
  count: number,
  list: readonly Customer[],
  persons: readonly Person[],
  story: Story,
): { rows: Row[]; list: Deal[] } {
  const colleagues = Map.groupBy(persons, ({ customer }) => customer.id)
  const told: Deal[] = []
  const rows: Row[] = []
  for (let index = 0; index < count; index++) {
    const luck = chance(`opportunity/${index}`)
    const customer = larger(luck.pick(list), luck.pick(list))
    const seller = luck.is(0.88)
      ? customer.seller
      : luck.pick(story.sellers.filter((one) => one.locale === customer.locale))
    const opened = openingDay(customer, story, luck)
    const product = luck.weighted(products.map((one) => [one, one.weight] as const))
    const dollars = product.price * quantity(product, luck) * (1 - luck.next() ** 2 * 0.18)
    const days = Math.max(4, luck.logNormal(52, 0.55) * (dollars / 8000) ** 0.12)
    const ends = workday(addDays(opened, days))
    const source = luck.is(0.3) ? 'existing_customer' : luck.weighted(sources)
    const outcome =
      ends <= story.today
        ? closed(winRate[source]! + seller.skill > evenly(index), ends, luck)
        : running(opened, ends, story.today, luck)
    told.push({ id: idOf(`opportunity/${index}`), customer, seller, opened, ends: outcome.close, stage: outcome.stage })
    rows.push(
      dealRow(
        told.at(-1)!,
        { index, product, dollars, source, outcome, days, contact: contactOf(colleagues.get(customer.id), luck) },
        story.today,
        luck,
      ),
    )
  }
  return { rows, list: told }
}

/** Numbers spread evenly over 0 to 1, so that a small story has the same share of won deals as a large one. */
function evenly(index: number): number {
  return (index * 0.7548776662466927) % 1
}

interface Outcome {
  readonly stage: string
  readonly probability: number
  readonly close: string
  readonly reason: string | null
}

function closed(won: boolean, ends: string, luck: Chance): Outcome {
  return won
    ? { stage: 'won', probability: 100, close: ends, reason: null }
    : { stage: 'lost', probability: 0, close: ends, reason: luck.weighted(lostReasons) }
}

/** An open deal: the stage follows from how much of its time has passed; one in eight is past the day it was promised for. */
function running(opened: string, ends: string, today: string, luck: Chance): Outcome {
  const passed = daysBetween(opened, today) / Math.max(1, daysBetween(opened, ends))
  const [stage, , probability] = open.find(([, until]) => passed < until)!
  const late = luck.is(0.12) && passed > 0.3
  const close = late ? workday(addDays(today, -luck.between(3, 25))) : workday(addDays(ends, luck.between(-5, 25)))
  return {
    stage,
    probability: probability + luck.pick([-5, 0, 0, 0, 5]),
    close: late || close > today ? close : workday(addDays(today, luck.between(2, 30))),
    reason: null,
  }
}

function openingDay(customer: Customer, { start, today }: Story, luck: Chance): string {
  for (let attempt = 0; attempt < 30; attempt++) {
    const opened = workday(busyDay(start, luck))
    if (opened >= customer.since && opened <= today) return opened
  }
  return workday(addDays(customer.since, luck.between(1, 20)))
}

/** Cheap things are bought by the dozen, dear ones singly. */
function quantity(product: Product, luck: Chance): number {
  return Math.max(1, Math.round(luck.logNormal(Math.max(1, 9000 / product.price), 0.85)))
}

function larger(one: Customer, other: Customer): Customer {
  return one.weight >= other.weight ? one : other
}

function contactOf(persons: readonly Person[] | undefined, luck: Chance): string | null {
  if (persons === undefined || luck.is(0.06)) return null
  return luck.pick(persons.filter((person) => person.decides).concat(persons)).id
}

interface Told {
  readonly index: number
  readonly product: Product
  readonly dollars: number
  readonly source: string
  readonly outcome: Outcome
  readonly days: number
  readonly contact: string | null
}

function dealRow(
  deal: Deal,
  { index, product, dollars, source, outcome, days, contact }: Told,
  today: string,
  luck: Chance,
): Row {
  const { customer, seller, opened } = deal
  const { locale } = customer
  const over = outcome.stage === 'won' || outcome.stage === 'lost'
  const engaged = addDays(opened, Math.floor(Math.min(days * 0.15, daysBetween(opened, today))))
  const created = atWork(opened, luck)
  const changed = atWork(over ? outcome.close : addDays(engaged, luck.between(0, daysBetween(engaged, today))), luck)
  return {
    id: deal.id,
    name: `${luck.pick(product.device ? locale.deals : locale.services).replace('{}', product.name)} – ${customer.name}`,
    deal_number: `D-${String(index + 1).padStart(5, '0')}`,
    account_id: customer.id,
    contact_id: contact,
    product_id: product.id,
    stage: outcome.stage,
    amount: priced(dollars, locale.currency),
    amount_currency: locale.currency,
    probability: outcome.probability,
    engage_date: outcome.stage === 'prospecting' ? null : engaged,
    close_date: outcome.close,
    next_step: over ? null : luck.pick(locale.steps),
    lost_reason: outcome.reason,
    source,
    owner_id: seller.id,
    owner_type: 'user',
    created_at: created,
    modified_at: changed > created ? changed : created,
  }
}
