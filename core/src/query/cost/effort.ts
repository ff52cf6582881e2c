// What one expression costs for each record it is asked of: text functions, other records, lists and hierarchies.
import { functions } from '../../expression/functions/index.ts'
import type { Expression } from '../../expression/tree.ts'
import { partsOf } from '../../expression/visit.ts'
import { fanOf, type Counted } from './counts.ts'

/** What makes an expression dear, and what all of it comes to. */
export interface Weight {
  /** unit: records looked at, for each record the expression is asked of. */
  readonly effort: number
  readonly because: string
  readonly hint: string
}

const light: Weight = { effort: 0, because: '', hint: '' }

/** The weight of an expression: of all its parts together, with the words of the dearest of them. */
export function weightOf(counted: Counted, expression: Expression): Weight {
  const own = ownWeight(counted, expression)
  const formula = expression.op === 'property' ? expression.property.formula : undefined
  const parts = expression.op === 'lambda' || expression.op === 'hierarchy' ? [] : partsOf(expression)
  const inner = [...parts, ...(formula ? [formula] : [])].map((part) => weightOf(counted, part))
  const all = [own, ...inner]
  const dearest = all.reduce((one, other) => (other.effort > one.effort ? other : one))
  return { ...dearest, effort: all.reduce((sum, { effort }) => sum + effort, 0) }
}

/** What an expression costs by itself, without its parts. */
function ownWeight(counted: Counted, expression: Expression): Weight {
  switch (expression.op) {
    case 'call': {
      const effort = functions.get(expression.function)?.effort ?? 0
      return {
        effort,
        because: `reads every text with ${expression.function}`,
        hint: 'Use $search, or add a condition on an indexed field',
      }
    }
    case 'property':
      return expression.through.length === 0
        ? light
        : {
            effort: expression.through.length,
            because: `asks another record for ${expression.property.name}`,
            hint: 'Add a condition on the record itself',
          }
    case 'lambda': {
      const fan = fanOf(counted, expression.navigation)
      const each = expression.where ? weightOf(counted, expression.where).effort : 0
      return {
        effort: 1 + fan * (1 + each) + expression.through.length,
        because: `asks all ${expression.navigation.name} of every record`,
        hint: `Ask for the ${expression.navigation.name} themselves, or add a condition on an indexed field`,
      }
    }
    case 'items':
      return { effort: 1, because: 'looks into a list of values', hint: 'Add a condition on an indexed field' }
    case 'hierarchy':
      return {
        effort: 10 + weightOf(counted, expression.value).effort,
        because: 'walks up a hierarchy',
        hint: 'Add a condition on an indexed field',
      }
    default:
      return light
  }
}
