// What a role says about which records can have it towards which others: the same rule for the server, which refuses, and the
// panel, which does not offer what would be refused.

/** A role as far as it says who can have it. */
export interface FittingRole {
  /** Names of the entities whose records can have it; none named: any. */
  readonly fits: readonly string[]
  /** Names of the entities that the record at the other end can be of. */
  readonly fitsOther: readonly string[]
}

/** The entities a role names, from its text. */
export function namesIn(text: string | null | undefined): readonly string[] {
  return (text ?? '').split(/[, ]+/).filter((each) => each !== '')
}

/** Whether a record of one entity can have a role towards one of another; `reciprocal` is what the other one is then. */
export function fitsPair(
  { fits, fitsOther }: FittingRole,
  mine: string,
  theirs: string,
  reciprocal: FittingRole | undefined,
): boolean {
  return (
    allows(fits, mine) &&
    allows(fitsOther, theirs) &&
    (reciprocal === undefined || (allows(reciprocal.fits, theirs) && allows(reciprocal.fitsOther, mine)))
  )
}

const allows = (names: readonly string[], name: string): boolean => names.length === 0 || names.includes(name)
