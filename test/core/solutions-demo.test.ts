// Is the demo data believable, the same everywhere, and writable in the order given?
import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { currencies } from '../../solutions/crm/demo/catalogue.ts'
import { generate, sizes, type Batch, type Row } from '../../solutions/crm/demo/generate.ts'
import { chance, idOf } from '../../solutions/crm/demo/random.ts'

const today = '2026-11-25'
const root = '00000000-0000-4000-8000-000000000001'
const generator = fileURLToPath(new URL('../../solutions/crm/demo/generate.ts', import.meta.url))

function digest(batches: readonly Batch[]): string {
  return createHash('sha256').update(JSON.stringify(batches)).digest('hex')
}

function rowsOf(batches: readonly Batch[], entity: string): readonly Row[] {
  return batches.find((batch) => batch.entity === entity)!.rows
}

function tally(rows: readonly Row[], by: (row: Row) => unknown): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(rows, (row) => String(by(row)))].map(([key, group]) => [key, group.length]))
}

function dollars(row: Row): number {
  return Number(row['amount']) * currencies.find(({ code }) => code === row['amount_currency'])!.rate
}

function days(from: unknown, to: unknown): number {
  return (Date.parse(String(to).slice(0, 10)) - Date.parse(String(from).slice(0, 10))) / 86_400_000
}

describe('the same everywhere', () => {
  test('twice in one process', () => {
    expect(digest(generate({ size: 'small', today, root }))).toBe(digest(generate({ size: 'small', today, root })))
  })

  test('in another process, time zone and language', () => {
    const script = `const { generate } = await import(${JSON.stringify(generator)}); const { createHash } = await import('node:crypto')
      process.stdout.write(createHash('sha256').update(JSON.stringify(generate({ size: 'small', today: '${today}', root: '${root}' }))).digest('hex'))`
    const seen = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TZ: 'Asia/Tehran', LANG: 'fa_IR.UTF-8', LC_ALL: 'fa_IR.UTF-8' },
    })
    expect(seen.toString()).toBe(digest(generate({ size: 'small', today, root })))
  })

  test('ids and names do not depend on the day', () => {
    const [one, other] = [generate({ size: 'small', today }), generate({ size: 'small', today: '2027-02-03' })]
    const known = (batches: readonly Batch[]): unknown[] =>
      batches.map(({ entity, rows }) => [
        entity,
        rows.map(({ id, name, email }) => [id, entity === 'account' || entity === 'user' ? [name, email] : null]),
      ])
    expect(known(one)).toEqual(known(other))
  })

  test.each(['2027-01-01', '2028-02-29', '2026-08-16'])(
    'told until %s, nothing lies in the future that is past',
    (day) => {
      const batches = generate({ size: 'small', today: day })
      const early = batches
        .flatMap(({ rows }) => rows)
        .filter(
          ({ created_at: made, modified_at: changed }) =>
            String(made ?? '').slice(0, 10) > day || String(changed ?? '').slice(0, 10) > day,
        )
      expect(early.map(({ id }) => id)).toEqual([])
      const decided = rowsOf(batches, 'opportunity').filter(({ stage }) => stage === 'won' || stage === 'lost')
      expect(decided.filter((row) => String(row['close_date']) > day)).toEqual([])
      expect(decided.filter(({ stage }) => stage === 'won').length / decided.length).toBeCloseTo(0.6, 1)
    },
  )

  test('the large story begins with the people of the small one', () => {
    const [small, large] = [generate({ size: 'small', today }), generate({ size: 'large', today })]
    const emails = new Map(rowsOf(large, 'user').map(({ id, email }) => [id, email]))
    for (const user of rowsOf(small, 'user')) expect(emails.get(user.id)).toBe(user['email'])
  })
})

describe.each(['small', 'large'] as const)('the %s story', (size) => {
  const batches = generate({ size, today, root })
  const opportunities = rowsOf(batches, 'opportunity')
  const over = opportunities.filter(({ stage }) => stage === 'won' || stage === 'lost')
  const won = opportunities.filter(({ stage }) => stage === 'won')
  const open = opportunities.filter(({ stage }) => stage !== 'won' && stage !== 'lost')

  test('has the promised numbers', () => {
    for (const [entity, count] of Object.entries(sizes[size]))
      expect([entity, rowsOf(batches, entity).length]).toEqual([entity, count])
    expect(rowsOf(batches, 'product')).toHaveLength(24)
  })

  test('ids are unique UUIDs, and what a row points at comes before it', () => {
    const seen = new Set<string>([root])
    const wrong: string[] = []
    for (const { entity, rows } of batches) {
      for (const row of rows) {
        if (seen.has(row.id) || !/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/.test(row.id))
          wrong.push(`${entity} ${row.id}`)
        for (const [name, value] of Object.entries(row)) {
          if (name.endsWith('_id') && typeof value === 'string' && !seen.has(value))
            wrong.push(`${entity}.${name} ${row.id}`)
        }
        seen.add(row.id)
      }
    }
    expect(wrong).toEqual([])
  })

  test.each([
    ['account', 'account_number'],
    ['account', 'name'],
    ['contact', 'contact_number'],
    ['opportunity', 'deal_number'],
    ['product', 'code'],
    ['product', 'name'],
    ['user', 'email'],
    ['business_unit', 'name'],
    ['team', 'name'],
  ])('%s.%s is unique', (entity, field) => {
    const values = rowsOf(batches, entity).map((row) => row[field])
    expect(new Set(values).size).toBe(values.length)
  })

  test('wins 60 % of what is decided, give or take 4', () => {
    expect(won.length / over.length).toBeGreaterThan(0.56)
    expect(won.length / over.length).toBeLessThan(0.64)
  })

  test('has open deals in each stage, earlier stages before later dates', () => {
    expect(Object.keys(tally(open, ({ stage }) => stage)).sort()).toEqual([
      'engaging',
      'negotiation',
      'proposal',
      'prospecting',
    ])
    expect(open.length / opportunities.length).toBeGreaterThan(0.1)
    expect(open.length / opportunities.length).toBeLessThan(0.35)
    const overdue = open.filter((row) => String(row['close_date']) < today)
    expect(overdue.length).toBeGreaterThan(0)
    expect(overdue.length / open.length).toBeLessThan(0.25)
  })

  test('stage, probability, dates and reason agree', () => {
    const wrong = opportunities.filter((row) => {
      const {
        stage,
        probability,
        lost_reason: reason,
        close_date: close,
        engage_date: engaged,
        created_at: made,
        modified_at: changed,
      } = row
      const decided = stage === 'won' || stage === 'lost'
      return (
        (stage === 'lost') !== (reason !== null) ||
        (stage === 'won' && probability !== 100) ||
        (stage === 'lost' && probability !== 0) ||
        (!decided && !(Number(probability) > 0 && Number(probability) < 100)) ||
        (stage === 'prospecting') !== (engaged === null) ||
        (decided && String(close) > today) ||
        String(made).slice(0, 10) > today ||
        String(changed) < String(made) ||
        (engaged !== null && days(made, engaged) < 0) ||
        (decided && days(made, close) < 0)
      )
    })
    expect(wrong.map(({ id }) => id)).toEqual([])
  })

  test('a deal takes weeks, not days or years', () => {
    const took = over.map((row) => days(row['created_at'], row['close_date'])).sort((a, b) => a - b)
    expect(took[took.length >> 1]).toBeGreaterThan(35)
    expect(took[took.length >> 1]).toBeLessThan(75)
    expect(took.at(-1)).toBeLessThan(500)
  })

  test('amounts are log-normal: a few large deals carry much of the sum', () => {
    const amounts = opportunities.map(dollars).sort((a, b) => a - b)
    const logs = amounts.map(Math.log)
    const mean = logs.reduce((sum, one) => sum + one, 0) / logs.length
    const deviation = Math.sqrt(logs.reduce((sum, one) => sum + (one - mean) ** 2, 0) / logs.length)
    const skew = logs.reduce((sum, one) => sum + ((one - mean) / deviation) ** 3, 0) / logs.length
    expect(Math.exp(mean)).toBeGreaterThan(5000)
    expect(Math.exp(mean)).toBeLessThan(15_000)
    expect(Math.abs(skew)).toBeLessThan(0.5)
    const top = amounts.slice(Math.floor(amounts.length * 0.8)).reduce((sum, one) => sum + one, 0)
    expect(top / amounts.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0.4)
  })

  test('covers 18 months, grows, and is quieter in August than in October', () => {
    const months = tally(opportunities, (row) => String(row['created_at']).slice(0, 7))
    expect(Object.keys(months).length).toBeGreaterThanOrEqual(18)
    const half = (from: string, to: string): number =>
      Object.entries(months)
        .filter(([month]) => month >= from && month < to)
        .reduce((sum, [, count]) => sum + count, 0)
    expect(half('2026-02', '2026-11')).toBeGreaterThan(half('2025-05', '2026-02'))
    expect(months['2026-08']!).toBeLessThan(months['2026-10']!)
  })

  test('happens in all five languages and six currencies', () => {
    const scripts = {
      fa: /\p{Script=Arabic}/u,
      ru: /\p{Script=Cyrillic}/u,
      th: /\p{Script=Thai}/u,
      latin: /\p{Script=Latin}/u,
    }
    for (const [script, pattern] of Object.entries(scripts)) {
      for (const entity of ['account', 'contact', 'opportunity', 'lead', 'activity', 'note']) {
        const written = rowsOf(batches, entity).filter((row) =>
          pattern.test(String(row['name'] ?? row['full_name'] ?? row['subject'] ?? row['text'])),
        )
        expect(written.length / rowsOf(batches, entity).length, `${script} ${entity}`).toBeGreaterThan(0.08)
      }
    }
    expect(Object.keys(tally(opportunities, (row) => row['amount_currency'])).sort()).toEqual([
      'EUR',
      'IRR',
      'RON',
      'RUB',
      'THB',
    ])
  })

  test('counts in currencies that the base brings, at its rates', () => {
    const file = new URL('../../solutions/base/data/currency.json', import.meta.url)
    const { records } = JSON.parse(readFileSync(file, 'utf8')) as { records: { code: string; rate: string }[] }
    for (const { code, rate } of currencies)
      expect([code, Number(records.find((record) => record.code === code)?.rate)]).toEqual([code, rate])
    expect(records.filter(({ rate }) => Number(rate) === 1).map(({ code }) => code)).toEqual(['USD'])
  })

  test('mails and sites lead nowhere', () => {
    const wrong = batches
      .flatMap(({ rows }) => rows)
      .filter(
        ({ email, website }) =>
          (email && !/^[a-z.]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.example$/.test(String(email))) ||
          (website && !/^https:\/\/[a-z0-9-]+\.example$/.test(String(website))),
      )
    expect(wrong.map(({ email, website }) => [email, website])).toEqual([])
  })

  test('everyone sells, for the customers of their own office', () => {
    const unitOf = new Map(rowsOf(batches, 'user').map((row) => [row.id, row['unit_id']]))
    const owner = new Map(rowsOf(batches, 'account').map((row) => [row.id, row['owner_id']]))
    const strangers = opportunities.filter(
      (row) => unitOf.get(String(row['owner_id'])) !== unitOf.get(String(owner.get(String(row['account_id'])))),
    )
    expect(strangers).toEqual([])
    const sellers = rowsOf(batches, 'role_assignment')
      .filter(({ role }) => role === 'salesperson')
      .map((row) => row['user_id'])
    const selling = new Set(opportunities.map((row) => row['owner_id']))
    expect(sellers.filter((seller) => !selling.has(seller))).toEqual([])
  })

  test('what is done lies behind us, what is open has a date', () => {
    const activities = rowsOf(batches, 'activity')
    expect(
      activities.filter(
        (row) =>
          row['status'] === 'done' &&
          (row['completed_at'] === null || String(row['completed_at']).slice(0, 10) > today),
      ),
    ).toEqual([])
    expect(activities.filter((row) => row['due_at'] === null || String(row['created_at']) > `${today}T23`)).toEqual([])
    const states = tally(activities, ({ status }) => status)
    expect(states['open']! / activities.length).toBeGreaterThan(0.02)
    expect(states['done']! / activities.length).toBeGreaterThan(0.7)
  })

  test('an account that bought is a customer; some deals came from leads', () => {
    const bought = new Set(won.map((row) => row['account_id']))
    for (const account of rowsOf(batches, 'account'))
      expect(account['status'] !== 'prospect', account.id).toBe(bought.has(account.id))
    const origins = opportunities.filter((row) => row['lead_id'] !== undefined)
    expect(origins.length).toBeGreaterThan(10)
    expect(new Set(origins.map((row) => row['lead_id'])).size).toBe(origins.length)
  })

  test('some accounts belong to a larger one', () => {
    const children = rowsOf(batches, 'account').filter((row) => row['parent_id'] !== null)
    expect(children.length).toBeGreaterThan(size === 'small' ? 5 : 500)
  })
})

describe('chance', () => {
  test('is spread evenly and repeats', () => {
    const numbers = Array.from(
      { length: 20_000 },
      (
        (luck) => () =>
          luck.next()
      )(chance('even')),
    )
    expect(numbers.reduce((sum, one) => sum + one, 0) / numbers.length).toBeCloseTo(0.5, 1)
    expect(numbers.every((one) => one >= 0 && one < 1)).toBe(true)
    expect(chance('even').next()).toBe(numbers[0])
    expect(chance('odd').next()).not.toBe(numbers[0])
  })

  test('ids of a hundred thousand near names differ', () => {
    expect(new Set(Array.from({ length: 100_000 }, (_, index) => idOf(`x/${index}`))).size).toBe(100_000)
  })

  test('weights and medians are kept', () => {
    const luck = chance('weights')
    const picks = Array.from({ length: 10_000 }, () =>
      luck.weighted([
        ['a', 3],
        ['b', 1],
      ]),
    )
    expect(picks.filter((one) => one === 'a').length / picks.length).toBeCloseTo(0.75, 1)
    const amounts = Array.from({ length: 10_001 }, () => luck.logNormal(100, 1)).sort((a, b) => a - b)
    expect(amounts[5000]!).toBeGreaterThan(90)
    expect(amounts[5000]!).toBeLessThan(110)
  })
})
