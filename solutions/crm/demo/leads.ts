// Who asked: leads that come in, are called back, and are qualified or not.
import { addDays, atWork } from './calendar.ts'
import { products } from './catalogue.ts'
import { phone, someone, type Customer, type Person } from './customers.ts'
import { sources, type Story } from './deals.ts'
import { markets } from './locales.ts'
import { chance, idOf, type Chance } from './random.ts'
import type { Row } from './row.ts'
import type { Seller } from './sellers.ts'

/** A lead as activities see it. */
export interface LeadTold {
  readonly id: string
  readonly seller: Seller
  readonly since: string
  readonly status: string
}

interface Leads {
  readonly rows: readonly Row[]
  readonly list: readonly LeadTold[]
}

/** Leads of the last nine months. The older a lead, the likelier it is decided; qualified ones point at the account they became. */
export function leads(count: number, list: readonly Customer[], persons: readonly Person[], story: Story): Leads {
  const colleagues = Map.groupBy(persons, ({ customer }) => customer.id)
  const told: LeadTold[] = []
  const rows: Row[] = []
  for (let index = 0; index < count; index++) {
    const luck = chance(`lead/${index}`)
    const age = Math.floor(luck.next() ** 1.5 * 270)
    const since = addDays(story.today, -age)
    const status = leadStatus(age, luck)
    const became = status === 'qualified' ? luck.pick(list) : undefined
    const locale = became?.locale ?? luck.weighted(markets)
    const seller = became?.seller ?? luck.pick(story.sellers.filter((one) => one.locale === locale))
    told.push({ id: idOf(`lead/${index}`), seller, since, status })
    rows.push(
      leadRow(
        told.at(-1)!,
        {
          became,
          contact: became && colleagues.get(became.id)?.[0]?.id,
          decided: addDays(since, Math.min(age, luck.between(2, 30))),
        },
        luck,
      ),
    )
  }
  return { rows, list: told }
}

function leadStatus(age: number, luck: Chance): string {
  if (age < 7)
    return luck.weighted([
      ['new', 8],
      ['contacted', 2],
    ])
  if (age < 40)
    return luck.weighted([
      ['new', 2],
      ['contacted', 5],
      ['qualified', 2],
      ['disqualified', 2],
    ])
  return luck.weighted([
    ['contacted', 1],
    ['qualified', 4],
    ['disqualified', 5],
  ])
}

interface LeadFate {
  readonly became?: Customer
  readonly contact?: string
  readonly decided: string
}

function leadRow({ id, seller, since, status }: LeadTold, { became, contact, decided }: LeadFate, luck: Chance): Row {
  const { locale } = seller
  const { given, family, full } = someone(locale, luck)
  const firm = luck.pick(locale.firms)
  const root = luck.pick(locale.roots)
  const city = luck.pick(locale.cities)
  const domain = became?.domain ?? `${root.latin}-${firm.latin}.example`
  return {
    id,
    full_name: full,
    first_name: given.text,
    last_name: family.text,
    company: became?.name ?? firm.pattern.replace('{}', root.text),
    title: luck.pick(locale.titles),
    email: `${given.latin}.${family.latin}@${domain}`,
    phone: phone(locale, city.area, luck),
    website: luck.is(0.6) ? `https://${domain}` : null,
    status,
    rating: luck.weighted(
      status === 'disqualified'
        ? [
            ['cold', 7],
            ['warm', 3],
          ]
        : [
            ['hot', 3],
            ['warm', 5],
            ['cold', 2],
          ],
    ),
    source: luck.weighted(sources),
    industry: became?.industry ?? firm.industry,
    product_id: luck.is(0.6) ? luck.weighted(products.map((one) => [one, one.weight] as const)).id : null,
    account_id: became?.id ?? null,
    contact_id: contact ?? null,
    qualified_at: status === 'qualified' ? atWork(decided, luck) : null,
    city: city.name,
    country: locale.country,
    description: luck.pick(locale.wishes),
    owner_id: seller.id,
    owner_type: 'user',
    created_at: atWork(since, luck),
  }
}
