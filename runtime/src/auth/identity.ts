// Who signs in: identities, passwords and sessions, kept by better-auth in the platform schema. Decides its settings; what a
// signed-in person may do is decided by actor.ts and core/access. Loaded only when somebody signs in or is added.
import { randomUUID } from 'node:crypto'
import { betterAuth } from 'better-auth'
import { Kysely } from 'kysely'
import { publicUrl, type Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import { kyselyDialect } from '../db/kysely.ts'
import { cookieName, isSecure } from './cookie.ts'

/** A session as its cookie proves it. */
export interface SignedIn {
  readonly user: string
  readonly expires: Date
}

/** What the sign-in library does for us. */
export interface Identities {
  /** Answers the library's own routes under /api/auth. */
  answer(request: Request): Promise<Response>
  /** The session a request's cookie proves, or undefined. */
  sessionOf(headers: Headers): Promise<SignedIn | undefined>
  /** The stored form of a password. */
  hash(password: string): Promise<string>
}

/** Starts the sign-in library over our database. */
export function openIdentities(config: Config, database: Database, secret: string): Identities {
  const auth = betterAuth(options(config, database, secret))
  return {
    answer: (request) => auth.handler(request),
    hash: async (password) => (await auth.$context).password.hash(password),
    sessionOf: async (headers) => {
      const found = await auth.api.getSession({ headers })
      return found === null ? undefined : { user: found.user.id, expires: new Date(found.session.expiresAt) }
    },
  }
}

function options(config: Config, database: Database, secret: string) {
  const cookie = {
    name: cookieName(config),
    attributes: { httpOnly: true, sameSite: 'lax' as const, secure: isSecure(config), path: '/' },
  }
  return {
    appName: 'Peyvand',
    baseURL: publicUrl(config),
    basePath: '/api/auth',
    secret,
    telemetry: { enabled: false },
    logger: { disabled: true },
    // Failed sign-ins are counted by limit.ts, and who may send what from where is checked before the library is asked.
    rateLimit: { enabled: false },
    database: {
      db: new Kysely<unknown>({ dialect: kyselyDialect(database) }),
      type: 'postgres' as const,
      schemaName: 'platform',
    },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 8, maxPasswordLength: 256 },
    advanced: {
      database: { generateId: () => randomUUID() },
      cookies: { session_token: cookie },
      useSecureCookies: false,
      disableCSRFCheck: true,
      disableOriginCheck: true,
    },
    user: {
      modelName: 'identity',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    session: {
      modelName: 'session',
      expiresIn: config.sessionDays * 86_400,
      updateAge: 86_400,
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    account: {
      modelName: 'credential',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'verification',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
  }
}
