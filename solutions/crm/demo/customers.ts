// The companies the demo company sells to, and the people in them.
import { addDays, atWork, span } from './calendar.ts'
import { priced } from './catalogue.ts'
import { markets } from './locales.ts'
import type { City, Firm, Locale, Spelled } from './locale.ts'
import { chance, idOf, portion, type Chance } from './random.ts'
import type { Row } from './row.ts'
import type { Seller } from './sellers.ts'

/** A company as the rest of the story sees it. */
export interface Customer {
  readonly id: string
  readonly name: string
  readonly locale: Locale
  readonly industry: string
  readonly seller: Seller
  readonly domain: string
  readonly city: City
  /** How much business it brings against an average one. */
  readonly weight: number
  /** Day the account was made. */
  readonly since: string
}

/** A person at a customer. */
export interface Person {
  readonly id: string
  readonly customer: Customer
  readonly decides: boolean
}

interface Made<T> {
  readonly list: readonly T[]
  readonly rows: readonly Row[]
}
interface Place {
  readonly start: string
  readonly sellers: readonly Seller[]
}

/** The first companies stand alone; once a market's names are used up, and here and there before, a company is a branch of one. */
export function customers(count: number, { start, sellers }: Place): Made<Customer> {
  const list: Customer[] = []
  const rows: Row[] = []
  const used = new Set<string>()
  for (let index = 0; index < count; index++) {
    const luck = chance(`account/${index}`)
    const locale = portion(markets, (index * 0.618033988749895) % 1)
    const kin = list.filter((known) => known.locale === locale && !known.name.includes(' – '))
    const parent = kin.length > 2 && luck.is(0.14) ? luck.pick(kin) : undefined
    const named = firmName(locale, luck, used, kin, parent)
    const seller = luck.weighted(sellers.filter((one) => one.locale === locale).map((one) => [one, one.share] as const))
    const since = addDays(start, luck.is(0.82) ? -luck.between(0, 500) : luck.between(0, span - 30))
    const customer: Customer = {
      id: idOf(`account/${index}`),
      name: named.name,
      locale,
      industry: named.industry,
      seller,
      domain: named.domain,
      city: named.city,
      weight: luck.logNormal(1, 0.7),
      since,
    }
    list.push(customer)
    rows.push(accountRow(customer, { index, parent: named.parent }, luck))
  }
  return { list, rows }
}

interface Named {
  readonly name: string
  readonly industry: string
  readonly domain: string
  readonly city: City
  readonly parent?: Customer
}

function firmName(
  locale: Locale,
  luck: Chance,
  used: Set<string>,
  kin: readonly Customer[],
  parent: Customer | undefined,
): Named {
  for (let attempt = 0; attempt < 400; attempt++) {
    const city = luck.weighted(locale.cities.map((one, rank) => [one, 1 / (rank + 1)] as const))
    const head = parent ?? (attempt > 20 ? luck.pick(kin) : undefined)
    const fresh = head ? undefined : newFirm(luck.pick(locale.firms), luck.pick(locale.roots))
    const name = head
      ? `${head.name} – ${luck.pick(locale.cities).name}${attempt > 60 ? ` ${luck.between(2, 60)}` : ''}`
      : fresh!.name
    if (used.has(name)) continue
    used.add(name)
    return head
      ? { name, industry: head.industry, domain: head.domain, city, parent: head }
      : { name, industry: fresh!.industry, domain: fresh!.domain, city }
  }
  throw new Error(`no name left in ${locale.language}`)
}

function newFirm(firm: Firm, root: Spelled): { name: string; industry: string; domain: string } {
  return {
    name: firm.pattern.replace('{}', root.text),
    industry: firm.industry,
    domain: `${root.latin}-${firm.latin}.example`,
  }
}

function accountRow(customer: Customer, { index, parent }: { index: number; parent?: Customer }, luck: Chance): Row {
  const { locale, weight, city } = customer
  const employees = Math.max(4, Math.round(luck.logNormal(140, 1.1) * weight))
  const founded = 2020 - Math.floor(luck.next() ** 1.7 * 70)
  return {
    id: customer.id,
    name: customer.name,
    account_number: `A-${String(index + 1).padStart(5, '0')}`,
    parent_id: parent?.id ?? null,
    industry: customer.industry,
    website: `https://${customer.domain}`,
    phone: phone(locale, city.area, luck),
    email: `info@${customer.domain}`,
    employees,
    annual_revenue: priced(Math.min(4e8, employees * luck.logNormal(60_000, 0.5)), locale.currency),
    annual_revenue_currency: locale.currency,
    founded_year: founded,
    address_line1: `${luck.pick(locale.streets)} ${luck.between(1, 180)}`,
    city: city.name,
    region: city.region,
    postal_code: city.postal,
    country: locale.country,
    description: locale.about.replace('{city}', city.name).replace('{employees}', String(employees)),
    state: 'active',
    owner_id: customer.seller.id,
    owner_type: 'user',
    created_at: atWork(customer.since, luck),
  }
}

/** A number in a range that is not in use. */
export function phone(locale: Locale, area: string, luck: Chance): string {
  return `${locale.dial} ${area} 555 ${String(luck.between(200, 9999)).padStart(4, '0')}`
}

/** People, more at larger customers; every customer has at least one as long as the count allows. */
export function people(count: number, list: readonly Customer[]): Made<Person> {
  const persons: Person[] = []
  const rows: Row[] = []
  const weights = list.map((customer) => [customer, customer.weight] as const)
  for (let index = 0; index < count; index++) {
    const luck = chance(`contact/${index}`)
    const customer = index < list.length ? list[index]! : heavy(weights, luck)
    const title = luck.between(0, customer.locale.titles.length - 1)
    const person: Person = { id: idOf(`contact/${index}`), customer, decides: title < 3 }
    persons.push(person)
    rows.push(contactRow(person, { index, title }, luck))
  }
  return { list: persons, rows }
}

/** Weighted pick that stays quick on long lists: better of two tries by weight. */
function heavy(weights: readonly (readonly [Customer, number])[], luck: Chance): Customer {
  const [one, other] = [luck.pick(weights), luck.pick(weights)]
  return one[1] >= other[1] ? one[0] : other[0]
}

function contactRow(
  { id, customer, decides }: Person,
  { index, title }: { index: number; title: number },
  luck: Chance,
): Row {
  const { locale } = customer
  const { given, family, full } = someone(locale, luck)
  const since = addDays(customer.since, luck.between(0, 20))
  return {
    id,
    full_name: full,
    first_name: given.text,
    last_name: family.text,
    contact_number: `C-${String(index + 1).padStart(5, '0')}`,
    account_id: customer.id,
    title: locale.titles[title]!,
    department: luck.pick(locale.departments),
    email: `${given.latin}.${family.latin}@${customer.domain}`,
    phone: phone(locale, customer.city.area, luck),
    mobile: luck.is(0.7) ? phone(locale, locale.mobile, luck) : null,
    language: luck.is(0.9) ? locale.language : 'en',
    birthday: luck.is(0.4)
      ? `${luck.between(1962, 2001)}-${pad(luck.between(1, 12))}-${pad(luck.between(1, 28))}`
      : null,
    decision_maker: decides,
    do_not_contact: luck.is(0.03),
    city: customer.city.name,
    country: locale.country,
    state: luck.is(0.04) ? 'inactive' : 'active',
    owner_id: customer.seller.id,
    owner_type: 'user',
    created_at: atWork(since, luck),
  }
}

/** A made-up person of a market. */
export function someone(locale: Locale, luck: Chance): { given: Spelled; family: Spelled; full: string } {
  const woman = luck.is(0.48)
  const given = luck.pick(woman ? locale.women : locale.men)
  const family = luck.pick(locale.families)[woman ? 'woman' : 'man']
  return { given, family, full: `${given.text} ${family.text}` }
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
