// Delta links: `Prefer: odata.track-changes` on a list → `@odata.deltaLink`; following it gives what changed since. A token
// says what its list had seen (a snapshot of the database), when it was given and for what; whoever changes one only moves a
// point in time inside what they may read anyway. A token that cannot be served exactly is answered with 410: start again.
import type { PreparedDelta } from '@peyvand/core/access/delta.ts'
import type { ReadRow } from '@peyvand/core/access/read.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { withoutOptions } from '@peyvand/core/query/option.ts'
import { seenParts } from '@peyvand/core/query/snapshot.ts'
import type { DataRequest } from '../data.ts'
import { changesOf, readChanges, type ChangesOrder } from '../../records/changes.ts'

export interface DeltaToken {
  /** Unix time in seconds. */
  readonly at: number
  readonly fingerprint: string
  /** What was seen: changes since then are asked for. */
  readonly since: string
  /** On a later page of changes: what the first page saw, from which the next round begins. */
  readonly until?: string
  readonly after?: string
}

const day = 86_400
const snapshotText = /^\d{1,20}:\d{1,20}:(?:\d{1,20}(?:,\d{1,20})*)?\/\d{1,20}\.\d{1,10}$/

/** The token as it stands in a link. */
export function writeDeltaToken({ at, fingerprint, since, until, after }: DeltaToken): string {
  return Buffer.from(JSON.stringify([at, fingerprint, since, until ?? null, after ?? null])).toString('base64url')
}

/** Reads a token, or says that it is none of ours. */
export function readDeltaToken(text: string): DeltaToken | Problem {
  const broken = new Problem('request.malformed', {
    detail: 'The delta token cannot be read',
    target: '$deltatoken',
    hint: 'Use @odata.deltaLink as it was given',
  })
  if (!/^[\w-]{10,100000}$/.test(text)) return broken
  try {
    const parts = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown
    if (!Array.isArray(parts) || parts.length !== 5) return broken
    const [at, fingerprint, since, until, after] = parts as unknown[]
    const isSeen = (seen: unknown): seen is string => typeof seen === 'string' && snapshotText.test(seen)
    if (!Number.isSafeInteger(at) || typeof fingerprint !== 'string' || !isSeen(since)) return broken
    if ((until !== null && !isSeen(until)) || (after !== null && !isId(after))) return broken
    return { at: at as number, fingerprint, since, ...(until ? { until } : {}), ...(after ? { after } : {}) }
  } catch {
    return broken
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value)
}

const own = new Set(['deltatoken'])
const paging = new Set(['deltatoken', 'skiptoken'])

/** The token of a request and its query without it; undefined when there is none. throws: Problem. */
export function takeDeltaToken(query: string): { token: DeltaToken; query: string; paged: boolean } | undefined {
  if (!/deltatoken/i.test(query)) return undefined
  const given = [...new URLSearchParams(query)].filter(([name]) => /^\$?deltatoken$/i.test(name))
  if (given.length === 0) return undefined
  const token = given.length > 1 ? undefined : readDeltaToken(given[0]![1])
  if (token === undefined)
    throw new Problem('request.malformed', { detail: '"$deltatoken" is given twice', target: '$deltatoken' })
  if (token instanceof Problem) throw token
  const rest = withoutOptions(query, own)
  return { token, query: rest, paged: withoutOptions(query, paging) !== rest }
}

/**
 * `,"@odata.nextLink":…` or `,"@odata.deltaLink":…` behind a page of a tracked list; undefined when its changes cannot be told.
 * `given` is the token that its first page handed on.
 */
export function trackedLink(
  { base, path, context }: DataRequest,
  order: ChangesOrder,
  { row, next, given }: { readonly row: ReadRow; readonly next: string | undefined; readonly given?: DeltaToken },
): string | undefined {
  const token = given ?? firstToken(changesOf(context, order), row)
  if (token === undefined) return undefined
  const query = next ?? withoutOptions(order.query, paging)
  return linkMember(next === undefined ? 'deltaLink' : 'nextLink', `${base}/${path}`, query, token)
}

function firstToken(changes: PreparedDelta | undefined, { seen }: ReadRow): DeltaToken | undefined {
  if (changes === undefined || seen === undefined) return undefined
  return { at: now(), fingerprint: changes.fingerprint, since: seen }
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}

function linkMember(name: 'deltaLink' | 'nextLink', address: string, query: string, token: DeltaToken): string {
  const options = [query, `$deltatoken=${writeDeltaToken(token)}`].filter((part) => part !== '').join('&')
  return `,"@odata.${name}":${JSON.stringify(`${address}?${options}`)}`
}

/** One page of changes: the members behind the context, as text. throws: Problem. */
export async function changesPage(request: DataRequest, order: ChangesOrder, token: DeltaToken) {
  const { platform, context, base, path } = request
  checkAge(token, platform.config.deltaDays)
  const since = seenParts(token.since)
  const answer = await readChanges(platform, context, order, {
    fingerprint: token.fingerprint,
    since: since.snapshot,
    after: token.after ?? null,
  })
  if (answer === undefined) throw gone('The model, your rights or the query are not those of the token any more')
  const { changes, row } = answer
  if (row.lost || seenParts(row.seen).history !== since.history)
    throw gone('Records were changed in a way that is not told one by one')
  const until = token.until ?? row.seen
  const link =
    row.next === null
      ? linkMember('deltaLink', `${base}/${path}`, order.query, {
          at: now(),
          fingerprint: token.fingerprint,
          since: until,
        })
      : linkMember('nextLink', `${base}/${path}`, order.query, { ...token, until, after: row.next })
  const count = changes.counted ? `,"@odata.count":${order.exact === true ? `"${row.count}"` : row.count}` : ''
  return {
    entity: changes.entity,
    context: `${changes.context}/$delta`,
    current: answer.context,
    count,
    body: row.body,
    link,
  }
}

function checkAge({ at }: DeltaToken, days: number): void {
  if (at + days * day >= now()) return
  throw gone(`A delta link is good for ${days} days`)
}

function gone(detail: string): Problem {
  return new Problem('missing.changes', {
    detail,
    target: '$deltatoken',
    hint: 'Start again: read the list with "Prefer: odata.track-changes"',
  })
}
