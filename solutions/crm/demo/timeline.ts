// What was done and what is planned: activities and notes about deals, leads, accounts and people.
import { addDays, atWork, daysBetween, workday } from './calendar.ts'
import type { Customer, Person } from './customers.ts'
import type { Deal } from './deals.ts'
import type { LeadTold } from './leads.ts'
import { chance, idOf, type Chance } from './random.ts'
import type { Row } from './row.ts'
import type { Seller } from './sellers.ts'

/** Everything something can be done about, with the days in which it was worked on. */
interface Subject {
  readonly entity: string
  readonly id: string
  readonly seller: Seller
  readonly from: string
  readonly to: string
  readonly open: boolean
}

export interface Cast {
  readonly deals: readonly Deal[]
  readonly leads: readonly LeadTold[]
  readonly customers: readonly Customer[]
  readonly persons: readonly Person[]
}

const kinds = [
  ['phone_call', 36],
  ['email', 26],
  ['meeting', 18],
  ['task', 20],
] as const

/** Activities: first the next step of deals still open, then what happened before. */
export function activities(count: number, cast: Cast, today: string): Row[] {
  const subjects = gatherSubjects(cast, today)
  const waiting = subjects.deals.filter(({ open }) => open)
  return Array.from({ length: count }, (_, index) => {
    const luck = chance(`activity/${index}`)
    const next = index < waiting.length && index < count / 2
    const subject = next ? waiting[index]! : anySubject(subjects, luck)
    const day = next ? workday(addDays(today, luck.between(-6, 21))) : someDay(subject, luck)
    return activityRow(index, { subject, day, done: !next || (day < today && luck.is(0.5)) }, today, luck)
  })
}

/** Notes, written while the subject was worked on. */
export function notes(count: number, cast: Cast, today: string): Row[] {
  const subjects = gatherSubjects(cast, today)
  return Array.from({ length: count }, (_, index) => {
    const luck = chance(`note/${index}`)
    const subject = anySubject(subjects, luck)
    const text = luck.pick(subject.seller.locale.notes)
    return {
      id: idOf(`note/${index}`),
      title: shorten(text),
      text,
      regarding_id: subject.id,
      regarding_type: subject.entity,
      owner_id: subject.seller.id,
      owner_type: 'user',
      created_at: atWork(someDay(subject, luck), luck),
    }
  })
}

interface Subjects {
  readonly deals: readonly Subject[]
  readonly leads: readonly Subject[]
  readonly accounts: readonly Subject[]
  readonly contacts: readonly Subject[]
}

function gatherSubjects({ deals, leads, customers, persons }: Cast, today: string): Subjects {
  const past = (date: string): string => (date < today ? date : today)
  return {
    deals: deals.map((deal) => ({
      entity: 'opportunity',
      id: deal.id,
      seller: deal.seller,
      from: deal.opened,
      to: past(deal.ends),
      open: deal.stage !== 'won' && deal.stage !== 'lost',
    })),
    leads: leads.map((lead) => ({
      entity: 'lead',
      id: lead.id,
      seller: lead.seller,
      from: lead.since,
      to: past(addDays(lead.since, 30)),
      open: false,
    })),
    accounts: customers.map((customer) => ({
      entity: 'account',
      id: customer.id,
      seller: customer.seller,
      from: customer.since,
      to: today,
      open: false,
    })),
    contacts: persons.map(({ id, customer }) => ({
      entity: 'contact',
      id,
      seller: customer.seller,
      from: customer.since,
      to: today,
      open: false,
    })),
  }
}

function anySubject(subjects: Subjects, luck: Chance): Subject {
  return luck.pick(
    luck.weighted([
      [subjects.deals, 66],
      [subjects.leads, 14],
      [subjects.accounts, 10],
      [subjects.contacts, 10],
    ]),
  )
}

function someDay({ from, to }: Subject, luck: Chance): string {
  return addDays(from, luck.between(0, Math.max(0, daysBetween(from, to))))
}

interface Happening {
  readonly subject: Subject
  readonly day: string
  readonly done: boolean
}

function activityRow(index: number, { subject, day, done }: Happening, today: string, luck: Chance): Row {
  const kind = luck.weighted(kinds)
  const { locale, id: owner } = subject.seller
  const at = atWork(day, luck)
  const status = done ? (luck.is(0.05) ? 'cancelled' : 'done') : 'open'
  const created = workday(addDays(day, -luck.between(1, 9)))
  return {
    id: idOf(`activity/${index}`),
    subject: luck.pick(locale.subjects[kind]),
    kind,
    regarding_id: subject.id,
    regarding_type: subject.entity,
    status,
    priority: luck.weighted([
      ['normal', 7],
      ['high', 2],
      ['low', 1],
    ]),
    due_at: at,
    started_at: kind === 'meeting' ? at : null,
    duration:
      kind === 'meeting' ? luck.pick([30, 45, 60, 90, 120]) : kind === 'phone_call' ? luck.between(3, 35) : null,
    completed_at: status === 'done' ? at : null,
    direction: kind === 'phone_call' || kind === 'email' ? (luck.is(0.75) ? 'outgoing' : 'incoming') : null,
    location: kind === 'meeting' ? luck.pick(locale.cities).name : null,
    owner_id: owner,
    owner_type: 'user',
    created_at: `${[created, day, addDays(today, -1)].sort()[0]!}T04:30:00.000Z`,
  }
}

/** The first words of a text, whole words only where the language has spaces. */
function shorten(text: string): string {
  const end = text.search(/[.;؛؟]/)
  const first = end > 0 ? text.slice(0, end) : text
  if (first.length <= 60) return first
  const cut = first.slice(0, 58)
  return `${cut.includes(' ') ? cut.slice(0, cut.lastIndexOf(' ')) : cut}…`
}
