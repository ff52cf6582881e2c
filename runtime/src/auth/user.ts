// People who can sign in: a user record of the tenant and an identity of the platform with the same id. Decides how they come
// into being (command line, first administrator, demo) and how a password is set anew.
import { randomUUID } from 'node:crypto'
import { Problem } from '@peyvand/core/base/problem.ts'
import { systemActor } from '@peyvand/core/access/actor.ts'
import { render, type Sql } from '@peyvand/core/expression/fragment.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { insertedShadows } from '@peyvand/core/query/shadow.ts'
import type { Session } from '../db/database.ts'
import type { Platform } from '../platform.ts'
import type { Identities } from './identity.ts'
import { endLinks } from './link.ts'
import { checkPassword } from './password.ts'

export interface NewUser {
  readonly email: string
  readonly name?: string
  /** Absent: the person exists but cannot sign in yet. */
  readonly password?: string
  readonly roles?: readonly string[]
  /** Name of the business unit; absent: the root. */
  readonly unit?: string
}

/** Where records are: the tenant's schema, and the model that says what they have. */
type Place = Pick<Platform, 'schema' | 'model'>
type Host = Pick<Platform, 'config' | 'database' | 'schema' | 'events' | 'model'> & {
  readonly identities: () => Promise<Identities>
}

/** Signs that Unicode itself takes for an ASCII one (K, ;, `): an address with them is nobody's. */
const posing = /[\u212A\u037E\u1FEF]/gu

/** The form in which e-mail addresses are compared: exact, without folding of accents or look-alikes. */
export function emailKey(email: string): string {
  return email.trim().replace(posing, '\uFFFD').normalize('NFC').toLowerCase()
}

/** Makes a person who can sign in, or adds roles and a password to one that exists. throws: Problem for bad input. */
export async function addUser(host: Host, wish: NewUser): Promise<{ id: string; created: boolean }> {
  const email = emailKey(wish.email)
  checkWish(host, wish, email)
  if (wish.password !== undefined) await checkPassword(host.config, wish.password)
  const hash = wish.password === undefined ? undefined : await (await host.identities()).hash(wish.password)
  const done = await host.database.transaction(async (session) => {
    await session.query({ text: 'select pg_advisory_xact_lock(hashtext($1))', values: [`user ${email}`] })
    const known = await findUser(session, host.schema, email)
    const id = known ?? (await insertUser(session, host, email, wish))
    if (hash !== undefined) await setCredential(session, { id, email, name: wish.name ?? email, hash })
    for (const role of wish.roles ?? []) await assignRole(session, host, id, role)
    return { id, created: known === undefined }
  })
  host.events.emit({ kind: 'record', entity: 'user', ids: [done.id], change: done.created ? 'create' : 'update' })
  host.events.emit({ kind: 'access', user: done.id })
  return done
}

function checkWish(host: Host, wish: NewUser, email: string): void {
  if (!/^[^\s@]{1,64}@[^\s@]+\.[^\s@]+$/.test(email) || email.length > 254)
    throw new Problem('check.invalid', { target: 'email', detail: 'The e-mail address is not valid' })
  const unknown = wish.roles?.find((role) => !host.model().roles.has(role))
  if (unknown !== undefined)
    throw new Problem('missing.definition', {
      target: 'roles',
      detail: `There is no role "${unknown}"`,
      hint: `Roles: ${[...host.model().roles.keys()].join(', ')}`,
    })
}

/** Id of the user record with this address. */
export async function findUser(session: Session, schema: string, email: string): Promise<string | undefined> {
  const { rows } = await session.query<{ id: string }>({
    text: `select u.id from "${schema}"."user" u where lower(u.email) = $1`,
    values: [emailKey(email)],
  })
  return rows[0]?.id
}

async function insertUser(session: Session, host: Place, email: string, wish: NewUser): Promise<string> {
  const unit = await unitId(session, host, wish.unit)
  const id = randomUUID()
  await insert(session, host, 'user', {
    id,
    name: wish.name ?? email.split('@')[0]!,
    email,
    unit_id: unit,
    state: 'active',
  })
  return id
}

async function unitId(session: Session, host: Place, name: string | undefined): Promise<string> {
  const { schema } = host
  const where = name === undefined ? 'b.parent_id is null order by b.created_at limit 1' : 'b.name = $1'
  const { rows } = await session.query<{ id: string }>({
    text: `select b.id from "${schema}"."business_unit" b where ${where}`,
    values: name === undefined ? [] : [name],
  })
  if (rows[0] !== undefined) return rows[0].id
  if (name !== undefined)
    throw new Problem('check.reference', { target: 'unit', detail: `There is no business unit "${name}"` })
  return ensureRootUnit(session, host)
}

/** Id of the root business unit, which is made when there is none yet. */
export async function ensureRootUnit(session: Session, host: Place): Promise<string> {
  await session.query({ text: "select pg_advisory_xact_lock(pg_catalog.hashtext('root unit'))" })
  const { rows } = await session.query<{ id: string }>({
    text: `select b.id from "${host.schema}"."business_unit" b where b.parent_id is null order by b.created_at limit 1`,
  })
  if (rows[0] !== undefined) return rows[0].id
  const id = randomUUID()
  await insert(session, host, 'business_unit', { id, name: 'Organization' })
  return id
}

/** Gives a user a role everywhere, once. */
export async function assignRole(session: Session, host: Place, user: string, role: string): Promise<void> {
  const { rows } = await session.query({
    text: `select 1 from "${host.schema}"."role_assignment" r where r.user_id = $1::uuid and r.role = $2 and r.unit_id is null`,
    values: [user, role],
  })
  if (rows.length === 0) await insert(session, host, 'role_assignment', { id: randomUUID(), user_id: user, role })
}

async function insert(
  session: Session,
  { schema, model }: Place,
  table: string,
  values: Readonly<Record<string, string | null>>,
): Promise<void> {
  const now = new Date().toISOString()
  const row = {
    ...values,
    created_at: now,
    created_by_id: systemActor.user,
    modified_at: now,
    modified_by_id: systemActor.user,
    version: 1,
  }
  const given = Object.keys(row).map((name, i) => [name, place(i + 1)] as const)
  const pairs = [...given, ...insertedShadows(model(), wireOf(model(), model().entities.get(table)!), given)]
  const names = pairs.map(([name]) => `"${name}"`).join(', ')
  const text = `insert into "${schema}"."${table}" (${names}) values (${pairs.map(([, value]) => render(value).text).join(', ')})`
  await session.query({ text, values: Object.values(row) })
}

/** The n-th value of a statement. */
function place(n: number): Sql {
  return { pieces: [`$${n}`] }
}

/** Gives a person a password, and ends their sessions. */
export async function setPassword(host: Host, user: string, password: string): Promise<void> {
  await checkPassword(host.config, password)
  const hash = await (await host.identities()).hash(password)
  await host.database.transaction(async (session) => {
    const { rows } = await session.query<{ name: string; email: string }>({
      text: `select u.name, u.email from "${host.schema}"."user" u where u.id = $1::uuid and u.state = 'active'`,
      values: [user],
    })
    const person = rows[0]
    if (person === undefined) throw new Problem('auth.invalid', { detail: 'This account is not active' })
    await setCredential(session, { id: user, name: person.name, email: emailKey(person.email), hash })
  })
  host.events.emit({ kind: 'access', user })
}

async function setCredential(
  session: Session,
  { id, email, name, hash }: { id: string; email: string; name: string; hash: string },
): Promise<void> {
  await session.query({
    text: 'insert into platform.identity (id, name, email) values ($1, $2, $3) on conflict (id) do update set email = excluded.email, name = excluded.name',
    values: [id, name, email],
  })
  await session.query({
    text: "delete from platform.credential where user_id = $1::uuid and provider_id = 'credential'",
    values: [id],
  })
  await session.query({ text: 'delete from platform.session where user_id = $1::uuid', values: [id] })
  await endLinks(session, id)
  await session.query({
    text: "insert into platform.credential (id, user_id, account_id, provider_id, password) values ($1, $2, $3, 'credential', $4)",
    values: [randomUUID(), id, id, hash],
  })
}

/** Whether anybody who can sign in has a role. */
export async function hasSignInWith(session: Session, { schema, model }: Place, role: string): Promise<boolean> {
  const byTeam =
    model()
      .entities.get('role_assignment')
      ?.fields.some(({ name }) => name === 'team') === true
  const members = `select m.user_id from "${schema}"."team_member" m where m.team_id = r.team_id`
  const text = `select 1 from "${schema}"."role_assignment" r join platform.credential c
    on c.user_id = r.user_id${byTeam ? ` or c.user_id in (${members})` : ''} where r.role = $1 limit 1`
  return (await session.query({ text, values: [role] })).rows.length > 0
}
