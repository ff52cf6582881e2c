// Exchange rates of the tenant's currencies, kept in memory until a currency changes. Decides which currency an amount has
// when none is given, and what the amount is in the base currency (the one whose rate is 1).
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import type { Rates } from './derive.ts'

const known = new WeakMap<Platform, { loading?: Promise<Rates> }>()
const none: Rates = { rates: new Map(), base: undefined }

/** The rates of this moment. */
export function ratesOf(platform: Platform, context: Context): Promise<Rates> {
  let entry = known.get(platform)
  if (entry === undefined) {
    const made: { loading?: Promise<Rates> } = {}
    known.set(platform, (entry = made))
    platform.events.on((event) => {
      if (event.kind === 'model' || (event.kind === 'record' && event.entity === 'currency')) made.loading = undefined
    })
  }
  const { loading } = entry
  if (loading !== undefined) return loading
  const started = load(context)
  entry.loading = started
  started.catch(() => {
    entry.loading = undefined
  })
  return started
}

async function load({ database, schema, model }: Context): Promise<Rates> {
  const entity = model.entities.get('currency')
  const has = (name: string) => entity?.fields.some((field) => field.name === name) ?? false
  if (!has('code') || !has('rate')) return none
  const { rows } = await database.query<{ code: string; rate: string }>({
    text: `select "code", "rate"::text as "rate" from "${schema}"."currency" where "code" is not null and "rate" is not null order by "code"`,
    name: 'peyvand_rates',
  })
  return {
    rates: new Map(rows.map(({ code, rate }) => [code, rate])),
    base: rows.find(({ rate }) => Number(rate) === 1)?.code,
  }
}
