// What can be wrong with the audit, in words: what, where, since when, and what to do. Decides no more than how it is said.

/** The kinds of findings. */
export const findingKinds = {
  changed: 'A row is not what it was when it was sealed',
  missing: 'A row that was sealed is not there any more',
  inserted: 'A row stands where everything had been sealed before it came',
  backdated: 'A row says it is older than the seal before it, and came later',
  seal: 'A seal is not what it was',
  gap: 'Seals are missing',
  signature: 'A seal is not signed by the key it names',
  key: 'The key that signed cannot be opened, so that signatures cannot be checked',
  rows: 'What a seal keeps of its rows is not what it was',
  cut: 'The chain is shorter than it was',
  redaction: 'Values were erased, and no event that is signed says so',
  retention: 'Rows were taken away, and no event that is signed says so',
} as const
export type FindingKind = keyof typeof findingKinds

/** One thing that is wrong. */
export interface Finding {
  readonly kind: FindingKind
  /** Number of the seal; absent where it is about none. */
  readonly seal?: string
  /** When that seal was made, ISO 8601: what is wrong happened later. */
  readonly sealedAt?: string
  /** The table of the row. */
  readonly table?: string
  /** Id of the row. */
  readonly row?: string
  readonly record?: string
  /** When the row says that it was written, ISO 8601. */
  readonly at?: string
  /** More in words. */
  readonly detail?: string
}

/** What to do about findings. */
export const whatToDo =
  'Keep the database as it is and restore the last backup beside it: what differs in the rows that are named is what was changed. ' +
  'Then find out who could write to the database at that time.'

/** A finding as one line. */
export function sentence({ kind, seal, sealedAt, table, row, record, at, detail }: Finding): string {
  const place = [
    seal === undefined ? '' : `seal ${seal}${sealedAt === undefined ? '' : ` of ${sealedAt}`}`,
    row === undefined ? '' : `${table ?? 'row'} ${row}`,
    record === undefined || record === row ? '' : `record ${record}`,
    at === undefined ? '' : `written ${at}`,
  ].filter((part) => part !== '')
  return `${findingKinds[kind]}${place.length === 0 ? '' : ` (${place.join(', ')})`}${detail === undefined ? '' : `: ${detail}`}`
}
