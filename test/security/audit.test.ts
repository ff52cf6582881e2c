// Is every tampering with the audit found, and nothing else? Random changes by direct SQL on a chain with everything in it (an
// erased person, removed rows, several seals), writers and two sealers at the same time, a sealer that is killed. Both engines.
// TAMPER=1000 asks for more cases, SEED repeats a run.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { beginEra, sealAll, sealNext, unsealed } from '@peyvand/runtime/audit/chain.ts'
import { sentence } from '@peyvand/runtime/audit/finding.ts'
import { note } from '@peyvand/runtime/audit/note.ts'
import { before } from '@peyvand/runtime/audit/place.ts'
import { redactAudit } from '@peyvand/runtime/audit/redact.ts'
import { removeOld } from '@peyvand/runtime/audit/retention.ts'
import { lastSeal } from '@peyvand/runtime/audit/seal.ts'
import { verifyAudit, type Anchor, type Verified } from '@peyvand/runtime/audit/verify.ts'
import type { Session } from '@peyvand/runtime/db/database.ts'
import { defaultSchema as schema, openPlatform } from '@peyvand/runtime/index.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { randomFrom } from '../support/random.ts'
import { sealWhole } from '../support/seal.ts'
import { engines } from '../support/server.ts'
import { until } from '../support/until.ts'
import { drawTampering, layoutOf, type Known, type Snapshot } from '../support/tamper.ts'

const cases = Number(process.env['TAMPER'] ?? 60)
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
console.log(`audit: SEED=${seed} TAMPER=${cases}`)

if (engines.includes('pglite'))
  console.log('SKIPPED: a killed sealer on the embedded engine, which one process alone has')

class Undone extends Error {}

describe.each(engines)('on %s', (engine) => {
  let fresh: FreshDatabase
  let platform: RunningPlatform
  const [someone, shortLived] = [randomUUID(), randomUUID()]
  const entities = [randomUUID(), randomUUID(), shortLived]
  const record = randomUUID()

  const write = (session: Session, entity: string, id: string = randomUUID()) =>
    session.query({
      text: `insert into "${schema}"._audit (actor_id, request_id, entity_id, record_id, change, version, before, after)
        values ($1::uuid, 'r', $2::uuid, $3::uuid, 'update', 2, $4::jsonb, $5::jsonb)`,
      values: [someone, entity, id, { name: 'was', email: 'a@example.com' }, { name: 'is', email: 'b@example.com' }],
    })
  const some = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await platform.database.transaction(async (session) => {
        await write(session, entities[i % 3]!, i === 0 ? record : undefined)
        await write(session, entities[(i + 1) % 3]!)
      })
      await note(platform, {
        kind: 'sign-in',
        outcome: 'accepted',
        user: someone,
        address: '192.0.2.7',
        detail: { method: 'password' },
      })
    }
    await sealWhole(platform.database, platform.audit)
  }
  const verify = (session: Session = platform.database, anchors: readonly Anchor[] = []) =>
    verifyAudit(session, platform.audit, { anchors })
  const expectWhole = ({ findings }: Verified) => expect(findings.map(sentence)).toEqual([])
  const head = async (): Promise<Anchor> => {
    const last = (await lastSeal(platform.database, schema))!
    return { number: last.number, hash: last.hash.toString('hex') }
  }
  /** What somebody could keep of the head of this moment. */
  const snapshot = async (): Promise<Snapshot> => {
    const { rows } = await platform.database.query({
      text: `select h.key_id, h.number, h.hash, h.mac from "${schema}"._seal_head h`,
    })
    return { number: (await head()).number, head: rows[0]! }
  }

  beforeAll(async () => {
    fresh = await freshDatabase(engine, { SOLUTIONS: 'none' })
    platform = await openPlatform(fresh.config, { serves: false })
  })
  afterAll(async () => {
    await platform?.close()
    await fresh?.remove()
  })

  test('an audit that nobody touched is whole, and what is not sealed is said', async () => {
    await some(3)
    await write(platform.database, entities[0]!)
    const told = await verify()
    expectWhole(told)
    expect(told).toMatchObject({ guarded: true, wrong: 0, unsealed: { rows: 1 } })
    expect(await unsealed(platform.database, schema)).toMatchObject({ rows: 1, oldest: expect.any(String) })
  })

  test('the database refuses to change or remove what is there', async () => {
    for (const statement of [
      `update "${schema}"._audit set version = 9`,
      `delete from "${schema}"._security`,
      `truncate "${schema}"._seal`,
      `delete from "${schema}"._seal_rows`,
    ])
      await expect(platform.database.query({ text: statement }), statement).rejects.toMatchObject({ code: '42501' })
  })

  test('a person can be erased, sealed or not, once and again, and rows can be removed unless they are held', async () => {
    await some(4)
    await write(platform.database, entities[0]!, record)
    const erase = (columns: string[], people: string[] = []) =>
      platform.database.transaction((session) =>
        redactAudit(session, platform.audit, {
          records: [{ entity: entities[0]!, record, columns }],
          people,
          by: someone,
          reason: 'asked to be forgotten',
        }),
      )
    expect(await erase(['email'])).toBeGreaterThan(1)
    expectWhole(await verify())
    await erase(['name', 'email', 'no such column'], [someone])
    const { rows } = await platform.database.query<{ all: string }>({
      text: `select (select json_agg(a)::text from "${schema}"._audit a where a.record_id = $1::uuid)
        || (select json_agg(s.address)::text from "${schema}"._security s where s.user_id = $2::uuid) as all`,
      values: [record, someone],
    })
    expect(rows[0]!.all).not.toMatch(/example\.com|192\.0\.2/)
    await some(2)
    const whole = await verify()
    expectWhole(whole)
    expect(whole.redacted).toBeGreaterThan(2)

    const kept = randomUUID()
    await write(platform.database, shortLived, kept)
    await platform.database.query({
      text: `insert into "${schema}"._hold (id, kind, entity_id, record_id, reason, placed_by)
        values ($1::uuid, 'hold', $2::uuid, $3::uuid, 'Case 7', $4::uuid)`,
      values: [randomUUID(), shortLived, kept, someone],
    })
    await sealWhole(platform.database, platform.audit)
    const past = async () =>
      (
        await platform.database.query({
          text: `select 1 from "${schema}"._audit a where a.record_id = $1::uuid`,
          values: [kept],
        })
      ).rows.length
    const periods = { standard: 0, entities: new Map([[shortLived, 30]]) }
    const later = new Date(Date.now() + 40 * 86_400_000).toISOString()
    expect(await removeOld(platform.database, platform.audit, { periods, now: new Date().toISOString() })).toBe(0)
    expect(await removeOld(platform.database, platform.audit, { periods, now: later })).toBeGreaterThan(2)
    const after = await verify()
    expectWhole(after)
    expect(after.removed).toBeGreaterThan(2)
    expect(await past()).toBe(1)
    await platform.database.query({ text: `update "${schema}"._hold set lifted_at = now()` })
    expect(await removeOld(platform.database, platform.audit, { periods, now: later })).toBe(1)
    expect(await past()).toBe(0)
    await sealWhole(platform.database, platform.audit)
    expectWhole(await verify())
  })

  test(`${cases} random tamperings are all found`, async () => {
    const random = randomFrom(seed)
    const snapshots: Snapshot[] = []
    for (let i = 0; i < 4; i++) {
      snapshots.push(await snapshot())
      await some(3)
    }
    const anchors = [await head()]
    expectWhole(await verify(platform.database, anchors))
    const known: Known = { schema, layout: await layoutOf(platform.database, schema), snapshots }
    const missed: string[] = []
    for (let i = 0; i < cases; i++) {
      const tampering = drawTampering(random, known)
      let told: Verified | undefined
      await platform.database
        .transaction(async (session) => {
          await session.query({ text: 'set local session_replication_role = replica' })
          await tampering.run(session)
          told = await verify(session, anchors)
          throw new Undone()
        })
        .catch((error: unknown) => {
          if (!(error instanceof Undone)) throw new Error(tampering.says, { cause: error })
        })
      if (told!.wrong === 0) missed.push(tampering.says)
    }
    expect(missed, `SEED=${seed}`).toEqual([])
    expectWhole(await verify(platform.database, anchors))
  }, 600_000)

  test('writers and two sealers at the same time leave a whole chain', async () => {
    const second = engine === 'postgres' ? await openPlatform(fresh.config, { serves: false }) : platform
    const over = new AbortController()
    const sealing = [platform, second].map(async ({ database, audit }) => {
      while (!over.signal.aborted) {
        await sealAll(database, audit)
        await wait(3)
      }
    })
    const random = randomFrom(seed)
    const writing = Array.from({ length: 6 }, async () => {
      for (let i = 0; i < 25; i++)
        await platform.database.transaction(async (session) => {
          await write(session, entities[i % 3]!)
          await wait(random.whole(0, 12))
          await write(session, entities[(i + 1) % 3]!)
        })
    })
    const verifying = (async () => {
      const all: Verified[] = []
      while (!over.signal.aborted) all.push(await verify(second.database))
      return all
    })()
    await Promise.all(writing)
    over.abort()
    await Promise.all(sealing)
    for (const told of await verifying) expectWhole(told)
    await sealWhole(platform.database, platform.audit)
    const told = await verify()
    expectWhole(told)
    expect(told.unsealed.rows).toBe(0)
    if (second !== platform) await second.close()
  })

  test.skipIf(engine === 'pglite')(
    'a sealer that is killed leaves a whole chain, and others go on',
    async () => {
      const path = fileURLToPath(new URL('../support/sealer.ts', import.meta.url))
      const child = spawn(process.execPath, [path], {
        env: { ...process.env, ...fresh.env },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let dots = 0
      child.stdout.on('data', (chunk: Buffer) => (dots += chunk.length))
      const gone = once(child, 'exit')
      await until(() => dots > 0 || undefined, 30_000)
      const random = randomFrom(seed)
      const writing = (async () => {
        while (child.exitCode === null && child.signalCode === null) await write(platform.database, entities[1]!)
      })()
      await wait(random.whole(20, 200))
      child.kill('SIGKILL')
      await Promise.all([gone, writing])
      expectWhole(await verify())
      await sealWhole(platform.database, platform.audit)
      const told = await verify()
      expectWhole(told)
      expect(told.unsealed.rows).toBe(0)
    },
    60_000,
  )

  test('what was restored into another server goes on in an era of its own', async () => {
    // There, transactions had been counted much further: the chain is made once more as it would have been.
    const { database, audit } = platform
    const far = 4_000_000_000
    await database.transaction(async (session) => {
      await session.query({ text: 'set local session_replication_role = replica' })
      for (const table of ['_audit', '_security'])
        await session.query({
          text: `update "${schema}"."${table}" set xid = (coalesce(xid::text::bigint, 0) + ${far})::text::xid8`,
        })
      for (const table of ['_seal', '_seal_rows', '_seal_head'])
        await session.query({ text: `delete from "${schema}"."${table}"` })
      await sealNext(session, audit, before(String(far + 1_000_000)))
    })
    await write(database, entities[0]!)
    expect((await verify()).wrong).toBe(1)
    await database.transaction(async (session) => {
      await session.query({ text: 'set local session_replication_role = replica' })
      await session.query({ text: `delete from "${schema}"._audit where xid < '${far}'::xid8` })
    })
    await beginEra(database, audit)
    await some(2)
    expect((await lastSeal(database, schema))!.era).toBe(2)
    const told = await verify()
    expectWhole(told)
    expect(told).toMatchObject({ unsealed: { rows: 0 } })
  })
})
