// Does a rename reach everything that names the field or entity, and nothing else?
import { expect, it } from 'vitest'
import fc from 'fast-check'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import { identify } from '@peyvand/core/model/identify.ts'
import { followRenames } from '@peyvand/core/model/rename.ts'
import { definitions } from '../laws/models.ts'

let count = 0
const newId = (): string => `019f0000-0000-7000-8000-${String(++count).padStart(12, '0')}`

const before = identify(
  [
    {
      kind: 'entity',
      name: 'account',
      fields: [
        { name: 'name', type: 'text' },
        { name: 'industry', type: 'text' },
        { name: 'parent', type: 'lookup', target: 'account', inverse: 'children' },
      ],
    },
    {
      kind: 'entity',
      name: 'deal',
      ownership: 'user',
      primaryField: 'title',
      fields: [
        { name: 'title', type: 'text' },
        { name: 'stage', type: 'choice', options: [{ value: 'won' }, { value: 'stage' }] },
        { name: 'amount', type: 'money' },
        { name: 'account', type: 'lookup', target: 'account' },
        { name: 'about', type: 'lookup', target: ['account', 'deal'], inverse: 'talks' },
      ],
      keys: [{ name: 'k', fields: ['title', 'stage'] }],
    },
    {
      kind: 'view',
      name: 'deals',
      entity: 'deal',
      columns: [{ field: 'stage' }, { field: 'account.industry' }, { field: 'amount_currency' }],
      filter: "!(stage in ['won', 'stage']) && account.industry != 'x' && amount > 5 && owner == me()",
      sort: [{ field: 'stage' }],
      group: ['stage'],
    },
    {
      kind: 'form',
      name: 'account_main',
      entity: 'account',
      header: ['industry'],
      tabs: [
        { name: 't', sections: [{ name: 's', controls: [{ field: 'name' }, { subgrid: 'deals', view: 'deals' }] }] },
      ],
    },
    { kind: 'app', name: 'sales', areas: [{ name: 'a', items: [{ entity: 'deal', view: 'deals' }] }] },
    {
      kind: 'role',
      name: 'seller',
      grants: [
        { entity: 'deal', read: 'own', rule: "stage == 'stage'" },
        { entity: '*', read: 'own' },
      ],
      fields: [{ entity: 'deal', field: 'stage', read: false }],
    },
  ] as Definition[],
  [],
  newId,
)

/** The definitions with one entity changed. */
const change = (name: string, to: (entity: Extract<Definition, { kind: 'entity' }>) => Definition): Definition[] =>
  before.map((definition) => (definition.kind === 'entity' && definition.name === name ? to(definition) : definition))
const renameField = (entity: string, from: string, to: string): Definition[] =>
  change(entity, (one) => ({
    ...one,
    fields: one.fields.map((field) => (field.name === from ? { ...field, name: to } : field)),
  }))
const find = (list: readonly Definition[], name: string): Record<string, unknown> =>
  list.find((definition) => definition.name === name) as unknown as Record<string, unknown>

it('the example is sound', () => {
  expect(checkDefinitions(before).map((problem) => `${problem.pointer} ${problem.message}`)).toEqual([])
})

it('follows a field into keys, views, filters, forms, roles and rules', () => {
  const after = followRenames(renameField('deal', 'stage', 'phase'), before)
  expect(checkDefinitions(after)).toEqual([])
  expect(find(after, 'deals')).toMatchObject({
    columns: [{ field: 'phase' }, { field: 'account.industry' }, { field: 'amount_currency' }],
    filter: "!(phase in ['won', 'stage']) && account.industry != 'x' && amount > 5 && owner == me()",
    sort: [{ field: 'phase' }],
    group: ['phase'],
  })
  expect(find(after, 'deal')['keys']).toMatchObject([{ fields: ['title', 'phase'] }])
  expect(find(after, 'seller')).toMatchObject({
    grants: [{ rule: "phase == 'stage'" }, { entity: '*' }],
    fields: [{ field: 'phase' }],
  })
})

it('follows a field behind a lookup, a lookup itself, and the columns of money', () => {
  expect(find(followRenames(renameField('account', 'industry', 'sector'), before), 'deals')).toMatchObject({
    columns: [{ field: 'stage' }, { field: 'account.sector' }, { field: 'amount_currency' }],
    filter: expect.stringContaining('account.sector') as string,
  })
  expect(find(followRenames(renameField('account', 'industry', 'sector'), before), 'account_main')['header']).toEqual([
    'sector',
  ])
  expect(find(followRenames(renameField('deal', 'account', 'customer'), before), 'deals')).toMatchObject({
    columns: [{ field: 'stage' }, { field: 'customer.industry' }, { field: 'amount_currency' }],
  })
  expect(find(followRenames(renameField('deal', 'amount', 'value'), before), 'deals')).toMatchObject({
    columns: [{ field: 'stage' }, { field: 'account.industry' }, { field: 'value_currency' }],
    filter: expect.stringContaining('value > 5') as string,
  })
})

it('follows an entity, and the way back that is named after it', () => {
  const after = followRenames(
    change('deal', (one) => ({ ...one, name: 'opportunity' })),
    before,
  )
  expect(checkDefinitions(after).map((problem) => `${problem.pointer} ${problem.message}`)).toEqual([])
  expect(find(after, 'deals')['entity']).toBe('opportunity')
  expect(find(after, 'sales')).toMatchObject({ areas: [{ items: [{ entity: 'opportunity' }] }] })
  expect(find(after, 'account_main')).toMatchObject({
    tabs: [{ sections: [{ controls: [{ field: 'name' }, { subgrid: 'opportunities' }] }] }],
  })
  expect(find(after, 'seller')).toMatchObject({
    grants: [{ entity: 'opportunity' }, { entity: '*' }],
    fields: [{ entity: 'opportunity' }],
  })
  expect((find(after, 'opportunity')['fields'] as { target?: unknown }[])[4]!.target).toEqual([
    'account',
    'opportunity',
  ])
})

it('follows two fields that swap their names', () => {
  const swapped = change('deal', (one) => ({
    ...one,
    fields: one.fields.map((field) =>
      field.name === 'title'
        ? { ...field, name: 'stage' }
        : field.name === 'stage'
          ? { ...field, name: 'title' }
          : field,
    ),
  }))
  expect(find(followRenames(swapped, before), 'deals')).toMatchObject({
    columns: [{ field: 'title' }, { field: 'account.industry' }, { field: 'amount_currency' }],
  })
})

it('leaves a view alone that was edited in the same change and already says the new name', () => {
  const renamed = renameField('deal', 'stage', 'phase').map((definition) =>
    definition.name === 'deals'
      ? ({
          ...definition,
          columns: [{ field: 'phase' }, { field: 'title' }],
          filter: "phase == 'won'",
          sort: [],
          group: [],
        } as Definition)
      : definition,
  )
  expect(find(followRenames(renamed, before), 'deals')).toEqual(find(renamed, 'deals'))
})

it('gives back the very same definitions when nothing was renamed', () => {
  const after = followRenames(before, before)
  expect(after.every((definition, i) => definition === before[i])).toBe(true)
  fc.assert(
    fc.property(definitions, (drawn) => {
      expect(followRenames(drawn, drawn)).toEqual(drawn)
    }),
    { numRuns: 200 },
  )
})
