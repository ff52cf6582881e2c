// Every rollup of a model, bound: whose records it gathers, by which lookup, what of them, and which of their columns matter.
// The index by gathered entity is what a write asks; entities that nothing gathers are not in it. (Server only: reads CEL.)
import { bindExpression } from '../expression/bind.ts'
import { parseCel } from '../expression/parse-cel.ts'
import type { Expression } from '../expression/tree.ts'
import { ownColumns } from '../expression/visit.ts'
import { Problem } from '../base/problem.ts'
import { typeOf } from '../types/index.ts'
import type { Gathering } from '../types/type.ts'
import type { Entity, Field, Id, Model } from './model.ts'
import { wireOf, type Navigation, type Property } from './wire.ts'

export interface Rollup {
  /** The entity that has the field. */
  readonly parent: Entity
  readonly field: Field
  /** The column that is kept. */
  readonly property: Property
  readonly child: Entity
  /** The way from a gathered record to the one that gathers. */
  readonly via: Navigation
  readonly aggregate: Gathering['aggregate']
  /** What is gathered; absent for count. */
  readonly value?: Property
  readonly filter?: Expression
  /** Columns of the gathered records whose change may change the result. */
  readonly columns: ReadonlySet<string>
}

interface Index {
  readonly byField: ReadonlyMap<Id, Rollup>
  readonly byChild: ReadonlyMap<Id, readonly Rollup[]>
  readonly ranks: ReadonlyMap<Id, number>
}
const known = new WeakMap<Model, Index>()

/** The rollups that gather records of an entity. */
export function rollupsOver(model: Model, child: Id): readonly Rollup[] {
  return indexOf(model).byChild.get(child) ?? none
}

/** The rollups that a write of an entity's records may change, when it writes these columns. */
export function touchedRollups(
  model: Model,
  entity: Entity,
  operation: 'create' | 'update' | 'delete' | 'upsert',
  columns: readonly string[],
): readonly Rollup[] {
  const over = rollupsOver(model, entity.id)
  if (over.length === 0 || operation !== 'update') return over
  // Whoever gives a record away moves it to another unit too.
  const written = columns.includes('owner_id') ? [...columns, 'owning_unit_id'] : columns
  return over.filter((rollup) => written.some((column) => rollup.columns.has(column)))
}

/** The columns that lead from gathered records to those that gather them. */
export function linkColumns(rollups: readonly Rollup[]): readonly string[] {
  const columns = rollups.flatMap(({ via }) =>
    via.typeColumn === undefined ? [via.column] : [via.column, via.typeColumn],
  )
  return [...new Set(columns)]
}

/**
 * How far up an entity stands: above everything its rollups gather, directly or through rollups of those. Whoever refreshes
 * goes from low to high, so that all lock in one order.
 */
export function rankOf(model: Model, entity: Id): number {
  const { ranks } = indexOf(model)
  return ranks.get(entity) ?? 0
}

function rank(all: readonly Rollup[]): ReadonlyMap<Id, number> {
  const below = Map.groupBy(all, ({ parent }) => parent.id)
  const ranks = new Map<Id, number>()
  const walk = (entity: Id, path: ReadonlySet<Id>): number => {
    const known = ranks.get(entity)
    if (known !== undefined || path.has(entity)) return known ?? 0
    const onto = new Set([...path, entity])
    const most = Math.max(-1, ...(below.get(entity) ?? none).map(({ child }) => walk(child.id, onto)))
    ranks.set(entity, most + 1)
    return most + 1
  }
  for (const { parent } of all) walk(parent.id, new Set())
  return ranks
}

/** All rollups of a model; with an entity, those it has. */
export function rollupsIn(model: Model, entity?: Id): readonly Rollup[] {
  const all = [...indexOf(model).byField.values()]
  return entity === undefined ? all : all.filter(({ parent }) => parent.id === entity)
}

/** The rollup a field is, when it is one and is sound. */
export function rollupOf(model: Model, entity: Entity, field: Field): Rollup | undefined {
  const bound = typeOf(field).rollup === undefined ? undefined : bindRollup(model, entity, field)
  return bound instanceof Problem ? undefined : bound
}

const none: readonly Rollup[] = []

function indexOf(model: Model): Index {
  let index = known.get(model)
  if (index === undefined) {
    const all = [...model.entities.values()].flatMap((entity) =>
      entity.fields.flatMap((field) => rollupOf(model, entity, field) ?? []),
    )
    index = {
      byField: new Map(all.map((rollup) => [rollup.field.id, rollup])),
      byChild: Map.groupBy(all, ({ child }) => child.id),
      ranks: rank(all),
    }
    known.set(model, index)
  }
  return index
}

/** The rollup of a field, or what is wrong with it: the pointer is the setting, the position is in the filter. */
export function bindRollup(model: Model, parent: Entity, field: Field): Rollup | Problem {
  const { entity, via, aggregate, field: source, filter } = typeOf(field).rollup!(field)
  const child = model.entities.get(entity)
  if (child === undefined) return wrong('entity', `There is no entity "${entity}"`)
  const wire = wireOf(model, child)
  const navigation = [...wire.navigations.values()].find(
    (one) => !one.collection && one.field.name === via && one.target === parent.id,
  )
  if (navigation === undefined)
    return wrong('via', `"${entity}" has no lookup "${via}" that points at "${parent.name}"`)
  const value = source === undefined ? undefined : countedProperty(model, child, source, aggregate)
  if (source !== undefined && value === undefined) return wrong('field', `"${entity}" has no field "${source}"`)
  const condition = filter === undefined ? undefined : bindFilter(filter, child, model)
  if (condition instanceof Problem) return condition
  const columns = new Set([navigation.column, ...(navigation.typeColumn === undefined ? [] : [navigation.typeColumn])])
  if (value !== undefined) {
    if (value.formula === undefined) columns.add(value.column)
    else ownColumns(value.formula, columns)
  }
  if (condition !== undefined) ownColumns(condition, columns)
  const property = wireOf(model, parent).properties.get(field.name)!
  return { parent, field, property, child, via: navigation, aggregate, value, filter: condition, columns }
}

/** The property that is gathered: an amount in the base currency, except where only different values are counted. */
function countedProperty(
  model: Model,
  child: Entity,
  name: string,
  aggregate: Gathering['aggregate'],
): Property | undefined {
  const field = child.fields.find((one) => one.name === name)
  if (field === undefined) return undefined
  const type = typeOf(field)
  const suffix = aggregate === 'count_distinct' ? undefined : type.exchange?.base
  return wireOf(model, child).properties.get(name + (suffix ?? type.columns(field)[0]!.suffix))
}

function bindFilter(text: string, child: Entity, model: Model): Expression | Problem {
  const syntax = parseCel(text, 'filter')
  const wire = (id: Id) => wireOf(model, model.entityById.get(id)!)
  const bound =
    syntax instanceof Problem
      ? syntax
      : bindExpression(syntax, { root: wireOf(model, child), wire, target: 'filter' }, 'boolean')
  if (!(bound instanceof Problem)) return bound
  const { message: detail, hint, position } = bound
  return new Problem('check.definition', { detail, hint, position, pointer: '/filter' })
}

function wrong(setting: string, detail: string): Problem {
  return new Problem('check.definition', { detail, pointer: `/${setting}` })
}
