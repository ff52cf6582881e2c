// Somebody with all rights on the database changes the audit: random single tamperings by direct SQL, of every column of every
// table of it. Each is done inside a transaction that is rolled back, so that one chain serves for all of them.
import type { Session } from '@peyvand/runtime/db/database.ts'
import type { Random } from './random.ts'

interface Column {
  readonly name: string
  readonly type: string
}

/** The tables of the audit and what their columns are. */
export type Layout = ReadonlyMap<string, readonly Column[]>

const tables = ['_audit', '_security', '_seal', '_seal_rows', '_seal_head']

/** Reads the layout, so that a column that is added later is tampered with, too. */
export async function layoutOf(session: Session, schema: string): Promise<Layout> {
  const { rows } = await session.query<Column & { table: string }>({
    text: `select c.table_name as table, c.column_name as name, c.udt_name as type from information_schema.columns c
      where c.table_schema = $1 and c.table_name = any($2) order by c.table_name, c.ordinal_position`,
    values: [schema, tables],
  })
  return Map.groupBy(rows, ({ table }) => table)
}

/** How a value of a type becomes another one. */
const changes: Readonly<Record<string, (column: string) => string>> = {
  uuid: () => 'gen_random_uuid()',
  timestamptz: (v) => `${v} + (floor(random() * 3600000) + 1) * interval '1 millisecond'`,
  int4: (v) => `coalesce(${v}, 0) + (array[1, -1, 2, 7])[floor(random() * 4) + 1]`,
  int8: (v) => `${v} + (array[1, -1])[floor(random() * 2) + 1] * (floor(random() * 3) + 1000)::bigint`,
  text: (v) => `coalesce(${v}, '') || 'x'`,
  jsonb: (v) =>
    `case when jsonb_typeof(${v}) = 'array' then ${v} || '[{}]' else coalesce(${v}, '{}') || jsonb_build_object('x', random()) end`,
  bytea: (v) =>
    `case when coalesce(length(${v}), 0) = 0 then '\\x01'::bytea else set_byte(${v}, 0, (get_byte(${v}, 0) + 1) % 256) end`,
  xid8: (v) => `(coalesce(${v}::text::numeric, 0) + floor(random() * 5) + 1)::text::xid8`,
  _uuid: (v) => `coalesce(${v}, '{}') || gen_random_uuid()`,
}

export interface Tampering {
  readonly says: string
  run(session: Session): Promise<void>
}

/** A seal's head as it was once: what somebody kept who plans to cut the chain. */
export interface Snapshot {
  readonly number: string
  readonly head: Readonly<Record<string, unknown>>
}

/** What a tamperer knows. */
export interface Known {
  readonly schema: string
  readonly layout: Layout
  readonly snapshots: readonly Snapshot[]
}

/** Draws a tampering. */
export function drawTampering(random: Random, known: Known): Tampering {
  const one = random.weighted<() => Tampering>([
    [10, () => edit(random, known)],
    [4, () => remove(random, known)],
    [4, () => insert(random, known)],
    [3, () => swap(random, known)],
    [2, () => cut(random, known)],
  ])
  if (!random.chance(0.15)) return one()
  const first = one()
  const more = [edit(random, known), remove(random, known)]
  return {
    says: [first, ...more].map(({ says }) => says).join(' + '),
    run: async (session) => {
      await first.run(session)
      // What was there for the next may be gone: the head is one row.
      for (const part of more) await part.run(session).catch(unlessNothing)
    },
  }
}

/** One row of a table, or of one half of it, by its place in the order of its columns as text. */
const rowAt = (table: string, at: number, half?: 'first' | 'second'): string => {
  const count = `(select count(*) from ${table})`
  const middle = `floor(${count} / 2.0)`
  const place = {
    all: `${at} * ${count}`,
    first: `${at} * ${middle}`,
    second: `${middle} + floor(${at} * (${count} - ${middle}))`,
  }
  return `(select x.ctid from ${table} x order by x::text offset floor(${place[half ?? 'all']})::int limit 1)`
}

function edit(random: Random, { schema, layout }: Known): Tampering {
  const table = random.pick([...layout.keys()])
  const { name, type } = random.pick(layout.get(table)!)
  const at = random.next()
  const from = `"${schema}"."${table}"`
  const change = changes[type]
  if (change === undefined) throw new Error(`Nobody says how a ${type} is tampered with (${table}.${name})`)
  return {
    says: `edit ${table}.${name} at ${at.toFixed(3)}`,
    run: (session) =>
      run(session, `update ${from} t set "${name}" = ${change(`t."${name}"`)} where t.ctid = ${rowAt(from, at)}`),
  }
}

function remove(random: Random, { schema }: Known): Tampering {
  const table = random.pick(tables)
  const at = random.next()
  const from = `"${schema}"."${table}"`
  return {
    says: `delete a row of ${table} at ${at.toFixed(3)}`,
    run: (session) => run(session, `delete from ${from} t where t.ctid = ${rowAt(from, at)}`),
  }
}

function insert(random: Random, { schema, layout }: Known): Tampering {
  const table = random.pick(['_audit', '_security', '_seal', '_seal_rows'])
  const at = random.next()
  const from = `"${schema}"."${table}"`
  const isLog = table === '_audit' || table === '_security'
  const late = isLog && random.chance(0.3)
  const instead: Readonly<Record<string, string>> = isLog
    ? {
        id: 'gen_random_uuid()',
        ...(late ? { xid: 'pg_current_xact_id()', at: `x.at - interval '3 hours'` } : {}),
      }
    : { number: `(select max(y.number) + 1 from ${from} y)` }
  const names = layout.get(table)!.map(({ name }) => name)
  const values = names.map((name) => instead[name] ?? `x."${name}"`)
  return {
    says: `insert ${late ? 'a backdated row' : 'a copy'} into ${table} at ${at.toFixed(3)}`,
    run: (session) =>
      run(
        session,
        `insert into ${from} (${names.map((name) => `"${name}"`).join(', ')}) select ${values.join(', ')} from ${from} x where x.ctid = ${rowAt(from, at)}`,
      ),
  }
}

/** Two different rows change places: what one says is told by the other. */
function swap(random: Random, { schema }: Known): Tampering {
  const table = random.pick(['_audit', '_security', '_seal', '_seal_rows'])
  const column = { _audit: 'id', _security: 'id', _seal: 'number', _seal_rows: 'number' }[table]!
  const [one, other] = [random.next(), random.next()]
  const from = `"${schema}"."${table}"`
  const spare = column === 'id' ? 'gen_random_uuid()' : '(-1)'
  return {
    says: `swap rows of ${table} at ${one.toFixed(3)} of one half and ${other.toFixed(3)} of the other`,
    run: async (session) => {
      const key = async (at: number, half: 'first' | 'second') => {
        const text = `select t."${column}"::text as key from ${from} t where t.ctid = ${rowAt(from, at, half)}`
        return (await session.query<{ key: string }>({ text })).rows[0]!.key
      }
      const [a, b] = [await key(one, 'first'), await key(other, 'second')]
      const type = column === 'id' ? 'uuid' : 'bigint'
      const { rows } = await session.query<{ spare: string }>({ text: `select ${spare}::text as spare` })
      for (const [was, is] of [
        [a, rows[0]!.spare],
        [b, a],
        [rows[0]!.spare, b],
      ] as const)
        await session.query({
          text: `update ${from} set "${column}" = $2::${type} where "${column}" = $1::${type}`,
          values: [was, is],
        })
    },
  }
}

/** The last seals go with all they cover, and the head becomes what it was then. */
function cut(random: Random, { schema, snapshots }: Known): Tampering {
  const { number, head } = random.pick(snapshots)
  const withHead = random.chance(0.7)
  const table = (name: string): string => `"${schema}"."${name}"`
  const names = Object.keys(head)
  return {
    says: `cut behind seal ${number}${withHead ? ', with the head of that time' : ''}`,
    run: async (session) => {
      const until = `(select l.until_xid from ${table('_seal')} l where l.number = ${number})`
      for (const log of ['_audit', '_security']) await run(session, `delete from ${table(log)} where xid >= ${until}`)
      for (const seals of ['_seal', '_seal_rows'])
        await session.query({ text: `delete from ${table(seals)} where number > $1::bigint`, values: [number] })
      if (!withHead) return
      await session.query({ text: `delete from ${table('_seal_head')}` })
      await session.query({
        text: `insert into ${table('_seal_head')} (${names.join(', ')}) values (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
        values: Object.values(head),
      })
    },
  }
}

class Nothing extends Error {}

async function run(session: Session, text: string): Promise<void> {
  const { rowCount } = await session.query({ text })
  if (rowCount === 0) throw new Nothing(`Nothing was tampered with: ${text}`)
}

function unlessNothing(error: unknown): void {
  if (!(error instanceof Nothing)) throw error
}
