// The same statements on both engines: PostgreSQL (the floor is 15) gives what PGlite gives, and writes that race for one
// record lose nothing. Without a PostgreSQL on the machine this is skipped, and says so.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prepareRead } from '@peyvand/core/access/read.ts'
import { prepareWrite, type WriteRequest, type WriteRow, type Written } from '@peyvand/core/access/write.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Depth, Role } from '@peyvand/core/model/model.ts'
import { hasPostgres, startPostgres, type TestPostgres } from '../support/postgres.ts'
import {
  accountId,
  insertRows,
  memoryDatabase,
  queryModel,
  sample,
  schema,
  serverDatabase,
  someone,
  teamId,
  type TestDatabase,
} from '../support/query-model.ts'
import { rowsOf } from '../support/ways.ts'

const model = queryModel()
const admin = someone(['administrator'])
const actors = [
  admin,
  someone(['salesperson']),
  someone(['salesperson'], 2, { teams: [teamId(1)] }),
  someone(['clerk']),
]
const there = hasPostgres()
if (!there)
  console.log('skipped: queries on PostgreSQL (no PostgreSQL on this machine, and TEST_POSTGRES_URL is not set)')

const reads: readonly (readonly [string, string?])[] = [
  ['accounts'],
  ['accounts', '$orderby=name'],
  ['accounts', '$orderby=city desc,employees'],
  ['accounts', '$select=name&$top=2&$skip=1&$count=true'],
  ['contacts', '$expand=account($expand=parent,contacts($orderby=age desc))'],
  ['activities', '$expand=regarding_account,regarding_contact'],
  ['accounts', "$filter=contains(tolower(name),'ω') or toupper(city) eq 'ROME'"],
  ['accounts', '$filter=revenue divby 3 gt 10.5 and employees mod 3 eq 1'],
  ['accounts', '$filter=founded lt today() and year(created_at) eq 2026'],
  ['accounts', '$filter=contacts/any(c:c/age gt employees) or subsidiaries/all(s:s/active)'],
  ['accounts', '$filter=days_between(founded,today()) gt 8000&$orderby=length(name),name'],
  ['accounts', '$search=ωmega'],
  ['accounts', '$filter=employees in (10,20,null) and not (city eq null)'],
  [
    'opportunities',
    '$apply=groupby((stage,account/name),aggregate(amount with sum as s,amount with average as a,name with max as m,$count as n))&$orderby=s desc',
  ],
  ['opportunities', '$apply=aggregate(close_date with min as d,stage with countdistinct as k)'],
  [`accounts(${accountId(1)})`],
  [`accounts(${accountId(1)})/contacts`, '$count=true'],
  [`accounts(${accountId(2)})/parent`],
  [`accounts(${accountId(1)})/parent`],
  [`accounts(${accountId(1)})/founded/$value`],
  ['accounts/$count', '$filter=active ne true'],
  ['accounts/$ref'],
  ['accounts', '$filter=contacts/$count($filter=age gt 20) ge 1&$orderby=contacts/$count desc'],
  ['accounts', `$filter=under(id,${accountId(1)}) or above(id,${accountId(2)})`],
  ['accounts', `$filter=matchesPattern(name,'^.*a$') or cast(employees,Edm.String) eq '10'`],
  ['accounts', '$compute=revenue div 7 as q,fractionalseconds(created_at) as f&$orderby=q desc'],
  ['accounts', '$expand=subsidiaries($levels=max),contacts($count=true)'],
  ['accounts', '$search=(alpha OR rome) NOT beta'],
  ['activities', '$filter=isof(regarding,account)&$expand=*'],
  [
    'opportunities',
    '$apply=compute(year(close_date) as y)/groupby((rollup($all,y,stage)),aggregate(amount with sum as s,$count as n))&$orderby=n desc',
  ],
  ['opportunities', '$apply=topcount(2,amount)/groupby((stage),aggregate($count as n))/filter(n gt 0)&$count=true'],
  [
    'opportunities',
    '$apply=concat(groupby((account/name),aggregate($count as n)),aggregate(amount with average as a))',
  ],
  ['accounts', '$apply=concat(groupby((city,name),aggregate($count as n)),groupby((industry)))&$orderby=n desc'],
]

describe.skipIf(!there)('on PostgreSQL', () => {
  let postgres: TestPostgres
  let server: TestDatabase
  let memory: TestDatabase

  beforeAll(async () => {
    postgres = await startPostgres()
    server = await serverDatabase(model, postgres.url, 10)
    memory = await memoryDatabase(model)
    for (const database of [server, memory]) await insertRows(database, model, sample)
  })
  afterAll(async () => {
    await Promise.all([server?.close(), memory?.close()])
    await postgres?.stop()
  })

  for (const [path, query = ''] of reads) {
    test(`gives what PGlite gives: ${path}?${query}`, async () => {
      let answers = 0
      for (const actor of actors) {
        for (const pageSize of [2, 50]) {
          const prepared = prepareRead({
            model,
            actor,
            path,
            query,
            pageSize,
            maxPageSize: 100,
            schema,
            now: '2026-02-01T00:00:00.000Z',
          })
          if (prepared instanceof Problem) continue
          const [mine, theirs] = await Promise.all([server, memory].map((database) => rowsOf(database, prepared)))
          expect(mine).toEqual(theirs)
          answers++
        }
      }
      expect(answers).toBeGreaterThan(0)
    })
  }

  async function write(given: Partial<WriteRequest> & Pick<WriteRequest, 'operation'>): Promise<Written | Problem> {
    const prepared = prepareWrite({
      model,
      actor: admin,
      entity: model.entities.get('account')!,
      id: accountId(1),
      now: '2026-05-14T12:00:00.000Z',
      requestId: 'r',
      schema,
      ...given,
    })
    if (prepared instanceof Problem) return prepared
    const [row] = await server.query<WriteRow & Record<string, unknown>>(
      prepared.statement.text,
      prepared.statement.values,
    )
    return prepared.outcome(row)
  }

  test('racing updates of one record all count, each with its own version and audit row', async () => {
    const before = (await write({ operation: 'update', values: { city: 'start' } })) as Written
    const start = Number(/\d+/.exec(before.etag)![0])
    const done = await Promise.all(
      Array.from({ length: 40 }, (_none, i) => write({ operation: 'update', values: { employees: i } })),
    )
    const versions = done
      .map((one) => (one instanceof Problem ? one.code : Number(/\d+/.exec(one.etag)![0])))
      .sort((a, b) => Number(a) - Number(b))
    expect(versions).toEqual(Array.from({ length: 40 }, (_none, i) => start + 1 + i))
    const [audit] = await server.query<{ n: number; chain: boolean }>(
      `select count(*)::integer as n, bool_and(before = previous) as chain from (select a.before, lag(a.after) over (order by a.version) as previous, a.version from ${schema}._audit a where a.record_id = $1::uuid and a.version > $2::integer) x where previous is not null`,
      [accountId(1), start],
    )
    expect(audit).toEqual({ n: 39, chain: true })
  })

  test('of racing updates with the same If-Match exactly one wins', async () => {
    const { etag } = (await write({ operation: 'update', values: { city: 'again' } })) as Written
    const done = await Promise.all(
      Array.from({ length: 20 }, (_none, i) => write({ operation: 'update', values: { employees: i }, ifMatch: etag })),
    )
    expect(done.filter((one) => !(one instanceof Problem))).toHaveLength(1)
    expect(new Set(done.filter((one) => one instanceof Problem).map(({ code }) => code))).toEqual(
      new Set(['conflict.stale']),
    )
  })

  test('racing upserts of one new record create it once', async () => {
    const id = accountId(500)
    const done = await Promise.all(
      Array.from({ length: 20 }, () =>
        write({ operation: 'upsert', id, values: { name: 'Once' } }).catch(
          (error: unknown) => (error as { code: string }).code,
        ),
      ),
    )
    expect(done.filter((one) => typeof one === 'object' && 'outcome' in one && one.outcome === 'created')).toHaveLength(
      1,
    )
    expect(done.every((one) => one === '23505' || (typeof one === 'object' && 'outcome' in one))).toBe(true)
  })

  test('an update that races with a delete is missing or done before it, never half', async () => {
    const id = accountId(501)
    for (let round = 0; round < 10; round++) {
      await write({ operation: 'create', id, values: { name: 'Short' } })
      const [updated, deleted] = await Promise.all([
        write({ operation: 'update', id, values: { name: 'x' } }),
        write({ operation: 'delete', id }),
      ])
      expect(deleted).toMatchObject({ outcome: 'deleted' })
      expect(updated instanceof Problem ? updated.code : updated.outcome).toMatch(/^(missing\.record|updated)$/)
    }
  })

  describe('a count reads the index of the owner or the unit, not the table', () => {
    beforeAll(async () => {
      await server.query(
        `insert into ${schema}.contact (id, created_at, modified_at, version, last_name, owner_type, owner_id, owning_unit_id)
          select gen_random_uuid(), now(), now(), 1, 'n' || n, 'user', ('00000002-0000-4000-9000-' || lpad((n % 500)::text, 12, '0'))::uuid,
            ('00000001-0000-4000-9000-' || lpad((n % 100)::text, 12, '0'))::uuid from generate_series(1, 50000) n`,
      )
      await server.query(`analyze ${schema}.contact`)
    })
    const role = (read: Depth): Role => ({
      id: 'r',
      name: 'r',
      label: 'r',
      privileges: [],
      fields: [],
      grants: [{ entity: 'contact', read }],
    })

    test.each([
      ['own', 0, 1],
      ['own', 1, 1],
      ['unit', 0, 2],
      ['unit', 1, 2],
      ['unit_tree', 0, 2],
      ['unit_tree', 1, 2],
    ] as const)('%s with %i teams: %i index scans', async (depth, teams, scans) => {
      const prepared = prepareRead({
        model: { ...model, roles: new Map([['r', role(depth)]]) },
        actor: someone(['r'], 2, { teams: teams > 0 ? [teamId(1)] : [] }),
        path: 'contacts/$count',
        query: '',
        pageSize: 50,
        maxPageSize: 100,
        schema,
      })
      if (prepared instanceof Problem) throw prepared
      const { text, values } = prepared.statement
      const plan = (await server.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values)).map(
        (line) => line['QUERY PLAN'],
      )
      expect(plan.filter((line) => /Index (Only )?Scan/.test(line)).length, plan.join('\n')).toBe(scans)
      expect(plan.filter((line) => line.includes('Seq Scan'))).toEqual([])
    })
  })
})
