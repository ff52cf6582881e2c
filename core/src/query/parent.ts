// Rules over parents ask for the rules of those parents, and these for those of their own: written out, one rule may stand in a
// statement as often as there are ways to it. Decides which of them stand at its head instead, once each. Few of them are
// better off where they are asked: then PostgreSQL looks at the parents of the rows it has, not at all parents.
import type { Expression } from '../expression/tree.ts'
import { nodesIn } from '../expression/visit.ts'

/** So many conditions on parents are written out, even when some are the same. */
const most = 4

interface Weight {
  /** How many conditions on parents it comes to when all are written out, itself among them. */
  readonly written: number
  /** Those of them that differ. */
  readonly different: ReadonlySet<Expression>
}

const weights = new WeakMap<Expression, Weight>()

/** Whether a condition on a parent is worked out once for the whole statement. */
export function isHeldOnce(where: Expression): boolean {
  const { written, different } = weightOf(where)
  return written > most && different.size < written
}

function weightOf(where: Expression): Weight {
  let weight = weights.get(where)
  if (weight === undefined) {
    const inner = [...nodesIn(where)].flatMap((node) =>
      node.op === 'parent' && node.where !== null ? [weightOf(node.where)] : [],
    )
    weight = {
      written: inner.reduce((sum, { written }) => sum + written, 1),
      different: new Set([where, ...inner.flatMap(({ different }) => [...different])]),
    }
    weights.set(where, weight)
  }
  return weight
}
