// The events that declare what was done to the audit: read when a seal names them, and held against what was done. Of
// retention each event must account for all that is said to be removed by it, and for nothing else.
import { createHash, type Hash } from 'node:crypto'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import type { Session } from '../db/database.ts'
import type { AuditPlace } from './chain.ts'
import type { Finding } from './finding.ts'
import { nameOf, redactionBytes } from './redact.ts'
import type { AuditRow } from './rows.ts'
import type { EventPlace, Removal } from './seal.ts'

/** What an event of retention took out of one seal. */
export interface Removed extends Pick<Removal, 'event' | 'count' | 'digest'> {
  readonly seal: string
}

interface Sum {
  readonly place: EventPlace
  readonly first: string
  readonly hash: Hash
  count: number
}

const remembered = 200

/** What a removal adds to the digest of its event. */
export function removalLine({ seal, count, digest }: Omit<Removed, 'event'>): string {
  return `${seal}:${count}:${digest};`
}

/** What is signed of a removal. */
export function retentionBytes({ from, through, count, digest }: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(JSON.stringify(['peyvand retention 1', from, through, count, digest]))
}

/** The declared changes of a tenant's audit. Reads events once and remembers the last ones. */
export class Declared {
  readonly #session: Session
  readonly #place: AuditPlace
  readonly #known = new Map<string, JsonObject | undefined>()
  readonly #sums = new Map<string, Sum>()

  constructor(session: Session, place: AuditPlace) {
    this.#session = session
    this.#place = place
  }

  /** Why an event does not say that this row was erased to what it is now; undefined when it does. */
  async redaction(event: unknown, row: AuditRow, digest: Buffer): Promise<string | undefined> {
    const detail = isPlace(event) ? await this.#detailOf(event, 'redaction') : undefined
    if (detail === undefined) return 'the event that should say so is not there'
    const { reason, columns, rows, key, mac } = detail
    if (!isJsonObject(rows)) return 'the event that should say so names no rows'
    if (!this.#isSigned(key, mac, redactionBytes({ reason, columns, rows })))
      return 'the event that says so is not signed'
    return rows[nameOf(row)] === digest.toString('hex') ? undefined : 'it was changed once more, or otherwise'
  }

  /** Adds up what seals say was removed. */
  keep(removals: readonly Removed[]): void {
    for (const removed of removals) {
      const sum: Sum = this.#sums.get(removed.event.id) ?? {
        place: removed.event,
        first: removed.seal,
        hash: createHash('sha256'),
        count: 0,
      }
      sum.hash.update(removalLine(removed))
      sum.count += removed.count
      this.#sums.set(removed.event.id, sum)
    }
  }

  /** Holds each event of retention against what was added up. `isPartial`: not from the first seal on. Called last. */
  async end(isPartial: boolean): Promise<Finding[]> {
    const findings: Finding[] = []
    for (const { place, first, hash, count } of this.#sums.values()) {
      const detail = await this.#detailOf(place, 'retention')
      const say = (why: string) =>
        findings.push({ kind: 'retention', seal: first, row: place.id, table: '_security', detail: why })
      if (detail === undefined) say('the event that should say so is not there')
      else if (!this.#isSigned(detail['key'], detail['mac'], retentionBytes(detail)))
        say('the event that says so is not signed')
      else if (isPartial && detail['from'] !== first) continue
      else if (detail['count'] !== count || detail['digest'] !== hash.digest('hex'))
        say(`${count} rows are said to be removed by an event that tells of others`)
    }
    return findings
  }

  #isSigned(key: JsonValue | undefined, mac: JsonValue | undefined, bytes: Buffer): boolean {
    if (typeof key !== 'string' || typeof mac !== 'string') return false
    return this.#place.signer.isSigned(key, bytes, Buffer.from(mac, 'hex')) === true
  }

  async #detailOf({ id, at }: EventPlace, kind: string): Promise<JsonObject | undefined> {
    const name = `${kind} ${id} ${at}`
    if (this.#known.has(name)) return this.#known.get(name)
    const { rows } = await this.#session.query<{ detail: JsonValue }>({
      text: `select s.detail from "${this.#place.schema}"._security s
        where s.id = $1::uuid and s.at = $2::timestamptz and s.kind = $3`,
      values: [id, at, kind],
    })
    const detail = rows[0] !== undefined && isJsonObject(rows[0].detail) ? rows[0].detail : undefined
    if (this.#known.size >= remembered) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(name, detail)
    return detail
  }
}

/** Whether something names an event, and says nothing else. */
export function isPlace(event: unknown): event is EventPlace {
  if (typeof event !== 'object' || event === null || Object.keys(event).length !== 2) return false
  const { id, at } = event as Record<keyof EventPlace, unknown>
  const moment = typeof at === 'string' ? new Date(at) : undefined
  return typeof id === 'string' && /^[0-9a-f-]{36}$/.test(id) && !!moment?.getTime() && moment.toISOString() === at
}
