// Row rules: which rows of an entity an operation reaches, as one expression. Depths become conditions on owner and unit, CEL
// rules of grants are bound once per model. A rule that cannot be bound grants nothing.
import { Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import { parseCel } from '../expression/parse-cel.ts'
import type { Expression } from '../expression/tree.ts'
import type { Depth, Entity, Grant, Model, Operation } from '../model/model.ts'
import { wireOf, type Property } from '../model/wire.ts'
import type { Actor } from './actor.ts'
import { accessKey, depths, grantsOf, widest, type EffectiveGrant } from './grant.ts'
import { linkRule } from './intersect.ts'

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
        : combine(model, actor, entity, grantsOf(model, actor, entity, operation)),
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

/** Grants without a rule count by their widest depth; each grant with a rule adds what lies beyond that. */
function combine(model: Model, actor: Actor, entity: Entity, grants: readonly EffectiveGrant[]): Rule {
  const plain = widest(grants.flatMap(({ grant, depth }) => (grant.rule === undefined ? [depth] : [])))
  if (plain === 'all') return null
  const parts: Expression[] = plain === undefined ? [] : [depthRule(model, actor, entity, plain)!]
  const seen = new Set<string>()
  for (const { grant, depth } of grants) {
    const rule = grantRule(model, entity, grant)
    if (rule === undefined || rule instanceof Problem || seen.has(`${depth};${grant.rule}`)) continue
    if (plain !== undefined && depths.indexOf(depth) <= depths.indexOf(plain)) continue
    seen.add(`${depth};${grant.rule}`)
    const within = depthRule(model, actor, entity, depth)
    parts.push(within === null ? rule : call('and', within, rule))
  }
  if (parts.length === 0) return undefined
  return parts.length === 1 ? parts[0] : call('or', ...parts)
}

/** The rows of a depth; null for all. What is one's own, or one's teams', is in reach wherever it lies. */
export function depthRule(model: Model, actor: Actor, entity: Entity, depth: Depth): Expression | null {
  if (depth === 'all') return null
  const { properties } = wireOf(model, entity)
  const owner = properties.get('owner_id')
  const unit = properties.get('owning_unit_id')
  if (!owner || !unit) return never
  const own = actor.teams.length === 0 ? call('eq', value(owner), asker('me')) : among(owner, asker('my_owners'))
  if (depth === 'own' || actor.unit === null) return own
  const below = depth === 'unit_tree' && actor.unitTree.length > 1
  return call('or', own, among(unit, below ? asker('my_units') : oneOf(asker('my_unit'))))
}

const never: Expression = { op: 'literal', kind: 'boolean', value: false }

function value(property: Property): Expression {
  return { op: 'property', through: [], property, kind: property.kind }
}

function among(property: Property, list: Expression): Expression {
  return call('in', value(property), list)
}

/** A list of one. Equality with what may be null is `is not distinct from`, which no index serves; membership is `=`. */
function oneOf(item: Expression): Expression {
  return { op: 'list', items: [item], kind: 'uuid' }
}

function asker(name: string): Expression {
  return { op: 'call', function: name, args: [], kind: 'uuid' }
}

function call(name: string, ...args: readonly Expression[]): Expression {
  return { op: 'call', function: name, args, kind: 'boolean' }
}
