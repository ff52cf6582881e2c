// Exchange rates of the tenant's currencies, kept in memory until one changes. Decides which currency an amount has when none
// is given, and which rate is in force on a day: the last dated one, or the currency's own where none is that old.
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { loadRoles, noRoles } from './connection.ts'
import type { Rates } from './derive.ts'

const known = new WeakMap<Platform, { loading?: Promise<Rates> }>()

/** No currency at all. */
export const noRates: Rates = { codes: [], base: undefined, on: () => undefined, roles: noRoles }
const sources: ReadonlySet<string> = new Set(['currency', 'exchange_rate', 'connection_role'])

/** The rates of this moment. */
export function ratesOf(platform: Platform, context: Context): Promise<Rates> {
  let entry = known.get(platform)
  if (entry === undefined) {
    const made: { loading?: Promise<Rates> } = {}
    known.set(platform, (entry = made))
    platform.events.on((event) => {
      if (event.kind === 'model' || (event.kind === 'record' && sources.has(event.entity))) made.loading = undefined
    })
  }
  const { loading } = entry
  if (loading !== undefined) return loading
  const started = loadAll(context)
  entry.loading = started
  started.catch(() => {
    entry.loading = undefined
  })
  return started
}

interface Currency {
  readonly code: string
  readonly rate: string
}
interface Dated extends Currency {
  readonly day: string
}

async function loadAll(context: Context): Promise<Rates> {
  const { database, schema, model } = context
  const [rates, roles] = [await load(context), await loadRoles(database, schema, model)]
  return { ...rates, roles }
}

async function load({ database, schema, model }: Context): Promise<Rates> {
  const has = (entity: string, ...names: readonly string[]): boolean =>
    names.every((name) => model.entities.get(entity)?.fields.some((field) => field.name === name) ?? false)
  if (!has('currency', 'code', 'rate')) return noRates
  const { rows: currencies } = await database.query<Currency>({
    text: `select "code", "rate"::text as "rate" from "${schema}"."currency" where "code" is not null and "rate" is not null order by "code"`,
    name: 'peyvand_rates',
  })
  if (!has('exchange_rate', 'currency', 'date', 'rate')) return ratesFrom(currencies, [])
  const { rows: dated } = await database.query<Dated>({
    text: `select c."code", e."date"::text as "day", e."rate"::text as "rate" from "${schema}"."exchange_rate" e
      join "${schema}"."currency" c on c."id" = e."currency_id" where c."code" is not null order by c."code", e."date"`,
    name: 'peyvand_dated_rates',
  })
  return ratesFrom(currencies, dated)
}

/** Rates from rows in the order of their days. */
export function ratesFrom(currencies: readonly Currency[], dated: readonly Dated[]): Rates {
  const own = new Map(currencies.map(({ code, rate }) => [code, plain(rate)]))
  const byDay = Map.groupBy(dated, ({ code }) => code)
  return {
    codes: [...own.keys()],
    base: currencies.find(({ rate }) => Number(rate) === 1)?.code,
    roles: noRoles,
    on(code, day = new Date().toISOString().slice(0, 10)) {
      const last = lastUntil(byDay.get(code) ?? [], day)
      return last === undefined ? own.get(code) : plain(last.rate)
    },
  }
}

/** The last of the rates that begins on the day or before; the list may be long. */
function lastUntil(rates: readonly Dated[], day: string): Dated | undefined {
  let [low, high] = [0, rates.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (rates[middle]!.day <= day) low = middle + 1
    else high = middle
  }
  return rates[low - 1]
}

/** Without the zeros of the column's scale. */
function plain(rate: string): string {
  return rate.includes('.') ? rate.replace(/\.?0+$/, '') || '0' : rate
}
