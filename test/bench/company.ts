// The people of the security benchmark: a tree of 200 units, 2,000 users who own all records, and those whose requests are
// measured: one who sees everything, some who see a quarter by another way each, and some who see little.
import { call, signInForKey, type TestServer } from '../support/server.ts'
import type { Columns, Data } from './data.ts'
import { apply, definitions } from './product.ts'
import type { Run } from './tables.ts'

/** The ways to see records. `all` is what the others are compared with. */
export const ways = ['all', 'units', 'rule', 'reports', 'shares', 'parent', 'low'] as const
export type Way = (typeof ways)[number]

/** Somebody whose requests are measured. */
export interface Asker {
  readonly way: Way
  readonly id: string
  readonly key: string
}

export interface Company {
  readonly askers: Readonly<Record<Way, Omit<Asker, 'key'>>>
  /** Users by the region (a branch of the tree) they work in. */
  readonly regions: readonly (readonly string[])[]
}

const units = 200
const users = 2_000
const regions = 4
/** Records of each entity that are shared with one user, and people below one manager. */
const shares = 2_000
const reports = 500
/** Accounts that each of those who see little owns, with all that hangs on them. */
const few = 40

const entities = ['account', 'contact', 'opportunity'] as const
const under = { scope: 'parent', through: 'account' } as const
const reads: Readonly<Record<Way, (entity: (typeof entities)[number]) => object>> = {
  all: () => ({ read: 'all' }),
  units: () => ({ read: 'unit_tree' }),
  rule: (entity) => ({ read: 'all', rule: rules[entity] }),
  reports: () => ({ read: 'own', reports: ['read'] }),
  shares: () => ({ read: 'own' }),
  parent: (entity) => ({ read: entity === 'account' ? 'own' : under }),
  low: () => ({ read: 'own' }),
}
/** Each leaves a quarter of the records. */
const rules = { account: 'employees <= 5500', contact: 'account.employees <= 5500', opportunity: 'amount < 125000' }

/** Publishes the model with a role for each way, and makes units and people. */
export async function makeCompany(server: TestServer, run: Run, schema: string): Promise<Company> {
  const roles = ways.map((way) => ({
    kind: 'role',
    name: `sees_${way}`,
    label: `Sees ${way}`,
    grants: entities.map((entity) => ({ entity, ...reads[way](entity) })),
  }))
  await apply(server, [...definitions, ...roles])
  const [tops, below] = await makeUnits(run, schema)
  const found: string[][] = tops.map(() => [])
  const people = Array.from({ length: users }, (_, i) => i)
  const made = await rows(
    run,
    `insert into ${schema}."user" (id, name, unit_id, state, version, created_at, modified_at)
      select gen_random_uuid(), 'User ' || t.n, t.unit, 'active', 1, now(), now()
      from unnest($1::int[], $2::uuid[]) t(n, unit) returning id, unit_id`,
    [people, people.map((i) => below[i % below.length]!.id)],
  )
  const regionOf = new Map(below.map(({ id, region }) => [id, region]))
  for (const { id, unit_id } of made) found[regionOf.get(unit_id!)!]!.push(id!)
  const askers = await makeAskers(server)
  const below500 = found.flat().filter((_, i) => i % (users / reports) === 0)
  await run(`update ${schema}."user" set manager_id = $1::uuid where id = any($2::uuid[])`, [
    askers.reports.id,
    below500,
  ])
  return { askers, regions: found }
}

/** The regions under the root, and all units with the region they are in. */
async function makeUnits(run: Run, schema: string): Promise<[string[], { id: string; region: number }[]]> {
  const insert = (names: readonly string[], parents: readonly string[]) =>
    rows(
      run,
      `insert into ${schema}.business_unit (id, name, parent_id, version, created_at, modified_at)
        select gen_random_uuid(), t.name, t.parent, 1, now(), now() from unnest($1::text[], $2::uuid[]) t(name, parent)
        returning id, parent_id`,
      [names, parents],
    )
  const [root] = await rows(run, `select id from ${schema}.business_unit where parent_id is null`)
  const names = (word: string, n: number) => Array.from({ length: n }, (_, i) => `${word} ${i + 1}`)
  const tops = (
    await insert(
      names('Region', regions),
      Array.from({ length: regions }, () => root!.id!),
    )
  ).map(({ id }) => id!)
  const leaves = names('Unit', units - regions - 1)
  const made = await insert(
    leaves,
    leaves.map((_, i) => tops[i % regions]!),
  )
  const all = made.map(({ id, parent_id }) => ({ id: id!, region: tops.indexOf(parent_id!) }))
  return [tops, [...tops.map((id, region) => ({ id, region })), ...all]]
}

async function makeAskers(server: TestServer): Promise<Company['askers']> {
  const made: [Way, Omit<Asker, 'key'>][] = []
  for (const way of ways) {
    const body = { email: emailOf(way), name: `Sees ${way}`, password, roles: [`sees_${way}`], unit: 'Region 1' }
    const added = await call(server, 'POST', '/api/users', body)
    if (added.status !== 201) throw new Error(`adding a user answered ${added.status}: ${added.text}`)
    made.push([way, { way, id: (added.json as { id: string }).id }])
  }
  return Object.fromEntries(made) as unknown as Company['askers']
}

const password = 'bench bench bench'
const emailOf = (way: Way): string => `${way}@example.com`

/** Signs in those who ask; only now, so that what they own and what is shared with them is there. */
export async function signIn(server: TestServer, { askers }: Company): Promise<Asker[]> {
  const signed: Asker[] = []
  for (const way of ways) signed.push({ ...askers[way], key: await signInForKey(server.url, emailOf(way), password) })
  return signed
}

/** The data with the company's people as owners: a quarter of all accounts belongs to the first region. */
export function handOut(data: Data, first: string, { askers, regions: [region, ...others] }: Company): Data {
  const rest = others.flat()
  const little = (['shares', 'parent', 'low'] as const).map((way) => askers[way].id)
  const owners = new Map<string, string>()
  const { id, owner_id } = data.account as unknown as { id: string[]; owner_id: string[] }
  id.forEach((account, i) => {
    const people = owner_id[i] === first ? region! : rest
    // Those who see little own accounts all over the time.
    const turn = i % Math.floor(id.length / few)
    owners.set(account, little[turn] ?? people[(i * 7919) % people.length]!)
  })
  const under = (table: Columns): Columns => ({
    ...table,
    owner_id: table['account_id']!.map((account) => owners.get(account as string)!),
  })
  return {
    ...data,
    account: { ...data.account, owner_id: id.map((account) => owners.get(account)!) },
    contact: under(data.contact),
    opportunity: under(data.opportunity),
  }
}

/** Shares some records of each entity, from all over the time, with the user who sees by shares. */
export async function share(run: Run, schema: string, { askers }: Company): Promise<void> {
  const found = await rows(run, `select t.entity_id as id, t.body ->> 'name' as name from ${schema}._table t`)
  for (const entity of entities) {
    const { id } = found.find(({ name }) => name === entity)!
    await run(
      `insert into ${schema}._share (entity_id, record_id, principal_id, source_id, principal_type, rights, shared_by)
        select $1::uuid, r.id, $2::uuid, r.id, 'user', '{read}', $2::uuid from (
          select t.id, row_number() over (order by t.created_at) as n, count(*) over () as size from ${schema}.${entity} t) r
        where r.n % (r.size / $3::int) = 0 limit $3::int`,
      [id, askers.shares.id, shares],
    )
  }
  await run(`analyze ${schema}._share`)
}

type Found = Readonly<Record<string, string | undefined>>

async function rows(run: Run, text: string, values?: readonly unknown[]): Promise<Found[]> {
  return ((await run(text, values)) as { rows: Found[] }).rows
}
