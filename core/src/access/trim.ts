// The actor's rights compiled into a query. Walks everything a query touches (path, select, filter, sort, search, expand,
// any/all, group) and notes the row rule of each entity on the way; what the actor may not read is a name that does not exist.
// The only place that makes trimmed queries.
import { Problem } from '../base/problem.ts'
import { unknownName } from '../expression/scope.ts'
import type { Expression } from '../expression/tree.ts'
import type { Entity, Id, Model } from '../model/model.ts'
import type { Navigation, Property } from '../model/wire.ts'
import type {
  BoundCross,
  BoundQuery,
  BoundRead,
  PipeSource,
  RecordStage,
  TrimmedCross,
  TrimmedQuery,
  TrimmedRead,
} from '../query/tree.ts'
import type { Actor } from './actor.ts'
import { readableWire } from './field.ts'
import { ruleOf } from './rule.ts'

/** Trims a query over an entity. */
export function trim(bound: BoundQuery, model: Model, actor: Actor): TrimmedQuery | Problem {
  const trimming = begin(model, actor)
  const problem = deny(trimming, bound.entity) ?? seeQuery(trimming, bound)
  return problem ?? ({ ...bound, rules: trimming.rules } as unknown as TrimmedQuery)
}

/** Trims a resource path with its query. */
export function trimRead(read: BoundRead, model: Model, actor: Actor): TrimmedRead | Problem {
  const trimming = begin(model, actor)
  const root = read.steps[0]!.entity
  const denied = deny(trimming, root)
  if (denied) return denied
  let entity = root.id
  for (const { entity: next, key, navigation } of read.steps) {
    const problem =
      (navigation && seeNavigation(trimming, entity, navigation)) ??
      first(key, ({ property }) => seeProperty(trimming, next.id, property))
    if (problem) return problem
    see(trimming, next.id)
    entity = next.id
  }
  const problem =
    (read.property && seeShown(trimming, read.query.entity.id, read.property)) ?? seeQuery(trimming, read.query)
  return problem ?? ({ ...read, rules: trimming.rules } as unknown as TrimmedRead)
}

/** Trims a cross join: the entities' row rules, and what its expressions ask of their records. */
export function trimCross(cross: BoundCross, model: Model, actor: Actor): TrimmedCross | Problem {
  const trimming = begin(model, actor)
  const parts = cross.parts.map(({ query }) => query)
  const scopes = ['', ...parts.map(({ entity }) => entity.id)]
  const problem =
    first(parts, ({ entity }) => deny(trimming, entity)) ??
    first(parts, (query) => seeQuery(trimming, query)) ??
    first([...(cross.filter ? [cross.filter] : []), ...cross.order.map(({ by }) => by)], (each) =>
      seeExpression(trimming, each, scopes),
    )
  return problem ?? ({ ...cross, rules: trimming.rules } as unknown as TrimmedCross)
}

interface Trimming {
  readonly model: Model
  readonly actor: Actor
  readonly rules: Map<Id, Expression | null>
}

function begin(model: Model, actor: Actor): Trimming {
  return { model, actor, rules: new Map() }
}

function first<T>(items: readonly T[] | undefined, check: (item: T) => Problem | undefined): Problem | undefined {
  for (const item of items ?? []) {
    const problem = check(item)
    if (problem) return problem
  }
  return undefined
}

/** An entity whose records the actor may not read at all cannot be asked for. */
function deny({ model, actor }: Trimming, entity: Entity): Problem | undefined {
  if (ruleOf(model, actor, entity, 'read') !== undefined) return undefined
  return new Problem('access.denied', { detail: `You may not read "${entity.entitySet}"`, target: entity.entitySet })
}

/** Notes the row rule of an entity; one without a read grant stays out, which shows none of its rows. */
function see({ model, actor, rules }: Trimming, entity: Id): void {
  const rule = ruleOf(model, actor, model.entityById.get(entity)!, 'read')
  if (rule !== undefined) rules.set(entity, rule)
}

function seeProperty(trimming: Trimming, entity: Id, property: Property): Problem | undefined {
  const wire = readableWire(trimming.model, trimming.actor, entity)
  if (!wire.properties.has(property.name)) return unknownName(wire, property.name)
  return property.formula && seeExpression(trimming, property.formula, [entity])
}

/** What is answered may be masked: then it has to be the masked property itself. */
function seeShown(trimming: Trimming, entity: Id, property: Property): Problem | undefined {
  const wire = readableWire(trimming.model, trimming.actor, entity)
  const shown = wire.shown.get(property.name)
  if (shown === undefined || shown.mask !== property.mask) return unknownName(wire, property.name)
  return property.formula && seeExpression(trimming, property.formula, [entity])
}

function seeNavigation(trimming: Trimming, entity: Id, navigation: Navigation): Problem | undefined {
  const wire = readableWire(trimming.model, trimming.actor, entity)
  if (!wire.navigations.has(navigation.name)) return unknownName(wire, navigation.name)
  see(trimming, navigation.target)
  if (navigation.hop !== undefined) see(trimming, navigation.hop.entity)
  return undefined
}

function seeQuery(trimming: Trimming, query: BoundQuery): Problem | undefined {
  const root = query.entity.id
  see(trimming, root)
  const expressions = [
    query.filter,
    ...query.order.map(({ by }) => by),
    ...(query.computed ?? []).map(({ value }) => value),
  ]
  return (
    first(query.select, (property) => seeShown(trimming, root, property)) ??
    first(query.searched, (property) => seeProperty(trimming, root, property)) ??
    first(expressions, (expression) => expression && seeExpression(trimming, expression, [root])) ??
    first([...(query.lists?.values() ?? [])], ({ where }) => where && seeExpression(trimming, where, [root, ''])) ??
    seeStages(trimming, root, query.records ?? []) ??
    first(query.pipes, ({ source }) => seeSource(trimming, root, source)) ??
    first(
      query.expand,
      ({ navigation, query: inner }) => seeNavigation(trimming, root, navigation) ?? seeQuery(trimming, inner),
    )
  )
}

/** What a pipe asks of records; behind its groups there are only its own columns. */
function seeSource(trimming: Trimming, root: Id, source: PipeSource): Problem | undefined {
  if (source.op === 'union') return first(source.parts, (part) => seeSource(trimming, root, part.source))
  const { records } = source
  const values: readonly (Expression | undefined)[] =
    source.op === 'rows'
      ? source.values
      : [...source.group.by, ...source.group.aggregate.flatMap(({ of, where }) => [of, where])]
  const scopes = [root, ...records.flatMap((stage) => (stage.op === 'join' ? [stage.navigation.target] : []))]
  return seeStages(trimming, root, records) ?? first(values, (value) => value && seeExpression(trimming, value, scopes))
}

/** What stages ask of the records of an entity; those that are joined are rows of their own from there on. */
function seeStages(trimming: Trimming, root: Id, stages: readonly RecordStage[]): Problem | undefined {
  const scopes = [root]
  return first(stages, (stage) => {
    switch (stage.op) {
      case 'search':
        return first(stage.searched, (property) => seeProperty(trimming, root, property))
      case 'tree':
        return seeNavigation(trimming, root, stage.navigation) ?? seeStages(trimming, root, stage.start)
      case 'join': {
        const { target } = stage.navigation
        const problem = seeNavigation(trimming, root, stage.navigation) ?? seeStages(trimming, target, stage.within)
        scopes.push(target)
        return problem
      }
      default:
        return first(stageExpressions(stage), (each) => seeExpression(trimming, each, scopes))
    }
  })
}

function stageExpressions(stage: Extract<RecordStage, { op: 'filter' | 'cut' | 'share' }>): readonly Expression[] {
  return stage.op === 'filter' ? [stage.where] : [...stage.order.map(({ by }) => by), ...(stage.partition ?? [])]
}

/** `scopes` are the entities of the row and of the lambda variables around the expression. */
function seeExpression(trimming: Trimming, expression: Expression, scopes: readonly Id[]): Problem | undefined {
  switch (expression.op) {
    case 'literal':
    case 'item':
    // Only rules ask it, and they see all rows.
    case 'parent':
      return undefined
    case 'items':
      return (
        seeExpression(trimming, expression.of, scopes) ??
        (expression.where && seeExpression(trimming, expression.where, [...scopes, '']))
      )
    case 'list':
      return first(expression.items, (item) => seeExpression(trimming, item, scopes))
    case 'call':
      return first(expression.args, (arg) => seeExpression(trimming, arg, scopes))
    case 'hierarchy':
      return (
        seeExpression(trimming, expression.value, scopes) ??
        seeNavigation(trimming, expression.navigation.target, expression.navigation)
      )
    case 'property':
      return seePath(trimming, scopes[expression.scope ?? 0]!, expression.through, (entity) =>
        seeProperty(trimming, entity, expression.property),
      )
    case 'lambda':
      return (
        seePath(trimming, scopes[expression.scope ?? 0]!, expression.through, (entity) =>
          seeNavigation(trimming, entity, expression.navigation),
        ) ??
        (expression.where && seeExpression(trimming, expression.where, [...scopes, expression.navigation.target]))
      )
  }
}

function seePath(
  trimming: Trimming,
  from: Id,
  through: readonly Navigation[],
  end: (entity: Id) => Problem | undefined,
): Problem | undefined {
  let entity = from
  for (const navigation of through) {
    const problem = seeNavigation(trimming, entity, navigation)
    if (problem) return problem
    entity = navigation.target
  }
  return end(entity)
}
