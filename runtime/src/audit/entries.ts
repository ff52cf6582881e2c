// What a seal keeps of each of its rows: which row it was, and its digest. Packed into one value per seal, because a database
// row for each would cost more than the audit itself.

/** One row under a seal. */
export interface Entry {
  readonly source: number
  readonly id: string
  readonly digest: Buffer
}

/** unit: bytes. One for the table, the id, the digest. */
export const entryLength = 1 + 16 + 32

/** The entries in such bytes; a rest that is no entry is left out. */
export function unpackEntries(bytes: Buffer): Entry[] {
  return Array.from({ length: Math.floor(bytes.length / entryLength) }, (_, i) => {
    const at = i * entryLength
    const id = bytes.toString('hex', at + 1, at + 17)
    return {
      source: bytes[at]!,
      id: `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`,
      digest: bytes.subarray(at + 17, at + entryLength),
    }
  })
}
