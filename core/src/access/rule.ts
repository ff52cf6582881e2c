// Row rules: which rows of an entity an operation reaches, as one expression. How far grants reach is reach.ts; CEL rules of
// grants are bound once per model. A rule that cannot be bound grants nothing.
import { Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import { parseCel } from '../expression/parse-cel.ts'
import type { Expression, Syntax } from '../expression/tree.ts'
import type { Entity, Grant, Id, Model, Operation } from '../model/model.ts'
import { wireOf, type Navigation, type WireEntity } from '../model/wire.ts'
import type { Actor } from './actor.ts'
import { accessKey, grantsOf, type EffectiveGrant } from './grant.ts'
import { behind, linkRule } from './intersect.ts'
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
  if (rules.has(key)) return rules.get(key)
  if (ways.pending.has(key)) {
    ways.circles++
    return undefined
  }
  ways.pending.add(key)
  const before = ways.circles
  try {
    const rule = entity.intersect
      ? linkRule(model, entity, operation, (end, doing) => ruleOf(model, actor, end, doing))
      : combine(model, actor, { entity, operation }, grantsOf(model, actor, entity, operation))
    // What was found inside of a circle lacks what the way through its beginning adds.
    if (ways.circles === before || ways.pending.size === 1) rules.set(key, rule)
    return rule
  } finally {
    ways.pending.delete(key)
  }
}

/** Rules that are being found: a parent's rule may ask for that of its own parent. One that leads back adds nothing. */
const ways = { pending: new Set<string>(), circles: 0 }

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
  return syntax instanceof Problem ? syntax : bindCondition(model, entity, syntax)
}

/** A condition of a role's rule, bound as rules are: over all names, or over those that `wire` has. */
export function bindCondition(
  model: Model,
  entity: Entity,
  syntax: Syntax,
  wire: (id: Id) => WireEntity = (id) => wireOf(model, model.entityById.get(id)!),
): Expression | Problem {
  const people = model.entities.get('user')
  const asker = people && { asker: wireOf(model, people) }
  return bindExpression(syntax, { root: wire(entity.id), wire, target: 'rule', ...asker }, 'boolean')
}

/** Grants without a rule count together; those with the same rule add what lies beyond that. */
function combine(
  model: Model,
  actor: Actor,
  on: { readonly entity: Entity; readonly operation: Operation },
  grants: readonly EffectiveGrant[],
): Rule {
  const { entity, operation } = on
  const byRule = Map.groupBy(grants, ({ grant }) => conditionKey(grant))
  const plain = byRule.has(undefined) ? reachOf(actor, byRule.get(undefined)!, operation) : undefined
  if (plain?.all) return null
  const parts: Expression[] = plain === undefined ? [] : [reachRule(model, actor, on, plain)!]
  for (const [text, some] of byRule) {
    const rule = text === undefined ? undefined : conditionOf(model, actor, entity, some[0]!.grant)
    if (rule === undefined || rule instanceof Problem) continue
    const reach = reachOf(actor, some, operation)
    if (plain !== undefined && isWithin(reach, plain)) continue
    const within = reachRule(model, actor, on, reach)
    parts.push(within === null ? rule : join('and', [within, rule]))
  }
  return parts.length === 0 ? undefined : join('or', parts)
}

/** Grants with the same key have the same condition. */
function conditionKey({ rule, scope }: Grant): string | undefined {
  return scope?.scope === 'parent' ? `${rule} ${scope.through}` : rule
}

/** What a grant asks of a record beside how deep it reaches; undefined where it asks nothing, or leads to no parent. */
export function conditionOf(
  model: Model,
  actor: Actor,
  entity: Entity,
  grant: Grant,
): Expression | Problem | undefined {
  const rule = grantRule(model, entity, grant)
  if (rule === undefined || rule instanceof Problem || grant.scope?.scope !== 'parent') return rule
  const parents = parentsOf(model, entity, grant.scope.through ?? '').flatMap((way): Expression[] => {
    const target = model.entityById.get(way.at(-1)!.target)!
    const seen = ruleOf(model, actor, target, 'read')
    if (seen === undefined) return []
    const id = wireOf(model, target).properties.get('id')!
    // A rule may be true of nothing at all: the parent has to be there.
    const there: Expression = {
      op: 'call',
      function: 'ne',
      args: [
        { op: 'property', through: way, property: id, kind: 'uuid' },
        { op: 'literal', kind: 'uuid', value: null },
      ],
      kind: 'boolean',
    }
    return [seen === null ? there : join('and', [there, way.reduceRight(behind, seen)])]
  })
  return parents.length === 0 ? undefined : join('and', [rule, join('or', parents)])
}

/** The ways of a path of lookups: several where its last one leads to records of several entities. */
function parentsOf(model: Model, entity: Entity, path: string): readonly (readonly Navigation[])[] {
  const names = path.split('.')
  const last = names.pop()
  let from = entity
  const before: Navigation[] = []
  for (const name of names) {
    const way = wireOf(model, from).navigations.get(name)
    if (way === undefined || way.collection) return []
    before.push(way)
    from = model.entityById.get(way.target)!
  }
  return [...wireOf(model, from).navigations.values()]
    .filter(({ collection, field, from: holder }) => !collection && holder === from.id && field.name === last)
    .map((way) => [...before, way])
}

function join(name: 'and' | 'or', parts: readonly Expression[]): Expression {
  return parts.length === 1 ? parts[0]! : { op: 'call', function: name, args: parts, kind: 'boolean' }
}
