// A small CRM for query tests: the real model builder and the real DDL, on PGlite in memory or on any connection.
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { filling } from '@peyvand/core/plan/ddl/column.ts'
import pg from 'pg'
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { prepare } from '@peyvand/core/plan/prepare.ts'
import { target } from '@peyvand/core/plan/target.ts'
import { tenantMigrations } from '@peyvand/runtime/db/migrations.ts'
import { memoryPglite } from './template.ts'

export const schema = 't_default'

/** The entities of the test model, as they are defined. */
export const entities = [
  {
    name: 'business_unit',
    entitySet: 'business_units',
    ownership: 'organization',
    primaryField: 'name',
    audit: false,
    fields: [
      { name: 'name', type: 'text', maxLength: 100 },
      { name: 'parent', type: 'lookup', target: 'business_unit', inverse: 'children' },
    ],
  },
  {
    name: 'team',
    entitySet: 'teams',
    ownership: 'organization',
    primaryField: 'name',
    audit: false,
    fields: [
      { name: 'name', type: 'text', maxLength: 100 },
      { name: 'unit', type: 'lookup', target: 'business_unit' },
    ],
  },
  {
    name: 'user',
    entitySet: 'users',
    ownership: 'organization',
    primaryField: 'name',
    audit: false,
    fields: [
      { name: 'name', type: 'text', maxLength: 100 },
      { name: 'unit', type: 'lookup', target: 'business_unit' },
    ],
  },
  {
    name: 'account',
    entitySet: 'accounts',
    ownership: 'user',
    primaryField: 'name',
    audit: true,
    keys: [{ name: 'number', fields: ['account_number'] }],
    fields: [
      { name: 'name', type: 'text', maxLength: 200, required: true },
      { name: 'account_number', type: 'text', maxLength: 40 },
      { name: 'industry', type: 'choice', options: [{ value: 'energy' }, { value: 'retail' }, { value: 'banking' }] },
      { name: 'city', type: 'text', maxLength: 100, searchable: true },
      { name: 'employees', type: 'integer' },
      { name: 'revenue', type: 'decimal', precision: 18, scale: 2 },
      { name: 'secret', type: 'text', maxLength: 100, searchable: true },
      { name: 'founded', type: 'date' },
      { name: 'active', type: 'boolean' },
      { name: 'parent', type: 'lookup', target: 'account', inverse: 'subsidiaries' },
    ],
  },
  {
    name: 'contact',
    entitySet: 'contacts',
    ownership: 'user',
    primaryField: 'last_name',
    audit: false,
    fields: [
      { name: 'first_name', type: 'text', maxLength: 100 },
      { name: 'last_name', type: 'text', maxLength: 100, required: true },
      { name: 'email', type: 'text', maxLength: 200, searchable: true },
      { name: 'age', type: 'integer' },
      { name: 'account', type: 'lookup', target: 'account' },
    ],
  },
  {
    name: 'opportunity',
    entitySet: 'opportunities',
    ownership: 'user',
    primaryField: 'name',
    audit: true,
    fields: [
      { name: 'name', type: 'text', maxLength: 200, required: true },
      { name: 'stage', type: 'choice', options: [{ value: 'new' }, { value: 'won' }, { value: 'lost' }] },
      { name: 'amount', type: 'decimal', precision: 18, scale: 2 },
      { name: 'close_date', type: 'date' },
      { name: 'account', type: 'lookup', target: 'account' },
      { name: 'contact', type: 'lookup', target: 'contact' },
    ],
  },
  {
    name: 'activity',
    entitySet: 'activities',
    ownership: 'user',
    primaryField: 'subject',
    audit: false,
    fields: [
      { name: 'subject', type: 'text', maxLength: 200 },
      { name: 'due_at', type: 'datetime' },
      { name: 'regarding', type: 'lookup', target: ['account', 'contact'], inverse: 'activities' },
    ],
  },
]

const linking = { append: 'all', append_to: 'all' }
const everything = { create: 'all', read: 'all', write: 'all', delete: 'all', assign: 'all', ...linking }
const roles = [
  { name: 'administrator', grants: [{ entity: '*', ...everything }] },
  {
    name: 'salesperson',
    grants: [
      { entity: 'account', create: 'own', read: 'own', write: 'own', delete: 'own', ...linking },
      { entity: 'contact', create: 'own', read: 'unit', write: 'own', delete: 'own', ...linking },
      {
        entity: 'opportunity',
        create: 'own',
        read: 'unit_tree',
        write: 'own',
        ...linking,
        rule: 'amount == null || amount < 1000',
      },
      { entity: 'activity', create: 'own', read: 'all', write: 'all', ...linking },
      { entity: 'user', read: 'all' },
      { entity: 'team', read: 'all' },
      { entity: 'business_unit', read: 'all' },
    ],
    fields: [{ entity: 'account', field: 'secret', read: false, write: false }],
  },
  {
    name: 'clerk',
    grants: [
      { entity: 'account', read: 'all', rule: "industry == 'retail' || parent.industry == 'energy'" },
      { entity: 'activity', read: 'all', write: 'own', create: 'unit', ...linking },
    ],
  },
  { name: 'nobody', grants: [] },
]

const id = (group: number, n: number) =>
  `${String(group).padStart(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`
export const unitId = (n: number) => id(1, n)
export const userId = (n: number) => id(2, n)
export const teamId = (n: number) => id(3, n)
export const accountId = (n: number) => id(4, n)
export const contactId = (n: number) => id(5, n)
export const opportunityId = (n: number) => id(6, n)
export const activityId = (n: number) => id(7, n)

let count = 0
const uuid = () => id(99, ++count)

/** The test model; `extra` definitions join it. */
export function queryModel(revision = 1): Model {
  const identify = (part: object): object => ({ id: uuid(), ...part })
  const definitions = [
    ...entities.map((entity) => ({
      kind: 'entity',
      id: uuid(),
      label: entity.name,
      plural: entity.entitySet,
      keys: [],
      ...entity,
      fields: entity.fields.map(identify),
      ...(entity.keys ? { keys: entity.keys.map(identify) } : {}),
    })),
    ...roles.map((role) => ({ kind: 'role', id: uuid(), label: role.name, fields: [], privileges: [], ...role })),
  ]
  return buildModel(definitions as unknown as Definition[], revision)
}

/** Somebody with these roles: user `n`, in unit 2 (below unit 1, above unit 3). */
export function someone(roleNames: readonly string[], n = 1, more: Partial<Actor> = {}): Actor {
  return {
    user: userId(n),
    name: `user ${n}`,
    roles: roleNames,
    teams: [],
    unit: unitId(2),
    unitTree: [unitId(2), unitId(3)],
    ...more,
  }
}

/** Every statement that makes the tenant's tables. */
export function tableStatements(model: Model): string[] {
  const steps = prepare({ now: new Map(), next: target(model), after: model, schema, stamp: 'test' })
  return [
    `create schema ${schema}`,
    'create extension if not exists pg_trgm',
    ...tenantMigrations.flatMap(({ statements }) => statements(schema)),
    // Tables are emptied between the cases of a test.
    `alter table ${schema}._audit disable trigger user`,
    ...steps.flatMap(({ sql }) => sql),
  ]
}

export interface TestDatabase {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>
  close(): Promise<void>
}

/** PGlite in memory with the model's tables. */
export async function memoryDatabase(model: Model): Promise<TestDatabase> {
  const { types } = await import('@electric-sql/pglite')
  const pglite = await memoryPglite({
    extensions: { pg_trgm },
    parsers: {
      [types.INT8]: (value: string) => value,
      [types.DATE]: (value: string) => value,
      [types.TIMESTAMPTZ]: (value: string) => value,
    },
  })
  for (const statement of tableStatements(model)) await pglite.query(statement)
  return {
    query: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await pglite.query<Row>(text, [...values])).rows,
    close: () => pglite.close(),
  }
}

/** The same on a real PostgreSQL, with as many connections as run at the same time. */
export async function serverDatabase(model: Model, url: string, connections = 1): Promise<TestDatabase> {
  const pool = new pg.Pool({ connectionString: url, max: connections })
  for (const statement of tableStatements(model)) await pool.query(statement)
  return {
    query: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await pool.query(text, [...values])).rows as Row[],
    close: () => pool.end(),
  }
}

type Cell = string | number | boolean | null
export type Rows = Readonly<Record<string, readonly Readonly<Record<string, Cell>>[]>>

/** Inserts rows as they are; system columns get fixed values. */
export async function insertRows(database: TestDatabase, model: Model, rows: Rows): Promise<void> {
  for (const [name, list] of Object.entries(rows)) {
    const owned = model.entities.get(name)!.ownership === 'user'
    for (const row of list) {
      const stamped = {
        created_at: '2026-01-01T00:00:00Z',
        modified_at: '2026-01-01T00:00:00Z',
        version: 1,
        ...(owned ? { owner_type: 'user' } : {}),
        ...row,
      }
      const columns = Object.keys(stamped)
      const values = columns.map((column, i) => ({ column, place: `$${i + 1}` }))
      await database.query(
        `insert into ${schema}."${name}" (${values.map(({ column }) => `"${column}"`).join(', ')}) values (${values.map(({ place }) => place).join(', ')})`,
        columns.map((column) => stamped[column as keyof typeof stamped] as Cell),
      )
    }
    await fillShadows(database, model, name)
  }
}

/** What the statements of a write would have put beside the rows. */
async function fillShadows(database: TestDatabase, model: Model, name: string): Promise<void> {
  const physical = target(model).get(model.entities.get(name)!.id)!
  for (const column of physical.columns) {
    if (column.derived === undefined) continue
    const { set, lacks } = filling(column, physical)
    await database.query(`update ${schema}."${name}" set ${set} where ${lacks}`)
  }
}

/** A few records that every test can reason about. */
export const sample: Rows = {
  business_unit: [
    { id: unitId(1), name: 'Head' },
    { id: unitId(2), name: 'Sales', parent_id: unitId(1) },
    { id: unitId(3), name: 'Sales North', parent_id: unitId(2) },
  ],
  team: [{ id: teamId(1), name: 'Hunters', unit_id: unitId(2) }],
  user: [
    { id: userId(1), name: 'Ada', unit_id: unitId(2) },
    { id: userId(2), name: 'Bo', unit_id: unitId(2) },
    { id: userId(3), name: 'Cy', unit_id: unitId(3) },
  ],
  account: [
    {
      id: accountId(1),
      name: 'Alpha',
      account_number: 'A-1',
      industry: 'energy',
      city: 'Paris',
      employees: 10,
      revenue: '100.50',
      secret: 's1',
      founded: '2001-02-03',
      active: true,
      owner_id: userId(1),
      owning_unit_id: unitId(2),
    },
    {
      id: accountId(2),
      name: 'Beta 100%',
      account_number: "A'2",
      industry: 'retail',
      city: 'Rome',
      employees: 20,
      revenue: '200.00',
      secret: 's2',
      founded: '1999-12-31',
      active: false,
      parent_id: accountId(1),
      owner_id: userId(1),
      owning_unit_id: unitId(2),
    },
    {
      id: accountId(3),
      name: 'gamma',
      industry: 'banking',
      city: null,
      employees: null,
      revenue: null,
      active: null,
      parent_id: accountId(1),
      owner_id: userId(2),
      owning_unit_id: unitId(2),
    },
    {
      id: accountId(4),
      name: 'Ωmega',
      account_number: 'A/4',
      industry: null,
      city: 'Rome',
      employees: 5,
      revenue: '-1.25',
      active: true,
      owner_id: teamId(1),
      owner_type: 'team',
      owning_unit_id: unitId(2),
    },
    {
      id: accountId(5),
      name: 'Zeta_5',
      industry: 'retail',
      city: 'Oslo',
      employees: 50,
      revenue: '50.00',
      owner_id: userId(3),
      owning_unit_id: unitId(3),
    },
  ],
  contact: [
    {
      id: contactId(1),
      first_name: 'Ann',
      last_name: 'Smith',
      email: 'ann@x.test',
      age: 30,
      account_id: accountId(1),
      owner_id: userId(1),
      owning_unit_id: unitId(2),
    },
    {
      id: contactId(2),
      first_name: 'Bob',
      last_name: 'Jones',
      age: 40,
      account_id: accountId(1),
      owner_id: userId(2),
      owning_unit_id: unitId(2),
    },
    {
      id: contactId(3),
      first_name: 'Cat',
      last_name: 'Smith',
      age: null,
      account_id: accountId(3),
      owner_id: userId(3),
      owning_unit_id: unitId(3),
    },
    {
      id: contactId(4),
      first_name: null,
      last_name: "O'Hara",
      age: 25,
      owner_id: userId(1),
      owning_unit_id: unitId(2),
    },
  ],
  opportunity: [
    {
      id: opportunityId(1),
      name: 'First',
      stage: 'won',
      amount: '10.00',
      close_date: '2026-01-10',
      account_id: accountId(1),
      contact_id: contactId(1),
      owner_id: userId(1),
      owning_unit_id: unitId(2),
    },
    {
      id: opportunityId(2),
      name: 'Second',
      stage: 'won',
      amount: '20.50',
      close_date: '2026-02-10',
      account_id: accountId(2),
      owner_id: userId(1),
      owning_unit_id: unitId(2),
    },
    {
      id: opportunityId(3),
      name: 'Third',
      stage: 'new',
      amount: '5000.00',
      account_id: accountId(3),
      owner_id: userId(3),
      owning_unit_id: unitId(3),
    },
    {
      id: opportunityId(4),
      name: 'Fourth',
      stage: 'lost',
      amount: null,
      owner_id: userId(3),
      owning_unit_id: unitId(3),
    },
  ],
  activity: [
    {
      id: activityId(1),
      subject: 'Call Alpha',
      due_at: '2026-01-01T10:00:00.123Z',
      regarding_id: accountId(1),
      regarding_type: 'account',
      owner_id: userId(1),
      owning_unit_id: unitId(2),
    },
    {
      id: activityId(2),
      subject: 'Mail Bob',
      due_at: null,
      regarding_id: contactId(2),
      regarding_type: 'contact',
      owner_id: userId(2),
      owning_unit_id: unitId(2),
    },
  ],
}
