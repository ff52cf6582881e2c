// Does a plan say what it does, in SQL, risk and words, and does it never lose what it did not say it would?
import { isWidening } from '@peyvand/core/plan/risk/retype.ts'
import { describe, expect, it } from 'vitest'
import { buildModel } from '@peyvand/core/model/build.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { affects } from '@peyvand/core/plan/affects.ts'
import { prepare, review } from '@peyvand/core/plan/prepare.ts'
import { settle } from '@peyvand/core/plan/risk.ts'
import { target } from '@peyvand/core/plan/target.ts'

const id = (n: number): string => `019f0000-0000-7000-8000-${String(n).padStart(12, '0')}`
type Field = Record<string, unknown>

/** A model of one entity (and another it may point at). */
function model(fields: Field[], more: Record<string, unknown> = {}): Model {
  const entity = { kind: 'entity', name: 'car', id: id(1), fields, ...more }
  const other = {
    kind: 'entity',
    name: 'owner_company',
    id: id(2),
    fields: [{ name: 'name', type: 'text', id: id(20) }],
  }
  return buildModel([entity, other] as unknown as Definition[], 1)
}

function plan(before: Model | undefined, after: Model) {
  return prepare({
    now: before === undefined ? new Map() : target(before),
    next: target(after),
    before,
    after,
    schema: 't_default',
    stamp: '2',
  })
}

/** Not searched: what a search keeps beside the fields is asked for in its own test below. */
const name = { name: 'name', type: 'text', id: id(10), searchable: false }

/** What changes, the steps with their SQL, the worst risk, and the question that may lower it. */
const changes: readonly {
  readonly what: string
  readonly before: Model
  readonly after: Model
  readonly steps: readonly (readonly [kind: string, sql: readonly string[], risk: string, zero?: string])[]
}[] = [
  { what: 'nothing', before: model([name]), after: model([name]), steps: [] },
  {
    what: 'a longer text',
    before: model([{ ...name, maxLength: 10 }]),
    after: model([{ ...name, maxLength: 100 }]),
    steps: [],
  },
  {
    what: 'a new optional field',
    before: model([name]),
    after: model([name, { name: 'year', type: 'integer', id: id(11) }]),
    steps: [['add_column', ['alter table "t_default"."car" add column "year" integer'], 'safe']],
  },
  {
    what: 'a new required field with a default',
    before: model([name]),
    after: model([
      name,
      { name: 'state', type: 'choice', id: id(11), options: [{ value: "it's" }], required: true, default: "it's" },
    ]),
    steps: [
      [
        'add_column',
        [
          `alter table "t_default"."car" add column "state" text collate "C" default 'it''s'::text not null`,
          'alter table "t_default"."car" alter column "state" drop default',
        ],
        'safe',
      ],
    ],
  },
  {
    what: 'a new required field without a default',
    before: model([name]),
    after: model([name, { name: 'year', type: 'integer', id: id(11), required: true }]),
    steps: [
      ['add_column', ['alter table "t_default"."car" add column "year" integer'], 'safe'],
      ['set_not_null', ['alter table "t_default"."car" alter column "year" set not null'], 'blocked', 'safe'],
    ],
  },
  {
    what: 'a field becomes required and has a default',
    before: model([{ ...name }]),
    after: model([{ ...name, required: true, default: 'none' }]),
    steps: [
      ['backfill', [`update "t_default"."car" set "name" = 'none'::text where "name" is null`], 'safe'],
      ['set_not_null', ['alter table "t_default"."car" alter column "name" set not null'], 'safe'],
    ],
  },
  {
    what: 'a rename',
    before: model([name]),
    after: model([{ ...name, name: 'title' }]),
    steps: [['rename_column', ['alter table "t_default"."car" rename column "name" to "title"'], 'safe']],
  },
  {
    what: 'two fields that swap their names',
    before: model([name, { name: 'title', type: 'text', id: id(11) }]),
    after: model([
      { ...name, name: 'title' },
      { name: 'name', type: 'text', id: id(11), searchable: false },
    ]),
    steps: [
      ['rename_column', [expect.stringMatching(/rename column "name" to "_tmp_[0-9a-f]{12}"$/)], 'safe'],
      ['rename_column', ['alter table "t_default"."car" rename column "title" to "name"'], 'safe'],
      ['rename_column', [expect.stringMatching(/rename column "_tmp_[0-9a-f]{12}" to "title"$/)], 'safe'],
    ],
  },
  {
    what: 'a dropped field whose name is used again',
    before: model([name, { name: 'code', type: 'text', id: id(11), required: true }]),
    after: model([name, { name: 'code', type: 'integer', id: id(12) }]),
    steps: [
      [
        'drop_column',
        [
          expect.stringMatching(/rename column "code" to "_bin_[0-9a-f]{8}_code"$/),
          expect.stringMatching(/alter column "_bin_[0-9a-f]{8}_code" drop not null$/),
        ],
        'lossy',
        'safe',
      ],
      ['add_column', ['alter table "t_default"."car" add column "code" integer'], 'safe'],
    ],
  },
  {
    what: 'an integer becomes text',
    before: model([name, { name: 'year', type: 'integer', id: id(11) }]),
    after: model([name, { name: 'year', type: 'text', id: id(11) }]),
    steps: [
      [
        'retype_column',
        ['alter table "t_default"."car" alter column "year" type text collate "C" using "year"::text'],
        'safe',
      ],
    ],
  },
  {
    what: 'text becomes an integer',
    before: model([name]),
    after: model([{ ...name, type: 'integer' }]),
    steps: [
      [
        'retype_column',
        [
          expect.stringMatching(/rename column "name" to "_bin_[0-9a-f]{8}_name"$/),
          'alter table "t_default"."car" add column "name" integer',
          expect.stringMatching(
            /^update "t_default"\."car" set "name" = nullif\(btrim\("_bin_[0-9a-f]{8}_name"\), ''\)::numeric::integer where/,
          ),
        ],
        'blocked',
        'lossy',
      ],
    ],
  },
  {
    what: 'a decimal gets more digits',
    before: model([name, { name: 'rate', type: 'decimal', id: id(11), precision: 10, scale: 2 }]),
    after: model([name, { name: 'rate', type: 'decimal', id: id(11), precision: 12, scale: 2 }]),
    steps: [
      [
        'retype_column',
        ['alter table "t_default"."car" alter column "rate" type numeric(12,2) using "rate"::numeric(12,2)'],
        'blocked',
        'safe',
      ],
    ],
  },
  {
    what: 'a date that should become a lookup',
    before: model([name, { name: 'x', type: 'date', id: id(11) }]),
    after: model([name, { name: 'x', type: 'lookup', id: id(11), target: 'owner_company' }]),
    steps: [
      ['drop_column', [expect.stringContaining('rename column "x"')], 'lossy', 'safe'],
      ['add_column', ['alter table "t_default"."car" add column "x_id" uuid'], 'blocked', 'safe'],
      [
        'add_index',
        [expect.stringMatching(/^create index "ix_[0-9a-f]{12}" on "t_default"\."car" \("x_id"\)$/)],
        'safe',
      ],
      [
        'add_foreign_key',
        [
          expect.stringMatching(
            /add constraint "fk_[0-9a-f]{12}" foreign key \("x_id"\) references "t_default"\."owner_company" \("id"\) on delete restrict not valid$/,
          ),
          expect.stringMatching(/validate constraint "fk_[0-9a-f]{12}"$/),
        ],
        'safe',
      ],
    ],
  },
  {
    what: 'a lookup that should lead to several entities',
    before: model([name, { name: 'x', type: 'lookup', id: id(11), target: 'owner_company' }]),
    after: model([name, { name: 'x', type: 'lookup', id: id(11), target: ['owner_company', 'car'] }]),
    steps: [
      ['drop_foreign_key', [expect.stringMatching(/drop constraint if exists "fk_[0-9a-f]{12}"$/)], 'safe'],
      ['add_column', ['alter table "t_default"."car" add column "x_type" text collate "C"'], 'blocked', 'safe'],
    ],
  },
  {
    what: 'a key',
    before: model([name]),
    after: model([name], { keys: [{ name: 'k', id: id(30), fields: ['name'] }] }),
    steps: [
      [
        'add_index',
        [expect.stringMatching(/^create unique index "ux_[0-9a-f]{12}" on "t_default"\."car" \("name"\)$/)],
        'blocked',
        'safe',
      ],
    ],
  },
  {
    what: 'another owner',
    before: model([name]),
    after: model([name], { ownership: 'user' }),
    steps: [
      ['add_column', ['alter table "t_default"."car" add column "owner_id" uuid'], 'safe'],
      ['add_column', ['alter table "t_default"."car" add column "owner_type" text collate "C"'], 'safe'],
      ['add_column', ['alter table "t_default"."car" add column "owning_unit_id" uuid'], 'safe'],
      ['add_index', [expect.stringMatching(/\("owner_id", "created_at", "id"\)$/)], 'safe'],
    ],
  },
]

describe('indexes', () => {
  const roles = (...depths: string[]): Model['roles'] =>
    buildModel(
      depths.map((read, i) => ({ kind: 'role', name: `r${i}`, grants: [{ entity: '*', read }] })) as Definition[],
      1,
    ).roles
  const indexed = (ownership: string, ...depths: string[]): string[] =>
    target({ ...model([name], { ownership }), roles: roles(...depths) })
      .get(id(1))!
      .indexes.map(({ columns }) => columns[0]!)

  it('lead with the unit only where a role reads by unit', () => {
    expect(indexed('user', 'own', 'all')).toEqual(['created_at', 'owner_id'])
    expect(indexed('user', 'own', 'unit')).toEqual(['created_at', 'owner_id', 'owning_unit_id'])
    expect(indexed('user', 'unit_tree', 'all')).toEqual(['created_at', 'owner_id', 'owning_unit_id'])
    expect(indexed('organization', 'unit')).toEqual(['created_at'])
  })
})

describe('the text that is searched', () => {
  const kinds = (before: Model, after: Model) => plan(before, after).map(({ step }) => step.kind)
  const searched = { ...name, searchable: true }
  const email = { name: 'email', type: 'text', format: 'email', id: id(12) }
  it('has a column and an index over its parts', () => {
    const { columns, indexes } = target(model([searched, email])).get(id(1))!
    expect(columns.find((column) => column.name === '_search')!.derived).toMatch(/\{\{.*10\}\}.*\{\{.*12\}\}/)
    expect(indexes.find(({ trigrams }) => trigrams)!.columns).toEqual(['_search'])
  })
  it('is filled again when other fields are searched, and only then', () => {
    expect(kinds(model([searched]), model([searched, email]))).toEqual(['add_column', 'backfill'])
    expect(kinds(model([searched, email]), model([searched, { ...email, searchable: false }]))).toEqual(['backfill'])
    expect(kinds(model([searched]), model([{ ...searched, maxLength: 300 }]))).toEqual([])
    expect(kinds(model([searched]), model([{ ...searched, name: 'title' }]))).toEqual(['rename_column'])
  })
  it('comes and goes with the fields', () => {
    expect(kinds(model([name]), model([searched]))).toEqual(['add_column', 'backfill', 'add_index'])
    expect(kinds(model([searched]), model([name]))).toEqual(['drop_index', 'drop_column'])
  })
})

describe('steps', () => {
  it.each(changes)('$what', ({ before, after, steps }) => {
    const prepared = plan(before, after)
    expect(
      prepared.map(({ step, sql, assessment }) => [step.kind, sql, assessment.risk, assessment.question?.zero]),
    ).toEqual(steps.map(([kind, sql, risk, zero]) => [kind, sql, risk, zero]))
    for (const step of prepared) {
      expect(step.entity).toBe('car')
      expect([...step.sql, ...step.undo].join('\n')).not.toMatch(/;|\bdrop (table|column)\b/)
    }
  })

  it('a new entity is one table, then indexes, then foreign keys, also in a circle', () => {
    const lookup = (n: number, to: string) => ({ name: 'to', type: 'lookup', id: id(n), target: to })
    const after = buildModel(
      [
        { kind: 'entity', name: 'a', id: id(1), fields: [lookup(11, 'b')] },
        { kind: 'entity', name: 'b', id: id(2), fields: [lookup(12, 'a')] },
      ] as unknown as Definition[],
      1,
    )
    const prepared = plan(undefined, after)
    expect(prepared.map(({ step }) => step.kind)).toEqual([
      'create_table',
      'create_table',
      'add_index',
      'add_index',
      'add_index',
      'add_index',
      'add_foreign_key',
      'add_foreign_key',
    ])
    expect(prepared[0]!.sql[0]).toMatch(
      /^create table "t_default"\."a" \("to_id" uuid, "id" uuid not null, "created_at" timestamptz\(3\) not null, .* constraint "pk_[0-9a-f]{12}" primary key \("id"\)\)$/,
    )
    expect(prepared.every(({ assessment }) => assessment.risk === 'safe' && assessment.question === undefined)).toBe(
      true,
    )
  })

  it('a dropped entity goes to the recycle bin with its key, and its name is free', () => {
    const [before, after] = [model([name]), model([name])]
    const without = buildModel(
      [
        {
          kind: 'entity',
          name: 'car',
          id: id(3),
          fields: [{ name: 'name', type: 'text', id: id(40), searchable: false }],
        },
      ] as unknown as Definition[],
      2,
    )
    expect(after.entities.size).toBe(2)
    const prepared = plan(before, without)
    expect(prepared.map(({ step }) => step.kind)).toEqual([
      'drop_index',
      'drop_index',
      'drop_index',
      'drop_table',
      'drop_table',
      'create_table',
      'add_index',
    ])
    const drop = prepared.find(({ step }) => step.kind === 'drop_table')!
    expect(drop.sql).toEqual([
      expect.stringMatching(/^alter table "t_default"\."car" rename to "_bin_[0-9a-f]{8}_car"$/),
      expect.stringMatching(/^alter index "t_default"\."pk_[0-9a-f]{12}" rename to "_bin_[0-9a-f]{8}_pk"$/),
    ])
    expect(drop.assessment).toMatchObject({
      risk: 'lossy',
      question: { text: 'select count(*) as n from "t_default"."car"', zero: 'safe' },
    })
  })

  it('dropping the same thing in two plans gives two names in the recycle bin', () => {
    const [before, after] = [model([name, { name: 'x', type: 'date', id: id(11) }]), model([name])]
    const drop = (stamp: string) =>
      prepare({ now: target(before), next: target(after), before, after, schema: 's', stamp })[0]!.sql[0]
    expect(drop('1')).not.toBe(drop('2'))
    expect(drop('1')).toBe(drop('1'))
  })

  it('names stay within 63 bytes and constants are quoted', () => {
    const long = { name: 'p'.repeat(48), type: 'money', id: id(11) }
    const sql = plan(model([name, long]), model([name])).flatMap((step) => [...step.sql, ...step.undo])
    expect(
      Math.max(
        ...sql
          .join(' ')
          .match(/"[^"]+"/g)!
          .map((quoted) => quoted.length - 2),
      ),
    ).toBeLessThanOrEqual(63)
    const evil = { name: 'x', type: 'text', id: id(11), required: true, default: String.raw`\'; drop table car; --` }
    expect(plan(model([name]), model([name, evil]))[0]!.sql[0]).toBe(
      String.raw`alter table "t_default"."car" add column "x" text collate "C" default E'\\''; drop table car; --'::text not null`,
    )
  })
})

describe('review', () => {
  it('says what the rows decide', () => {
    const [step] = plan(model([name, { name: 'x', type: 'date', id: id(11) }]), model([name]))
    expect(review(step!, { rows: 10, count: 0 })).toMatchObject({
      kind: 'drop_column',
      entity: 'car',
      field: 'x',
      risk: 'safe',
      because: undefined,
      lock: 'ACCESS EXCLUSIVE',
      rewrite: false,
    })
    expect(review(step!, { rows: 10, count: 3 })).toMatchObject({
      risk: 'lossy',
      because: '3 records have a value in "X", which goes to the recycle bin',
    })
    expect(review(step!, { rows: 10 })).toMatchObject({ risk: 'lossy' })
  })

  it('calls work on every row of a large table slow, and estimates it', () => {
    const [step] = plan(
      model([name, { name: 'year', type: 'integer', id: id(11) }]),
      model([name, { name: 'year', type: 'text', id: id(11) }]),
    )
    expect(review(step!, { rows: 100 })).toMatchObject({ risk: 'safe', rewrite: true })
    const large = review(step!, { rows: 2_000_000 })
    expect(large.risk).toBe('slow')
    expect(large.estimateMs).toBeGreaterThan(1000)
  })

  it('keeps a blocked step blocked whatever its size', () => {
    expect(
      settle(
        {
          risk: 'blocked',
          lock: '',
          rewrite: false,
          perRow: 1,
          question: { text: '', zero: 'safe', because: '{n} of them' },
        },
        { rows: 1e9, count: 2 },
      ),
    ).toMatchObject({ risk: 'blocked', because: '2 of them' })
  })

  it.each([
    ['numeric(10,2)', 'numeric(12,2)', true],
    ['numeric(10,2)', 'numeric(12,4)', false],
    ['numeric(12,2)', 'numeric(10,2)', false],
    ['varchar(10)', 'text', true],
    ['integer', 'bigint', false],
  ])('%s → %s needs no rewrite: %s', (from, to, expected) => {
    expect(isWidening(from, to)).toBe(expected)
  })
})

describe('affects', () => {
  const parts = (fields: Field[], entity = 'car'): Definition[] =>
    [
      { kind: 'entity', name: entity, id: id(1), fields, keys: [{ name: 'k', id: id(30), fields: ['name'] }] },
      {
        kind: 'entity',
        name: 'trip',
        id: id(2),
        fields: [{ name: 'car', type: 'lookup', id: id(21), target: entity }],
      },
    ] as unknown as Definition[]
  const around = [
    { kind: 'view', name: 'cars', entity: 'car', columns: [{ field: 'year' }], filter: "name != 'year'" },
    { kind: 'view', name: 'old_cars', entity: 'car', columns: [{ field: 'name' }], filter: 'year < 1990' },
    { kind: 'view', name: 'trips', entity: 'trip', columns: [{ field: 'car.year' }] },
    {
      kind: 'form',
      name: 'car_main',
      entity: 'car',
      tabs: [{ name: 't', sections: [{ name: 's', controls: [{ field: 'year' }] }] }],
    },
    { kind: 'app', name: 'fleet', areas: [{ name: 'a', items: [{ entity: 'car' }] }] },
    { kind: 'role', name: 'driver', grants: [{ entity: 'car', read: 'own', rule: 'year > 2000' }] },
  ] as unknown as Definition[]
  const year = { name: 'year', type: 'integer', id: id(11) }
  const present = [...parts([name, year]), ...around]
  const before = buildModel(present, 1)
  const affected = (wanted: Definition[]) => affects(before, present, [...wanted, ...around])
  const names = (wanted: Definition[]): string[] => affected(wanted).map(({ pointer, use }) => `${pointer} ${use}`)

  it('names what uses a field that goes, is renamed or becomes another type, with the place', () => {
    const users = [
      '/view/cars/columns/0/field column',
      '/view/old_cars/filter filter',
      '/view/trips/columns/0/field column',
      '/form/car_main/tabs/0/sections/0/controls/0/field control',
      '/role/driver/grants/0/rule rule',
    ]
    expect(names(parts([name]))).toEqual(users)
    expect(names(parts([name, { ...year, name: 'built' }]))).toEqual(users)
    expect(affected(parts([name, { ...year, type: 'text' }]))[0]).toEqual({
      kind: 'view',
      name: 'cars',
      label: 'Cars',
      pointer: '/view/cars/columns/0/field',
      use: 'column',
      within: [],
      because: 'the field "car.year" becomes text',
    })
  })

  it('names what uses an entity that goes or is renamed, and keys of a field', () => {
    expect(names(parts([name, year], 'vehicle'))).toEqual([
      '/entity/trip/fields/0/target lookup',
      '/view/cars/entity list',
      '/view/old_cars/entity list',
      '/form/car_main/entity form',
      '/app/fleet/areas/0/items/0/entity navigation',
      '/role/driver/grants/0/entity grant',
    ])
    expect(
      names(parts([{ ...name, name: 'title' }, year]).map((part) => ({ ...part, keys: [] }) as Definition)),
    ).toContain('/entity/car/keys/0/fields/0 key')
  })

  it('does not count what goes itself', () => {
    const left = affects(before, present, [...parts([name]), ...around.filter(({ name: one }) => one !== 'cars')])
    expect(left.map((one) => one.name)).not.toContain('cars')
  })

  it('is silent when nothing is taken away', () => {
    expect(affected(parts([name, year, { name: 'new', type: 'date', id: id(12) }]))).toEqual([])
  })
})
