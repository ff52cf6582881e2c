// Whether the audit is what it was when it was sealed. Goes from seal to seal, holding one handful of rows at a time, and looks
// again under the lock before it says that something is wrong: what is erased or removed by a declared way meanwhile is not.
import type { Session } from '../db/database.ts'
import { batch, lockSeals, unsealed, type AuditPlace, type Unsealed } from './chain.ts'
import { Declared } from './declared.ts'
import type { Finding } from './finding.ts'
import { comparePlaces, endOfEra, start } from './place.ts'
import { readRows, type AuditRow } from './rows.ts'
import { hashOf, headBytes, noHash, readSeals, type KeptSeal, type Seal } from './seal.ts'
import { isBackdated, rowPlace, verifyRows, type Told } from './verify-rows.ts'

/** A seal that is known from elsewhere: printed, sent away, or noted in a file. */
export interface Anchor {
  readonly number: string
  /** Hex. */
  readonly hash: string
}

export interface VerifyOrder {
  /** The first seal to look at; what is before is believed. */
  readonly from?: string
  readonly anchors?: readonly Anchor[]
  /** Called now and then. */
  readonly progress?: (done: { readonly seals: number; readonly rows: number }) => Promise<void> | void
  readonly signal?: AbortSignal
}

/** What came of it. */
export interface Verified {
  readonly seals: number
  readonly rows: number
  /** Rows of which values were erased, as declared. */
  readonly redacted: number
  /** Rows that retention took away, as declared. */
  readonly removed: number
  /** The last seal; null when there is none. */
  readonly head: (Anchor & { readonly sealedAt: string }) | null
  readonly unsealed: Unsealed
  /** How many things are wrong; of many only the first are told. */
  readonly wrong: number
  readonly findings: readonly Finding[]
  /** Whether the database itself refuses changes of the audit; null where it cannot (Citus). */
  readonly guarded: boolean | null
}

const mostTold = 1_000
const mostSeals = 200

/** Goes over the whole audit. throws: only what the database throws. */
export async function verifyAudit(session: Session, place: AuditPlace, order: VerifyOrder = {}): Promise<Verified> {
  const walk = new Walk(session, place, order)
  return walk.run()
}

class Walk {
  readonly #session: Session
  readonly #place: AuditPlace
  readonly #order: VerifyOrder
  readonly #events: Declared
  readonly #findings: Finding[] = []
  readonly #sums = { wrong: 0, seals: 0, rows: 0, redacted: 0, removed: 0 }
  readonly #anchors: ReadonlyMap<string, readonly string[]>
  #last: Seal | undefined

  constructor(session: Session, place: AuditPlace, order: VerifyOrder) {
    this.#session = session
    this.#place = place
    this.#order = order
    this.#events = new Declared(session, place)
    const known = Map.groupBy(order.anchors ?? [], ({ number }) => number)
    this.#anchors = new Map([...known].map(([number, all]) => [number, all.map(({ hash }) => hash)]))
  }

  async run(): Promise<Verified> {
    const { schema } = this.#place
    const eras = await this.#eras()
    let next = this.#order.from ?? '1'
    if (BigInt(next) > 1n) this.#last = (await readSeals(this.#session, schema, String(BigInt(next) - 1n), 1))[0]
    for (;;) {
      this.#order.signal?.throwIfAborted()
      const seals = await readSeals(this.#session, schema, next, mostSeals)
      if (seals.length === 0) break
      for (const group of grouped(seals)) await this.#group(group, eras)
      next = String(BigInt(seals.at(-1)!.number) + 1n)
      await this.#order.progress?.({ seals: this.#sums.seals, rows: this.#sums.rows })
    }
    await this.#end()
    return this.#verified()
  }

  async #eras(): Promise<number> {
    const { rows } = await this.#session.query<{ eras: number }>({
      text: `select coalesce(max(l.era), 1)::int as eras from "${this.#place.schema}"._seal l`,
    })
    return rows[0]!.eras
  }

  /** Some seals that follow one another, with all rows they cover. */
  async #group(seals: readonly KeptSeal[], eras: number): Promise<void> {
    const before = this.#last
    const first = await this.#look(seals, eras, before)
    const told = first.findings.length === 0 ? first : await this.#again(seals, eras, before)
    for (const finding of told.findings) this.#say(finding)
    this.#sums.seals += seals.length
    this.#sums.rows += told.rows
    this.#sums.redacted += told.redacted
    this.#sums.removed += told.removed
    this.#events.keep(told.removals)
    this.#last = seals.at(-1)
  }

  /** The same once more, while nobody seals, erases or removes. */
  async #again(seals: readonly KeptSeal[], eras: number, before: Seal | undefined): Promise<Told> {
    const { schema } = this.#place
    await lockSeals(this.#session, schema)
    const from = seals[0]!.number
    return this.#look(await readSeals(this.#session, schema, from, seals.length), eras, before)
  }

  async #look(seals: readonly KeptSeal[], eras: number, before: Seal | undefined): Promise<Told> {
    const findings: Finding[] = []
    let last = before
    for (const seal of seals) {
      findings.push(...this.#hangs(seal, last))
      last = seal
    }
    const rows = await this.#rowsOf(seals, eras, before)
    const spans = seals.map((seal, i) => ({ seal, before: seals[i - 1] ?? before }))
    const told = await verifyRows(spans, rows, this.#events)
    return { ...told, findings: [...findings, ...told.findings] }
  }

  async #rowsOf(seals: readonly KeptSeal[], eras: number, before: Seal | undefined): Promise<AuditRow[]> {
    const { era, until: through } = seals.at(-1)!
    const from = before === undefined || before.era !== era ? start : before.until
    const most = seals.reduce((sum, { count }) => sum + Math.max(0, Math.min(count, batch)), 0) + batch
    return readRows(this.#session, this.#place.schema, { era, from, through }, { most, eras })
  }

  /** Whether a seal says what it said, and hangs behind the one before. */
  #hangs(seal: KeptSeal, last: Seal | undefined): Finding[] {
    const { number, sealedAt } = seal
    const at = { seal: number, sealedAt }
    const findings: Finding[] = []
    const expected = last === undefined ? '1' : String(BigInt(last.number) + 1n)
    if (number !== expected && !(last === undefined && this.#order.from !== undefined))
      findings.push({ kind: 'gap', ...at, detail: `seal ${expected} should stand before it` })
    else if (!seal.previous.equals(last?.hash ?? noHash) && (last !== undefined || number === '1'))
      findings.push({ kind: 'seal', ...at, detail: 'it does not follow the seal before' })
    else if (last !== undefined && !follows(seal, last))
      findings.push({ kind: 'seal', ...at, detail: 'it ends before the seal before' })
    if (!hashOf(seal).equals(seal.hash)) findings.push({ kind: 'seal', ...at, detail: 'its hash is another one' })
    const signed = this.#place.signer.isSigned(seal.keyId, seal.hash, seal.mac)
    if (signed === undefined) findings.push({ kind: 'key', ...at })
    else if (!signed) findings.push({ kind: 'signature', ...at })
    if (this.#anchors.get(number)?.some((hash) => hash !== seal.hash.toString('hex')) === true)
      findings.push({ kind: 'seal', ...at, detail: 'it was noted elsewhere with another hash' })
    return findings
  }

  /** What lies behind the last seal, and whether it is the last one. */
  async #end(): Promise<void> {
    const { schema, signer } = this.#place
    await this.#strays()
    const { rows } = await this.#session.query<{ key: string; number: string; hash: string; mac: string }>({
      text: `select h.key_id::text as key, h.number::text as number, encode(h.hash, 'hex') as hash, encode(h.mac, 'hex') as mac
        from "${schema}"._seal_head h order by h.number desc`,
    })
    const [head] = rows
    const last = BigInt(this.#last?.number ?? 0)
    if (rows.length > 1) this.#say({ kind: 'cut', detail: 'there is more than one head' })
    if (head === undefined && last > 0n) this.#say({ kind: 'cut', detail: 'the head of the chain is missing' })
    if (head !== undefined) {
      const hash = Buffer.from(head.hash, 'hex')
      const signed = signer.isSigned(head.key, headBytes(hash), Buffer.from(head.mac, 'hex'))
      if (signed === undefined) this.#say({ kind: 'key', detail: 'it signed the head of the chain' })
      if (signed === false) this.#say({ kind: 'cut', detail: 'the head of the chain is not signed' })
      // A seal more than the head knew was made while this was going on.
      if (BigInt(head.number) < last) await this.#headAgain(last)
      else if (BigInt(head.number) === last && !hash.equals(this.#last!.hash))
        this.#say({ kind: 'cut', detail: 'the head of the chain is of another seal' })
    }
    const known = [...(head === undefined ? [] : [head.number]), ...this.#anchors.keys()]
    const most = known.map(BigInt).reduce((a, b) => (a > b ? a : b), 0n)
    if (most > last && !(await this.#isThere(most)))
      this.#say({ kind: 'cut', detail: `it ended with seal ${most}, and now ends with ${last}` })
    for (const finding of await this.#events.end(this.#order.from !== undefined)) this.#say(finding)
  }

  async #headAgain(last: bigint): Promise<void> {
    await lockSeals(this.#session, this.#place.schema)
    const { rows } = await this.#session.query<{ number: string }>({
      text: `select max(h.number)::text as number from "${this.#place.schema}"._seal_head h`,
    })
    if (BigInt(rows[0]!.number) < last)
      this.#say({ kind: 'cut', detail: 'the head of the chain is older than its last seal' })
  }

  async #isThere(number: bigint): Promise<boolean> {
    return (await readSeals(this.#session, this.#place.schema, String(number), 1)).length > 0
  }

  /** What belongs to no seal: what is kept of rows of none, rows of eras that never were, and rows that came too late. */
  async #strays(): Promise<void> {
    const { schema } = this.#place
    const { rows } = await this.#session.query<{ number: string }>({
      text: `select r.number::text as number from "${schema}"._seal_rows r
        where not exists (select 1 from "${schema}"._seal l where l.number = r.number) limit 10`,
    })
    for (const { number } of rows) this.#say({ kind: 'rows', seal: number, detail: 'there is no such seal' })
    const last = this.#last
    if (last === undefined) return
    const isOver = last.until.xid === endOfEra.xid
    const span = { era: isOver ? last.era + 1 : last.era, from: isOver ? start : last.until, through: endOfEra }
    const late = await readRows(this.#session, schema, span, { most: batch, eras: span.era })
    for (const row of late.filter((each) => isBackdated(each, last)))
      this.#say({ kind: 'backdated', ...rowPlace(row), detail: 'it is not sealed yet' })
  }

  #say(finding: Finding): void {
    this.#sums.wrong++
    if (this.#findings.length < mostTold) this.#findings.push(finding)
  }

  async #verified(): Promise<Verified> {
    const { schema } = this.#place
    const head = this.#last
    return {
      ...this.#sums,
      head:
        head === undefined ? null : { number: head.number, hash: head.hash.toString('hex'), sealedAt: head.sealedAt },
      unsealed: await unsealed(this.#session, schema),
      findings: this.#findings,
      guarded: await isGuarded(this.#session, schema),
    }
  }
}

/** Seals of one era that follow one another, so many that their rows are a handful. */
function* grouped(seals: readonly KeptSeal[]): Generator<KeptSeal[]> {
  let [group, count]: [KeptSeal[], number] = [[], 0]
  for (const seal of seals) {
    if (group.length > 0 && (count + seal.count > batch || group.at(-1)!.era !== seal.era)) {
      yield group
      ;[group, count] = [[], 0]
    }
    group.push(seal)
    count += seal.count
  }
  if (group.length > 0) yield group
}

function follows(seal: Seal, last: Seal): boolean {
  if (seal.era === last.era) return comparePlaces(seal.until, last.until) >= 0
  return seal.era === last.era + 1 && last.until.xid === endOfEra.xid
}

async function isGuarded(session: Session, schema: string): Promise<boolean | null> {
  const { rows } = await session.query<{ citus: boolean; guards: number }>({
    text: `select exists (select 1 from pg_catalog.pg_extension x where x.extname = 'citus') as citus,
      (select count(*)::int from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and t.tgname = c.relname || '_guard' and t.tgenabled <> 'D') as guards`,
    values: [schema],
  })
  return rows[0]!.citus ? null : rows[0]!.guards === 4
}
