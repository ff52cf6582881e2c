// Why an actor may do something, or not: the roles, grants, depths and rules that decide, in the order they count.
import { Problem } from '../base/problem.ts'
import type { Depth, Entity, FieldOperation, GrantScope, Model, Operation } from '../model/model.ts'
import type { Actor } from './actor.ts'
import type { MaskName } from '../types/mask.ts'
import { closedBy, maskOn } from './field.ts'
import { depths, grantsOf, widest } from './grant.ts'
import { grantRule } from './rule.ts'

export interface Reason {
  readonly role: string
  /** Entity name or `*`, as the grant is written. */
  readonly grant: string
  readonly depth: Depth
  readonly rule?: string
  /** What is written in the place of a depth; the rule is what it stands for. */
  readonly scope?: GrantScope
  /** Whether this grant adds records that no wider one gives. */
  readonly decides: boolean
  /** Why the grant's rule counts for nothing. */
  readonly broken?: string
}

export interface Explanation {
  readonly allowed: 'all' | 'some' | 'none'
  readonly reasons: readonly Reason[]
  /** Fields that are not open to everything: what may be done with them, and how they are masked. */
  readonly closed: readonly ({ readonly field: string; readonly mask?: MaskName } & Record<FieldOperation, boolean>)[]
}

/** What decides whether the actor may do the operation on records of the entity. */
export function explain(model: Model, actor: Actor, entity: Entity, operation: Operation): Explanation {
  if (actor.system) return { allowed: 'all', reasons: [], closed: [] }
  const grants = grantsOf(model, actor, entity, operation)
  const plain = widest(grants.flatMap(({ grant, depth }) => (grant.rule === undefined ? [depth] : [])))
  const reach = (depth: Depth | undefined) => (depth === undefined ? -1 : depths.indexOf(depth))
  const reasons = grants
    .map(({ role, grant, depth }): Reason => {
      const rule = grantRule(model, entity, grant)
      const broken = rule instanceof Problem ? rule.message : undefined
      const decides = broken === undefined && (grant.rule === undefined ? depth === plain : reach(depth) > reach(plain))
      return {
        role: role.name,
        grant: grant.entity,
        depth,
        decides,
        ...(grant.rule === undefined ? {} : { rule: grant.rule }),
        ...(grant.scope === undefined ? {} : { scope: grant.scope }),
        ...(broken === undefined ? {} : { broken }),
      }
    })
    .sort((a, b) => Number(b.decides) - Number(a.decides) || reach(b.depth) - reach(a.depth))
  const allowed = plain === 'all' ? 'all' : reasons.some(({ decides }) => decides) ? 'some' : 'none'
  return { allowed, reasons, closed: closedFields(model, actor, entity) }
}

function closedFields(model: Model, actor: Actor, entity: Entity): Explanation['closed'] {
  return entity.fields.flatMap((field) => {
    const { name } = field
    const mask = maskOn(model, actor, entity, field)
    const [read, create, update] = (['read', 'create', 'update'] as const).map(
      (doing) => closedBy(model, actor, entity, name, doing) === undefined,
    ) as [boolean, boolean, boolean]
    if (read && create && update && mask === undefined) return []
    return [{ field: name, read, create, update, ...(mask === undefined ? {} : { mask }) }]
  })
}
