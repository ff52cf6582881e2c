// Row rules: which rows of an entity an operation reaches, as one expression. How far grants reach is reach.ts; CEL rules of
// grants are bound once per model. A rule that cannot be bound grants nothing.
import { Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import { parseCel } from '../expression/parse-cel.ts'
import type { Expression, Syntax } from '../expression/tree.ts'
import type { Entity, Grant, Id, Model, Operation } from '../model/model.ts'
import { conditionOf as scopeCondition } from '../model/scopes.ts'
import { wireOf, type Navigation, type WireEntity } from '../model/wire.ts'
import type { Actor } from './actor.ts'
import { accessKey, grantsOf, type EffectiveGrant } from './grant.ts'
import { linkRule } from './intersect.ts'
import { isWithin, reachOf, reachRule } from './reach.ts'

type Rule = Expression | null | undefined
const bound = new WeakMap<Grant, Map<string, Expression | Problem>>()
const known = new WeakMap<Model, Map<string, Rule>>()

/** The condition rows must meet: null for all rows, undefined when the operation is denied. Cached per model and access key. */
export function ruleOf(model: Model, actor: Actor, entity: Entity, operation: Operation): Rule {
  return actor.system ? null : ruleBehind({ model, actor, way: [] }, entity, operation)
}

/** Whether some role opens an entity for an operation: a scope over a parent does only where such a parent can be read. */
export function opens(model: Model, actor: Actor, entity: Entity, operation: Operation): boolean {
  return ruleOf(model, actor, entity, operation) !== undefined
}

/** A rule that is being found, and the rules whose parents led to it: one that leads back to any of them adds nothing. */
interface Finding {
  readonly model: Model
  readonly actor: Actor
  /** `operation;entity id` of each. */
  readonly way: readonly string[]
}

/** The same rule is the same object, wherever a parent asks for it: so a statement can hold it once (query/parent.ts). */
function ruleBehind(finding: Finding, entity: Entity, operation: Operation): Rule {
  const { model, actor, way } = finding
  const step = `${operation};${entity.id}`
  if (way.includes(step)) return undefined
  let rules = known.get(model)
  if (!rules) known.set(model, (rules = new Map()))
  // Of the way only what the rule could lead back to makes a difference.
  const back = way.length === 0 ? undefined : stepsFrom(model, actor, entity, operation)
  const before = way.filter((one) => back?.has(one)).sort()
  const key = [accessKey(actor), step, ...before].join(';')
  if (rules.has(key)) return rules.get(key)
  const next = { ...finding, way: [...way, step] }
  const rule = entity.intersect
    ? linkRule(model, entity, operation, (end, doing) => ruleBehind(next, end, doing))
    : combine(next, { entity, operation }, grantsOf(model, actor, entity, operation))
  rules.set(key, rule)
  return rule
}

const steps = new WeakMap<Model, Map<string, ReadonlySet<string>>>()

/** The rules that a rule may ask for by way of parents, as steps of a way. */
function stepsFrom(model: Model, actor: Actor, entity: Entity, operation: Operation): ReadonlySet<string> {
  let found = steps.get(model)
  if (!found) steps.set(model, (found = new Map()))
  const key = `${accessKey(actor)};${operation};${entity.id}`
  let all = found.get(key)
  if (all === undefined) found.set(key, (all = followParents(model, actor, entity, operation)))
  return all
}

function followParents(model: Model, actor: Actor, entity: Entity, operation: Operation): Set<string> {
  const seen = new Set<string>()
  const open: (readonly [Entity, Operation])[] = [[entity, operation]]
  for (const [from, doing] of open)
    for (const { grant } of grantsOf(model, actor, from, doing))
      for (const way of grant.scope?.scope === 'parent' ? parentsOf(model, from, grant.scope.through ?? '') : []) {
        const target = model.entityById.get(way.at(-1)!.target)!
        const step = `read;${target.id}`
        if (seen.has(step)) continue
        seen.add(step)
        open.push([target, 'read'])
      }
  return seen
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
  finding: Finding,
  on: { readonly entity: Entity; readonly operation: Operation },
  grants: readonly EffectiveGrant[],
): Rule {
  const { model, actor } = finding
  const { entity, operation } = on
  const [scoped, deep] = divided(grants)
  const byRule = Map.groupBy(deep, ({ grant }) => grant.rule)
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
  for (const [through, some] of Map.groupBy(scoped, ({ scope }) => scope!.through ?? '')) {
    const under = underParents(finding, entity, through, some)
    if (under !== undefined) parts.push(under)
  }
  return parts.length === 0 ? undefined : join('or', parts)
}

/** Grants that follow the rights on a parent, and the others. */
function divided(grants: readonly EffectiveGrant[]): [Grant[], EffectiveGrant[]] {
  const groups = Map.groupBy(grants, ({ grant }) => grant.scope?.scope === 'parent')
  return [(groups.get(true) ?? []).map(({ grant }) => grant), groups.get(false) ?? []]
}

/** What a grant asks of a record beside how deep it reaches; undefined where it asks nothing, or leads to no parent. */
export function conditionOf(
  model: Model,
  actor: Actor,
  entity: Entity,
  grant: Grant,
): Expression | Problem | undefined {
  const { scope } = grant
  const rule = grantRule(model, entity, grant)
  if (rule instanceof Problem || scope?.scope !== 'parent') return rule
  return underParents({ model, actor, way: [] }, entity, scope.through ?? '', [grant])
}

/** What grants over one parent reach together: each parent is asked for once, whatever else they ask of the record. */
function underParents(
  finding: Finding,
  entity: Entity,
  through: string,
  grants: readonly Grant[],
): Expression | undefined {
  const { model } = finding
  const rules = new Map(grants.map((grant) => [grant.rule!, grantRule(model, entity, grant)]))
  const sound = [...rules.values()].filter((rule) => rule !== undefined && !(rule instanceof Problem)) as Expression[]
  const parents = parentsOf(model, entity, through).flatMap((way): Expression[] => {
    const where = ruleBehind(finding, model.entityById.get(way.at(-1)!.target)!, 'read')
    return where === undefined ? [] : [{ op: 'parent', through: way, where, kind: 'boolean' }]
  })
  if (sound.length === 0 || parents.length === 0) return undefined
  const there = join('or', parents)
  // A scope without a rule of its own only asks that there is a parent, and that is asked anyway.
  const bare = scopeCondition(entity.name, { scope: 'parent', through })
  return rules.has(bare) ? there : join('and', [join('or', sound), there])
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
