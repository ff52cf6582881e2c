// Do definitions become the model they say, and does a wrong definition say everything that is wrong with it at once?
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe as group, expect, it } from 'vitest'
import { systemActor, type Actor } from '@peyvand/core/access/actor.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import { describe, modelFrom } from '@peyvand/core/model/describe.ts'
import { identify } from '@peyvand/core/model/identify.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { merge, type Layer } from '@peyvand/core/solution/merge.ts'

const said = (definitions: readonly unknown[]): string[] =>
  checkDefinitions(definitions).map(
    (problem) => `${problem.pointer}: ${problem.message}${problem.hint === undefined ? '' : ` (${problem.hint})`}`,
  )

const account = { kind: 'entity', name: 'account', fields: [{ name: 'name', type: 'text' }] }

group('check', () => {
  it('finds ten different mistakes of one definition at once', () => {
    const wrong = {
      kind: 'entity',
      name: 'vehicle',
      colour: 'red',
      ownership: 'everyone',
      primaryField: 'title',
      fields: [
        { name: 'name', type: 'text', maxLenght: 10 },
        { name: 'Vin', type: 'text' },
        { name: 'status', type: 'chioce' },
        { name: 'price', type: 'decimal', precision: 'many' },
        { name: 'account', type: 'lookup' },
        { name: 'bought_on', type: 'date', label: { en: 5 } },
        { type: 'boolean' },
      ],
      keys: [{ name: 'vin', fields: [] }],
    }
    expect(said([account, wrong])).toEqual([
      '/entity/vehicle/colour: "colour" is not known here (Did you mean "color"?)',
      '/entity/vehicle/ownership: "everyone" is not allowed here (One of: user, organization)',
      '/entity/vehicle/fields/0/maxLenght: "maxLenght" is not known here (Did you mean "maxLength"?)',
      '/entity/vehicle/fields/1/name: "Vin" is not a name (Lower-case letters, digits and underscores, starting with a letter, at most 48)',
      '/entity/vehicle/fields/2/type: There is no field type "chioce" (Did you mean "choice"?)',
      '/entity/vehicle/fields/3/precision: This must be a whole number',
      '/entity/vehicle/fields/4: "target" is missing',
      '/entity/vehicle/fields/5/label/en: This must be text',
      '/entity/vehicle/fields/6: "name" is missing',
      '/entity/vehicle/keys/0/fields: This needs at least 1 item',
    ])
  })

  it('finds ten different mistakes that need the other definitions', () => {
    const wrong = [
      account,
      {
        kind: 'entity',
        name: 'deal',
        entitySet: 'accounts',
        primaryField: 'nam',
        fields: [
          { name: 'name', type: 'text', pattern: '(a+)+' },
          { name: 'created_at', type: 'date' },
          { name: 'account', type: 'lookup', target: 'acount' },
          { name: 'stage', type: 'choice', options: [] },
          { name: 'amount', type: 'decimal', default: 'much' },
          { name: 'name', type: 'integer' },
        ],
        keys: [{ name: 'by_code', fields: ['cod'] }],
      },
      { kind: 'view', name: 'deals', entity: 'deal', columns: [{ field: 'amoun' }], sort: [{ field: 'stage.x' }] },
      {
        kind: 'form',
        name: 'deal_main',
        entity: 'deal',
        tabs: [{ name: 'main', sections: [{ name: 'main', controls: [{ field: 'stag' }, { subgrid: 'lines' }] }] }],
      },
      { kind: 'app', name: 'sales', roles: ['boss'], areas: [{ name: 'work', items: [{ entity: 'deals' }] }] },
      {
        kind: 'role',
        name: 'seller',
        grants: [{ entity: 'dael', read: 'own' }],
        fields: [{ entity: 'deal', field: 'amount2', read: false }],
      },
    ]
    expect(said(wrong)).toEqual([
      '/entity/account/name: The entity set "accounts" is that of "deal" (Choose another "entitySet")',
      '/entity/deal/entitySet: The entity set "accounts" is that of "account" (Choose another "entitySet")',
      '/entity/deal/fields/0/pattern: A repeat inside a repeat can take very long; write it without nesting',
      '/entity/deal/fields/1/name: The name "created_at" is reserved (Every record has such a field, or the expression language such a word; choose another name)',
      '/entity/deal/fields/2/target: There is no entity "acount" (Did you mean "account"?)',
      '/entity/deal/fields/3/options: A choice field needs options (Give "options", or name a "choice")',
      '/entity/deal/fields/4/default: The default is refused: "Amount" must be a number (Like 1250.50)',
      '/entity/deal/fields/5/name: The field "name" is there twice',
      '/entity/deal/primaryField: The entity has no field "nam" (Did you mean "name"?)',
      '/entity/deal/keys/0/fields/0: The entity has no field "cod"',
      '/view/deals/columns/0/field: The entity "deal" has no field "amoun" (Did you mean "amount"?)',
      '/view/deals/sort/0/field: "stage" is not a lookup, so nothing is behind it',
      '/form/deal_main/tabs/0/sections/0/controls/0/field: The entity "deal" has no field "stag" (Did you mean "stage"?)',
      '/form/deal_main/tabs/0/sections/0/controls/1/subgrid: The entity "deal" has no collection "lines"',
      '/app/sales/roles/0: There is no role "boss"',
      '/app/sales/areas/0/items/0/entity: There is no entity "deals" (Did you mean "deal"?)',
      '/role/seller/grants/0/entity: There is no entity "dael" (Did you mean "deal"?)',
      '/role/seller/fields/0/field: The entity "deal" has no field "amount2" (Did you mean "amount"?)',
    ])
  })

  const single: readonly [string, readonly unknown[], string][] = [
    ['no object', [5], '/0: A definition must be an object'],
    [
      'no kind',
      [{ name: 'a' }],
      '/0/kind: "kind" is missing (One of: choice, entity, relationship, view, form, app, role, webhook)',
    ],
    ['unknown kind', [{ kind: 'entitty', name: 'a' }], '/0/kind: There is no kind "entitty" (Did you mean "entity"?)'],
    ['the same thing twice', [account, account], '/entity/account/name: The entity "account" is there twice'],
    [
      'a JavaScript name',
      [{ ...account, fields: [{ name: 'constructor', type: 'text' }] }],
      '/entity/account/fields/0/name: The name "constructor" is reserved (Every record has such a field, or the expression language such a word; choose another name)',
    ],
    [
      'a name of 49 letters',
      [{ ...account, name: 'a'.repeat(49) }],
      `/0/name: "${'a'.repeat(49)}" is not a name (Lower-case letters, digits and underscores, starting with a letter, at most 48)`,
    ],
    [
      'a column clash',
      [
        {
          ...account,
          fields: [
            { name: 'name', type: 'text' },
            { name: 'price', type: 'money' },
            { name: 'price_base', type: 'decimal' },
          ],
        },
      ],
      '/entity/account/fields/2/name: "price_base" and "price" would both be "price_base" on the wire',
    ],
    [
      'an inverse that is a field',
      [
        {
          ...account,
          fields: [
            { name: 'name', type: 'text' },
            { name: 'parent', type: 'lookup', target: 'account', inverse: 'name' },
          ],
        },
      ],
      '/entity/account/fields/1/inverse: The way back "name" is taken on "account" (Give the lookup another "inverse")',
    ],
    [
      'two equal inverses',
      [
        {
          ...account,
          fields: [
            { name: 'a', type: 'lookup', target: 'account', inverse: 'x' },
            { name: 'b', type: 'lookup', target: 'account', inverse: 'x' },
          ],
        },
      ],
      '/entity/account/fields/1/inverse: The way back "x" is taken on "account" (Give the lookup another "inverse")',
    ],
    [
      'a boolean in a key',
      [{ ...account, fields: [{ name: 'on', type: 'boolean' }], keys: [{ name: 'k', fields: ['on'] }] }],
      '/entity/account/keys/0/fields/0: A boolean field cannot be part of a key',
    ],
    [
      'a key too long for an index',
      [{ ...account, fields: [{ name: 'a', type: 'text', maxLength: 4000 }], keys: [{ name: 'k', fields: ['a'] }] }],
      '/entity/account/keys/0/fields: The fields of this key are too long for an index (Lower their maxLength)',
    ],
    [
      'a primary field of many lines',
      [{ ...account, primaryField: 'a', fields: [{ name: 'a', type: 'text', multiline: true }] }],
      '/entity/account/primaryField: "a" cannot name a record (Choose a field of one line of text)',
    ],
    [
      'unique where there is no index',
      [{ ...account, fields: [{ name: 'a', type: 'boolean', unique: true }] }],
      '/entity/account/fields/0/unique: "unique" is not known here',
    ],
    [
      'a role that speaks twice of a field',
      [
        account,
        {
          kind: 'role',
          name: 'r',
          fields: [
            { entity: 'account', field: 'name', read: false },
            { entity: 'account', field: 'name', write: false },
          ],
        },
      ],
      '/role/r/fields/1/field: The role speaks twice of "account.name"',
    ],
    [
      'a mask that a type has not',
      [
        { ...account, fields: [...account.fields, { name: 'since', type: 'date' }] },
        { kind: 'role', name: 'r', fields: [{ entity: 'account', field: 'since', mask: 'last4' }] },
      ],
      '/role/r/fields/0/mask: "account.since" cannot be masked with "last4" (Its type has: all)',
    ],
    [
      'a scope that leads nowhere',
      [
        account,
        { kind: 'role', name: 'r', grants: [{ entity: 'account', read: { scope: 'parent', through: 'name' } }] },
      ],
      '/role/r/grants/0/read/through: "name" is not a lookup',
    ],
    [
      'a scope without the way it needs',
      [account, { kind: 'role', name: 'r', grants: [{ entity: 'account', read: { scope: 'contact' } }] }],
      '/role/r/grants/0/read: The scope "contact" needs "through", a lookup of "account"',
    ],
    [
      'a scope that needs no way',
      [account, { kind: 'role', name: 'r', grants: [{ entity: 'account', read: { scope: 'self', through: 'name' } }] }],
      '/role/r/grants/0/read/through: The scope "self" leads through nothing (Leave it out)',
    ],
    [
      'a scope for everything',
      [{ kind: 'role', name: 'r', grants: [{ entity: '*', read: { scope: 'self' } }] }],
      '/role/r/grants/0/read: A scope needs one entity, not *',
    ],
    [
      'a rule for everything',
      [{ kind: 'role', name: 'r', grants: [{ entity: '*', read: 'own', rule: 'true' }] }],
      '/role/r/grants/0/rule: A rule needs one entity, not *',
    ],
    [
      'a bad id',
      [{ ...account, id: 'x' }],
      '/entity/account/id: "x" is not a UUID (Leave the id out; it is given on the first apply)',
    ],
    [
      'an id in two places',
      [
        {
          ...account,
          id: '019f0000-0000-7000-8000-000000000001',
          fields: [{ name: 'a', type: 'text', id: '019f0000-0000-7000-8000-000000000001' }],
        },
      ],
      '/entity/account/fields/0/id: The id 019f0000-0000-7000-8000-000000000001 is there twice (Leave the id out of a copy)',
    ],
  ]
  it.each(single)('says what is wrong with %s', (_, definitions, problem) => {
    expect(said(definitions)).toEqual([problem])
  })

  it('does not repeat one mistake wherever the broken definition is named', () => {
    const broken = {
      ...account,
      fields: [
        { name: 'name', type: 'text' },
        { name: 'x', type: 'nonsense' },
      ],
    }
    const view = { kind: 'view', name: 'all', entity: 'account', columns: [{ field: 'name' }] }
    expect(checkDefinitions([broken, view]).map((problem) => problem.pointer)).toEqual([
      '/entity/account/fields/1/type',
    ])
  })

  it('survives anything that is JSON', () => {
    const junk: unknown[] = [
      null,
      [],
      'x',
      1,
      { kind: {} },
      { kind: 'entity', name: [] },
      { kind: 'entity', name: 'a', fields: {} },
      { kind: 'entity', name: 'b', fields: [null, [], 3, {}, { type: {} }] },
      { kind: 'view', name: 'v', entity: 5, columns: [[]] },
      JSON.parse('{"kind":"entity","name":"c","__proto__":{"x":1},"fields":[]}'),
    ]
    expect(checkDefinitions(junk).length).toBeGreaterThan(junk.length - 1)
  })
})

group('build', () => {
  const vehicle = {
    kind: 'entity',
    name: 'vehicle',
    ownership: 'user',
    fields: [
      { name: 'vin', type: 'text' },
      { name: 'price', type: 'money' },
      { name: 'account', type: 'lookup', target: 'account' },
      { name: 'billed_to', type: 'lookup', target: 'account' },
      { name: 'regarding', type: 'lookup', target: ['account', 'vehicle'], inverse: 'about' },
      { name: 'notes', type: 'text', multiline: true },
    ],
  }
  const model = buildModel(
    [account, vehicle, { kind: 'entity', name: 'user', fields: [{ name: 'name', type: 'text' }] }] as Definition[],
    7,
  )
  const entity = model.entities.get('vehicle')!

  it('fills in what the definition leaves out', () => {
    expect({ ...entity, fields: entity.fields.map((field) => field.name) }).toEqual({
      id: 'entity/vehicle',
      name: 'vehicle',
      label: 'Vehicle',
      plural: 'Vehicles',
      description: undefined,
      icon: undefined,
      color: undefined,
      entitySet: 'vehicles',
      ownership: 'user',
      primaryField: 'vin',
      audit: true,
      keys: [],
      fields: [
        'vin',
        'price',
        'account',
        'billed_to',
        'regarding',
        'notes',
        'id',
        'created_at',
        'created_by',
        'modified_at',
        'modified_by',
        'version',
        'owner',
        'owning_unit',
      ],
    })
    expect(entity.fields.filter((field) => field.system).map((field) => field.name)).toEqual([
      'id',
      'created_at',
      'created_by',
      'modified_at',
      'modified_by',
      'version',
      'owner',
      'owning_unit',
    ])
  })

  it('names the ways back', () => {
    expect(model.relationships.map(({ field, inverse, onDelete }) => [field, inverse, onDelete])).toEqual([
      ['account', 'vehicles', 'restrict'],
      ['billed_to', 'vehicles_by_billed_to', 'restrict'],
      ['regarding', 'about', 'restrict'],
    ])
  })

  it('is the same whatever the order of the definitions', () => {
    const other = buildModel([vehicle, account] as Definition[], 7)
    expect(other.relationships).toEqual(buildModel([account, vehicle] as Definition[], 7).relationships)
  })

  it('generates a view and a form for who has none, and nothing for who has', () => {
    expect(model.views.get('vehicle_all')).toMatchObject({
      entity: 'vehicle',
      generated: true,
      default: true,
      columns: [
        { field: 'vin' },
        { field: 'price' },
        { field: 'account' },
        { field: 'billed_to' },
        { field: 'regarding' },
        { field: 'modified_at' },
      ],
    })
    expect(
      model.forms
        .get('vehicle_main')!
        .tabs[0]!.sections.map((section) => section.controls.map((control) => control.field)),
    ).toEqual([['vin', 'price', 'account', 'billed_to', 'regarding'], ['notes']])
    const own = buildModel(
      [account, { kind: 'view', name: 'account_all', entity: 'account', columns: [{ field: 'name' }] }] as Definition[],
      1,
    )
    expect([...own.views.keys()]).toEqual(['account_all'])
  })

  it('is frozen all the way down', () => {
    expect(
      Object.isFrozen(model) &&
        Object.isFrozen(entity) &&
        Object.isFrozen(entity.fields) &&
        Object.isFrozen(entity.fields[0]),
    ).toBe(true)
  })

  it('has the wire shape of the contract', () => {
    const wire = wireOf(model, entity)
    expect(
      [...wire.properties.values()].map(
        ({ name, edm, nullable, readOnly }) => `${name} ${edm}${nullable ? '' : '!'}${readOnly ? ' ro' : ''}`,
      ),
    ).toEqual([
      'vin Edm.String',
      'price Edm.Decimal',
      'price_currency Edm.String',
      'price_base Edm.Decimal ro',
      'account_id Edm.Guid',
      'billed_to_id Edm.Guid',
      'regarding_id Edm.Guid',
      'regarding_type Edm.String',
      'notes Edm.String',
      'id Edm.Guid! ro',
      'created_at Edm.DateTimeOffset! ro',
      'created_by_id Edm.Guid ro',
      'modified_at Edm.DateTimeOffset! ro',
      'modified_by_id Edm.Guid ro',
      'version Edm.Int32! ro',
      'owner_id Edm.Guid',
      'owner_type Edm.String',
      'owning_unit_id Edm.Guid ro',
    ])
    expect(
      [...wire.navigations.values()].map(
        ({ name, collection, column, typeColumn }) =>
          `${name}${collection ? '[]' : ''} ${column}${typeColumn === undefined ? '' : ` ${typeColumn}`}`,
      ),
    ).toEqual([
      'account account_id',
      'billed_to billed_to_id',
      'regarding_account regarding_id regarding_type',
      'regarding_vehicle regarding_id regarding_type',
      'created_by created_by_id',
      'modified_by modified_by_id',
      'owner_user owner_id owner_type',
      'about[] regarding_id regarding_type',
    ])
    expect([...wireOf(model, model.entities.get('account')!).navigations.keys()]).toEqual([
      'created_by',
      'modified_by',
      'vehicles',
      'vehicles_by_billed_to',
      'about',
    ])
    expect(wireOf(model, entity)).toBe(wire)
  })

  it('takes 100 entities of 20 fields, and 1,000 of 40, in good time', () => {
    const many = (entities: number, fields: number): Definition[] =>
      Array.from({ length: entities }, (_, e) => ({
        kind: 'entity',
        name: `e${e}`,
        fields: Array.from({ length: fields }, (__, f) =>
          f % 10 === 9
            ? { name: `f${f}`, type: 'lookup', target: `e${(e + f) % entities}` }
            : { name: `f${f}`, type: 'text' },
        ),
      }))
    // CPU of this thread's process, the best of five: other work on the machine does not count.
    const time = (definitions: Definition[]): number =>
      Math.min(
        // Definitions that were never seen: what is built once is not built again.
        ...Array.from({ length: 5 }, () => structuredClone(definitions)).map((fresh) => {
          const started = process.cpuUsage()
          buildModel(fresh, 1)
          return process.cpuUsage(started).user / 1_000
        }),
      )
    const [small, large] = [time(many(100, 20)), time(many(1000, 40))]
    console.log(`build: 100 × 20 in ${small.toFixed(1)} ms, 1,000 × 40 in ${large.toFixed(0)} ms`)
    expect(small).toBeLessThan(60)
    expect(large).toBeLessThan(1500)
  })
})

group('identify', () => {
  let count = 0
  const newId = (): string => `new-${++count}`

  it('matches by id first, by name second, and gives the rest new ids', () => {
    count = 0
    const before = [
      {
        kind: 'entity',
        name: 'car',
        id: 'E',
        fields: [
          { id: 'A', name: 'a', type: 'text' },
          { id: 'B', name: 'b', type: 'text' },
          { id: 'C', name: 'c', type: 'text' },
        ],
        keys: [{ id: 'K', name: 'k', fields: ['a'] }],
      },
    ] as Definition[]
    const now = [
      {
        kind: 'entity',
        name: 'vehicle',
        id: 'E',
        fields: [
          { id: 'A', name: 'b', type: 'text' },
          { name: 'a', type: 'text' },
          { name: 'c', type: 'text' },
        ],
        keys: [{ name: 'k', fields: ['b'] }],
      },
    ] as Definition[]
    const [entity] = identify(now, before, newId) as [Extract<Definition, { kind: 'entity' }>]
    expect(entity.id).toBe('E')
    expect(entity.fields.map((field) => field.id)).toEqual(['A', 'new-1', 'C'])
    expect(entity.keys![0]!.id).toBe('K')
  })

  it('matches an entity without ids by name, with its fields', () => {
    count = 0
    const before = identify([account] as Definition[], [], newId)
    expect(identify([account] as Definition[], before, newId)).toEqual(before)
    expect(count).toBe(2)
  })
})

group('describe', () => {
  const definitions = [
    account,
    {
      kind: 'entity',
      name: 'deal',
      ownership: 'user',
      fields: [
        { name: 'name', type: 'text' },
        { name: 'amount', type: 'money' },
        { name: 'account', type: 'lookup', target: 'account' },
      ],
    },
    {
      kind: 'entity',
      name: 'secret',
      fields: [
        { name: 'name', type: 'text' },
        { name: 'deal', type: 'lookup', target: 'deal' },
      ],
    },
    {
      kind: 'view',
      name: 'deals',
      entity: 'deal',
      columns: [{ field: 'name' }, { field: 'amount' }, { field: 'account.name' }],
    },
    {
      kind: 'app',
      name: 'sales',
      roles: ['seller'],
      areas: [
        { name: 'a', items: [{ entity: 'deal' }, { entity: 'secret' }] },
        { name: 'b', items: [{ entity: 'secret' }] },
      ],
    },
    { kind: 'app', name: 'office', roles: ['boss'], areas: [{ name: 'a', items: [{ entity: 'deal' }] }] },
    {
      kind: 'role',
      name: 'seller',
      grants: [{ entity: 'deal', read: 'unit', write: 'own', create: 'own' }],
      fields: [
        { entity: 'deal', field: 'amount', read: false, write: false },
        { entity: 'deal', field: 'name', write: false },
      ],
    },
    { kind: 'role', name: 'boss', privileges: ['customize'], grants: [{ entity: '*', read: 'all' }] },
  ] as Definition[]
  const model = buildModel(definitions, 42)
  const actor = (...roles: string[]): Actor => ({ user: 'u', name: 'u', roles, teams: [], unit: null, unitTree: [] })

  it('shows the system everything, and comes back as the same model', () => {
    expect(checkDefinitions(definitions)).toEqual([])
    const described = JSON.parse(JSON.stringify(describe(model, systemActor))) as ReturnType<typeof describe>
    const again = modelFrom(described)
    const plain = (from: typeof model): unknown =>
      JSON.parse(
        JSON.stringify({
          ...from,
          entities: [...from.entities],
          entityById: [...from.entityById.keys()],
          entityBySet: [...from.entityBySet.keys()],
          views: [...from.views],
          forms: [...from.forms],
          apps: [...from.apps],
          roles: [...from.roles],
          choices: [...from.choices],
        }),
      )
    expect(plain(again)).toEqual(
      plain({ ...model, entities: new Map(described.entities.map((entity) => [entity.name, entity])) }),
    )
    expect([...wireOf(again, again.entities.get('deal')!).navigations.keys()]).toEqual([
      ...wireOf(model, model.entities.get('deal')!).navigations.keys(),
    ])
  })

  it('shows a salesperson only what the role reads', () => {
    const described = describe(model, actor('seller'))
    expect(described.entities.map((entity) => entity.name)).toEqual(['deal'])
    const [deal] = described.entities
    expect(deal!.fields.map((field) => field.name)).not.toContain('amount')
    expect(deal!.depths).toEqual({ read: 'unit', write: 'own', create: 'own' })
    expect(deal!.can).toMatchObject({ read: true, write: true, create: true, delete: false, share: false })
    expect(deal!.locked).toEqual(['name'])
    expect(described.views.map((view) => [view.name, view.columns.map((column) => column.field)])).toEqual([
      ['deals', ['name']],
    ])
    expect(described.apps.map((app) => [app.name, app.areas.map((area) => area.items)])).toEqual([
      ['sales', [[{ entity: 'deal' }]]],
    ])
    expect(described.relationships).toEqual([])
    expect(described.roles.map((role) => role.name)).toEqual(['seller'])
    expect(JSON.stringify(described)).not.toContain('"secret"')
  })

  it('takes the best of several roles, and shows those who customize every role and app', () => {
    const described = describe(model, actor('seller', 'boss'))
    expect(described.entities.map((entity) => entity.name)).toEqual(['account', 'deal', 'secret'])
    expect(described.entities[1]!.fields.map((field) => field.name)).toContain('amount')
    expect(described.entities[1]!.locked).toContain('amount')
    expect(described.apps.map((app) => app.name)).toEqual(['sales', 'office'])
    expect(described.roles).toHaveLength(2)
  })

  it('shows someone without a role nothing', () => {
    expect(describe(model, actor())).toMatchObject({
      revision: '42',
      entities: [],
      views: [],
      forms: [],
      apps: [],
      roles: [],
    })
  })
})

group('the solutions of this project', () => {
  it('are sound when their layers are merged', () => {
    const root = join(dirname(fileURLToPath(import.meta.url)), '../../solutions')
    const read = (file: string): JsonObject[] => {
      const written = JSON.parse(readFileSync(join(root, file), 'utf8')) as JsonObject | JsonObject[]
      return Array.isArray(written) ? written : [written]
    }
    const layer = (name: string): Layer => ({
      name,
      definitions: globSync(`${name}/{entities,choices,relationships,views,forms,apps,roles}/*.json`, { cwd: root })
        .sort()
        .flatMap(read),
    })
    expect(said(merge([layer('base'), layer('crm')]).definitions)).toEqual([])
  })
})
