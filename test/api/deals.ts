// The small model of the API tests: firms and deals, with one field of every first type, and five records to ask about.
import { call, type TestServer } from '../support/server.ts'

export const definitions = [
  {
    kind: 'entity',
    name: 'firm',
    label: { en: 'Firm', fa: 'شرکت' },
    plural: 'Firms',
    entitySet: 'firms',
    ownership: 'user',
    primaryField: 'name',
    fields: [
      { name: 'name', type: 'text', maxLength: 100, required: true },
      { name: 'city', type: 'text', maxLength: 100 },
      { name: 'parent', type: 'lookup', target: 'firm', inverse: 'children' },
    ],
    keys: [{ name: 'name', fields: ['name'] }],
  },
  {
    kind: 'entity',
    name: 'deal',
    label: { en: 'Deal', fa: 'معامله' },
    plural: 'Deals',
    entitySet: 'deals',
    ownership: 'user',
    primaryField: 'name',
    fields: [
      { name: 'name', type: 'text', maxLength: 50, required: true },
      { name: 'code', type: 'text', maxLength: 10, pattern: "^[A-Z0-9/']*$" },
      { name: 'email', type: 'text', format: 'email', maxLength: 100 },
      { name: 'number', type: 'autonumber', pattern: 'D-{00000}' },
      { name: 'quantity', type: 'integer', min: 0, max: 1000000 },
      { name: 'amount', type: 'decimal', precision: 12, scale: 2 },
      { name: 'price', type: 'money' },
      { name: 'active', type: 'boolean', default: true },
      { name: 'starts_on', type: 'date' },
      { name: 'seen_at', type: 'datetime' },
      {
        name: 'stage',
        type: 'choice',
        options: [
          { value: 'open', label: { en: 'Open', fa: 'باز' } },
          { value: 'won', label: { en: 'Won', fa: 'برنده' } },
          { value: 'lost', label: 'Lost' },
        ],
        default: 'open',
      },
      { name: 'firm', type: 'lookup', target: 'firm', onDelete: 'restrict' },
      { name: 'about', type: 'lookup', target: ['firm', 'deal'] },
    ],
    keys: [{ name: 'code', fields: ['code'] }],
  },
] as const

const id = (n: number) => `018f3c1e-0000-7000-8000-${String(n).padStart(12, '0')}`
/** Ids of the seeded records. */
export const ids = { acme: id(1), globex: id(2), first: id(11), second: id(12), third: id(13), none: id(999) }

export const seeds: readonly (readonly [path: string, body: object])[] = [
  [`firms(${ids.acme})`, { name: 'Acme', city: 'Cluj' }],
  [`firms(${ids.globex})`, { name: 'Globex', city: 'تهران', 'parent@odata.bind': `/firms(${ids.acme})` }],
  [
    `deals(${ids.first})`,
    {
      name: 'First',
      code: 'AAA',
      quantity: 3,
      amount: 100.5,
      price: 1000,
      starts_on: '2026-01-15',
      seen_at: '2026-01-15T10:00:00Z',
      stage: 'won',
      firm_id: ids.acme,
      email: 'a@example.com',
    },
  ],
  [
    `deals(${ids.second})`,
    {
      name: 'Second',
      code: 'BBB',
      quantity: 5,
      amount: 20.25,
      price: 50.5,
      starts_on: '2026-02-15',
      stage: 'open',
      'firm@odata.bind': `firms(${ids.acme})`,
      active: false,
    },
  ],
  [
    `deals(${ids.third})`,
    {
      name: "O'Third",
      code: "C/'",
      quantity: null,
      amount: 7,
      stage: 'open',
      firm: { id: ids.globex },
      'about_firm@odata.bind': `/firms(${ids.acme})`,
    },
  ],
]

/** Publishes the definitions and writes the records. */
export async function setUpDeals(server: Pick<TestServer, 'url' | 'adminKey'>): Promise<void> {
  const applied = await call(server, 'POST', '/api/model/apply', {
    changes: definitions.map((definition) => ({ op: 'put', definition })),
  })
  if (applied.status !== 200) throw new Error(`apply answered ${applied.status}: ${applied.text}`)
  for (const [path, body] of seeds) {
    const made = await call(server, 'PATCH', `/api/data/v1/${path}`, body)
    if (made.status !== 201) throw new Error(`PATCH ${path} answered ${made.status}: ${made.text}`)
  }
}
