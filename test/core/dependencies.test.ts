// What needs what, and what is left when something goes: every sort of reference in one small model.
import { describe, expect, it } from 'vitest'
import { buildModel } from '@peyvand/core/model/build.ts'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import { dependenciesOf, referencesOf } from '@peyvand/core/model/dependencies.ts'
import { detach } from '@peyvand/core/model/detach.ts'
import { identify } from '@peyvand/core/model/identify.ts'
import { kinds } from '@peyvand/core/model/kinds.ts'

let count = 0
const newId = (): string => `019f0000-0000-7000-8000-${String(++count).padStart(12, '0')}`

const definitions = identify(
  [
    { kind: 'choice', name: 'colour', options: [{ value: 'red' }] },
    {
      kind: 'entity',
      name: 'account',
      fields: [
        { name: 'name', type: 'text' },
        { name: 'city', type: 'text' },
        { name: 'full', type: 'text', template: '{name}, {city}' },
        { name: 'colour', type: 'choice', choice: 'colour' },
        {
          name: 'size',
          type: 'rollup',
          entity: 'deal',
          via: 'account',
          aggregate: 'sum',
          field: 'amount',
          filter: 'open',
        },
      ],
      keys: [{ name: 'place', fields: ['name', 'city'] }],
    },
    {
      kind: 'entity',
      name: 'deal',
      fields: [
        { name: 'title', type: 'text' },
        { name: 'amount', type: 'decimal', precision: 10, scale: 2 },
        { name: 'open', type: 'boolean' },
        { name: 'account', type: 'lookup', target: 'account' },
        { name: 'about', type: 'lookup', target: ['account', 'deal'], inverse: 'talks' },
        { name: 'town', type: 'formula', returns: 'text', expression: 'account.city' },
      ],
    },
    {
      kind: 'view',
      name: 'deals',
      entity: 'deal',
      columns: [{ field: 'title' }, { field: 'account.city' }],
      filter: "account.city != 'city' && open",
      sort: [{ field: 'account.city' }],
      group: ['account.city'],
    },
    {
      kind: 'view',
      name: 'busy',
      entity: 'account',
      columns: [{ field: 'name' }],
      filter: "deals.exists(city, city.amount > 5 && city.account.city == 'x')",
    },
    {
      kind: 'form',
      name: 'account_main',
      entity: 'account',
      header: ['city'],
      tabs: [
        {
          name: 'first',
          sections: [{ name: 'main', controls: [{ field: 'city' }, { subgrid: 'deals', view: 'deals' }] }],
        },
      ],
    },
    {
      kind: 'app',
      name: 'sales',
      roles: ['seller'],
      areas: [{ name: 'a', items: [{ entity: 'deal', view: 'deals' }] }],
    },
    {
      kind: 'role',
      name: 'seller',
      grants: [{ entity: 'account', read: 'own', rule: "city == 'Yazd'" }],
      fields: [{ entity: 'account', field: 'city', read: false }],
    },
  ] as Definition[],
  [],
  newId,
)
const model = buildModel(definitions, 1)
const references = referencesOf(model, definitions)
const users = (of: string): string[] | undefined => {
  const [kind = '', name = '', field] = of.split('/')
  return dependenciesOf(model, references, { kind, name, field })?.map((one) => `${one.pointer.slice(1)} ${one.use}`)
}

it('the example is sound', () => expect(checkDefinitions(definitions)).toEqual([]))

it('every kind that may name something says what it names', () => {
  expect(kinds.filter((kind) => !('names' in kind)).map(({ name }) => name)).toEqual(['choice'])
})

describe('where is it used', () => {
  it.each([
    [
      'entity/account/city',
      [
        'entity/account/fields/2/template template',
        'entity/account/keys/0/fields/1 key',
        'entity/deal/fields/5/expression formula',
        'view/deals/columns/1/field column',
        'view/deals/sort/0/field sort',
        'view/deals/group/0 group',
        'view/deals/filter filter',
        'view/busy/filter filter',
        'form/account_main/header/0 header',
        'form/account_main/tabs/0/sections/0/controls/0/field control',
        'role/seller/grants/0/rule rule',
        'role/seller/fields/0/field profile',
      ],
    ],
    [
      'entity/deal/account',
      [
        'entity/account/fields/4/via rollup',
        'entity/deal/fields/5/expression formula',
        'view/deals/columns/1/field column',
        'view/deals/sort/0/field sort',
        'view/deals/group/0 group',
        'view/deals/filter filter',
        'view/busy/filter filter',
        'form/account_main/tabs/0/sections/0/controls/1/subgrid subgrid',
      ],
    ],
    ['entity/deal/open', ['entity/account/fields/4/filter rollup', 'view/deals/filter filter']],
    ['entity/deal/amount', ['entity/account/fields/4/field rollup', 'view/busy/filter filter']],
    ['choice/colour', ['entity/account/fields/3/choice options']],
    [
      'view/deals',
      ['form/account_main/tabs/0/sections/0/controls/1/view subgrid', 'app/sales/areas/0/items/0/view navigation'],
    ],
    ['role/seller', ['app/sales/roles/0 audience']],
    [
      'entity/deal',
      [
        'entity/account/fields/4/entity rollup',
        'view/deals/entity list',
        'view/busy/filter filter',
        'form/account_main/tabs/0/sections/0/controls/1/subgrid subgrid',
        'app/sales/areas/0/items/0/entity navigation',
      ],
    ],
    ['app/sales', []],
    ['entity/nothing', undefined],
    ['entity/account/nothing', undefined],
  ])('%s', (of, expected) => expect(users(of)?.toSorted()).toEqual(expected?.toSorted()))

  it('says in which tab and section of a form, and which key or field of an entity', () => {
    const found = dependenciesOf(model, references, { kind: 'entity', name: 'account', field: 'city' })!
    expect(found.find(({ use }) => use === 'control')).toMatchObject({ within: ['First', 'Main'] })
    expect(found.find(({ use }) => use === 'key')).toMatchObject({
      kind: 'key',
      name: 'account.place',
      within: ['Place'],
    })
  })
})

describe('what is left without it', () => {
  const without = (...gone: string[]): Definition[] => {
    const ids = gone.map((of) => {
      const [kind, name, field] = of.split('/')
      const part = definitions.find((one) => one.kind === kind && one.name === name)!
      return field === undefined
        ? part.id!
        : (part as Extract<Definition, { kind: 'entity' }>).fields.find((one) => one.name === field)!.id!
    })
    const left = definitions
      .filter(({ id }) => !ids.includes(id!))
      .map((one) =>
        one.kind === 'entity' ? { ...one, fields: one.fields.filter(({ id }) => !ids.includes(id!)) } : one,
      )
    return detach(left, model, new Set(ids))
  }
  const find = (list: readonly Definition[], name: string) => list.find((one) => one.name === name)

  it('columns, controls, keys and profiles go; expressions stay and are told', () => {
    const left = without('entity/account/city')
    expect(find(left, 'deals')).toMatchObject({ columns: [{ field: 'title' }], sort: [], group: [] })
    expect(find(left, 'account_main')).toMatchObject({
      header: [],
      tabs: [{ sections: [{ controls: [{ view: 'deals' }] }] }],
    })
    expect(find(left, 'seller')).toMatchObject({ fields: [], grants: [{ rule: "city == 'Yazd'" }] })
    expect(find(left, 'account')).toMatchObject({ keys: [] })
  })

  it('views, lookups, grants and navigation of an entity go with it, and nothing names it any more', () => {
    const left = without('entity/deal')
    expect(left.map(({ name }) => name)).toEqual(['colour', 'account', 'busy', 'account_main', 'sales', 'seller'])
    expect(find(left, 'account')).toMatchObject({ fields: [{}, {}, {}, {}] })
    expect(find(left, 'sales')).toMatchObject({ areas: [{ items: [] }] })
  })

  it('a subgrid keeps without its view; a choice takes its fields along', () => {
    expect(find(without('view/deals'), 'account_main')).toMatchObject({
      tabs: [{ sections: [{ controls: [{ field: 'city' }, { subgrid: 'deals' }] }] }],
    })
    expect(checkDefinitions(without('choice/colour'))).toEqual([])
  })

  it('the same objects come back when nothing is gone', () => {
    expect(detach(definitions, model, new Set([newId()]))).toEqual(definitions)
    for (const [i, one] of detach(definitions, model, new Set([newId()])).entries()) expect(one).toBe(definitions[i])
  })
})
