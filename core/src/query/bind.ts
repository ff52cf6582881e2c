// Query + path → BoundRead: names become properties and navigations, every list gets a total order, literals take kinds.
// `wire` decides what names exist: the whole model, or only what the caller may read.
import { queryLimits, type QueryLimits } from '../base/limits.ts'
import { suggest } from '../base/name.ts'
import { isOrdered, type ValueKind } from '../base/kind.ts'
import { Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import { kindName, readLiteral } from '../expression/literal.ts'
import { reading, shown } from '../expression/reader.ts'
import { copyLimit, propertyOf, unknownName, type Scope } from '../expression/scope.ts'
import type { Expression, Syntax } from '../expression/tree.ts'
import type { Entity, Id, Model } from '../model/model.ts'
import type { Navigation, Property, WireEntity } from '../model/wire.ts'
import { amounts } from './amount.ts'
import { bindApply } from './bind-apply.ts'
import { bindComputes, computedScope } from './bind-compute.ts'
import { bindLists } from './bind-list.ts'
import { searchable, searchSyntax } from './bind-stage.ts'
import { bindExpands, type Budget } from './bind-expand.ts'
import type { KeyPart, PathStep } from './path.ts'
import type {
  BoundComputed,
  BoundOrder,
  BoundQuery,
  BoundRead,
  BoundStep,
  PipeSource,
  Query,
  RecordStage,
  ResultKind,
} from './tree.ts'

export interface Names {
  readonly model: Model
  readonly wire: (entity: Id) => WireEntity
  /** How large the query may be; the usual limits when absent. */
  readonly limits?: QueryLimits
}

/** Binds a resource path with its query. */
export function bindRead(path: readonly PathStep[], query: Query, names: Names): BoundRead | Problem {
  return reading(() => {
    const { steps, rest } = bindSteps(path, names, query.aliases)
    const last = steps.at(-1)!
    const single = last.key !== undefined || (last.navigation !== undefined && !last.navigation.collection)
    const { filters, after } = bindFilters(rest, single)
    const { result, property } = bindResult(after, single, names.wire(last.entity.id))
    refuseOptions(query, result)
    const bound = bindFor(query, last.entity, names, newBudget(names))
    const within = filters.map((where) => bindWithin(where, names.wire(last.entity.id), names, query.aliases))
    return { result, steps, query: narrowed(bound, within), ...(property ? { property } : {}) }
  })
}

/** Binds a query over an entity's records. */
export function bindQuery(query: Query, entity: Entity, names: Names): BoundQuery | Problem {
  return reading(() => bindFor(query, entity, names, newBudget(names)))
}

function bindSteps(
  path: readonly PathStep[],
  names: Names,
  aliases: Query['aliases'],
): { steps: BoundStep[]; rest: readonly PathStep[] } {
  const first = path[0]
  const entity = first?.op === 'name' ? names.model.entityBySet.get(first.name) : undefined
  if (first?.op !== 'name' || !entity) throw unknownSet(first?.op === 'name' ? first.name : '', names.model)
  const steps: BoundStep[] = [{ entity }]
  let i = 1
  for (; i < path.length; i++) {
    const step = path[i]!
    const last = steps.at(-1)!
    if (step.op === 'key') {
      if (last.key || (last.navigation && !last.navigation.collection)) throw nothingAt('a key', step.position)
      steps[steps.length - 1] = { ...last, key: bindKey(step.parts, names.wire(last.entity.id), aliases) }
      continue
    }
    if (step.op === 'cast') {
      if (last.entity.name !== step.name) throw nothingAt(`peyvand.${step.name}`, step.position)
      continue
    }
    const next = path[i + 1]
    const typed =
      step.op === 'name' && next?.op === 'cast' ? castOf(last.entity, step.name, next.name, names) : undefined
    if (step.op === 'call')
      throw new Problem('request.syntax', {
        detail: `Expected a key at position ${step.position} of "path", found ")"`,
        target: 'path',
        position: step.position,
      })
    const navigation = typed ?? (step.op === 'name' ? names.wire(last.entity.id).navigations.get(step.name) : undefined)
    if (!navigation) break
    if (!last.key && (!last.navigation || last.navigation.collection))
      throw nothingAt(navigation.name, step.position, 'Name one record first')
    steps.push({ entity: names.model.entityById.get(navigation.target)!, navigation })
  }
  return { steps, rest: path.slice(i) }
}

/** The `$filter(…)` segments behind a list. */
function bindFilters(
  rest: readonly PathStep[],
  single: boolean,
): { filters: readonly Syntax[]; after: readonly PathStep[] } {
  const end = rest.findIndex(({ op }) => op !== 'filter')
  const own = end < 0 ? rest : rest.slice(0, end)
  if (own.length > 0 && single) throw nothingAt('$filter', own[0]!.position, 'It belongs to a list of records')
  return { filters: own.flatMap((step) => (step.op === 'filter' ? [step.where] : [])), after: rest.slice(own.length) }
}

function bindWithin(where: Syntax, wire: WireEntity, names: Names, aliases: Query['aliases']): Expression {
  const scope: Scope = { root: wire, wire: names.wire, target: 'path', ...(aliases ? { aliases } : {}) }
  return must(bindExpression(where, scope, 'boolean'))
}

/** The records of a query that also meet these conditions, before anything else is done with them. */
function narrowed(query: BoundQuery, within: readonly Expression[]): BoundQuery {
  if (within.length === 0) return query
  const stages = within.map((where) => ({ op: 'filter' as const, where }))
  if (query.pipes)
    return { ...query, pipes: query.pipes.map((pipe) => ({ ...pipe, source: narrowedSource(pipe.source, stages) })) }
  return { ...query, records: [...stages, ...(query.records ?? [])] }
}

function narrowedSource(source: PipeSource, stages: readonly RecordStage[]): PipeSource {
  if (source.op !== 'union') return { ...source, records: [...stages, ...source.records] }
  return { ...source, parts: source.parts.map((part) => ({ ...part, source: narrowedSource(part.source, stages) })) }
}

function unknownSet(name: string, model: Model): Problem {
  return new Problem('missing.path', {
    detail: `There is no entity set "${shown(name)}"`,
    target: 'path',
    position: 0,
    hint: suggest(name, model.entityBySet.keys()),
  })
}

function nothingAt(name: string, position: number, hint?: string): Problem {
  return new Problem('missing.path', {
    detail: `There is nothing at "${shown(name)}" here`,
    target: 'path',
    position,
    hint,
  })
}

/** `regarding/peyvand.account`: the way from a polymorphic lookup to the record of one entity. */
function castOf(entity: Entity, field: string, target: string, names: Names): Navigation | undefined {
  return [...names.wire(entity.id).navigations.values()].find(
    (each) =>
      !each.collection &&
      each.typeColumn !== undefined &&
      each.field.name === field &&
      names.model.entityById.get(each.target)!.name === target,
  )
}

/** The key of a record: its id, or all fields of an alternate key by name. throws: Problem */
export function bindKey(
  parts: readonly KeyPart[],
  wire: WireEntity,
  aliases?: Query['aliases'],
): NonNullable<BoundStep['key']> {
  const bound = parts.map(({ name = 'id', value }) => {
    const property = propertyOf(wire, name)
    if (!property) throw unknownName(wire, name, 'path', value.position)
    const literal = bindExpression(
      {
        op: 'call',
        name: 'eq',
        args: [{ op: 'path', names: [property.name], position: value.position }, value],
        position: value.position,
      },
      { root: wire, wire: () => wire, target: 'path', ...(aliases ? { aliases } : {}) },
    )
    if (literal instanceof Problem) throw literal
    return { property, value: (literal as Extract<Expression, { op: 'call' }>).args[1]! }
  })
  const fields = bound.map(({ property }) => property.field.name)
  const isKey =
    (fields.length === 1 && fields[0] === 'id') ||
    wire.entity.keys.some(
      (key) => key.fields.length === fields.length && key.fields.every((field) => fields.includes(field)),
    )
  if (isKey && new Set(fields).size === fields.length) return bound
  const known = [['id'], ...wire.entity.keys.map((key) => key.fields)]
    .filter((key) => key.every((field) => propertyOf(wire, field) !== undefined))
    .map((key) => key.join(', '))
    .join(' | ')
  throw new Problem('request.unknown', {
    detail: `"${wire.entity.name}" has no key (${fields.join(', ')})`,
    target: 'path',
    position: parts[0]?.value.position ?? 0,
    hint: `Its keys are: ${known}`,
  })
}

function bindResult(
  rest: readonly PathStep[],
  single: boolean,
  wire: WireEntity,
): { result: ResultKind; property?: Property } {
  const [step, next, more] = rest
  if (!step) return { result: single ? 'record' : 'collection' }
  if (step.op === '$count' && !next && !single) return { result: 'count' }
  if (step.op === '$ref' && !next) return { result: single ? 'ref' : 'refs' }
  if (step.op !== 'name') throw nothingAt(step.op, step.position)
  if (!single) throw nothingAt(step.name, step.position, 'Name one record first')
  const property = wire.shown.get(step.name)
  if (!property)
    throw new Problem('missing.path', {
      detail: unknownName(wire, step.name).message,
      target: 'path',
      position: step.position,
      hint: unknownName(wire, step.name).hint,
    })
  if (!next) return { result: 'property', property }
  if (next.op === '$value' && !more) return { result: 'value', property }
  throw nothingAt(next.op === 'name' ? next.name : next.op, next.position)
}

const forRecords = new Set<keyof Query>(['select', 'lists', 'expand', 'compute', 'aliases'])
const forCounts = new Set<keyof Query>(['filter', 'search', 'compute', 'aliases', 'apply'])

/** Options that make no sense for what is asked are wrong, not ignored. */
function refuseOptions(query: Query, result: ResultKind): void {
  if (result === 'collection' || result === 'refs') return
  const allowed = result === 'record' ? forRecords : result === 'count' ? forCounts : new Set<keyof Query>(['aliases'])
  for (const name of Object.keys(query) as (keyof Query)[]) {
    if (allowed.has(name) || name.endsWith('Slot')) continue
    const target = name === 'after' ? '$skiptoken' : `$${name}`
    throw new Problem('request.malformed', {
      detail: `"${target}" cannot be used here`,
      target,
      hint: 'It belongs to a list of records',
    })
  }
}

function newBudget({ limits = queryLimits }: Names): Budget {
  return { copies: { left: copyLimit }, expands: limits.expandsInAll }
}

function bindFor(query: Query, entity: Entity, names: Names, budget: Budget): BoundQuery {
  const wire = names.wire(entity.id)
  const root = scopeOf(query, wire, names, budget)
  if (query.apply) {
    const applied = bindApply(query, wire, root)
    if (applied.pipes) return applied
    const expand = [...(query.expand ?? []), ...applied.expand]
    return bindRecords({ ...query, ...(expand.length > 0 ? { expand } : {}) }, wire, names, budget, applied)
  }
  return bindRecords(query, wire, names, budget, {})
}

function scopeOf(query: Query, wire: WireEntity, names: Names, budget: Budget): Scope {
  return {
    root: wire,
    wire: names.wire,
    aliases: query.aliases,
    budget: budget.copies,
    searching: searchSyntax,
  }
}

/** A query that gives records. `given` is what $apply made of them before. */
function bindRecords(
  query: Query,
  wire: WireEntity,
  names: Names,
  budget: Budget,
  given: Pick<BoundQuery, 'records' | 'computed'> & { readonly order?: readonly BoundOrder[] },
): BoundQuery {
  const root = scopeOf(query, wire, names, budget)
  const before = given.computed ?? []
  const computed = [
    ...before,
    ...bindComputes(query.compute ?? [], { ...computedScope(root, before), target: '$compute' }),
  ]
  const scope = computedScope(root, computed)
  const order = totalOrder(
    query.orderby || !given.order ? (query.orderby ?? []).map((key) => bindOrder(key, scope)) : given.order,
    wire,
  )
  const select = bindSelect(query, wire, computed)
  return {
    entity: wire.entity,
    ...select,
    ...(query.lists ? { lists: bindLists(query.lists, wire, scope) } : {}),
    ...(given.records && given.records.length > 0 ? { records: given.records } : {}),
    ...(query.filter ? { filter: must(bindExpression(query.filter, { ...scope, target: '$filter' }, 'boolean')) } : {}),
    ...(query.search ? { search: query.search } : {}),
    searched: query.search ? searchable(wire) : [],
    navigations: [...wire.navigations.keys()],
    order,
    expand: bindExpands(query, wire, names, budget, bindFor),
    ...amounts(query),
    count: query.count ?? false,
    ...(query.after ? { after: bindAfter(query.after, order) } : {}),
    ...(query.positions ? { positions: true } : {}),
  }
}

function must<T>(value: T | Problem): T {
  if (value instanceof Problem) throw value
  return value
}

/** Named columns, always with the id; a lookup's name stands for all its properties. */
function bindSelect(
  query: Query,
  wire: WireEntity,
  computed: readonly BoundComputed[],
): Pick<BoundQuery, 'select' | 'selected' | 'computed'> {
  const every = [...wire.shown.values()]
  if (!query.select || query.select.some((names) => names[0] === '*'))
    return { select: every, selected: false, ...(computed.length > 0 ? { computed } : {}) }
  const wanted = new Set<BoundComputed>()
  const chosen = new Set<Property>()
  const id = wire.properties.get('id')
  if (id) chosen.add(id)
  for (const names of query.select) {
    const [name] = names as [string]
    const value = names.length === 1 ? computed.find((each) => each.name === name) : undefined
    if (value) {
      wanted.add(value)
      continue
    }
    if (names.length > 1)
      throw new Problem('request.unsupported', {
        detail: `The path "${shown(names.join('/'))}" in $select is not supported`,
        target: '$select',
        hint: `Write $expand=${shown(name)}($select=…)`,
      })
    for (const property of selectable(name, wire, every)) chosen.add(property)
  }
  return { select: [...chosen], selected: true, ...(wanted.size > 0 ? { computed: [...wanted] } : {}) }
}

function selectable(name: string, wire: WireEntity, every: readonly Property[]): readonly Property[] {
  const property = wire.shown.get(name)
  if (property) return [property]
  const navigation = wire.navigations.get(name)
  if (navigation?.collection)
    throw new Problem('request.type', {
      detail: `"${name}" is a relationship, not a column`,
      target: '$select',
      hint: `Write $expand=${name}`,
    })
  const field = navigation?.field.name ?? name
  const own = every.filter((candidate) => candidate.field.name === field)
  if (own.length === 0) throw unknownName(wire, name, '$select')
  return own
}

/** One key of a sort order. throws: Problem. */
export function bindOrder({ by, descending }: NonNullable<Query['orderby']>[number], scope: Scope): BoundOrder {
  const bound = must(bindExpression(by, { ...scope, target: '$orderby' }))
  if (bound.op === 'literal' || !isOrdered(bound.kind))
    throw new Problem('request.type', {
      detail: `Records cannot be sorted by ${kindName(bound.kind)}`,
      target: '$orderby',
      position: by.position,
    })
  return { by: bound, descending }
}

/** Ends with the id, in the direction of the last key, so that an index can be read either way. */
function totalOrder(order: readonly BoundOrder[], wire: WireEntity): BoundOrder[] {
  const id = wire.properties.get('id')!
  const isId = ({ by }: BoundOrder) => by.op === 'property' && by.property.name === 'id' && by.through.length === 0
  const cut = order.findIndex(isId)
  if (cut >= 0) return order.slice(0, cut + 1)
  return [
    ...order,
    { by: { op: 'property', through: [], property: id, kind: 'uuid' }, descending: order.at(-1)?.descending ?? false },
  ]
}

function bindAfter(after: NonNullable<Query['after']>, order: readonly BoundOrder[]): Expression[] {
  if (after.length !== order.length)
    throw new Problem('request.malformed', {
      detail: 'The page token does not belong to this query',
      target: '$skiptoken',
      hint: 'Use @odata.nextLink as it was given',
    })
  return after.map(({ text, slot }, i) => {
    const kind = order[i]!.by.kind as ValueKind
    if (slot !== undefined || text === null)
      return { op: 'literal', kind, value: text, ...(slot === undefined ? {} : { slot }) }
    return { op: 'literal', kind, value: must(readLiteral(kind, text)) as string }
  })
}
