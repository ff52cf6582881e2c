// Opens the platform of one process: database, own tables, model, callers. A server serves it; a command works with it and
// closes it. Decides the order of opening and closing, nothing else; what goes on meanwhile is background.ts's.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { beginEra } from './audit/chain.ts'
import { openSigner } from './audit/signer.ts'
import { loadCaller } from './auth/actor.ts'
import { cookieName } from './auth/cookie.ts'
import { Identifier } from './auth/identify.ts'
import { holdersOf } from './auth/held.ts'
import { IdentityDoor } from './auth/identities.ts'
import { Background } from './background.ts'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import { openEvents } from './events.ts'
import { openStorage } from './files/open.ts'
import { schemaJobs } from './jobs/kinds/schema.ts'
import { queryLimitsOf } from './limits.ts'
import { Current } from './meta/current.ts'
import { Nodes } from './meta/nodes.ts'
import { Publisher } from './meta/publish.ts'
import { Counts } from './meta/sizes.ts'
import { openOutgoing } from './net/call.ts'
import type { RunningPlatform } from './platform.ts'
import { readMasters, readSecret } from './secrets/master.ts'
import { Vault } from './secrets/vault.ts'

/** PostgreSQL schema of the tenant that needs no configuration. */
export const defaultSchema = 't_default'

/** Opens the platform. `serves`: this process answers requests and must follow what others publish. */
export async function openPlatform(config: Config, { serves }: { readonly serves: boolean }): Promise<RunningPlatform> {
  const database = await openDatabase(config)
  try {
    const opened = await openParts(config, database, serves)
    const { platform, background } = assemble(config, opened)
    if (serves) await platform.publisher.upgrade()
    await background.start(serves)
    return platform
  } catch (error) {
    await database.close().catch(() => undefined)
    throw error
  }
}

type Opened = Awaited<ReturnType<typeof openParts>>

/** What has to be read or asked for before anything can be answered. */
async function openParts(config: Config, database: Database, serves: boolean) {
  const schema = defaultSchema
  await migrate(database, schema)
  await readSecret(config)
  const secrets = new Vault({ database, schema, masters: () => readMasters(config) })
  const audit = { schema, signer: await openSigner({ database, schema, secrets }) }
  await beginEra(database, audit)
  const call = openOutgoing(config.outgoingAllow)
  const files = await openStorage(config, call)
  const events = await openEvents(database, schema, serves)
  const current = await Current.load(database, schema, (revision) => events.emit({ kind: 'model', revision }))
  const counts = new Counts(database, schema)
  if (serves) await counts.refresh()
  const nodes = new Nodes(database, schema, (revision) => current.atLeast(revision))
  await nodes.join(serves)
  return { database, schema, secrets, audit, call, files, events, current, counts, nodes }
}

/** The platform made of its parts. */
function assemble(
  config: Config,
  { current, counts, nodes, ...parts }: Opened,
): { readonly platform: RunningPlatform; readonly background: Background } {
  const { database, schema, events } = parts
  const limits = queryLimitsOf(config)
  const model = () => current.model
  const identities = new IdentityDoor(() => platform)
  const callers = callersOf(config, parts, { model, identities })
  const platform: RunningPlatform = {
    ...parts,
    config,
    callers,
    actorOf: async (user, roles, via) => {
      const caller = await loadCaller(database, { schema, model: model() }, { user, roles })
      return caller && via !== undefined ? Object.freeze({ ...caller.actor, via }) : caller?.actor
    },
    identities: () => identities.open(),
    reopenIdentities: () => identities.forget(),
    publisher: new Publisher({
      config,
      database,
      schema,
      current,
      nodes,
      jobs: schemaJobs(database, schema),
      holders: holdersOf(() => platform),
    }),
    model,
    refresh: () => current.refresh(),
    identify: async (request) => {
      const known = await callers.identify(request)
      return known instanceof Problem ? known : known.actor
    },
    contextFor: (actor: Actor, language = 'en', requestId = 'none') => ({
      requestId,
      schema,
      actor,
      model: model(),
      database,
      language,
      limits,
      rows: counts.current(),
    }),
    close: async () => {
      await background.stop()
      await events.close()
      await database.close()
    },
  }
  const background = new Background(platform)
  return { platform, background }
}

/** Who sends a request, with the cookies this installation gives. */
function callersOf(
  config: Config,
  { database, schema, events }: Pick<Opened, 'database' | 'schema' | 'events'>,
  { model, identities }: { readonly model: () => Model; readonly identities: IdentityDoor },
): Identifier {
  return new Identifier({
    database,
    schema,
    model,
    events,
    cookie: cookieName(config),
    viewCookie: cookieName(config, 'view'),
    factorForAll: config.secondFactor === 'everyone',
    identities: () => identities.open(),
  })
}
