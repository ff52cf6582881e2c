// Where a row of the audit stands: by the transaction that wrote it, then its table, then its id. All rows of the two tables
// have one order this way, and what a transaction that is over has written can never get a neighbour before it.

/** The tables of the audit, in the order of their rows within a transaction. */
export const sources = ['_audit', '_security'] as const
export type Source = (typeof sources)[number]

/** A place in the order of an era. `xid` as text: it has 64 bits. */
export interface Place {
  readonly xid: string
  /** Index in `sources`; -1 stands before all rows of the transaction. */
  readonly source: number
  readonly id: string
}

const noId = '00000000-0000-0000-0000-000000000000'

/** Before the first row. */
export const start: Place = { xid: '0', source: -1, id: noId }
/** Behind the last row of an era. */
export const endOfEra: Place = { xid: '18446744073709551615', source: -1, id: noId }

/** Before all that transactions from this one on write. */
export function before(xid: string): Place {
  return { xid, source: -1, id: noId }
}

/** Less than 0, 0 or more, as for sorting. */
export function comparePlaces(a: Place, b: Place): number {
  const [x, y] = [BigInt(a.xid), BigInt(b.xid)]
  if (x !== y) return x < y ? -1 : 1
  return a.source === b.source ? (a.id < b.id ? -1 : a.id > b.id ? 1 : 0) : a.source - b.source
}
