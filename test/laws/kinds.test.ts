// Laws of lists, times, durations, floats, places and large numbers in expressions: memory and SQL give the same for every row,
// and what is printed binds to the same again.
import { propertyColumns } from '@peyvand/core/query/compile-columns.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { valuesOf } from '@peyvand/core/access/values.ts'
import { durationOf, longestDuration, longestSpan, printDuration, spanOf } from '@peyvand/core/base/clock.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { bindExpression } from '@peyvand/core/expression/bind.ts'
import { evaluate, type Row } from '@peyvand/core/expression/evaluate.ts'
import { render, sql } from '@peyvand/core/expression/fragment.ts'
import { parseCel } from '@peyvand/core/expression/parse-cel.ts'
import { parseOData } from '@peyvand/core/expression/parse-odata.ts'
import { printExpression } from '@peyvand/core/expression/print.ts'
import type { Expression } from '@peyvand/core/expression/tree.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { joinsOf, newBuild, newFrame, tableOf, valueSql } from '@peyvand/core/query/frame.ts'
import { law, lawDatabase } from '../support/law.ts'
import { schema, someone, type TestDatabase } from '../support/query-model.ts'

const options = ['a', 'b', "it's", 'A'].map((value) => ({ value }))
const model = buildModel(
  [
    {
      kind: 'entity',
      name: 'thing',
      fields: [
        { name: 'title', type: 'text' },
        { name: 'tags', type: 'multi_choice', options },
        { name: 'opens', type: 'time' },
        { name: 'spent', type: 'duration' },
        { name: 'weight', type: 'float' },
        { name: 'place', type: 'geo_point' },
        { name: 'big', type: 'bigint' },
        { name: 'rate', type: 'percent' },
        { name: 'parent', type: 'lookup', target: 'thing', inverse: 'children' },
      ],
    } as unknown as Definition,
  ],
  1,
)
const thing = model.entities.get('thing')!
const wire = (id: string) => wireOf(model, model.entityById.get(id)!)
const scope = { root: wire(thing.id), wire }
const surroundings = { now: '2026-05-14T12:34:56.789Z', actor: someone(['administrator']) }
const rules = new Map([...model.entityById.keys()].map((id) => [id, null]))

let database: TestDatabase
let rows: Row[]

const id = (n: number): string => `019f0000-0000-7000-8000-${String(n).padStart(12, '0')}`
const point = (longitude: number, latitude: number): string =>
  JSON.stringify({ type: 'Point', coordinates: [longitude, latitude] })
const columns: Readonly<Record<string, readonly unknown[]>> = {
  title: ['a', 'b', null, "it's"],
  tags: [null, ['a'], ['a', 'b'], ["it's"], ['b', 'A']],
  opens: ['00:00:00', '08:30:00', null, '23:59:59.999', '08:30:00.5'],
  spent: ['PT0S', 'PT1H', 'P1DT2H', null, 'PT0.001S', 'P30D', 'PT59M59S'],
  weight: [0, 0.1, -1.5, 1e300, 5e-324, null, 9007199254740992, 0.30000000000000004, 3],
  place: [point(51.389, 35.6892), null, point(26.1025, 44.4268), point(-180, 90), point(0, 0)],
  big: ['9007199254740993', '-9223372036854775808', 0, null, '9007199254740992', 7],
  rate: ['12.50', '0.00', null, '-3.00', '100.00'],
}

beforeAll(async () => {
  database = await lawDatabase(model)
  const names = Object.keys(columns)
  for (let n = 0; n < 60; n++) {
    const values = names.map((name, i) => columns[name]![(n * (i + 1) + (n >> 2)) % columns[name]!.length])
    await database.query(
      `insert into ${schema}.thing (id, created_at, modified_at, version, parent_id, ${names.join(', ')}) values ($1, now(), now(), 1, $2, ${names.map((_, i) => `$${i + 3}`).join(', ')})`,
      [id(n), n % 3 === 0 ? null : id(n - 1), ...values],
    )
  }
  rows = await wireRows()
})
afterAll(() => database?.close())

/** A whole number beyond 2^53 stays text. */
function parseExact(text: string): Row[] {
  const exact = (_key: string, value: unknown, { source }: { source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d{1,19}$/.test(source ?? '') ? source : value
  return JSON.parse(text, exact as Parameters<typeof JSON.parse>[1]) as Row[]
}

/** The records as a read gives them, with their parents. */
async function wireRows(): Promise<Row[]> {
  const build = newBuild(model, schema, rules)
  const frame = newFrame(build, thing.id)
  const selected = propertyColumns(build, [...scope.root.properties.values()], frame)
  const list = selected.reduce((all, each) => sql`${all}, ${each}`)
  const { text } = render(
    sql`select json_agg("q" order by "q"."id")::text as "body" from (select ${list} from ${tableOf(build, thing.id)} ${frame.alias}) "q"`,
  )
  const [row] = await database.query<{ body: string }>(text)
  const own = parseExact(row!.body)
  const byId = new Map(own.map((each) => [each['id'], each]))
  return own.map((each) => ({ ...each, parent: byId.get(each['parent_id']) ?? null }))
}

async function inSql(bound: Expression): Promise<unknown[]> {
  const build = newBuild(model, schema, rules)
  const frame = newFrame(build, thing.id)
  const value = valueSql(build, [frame], bound)
  const { text, parameters } = render(
    sql`select coalesce(json_agg(${value} order by ${frame.alias}."id"), '[]')::text as "body" from ${tableOf(build, thing.id)} ${frame.alias}${joinsOf(frame)}`,
  )
  const values = valuesOf(parameters, { literals: [], ...surroundings })
  const [row] = await database.query<{ body: string }>(text, values as unknown[])
  return JSON.parse(row!.body) as unknown[]
}

const way = fc.constantFrom('', '', 'parent/')
const item = fc.constantFrom("'a'", "'b'", "'it''s'", "'none'", 'title')
const compare = fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le')
const within = fc.oneof(
  fc.tuple(compare, item).map(([op, text]) => `t ${op} ${text}`),
  fc.constantFrom(
    "contains(t,'a')",
    "startswith(t,'it')",
    'length(t) gt 1',
    "t in ('a','b')",
    't eq null',
    "tolower(t) eq 'a'",
  ),
)
const number = fc.constantFrom(
  '0',
  '0.1',
  '-1.5',
  '3',
  '7',
  '9007199254740992',
  '9007199254740993',
  '1e30',
  '0.3',
  'null',
)
const measure = fc.constantFrom(
  'weight',
  'big',
  'rate',
  'weight add 1',
  'weight mul big',
  'big sub 7',
  'round(weight)',
  '-weight',
)
const leaf = fc.oneof(
  fc.tuple(way, item).map(([to, text]) => `${to}tags has ${text}`),
  fc.tuple(way, fc.constantFrom('any', 'all'), within).map(([to, test, body]) => `${to}tags/${test}(t:${body})`),
  fc
    .tuple(way, fc.constantFrom('any()', "any(t:t eq 'a' and parent/tags/any(u:u eq t))"))
    .map(([to, body]) => `${to}tags/${body}`),
  fc
    .tuple(way, fc.constantFrom('eq', 'ne'), fc.constantFrom('tags', 'place', 'opens', 'spent', 'weight', 'big'))
    .map(([to, op, name]) => `${to}${name} ${op} null`),
  fc
    .tuple(way, compare, fc.constantFrom('08:30', '08:30:00.500', '00:00', '23:59:59.999', "'08:30'"))
    .map(([to, op, time]) => `${to}opens ${op} ${time}`),
  fc
    .tuple(
      way,
      compare,
      fc.constantFrom("duration'PT1H'", "duration'PT60M'", "duration'P1D'", "duration'PT0S'", "'PT3600S'"),
    )
    .map(([to, op, length]) => `${to}spent ${op} ${length}`),
  fc
    .tuple(compare, fc.constantFrom('3600', '0.001', '0'))
    .map(([op, seconds]) => `totalseconds(spent) ${op} ${seconds}`),
  fc.tuple(compare, fc.constantFrom('0', '8', '59')).map(([op, part]) => `hour(opens) add second(opens) ${op} ${part}`),
  fc.tuple(measure, compare, number).map(([left, op, right]) => `${left} ${op} ${right}`),
  fc.tuple(measure, compare, measure).map(([left, op, right]) => `${left} ${op} (${right})`),
  fc.tuple(number, number).map(([a, b]) => `weight in (${a},${b})`),
  fc
    .tuple(compare, fc.constantFrom('0', '1000', '2348607.319', '10000000'))
    .map(([op, metres]) => `geo.distance(place,geography'POINT(51.389 35.6892)') ${op} ${metres}`),
  fc.constantFrom(
    'weight eq 1e300',
    'weight lt 5e-324',
    'geo.distance(place,parent/place) gt 5000000',
    'coalesce(opens,12:00) lt 12:00:01',
    'coalesce(weight,0.5) gt 0.2',
  ),
)
const condition: fc.Arbitrary<string> = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.tuple(tie('tree'), fc.constantFrom('and', 'or'), tie('tree')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('tree').map((inner) => `not (${inner})`),
    tie('tree').map((inner) => `((${inner}) eq null)`),
  ),
})).tree

test('evaluate = SQL, and bind ∘ parse ∘ print = id', async () => {
  let bounded = 0
  await law(
    'kinds',
    fc.asyncProperty(condition, async (written) => {
      const syntax = parseOData(written)
      if (syntax instanceof Problem) {
        expect(syntax.code, `${written}: ${syntax.message}`).toMatch(/^limit\./)
        return
      }
      const bound = bindExpression(syntax, scope, 'boolean')
      if (bound instanceof Problem) throw new Error(`${written}: ${bound.message}`)
      bounded++
      expect(
        rows.map((row) => evaluate(bound, row, surroundings)),
        written,
      ).toEqual(await inSql(bound))
      const printed = printExpression(bound)
      const again = parseOData(printed)
      if (again instanceof Problem) return expect(again.code, printed).toMatch(/^limit\./)
      const rebound = bindExpression(again, scope, 'boolean')
      expect(rebound instanceof Problem ? rebound.message : printExpression(rebound), printed).toBe(printed)
    }),
  )
  expect(bounded).toBeGreaterThan(0)
})

test.each([
  ["'a' in tags", "tags has 'a'"],
  ["tags.exists(t, t == 'a')", "tags/any(x:x eq 'a')"],
  ["tags.all(t, t != 'a')", "tags/all(x:x ne 'a')"],
  ["opens > '08:30'", 'opens gt 08:30:00'],
  ["spent >= 'PT90M'", "spent ge duration'PT1H30M'"],
  ['weight < 0.5', 'weight lt 0.5'],
  ["distance(place, 'POINT(51.4 35.7)') < 1000.0", "geo.distance(place,geography'POINT(51.4 35.7)') lt 1000.0"],
])('CEL %s is OData %s', (cel, odata) => {
  const syntax = parseCel(cel)
  if (syntax instanceof Problem) throw syntax
  const bound = bindExpression(syntax, scope, 'boolean')
  if (bound instanceof Problem) throw bound
  expect(printExpression(bound)).toBe(odata)
})

test.each([
  ['tags eq 1', 'request.type'],
  ["tags gt 'a'", 'request.type'],
  ['title/any(t:t eq 1)', 'request.unknown'],
  ["tags/any(t:t/name eq 'a')", 'request.type'],
  ['tags/any(t:t)', 'request.type'],
  ['opens gt 25:00', 'request.type'],
  ["spent gt duration'P1M'", 'request.type'],
  ["geo.distance(place,geography'POINT(200 0)') gt 1", 'request.type'],
  ['place gt place', 'request.type'],
  ['weight gt 1e999', 'request.type'],
  ["title has 'a'", 'request.type'],
])('%s is refused', (written, code) => {
  const syntax = parseOData(written)
  const bound = syntax instanceof Problem ? syntax : bindExpression(syntax, scope, 'boolean')
  expect(bound instanceof Problem ? bound.code : printExpression(bound)).toBe(code)
})

test('durationOf ∘ printDuration = id', async () => {
  await law(
    'durations',
    fc.property(fc.integer({ min: 0, max: longestDuration }), (length) => {
      expect(durationOf(printDuration(length))).toBe(length)
    }),
  )
  await law(
    'spans',
    fc.property(fc.integer({ min: -longestSpan, max: longestSpan }), (length) => {
      expect(spanOf(printDuration(length))).toBe(length)
      expect(durationOf(printDuration(length))).toBe(length < 0 || length > longestDuration ? undefined : length)
    }),
  )
})
