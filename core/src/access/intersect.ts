// Rights on the links of a relationship of many with many follow from its ends: a link shows only to who may read both, and
// is made or taken away by who may append one and append to the other. No role grants anything on links themselves.
import type { Expression } from '../expression/tree.ts'
import { associationOf, linkFields } from '../model/intersect.ts'
import type { Depth, Entity, Model, Operation } from '../model/model.ts'
import { wireOf, type Navigation } from '../model/wire.ts'

/** What must be allowed at `from` and at `to`, as one of several ways. */
type Way = readonly [from: Operation, to: Operation]
const linking: readonly Way[] = [
  ['append', 'append_to'],
  ['append_to', 'append'],
]

/** What an operation on links asks of the two ends. */
export function waysOf(operation: Operation): readonly Way[] {
  if (operation === 'create' || operation === 'delete' || operation === 'write') return linking
  return [[operation, operation]]
}

/** An end's rule: null for all rows, undefined when denied. */
type EndRule = (entity: Entity, operation: Operation) => Expression | null | undefined

/** The condition links must meet, from the rules of the records they link; undefined when the operation is denied. */
export function linkRule(
  model: Model,
  entity: Entity,
  operation: Operation,
  ruleOf: EndRule,
): Expression | null | undefined {
  const ways = waysOf(operation).flatMap((way): (Expression | null)[] => {
    const rules = endsOf(model, entity).map(({ end, navigation }, i) => {
      const rule = ruleOf(end, way[i]!)
      return rule === undefined || rule === null ? rule : under(navigation, rule)
    })
    if (rules.includes(undefined)) return []
    const limits = rules.filter((rule) => rule !== null && rule !== undefined)
    return [limits.length === 0 ? null : join('and', limits)]
  })
  if (ways.length === 0) return undefined
  return ways.includes(null) ? null : join('or', ways as Expression[])
}

/** Whether the ends allow an operation on links at all. */
export function linkDepth(
  model: Model,
  entity: Entity,
  operation: Operation,
  depthOf: (entity: Entity, operation: Operation) => Depth | undefined,
): Depth | undefined {
  const ends = endsOf(model, entity)
  const open = waysOf(operation).some((way) => ends.every(({ end }, i) => depthOf(end, way[i]!) !== undefined))
  return open ? 'all' : undefined
}

function endsOf(model: Model, entity: Entity): { end: Entity; navigation: Navigation }[] {
  const association = associationOf(model, entity)!
  const { navigations } = wireOf(model, entity)
  return (['from', 'to'] as const).map((side) => ({
    end: model.entities.get(association[side].entity)!,
    navigation: navigations.get(linkFields[side])!,
  }))
}

/** A condition on the record that a link leads to. */
function under(navigation: Navigation, where: Expression): Expression {
  return { op: 'parent', through: [navigation], where, kind: 'boolean' }
}

function join(name: 'and' | 'or', parts: readonly Expression[]): Expression {
  return parts.length === 1 ? parts[0]! : { op: 'call', function: name, args: parts, kind: 'boolean' }
}
