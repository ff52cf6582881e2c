// OpenID Connect providers: their settings, and whose account somebody has of whom a provider vouches. The protocol (code with
// PKCE, state, nonce, checked ID token, exact redirect) is the sign-in library's; an account is found by issuer and subject, and
// by a verified address or a new one only where the settings say so.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Config } from '../config.ts'
import type { Session } from '../db/database.ts'
import type { Platform } from '../platform.ts'
import { note } from '../audit/note.ts'
import type { Identities } from './identity.ts'
import { addUser, emailKey, findUser } from './user.ts'

/** One provider, as it is configured. */
export interface Provider {
  readonly id: string
  /** What the button says. */
  readonly name: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret?: string
  readonly scopes: readonly string[]
  /** A person who is known by the same, verified address is taken to be this one. */
  readonly link: boolean
  /** The role somebody gets of whom nothing was known before; absent: nobody is made. */
  readonly create?: { readonly role: string }
}

/** What a checked ID token says. */
export interface Claims {
  readonly sub: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly name?: string
}

const members = ['id', 'name', 'issuer', 'clientId', 'clientSecret', 'scopes', 'link', 'create'] as const

/** The providers of the settings. throws: Problem that names what is wrong. */
export function readProviders(config: Config): readonly Provider[] {
  const text = config.oidcProviders
  if (text === undefined) return []
  const json = /^\s*[[{]/.test(text) ? text : readFileSync(text, 'utf8')
  let read: JsonValue
  try {
    read = JSON.parse(json) as JsonValue
  } catch {
    throw wrong('is no JSON')
  }
  const list = Array.isArray(read) ? read : [read]
  const providers = list.map(readProvider)
  if (new Set(providers.map(({ id }) => id)).size < providers.length) throw wrong('has two providers of one id')
  return providers
}

function readProvider(value: JsonValue): Provider {
  if (!isJsonObject(value)) throw wrong('is a list of objects')
  const unknown = Object.keys(value).find((name) => !(members as readonly string[]).includes(name))
  if (unknown !== undefined) throw wrong(`knows no "${unknown}"; it knows ${members.join(', ')}`)
  const id = textIn(value, 'id')
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(id) || id === 'credential')
    throw wrong('needs ids of small letters, digits, dashes')
  const issuer = textIn(value, 'issuer').replace(/\/+$/, '')
  const isLocal = /^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?(?:\/|$)/.test(issuer)
  if (!URL.canParse(issuer) || !(issuer.startsWith('https://') || isLocal)) throw wrong('needs issuers that are https')
  const { name, clientSecret, scopes, link, create } = value
  if (create !== undefined && !(isJsonObject(create) && typeof create['role'] === 'string'))
    throw wrong('needs a role for new people: "create": {"role": "…"}')
  return {
    id,
    issuer,
    name: typeof name === 'string' ? name : id,
    clientId: textIn(value, 'clientId'),
    ...(typeof clientSecret === 'string' ? { clientSecret } : {}),
    scopes: Array.isArray(scopes) ? scopes.map(String) : ['openid', 'email', 'profile'],
    link: link === true,
    ...(create === undefined ? {} : { create: { role: create['role'] as string } }),
  }
}

function textIn(value: JsonObject, name: string): string {
  const found = value[name]
  if (typeof found === 'string' && found !== '') return found
  throw wrong(`needs a text "${name}" for each provider`)
}

function wrong(what: string): Problem {
  return new Problem('check.invalid', { target: 'OIDC_PROVIDERS', detail: `OIDC_PROVIDERS ${what}` })
}

type Host = Pick<Platform, 'config' | 'database' | 'schema' | 'events' | 'model'> & {
  readonly identities: () => Promise<Identities>
}

/** Sees to it that there is an account for whom a provider vouches, where the settings allow one. What is not made is refused. */
export async function adopt(host: Host, provider: Provider, claims: Claims): Promise<void> {
  if (await hasAccount(host.database, provider.id, claims.sub)) return
  // An address that the provider did not verify says nothing about who somebody is.
  const email = claims.email_verified === true && claims.email !== undefined ? emailKey(claims.email) : undefined
  if (email === undefined) return
  const known = await findUser(host.database, host.schema, email)
  if (known !== undefined && !provider.link) return
  if (known === undefined && provider.create === undefined) return
  const name = claims.name?.slice(0, 200) ?? email
  const user =
    known ??
    (await addUser(host, { email, name, roles: provider.create === undefined ? [] : [provider.create.role] })).id
  await link(host.database, { provider: provider.id, subject: claims.sub, user, email, name })
  await note(host, {
    kind: 'provider',
    outcome: known === undefined ? 'created' : 'changed',
    user,
    detail: { provider: provider.id },
  })
}

async function hasAccount(database: Session, provider: string, subject: string): Promise<boolean> {
  const { rows } = await database.query({
    text: 'select 1 from platform.credential c where c.provider_id = $1 and c.account_id = $2',
    values: [provider, subject],
  })
  return rows.length > 0
}

async function link(
  database: Session,
  {
    provider,
    subject,
    user,
    email,
    name,
  }: Readonly<Record<'provider' | 'subject' | 'user' | 'email' | 'name', string>>,
): Promise<void> {
  await database.query({
    text: 'insert into platform.identity (id, name, email) values ($1, $2, $3) on conflict (id) do nothing',
    values: [user, name, email],
  })
  await database.query({
    text: `insert into platform.credential (id, user_id, account_id, provider_id) values ($1, $2, $3, $4)
      on conflict (provider_id, account_id) do nothing`,
    values: [randomUUID(), user, subject, provider],
  })
}
