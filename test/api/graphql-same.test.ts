// Does GraphQL answer what the data service answers? Each question of graphql.rows.ts is asked in both spellings, on both engines, by
// people of different rights. Also here, as they need no server: pages by cursor, what a caller may not read, and what it costs.
import { buildClientSchema, getIntrospectionQuery, type ExecutionResult, type IntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prepareRead, type ReadRow } from '@peyvand/core/access/read.ts'
import { plainReckoning } from '@peyvand/core/base/calendar.ts'
import { queryLimits } from '@peyvand/core/base/limits.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { run } from '@peyvand/runtime/api/graphql/execute.ts'
import { errorOf, shownError } from '@peyvand/runtime/api/graphql/error.ts'
import type { Context } from '@peyvand/runtime/context.ts'
import type { Database, Statement } from '@peyvand/runtime/db/database.ts'
import type { Platform } from '@peyvand/runtime/platform.ts'
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
  type TestDatabase,
} from '../support/query-model.ts'
import { questions, type Question } from './graphql.rows.ts'

const model = queryModel()
const engines = hasPostgres() ? (['pglite', 'postgres'] as const) : (['pglite'] as const)
if (!hasPostgres()) console.log('SKIPPED: GraphQL on PostgreSQL (no PostgreSQL on this machine)')

describe.each(engines)('on %s', (engine) => {
  let database: TestDatabase
  let postgres: TestPostgres | undefined
  let statements: string[] = []
  beforeAll(async () => {
    postgres = engine === 'postgres' ? await startPostgres() : undefined
    database = postgres === undefined ? await memoryDatabase(model) : await serverDatabase(model, postgres.url)
    await insertRows(database, model, sample)
  })
  afterAll(async () => {
    await database?.close()
    await postgres?.stop()
  })

  const contextOf = (role: string): Context => ({
    requestId: 'test',
    schema,
    actor: someone([role]),
    model,
    database: {
      query: async ({ text, values }: Statement) => {
        statements.push(text)
        return { rows: await database.query(text, values) }
      },
    } as unknown as Database,
    language: 'en',
    limits: queryLimits,
    rows: new Map(),
  })
  const graphql = (
    query: string,
    role = 'administrator',
    variables?: Question['variables'],
  ): Promise<ExecutionResult> => {
    statements = []
    const asker = { platform: {} as Platform, context: contextOf(role), reckoning: plainReckoning }
    const ran = run(asker, { query, reads: false, ...(variables ? { variables } : {}) })
    return ran.then(
      (answer) => (answer.text === undefined ? answer : (JSON.parse(answer.text) as ExecutionResult)),
      (thrown: unknown) => {
        if (!(thrown instanceof Problem)) throw thrown
        return { errors: [errorOf(thrown)] }
      },
    )
  }
  const data = async (query: string, role?: string): Promise<Record<string, unknown>> => {
    const { data: found, errors } = await graphql(query, role)
    expect(errors).toBeUndefined()
    return found!
  }

  async function odata(address: string, role: string): Promise<unknown> {
    const [path, query = ''] = address.split(/\?(.*)/s) as [string, string?]
    const prepared = prepareRead({
      model,
      actor: someone([role]),
      path,
      query,
      pageSize: 50,
      maxPageSize: 5_000,
      schema,
      exact: true,
      metadata: 'none',
      language: 'en',
    })
    if (prepared instanceof Problem) throw prepared
    const [row] = await database.query<ReadRow>(prepared.statement.text, prepared.statement.values)
    const body: unknown = row?.body == null ? null : JSON.parse(row.body)
    if (prepared.result === 'count') return { totalCount: body }
    return prepared.counted ? { totalCount: row!.count, nodes: body } : body
  }

  test.each(questions.map((question) => ({ title: `${question.role ?? ''} ${question.graphql}`, question })))(
    '$title',
    async ({ question: { graphql: query, odata: address, role = 'administrator', variables } }) => {
      const answer = await graphql(query, role, variables)
      expect(answer.errors).toBeUndefined()
      expect(statements.length, 'one statement').toBe(1)
      expect(normal(answer.data!['it'])).toEqual(normal(await odata(address, role)))
    },
  )

  test('pages by cursor follow each other to the end and hold every record once, whatever the order', async () => {
    for (const orderBy of ['[]', '[{city: ASC}]', '[{employees: DESC}, {name: ASC}]', '[{revenue: ASC}]']) {
      const seen: string[] = []
      let after = 'null'
      for (let pages = 0; pages < 10; pages++) {
        const { accounts } = await data(
          `{ accounts(first: 2, after: ${after}, orderBy: ${orderBy}) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
        )
        const { edges, pageInfo } = accounts as {
          edges: { cursor: string; node: { id: string } }[]
          pageInfo: Record<string, unknown>
        }
        seen.push(...edges.map(({ node }) => node.id))
        expect(pageInfo['startCursor']).toBe(edges[0]!.cursor)
        expect(pageInfo['endCursor']).toBe(edges.at(-1)!.cursor)
        expect(pageInfo['hasPreviousPage']).toBe(pages > 0)
        if (pageInfo['hasNextPage'] !== true) break
        after = JSON.stringify(pageInfo['endCursor'])
      }
      expect(seen.length).toBe(5)
      expect(new Set(seen).size).toBe(5)
    }
  })

  test('a list inside a record is continued by its own cursor', async () => {
    const page = async (after: string) => {
      const found = await data(
        `{ account(id: "${accountId(1)}") { contacts(first: 1, after: ${after}) { nodes { id } pageInfo { hasNextPage endCursor } } } }`,
      )
      return (found['account'] as { contacts: Connection }).contacts
    }
    const first = await page('null')
    const second = await page(JSON.stringify(first.pageInfo.endCursor))
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false])
    expect(first.nodes[0]!.id).not.toBe(second.nodes[0]!.id)
  })

  test('one relationship may be asked for several times, with fragments, aliases and directives', async () => {
    const { it } = await data(`
      query($no: Boolean = false) { it: account(id: "${accountId(1)}") {
        ...young old: contacts(filter: {age: {ge: 35}}) { nodes { age } }
        groups: contactsGroups(orderBy: {by: {last_name: ASC}}) { by { last_name } count }
        city @include(if: $no) name @skip(if: $no) ... on Account { renamed: name, __typename }
      } }
      fragment young on Account { young: contacts(filter: {age: {lt: 35}}) { nodes { age } } }`)
    expect(it).toEqual({
      young: { nodes: [{ age: 30 }] },
      old: { nodes: [{ age: 40 }] },
      groups: [
        { by: { last_name: 'Jones' }, count: 1 },
        { by: { last_name: 'Smith' }, count: 1 },
      ],
      name: 'Alpha',
      renamed: 'Alpha',
      __typename: 'Account',
    })
  })

  // ---- rights -------------------------------------------------------------------------------------------------------

  /** Every clause a field can stand in. */
  const clauses: readonly ((field: string) => string)[] = [
    (field) => `{ accounts { nodes { ${field} } } }`,
    (field) => `{ contacts { nodes { account { ${field} } } } }`,
    (field) => `{ accounts(filter: {${field}: {startswith: "s"}}) { totalCount } }`,
    (field) => `{ accounts(filter: {NOT: {OR: [{${field}: {eq: "s1"}}]}}) { totalCount } }`,
    (field) => `{ contacts(filter: {account: {${field}: {eq: "s1"}}}) { totalCount } }`,
    (field) => `{ accounts(filter: {subsidiaries: {any: {${field}: {eq: "s1"}}}}) { totalCount } }`,
    (field) => `{ accounts(where: "${field} eq 's1'") { totalCount } }`,
    (field) => `{ accounts(where: "contacts/any(c:c/account/${field} eq 's1')") { totalCount } }`,
    (field) => `{ accounts(orderBy: [{${field}: ASC}]) { nodes { id } } }`,
    (field) => `{ contacts(orderBy: [{account: {${field}: ASC}}]) { nodes { id } } }`,
    (field) => `{ accountsGroups { by { ${field} } } }`,
    (field) => `{ contactsGroups { by { account { ${field} } } } }`,
    (field) => `{ accountsGroups { max { ${field} } } }`,
    (field) => `{ accountsGroups { countDistinct { ${field} } } }`,
    (field) => `{ accountsGroups(having: {max: {${field}: {eq: "s1"}}}) { count } }`,
    (field) => `{ accountsGroups(orderBy: [{max: {${field}: ASC}}]) { count } }`,
    (field) => `mutation { createAccount(input: {name: "x", ${field}: "s1"}) { id } }`,
    (field) => `mutation { updateAccount(id: "${accountId(1)}", input: {${field}: "s1"}) { id } }`,
  ]
  test.each(clauses.map((clause) => ({ title: clause('secret'), clause })))(
    'a field that may not be read is one that does not exist: $title',
    async ({ clause }) => {
      const told = async (field: string): Promise<string> => {
        const answer = await graphql(clause(field), 'salesperson')
        expect(answer.errors?.length).toBeGreaterThan(0)
        return JSON.stringify(answer.errors).replaceAll(field, 'FIELD')
      }
      // As long as the real one, so that positions are the same, and as near to none of the names there are.
      expect(await told('secret')).toBe((await told('zzqxyw')).replaceAll('zzqxyw', 'FIELD'))
    },
  )

  test('a search does not look into what may not be read', async () => {
    const query = '{ accounts(search: "s1") { totalCount } }'
    expect(await data(query)).toEqual({ accounts: { totalCount: 1 } })
    expect(await data(query, 'salesperson')).toEqual({ accounts: { totalCount: 0 } })
  })

  test('entities that may not be read are in no schema, by no way', async () => {
    const { errors } = await graphql('{ contacts { totalCount } }', 'clerk')
    expect(errors?.map(({ message }) => message)).toEqual(['Cannot query field "contacts" on type "Query".'])
    const { data: told } = await graphql(getIntrospectionQuery(), 'clerk')
    expect(JSON.stringify(told)).not.toMatch(/contact|opportunit|secret_only/i)
    expect(JSON.stringify((await graphql(getIntrospectionQuery(), 'salesperson')).data)).not.toContain('secret')
  })

  test('somebody who may read nothing has a schema all the same', async () => {
    expect(await data('{ revision }', 'nobody')).toEqual({ revision: 1 })
    expect((await graphql('{ accounts { totalCount } }', 'nobody')).errors?.length).toBe(1)
  })

  test('what another client makes of our schema is a schema', async () => {
    const { data: told, errors } = await graphql(getIntrospectionQuery({ oneOf: true, inputValueDeprecation: true }))
    expect(errors).toBeUndefined()
    const read = buildClientSchema(told as unknown as IntrospectionQuery)
    expect(Object.keys(read.getQueryType()!.getFields())).toEqual(
      expect.arrayContaining(['accounts', 'account', 'accountsGroups', 'revision']),
    )
  })

  // ---- what is refused ----------------------------------------------------------------------------------------------

  const refusals: readonly [title: string, query: string, code: string, target?: string][] = [
    ['a page of less than nothing', '{ accounts(first: -1) { nodes { id } } }', 'request.type', 'first'],
    ['a cursor of nobody', '{ accounts(after: "nope") { nodes { id } } }', 'request.malformed', 'after'],
    [
      'a cursor of another order',
      `{ accounts(after: "${Buffer.from('[null,"a","b"]').toString('base64url')}") { nodes { id } } }`,
      'request.malformed',
      'after',
    ],
    ['a condition that cannot be read', '{ accounts(where: "name eq") { totalCount } }', 'request.syntax', 'where'],
    [
      'a day that is none',
      '{ accounts(filter: {founded: {eq: "2026-02-31"}}) { totalCount } }',
      'request.type',
      'filter',
    ],
    ['an id that is none', '{ account(id: "7") { id } }', 'request.type', 'id'],
    ['neither id nor key', '{ account { id } }', 'request.malformed', 'id'],
    ['null where a value belongs', '{ accounts(filter: {name: {contains: null}}) { totalCount } }', 'request.type'],
    [
      'a sort key that is not selected',
      '{ accountsGroups(orderBy: [{by: {name: ASC}}]) { by { city } } }',
      'request.unknown',
    ],
    [
      'too many parts of a filter',
      `{ accounts(filter: {id: {in: [${Array(300)
        .fill(`"${accountId(1)}"`)
        .join()}]}}) { totalCount } }`,
      'limit.depth',
    ],
    [
      'too many records in records',
      '{ accounts(first: 1000) { nodes { contacts(first: 1000) { nodes { id } } } } }',
      'limit.size',
      'first',
    ],
    [
      'relationships that go too deep',
      '{ accounts { nodes { parent { parent { parent { parent { parent { parent { name } } } } } } } } }',
      'limit.depth',
      'parent',
    ],
  ]
  test.each(refusals)('%s is refused', async (_title, query, code, target) => {
    const { data: found, errors } = await graphql(query)
    // What goes beyond a limit is refused as a whole.
    const whole = code.startsWith('limit.')
    expect(Object.values(found ?? {})).toEqual(whole ? [] : [null])
    const [told] = errors!.map((error) => shownError(error) as { path: unknown; extensions: Record<string, unknown> })
    expect(told!.extensions['code']).toBe(code)
    if (target !== undefined) expect(told!.extensions['target']).toBe(target)
    if (!whole) expect(told!.path).toEqual([Object.keys(found!)[0]])
  })

  test('what goes wrong with one field leaves the others as they are', async () => {
    const { data: found, errors } = await graphql('{ a: account(id: "7") { id } b: accounts(first: 1) { totalCount } }')
    expect(found).toEqual({ a: null, b: { totalCount: 5 } })
    expect(errors?.length).toBe(1)
  })

  test('all fields of a query together may cost what one query may', async () => {
    const asker = {
      platform: {} as Platform,
      context: { ...contextOf('administrator'), rows: new Map([['account', 60_000_000]]) },
      reckoning: plainReckoning,
    }
    const one = 'accounts(filter: {city: {eq: "Rome"}}, first: 1) { nodes { id } }'
    expect(await run(asker, { query: `{ ${one} }`, reads: true })).not.toHaveProperty('errors')
    const refused = run(asker, { query: `{ a: ${one} b: ${one} }`, reads: true })
    await expect(refused).rejects.toMatchObject({ code: 'limit.cost', target: 'query' })
  })
})

interface Connection {
  readonly nodes: readonly { readonly id: string }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
}

const spread = new Set(['by', 'parts', 'sum', 'average', 'min', 'max', 'countDistinct'])

/** An answer in one spelling: lists that are nothing but lists, groups without levels, numbers as text. */
function normal(value: unknown): unknown {
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return value.map(normal)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  if (entries.length === 1 && entries[0]![0] === 'nodes') return normal(entries[0]![1])
  return Object.fromEntries(
    entries.flatMap(([name, inner]): [string, unknown][] => {
      if (spread.has(name)) return Object.entries(normal(inner) as object)
      const count = /^(.*)@odata\.count$/.exec(name)?.[1]
      if (count === undefined) return [[name, named(name, inner, value as Record<string, unknown>)]]
      return count in value ? [] : [[count, { totalCount: normal(inner) }]]
    }),
  )
}

/** A list with its count beside it, as GraphQL has it. */
function named(name: string, inner: unknown, record: Record<string, unknown>): unknown {
  const count = record[`${name}@odata.count`]
  return count === undefined ? normal(inner) : { totalCount: normal(count), nodes: normal(inner) }
}
