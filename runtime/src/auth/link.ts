// One-time links: to a new password, and into an account somebody was invited to. Only a hash of the token is kept; a link is
// good once and not for long, and it begins with PUBLIC_URL whatever a request says of itself.
import { createHash, randomBytes } from 'node:crypto'
import { Problem } from '@peyvand/core/base/problem.ts'
import { publicUrl, type Config } from '../config.ts'
import type { Session } from '../db/database.ts'
import type { Platform } from '../platform.ts'
import { note } from '../audit/note.ts'
import type { Doer } from './keys.ts'
import { linkMail, type LinkKind } from './mail/texts.ts'
import { mailTransport, post } from './mail/transport.ts'

/** How long a link works. unit: milliseconds */
export const linkLife: Readonly<Record<LinkKind, number>> = { reset: 30 * 60_000, invite: 7 * 86_400_000 }

/** An address as a link keeps it: enough to compare, and nothing to read. */
const addressHash = (address: string): string =>
  `encode(sha256(convert_to(lower(normalize(trim(${address}), NFC)), 'UTF8')), 'hex')`

/** What was sent to an address that is not the person's any more opens nothing: somebody else may read it there. */
const stillTheirs = `(l.address is null or l.address = ${addressHash('u.email')})`

type Host = Pick<Platform, 'database' | 'schema'> & { readonly config: Config }

/** Whom a link is for. */
export interface Addressee {
  readonly user: string
  readonly email: string
  readonly language: string | null
}

/** The active person who has this address; a program has none to write to. */
export async function addresseeOf({ database, schema }: Host, email: string): Promise<Addressee | undefined> {
  const { rows } = await database.query<Addressee>({
    text: `select u.id as user, u.email, u.language from "${schema}"."user" u
      where lower(u.email) = $1 and u.state = 'active' and coalesce(to_jsonb(u) ->> 'kind', 'internal') <> 'agent'`,
    values: [email],
  })
  return rows[0]
}

/** Sends a link; those of its kind that were sent before end. Gives the link. */
export async function sendLink(host: Host, kind: LinkKind, to: Addressee, by: Doer = {}): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await host.database.transaction(async (session) => {
    await session.query({
      text: 'delete from platform.one_time_link where tenant = $1 and user_id = $2::uuid and kind = $3',
      values: [host.schema, to.user, kind],
    })
    await session.query({
      text: `insert into platform.one_time_link (hash, kind, tenant, user_id, created_by, expires_at, address)
        values ($1, $2, $3, $4, $5, now() + $6::float8 * interval '1 ms', ${addressHash('$7::text')})`,
      values: [hashOf(token), kind, host.schema, to.user, by.actor ?? to.user, linkLife[kind], to.email],
    })
  })
  const link = `${publicUrl(host.config)}/${kind === 'reset' ? 'new-password' : 'invitation'}?token=${token}`
  await note(host, { kind: 'link', outcome: 'sent', user: to.user, ...by, detail: { for: kind } })
  post(mailTransport(host.config), { to: to.email, ...linkMail(kind, link, to.language) })
  return link
}

/** Ends every link of a person: whoever chose a new password does not want an old letter to choose another one. */
export async function endLinks(session: Session, user: string): Promise<void> {
  await session.query({
    text: 'delete from platform.one_time_link where user_id = $1::uuid',
    values: [user],
    writes: true,
  })
}

/** Uses a link up and gives whose it was. throws: Problem when it is unknown, used or over. */
export async function takeLink(
  session: Session,
  schema: string,
  token: string,
): Promise<{ user: string; kind: LinkKind }> {
  const { rows } = await session.query<{ user: string; kind: LinkKind }>({
    text: `delete from platform.one_time_link l using "${schema}"."user" u where u.id = l.user_id and ${stillTheirs}
      and l.hash = $1 and l.tenant = $2 and l.expires_at > now() returning l.user_id as user, l.kind`,
    values: [hashOf(token), schema],
  })
  if (rows[0] === undefined) throw over()
  return rows[0]
}

/** Whose account a link opens, without using it: for the page that asks for the password. throws: Problem. */
export async function readLink(host: Host, token: string): Promise<{ kind: LinkKind; email: string; name: string }> {
  const { rows } = await host.database.query<{ kind: LinkKind; email: string; name: string }>({
    text: `select l.kind, u.email, u.name from platform.one_time_link l join "${host.schema}"."user" u on u.id = l.user_id
      where l.hash = $1 and l.tenant = $2 and l.expires_at > now() and u.state = 'active' and ${stillTheirs}`,
    values: [hashOf(token), host.schema],
  })
  if (rows[0] === undefined) throw over()
  return rows[0]
}

function over(): Problem {
  return new Problem('auth.invalid', { detail: 'This link was used already or has ended', hint: 'Ask for a new one.' })
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
