// What the demo company sells: meters, gateways, software and services, priced in US dollars; and its currencies.
import { idOf } from './random.ts'
import type { Row } from './row.ts'

/** A product with its weight in the market: how often it is asked for. */
export interface Product {
  readonly id: string
  readonly name: string
  readonly price: number
  readonly weight: number
  readonly device: boolean
}

type Entry = readonly [code: string, name: string, price: number, weight: number, description: string]

const series: readonly (readonly [string, readonly Entry[]])[] = [
  [
    'Rivo',
    [
      ['RV-050', 'Rivo Mini', 320, 9, 'Flow meter for small pipes.'],
      ['RV-100', 'Rivo 100', 780, 12, 'Ultrasonic flow meter for water.'],
      ['RV-200', 'Rivo 200', 1450, 10, 'Flow meter for water and thin oils.'],
      ['RV-300', 'Rivo 300', 2600, 7, 'Flow meter with food certificate.'],
      ['RV-500', 'Rivo 500', 4900, 5, 'Flow meter for steam and chemicals.'],
      ['RV-500X', 'Rivo 500X', 7400, 2, 'Rivo 500 for explosive surroundings.'],
    ],
  ],
  [
    'Talo',
    [
      ['TL-010', 'Talo 10', 190, 9, 'Level switch.'],
      ['TL-020', 'Talo 20', 540, 8, 'Radar level sensor for tanks.'],
      ['TL-030', 'Talo 30', 980, 6, 'Radar level sensor for silos.'],
      ['TL-040', 'Talo 40', 1750, 4, 'Level sensor for hot liquids.'],
      ['TL-100', 'Talo Pro', 3900, 3, 'Tank gauging with custody transfer.'],
    ],
  ],
  [
    'Keva',
    [
      ['KV-001', 'Keva Link', 150, 8, 'Wireless adapter for one sensor.'],
      ['KV-002', 'Keva Cell', 420, 5, 'Cellular gateway for remote stations.'],
      ['KV-003', 'Keva Edge', 1100, 6, 'Gateway with local rules.'],
      ['KV-004', 'Keva Hub', 2300, 4, 'Gateway for a whole plant.'],
      ['KV-005', 'Keva Hub Plus', 4200, 2, 'Gateway for a whole plant, doubled.'],
    ],
  ],
  [
    'Orna',
    [
      ['OR-100', 'Orna Insight', 2400, 8, 'Dashboards, one year.'],
      ['OR-200', 'Orna Fleet', 5200, 5, 'Device management, one year.'],
      ['OR-300', 'Orna Predict', 9800, 3, 'Forecast of failures, one year.'],
      ['OR-900', 'Orna Enterprise', 26000, 1, 'All of Orna for a group, one year.'],
    ],
  ],
  [
    'Service',
    [
      ['SV-001', 'On-site installation', 900, 7, 'Two technicians for a day.'],
      ['SV-002', 'Annual calibration', 650, 10, 'Calibration of up to ten devices.'],
      ['SV-003', 'Premium support', 3600, 5, 'Answer within two hours, one year.'],
      ['SV-004', 'Operator training', 1200, 3, 'A day for up to eight people.'],
    ],
  ],
]

/** The currencies of the story, which the base solution brings: its rates there, and how people round. */
export const currencies = [
  { code: 'USD', rate: 1, round: 10 },
  { code: 'EUR', rate: 1.1, round: 10 },
  { code: 'IRR', rate: 0.0000009, round: 1_000_000 },
  { code: 'RUB', rate: 0.0125, round: 1000 },
  { code: 'THB', rate: 0.03, round: 100 },
  { code: 'RON', rate: 0.22, round: 50 },
] as const

/** An amount in US dollars, in another currency and rounded as people round there. shape: decimal text. */
export function priced(dollars: number, code: string): string {
  const { rate, round } = currencies.find((currency) => currency.code === code)!
  return String(Math.max(round, Math.round(dollars / rate / round) * round))
}

/** All products as the market sees them. */
export const products: readonly Product[] = series.flatMap(([line, entries]) =>
  entries.map(([code, name, price, weight]) => ({
    id: idOf(`product/${code}`),
    name,
    price,
    weight,
    device: line !== 'Orna' && line !== 'Service',
  })),
)

/** The rows of `product`. One old product is no longer sold. */
export function productRows(start: string): Row[] {
  return series.flatMap(([name, entries]) =>
    entries.map(([code, title, price, , description]) => ({
      id: idOf(`product/${code}`),
      name: title,
      code,
      series: name,
      list_price: String(price),
      list_price_currency: 'USD',
      active: code !== 'TL-040',
      description,
      created_at: `${start}T06:00:00.000Z`,
    })),
  )
}
