// The recycle bin over HTTP: what is in it, who put it there, and does it come back with every value?
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, engines, signInForKey, startServer, type TestServer } from '../support/server.ts'

interface Item {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly entity: string
  readonly rows: number | null
  readonly actor: string
  readonly at: string
  readonly expires: string
}
type Fields = readonly Record<string, unknown>[]

describe.each(engines)('%s', (engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startServer({ engine, solutions: 'base' })
  })
  afterAll(() => server?.stop())

  const admin = (method: string, path: string, body?: unknown) => call(server, method, path, body)
  const done = async (method: string, path: string, body?: unknown) => {
    const answer = await admin(method, path, body)
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer.json as Record<string, unknown>
  }
  const apply = async (...changes: object[]) => {
    const { plan } = await done('POST', '/api/model/plan', { changes })
    return done('POST', '/api/model/apply', { changes, plan })
  }
  const put = (definition: object) => ({ op: 'put', definition })
  const bin = async () => (await done('GET', '/api/model/bin'))['value'] as Item[]
  const inBin = async (kind: string, name: string) =>
    (await bin()).find((one) => one.kind === kind && one.name === name)!
  const restore = (id: string, body: object = {}) => admin('POST', `/api/model/bin/${id}/restore`, body)
  const fieldsOf = async (name: string) => {
    const { entities } = (await done('GET', '/api/model')) as unknown as {
      entities: { name: string; id: string; fields: (Record<string, unknown> & { system?: boolean })[] }[]
    }
    return entities.find((one) => one.name === name)!.fields.filter((field) => field.system !== true)
  }
  const boat = (fields: Fields, more: object = {}) =>
    put({ kind: 'entity', name: 'boat', entitySet: 'boats', fields, ...more })
  const name = { name: 'name', type: 'text' }
  const price = { name: 'price', type: 'money' }
  const flag = { name: 'flag', type: 'text', required: true, maxLength: 40 }
  const make = async () => {
    await apply(boat([name, price, flag], { keys: [{ name: 'by_flag', fields: ['flag'] }] }))
    const made = await done('POST', '/api/data/v1/boats', {
      name: 'Anna',
      flag: 'RO',
      price: 12.5,
      price_currency: 'EUR',
    })
    return made['id'] as string
  }
  const remove = () => apply({ op: 'delete', kind: 'entity', name: 'boat' })

  it('has nothing in it at first', async () => expect(await bin()).toEqual([]))

  it('brings a field back with its values, required as it was, and all its columns', async () => {
    const id = await make()
    await apply(boat([name]))
    const item = await inBin('field', 'price')
    expect(item).toMatchObject({ entity: 'boat', kind: 'field', rows: 1, actor: expect.any(String) })
    expect(new Date(item.expires).getTime() - new Date(item.at).getTime()).toBe(30 * 86_400_000)
    const planned = await done('POST', `/api/model/bin/${item.id}/plan`, {})
    expect(planned).toMatchObject({
      problems: [],
      steps: expect.arrayContaining([expect.objectContaining({ risk: 'safe' })]),
    })
    expect(JSON.stringify(planned)).not.toContain('add column')
    for (const one of [item, await inBin('field', 'flag')]) expect((await restore(one.id)).status).toBe(200)
    expect(await done('GET', `/api/data/v1/boats(${id})`)).toMatchObject({
      price: 12.5,
      price_currency: 'EUR',
      flag: 'RO',
    })
    expect((await fieldsOf('boat')).find((field) => field['name'] === 'flag')).toMatchObject({ required: true })
    expect((await admin('POST', '/api/data/v1/boats', { name: 'No flag' })).status).toBe(422)
    const key = await inBin('key', 'by_flag')
    expect((await restore(key.id)).status).toBe(200)
    expect((await admin('POST', '/api/data/v1/boats', { name: 'Twin', flag: 'RO' })).status).toBe(409)
    expect(await bin()).toEqual([])
    await remove()
  })

  it('brings an entity back with its records, and a restore can be taken back and done again', async () => {
    const { id } = await inBin('entity', 'boat')
    const restored = await restore(id)
    expect(restored.status, restored.text).toBe(200)
    expect(await done('GET', '/api/data/v1/boats')).toMatchObject({
      value: [{ name: 'Anna', flag: 'RO', price: 12.5 }],
    })
    await done('POST', `/api/model/undo/${(restored.json as { undo: string }).undo}`)
    expect((await admin('GET', '/api/data/v1/boats')).status).toBe(404)
    expect((await restore((await inBin('entity', 'boat')).id)).status).toBe(200)
    expect(await done('GET', '/api/data/v1/boats')).toMatchObject({ value: [{ name: 'Anna' }] })
  })

  it('offers another name when its own was taken meanwhile', async () => {
    const known = await fieldsOf('boat')
    await apply(boat(known.filter((field) => field['name'] !== 'price')))
    await apply(boat([...(await fieldsOf('boat')), { name: 'price', type: 'integer' }]))
    const { id } = await inBin('field', 'price')
    const refused = await restore(id)
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('price_2')])
    expect((await restore(id, { name: 'price_2' })).status).toBe(200)
    expect(await done('GET', '/api/data/v1/boats')).toMatchObject({ value: [{ price: null, price_2: 12.5 }] })
  })

  it('a field of an entity that is gone waits for the entity', async () => {
    await apply(boat((await fieldsOf('boat')).filter((field) => field['name'] !== 'price_2')))
    const field = await inBin('field', 'price_2')
    await remove()
    expect((await restore(field.id)).text).toContain('Restore the entity first')
    expect((await restore((await inBin('entity', 'boat')).id)).status).toBe(200)
    expect((await restore(field.id)).status).toBe(200)
    expect(await done('GET', '/api/data/v1/boats')).toMatchObject({ value: [{ price_2: 12.5 }] })
  })

  it('drops for good what is purged', async () => {
    await apply(boat((await fieldsOf('boat')).filter((field) => field['name'] !== 'price_2')))
    const { id } = await inBin('field', 'price_2')
    expect((await admin('DELETE', `/api/model/bin/${id}`)).status).toBe(204)
    expect((await bin()).map((one) => one.id)).not.toContain(id)
    expect((await restore(id)).status).toBe(404)
    const key = await inBin('key', 'by_flag')
    expect((await admin('DELETE', `/api/model/bin/${key.id}`)).status).toBe(422)
  })

  it('keeps what a legal hold is on', async () => {
    const vessel = (fields: Fields) => put({ kind: 'entity', name: 'vessel', entitySet: 'vessels', fields })
    await apply(vessel([name, { name: 'log', type: 'text' }, { name: 'rig', type: 'text' }]))
    const made = await done('POST', '/api/data/v1/vessels', { name: 'Maria', log: 'ran aground' })
    const order = { entity: 'vessel', id: made['id'], kind: 'hold', reason: 'Case 7' }
    const hold = await done('POST', '/api/privacy/holds', order)
    await apply(vessel((await fieldsOf('vessel')).filter((field) => field['name'] === 'name')))
    expect((await admin('DELETE', `/api/model/bin/${(await inBin('field', 'rig')).id}`)).status).toBe(204)
    const log = await inBin('field', 'log')
    await apply({ op: 'delete', kind: 'entity', name: 'vessel' })
    for (const { id } of [log, await inBin('entity', 'vessel')]) {
      const kept = await admin('DELETE', `/api/model/bin/${id}`)
      expect([kept.status, (kept.json as { code: string }).code], kept.text).toEqual([409, 'conflict.held'])
      expect(kept.text).not.toContain('Case 7')
    }
    expect((await restore((await inBin('entity', 'vessel')).id)).status).toBe(200)
    expect((await restore(log.id)).status).toBe(200)
    expect(await done('GET', '/api/data/v1/vessels')).toMatchObject({ value: [{ log: 'ran aground' }] })
    await done('DELETE', `/api/privacy/holds/${hold['id'] as string}`)
    await apply({ op: 'delete', kind: 'entity', name: 'vessel' })
    expect((await admin('DELETE', `/api/model/bin/${(await inBin('entity', 'vessel')).id}`)).status).toBe(204)
  })

  describe('what is about an entity and others', () => {
    const port = put({
      kind: 'entity',
      name: 'port',
      fields: [name, { name: 'open', type: 'boolean' }],
    })
    const ferry = put({
      kind: 'entity',
      name: 'ferry',
      entitySet: 'ferries',
      fields: [name, { name: 'port', type: 'lookup', target: 'port' }],
    })
    const calls = put({
      kind: 'relationship',
      name: 'ferry_port',
      from: { entity: 'ferry', name: 'stops' },
      to: { entity: 'port', name: 'callers' },
    })
    const view = put({
      kind: 'view',
      name: 'sailing',
      entity: 'ferry',
      type: 'grid',
      columns: [{ field: 'name' }],
      filter: 'port.open == true',
    })
    const role = put({
      kind: 'role',
      name: 'mate',
      grants: [{ entity: 'ferry', read: 'all', rule: 'port.open == true' }],
    })
    const dropFerry = async () => {
      const change = { changes: [{ op: 'delete', kind: 'entity', name: 'ferry' }], dependents: 'adjust' }
      const { plan } = await done('POST', '/api/model/plan', change)
      await done('POST', '/api/model/apply', { ...change, plan })
    }
    let [ferryId, portId] = ['', '']

    beforeAll(async () => {
      await apply(port, ferry, calls, view, role)
      portId = (await done('POST', '/api/data/v1/ports', { name: 'Galați' }))['id'] as string
      ferryId = (await done('POST', '/api/data/v1/ferries', { name: 'Anna', port_id: portId }))['id'] as string
      await done('POST', `/api/data/v1/ferries(${ferryId})/stops/$ref`, { '@odata.id': `ports(${portId})` })
    })

    it('comes back with the entity, links and all, also under another name', async () => {
      await dropFerry()
      const item = await inBin('entity', 'ferry')
      const planned = await done('POST', `/api/model/bin/${item.id}/plan`, { name: 'barge' })
      expect(planned).toMatchObject({
        problems: [],
        affects: [{ kind: 'role', name: 'mate', because: 'opens "ferry" again' }],
      })
      await done('POST', `/api/model/bin/${item.id}/restore`, { name: 'barge', plan: planned['plan'] })
      expect(await done('GET', `/api/data/v1/barges(${ferryId})/stops`)).toMatchObject({ value: [{ name: 'Galați' }] })
      expect(await done('GET', `/api/data/v1/ports(${portId})/callers`)).toMatchObject({ value: [{ name: 'Anna' }] })
      const { entities } = (await done('GET', '/api/model')) as { entities?: { id: string; name: string }[] }
      const { id } = entities!.find((one) => one.name === 'barge')!
      await apply(put({ ...ferry.definition, id, fields: await fieldsOf('barge') }))
    })

    it('does not keep it away when what it names is there no more', async () => {
      await dropFerry()
      const { entities } = (await done('GET', '/api/model')) as { entities?: { id: string; name: string }[] }
      const { id } = entities!.find((one) => one.name === 'port')!
      const named = (was: string, is: string, fields: Fields) =>
        apply(
          put({
            ...port.definition,
            id,
            fields: fields.map((one) => (one['name'] === was ? { ...one, name: is } : one)),
          }),
        )
      await named('open', 'free', await fieldsOf('port'))
      const item = await inBin('entity', 'ferry')
      const planned = await done('POST', `/api/model/bin/${item.id}/plan`, {})
      const why = expect.stringContaining('"port" has no property "open"') as string
      expect(planned).toMatchObject({
        problems: [],
        affects: [
          { kind: 'role', name: 'mate', use: 'grant', because: why },
          { kind: 'view', name: 'sailing', because: why },
        ],
      })
      expect((await restore(item.id)).status).toBe(200)
      expect(await done('GET', `/api/data/v1/ferries(${ferryId})/stops`)).toMatchObject({ value: [{ name: 'Galați' }] })
      const roles = (await done('GET', '/api/model'))['roles'] as { name: string; grants: object[] }[]
      expect(roles.find((one) => one.name === 'mate')!.grants).toEqual([])
    })

    it('two that lead to each other come back together', async () => {
      const pair = [
        { kind: 'entity', name: 'crew', fields: [name, { name: 'chief', type: 'lookup', target: 'sailor' }] },
        { kind: 'entity', name: 'sailor', fields: [name, { name: 'crew', type: 'lookup', target: 'crew' }] },
        {
          kind: 'relationship',
          name: 'crew_sailor',
          from: { entity: 'crew', name: 'guests' },
          to: { entity: 'sailor', name: 'visits' },
        },
        { kind: 'role', name: 'bosun', grants: ['crew', 'sailor'].map((entity) => ({ entity, read: 'all' })) },
      ]
      await apply(...pair.map(put))
      const crew = (await done('POST', '/api/data/v1/crews', { name: 'deck' }))['id'] as string
      const sailor = (await done('POST', '/api/data/v1/sailors', { name: 'Ion', crew_id: crew }))['id'] as string
      await done('PATCH', `/api/data/v1/crews(${crew})`, { chief_id: sailor })
      await done('POST', `/api/data/v1/crews(${crew})/guests/$ref`, { '@odata.id': `sailors(${sailor})` })
      const change = {
        changes: ['crew', 'sailor'].map((one) => ({ op: 'delete', kind: 'entity', name: one })),
        dependents: 'adjust',
      }
      const { plan } = await done('POST', '/api/model/plan', change)
      await done('POST', '/api/model/apply', { ...change, plan })
      const item = await inBin('entity', 'crew')
      expect(await done('POST', `/api/model/bin/${item.id}/plan`, {})).toMatchObject({
        problems: [],
        affects: [
          { kind: 'entity', name: 'sailor' },
          { kind: 'role', name: 'bosun', because: 'opens "crew" again' },
          { kind: 'role', name: 'bosun', because: 'opens "sailor" again' },
        ],
      })
      expect((await restore(item.id)).status).toBe(200)
      expect(await done('GET', `/api/data/v1/crews(${crew})?$expand=chief($expand=crew),guests`)).toMatchObject({
        guests: [{ name: 'Ion' }],
        chief: { name: 'Ion', crew: { name: 'deck' } },
      })
      const roles = (await done('GET', '/api/model'))['roles'] as { name: string; grants: object[] }[]
      expect(roles.find((one) => one.name === 'bosun')!.grants).toHaveLength(2)
    })

    it('links wait in the bin while the other end is gone, and go for good with what is purged', async () => {
      const both = ['ferry', 'port'].map((one) => ({ op: 'delete', kind: 'entity', name: one }))
      await apply(...both, { op: 'delete', kind: 'relationship', name: 'ferry_port' })
      const first = await inBin('entity', 'port')
      const planned = await done('POST', `/api/model/bin/${first.id}/plan`, {})
      expect(planned).toMatchObject({ problems: [], affects: [{ kind: 'relationship', name: 'ferry_port' }] })
      expect((await restore(first.id)).status).toBe(200)
      const second = await inBin('entity', 'ferry')
      expect((await restore(second.id)).status).toBe(200)
      expect(await done('GET', `/api/data/v1/ports(${portId})/callers`)).toMatchObject({ value: [{ name: 'Anna' }] })
      await dropFerry()
      const last = await inBin('entity', 'ferry')
      expect((await admin('DELETE', `/api/model/bin/${last.id}`)).status).toBe(204)
      expect((await restore(last.id)).status).toBe(404)
    })
  })

  it.each([
    ['POST', '/api/model/bin/nothing/restore', {}, 404],
    ['POST', '/api/model/bin/nothing/plan', {}, 404],
    ['DELETE', '/api/model/bin/nothing', undefined, 404],
    ['POST', '/api/model/bin/nothing/restore', { other: 1 }, 400],
    ['POST', '/api/model/bin/nothing/restore', { name: 5 }, 400],
  ])('%s %s with %j is answered with %s', async (method, path, body, status) => {
    expect((await admin(method, path, body)).status).toBe(status)
  })

  it('is for those who may change the model', async () => {
    await admin('POST', '/api/users', { email: 's@example.com', password: 'a good password', roles: [] })
    const adminKey = await signInForKey(server.url, 's@example.com', 'a good password')
    expect((await call({ url: server.url, adminKey }, 'GET', '/api/model/bin')).status).toBe(403)
  })
})
