// The demo data of the CRM: one deterministic story of a company that sells measuring equipment in five languages, over
// the 18 months that end on a given day. Gives rows; writing them is the runtime's work.
import { addDays, span } from './calendar.ts'
import { productRows } from './catalogue.ts'
import { customers, people } from './customers.ts'
import { deals } from './deals.ts'
import { leads } from './leads.ts'
import type { Batch, DemoSettings, Row, Size } from './row.ts'
import { company } from './sellers.ts'
import { activities, notes } from './timeline.ts'

export type { Batch, DemoSettings, Row, Size } from './row.ts'

/** How many records of each kind a size has. */
export const sizes: Readonly<
  Record<Size, Readonly<Record<'account' | 'contact' | 'opportunity' | 'lead' | 'activity' | 'note', number>>>
> = {
  small: { account: 120, contact: 300, opportunity: 500, lead: 150, activity: 800, note: 200 },
  large: { account: 5000, contact: 15_000, opportunity: 20_000, lead: 6000, activity: 40_000, note: 8000 },
}

/**
 * The rows of the story, in an order in which they can be written.
 * law: the same settings give the same rows; ids do not depend on the day.
 */
export function generate(settings: DemoSettings): Batch[] {
  const { today } = settings
  const count = sizes[settings.size]
  const start = addDays(today, -span)
  const { batches, sellers } = company(settings, start)
  const accounts = customers(count.account, { start, sellers })
  const contacts = people(count.contact, accounts.list)
  const story = { start, today, sellers }
  const opportunities = deals(count.opportunity, accounts.list, contacts.list, story)
  const lead = leads(count.lead, accounts.list, contacts.list, story)
  const cast = { deals: opportunities.list, leads: lead.list, customers: accounts.list, persons: contacts.list }
  return [
    ...batches,
    { entity: 'product', rows: productRows(start) },
    { entity: 'account', rows: withStatus(accounts.rows, opportunities.rows) },
    { entity: 'contact', rows: contacts.rows },
    { entity: 'lead', rows: lead.rows },
    { entity: 'opportunity', rows: withLeads(opportunities.rows, lead.rows) },
    { entity: 'activity', rows: activities(count.activity, cast, today) },
    { entity: 'note', rows: notes(count.note, cast, today) },
  ]
}

/** An account that bought is a customer, and a former one when the last purchase is more than a year ago. */
function withStatus(accounts: readonly Row[], opportunities: readonly Row[]): Row[] {
  const last = new Map<string, string>()
  let latest = ''
  for (const { account_id: account, stage, close_date: date } of opportunities) {
    if (stage !== 'won') continue
    if (String(date) > (last.get(String(account)) ?? '')) last.set(String(account), String(date))
    if (String(date) > latest) latest = String(date)
  }
  return accounts.map((row) => {
    const bought = last.get(row.id)
    return {
      ...row,
      status: bought === undefined ? 'prospect' : bought < addDays(latest, -330) ? 'former' : 'customer',
    }
  })
}

/** A qualified lead is where the next deal of its account came from. */
function withLeads(opportunities: readonly Row[], leads: readonly Row[]): Row[] {
  const waiting = Map.groupBy(
    leads.filter(({ status }) => status === 'qualified'),
    (lead) => String(lead['account_id']),
  )
  return opportunities.map((row) => {
    const ofAccount = waiting.get(String(row['account_id'])) ?? []
    const origin = ofAccount.findIndex((lead) => String(lead['created_at']) < String(row['created_at']))
    return origin < 0 ? row : { ...row, lead_id: ofAccount.splice(origin, 1)[0]!.id }
  })
}
