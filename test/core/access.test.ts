// Grants and rules as values: union over roles, widest depth, rules beside depths, fields, and the reasons that are given.
import { expect, test } from 'vitest'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { explain } from '@peyvand/core/access/explain.ts'
import { mayField, readableWire } from '@peyvand/core/access/field.ts'
import { accessKey, depthOf } from '@peyvand/core/access/grant.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { trim } from '@peyvand/core/access/trim.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { printExpression } from '@peyvand/core/expression/print.ts'
import type { Operation } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { bindQuery } from '@peyvand/core/query/bind.ts'
import { parseQuery } from '@peyvand/core/query/parse.ts'
import { queryModel, someone, teamId, unitId } from '../support/query-model.ts'

const model = queryModel()
const entity = (name: string) => model.entities.get(name)!
const roles = (...names: string[]) => someone(names)

const depths: readonly (readonly [readonly string[], string, Operation, string | undefined])[] = [
  [['administrator'], 'account', 'read', 'all'],
  [['salesperson'], 'account', 'read', 'own'],
  [['salesperson'], 'contact', 'read', 'unit'],
  [['salesperson'], 'opportunity', 'read', 'unit_tree'],
  [['salesperson'], 'account', 'assign', undefined],
  [['salesperson'], 'user', 'read', 'all'],
  [['salesperson', 'administrator'], 'account', 'read', 'all'],
  [['salesperson', 'clerk'], 'account', 'read', 'all'],
  [['nobody'], 'account', 'read', undefined],
  [[], 'account', 'read', undefined],
  [['no_such_role'], 'account', 'read', undefined],
]
for (const [names, name, operation, depth] of depths)
  test(`${names.join('+') || 'no role'}: ${operation} ${name} = ${String(depth)}`, () =>
    expect(depthOf(model, roles(...names), entity(name), operation)).toBe(depth))

const rules: readonly (readonly [string, Actor, string, Operation, string | null | undefined])[] = [
  ['own', roles('salesperson'), 'account', 'read', 'owner_id eq me()'],
  [
    'own, with a team',
    someone(['salesperson'], 1, { teams: [teamId(1)] }),
    'account',
    'read',
    'owner_id in my_owners()',
  ],
  ['unit', roles('salesperson'), 'contact', 'read', 'owner_id eq me() or owning_unit_id in (my_unit())'],
  [
    'unit, with a team',
    someone(['salesperson'], 1, { teams: [teamId(1)] }),
    'contact',
    'read',
    'owner_id in my_owners() or owning_unit_id in (my_unit())',
  ],
  [
    'tree with a rule',
    roles('salesperson'),
    'opportunity',
    'read',
    '(owner_id eq me() or owning_unit_id in my_units()) and (amount eq null or amount lt 1000)',
  ],
  [
    'a tree of one unit',
    someone(['salesperson'], 1, { unitTree: [unitId(2)] }),
    'opportunity',
    'read',
    '(owner_id eq me() or owning_unit_id in (my_unit())) and (amount eq null or amount lt 1000)',
  ],
  ['no unit', someone(['salesperson'], 1, { unit: null, unitTree: [] }), 'contact', 'read', 'owner_id eq me()'],
  ['with a queue', someone(['salesperson'], 1, { queues: [teamId(3)] }), 'account', 'read', 'owner_id in my_owners()'],
  [
    'a team that owns nothing',
    someone(['salesperson'], 1, { accessTeams: [teamId(3)] }),
    'account',
    'read',
    'owner_id eq me()',
  ],
  [
    'a role of other units',
    someone(['salesperson'], 1, { ranges: new Map([['salesperson', { units: [unitId(3)], tree: [unitId(3)] }]]) }),
    'contact',
    'read',
    "owner_id eq me() or owning_unit_id in ~units('unit@salesperson')",
  ],
  [
    'units beside a rule',
    someone(['salesperson'], 1, {
      unit: null,
      unitTree: [],
      ranges: new Map([['salesperson', { units: [], tree: [] }]]),
    }),
    'opportunity',
    'read',
    "(owner_id eq me() or owning_unit_id in ~units('unit_tree@salesperson')) and (amount eq null or amount lt 1000)",
  ],
  [
    'something shared',
    someone(['salesperson'], 1, { shared: [entity('account').id] }),
    'account',
    'write',
    `owner_id eq me() or ~shared(id,'write',${entity('account').id})`,
  ],
  [
    'shared, under a rule',
    someone(['clerk'], 1, { shared: [entity('activity').id] }),
    'activity',
    'write',
    `owner_id eq me() or ~shared(id,'write',${entity('activity').id})`,
  ],
  [
    'shared, but not to be created',
    someone(['salesperson'], 1, { shared: [entity('account').id] }),
    'account',
    'create',
    'owner_id eq me()',
  ],
  [
    'shared, where nothing is granted',
    someone(['salesperson'], 1, { shared: [entity('account').id] }),
    'account',
    'assign',
    undefined,
  ],
  ['all', roles('administrator'), 'account', 'read', null],
  ['no owners', roles('salesperson'), 'user', 'read', null],
  ['denied', roles('salesperson'), 'opportunity', 'delete', undefined],
  ['system', { ...roles(), system: true }, 'account', 'delete', null],
  ['all under a rule', roles('clerk'), 'account', 'read', "industry eq 'retail' or parent/industry eq 'energy'"],
  [
    'union',
    roles('clerk', 'salesperson'),
    'account',
    'read',
    "owner_id eq me() or (industry eq 'retail' or parent/industry eq 'energy')",
  ],
  ['all makes the rest idle', roles('clerk', 'salesperson', 'administrator'), 'account', 'read', null],
]
for (const [title, actor, name, operation, expected] of rules) {
  test(`rule: ${title}`, () => {
    const rule = ruleOf(model, actor, entity(name), operation)
    expect(rule && printExpression(rule)).toBe(expected ?? rule)
    expect(rule === undefined ? undefined : rule === null ? null : 'rule').toBe(
      expected === undefined ? undefined : expected === null ? null : 'rule',
    )
  })
}

test('the access key knows roles and how many, not who', () => {
  expect(accessKey(someone(['b', 'a'], 1))).toBe(accessKey(someone(['a', 'b', 'a'], 2)))
  expect(accessKey(someone(['a'], 1, { teams: [teamId(1)] }))).not.toBe(accessKey(someone(['a'], 1)))
  expect(accessKey(someone(['a'], 1, { unit: null, unitTree: [] }))).not.toBe(accessKey(someone(['a'], 1)))
  const ranges = new Map([['a', { units: [unitId(3)], tree: [unitId(3)] }]])
  for (const more of [{ ranges }, { reports: [teamId(1)] }, { shared: ['x'] }, { queues: [teamId(1)] }])
    expect(accessKey(someone(['a'], 1, more))).not.toBe(accessKey(someone(['a'], 1)))
  expect(accessKey(someone(['a'], 1, { accessTeams: [teamId(1)] }))).toBe(accessKey(someone(['a'], 1)))
  expect(accessKey({ ...someone([]), system: true })).not.toBe(accessKey(someone([])))
})

test('a field is closed only when every role that opens the entity closes it', () => {
  const account = entity('account')
  const secret = account.fields.find(({ name }) => name === 'secret')!
  expect(mayField(model, roles('salesperson'), account, secret, 'read')).toBe(false)
  expect(mayField(model, roles('salesperson', 'clerk'), account, secret, 'read')).toBe(true)
  expect(mayField(model, roles('administrator'), account, secret, 'update')).toBe(true)
  expect(mayField(model, roles('salesperson', 'clerk'), account, secret, 'update')).toBe(false)
  expect(readableWire(model, roles('salesperson'), account.id).properties.has('secret')).toBe(false)
  expect(readableWire(model, roles('administrator'), account.id)).toBe(wireOf(model, account))
})

test('trim refuses what was bound against the whole model but may not be read', () => {
  const query = parseQuery("$filter=subsidiaries/any(s:s/secret eq 'x')")
  if (query instanceof Problem) throw query
  const bound = bindQuery(query, entity('account'), { model, wire: (id) => wireOf(model, model.entityById.get(id)!) })
  if (bound instanceof Problem) throw bound
  const trimmed = trim({ ...bound, select: [] }, model, roles('salesperson'))
  expect(trimmed instanceof Problem ? trimmed.code : trimmed).toBe('request.unknown')
  const whole = trim(bound, model, roles('administrator'))
  expect(whole instanceof Problem ? whole.code : [...whole.rules.keys()]).toEqual([entity('account').id])
})

test('trim notes a rule for every entity a query touches', () => {
  const query = parseQuery(
    '$filter=contacts/any(c:c/age gt 1)&$expand=activities($expand=regarding_contact)&$orderby=owner_user/name&$select=name',
  )
  if (query instanceof Problem) throw query
  const bound = bindQuery(query, entity('account'), {
    model,
    wire: (id) => readableWire(model, roles('salesperson'), id),
  })
  if (bound instanceof Problem) throw bound
  const trimmed = trim(bound, model, roles('salesperson'))
  if (trimmed instanceof Problem) throw trimmed
  expect([...trimmed.rules.keys()].sort()).toEqual(
    ['account', 'contact', 'activity', 'user'].map((name) => entity(name).id).sort(),
  )
})

test('explain says which role, grant and rule decide', () => {
  expect(explain(model, roles('salesperson', 'clerk'), entity('account'), 'read')).toEqual({
    allowed: 'some',
    // The clerk's role opens the field for reading, but only the salesperson's one writes accounts.
    closed: [{ field: 'secret', read: true, create: false, update: false }],
    reasons: [
      {
        role: 'clerk',
        grant: 'account',
        depth: 'all',
        rule: "industry == 'retail' || parent.industry == 'energy'",
        decides: true,
      },
      { role: 'salesperson', grant: 'account', depth: 'own', decides: true },
    ],
  })
  expect(explain(model, roles('administrator', 'salesperson'), entity('account'), 'read')).toMatchObject({
    allowed: 'all',
    reasons: [
      { role: 'administrator', grant: '*', decides: true },
      { role: 'salesperson', decides: false },
    ],
  })
  expect(explain(model, roles('salesperson'), entity('account'), 'read').closed).toEqual([
    { field: 'secret', read: false, create: false, update: false },
  ])
  expect(explain(model, roles('nobody'), entity('account'), 'read')).toMatchObject({ allowed: 'none', reasons: [] })
})
