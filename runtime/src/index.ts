// Opens the platform of one process: database, own tables, model, callers. A server serves it; a command works with it and
// closes it. Decides the order of opening and closing, nothing else.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { beginEra } from './audit/chain.ts'
import { keepSealed } from './audit/keep.ts'
import { openSigner } from './audit/signer.ts'
import { Identifier } from './auth/identify.ts'
import { loadCaller, mayEnter } from './auth/actor.ts'
import { cookieName } from './auth/cookie.ts'
import type { Identities } from './auth/identity.ts'
import { adopt } from './auth/provider.ts'
import { keepSessionsHonest } from './auth/session.ts'
import type { Config } from './config.ts'
import { keepChangesShort } from './db/changes.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import { openEvents } from './events.ts'
import { jobKinds } from './jobs/kinds/index.ts'
import { schemaJobs } from './jobs/kinds/schema.ts'
import { Worker } from './jobs/worker.ts'
import { openStorage } from './files/open.ts'
import { keepSharesEnded } from './records/share/end.ts'
import { keepFilesSwept } from './files/sweep.ts'
import { keepAuditShort } from './jobs/kinds/audit.ts'
import { keepBinEmpty } from './jobs/kinds/bin.ts'
import { Current } from './meta/current.ts'
import { queryLimitsOf } from './limits.ts'
import { Nodes } from './meta/nodes.ts'
import { Counts } from './meta/sizes.ts'
import { Publisher } from './meta/publish.ts'
import { openOutgoing } from './net/call.ts'
import type { RunningPlatform } from './platform.ts'
import { readMasters, readSecret } from './secrets/master.ts'
import { Vault } from './secrets/vault.ts'
import { Courier } from './webhooks/courier.ts'

/** PostgreSQL schema of the tenant that needs no configuration. */
export const defaultSchema = 't_default'

/** Opens the platform. `serves`: this process answers requests and must follow what others publish. */
export async function openPlatform(config: Config, { serves }: { readonly serves: boolean }): Promise<RunningPlatform> {
  const database = await openDatabase(config)
  try {
    await migrate(database, defaultSchema)
    await readSecret(config)
    const secrets = new Vault({ database, schema: defaultSchema, masters: () => readMasters(config) })
    const audit = { schema: defaultSchema, signer: await openSigner({ database, schema: defaultSchema, secrets }) }
    await beginEra(database, audit)
    const call = openOutgoing(config.outgoingAllow)
    const files = await openStorage(config, call)
    const events = await openEvents(database, defaultSchema, serves)
    const current = await Current.load(database, defaultSchema, (revision) => events.emit({ kind: 'model', revision }))
    const limits = queryLimitsOf(config)
    const counts = new Counts(database, defaultSchema)
    if (serves) await counts.refresh()
    const nodes = new Nodes(database, defaultSchema, (revision) => current.atLeast(revision))
    await nodes.join(serves)
    const stopBin = serves ? keepBinEmpty({ database, schema: defaultSchema }) : () => undefined
    const stopRetention = serves ? keepAuditShort({ database, schema: defaultSchema }) : () => undefined
    const stopChanges = serves ? keepChangesShort(database, defaultSchema, config.deltaDays) : () => undefined
    let identities: Promise<Identities> | undefined
    const openIdentities = async () => {
      const [identity, seeds] = await Promise.all([import('./auth/identity.ts'), import('./auth/seeds.ts')])
      const masters = await readMasters(config)
      await seeds.sealSeedsAnew(database, masters)
      return identity.openIdentities(config, database, masters, {
        mayEnter: (user) => mayEnter(database, { schema: defaultSchema, model: current.model }, user),
        adopt: (provider, claims) => adopt(platform, provider, claims),
      })
    }
    const loadIdentities = () => (identities ??= openIdentities())
    const callers = new Identifier({
      database,
      schema: defaultSchema,
      model: () => current.model,
      events,
      cookie: cookieName(config),
      viewCookie: cookieName(config, 'view'),
      factorForAll: config.secondFactor === 'everyone',
      identities: loadIdentities,
    })
    const publisher = new Publisher({
      config,
      database,
      schema: defaultSchema,
      current,
      nodes,
      jobs: schemaJobs(database, defaultSchema),
    })
    if (serves) await publisher.upgrade()
    const platform: RunningPlatform = {
      config,
      database,
      schema: defaultSchema,
      events,
      files,
      secrets,
      audit,
      call,
      callers,
      actorOf: async (user, roles, via) => {
        const caller = await loadCaller(database, { schema: defaultSchema, model: current.model }, { user, roles })
        return caller && via !== undefined ? Object.freeze({ ...caller.actor, via }) : caller?.actor
      },
      identities: loadIdentities,
      reopenIdentities: () => void (identities = undefined),
      publisher,
      model: () => current.model,
      refresh: () => current.refresh(),
      identify: async (request) => {
        const known = await callers.identify(request)
        return known instanceof Problem ? known : known.actor
      },
      contextFor: (actor: Actor, language = 'en', requestId = 'none') => ({
        requestId,
        schema: defaultSchema,
        actor,
        model: current.model,
        database,
        language,
        limits,
        rows: counts.current(),
      }),
      close: async () => {
        stopBin()
        stopRetention()
        await worker?.stop()
        await courier?.stop()
        stopSweep()
        stopShares()
        stopSessions()
        stopChanges()
        await stopSeals()
        await events.close()
        await database.close()
      },
    }
    const worker = serves && config.jobs > 0 ? new Worker(platform, jobKinds, config.jobs) : undefined
    await worker?.start()
    const stopSeals = serves ? keepSealed({ database, place: audit, folder: config.dataDir }) : () => Promise.resolve()
    const courier = serves && config.webhooks ? new Courier(platform) : undefined
    courier?.start()
    const stopSweep = serves ? keepFilesSwept(platform) : () => undefined
    const stopShares = serves ? keepSharesEnded(platform) : () => undefined
    // A command, too, may make somebody leave.
    const stopSessions = keepSessionsHonest(platform)
    return platform
  } catch (error) {
    await database.close().catch(() => undefined)
    throw error
  }
}
