// A formula's text → its expression over the entity, of exactly the kind the field returns. Knows wire shapes only by the
// function it is given, so that wire.ts can offer bound formulas. Whether formulas need each other in a circle is
// needs.ts's question: binding one looks no further than what others return.
import { bindExpression } from '../expression/bind.ts'
import { kindName } from '../expression/literal.ts'
import { fits, settle } from '../expression/scope.ts'
import type { Expression } from '../expression/tree.ts'
import { Problem } from '../base/problem.ts'
import type { Formula } from '../types/type.ts'
import { amountPart } from './currency.ts'
import type { Id } from './model.ts'
import type { WireEntity } from './wire.ts'

const places = 10

/** The bound formula, or what is wrong with it (position in the text). */
export function bindFormula(
  formula: Formula,
  root: WireEntity,
  wire: (entity: Id) => WireEntity,
): Expression | Problem {
  const target = 'expression'
  const { syntax } = formula
  if (syntax === undefined) return new Problem('request.syntax', { detail: 'The formula cannot be read', target })
  const scope = { root, wire, target }
  const bound = bindExpression(syntax, scope)
  if (bound instanceof Problem) return bound
  if (!fits(bound, formula.kind))
    return new Problem('request.type', {
      detail: `The formula gives ${kindName(bound.kind)}, but it returns ${kindName(formula.kind)}`,
      target,
      position: syntax.position,
      hint: `Set "returns" to what it gives, or turn the value into ${kindName(formula.kind)}`,
    })
  try {
    const value = settle(bound, syntax, formula.kind, scope)
    if (formula.part === undefined) return within(value, formula)
    const part = amountPart(value, formula.part, scope)
    return formula.part === 'currency' ? part : within(part, formula)
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown
    throw thrown
  }
}

/** Numbers as a column could hold them: rounded, and null beyond what fits. */
function within(value: Expression, { kind, scale = places, length }: Formula): Expression {
  if (kind === 'integer') return { op: 'call', function: 'bounded', args: [value], kind }
  if (kind === 'text' && length !== undefined)
    return { op: 'call', function: 'substring', args: [value, wholeLiteral(0), wholeLiteral(length)], kind }
  if (kind !== 'decimal') return value
  return { op: 'call', function: 'rounded', args: [value, wholeLiteral(scale)], kind }
}

function wholeLiteral(value: number): Expression {
  return { op: 'literal', kind: 'integer', value: String(value) }
}
