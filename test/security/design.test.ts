// Who designs the model learns nothing by it that they may not read, and opens nothing: a rule of a role reads the same as before,
// records keep belonging to whom they belong, values do not move to where others look, numbers are not gathered of records
// one may not see, and whether values fit is not asked of values one may not read. Administrators do all of it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { personWithKey } from '../support/person.ts'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'

type Fields = readonly (object & {
  readonly name: string
  readonly type?: string
  readonly [setting: string]: unknown
})[]
const name = { name: 'name', type: 'text', maxLength: 100, required: true }
const put = (definition: object) => ({ op: 'put', definition })
const entity = (named: string, fields: Fields, more: object = {}) => ({
  kind: 'entity',
  name: named,
  ownership: 'user',
  fields: [name, ...fields],
  ...more,
})

const caseFields = [
  { name: 'memo', type: 'text', maxLength: 100 },
  { name: 'stage', type: 'text', maxLength: 20 },
  { name: 'region', type: 'text', maxLength: 20 },
  { name: 'open', type: 'formula', returns: 'boolean', expression: "stage == 'open'" },
]
const office = entity('office', [])
const affair = entity('affair', caseFields)
const vault = entity('vault', [
  { name: 'code', type: 'text', maxLength: 100 },
  { name: 'affair', type: 'lookup', target: 'affair' },
])
const wage = entity('wage', [
  { name: 'pay', type: 'integer' },
  { name: 'office', type: 'lookup', target: 'office' },
])
const branch = entity('branch', [
  { name: 'parent', type: 'lookup', target: 'branch' },
  { name: 'friend', type: 'lookup', target: 'branch' },
])
const top = '018f3c1e-0000-7000-8000-000000000001'
const proof = entity('proof', [], { appendOnly: true })
const designs = { kind: 'role', name: 'designs', privileges: ['customize'], grants: [] }
const clerk = {
  kind: 'role',
  name: 'clerk',
  grants: [
    { entity: 'office', read: 'all' },
    { entity: 'affair', read: 'all', rule: 'open' },
    { entity: 'wage', read: 'own', create: 'own' },
    { entity: 'proof', read: 'own', write: 'own' },
  ],
  fields: [{ entity: 'affair', field: 'memo', read: false }],
}
const guide = {
  kind: 'role',
  name: 'guide',
  grants: [
    { entity: 'affair', read: 'all', rule: "region == 'north'" },
    { entity: 'branch', read: 'all', rule: `under(id, '${top}')` },
  ],
}
const reader = { kind: 'role', name: 'reader', grants: [{ entity: '*', read: 'all' }] }

interface Step {
  readonly kind: string
  readonly risk: string
  readonly count?: number
  readonly because?: string
  readonly samples?: readonly object[]
}
interface PlanAnswer {
  readonly plan: string
  readonly steps: readonly Step[]
  readonly problems: readonly { readonly code: string; readonly detail: string }[]
}

describe.each(engines)('designing on %s', (engine) => {
  let server: TestServer
  let dana: { readonly url: string; readonly adminKey: string }
  let rosa: { readonly url: string; readonly adminKey: string }
  let known: { name: string; id: string; fields: { id: string; name: string }[] }[] = []

  const api = (by: typeof dana, body: object, doing = 'apply') => call(by, 'POST', `/api/model/${doing}`, body)
  /** The definition as it is in force, with some fields said anew. */
  const changed = (definition: { name: string; fields: Fields }, fields: Record<string, object>, more: object = {}) => {
    const { id, fields: own } = known.find((one) => one.name === definition.name)!
    const said = definition.fields.map((field) => ({
      id: own.find((one) => one.name === field.name)!.id,
      ...field,
      ...fields[field.name],
    }))
    return put({ ...definition, id, fields: said, ...more })
  }
  const seen = async (path: string) => (await call(dana, 'GET', `/api/data/v1/${path}`)).text

  beforeAll(async () => {
    server = await startServer({ engine })
    const all = [office, affair, branch, vault, wage, proof, designs, clerk, guide, reader]
    const made = await api(server, { changes: all.map(put) })
    expect(made.status, made.text).toBe(200)
    dana = await personWithKey(server, 'dana@example.com', ['designs', 'clerk', 'guide'])
    rosa = await personWithKey(server, 'rosa@example.com', ['designs', 'reader'])
    known = ((await call(server, 'GET', '/api/model')).json as { entities: typeof known }).entities
    const add = async (set: string, body: object) => {
      const answer = await call(server, 'POST', `/api/data/v1/${set}`, body)
      expect(answer.status, answer.text).toBe(201)
      return (answer.json as { id: string }).id
    }
    const shown = await add('affairs', { name: 'Shown', stage: 'open', memo: 'plain' })
    await add('affairs', { name: 'Kept', stage: 'shut', memo: 'sesame' })
    await add('vaults', { name: 'V', code: 'sesame', affair_id: shown })
    await add('wages', { name: 'Boss', pay: 4711, office_id: await add('offices', { name: 'Main' }) })
  })
  afterAll(() => server?.stop())

  const total = {
    name: 'most',
    type: 'rollup',
    entity: 'wage',
    via: 'office',
    aggregate: 'max',
    field: 'pay',
    filter: "name == 'Boss'",
  }
  /** What each change would give its maker. */
  const refused: readonly [string, () => object[]][] = [
    ['the formula that a rule asks for', () => [changed(affair, { open: { expression: 'true' } })]],
    ['what such a formula reads', () => [changed(affair, { stage: { required: true, default: 'open' } })]],
    [
      'a default for all that a rule asks about',
      () => [changed(affair, { region: { required: true, default: 'north' } })],
    ],
    ['records that belong to nobody any more', () => [changed(wage, {}, { ownership: 'organization' })]],
    [
      'another tree, of which a rule asks for a part',
      () => [changed(branch, { parent: { name: 'above' }, friend: { name: 'parent' } })],
    ],
    ['proofs that can be changed', () => [changed(proof, {}, { appendOnly: false })]],
    ['values where one looks', () => [{ op: 'move', field: 'code', from: 'vault', to: 'affair' }]],
    [
      'a number gathered of what one may not see',
      () => [changed({ ...office, fields: [name] }, {}, { fields: [name, total] })],
    ],
  ]
  test.each(refused)('does not give %s', async (_, changes) => {
    const before = [await seen('affairs'), await seen('wages'), await seen('offices')]
    const planned = (await api(dana, { changes: changes() }, 'plan')).json as PlanAnswer
    expect(new Set(planned.problems.map(({ code }) => code)), JSON.stringify(planned)).toEqual(
      new Set(['access.denied']),
    )
    const answer = await api(dana, { changes: changes(), plan: planned.plan })
    expect([answer.status, (answer.json as { code: string }).code], answer.text).toEqual([403, 'access.denied'])
    expect([await seen('affairs'), await seen('wages'), await seen('offices')]).toEqual(before)
    const byAdmin = (await api(server, { changes: changes() }, 'plan')).json as PlanAnswer
    expect(byAdmin.problems, JSON.stringify(byAdmin)).toEqual([])
  })

  test('is not told how many records a rule would open that one may not publish', async () => {
    const guess = (code: string) => ({
      changes: [
        put({ ...clerk, grants: [...clerk.grants, { entity: 'vault', read: 'all', rule: `code == '${code}'` }] }),
      ],
    })
    const [right, wrong] = [await api(dana, guess('sesame'), 'access'), await api(dana, guess('simsim'), 'access')]
    expect([right.status, right.text.replace('sesame', '')]).toEqual([403, wrong.text.replace('simsim', '')])
    const told = (await api(server, guess('sesame'), 'access')).json as { records: object[] }
    expect(told.records).toMatchObject([{ entity: 'vault', operation: 'read', gained: { people: 1, records: 1 } }])
    const harmless = await api(dana, { changes: [changed(affair, { stage: { label: 'Step' } })] }, 'access')
    expect(harmless.status, harmless.text).toBe(200)
  })

  test('names that rules ask for may change', async () => {
    const renamed = await api(dana, { changes: [changed(affair, { stage: { name: 'phase' } })] })
    expect(renamed.status, renamed.text).toBe(200)
    expect(await seen('affairs?$select=name')).not.toContain('Kept')
    const { undo } = renamed.json as { undo: string }
    const back = await call(dana, 'POST', `/api/model/undo/${undo}`, {})
    expect(back.status, back.text).toBe(200)
  })

  test('who reads all of it moves and gathers it', async () => {
    const moved = (await api(rosa, { changes: [{ op: 'move', field: 'code', from: 'vault', to: 'affair' }] }, 'plan'))
      .json as PlanAnswer
    expect(moved.problems).toEqual([])
    const gathered = await api(rosa, { changes: [changed(office, {}, { fields: [name, total] })] }, 'plan')
    expect((gathered.json as PlanAnswer).problems, gathered.text).toEqual([])
  })

  test('looking after rollups tells no values of those one may not read', async () => {
    const more = await api(server, { changes: [changed(office, {}, { fields: [name, total] })] })
    expect(more.status, more.text).toBe(200)
    const nora = await personWithKey(server, 'nora@example.com', ['designs'])
    const looked = async (by: typeof dana) =>
      (await call(by, 'POST', '/api/actions/rollup_differences', { entity: 'office' })).json
    expect(await looked(rosa)).toEqual({ rollups: 1, differences: [] })
    expect(await looked(nora)).toEqual({ rollups: 0, differences: [] })
    const { undo } = more.json as { undo: string }
    expect((await call(server, 'POST', `/api/model/undo/${undo}`, {})).status).toBe(200)
  })

  describe('asks nothing of values one may not read', () => {
    const judging: readonly [string, string, (guess: string) => object][] = [
      ['a smaller range', 'check_values', (guess) => changed(wage, { pay: { max: Number(guess) } })],
      [
        'options one guesses',
        'retype_column',
        (guess) =>
          changed(affair, { memo: { type: 'choice', maxLength: undefined, options: options('plain', guess) } }),
      ],
      [
        'options one guesses, of an entity one may not read',
        'retype_column',
        (guess) => changed(vault, { code: { type: 'choice', maxLength: undefined, options: options(guess) } }),
      ],
    ]
    const options = (...values: string[]) => values.map((value) => ({ value, label: value }))
    const stepOf = ({ json, text }: Answer, kind: string) => {
      const found = (json as PlanAnswer).steps.find((step) => step.kind === kind)
      expect(found, text).toBeDefined()
      return found!
    }
    test.each(judging)('by %s', async (_, kind, change) => {
      const [right, wrong] = kind === 'check_values' ? ['4711', '4710'] : ['sesame', 'simsim']
      const told = async (guess: string) => {
        const answer = await api(dana, { changes: [change(guess)] }, 'plan')
        const { problems, plan } = answer.json as PlanAnswer
        expect(
          problems.map(({ code }) => code),
          answer.text,
        ).toEqual(['access.denied'])
        const { risk, count, because, samples } = stepOf(answer, kind)
        const applied = await api(dana, { changes: [change(guess)], plan })
        expect([applied.status, (applied.json as { code: string }).code], applied.text).toEqual([403, 'access.denied'])
        return { risk, count, because, samples, problems, text: applied.text.replace(guess, '') }
      }
      expect(await told(right)).toEqual(await told(wrong))
      for (const by of [server, rosa]) {
        const fits = stepOf(await api(by, { changes: [change(right)] }, 'plan'), kind)
        const not = stepOf(await api(by, { changes: [change(wrong)] }, 'plan'), kind)
        expect([fits.risk, not.risk, not.count]).toEqual(['safe', 'blocked', 1])
      }
    })

    test('but where there are no values, all is open', async () => {
      const empty = changed(affair, { region: { type: 'integer', maxLength: undefined } })
      const { text, json } = await api(dana, { changes: [empty] }, 'plan')
      // A rule asks for it, so that it is refused for that alone.
      expect(
        (json as PlanAnswer).problems.map(({ detail }) => detail),
        text,
      ).not.toContain('still fit')
      const none = changed(proof, { name: { maxLength: 10 } })
      expect(((await api(dana, { changes: [none] }, 'plan')).json as PlanAnswer).problems).toEqual([])
    })
  })
})
