// How often something may be tried: sign-ins, links, codes. An attempt is counted before it is made, in one statement, so that
// many at once do not slip past; the counts are the database's, so that several processes have one limit. Who goes on after a
// limit waits twice as long each time.
import { createHash } from 'node:crypto'
import type { Session } from '../db/database.ts'
import { tooMany } from './limit.ts'

export interface AttemptLimit {
  /** What is counted, and of whom; kept as a hash, for it may be an address that somebody typed. */
  readonly key: string
  /** Attempts in one window; 0 counts nothing. */
  readonly most: number
  /** unit: milliseconds */
  readonly window: number
}

/** The window grows no further than this many times itself. */
const longest = 64

const text = `insert into platform.attempt as a (key, count, strikes, ends_at)
  values ($1, 1, 0, clock_timestamp() + $3::float8 * interval '1 ms')
  on conflict (key) do update set
    count = case when a.ends_at <= clock_timestamp() then 1 else a.count + 1 end,
    strikes = case when a.ends_at <= clock_timestamp() - interval '1 day' then 0
      when a.ends_at > clock_timestamp() and a.count = $2::int then least(a.strikes + 1, 20) else a.strikes end,
    ends_at = case when a.ends_at <= clock_timestamp() then clock_timestamp() + $3::float8 * interval '1 ms'
      when a.count = $2::int then clock_timestamp() + $3::float8 * least(power(2, a.strikes), ${longest}) * interval '1 ms'
      else a.ends_at end
  returning a.count, greatest(1, ceil(extract(epoch from a.ends_at - clock_timestamp())))::int as seconds`

/** Counts one attempt. Gives the seconds to wait when it is one too many, else 0. */
export async function countAttempt(database: Session, { key, most, window }: AttemptLimit): Promise<number> {
  if (most === 0) return 0
  const { rows } = await database.query<{ count: number; seconds: number }>({
    text,
    values: [hashOf(key), most, window],
    name: 'attempt',
    writes: true,
  })
  return rows[0]!.count > most ? rows[0]!.seconds : 0
}

/** Counts one attempt against each limit. throws: Problem limit.rate when one of them is reached. */
export async function mayTry(database: Session, limits: readonly AttemptLimit[], what: string): Promise<void> {
  let wait = 0
  for (const limit of limits) wait = Math.max(wait, await countAttempt(database, limit))
  if (wait > 0) throw tooMany(wait, what)
}

/** Forgets the attempts of a key: the right one proved itself. */
export async function forgetAttempts(database: Session, key: string): Promise<void> {
  await database.query({ text: 'delete from platform.attempt where key = $1', values: [hashOf(key)], writes: true })
}

/** Takes back one attempt that turned out to be a good one. */
export async function giveBack(database: Session, key: string): Promise<void> {
  await database.query({
    text: 'update platform.attempt set count = greatest(count - 1, 0) where key = $1 and ends_at > clock_timestamp()',
    values: [hashOf(key)],
    writes: true,
  })
}

/** Whether something is done for the first time within so long. unit: milliseconds */
export async function isFirst(database: Session, key: string, window: number): Promise<boolean> {
  return (await countAttempt(database, { key, most: 1, window })) === 0
}

/** Forgets what nobody waits for any more. */
export async function sweepAttempts(database: Session): Promise<void> {
  await database.query({ text: "delete from platform.attempt where ends_at < now() - interval '1 day'" })
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}
