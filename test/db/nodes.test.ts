// Do all processes on one PostgreSQL serve the same model as soon as a publish returns, whatever happens to their connections?
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemActor } from '@peyvand/core/access/actor.ts'
import { prepare } from '@peyvand/runtime/cli/prepare.ts'
import { openPlatform } from '@peyvand/runtime/index.ts'
import { addReader, type Observation } from '@peyvand/runtime/observe.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { hasPostgres } from '../support/postgres.ts'

if (!hasPostgres()) console.log('SKIPPED: several processes need a PostgreSQL, and this machine has none')

describe.skipIf(!hasPostgres())('several nodes', () => {
  let fresh: FreshDatabase
  let nodes: RunningPlatform[]
  const seen: Observation[] = []
  let count = 0

  beforeAll(async () => {
    fresh = await freshDatabase('postgres')
    nodes = [
      await openPlatform(fresh.config, { serves: true }),
      await openPlatform(fresh.config, { serves: true }),
      await openPlatform(fresh.config, { serves: true }),
    ]
    addReader((observation) => void seen.push(observation))
  })
  beforeEach(() => void seen.splice(0))
  afterAll(async () => {
    await Promise.all((nodes ?? []).map((node) => node.close()))
    await fresh?.remove()
  })

  const publish = (node: RunningPlatform) => {
    const name = `thing${count++}`
    return node.publisher
      .apply(
        { changes: [{ op: 'put', definition: { kind: 'entity', name, fields: [{ name: 'name', type: 'text' }] } }] },
        systemActor,
      )
      .then(({ revision }) => ({ name, revision: Number(revision) }))
  }
  const listeners = (node: RunningPlatform) =>
    node.database.query<{ pid: number }>({
      text: `select l.pid from pg_catalog.pg_locks l join pg_catalog.pg_database d on d.oid = l.database where l.locktype = 'advisory' and l.mode = 'ShareLock' and d.datname = current_database()`,
    })
  const until = async (what: () => boolean | Promise<boolean>) => {
    const end = Date.now() + 10_000
    // Asked once per turn: a state that passes quickly must not be asked for again after it was seen.
    let seen = await what()
    while (!seen && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      seen = await what()
    }
    expect(seen).toBe(true)
  }

  it('follows at once, whoever publishes', async () => {
    for (const node of [...nodes, ...nodes]) {
      const { name, revision } = await publish(node)
      for (const each of nodes)
        expect([each.model().revision, each.model().entities.has(name)]).toEqual([revision, true])
    }
    expect(seen.filter(({ kind }) => kind === 'node')).toEqual([])
  })

  it('publishes one after the other when several want to at the same time', async () => {
    const done = await Promise.all(nodes.flatMap((node) => [publish(node), publish(node)]))
    expect(new Set(done.map(({ revision }) => revision)).size).toBe(done.length)
    for (const node of nodes) for (const { name } of done) expect(node.model().entities.has(name)).toBe(true)
  })

  it('does not wait for a node that is gone', async () => {
    const leaving = await openPlatform(fresh.config, { serves: true })
    await until(async () => (await listeners(nodes[0]!)).rows.length === nodes.length + 1)
    await leaving.close()
    const started = performance.now()
    await publish(nodes[0]!)
    expect(performance.now() - started).toBeLessThan(1_500)
  })

  it('lets a node whose listening connection broke ask for the revision, and follow again when it is back', async () => {
    const [publisher, deaf] = nodes as [RunningPlatform, RunningPlatform]
    const { rows } = await listeners(publisher)
    const lost = until(() => deaf.database.direct?.connected === false)
    for (const { pid } of rows)
      await publisher.database.query({ text: 'select pg_terminate_backend($1::int)', values: [pid] })
    await lost
    const { name } = await publish(publisher)
    if (deaf.database.direct?.connected === false) await deaf.refresh()
    expect(deaf.model().entities.has(name)).toBe(true)
    await until(() => nodes.every((node) => node.database.direct?.connected === true))
    const again = await publish(publisher)
    for (const node of nodes) expect(node.model().entities.has(again.name)).toBe(true)
  })

  it('tries again while a table is in use, and holds nobody up for longer than the lock limit', async () => {
    const { name } = await publish(nodes[0]!)
    const add = (field: string) =>
      nodes[0]!.publisher.apply(
        {
          changes: [
            {
              op: 'put',
              definition: {
                kind: 'entity',
                name,
                fields: [
                  { name: 'name', type: 'text' },
                  { name: field, type: 'text' },
                ],
              },
            },
          ],
        },
        systemActor,
      )
    const waits: number[] = []
    let applied: Promise<unknown> | undefined
    await nodes[1]!.database.transaction(async (session) => {
      await session.query({ text: `select count(*) from t_default."${name}"` })
      applied = add('a')
      const end = Date.now() + 1_500
      while (Date.now() < end) {
        const started = performance.now()
        await nodes[2]!.database.query({ text: `select t.id from t_default."${name}" t limit 1` })
        waits.push(performance.now() - started)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })
    await applied
    expect(seen.findLast(({ kind }) => kind === 'publish')).toMatchObject({ retries: expect.any(Number) })
    expect((seen.findLast(({ kind }) => kind === 'publish') as { retries: number }).retries).toBeGreaterThan(0)
    expect(Math.max(...waits)).toBeLessThan(fresh.config.lockTimeout + 500)
  })

  it('tells the others what happened to records, and voids what was resolved', async () => {
    const heard: unknown[] = []
    const off = nodes[2]!.events.on((event) => heard.push(event))
    const ids = Array.from({ length: 300 }, (_, i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`)
    for (const id of ids) nodes[0]!.events.emit({ kind: 'record', entity: 'note', ids: [id], change: 'update' })
    nodes[0]!.events.emit({ kind: 'access', user: ids[0] })
    await until(() => heard.length >= ids.length + 1)
    expect(heard).toHaveLength(ids.length + 1)
    off()
  })

  it('installs once when several start on an empty database at the same time', async () => {
    const empty = await freshDatabase('postgres', {
      ADMIN_EMAIL: 'admin@example.com',
      ADMIN_PASSWORD: 'a good password',
      SOLUTIONS: 'crm',
    })
    const starting = await Promise.all([1, 2, 3].map(() => openPlatform(empty.config, { serves: true })))
    try {
      await Promise.all(starting.map((node) => prepare(node, () => undefined)))
      for (const node of starting) expect(node.model().revision).toBe(1)
      const count = async (table: string) =>
        Number(
          (await starting[0]!.database.query<{ n: string }>({ text: `select count(*) as n from t_default."${table}"` }))
            .rows[0]!.n,
        )
      expect([await count('user'), await count('business_unit'), await count('role_assignment')]).toEqual([1, 1, 1])
    } finally {
      await Promise.all(starting.map((node) => node.close()))
      await empty.remove()
    }
  })
})
