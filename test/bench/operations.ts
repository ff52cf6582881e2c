// The measured operations, spelled once for the raw server and once for the product, over the same drawn parameters.
import { seeded, type Pools } from './data.ts'
import type { Call } from './load.ts'

export const operations = ['get', 'list', 'expand', 'count', 'aggregate', 'search', 'create', 'update', 'bulk'] as const
export type OperationName = (typeof operations)[number]
export const writes: ReadonlySet<OperationName> = new Set(['create', 'update', 'bulk'])

/** Share of the raw server's requests per second at the most connections that has to be reached. */
export const targets: Readonly<Record<OperationName, number>> = {
  get: 0.8,
  list: 0.85,
  expand: 0.85,
  count: 1,
  aggregate: 1,
  search: 0.85,
  create: 0.6,
  update: 0.6,
  bulk: 0.45,
}

/** A bulk request is a thousand records: fewer connections are enough. */
export function connectionsFor(operation: OperationName, connections: readonly number[]): number[] {
  return operation === 'bulk' ? [...new Set(connections.map((n) => Math.min(n, 4)))] : [...connections]
}

interface Drawn {
  readonly id: string
  readonly deal: string
  readonly industry: string
  readonly min: number
  readonly lastName: string
  readonly term: string
  readonly amount: number
  readonly body: object
  readonly bodies: () => readonly object[]
}

/** The same thousand parameter sets for both sides. */
export function draw(pools: Pools, seed: number, count = 1000): Drawn[] {
  const random = seeded(seed)
  const int = (n: number) => Math.floor(random() * n)
  const pick = <T>(list: readonly T[]): T => list[int(list.length)]!
  const deal = () => ({
    name: `Bench deal ${int(1e6)}`,
    stage: pick(pools.stages),
    amount: int(50_000_000) / 100,
    close_date: `2026-0${1 + int(9)}-1${int(10)}`,
    account_id: pick(pools.accountIds),
  })
  return Array.from({ length: count }, () => ({
    id: pick(pools.accountIds),
    deal: pick(pools.opportunityIds),
    industry: pick(pools.industries),
    min: 100_000 * (1 + int(6)),
    lastName: pick(pools.lastNames),
    term: pick(pools.terms),
    amount: int(50_000_000) / 100,
    body: deal(),
    bodies: () => Array.from({ length: 1000 }, deal),
  }))
}

const encode = (values: Readonly<Record<string, string | number>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')

/** Requests of the raw server. */
export const rawCalls: Readonly<Record<OperationName, (p: Drawn) => Call>> = {
  get: (p) => ({ method: 'GET', path: `/get/${p.id}` }),
  list: (p) => ({ method: 'GET', path: `/list?${encode({ industry: p.industry, min: p.min })}` }),
  expand: (p) => ({ method: 'GET', path: `/expand?${encode({ last_name: p.lastName })}` }),
  create: (p) => ({ method: 'POST', path: '/create', body: JSON.stringify(p.body) }),
  update: (p) => ({ method: 'PATCH', path: `/update/${p.deal}`, body: JSON.stringify({ amount: p.amount }) }),
  count: (p) => ({ method: 'GET', path: `/count?${encode({ industry: p.industry })}` }),
  aggregate: () => ({ method: 'GET', path: '/aggregate' }),
  search: (p) => ({ method: 'GET', path: `/search?${encode({ q: p.term })}` }),
  bulk: (p) => ({ method: 'POST', path: '/bulk', body: JSON.stringify(p.bodies()) }),
}

const data = '/api/data/v1'
const accountColumns = 'id,name,industry,city,annual_revenue,employees,created_at,owner_id'
const contactColumns = 'id,first_name,last_name,email,created_at,owner_id'
const dealColumns = 'id,name,stage,amount,close_date,account_id,owner_id,created_at'
const list = (set: string, options: Readonly<Record<string, string | number>>): Call => ({
  method: 'GET',
  path: `${data}/${set}?${encode(options)}`,
})

/** Requests of the product: the same columns, filters and order. */
export const productCalls: Readonly<Record<OperationName, (p: Drawn) => Call>> = {
  get: (p) => ({ method: 'GET', path: `${data}/accounts(${p.id})?$select=${accountColumns}` }),
  list: (p) =>
    list('accounts', {
      $select: accountColumns,
      $filter: `industry eq '${p.industry}' and annual_revenue gt ${p.min}`,
      $orderby: 'created_at desc',
      $top: 50,
    }),
  expand: (p) =>
    list('contacts', {
      $select: contactColumns,
      $filter: `last_name eq '${p.lastName}'`,
      $orderby: 'created_at desc',
      $top: 50,
      $expand: 'account($select=id,name)',
    }),
  create: (p) => ({
    method: 'POST',
    path: `${data}/opportunities?$select=${dealColumns}`,
    body: JSON.stringify(p.body),
  }),
  update: (p) => ({
    method: 'PATCH',
    path: `${data}/opportunities(${p.deal})?$select=${dealColumns}`,
    body: JSON.stringify({ amount: p.amount }),
  }),
  count: (p) =>
    list('accounts', {
      $select: accountColumns,
      $filter: `industry eq '${p.industry}'`,
      $orderby: 'created_at desc',
      $top: 50,
      $count: 'true',
    }),
  aggregate: () =>
    list('opportunities', { $apply: 'groupby((stage),aggregate(amount with sum as amount,$count as count))' }),
  search: (p) => list('accounts', { $select: accountColumns, $filter: `contains(name,'${p.term}')`, $top: 50 }),
  bulk: (p) => ({
    method: 'POST',
    path: `${data}/opportunities/$bulk`,
    body: JSON.stringify({ create: p.bodies() }),
  }),
}
