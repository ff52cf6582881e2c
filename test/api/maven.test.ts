// The real pipeline: do the four Maven files come in whole, with what is wrong in them told, and does importing them again
// change nothing? On both engines, through the command line and a running server; seconds are printed.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTable } from '@peyvand/runtime/records/import/rows.ts'
import { peyvand, runNode } from '../support/cli.ts'
import { slowdown } from '../support/machine.ts'
import { call, engines, startServer, type TestServer } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, '../shared/data/crm/maven-crm-sales')
const isThere = existsSync(folder)
if (!isThere) console.log('skipped: the Maven pipeline (../shared/data/crm/maven-crm-sales is not there)')

/** Most seconds the 8,800 deals may take. */
const limit = 10
const files = [
  ['account', 'accounts.csv', 'accounts.json', 85],
  ['product', 'products.csv', 'products.json', 7],
  ['user', 'sales_teams.csv', 'sales-teams.json', 36],
  ['opportunity', 'sales_pipeline.csv', 'pipeline.json', 8800],
] as const

interface Summary {
  readonly rows: number
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly failed: number
  readonly seconds: number
}

describe.skipIf(!isThere).each(engines)('the Maven pipeline on %s', (engine) => {
  let server: TestServer
  let temp: string
  beforeAll(async () => {
    temp = mkdtempSync(join(tmpdir(), 'peyvand-maven-'))
    server = await startServer({ engine, solutions: 'crm' })
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(temp, { recursive: true, force: true })
  })

  const run = async (entity: string, file: string, map: string, ...more: string[]) => {
    const ran = await peyvand(
      ['import', entity, join(folder, file), '--map', map, '--json', '--url', server.url, ...more],
      { PEYVAND_KEY: server.adminKey },
    )
    return { ran, summary: ran.json<Summary>() }
  }
  const mapping = (name: string) => join(root, 'examples/maven', name)
  const get = async (path: string) => {
    const answer = await call(server, 'GET', `/api/data/v1/${path}`)
    expect(answer.status, answer.text).toBe(200)
    return answer
  }
  const count = async (path: string) => Number((await get(path)).text)
  /** Every record's version and moment of change, so that a rewrite without a change would show. */
  const versions = async (set: string) => {
    const seen: string[] = []
    for (
      let path: string | undefined = `/api/data/v1/${set}?$select=id,version,modified_at&$orderby=id&$top=100000`;
      path !== undefined;
    ) {
      const answer = await call(server, 'GET', path, undefined, { prefer: 'odata.maxpagesize=5000' })
      const page = answer.json as {
        value: { id: string; version: number; modified_at: string }[]
        '@odata.nextLink'?: string
      }
      seen.push(...page.value.map(({ id, version, modified_at: at }) => `${id} ${version} ${at}`))
      const next: string | undefined = page['@odata.nextLink']
      path = next === undefined ? undefined : next.replace(/^https?:\/\/[^/]+/, '')
    }
    return seen
  }

  it('a dry run writes nothing and finds nothing wrong', async () => {
    const { ran, summary } = await run('account', 'accounts.csv', mapping('accounts.json'), '--dry-run')
    expect(ran.code, ran.stderr).toBe(0)
    expect(summary).toMatchObject({ rows: 85, created: 85, failed: 0 })
    expect(await count('accounts/$count')).toBe(0)
  })

  it('every row comes in', async () => {
    for (const [entity, file, map, rows] of files.slice(0, 3)) {
      const { ran, summary } = await run(entity, file, mapping(map))
      expect(ran.code, ran.stderr).toBe(0)
      expect(summary, file).toMatchObject({ rows, created: rows, updated: 0, unchanged: 0, failed: 0 })
    }
  })

  it('without the line for GTXPro those 1,480 rows are in the error file, and nothing else is lost', async () => {
    const whole = JSON.parse(readFileSync(mapping('pipeline.json'), 'utf8')) as { columns: { values?: object }[] }
    const map = join(temp, 'without.json')
    writeFileSync(
      map,
      JSON.stringify({ ...whole, columns: whole.columns.map((column) => ({ ...column, values: undefined })) }),
    )
    const errors = join(temp, 'errors.csv')
    const { ran, summary } = await run('opportunity', 'sales_pipeline.csv', map, '--errors', errors)
    expect(ran.code).toBe(1)
    expect(summary).toMatchObject({ rows: 8800, created: 7320, failed: 1480 })
    expect(await count('opportunities/$count')).toBe(7320)
    const original = await rowsOf(join(folder, 'sales_pipeline.csv'))
    const wrong = await rowsOf(errors)
    expect(wrong.map(({ cells: { row, column, value } }) => [Number(row), column, value])).toEqual(
      original.filter(({ cells }) => cells['product'] === 'GTXPro').map(({ number }) => [number, 'product', 'GTXPro']),
    )
    for (const { cells } of wrong) {
      expect(cells['reason']).toContain('GTXPro')
      const { row: _, column: _c, value: _v, reason: _r, ...rest } = cells
      expect(rest).toEqual({ ...original.find(({ number }) => number === Number(cells['row']))!.cells })
    }
  })

  it('the error file, put right by the mapping, brings in the rest and only the rest', async () => {
    const ran = await peyvand(
      [
        'import',
        'opportunity',
        join(temp, 'errors.csv'),
        '--map',
        mapping('pipeline.json'),
        '--json',
        '--url',
        server.url,
      ],
      { PEYVAND_KEY: server.adminKey },
    )
    expect(ran.json<Summary>(), ran.stderr).toMatchObject({ rows: 1480, created: 1480, failed: 0 })
  })

  it('the figures are those of the files', async () => {
    expect(await count('accounts/$count')).toBe(85)
    expect(await count('accounts/$count?$filter=parent_id ne null')).toBe(15)
    expect(await count('products/$count')).toBe(7)
    expect(await count('opportunities/$count')).toBe(8800)
    expect(await count('opportunities/$count?$filter=account_id eq null')).toBe(1425)
    const total = (await get("opportunities?$apply=filter(stage eq 'won')/aggregate(amount with sum as total)"))
      .json as { value: { total: number | string }[] }
    expect(Number(total.value[0]!.total)).toBe(10_005_534)
    const stages = (await get('opportunities?$apply=groupby((stage),aggregate($count as deals))')).json as {
      value: { stage: string; deals: number }[]
    }
    expect(Object.fromEntries(stages.value.map(({ stage, deals }) => [stage, deals]))).toEqual({
      won: 4238,
      lost: 2473,
      engaging: 1589,
      prospecting: 500,
    })
    const acme = (
      await get(
        "accounts?$filter=name eq 'Bluth Company'&$select=industry,annual_revenue,country,founded_year&$expand=parent($select=name)",
      )
    ).json as { value: object[] }
    expect(acme.value).toMatchObject([
      { industry: 'technology', country: 'United States', founded_year: 1993, parent: { name: 'Acme Corporation' } },
    ])
    expect(
      await count("users/$count?$filter=manager/name eq 'Dustin Brinkmann' and unit/name eq 'Central'"),
    ).toBeGreaterThan(0)
    expect(await count('opportunities/$count?$filter=owning_unit_id ne null')).toBe(8800)
    expect(await count("opportunities/$count?$filter=owner_user/name eq 'Darcel Schlecht'")).toBe(747)
  })

  it('the same files again change nothing', async () => {
    const before = await Promise.all(['accounts', 'products', 'users', 'opportunities'].map(versions))
    const ran = await runNode(['examples/maven/import.ts', folder, '--url', server.url], {
      PEYVAND_KEY: server.adminKey,
    })
    expect(ran.code, ran.stderr).toBe(0)
    for (const [entity, , , rows] of files)
      expect(ran.stdout).toContain(`${rows.toLocaleString('en')} rows of ${entity}`)
    expect(ran.stdout.match(/ 0 created, 0 updated, [\d,]+ unchanged, 0 failed/g)?.length).toBe(4)
    expect(await Promise.all(['accounts', 'products', 'users', 'opportunities'].map(versions))).toEqual(before)
  })
})

describe.skipIf(!isThere).each(engines)('the 8,800 deals on an empty %s', (engine) => {
  it(`take less than ${limit} s`, async () => {
    const server = await startServer({ engine, solutions: 'crm' })
    try {
      const before = slowdown()
      const times: Record<string, number> = {}
      for (const [entity, file, map, rows] of files) {
        const ran = await peyvand(
          [
            'import',
            entity,
            join(folder, file),
            '--map',
            join(root, 'examples/maven', map),
            '--json',
            '--url',
            server.url,
          ],
          { PEYVAND_KEY: server.adminKey },
        )
        const summary = ran.json<Summary>()
        expect(summary, ran.stderr).toMatchObject({ created: rows, failed: 0 })
        times[file] = summary.seconds
      }
      const slow = Math.max(before, slowdown())
      console.log(
        `Maven on ${engine}: ${Object.entries(times)
          .map(([file, seconds]) => `${file} ${seconds} s`)
          .join(', ')} (machine ${slow.toFixed(1)} times slower than idle)`,
      )
      expect(times['sales_pipeline.csv']).toBeLessThan(limit * slow)
    } finally {
      await server.stop()
    }
  })
})

async function rowsOf(file: string) {
  const table = await openTable(
    (async function* () {
      yield readFileSync(file)
    })(),
  )
  const rows = []
  for await (const row of table.rows) rows.push(row)
  return rows
}
