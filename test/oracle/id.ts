// Ids of everything that is drawn: each tells what it is of, so that they are told apart in requests, answers and databases.

/** Who asks without credentials. */
export const nobody = 'ffffffff-ffff-4fff-bfff-ffffffffffff'

/** Kinds of ids, so that one id tells what it is of. */
export const idKinds = { unit: 1, user: 2, team: 3, queue: 4, member: 5, worker: 6, assignment: 7, record: 16 } as const

/** Ids are told apart by what they are of: entity and number. */
export function idOf(kind: number, n: number): string {
  return `019f0000-0000-7${kind.toString(16).padStart(3, '0')}-8000-${String(n).padStart(12, '0')}`
}
