// Secrets at rest: a text is sealed with a data key of the tenant, and data keys stand wrapped in the database under the key
// of the installation (envelope encryption). Whoever has the database alone can open nothing.
import { randomUUID } from 'node:crypto'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Session } from '../db/database.ts'
import type { Masters } from './master.ts'
import { close, newKey, open, wrappingOf, type Wrapping } from './seal.ts'

/** What a sealed text belongs to: the kind of thing (`totp`, `secret`) and which one of them. */
export interface SecretPlace {
  readonly use: string
  readonly key: string
}

/** Seals what must not stand in the database as it is. */
export interface Secrets {
  /** The stored form of a text. It opens at its own place only: copied to another row or tenant it is refused. */
  seal(place: SecretPlace, text: string): Promise<string>
  /** The text again. throws: Problem when the key that closed it is not known here, or it was changed. */
  open(place: SecretPlace, sealed: string): Promise<string>
}

const version = 'pv1'
/** How long a process goes on using a data key without looking whether it was replaced. unit: milliseconds */
const trusted = 10_000

interface KeyRow {
  readonly id: string
  readonly wrapped: string
  readonly master: string
}

export interface VaultParts {
  readonly database: Session
  /** Schema of the tenant whose data keys these are. */
  readonly schema: string
  /** Reads the keys of the installation anew: another process may have put a new one in force. */
  readonly masters: () => Promise<Masters>
}

/** Which data key a sealed text was closed with; undefined for a text that is not sealed. */
export function dataKeyOf(sealed: string): string | undefined {
  const [name, id, , more] = sealed.split('.')
  return name === version && more === undefined ? id : undefined
}

/** What the sealed texts of a data key begin with. */
export function prefixOf(dataKey: string): string {
  return `${version}.${dataKey}.`
}

/** The data keys of one tenant, opened when they are first needed. */
export class Vault implements Secrets {
  readonly #parts: VaultParts
  readonly #keys = new Map<string, Buffer>()
  #active: { readonly id: string; readonly asked: number } | undefined

  constructor(parts: VaultParts) {
    this.#parts = parts
  }

  async seal({ use, key }: SecretPlace, text: string): Promise<string> {
    const id = await this.#activeId()
    const closed = close(await this.#keyOf(id), [version, id, this.#parts.schema, use, key], Buffer.from(text))
    return `${prefixOf(id)}${closed}`
  }

  async open({ use, key }: SecretPlace, sealed: string): Promise<string> {
    const id = dataKeyOf(sealed)
    if (id === undefined) throw unopened('It is not sealed')
    const context = [version, id, this.#parts.schema, use, key]
    const bytes = open(await this.#keyOf(id), context, sealed.slice(prefixOf(id).length))
    if (bytes === undefined) throw unopened('It was changed, or belongs to something else')
    return bytes.toString()
  }

  /** What texts begin with that are sealed with the data key in force. */
  async prefix(): Promise<string> {
    return prefixOf(await this.#activeId())
  }

  /** Wraps every data key under the newest key of the installation and begins a new one. Gives how many were wrapped anew. */
  async renew(session: Session): Promise<number> {
    const { schema, masters } = this.#parts
    const known = await masters()
    const { rows } = await session.query<KeyRow>({
      text: 'select k.id::text, k.wrapped, k.master from platform.data_key k where k.tenant = $1 order by k.id for update',
      values: [schema],
    })
    const wrapping = wrappingOf(known.current)
    const old = rows.filter(({ master }) => master !== wrapping.id)
    for (const row of old)
      await session.query({
        text: 'update platform.data_key set wrapped = $2, master = $3 where id = $1::uuid',
        values: [row.id, wrapped(wrapping, schema, row.id, unwrap(row, schema, known)), wrapping.id],
      })
    await session.query({
      text: 'update platform.data_key set retired_at = now() where tenant = $1 and retired_at is null',
      values: [schema],
    })
    await this.#make(session, wrapping)
    this.#active = undefined
    return old.length
  }

  async #activeId(): Promise<string> {
    const now = Date.now()
    if (this.#active !== undefined && now - this.#active.asked < trusted) return this.#active.id
    const id = (await this.#findActive()) ?? (await this.#begin())
    this.#active = { id, asked: now }
    return id
  }

  async #findActive(): Promise<string | undefined> {
    const { rows } = await this.#parts.database.query<{ id: string }>({
      text: 'select k.id::text from platform.data_key k where k.tenant = $1 and k.retired_at is null',
      values: [this.#parts.schema],
    })
    return rows[0]?.id
  }

  /** The first data key of the tenant, made by whichever process is first. */
  async #begin(): Promise<string> {
    await this.#make(this.#parts.database, wrappingOf((await this.#parts.masters()).current))
    return (await this.#findActive())!
  }

  async #make(session: Session, wrapping: Wrapping): Promise<void> {
    const { schema } = this.#parts
    const id = randomUUID()
    await session.query({
      text: `insert into platform.data_key (id, tenant, wrapped, master) values ($1, $2, $3, $4)
        on conflict (tenant) where retired_at is null do nothing`,
      values: [id, schema, wrapped(wrapping, schema, id, newKey()), wrapping.id],
    })
  }

  async #keyOf(id: string): Promise<Buffer> {
    const known = this.#keys.get(id)
    if (known !== undefined) return known
    const { database, schema, masters } = this.#parts
    const { rows } = await database.query<KeyRow>({
      text: 'select k.id::text, k.wrapped, k.master from platform.data_key k where k.id::text = $1 and k.tenant = $2',
      values: [id, schema],
    })
    if (rows[0] === undefined) throw unopened('Its key is not here')
    const key = unwrap(rows[0], schema, await masters())
    this.#keys.set(id, key)
    return key
  }
}

function wrapped(wrapping: Wrapping, tenant: string, id: string, key: Buffer): string {
  return close(wrapping.key, [version, wrapping.id, tenant, id], key)
}

function unwrap({ id, wrapped: closed, master }: KeyRow, tenant: string, known: Masters): Buffer {
  const wrapping = [known.current, ...known.previous].map(wrappingOf).find((each) => each.id === master)
  if (wrapping === undefined) throw unopened('The key of the installation is another one now')
  const key = open(wrapping.key, [version, wrapping.id, tenant, id], closed)
  if (key === undefined) throw unopened('Its key was changed')
  return key
}

function unopened(why: string): Problem {
  return new Problem('internal.unavailable', {
    detail: `A stored secret cannot be opened. ${why}`,
    hint: 'After a change of SECRET: give the one before in SECRET_PREVIOUS and run peyvand secret rotate',
  })
}
