// Whether two expressions ask the same. Only what is the same by its parts counts: two that happen to mean the same in other
// words are taken for different.
import type { Expression } from './tree.ts'

/** True when both are made of the same parts over the same properties. */
export function isSameExpression(one: Expression, other: Expression): boolean {
  return isSamePart(one, other)
}

/** Properties and navigations are parts of the model and the same objects within it; only expressions and lists are entered. */
function isSamePart(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((each, i) => isSamePart(each, other[i]))
  if (!isExpression(one) || !isExpression(other)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => isSamePart((one as Parts)[name], (other as Parts)[name]))
  )
}

type Parts = Readonly<Record<string, unknown>>

function isExpression(part: unknown): part is Expression & object {
  return typeof part === 'object' && part !== null && 'op' in part
}
