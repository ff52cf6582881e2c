// A permitted write → what its statement is made from: which rules are checked on which side, which lookups have to be looked
// up, and what comes back.
import type { Expression } from '../expression/tree.ts'
import { targetsOf } from '../expression/visit.ts'
import type { Entity, Id, Model, Operation } from '../model/model.ts'
import type { Property, WireEntity } from '../model/wire.ts'
import { newBuild } from '../query/frame.ts'
import { ownerFields, type LinkCheck, type StoredDemand, type WritePlan } from '../query/write-plan.ts'
import type { Actor } from './actor.ts'
import { appendRule, attachRules } from './append.ts'
import { readableWire } from './field.ts'
import { accessKey } from './grant.ts'
import { changesOwner, owningOnly, ownerType, type Write } from './owner.ts'
import { needs, opensAll } from './permit.ts'
import { ruleOf } from './rule.ts'
import { linkColumns, touchedRollups } from '../model/rollups.ts'
import type { Values } from './write.ts'

/** What the statement of a write is made from. */
export function planOf(
  write: Write,
  links: readonly LinkCheck[],
  checked: boolean,
  demands: readonly StoredDemand[],
): WritePlan {
  const { model, actor, entity, wire, operation, key, update, schema = 't_default' } = write
  const rule = (doing: Operation) => ruleOf(model, actor, entity, doing)
  const before = opensAll(write, 'update') ? (rule(needs[operation]) ?? null) : never
  const create = opensAll(write, 'create') ? rule('create') : undefined
  const append = appendRule(write) ?? null
  const owner = ownerType(write)
  return {
    build: newBuild(model, schema, rulesFor(write, links), write.exact),
    wire,
    operation,
    links,
    demands,
    match: columnsOf(wire, key ?? { id: null }),
    update: columnsOf(wire, update),
    insert: columnsOf(wire, write.insert),
    may: both(append, changesOwner(write) ? both(before, rule('assign') ?? null) : before),
    mayBecome: before !== null && operation !== 'delete' && readsAny(before, update) ? before : null,
    mayCreate: checked ? null : create === undefined ? never : both(append, create),
    ...(owner === undefined ? {} : { ownerEntity: model.entities.get(owner) }),
    matchesVersion: versionsOf(write.ifMatch) !== undefined,
    ...stateChecks(write),
    returning: returnedColumns(write),
    audit: entity.audit,
    watched: linkColumns(touchedRollups(model, entity, operation, Object.keys({ ...update, ...write.insert }))),
  }
}

/** What the record's state has to say about a change. The system changes what it must. */
export function stateChecks({ entity, operation, update, actor }: Write): Pick<WritePlan, 'needsActive'> {
  if (entity.state === undefined || actor.system || (operation !== 'update' && operation !== 'upsert')) return {}
  return { needsActive: update['state'] !== 'active' }
}

const never: Expression = { op: 'literal', kind: 'boolean', value: false }

function both(a: Expression | null, b: Expression | null): Expression | null {
  if (a === null || b === null) return a ?? b
  return { op: 'call', function: 'and', args: [a, b], kind: 'boolean' }
}

/** The columns of these values that the entity has. */
function columnsOf(wire: WireEntity, values: Values): Property[] {
  return Object.keys(values).flatMap((name) => wire.properties.get(name) ?? [])
}

function returnedColumns({
  model,
  actor,
  entity,
  operation,
  returning,
  select,
}: Write): readonly Property[] | undefined {
  if (returning === 'nothing' || operation === 'delete' || ruleOf(model, actor, entity, 'read') === undefined)
    return undefined
  const readable = readableWire(model, actor, entity.id).shown
  return select === undefined ? [...readable.values()] : select.flatMap((name) => readable.get(name) ?? [])
}

/** Whether a rule reads a column that is about to change, other than the owner's. */
function readsAny(rule: Expression, values: Values): boolean {
  switch (rule.op) {
    case 'literal':
    case 'item':
      return false
    case 'items':
      return readsAny(rule.of, values) || (rule.where !== undefined && readsAny(rule.where, values))
    case 'property':
      if (rule.through.length === 0 && rule.property.formula !== undefined)
        return readsAny(rule.property.formula, values)
      return (
        Object.hasOwn(values, (rule.through[0] ?? rule.property).column) && !ownerFields.has(rule.property.field.name)
      )
    case 'parent':
      return Object.hasOwn(values, rule.through[0]!.column)
    // Among the conditions on related records a column of the same name may be meant: asking once more does no harm.
    case 'lambda':
      return (
        (rule.through[0] !== undefined && Object.hasOwn(values, rule.through[0].column)) ||
        (rule.where !== undefined && readsAny(rule.where, values))
      )
    case 'hierarchy':
      return readsAny(rule.value, values)
    case 'list':
      return rule.items.some((item) => readsAny(item, values))
    case 'call':
      return rule.args.some((arg) => readsAny(arg, values))
  }
}

/** Lookups to check: those a foreign key does not guard, and those whose target the caller may not see. */
export function linksOf(write: Write): LinkCheck[] {
  const { actor, update, insert, operation } = write
  if (operation === 'delete') return []
  return checkedLinks(write).filter(({ property: { column } }) => {
    const value = update[column] ?? insert[column] ?? null
    return value !== null && !(column === 'owner_id' && value === actor.user)
  })
}

const checks = new WeakMap<Model, Map<string, readonly LinkCheck[]>>()

/** The lookups of an entity that have to be looked up when they are given. Found once per model and access key. */
export function checkedLinks({ model, actor, entity, wire }: Write): readonly LinkCheck[] {
  let ofModel = checks.get(model)
  if (ofModel === undefined) checks.set(model, (ofModel = new Map()))
  const key = `${accessKey(actor)};${entity.id}`
  let links = ofModel.get(key)
  if (links === undefined) ofModel.set(key, (links = findLinks(model, actor, entity, wire)))
  return links
}

function findLinks(model: Model, actor: Actor, entity: Entity, wire: WireEntity): LinkCheck[] {
  const byColumn = Map.groupBy(
    [...wire.navigations.values()].filter(({ collection, from }) => !collection && from === entity.id),
    ({ column }) => column,
  )
  return [...byColumn].flatMap(([column, targets]): LinkCheck[] => {
    const property = wire.properties.get(column)
    const guarded = targets.every(
      (one) => one.typeColumn === undefined && ruleOf(model, actor, model.entityById.get(one.target)!, 'read') === null,
    )
    if (property === undefined || column === 'owning_unit_id') return []
    const attach = attachRules(model, actor, { entity: wire, targets, column })
    if (guarded && attach.size === 0) return []
    const owning = column === 'owner_id' ? targets.map((one) => owningOnly(model, one)) : targets
    return [{ property, targets: owning, unsure: !guarded, attach }]
  })
}

function rulesFor(write: Write, links: readonly LinkCheck[]): Map<Id, Expression | null> {
  const { model, actor, entity } = write
  const rules = new Map<Id, Expression | null>()
  const formulas = (returnedColumns(write) ?? []).flatMap(({ formula }) => (formula ? [...targetsOf(formula)] : []))
  for (const id of [entity.id, ...formulas, ...links.flatMap(({ targets }) => targets.map(({ target }) => target))]) {
    const rule = ruleOf(model, actor, model.entityById.get(id)!, 'read')
    if (rule !== undefined) rules.set(id, rule)
  }
  return rules
}

/** The versions an If-Match accepts; undefined when any will do. An etag that is none of ours matches nothing. What
 * follows the point is a digest of values that others keep fresh: it does not matter to whoever changes the record. */
export function versionsOf(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  return [...ifMatch.matchAll(/"(\d{1,9})(?:\.[0-9a-f]{8})?"/g)].map(([, version]) => Number(version))
}
