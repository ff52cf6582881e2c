// What is worked out from amounts is an amount itself: in the currency of the amounts it reads while all of them have the same,
// else reckoned from what they are in the base currency. Decides the expressions of the three columns of such a formula.
import type { Expression } from '../expression/tree.ts'
import { nodesIn, replaceProperties } from '../expression/visit.ts'
import { typeOf } from '../types/index.ts'
import type { Formula } from '../types/type.ts'
import type { Id } from './model.ts'
import type { Property, WireEntity } from './wire.ts'

type Named = Extract<Expression, { op: 'property' }>

/** Where properties beside one that is read are looked up. */
export interface Surroundings {
  readonly root: WireEntity
  readonly wire: (entity: Id) => WireEntity
}

/** The expression of one part of an amount that `value` works out. */
export function amountPart(value: Expression, part: NonNullable<Formula['part']>, around: Surroundings): Expression {
  const read = amountsIn(value)
  const inBase = (): Expression =>
    replaceProperties(value, (node) => (isAmount(node) ? beside(node, 'base', around) : node))
  if (part === 'base') return inBase()
  const currencies = read.map((node) => beside(node, 'currency', around))
  const [first] = currencies
  const none: Expression = { op: 'literal', kind: 'text', value: null }
  if (part === 'currency') {
    if (currencies.length < 2) return first ?? none
    const shared: Expression = { op: 'call', function: 'coalesce', args: currencies, kind: 'text' }
    return { op: 'call', function: 'if', args: [mixed(currencies), none, shared], kind: 'text' }
  }
  if (currencies.length < 2) return value
  return { op: 'call', function: 'if', args: [mixed(currencies), inBase(), value], kind: value.kind as 'decimal' }
}

function mixed(currencies: readonly Expression[]): Expression {
  return { op: 'call', function: 'differ', args: currencies, kind: 'boolean' }
}

/** The amounts an expression reads, each once. */
function amountsIn(value: Expression): readonly Named[] {
  const found = new Map<string, Named>()
  for (const node of nodesIn(value))
    if (node.op === 'property' && isAmount(node))
      found.set([...node.through.map(({ name }) => name), node.property.name].join('/'), node)
  return [...found.values()]
}

/** Whether a property is an amount of a currency that stands beside it. Rows other than the root's are left alone. */
function isAmount({ property, scope = 0 }: Named): boolean {
  return scope === 0 && property.name === property.field.name && typeOf(property.field).amount?.(property.field) != null
}

/** The currency of an amount, or what it is in the base currency, on the same record. */
function beside(node: Named, part: 'currency' | 'base', { root, wire }: Surroundings): Expression {
  const { through, property } = node
  const last = through.at(-1)
  const shape = last === undefined ? root : wire(last.target)
  const suffix = typeOf(property.field).amount!(property.field)![part]
  const found: Property | undefined = shape.properties.get(property.field.name + suffix)
  if (found === undefined) return { op: 'literal', kind: part === 'currency' ? 'text' : 'decimal', value: null }
  return { ...node, property: found, kind: found.kind }
}
