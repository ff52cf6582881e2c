// Who signs in: identities, passwords, second factors, passkeys and sessions, kept by better-auth in the platform schema. Decides
// its settings; who may have a session stands in entry.ts, what a signed-in person may do in actor.ts and core/access. Loaded
// only when somebody signs in or is added.
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { passkey } from '@better-auth/passkey'
import { betterAuth, type BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthEndpoint, getSessionFromCtx } from 'better-auth/api'
import { setSessionCookie } from 'better-auth/cookies'
import { genericOAuth, twoFactor } from 'better-auth/plugins'
import { Kysely } from 'kysely'
import { publicUrl, type Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { Masters } from '../secrets/master.ts'
import { kyselyDialect } from '../db/kysely.ts'
import { cookieName, isSecure } from './cookie.ts'
import { strengthOf, takeCode, type Method, type Previous } from './entry.ts'
import { keepCodes, makeCodes, plainCode, showCode } from './recovery.ts'
import { readProviders, type Claims, type Provider } from './provider.ts'
import { rotationGrace } from './rotate.ts'
import { coreTables, factorTables, passkeyTables } from './tables.ts'

/** A session as its cookie proves it. */
export interface SignedIn {
  readonly id: string
  readonly user: string
  readonly expires: Date
  readonly strong: boolean
  readonly method: Method
  /** When the proof of it was shown last. */
  readonly proven: Date
}

/** What the sign-in library does for us. */
export interface Identities {
  /** Answers the library's own routes under /api/auth. */
  answer(request: Request): Promise<Response>
  /** The session a request's cookie proves, or undefined. */
  sessionOf(headers: Headers): Promise<SignedIn | undefined>
  /** The stored form of a password. */
  hash(password: string): Promise<string>
  /** Whether a password is the one that is stored. */
  verify(password: string, hash: string): Promise<boolean>
  /** A recovery code as it is presented to the library. */
  plainCode(code: string): string
  /** The providers people can sign in with. */
  readonly providers: readonly Provider[]
}

/** What the library asks back. */
export interface IdentityHooks {
  /** Whether somebody may have a session: an active person, not a program. */
  mayEnter(user: string): Promise<boolean>
  /** Finds or makes the account of whom a provider vouches for. */
  adopt(provider: Provider, claims: Claims): Promise<void>
}

const day = 86_400

/** Starts the sign-in library over our database. */
export function openIdentities(config: Config, database: Database, masters: Masters, hooks: IdentityHooks): Identities {
  const providers = readProviders(config)
  const auth = betterAuth(options({ config, database, masters, hooks, providers }))
  const mostAge = config.sessionMaxDays * day * 1_000
  return {
    providers,
    plainCode,
    answer: async (request) => presented.run(await presentedBy(request), () => auth.handler(request)),
    hash: async (password) => (await auth.$context).password.hash(password),
    verify: async (password, hash) => (await auth.$context).password.verify({ password, hash }),
    sessionOf: async (headers) => {
      const found = await auth.api.getSession({ headers })
      if (found === null) return undefined
      const { session } = found as unknown as { session: Stored }
      const end = new Date(session.enteredAt).getTime() + mostAge
      if (end <= Date.now()) return undefined
      return {
        id: session.id,
        user: session.userId,
        expires: new Date(Math.min(new Date(session.expiresAt).getTime(), end)),
        strong: session.strong === true,
        method: session.method ?? 'password',
        proven: new Date(session.createdAt),
      }
    },
  }
}

interface Stored {
  readonly id: string
  readonly userId: string
  readonly expiresAt: Date
  readonly createdAt: Date
  readonly enteredAt: Date
  readonly strong?: boolean
  readonly method?: Method
}

/** The recovery code of the request that is answered. */
const presented = new AsyncLocalStorage<string | undefined>()
const recoveryPath = '/two-factor/verify-backup-code'

async function presentedBy(request: Request): Promise<string | undefined> {
  if (!request.url.endsWith(recoveryPath)) return undefined
  const { code } = (await request.clone().json()) as { readonly code: string }
  return plainCode(code)
}

interface Parts {
  readonly config: Config
  readonly database: Database
  readonly masters: Masters
  readonly hooks: IdentityHooks
  readonly providers: readonly Provider[]
}

function options(parts: Parts) {
  const { config, database, masters, providers } = parts
  const expiresIn = config.sessionDays * day
  return {
    appName: 'Peyvand',
    baseURL: publicUrl(config),
    basePath: '/api/auth',
    secret: masters.current,
    telemetry: { enabled: false },
    logger: { disabled: true },
    onAPIError: { errorURL: `${publicUrl(config)}/sign-in` },
    // Attempts are counted by attempts.ts, and who may send what from where is checked before the library is asked.
    rateLimit: { enabled: false },
    database: {
      db: new Kysely<unknown>({ dialect: kyselyDialect(database) }),
      type: 'postgres' as const,
      schemaName: 'platform',
    },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 8, maxPasswordLength: 256 },
    advanced: {
      database: { generateId: () => randomUUID() },
      cookies: cookies(config),
      useSecureCookies: false,
      disableCSRFCheck: true,
      disableOriginCheck: true,
    },
    user: coreTables.user,
    session: {
      ...coreTables.session,
      expiresIn,
      updateAge: Math.min(day, expiresIn / 7),
      freshAge: freshFor / 1_000,
      additionalFields: {
        strong: { type: 'boolean' as const, required: false, input: false },
        method: { type: 'string' as const, required: false, input: false },
        enteredAt: { type: 'date' as const, required: false, input: false, fieldName: 'entered_at' },
      },
    },
    // Whom a provider vouches for is decided by provider.ts before the library looks for the account.
    account: { ...coreTables.account, accountLinking: { enabled: false }, updateAccountOnSignIn: false },
    verification: coreTables.verification,
    databaseHooks: { session: { create: { before: entry(parts) } } },
    plugins: [factor(parts), passkeys(config), ...(providers.length > 0 ? [oauth(parts)] : []), renewal],
  }
}

/** How long a session counts as just proven: sensitive changes ask again after it. unit: milliseconds */
export const freshFor = 10 * 60_000

function cookies(config: Config) {
  const attributes = { httpOnly: true, sameSite: 'lax' as const, secure: isSecure(config), path: '/' }
  const names = {
    session_token: 'sid',
    session_data: 'sid_data',
    dont_remember: 'sid_short',
    account_data: 'sid_account',
    two_factor: 'factor',
    trust_device: 'device',
    state: 'state',
    oauth_state: 'oauth_state',
    [challengeCookie]: 'challenge',
  }
  return Object.fromEntries(
    Object.entries(names).map(([key, name]) => [key, { name: cookieName(config, name), attributes }]),
  )
}

const challengeCookie = 'passkey_challenge'

interface EntryContext {
  readonly path?: string
  readonly body?: unknown
  readonly context: { readonly session?: { readonly session: Previous } | null }
}

/** Before a session is stored. throws: APIError, which tells no more than a wrong password does. */
function entry({ database, hooks }: Parts) {
  return async (session: { readonly userId: string }, context: unknown) => {
    const asked = context as EntryContext | null
    if (!(await hooks.mayEnter(session.userId)))
      throw new APIError('UNAUTHORIZED', { code: 'INVALID_EMAIL_OR_PASSWORD', message: 'refused' })
    if (asked?.path === '/two-factor/verify-totp') {
      const { code } = asked.body as { code: string }
      if (!(await takeCode(database, session.userId, code)))
        throw new APIError('UNAUTHORIZED', { code: 'INVALID_CODE', message: 'refused' })
    }
    const previous = asked?.context.session?.session
    return { data: { ...session, ...strengthOf(asked?.path, previous) } }
  }
}

function factor({ masters }: Parts): BetterAuthPlugin {
  return twoFactor({
    issuer: 'Peyvand',
    allowPasswordless: true,
    twoFactorCookieMaxAge: 600,
    backupCodeOptions: {
      customBackupCodesGenerate: makeCodes,
      // The library asks for an encryption; under ours is a hash, and of a list it is told the code alone that is presented.
      storeBackupCodes: {
        encrypt: (json) => keepCodes(json, masters),
        decrypt: (json) => showCode(json, presented.getStore(), masters),
      },
    },
    schema: factorTables,
  }) as BetterAuthPlugin
}

/** A passkey stands for both factors, so whoever has the device must have shown who they are to it. */
function passkeys(config: Config): BetterAuthPlugin {
  const refused = () => new APIError('UNAUTHORIZED', { code: 'USER_NOT_VERIFIED', message: 'refused' })
  return passkey({
    rpName: 'Peyvand',
    rpID: new URL(publicUrl(config)).hostname,
    origin: new URL(publicUrl(config)).origin,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    advanced: { webAuthnChallengeCookie: challengeCookie },
    registration: {
      afterVerification: ({ verification }) => {
        if (verification.registrationInfo?.userVerified !== true) throw refused()
      },
    },
    authentication: {
      afterVerification: ({ verification }) => {
        if (!verification.authenticationInfo.userVerified) throw refused()
      },
    },
    schema: passkeyTables,
  })
}

function oauth({ config, providers, hooks }: Parts): BetterAuthPlugin {
  return genericOAuth({
    config: providers.map((provider) => ({
      providerId: provider.id,
      name: provider.name,
      discoveryUrl: `${provider.issuer}/.well-known/openid-configuration`,
      clientId: provider.clientId,
      ...(provider.clientSecret === undefined ? {} : { clientSecret: provider.clientSecret }),
      scopes: [...provider.scopes],
      redirectURI: `${publicUrl(config)}/api/auth/callback/${provider.id}`,
      pkce: true,
      disableSignUp: true,
      requireIdTokenVerification: true,
      mapProfileToUser: async (claims: Record<string, unknown>) => {
        await hooks.adopt(provider, claims as unknown as Claims)
        return {}
      },
    })),
  }) as BetterAuthPlugin
}

/** Gives the caller's session a new id, after something new was proven or it means more than before. */
const renewal: BetterAuthPlugin = {
  id: 'renewal',
  endpoints: {
    renewSession: createAuthEndpoint('/renew', { method: 'POST' }, async (context) => {
      const found = await getSessionFromCtx(context)
      if (found === null) throw new APIError('UNAUTHORIZED')
      context.context.session = found
      const { session, user } = found
      const renewed = await context.context.internalAdapter.createSession(user.id, false, session)
      await setSessionCookie(context, { session: renewed, user })
      await context.context.internalAdapter.deleteSession(session.token)
      return context.json({ renewed: true })
    }),
    /** The same for a session of which nothing new was proven: it is as old as before, and the id before ends soon, not at once. */
    rotateSession: createAuthEndpoint('/rotate', { method: 'POST' }, async (context) => {
      const found = await getSessionFromCtx(context)
      if (found === null) throw new APIError('UNAUTHORIZED')
      context.context.session = found
      const { session, user } = found
      const { internalAdapter } = context.context
      const renewed = await internalAdapter.createSession(user.id, false, session)
      await internalAdapter.updateSession(renewed.token, { createdAt: session.createdAt })
      await setSessionCookie(context, { session: renewed, user })
      await internalAdapter.updateSession(session.token, { expiresAt: new Date(Date.now() + rotationGrace) })
      return context.json({ renewed: true })
    }),
  },
}
