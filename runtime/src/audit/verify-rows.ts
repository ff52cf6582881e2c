// The rows under some seals, held against what the seals keep of them: each row by its digest, so that a finding can name it.
import { unpackEntries, type Entry } from './entries.ts'
import { isPlace, type Declared, type Removed } from './declared.ts'
import type { Finding } from './finding.ts'
import { comparePlaces, type Place } from './place.ts'
import { nameOf } from './redact.ts'
import { digestOf, saltAt, saltLength, type AuditRow } from './rows.ts'
import { removalDigest, rootOf, type KeptSeal, type Seal } from './seal.ts'

/** What was found out about some seals. */
export interface Told {
  readonly findings: readonly Finding[]
  readonly rows: number
  readonly redacted: number
  readonly removed: number
  /** What retention took out of these seals, for the events that have to say so. */
  readonly removals: readonly Removed[]
}

interface Covered {
  readonly seal: KeptSeal
  readonly before: Seal | undefined
}

/** Holds rows, in their order, against the seals that cover them. */
export async function verifyRows(
  covered: readonly Covered[],
  rows: readonly AuditRow[],
  events: Declared,
): Promise<Told> {
  const told = { findings: [] as Finding[], rows: 0, redacted: 0, removed: 0, removals: [] as Removed[] }
  let at = 0
  for (const { seal, before } of covered) {
    let end = at
    while (end < rows.length && (seal === covered.at(-1)!.seal || comparePlaces(rows[end]!, seal.until) <= 0)) end++
    const own = rows.slice(at, end)
    at = end
    told.rows += own.length
    const one = await verifySeal({ seal, before }, own, events)
    told.findings.push(...one.findings)
    told.redacted += one.redacted
    told.removed += one.removed
    told.removals.push(...one.removals)
  }
  return told
}

async function verifySeal(
  { seal, before }: Covered,
  rows: readonly AuditRow[],
  events: Declared,
): Promise<Omit<Told, 'rows'>> {
  const kept = keptOf(seal)
  if (!Array.isArray(kept)) return { findings: [kept], redacted: 0, removed: 0, removals: [] }
  const mark = { seal: seal.number, sealedAt: seal.sealedAt }
  const findings: Finding[] = []
  const present = new Map<string, AuditRow>()
  for (const row of rows) {
    const name = nameOf(row)
    if (present.has(name)) findings.push({ kind: 'inserted', ...mark, ...rowPlace(row) })
    else present.set(name, row)
    if (before !== undefined && isBackdated(row, before))
      findings.push({ kind: 'backdated', ...mark, ...rowPlace(row) })
  }
  const gone = removalsOf(seal, kept)
  findings.push(...gone.findings.map((finding) => ({ ...mark, ...finding })))
  let redacted = 0
  for (const [index, entry] of kept.entries()) {
    const row = present.get(nameOf(entry))
    present.delete(nameOf(entry))
    if (gone.rows.has(index)) {
      if (row !== undefined)
        findings.push({ kind: 'inserted', ...mark, ...rowPlace(row), detail: 'it had been removed' })
      continue
    }
    if (row === undefined) {
      findings.push({ kind: 'missing', ...mark, table: entry.source === 0 ? '_audit' : '_security', row: entry.id })
      continue
    }
    const digest = digestOf(saltAt(seal.salts!, index), row.text)
    const event = seal.redacted[String(index)]
    if (event === undefined) {
      if (!digest.equals(entry.digest)) findings.push({ kind: 'changed', ...mark, ...rowPlace(row) })
    } else {
      redacted++
      const problem = await events.redaction(event, row, digest)
      if (problem !== undefined) findings.push({ kind: 'redaction', ...mark, ...rowPlace(row), detail: problem })
    }
  }
  for (const row of present.values()) findings.push({ kind: 'inserted', ...mark, ...rowPlace(row) })
  return { findings, redacted, removed: gone.removed, removals: gone.removals }
}

/** The entries of a seal, as they were; or what is wrong with them. */
function keptOf(seal: KeptSeal): Entry[] | Finding {
  const { number, sealedAt, entries, salts, removed, count, isWhole } = seal
  const wrong = (detail: string): Finding => ({ kind: 'rows', seal: number, sealedAt, detail })
  if (!isWhole) return wrong('what is kept of its rows is missing')
  if (entries === undefined) {
    const gone = removed.reduce((sum, each) => sum + each.count, 0)
    if (gone !== count) return wrong('the list of its rows is missing')
    const isBare = salts === undefined && Object.keys(seal.redacted).length === 0
    return isBare ? [] : wrong('more is told of its rows than there is of rows that were all removed')
  }
  if (!rootOf(entries).equals(seal.root)) return wrong('the list of its rows was changed')
  if (salts?.length !== count * saltLength) return wrong('salts are missing')
  const unpacked = unpackEntries(entries)
  const strange = Object.keys(seal.redacted).some((index) => !/^\d+$/.test(index) || Number(index) >= unpacked.length)
  return strange ? wrong('it says that rows were erased that it does not have') : unpacked
}

interface Gone {
  readonly findings: Finding[]
  readonly rows: ReadonlySet<number>
  readonly removed: number
  readonly removals: Removed[]
}

/** What retention is said to have taken away, as far as the list itself can show. */
function removalsOf(seal: KeptSeal, entries: readonly Entry[]): Gone {
  const findings: Finding[] = []
  const rows = new Set<number>()
  let removed = 0
  for (const { rows: indices, count, digest, event, ...more } of seal.removed) {
    if (Object.keys(more).length > 0) findings.push({ kind: 'rows', detail: 'more is told of a removal than there is' })
    removed += count
    if (!isPlace(event)) findings.push({ kind: 'retention', detail: 'the event that should say so is not named' })
    if (indices === undefined) {
      if (seal.entries !== undefined) findings.push({ kind: 'rows', detail: 'which rows were removed is missing' })
      continue
    }
    for (const index of indices) rows.add(index)
    const digests = indices.map((index) => entries[index]?.digest ?? Buffer.alloc(0))
    if (indices.length !== count || removalDigest(seal.number, digests).toString('hex') !== digest)
      findings.push({ kind: 'rows', detail: 'what was removed is told otherwise than it was' })
  }
  const removals = seal.removed
    .filter(({ event }) => isPlace(event))
    .map(({ event, count, digest }) => ({ seal: seal.number, event, count, digest }))
  return { findings, rows, removed, removals }
}

/** How long a transaction may have run and clocks may differ. unit: milliseconds */
const slack = 3_600_000

/** Whether a row says it was written long before the seal behind which it came. */
export function isBackdated({ at }: Pick<AuditRow, 'at'>, before: Pick<Seal, 'sealedAt'>): boolean {
  return Date.parse(at) < Date.parse(before.sealedAt) - slack
}

/** Where a row stands, for a finding. */
export function rowPlace({ source, id, record, at }: Place & Pick<AuditRow, 'record' | 'at'>): Partial<Finding> {
  return { table: ['_audit', '_security'][source] ?? '', row: id, ...(record === null ? {} : { record }), at }
}
