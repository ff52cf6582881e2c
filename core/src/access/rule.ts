// Row rules: which rows of an entity an operation reaches, as one expression. How far grants reach is reach.ts; CEL rules of
// grants are bound once per model. A rule that cannot be bound grants nothing.
import { Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import { parseCel } from '../expression/parse-cel.ts'
import type { Expression } from '../expression/tree.ts'
import type { Entity, Grant, Model, Operation } from '../model/model.ts'
import { wireOf } from '../model/wire.ts'
import type { Actor } from './actor.ts'
import { accessKey, grantsOf, type EffectiveGrant } from './grant.ts'
import { linkRule } from './intersect.ts'
import { isWithin, reachOf, reachRule } from './reach.ts'

type Rule = Expression | null | undefined
const bound = new WeakMap<Grant, Map<string, Expression | Problem>>()
const known = new WeakMap<Model, Map<string, Rule>>()

/** The condition rows must meet: null for all rows, undefined when the operation is denied. Cached per model and access key. */
export function ruleOf(model: Model, actor: Actor, entity: Entity, operation: Operation): Rule {
  if (actor.system) return null
  let rules = known.get(model)
  if (!rules) known.set(model, (rules = new Map()))
  const key = `${accessKey(actor)};${operation};${entity.id}`
  if (!rules.has(key))
    rules.set(
      key,
      entity.intersect
        ? linkRule(model, entity, operation, (end, doing) => ruleOf(model, actor, end, doing))
        : combine(model, actor, { entity, operation }, grantsOf(model, actor, entity, operation)),
    )
  return rules.get(key)
}

/** The CEL rule of a grant, bound to an entity; a Problem when it cannot be. */
export function grantRule(model: Model, entity: Entity, grant: Grant): Expression | Problem | undefined {
  if (grant.rule === undefined) return undefined
  let byEntity = bound.get(grant)
  if (!byEntity) bound.set(grant, (byEntity = new Map()))
  const key = `${model.revision};${entity.id}`
  let rule = byEntity.get(key)
  if (!rule) byEntity.set(key, (rule = bindRule(model, entity, grant.rule)))
  return rule
}

function bindRule(model: Model, entity: Entity, text: string): Expression | Problem {
  const syntax = parseCel(text, 'rule')
  if (syntax instanceof Problem) return syntax
  const wire = (id: string) => wireOf(model, model.entityById.get(id)!)
  return bindExpression(syntax, { root: wireOf(model, entity), wire, target: 'rule' }, 'boolean')
}

/** Grants without a rule count together; those with the same rule add what lies beyond that. */
function combine(
  model: Model,
  actor: Actor,
  on: { readonly entity: Entity; readonly operation: Operation },
  grants: readonly EffectiveGrant[],
): Rule {
  const { entity, operation } = on
  const byRule = Map.groupBy(grants, ({ grant }) => grant.rule)
  const plain = byRule.has(undefined) ? reachOf(actor, byRule.get(undefined)!, operation) : undefined
  if (plain?.all) return null
  const parts: Expression[] = plain === undefined ? [] : [reachRule(model, actor, on, plain)!]
  for (const [text, some] of byRule) {
    const rule = text === undefined ? undefined : grantRule(model, entity, some[0]!.grant)
    if (rule === undefined || rule instanceof Problem) continue
    const reach = reachOf(actor, some, operation)
    if (plain !== undefined && isWithin(reach, plain)) continue
    const within = reachRule(model, actor, on, reach)
    parts.push(within === null ? rule : join('and', [within, rule]))
  }
  return parts.length === 0 ? undefined : join('or', parts)
}

function join(name: 'and' | 'or', parts: readonly Expression[]): Expression {
  return parts.length === 1 ? parts[0]! : { op: 'call', function: name, args: parts, kind: 'boolean' }
}
