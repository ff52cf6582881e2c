// The limit: a hand-written hono + pg server over the same data, with the row rule `owner_id = me` in every statement.
// No parsing, no model, no sign-in to speak of: what remains is HTTP, one statement and PostgreSQL.
// Environment: DATABASE_URL, PORT, MODE=json (PostgreSQL builds the JSON text) or raw (rows parsed, JSON.stringify), ME.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import pg from 'pg'

const { PORT = '8100', MODE = 'json', ME = '', DATABASE_URL, POOL = '10' } = process.env
const json = MODE === 'json'
const users = new Map([['raw-token', ME]])
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL), application_name: 'raw' })

const account = 'a.id,a.name,a.industry,a.city,a.annual_revenue,a.employees,a.created_at,a.owner_id'
const deal = 'o.id,o.name,o.stage,o.amount,o.close_date,o.account_id,o.owner_id,o.created_at'
const one = (text: string) => (json ? `select row_to_json(t)::text as j from (${text}) t` : text)
const many = (text: string) => (json ? `select coalesce(json_agg(t)::text,'[]') as j from (${text}) t` : text)
const returning = json ? 'returning row_to_json(o)::text as j' : `returning ${deal}`
const contacts = 'select c.id,c.first_name,c.last_name,c.email,c.created_at,c.owner_id'
const page =
  'from (select * from raw.contact c where c.last_name=$1 and c.owner_id=$2 order by c.created_at desc limit 50) c left join raw.account a on a.id=c.account_id and a.owner_id=$2 order by c.created_at desc'

const statements = {
  get: one(`select ${account} from raw.account a where a.id=$1 and a.owner_id=$2`),
  list: many(
    `select ${account} from raw.account a where a.industry=$1 and a.annual_revenue>$2 and a.owner_id=$3 order by a.created_at desc limit 50`,
  ),
  expand: many(
    json
      ? `${contacts},(select row_to_json(x) from (select a.id,a.name) x) as account ${page}`
      : `${contacts},a.id as aid,a.name as aname ${page}`,
  ),
  page: many(
    `select ${account} from raw.account a where a.industry=$1 and a.owner_id=$2 order by a.created_at desc limit 50`,
  ),
  count: 'select count(*)::text as n from raw.account a where a.industry=$1 and a.owner_id=$2',
  aggregate: many(
    'select o.stage, sum(o.amount) as amount, count(*) as count from raw.opportunity o where o.owner_id=$1 group by o.stage',
  ),
  // By the id: without an order, two requests for the same page may give different records.
  search: many(`select ${account} from raw.account a where a.name like $1 and a.owner_id=$2 order by a.id limit 50`),
  create: json
    ? `insert into raw.opportunity as o(name,stage,amount,close_date,account_id,owner_id) select name,stage,amount,close_date,account_id,$2 from json_to_record($1) as x(name text,stage text,amount numeric,close_date date,account_id uuid) ${returning}`
    : `insert into raw.opportunity as o(name,stage,amount,close_date,account_id,owner_id) values($1,$2,$3,$4,$5,$6) ${returning}`,
  bulk: json
    ? `with r as (insert into raw.opportunity(name,stage,amount,close_date,account_id,owner_id) select name,stage,amount,close_date,account_id,$2 from json_to_recordset($1) as x(name text,stage text,amount numeric,close_date date,account_id uuid) returning id) select json_agg(id)::text as j from r`
    : 'insert into raw.opportunity(name,stage,amount,close_date,account_id,owner_id) select *,$6::uuid from unnest($1::text[],$2::text[],$3::numeric[],$4::date[],$5::uuid[]) returning id',
  update: `update raw.opportunity o set amount=$2 where o.id=$1 and o.owner_id=$3 ${returning}`,
}

type Row = Record<string, unknown>
const run = async (name: keyof typeof statements, values: unknown[]) =>
  (await pool.query<Row>({ name, text: statements[name], values })).rows
const whole = (rows: Row[]) => (json ? `{"data":${rows[0]!['j'] as string}}` : JSON.stringify({ data: rows }))
const single = (rows: Row[]) => (json ? `{"data":${rows[0]!['j'] as string}}` : JSON.stringify({ data: rows[0] }))
const nested = ({ aid, aname, ...rest }: Row) => ({ ...rest, account: { id: aid, name: aname } })

type Answer = readonly [200 | 201 | 404, string]
const orMissing = (rows: Row[]): Answer => (rows.length > 0 ? [200, single(rows)] : [404, '{"error":"not found"}'])

/** Each operation: the caller, the query, the body text → status and JSON text. */
const operations: Record<string, (me: string, query: Record<string, string>, body: string) => Promise<Answer>> = {
  get: async (me, { id }) => orMissing(await run('get', [id, me])),
  list: async (me, { industry, min }) => [200, whole(await run('list', [industry, min, me]))],
  expand: async (me, query) => {
    const rows = await run('expand', [query['last_name'], me])
    return [200, json ? whole(rows) : JSON.stringify({ data: rows.map(nested) })]
  },
  count: async (me, { industry }) => {
    const [count, rows] = await Promise.all([run('count', [industry, me]), run('page', [industry, me])])
    return [200, `{"count":${String(count[0]!['n'])},${whole(rows).slice(1)}`]
  },
  aggregate: async (me) => [200, whole(await run('aggregate', [me]))],
  search: async (me, { q }) => [200, whole(await run('search', [`%${q}%`, me]))],
  create: async (me, _query, body) => {
    if (json) return [201, single(await run('create', [body, me]))]
    const given = JSON.parse(body) as Row
    return [
      201,
      single(
        await run('create', [
          given['name'],
          given['stage'],
          given['amount'],
          given['close_date'],
          given['account_id'],
          me,
        ]),
      ),
    ]
  },
  bulk: async (me, _query, body) => {
    if (json) return [201, whole(await run('bulk', [body, me]))]
    const given = JSON.parse(body) as Row[]
    const column = (name: string) => given.map((each) => each[name])
    const columns = ['name', 'stage', 'amount', 'close_date', 'account_id'].map(column)
    const rows = await run('bulk', [...columns, me])
    return [201, JSON.stringify({ data: rows.map((each) => each['id']) })]
  },
  update: async (me, { id }, body) => orMissing(await run('update', [id, (JSON.parse(body) as Row)['amount'], me])),
}

const app = new Hono()
app.all('/:operation/:id?', async (c) => {
  const me = users.get((c.req.header('authorization') ?? '').slice(7))
  const operation = operations[c.req.param('operation')]
  if (me === undefined || operation === undefined) return c.json({ error: 'refused' }, 401)
  const query = c.req.query()
  const id = c.req.param('id')
  const [status, text] = await operation(
    me,
    id === undefined ? query : { ...query, id },
    c.req.method === 'GET' ? '' : await c.req.text(),
  )
  return c.body(text, status, { 'content-type': 'application/json' })
})
serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' }, () => process.stdout.write('ready\n'))
