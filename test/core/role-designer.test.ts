// The role designer without its page: what a cell of the matrix shows, what becomes of the definition when cells, rules, reports
// and field profiles are set, and that a role in force leads back to what was written.
import { fileURLToPath } from 'node:url'
import type { RoleDefinition } from '@peyvand/core/model/definition.ts'
import { operations, type Entity, type Operation } from '@peyvand/core/model/model.ts'
import { definedGrants, grantsFrom } from '@peyvand/core/model/scopes.ts'
import { readSolutions } from '@peyvand/runtime/meta/solution.ts'
import { describe, expect, test } from 'vitest'
import {
  cellOf,
  reportable,
  scopesOf,
  strayNames,
  without,
  withReach,
  withReports,
  withRule,
  type Cell,
  type Grants,
  type Reach,
} from '../../studio/src/design/role-grants.ts'
import {
  closed,
  freeFields,
  letting,
  showing,
  sightOf,
  sightsOf,
  type Profile,
} from '../../studio/src/design/role-profiles.ts'
import { queryModel } from '../support/query-model.ts'

const model = queryModel()
const account = model.entities.get('account')!
const owned: Entity = { ...account, ownership: 'user' }
const shared: Entity = { ...account, ownership: 'organization' }
const written: Entity = { ...account, appendOnly: true }
const viaAccount = { scope: 'account', through: 'id' } as const

describe('a cell of the matrix', () => {
  test.each<[string, Grants, Entity | undefined, Operation, Cell]>([
    ['is empty without a grant', [], owned, 'read', {}],
    ['shows its depth', [{ entity: 'account', read: 'unit' }], owned, 'read', { own: 'unit' }],
    ['shows its scope', [{ entity: 'account', read: viaAccount }], owned, 'read', { own: viaAccount }],
    [
      'takes the scope of all as all',
      [{ entity: 'account', read: { scope: 'global' } }],
      owned,
      'read',
      { own: 'all' },
    ],
    ['of every entity is what is said of it', [{ entity: '*', read: 'own' }], undefined, 'read', { own: 'own' }],
    ['is given what every entity has', [{ entity: '*', read: 'unit' }], owned, 'read', { given: 'unit' }],
    [
      'counts for itself where it reaches as far',
      [
        { entity: '*', read: 'unit' },
        { entity: 'account', read: 'unit' },
      ],
      owned,
      'read',
      { own: 'unit' },
    ],
    [
      'is given more than it has',
      [
        { entity: '*', read: 'unit_tree' },
        { entity: 'account', read: 'own' },
      ],
      owned,
      'read',
      { own: 'own', given: 'unit_tree' },
    ],
    [
      'is given as much where a rule narrows its own',
      [
        { entity: '*', read: 'all' },
        { entity: 'account', read: 'all', rule: 'true' },
      ],
      owned,
      'read',
      { own: 'all', given: 'all' },
    ],
    [
      'is given less than its own, though a rule narrows it',
      [
        { entity: '*', read: 'own' },
        { entity: 'account', read: 'all', rule: 'true' },
      ],
      owned,
      'read',
      { own: 'all' },
    ],
    ['reaches all where nobody owns records', [{ entity: 'account', read: 'own' }], shared, 'read', { own: 'all' }],
    [
      'is closed where records stay as written',
      [{ entity: 'account', write: 'all' }],
      written,
      'write',
      { closed: true },
    ],
    ['is open for adding there', [{ entity: 'account', create: 'own' }], written, 'create', { own: 'own' }],
  ])('%s', (_, grants, entity, operation, cell) => {
    expect(cellOf({ grants }, entity, operation)).toEqual(cell)
  })
})

test('every entity gives no changes of what decides about rights, unless the role administers', () => {
  const grants: Grants = [{ entity: '*', read: 'all', write: 'all' }]
  const people: Entity = { ...account, name: 'user' }
  expect(cellOf({ grants }, people, 'read')).toEqual({ given: 'all' })
  expect(cellOf({ grants }, people, 'write')).toEqual({})
  expect(cellOf({ grants, privileges: ['administer'] }, people, 'write')).toEqual({ given: 'all' })
})

describe('setting cells', () => {
  test.each<[string, Grants, readonly (Entity | undefined)[], readonly Operation[], Reach | undefined, Grants]>([
    ['makes a grant', [], [owned], ['read'], 'unit', [{ entity: 'account', read: 'unit' }]],
    ['makes one for every entity', [], [undefined], ['read'], 'own', [{ entity: '*', read: 'own' }]],
    [
      'leaves other cells, rules and the order of grants alone',
      [
        { entity: 'account', read: 'own', rule: 'true' },
        { entity: 'contact', read: 'all' },
      ],
      [owned],
      ['create'],
      'own',
      [
        { entity: 'account', create: 'own', read: 'own', rule: 'true' },
        { entity: 'contact', read: 'all' },
      ],
    ],
    [
      'takes a grant away with its last right',
      [{ entity: 'account', read: 'own', rule: 'true' }],
      [owned],
      ['read'],
      undefined,
      [],
    ],
    ['takes nothing from nothing', [], [owned], ['read'], undefined, []],
    ['means all where nobody owns records', [], [shared], ['read'], 'own', [{ entity: 'account', read: 'all' }]],
    [
      'leaves closed cells out of a row',
      [],
      [written],
      ['create', 'write', 'delete'],
      'all',
      [{ entity: 'account', create: 'all' }],
    ],
    [
      'sets a column over several entities',
      [],
      [owned, model.entities.get('contact')],
      ['export'],
      'all',
      [
        { entity: 'account', export: 'all' },
        { entity: 'contact', export: 'all' },
      ],
    ],
    [
      'ends reports that a depth had',
      [{ entity: 'account', read: 'own', write: 'own', reports: ['read', 'write'] }],
      [owned],
      ['read'],
      viaAccount,
      [{ entity: 'account', read: viaAccount, write: 'own', reports: ['write'] }],
    ],
  ])('%s', (_, grants, entities, some, reach, after) => {
    const next = withReach(grants, entities, some, reach)
    expect(next).toEqual(after)
    expect(JSON.stringify(next)).toBe(JSON.stringify(after))
  })

  test('a rule and reports are set and taken away', () => {
    const grants: Grants = [{ entity: 'account', read: 'own', write: 'unit', delete: 'all', share: viaAccount }]
    expect(reportable(grants[0])).toEqual(['read', 'write'])
    const next = withReports(withRule(grants, 'account', "name == 'A'"), 'account', ['write', 'read'])
    expect(next).toEqual([{ ...grants[0], rule: "name == 'A'", reports: ['read', 'write'] }])
    expect(withReports(withRule(next, 'account', ' '), 'account', [])).toEqual(grants)
  })

  test('what speaks of entities that are gone is found and taken out', () => {
    const role: RoleDefinition = {
      kind: 'role',
      name: 'r',
      grants: [
        { entity: '*', read: 'own' },
        { entity: 'gone', read: 'all' },
        { entity: 'account', read: 'all' },
      ],
      fields: [{ entity: 'lost', field: 'name', read: false }],
    }
    expect(strayNames(role, model)).toEqual(['gone', 'lost'])
    expect(without(role, 'gone').grants).toEqual([role.grants![0], role.grants![2]])
    expect(without(role, 'lost').fields).toEqual([])
  })
})

describe('a role in force leads back to its definition', () => {
  const both = { entity: 'account', create: 'own', read: viaAccount, write: { scope: 'self' } } as const
  test.each<[string, Grants]>([
    [
      'depths, a rule and reports',
      [{ entity: 'account', create: 'own', read: 'unit', rule: 'true', reports: ['read'] }],
    ],
    ['scopes beside depths', [both]],
    ['scopes beside depths under one rule', [{ ...both, rule: "name == '(a) && (b)'" }]],
    ['scopes alone under a rule', [{ entity: 'account', read: viaAccount, write: viaAccount, rule: '(a) || (b)' }]],
    ['every entity', [{ entity: '*', ...Object.fromEntries(operations.map((one) => [one, 'all'])) }]],
    [
      'two entities',
      [
        { entity: 'contact', read: { scope: 'self' } },
        { entity: 'account', read: viaAccount },
      ],
    ],
  ])('%s', (_, grants) => {
    expect(definedGrants(grants.flatMap(grantsFrom))).toEqual(grants)
  })

  test('every role that is shipped', async () => {
    const root = fileURLToPath(new URL('../../solutions', import.meta.url))
    const solutions = await readSolutions(root, ['crm'])
    const roles = solutions.flatMap(({ definitions }) => definitions).filter(({ kind }) => kind === 'role')
    expect(roles.length).toBeGreaterThan(3)
    for (const { grants } of roles as unknown as readonly RoleDefinition[])
      expect(definedGrants(grants!.flatMap(grantsFrom))).toEqual(grants)
  })
})

describe('scopes an entity can have', () => {
  test('are its ways to a contact and an account, where people have one', () => {
    expect(scopesOf(model, model.entities.get('contact')!)).toEqual([])
    const user = model.entities.get('user')!
    const contact = { id: 'user/contact', name: 'contact', type: 'lookup', target: 'contact' }
    const outside = {
      ...model,
      entities: new Map(model.entities).set('user', { ...user, fields: [...user.fields, contact] }),
    }
    expect(scopesOf(outside, account)).toContainEqual(viaAccount)
    expect(scopesOf(outside, outside.entities.get('user')!)).toContainEqual({ scope: 'contact', through: 'contact' })
    expect(scopesOf(outside, model.entities.get('contact')!)).toContainEqual({ scope: 'self' })
  })
})

describe('a field profile', () => {
  const profile = closed('account', 'name')
  test.each<[string, Profile, Profile]>([
    ['begins closed', profile, { entity: 'account', field: 'name', read: false, write: false }],
    ['shows the value', showing(profile, 'clear'), { entity: 'account', field: 'name', write: false }],
    ['masks it', showing(profile, 'initials'), { entity: 'account', field: 'name', write: false, mask: 'initials' }],
    ['hides it again', showing({ ...profile, mask: 'all' }, 'hidden'), profile],
    [
      'lets it be filled in when new',
      letting(profile, 'create', true),
      { entity: 'account', field: 'name', read: false, update: false },
    ],
    [
      'lets it be changed too',
      letting({ ...profile, write: true, create: false }, 'create', true),
      { entity: 'account', field: 'name', read: false },
    ],
    [
      'closes both with one word',
      letting(letting(showing(profile, 'clear'), 'create', true), 'create', false),
      showing(profile, 'clear'),
    ],
  ])('%s', (_, made, wanted) => {
    expect(made).toEqual(wanted)
  })

  test('a mask beside "read": false is the mask', () => {
    expect(sightOf({ ...profile, mask: 'last4' })).toBe('last4')
  })

  test('offers the masks that the type has, from what tells most', () => {
    const named = (name: string) => account.fields.find((field) => field.name === name)
    expect(sightsOf(named('name'))).toEqual(['clear', 'domain', 'last4', 'initials', 'all', 'hidden'])
    expect(sightsOf(named('employees'))).toEqual(['clear', 'all', 'hidden'])
    expect(sightsOf(named('parent'))).toEqual(['clear', 'hidden'])
  })

  test('can be made of every field but those a record cannot do without, once', () => {
    const free = freeFields([profile], account).map(({ name }) => name)
    expect(free).toContain('employees')
    for (const name of ['id', 'version', 'name']) expect(free).not.toContain(name)
  })
})
