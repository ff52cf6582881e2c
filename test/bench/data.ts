// The benchmark's data: three tables of a small CRM, made by a seeded generator, so that every run and both sides of the
// comparison have the same bytes. The measured user owns a quarter of all records.

export interface Sizes {
  readonly accounts: number
  readonly contacts: number
  readonly opportunities: number
}
export const quickSizes: Sizes = { accounts: 10_000, contacts: 30_000, opportunities: 20_000 }
export const fullSizes: Sizes = { accounts: 100_000, contacts: 300_000, opportunities: 200_000 }

/** A table's rows, column by column (the shape `unnest` wants). */
export interface Columns {
  readonly [column: string]: readonly (string | number)[]
}
export interface Data {
  readonly account: Columns
  readonly contact: Columns
  readonly opportunity: Columns
  /** Values the requests are made from. */
  readonly pools: Pools
}
export interface Pools {
  readonly accountIds: readonly string[]
  readonly opportunityIds: readonly string[]
  readonly industries: readonly string[]
  readonly lastNames: readonly string[]
  readonly stages: readonly string[]
  /** Four-letter fragments of real account names. */
  readonly terms: readonly string[]
}

/** Column types of the three tables, in the order of the generator. */
export const columnTypes: Readonly<Record<'account' | 'contact' | 'opportunity', Readonly<Record<string, string>>>> = {
  account: {
    id: 'uuid',
    name: 'text',
    industry: 'text',
    city: 'text',
    annual_revenue: 'numeric',
    employees: 'integer',
    created_at: 'timestamptz',
    owner_id: 'uuid',
  },
  contact: {
    id: 'uuid',
    first_name: 'text',
    last_name: 'text',
    email: 'text',
    account_id: 'uuid',
    created_at: 'timestamptz',
    owner_id: 'uuid',
  },
  opportunity: {
    id: 'uuid',
    name: 'text',
    stage: 'text',
    amount: 'numeric',
    close_date: 'date',
    account_id: 'uuid',
    owner_id: 'uuid',
    created_at: 'timestamptz',
  },
}

const industries = [
  'agriculture',
  'banking',
  'construction',
  'education',
  'energy',
  'healthcare',
  'insurance',
  'logistics',
  'manufacturing',
  'media',
  'retail',
  'software',
]
const stages = ['prospect', 'qualify', 'propose', 'negotiate', 'won', 'lost']
const syllables = 'ba be da do fa fi ga go ka ko la li ma mi na no pa po ra ri sa so ta ti va vi za zo'.split(' ')
const forms = ['Group', 'Holding', 'Labs', 'Works', 'Partners', 'Trading']

/** A small seeded generator (mulberry32): numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Makes the three tables. `owners[0]` is the measured user and owns 25 % of the accounts and all that hangs on them. */
export function makeData(sizes: Sizes, owners: readonly string[], seed = 42): Data {
  const random = seeded(seed)
  const int = (n: number) => Math.floor(random() * n)
  const pick = <T>(list: readonly T[]): T => list[int(list.length)]!
  const hex = (n: number) =>
    int(2 ** 32)
      .toString(16)
      .padStart(8, '0')
      .slice(0, n)
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(8)}${hex(4)}`
  const word = (n: number) => {
    const text = Array.from({ length: n }, () => pick(syllables)).join('')
    return text[0]!.toUpperCase() + text.slice(1)
  }
  const moment = () => new Date(Date.UTC(2020, 0, 1) + int(6 * 365 * 86_400) * 1000).toISOString()
  const money = (n: number) => (int(n * 100) / 100).toFixed(2)
  const list = <T>(n: number, make: (i: number) => T) => Array.from({ length: n }, (_, i) => make(i))

  const firstNames = list(300, () => word(2))
  const lastNames = list(500, () => word(3))
  const cities = list(200, () => word(3))
  const { accounts, contacts, opportunities } = sizes
  const owner = list(accounts, () => (random() < 0.25 ? owners[0]! : owners[1 + int(owners.length - 1)]!))
  const account = {
    id: list(accounts, uuid),
    name: list(accounts, () => `${word(3)} ${word(2)} ${pick(forms)}`),
    industry: list(accounts, () => pick(industries)),
    city: list(accounts, () => pick(cities)),
    annual_revenue: list(accounts, () => money(1_000_000)),
    employees: list(accounts, () => 1 + int(20_000)),
    created_at: list(accounts, moment),
    owner_id: owner,
  }
  const contactOf = list(contacts, () => int(accounts))
  const first = list(contacts, () => pick(firstNames)),
    last = list(contacts, () => pick(lastNames))
  const contact = {
    id: list(contacts, uuid),
    first_name: first,
    last_name: last,
    email: list(contacts, (i) => `${first[i]}.${last[i]}${i}@example.com`.toLowerCase()),
    account_id: contactOf.map((i) => account.id[i]!),
    created_at: list(contacts, moment),
    owner_id: contactOf.map((i) => owner[i]!),
  }
  const dealOf = list(opportunities, () => int(accounts))
  const opportunity = {
    id: list(opportunities, uuid),
    name: list(opportunities, (i) => `Deal ${word(2)} ${i}`),
    stage: list(opportunities, () => pick(stages)),
    amount: list(opportunities, () => money(500_000)),
    close_date: list(opportunities, () => moment().slice(0, 10)),
    account_id: dealOf.map((i) => account.id[i]!),
    owner_id: dealOf.map((i) => owner[i]!),
    created_at: list(opportunities, moment),
  }
  const mine = (table: { id: string[]; owner_id: string[] }) =>
    table.id.filter((_, i) => table.owner_id[i] === owners[0])
  const sample = (from: readonly string[]) => list(Math.min(2000, from.length), () => pick(from))
  const pools = {
    accountIds: sample(mine(account)),
    opportunityIds: sample(mine(opportunity)),
    industries,
    lastNames,
    stages,
    terms: list(200, () => pick(account.name).toLowerCase().slice(0, 4)),
  }
  return { account, contact, opportunity, pools }
}
