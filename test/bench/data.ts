// The benchmark's data: three tables of a small CRM, made by a seeded generator, so that every run and both sides of the
// comparison have the same bytes. Shaped like real data: ids and moments grow together, few industries, names and accounts
// have most of the records, some values are missing. The measured user owns a quarter of all records.

export interface Sizes {
  readonly accounts: number
  readonly contacts: number
  readonly opportunities: number
}
export const quickSizes: Sizes = { accounts: 10_000, contacts: 30_000, opportunities: 20_000 }
export const fullSizes: Sizes = { accounts: 100_000, contacts: 300_000, opportunities: 200_000 }

/** A table's rows, column by column (the shape `unnest` wants). */
export interface Columns {
  readonly [column: string]: readonly (string | number | null)[]
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
  /** As often as they stand in the data, so that requests ask for what there is. */
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
  'manufacturing',
  'retail',
  'software',
  'healthcare',
  'banking',
  'construction',
  'logistics',
  'insurance',
  'education',
  'energy',
  'media',
  'agriculture',
]
const stages = ['won', 'lost', 'prospect', 'qualify', 'propose', 'negotiate']
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
  const draw = drawing(seeded(seed))
  const { int, pick, skewed, list, word, share } = draw
  const { accounts, contacts, opportunities } = sizes
  const firstNames = list(300, () => word(2))
  const lastNames = list(500, () => word(3))
  const cities = list(200, () => word(3))
  const others = owners.slice(1)

  const made = list(accounts, (i) => draw.moment(i, accounts))
  const owner = list(accounts, () => (share(0.25) ? owners[0]! : skewed(others)))
  const account = {
    id: made.map((at) => draw.uuid(at)),
    name: list(accounts, () => `${word(3)} ${word(2)} ${pick(forms)}`),
    industry: list(accounts, () => skewed(industries)),
    city: list(accounts, () => (share(0.08) ? null : skewed(cities))),
    annual_revenue: list(accounts, () => (share(0.1) ? null : draw.money(1_000_000))),
    employees: list(accounts, () => (share(0.1) ? null : 1 + int(20_000))),
    created_at: made.map(iso),
    owner_id: owner,
  }
  const accountOf = list(accounts, (i) => i)
  const contactOf = list(contacts, () => skewed(accountOf))
  const met = list(contacts, (i) => draw.moment(i, contacts))
  const first = list(contacts, () => skewed(firstNames))
  const last = list(contacts, () => skewed(lastNames))
  const contact = {
    id: met.map((at) => draw.uuid(at)),
    first_name: first,
    last_name: last,
    email: list(contacts, (i) => `${first[i]}.${last[i]}${i}@example.com`.toLowerCase()),
    account_id: contactOf.map((i) => account.id[i]!),
    created_at: met.map(iso),
    owner_id: contactOf.map((i) => owner[i]!),
  }
  const dealOf = list(opportunities, () => skewed(accountOf))
  const opened = list(opportunities, (i) => draw.moment(i, opportunities))
  const opportunity = {
    id: opened.map((at) => draw.uuid(at)),
    name: list(opportunities, (i) => `Deal ${word(2)} ${i}`),
    stage: list(opportunities, () => skewed(stages)),
    amount: list(opportunities, () => draw.money(500_000)),
    close_date: opened.map((at) => iso(at + int(200) * day).slice(0, 10)),
    account_id: dealOf.map((i) => account.id[i]!),
    owner_id: dealOf.map((i) => owner[i]!),
    created_at: opened.map(iso),
  }
  const mine = (table: { id: string[]; owner_id: string[] }) =>
    table.id.filter((_, i) => table.owner_id[i] === owners[0])
  const sample = (from: readonly string[]) => list(Math.min(2000, from.length), () => pick(from))
  const pools = {
    accountIds: sample(mine(account)),
    opportunityIds: sample(mine(opportunity)),
    industries: sample(account.industry),
    lastNames: sample(last),
    stages,
    terms: list(200, () => pick(account.name).slice(0, 4)),
  }
  return { account, contact, opportunity, pools }
}

const day = 86_400_000
const start = Date.UTC(2020, 0, 1)
const iso = (at: number) => new Date(at).toISOString()

/** What values are drawn with. */
function drawing(random: () => number) {
  const int = (n: number) => Math.floor(random() * n)
  const pick = <T>(from: readonly T[]): T => from[int(from.length)]!
  const hex = (n: number) =>
    int(2 ** 32)
      .toString(16)
      .padStart(8, '0')
      .slice(0, n)
  return {
    int,
    pick,
    /** The first of the list far more often than the last. */
    skewed: <T>(from: readonly T[]): T => from[Math.floor(from.length * random() ** 1.6)]!,
    share: (part: number) => random() < part,
    list: <T>(n: number, make: (i: number) => T) => Array.from({ length: n }, (_, i) => make(i)),
    word: (n: number) => {
      const text = Array.from({ length: n }, () => pick(syllables)).join('')
      return text[0]!.toUpperCase() + text.slice(1)
    },
    money: (n: number) => (int(n * 100) / 100).toFixed(2),
    /** The moment of the i-th of n records over six years, not strictly in order. unit: milliseconds */
    moment: (i: number, n: number) => start + Math.floor(((i + random() * 50) / n) * 6 * 365 * day),
    /** Time-ordered, as the product makes them. */
    uuid: (at: number) => {
      const time = at.toString(16).padStart(12, '0')
      return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(8)}${hex(4)}`
    },
  }
}
