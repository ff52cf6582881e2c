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
  /** The lookup of a gathered record that leads to the one that gathers, or the collection of linked ones that this one has. */
  readonly via: Navigation
  readonly aggregate: Gathering['aggregate']
  /** What is gathered; absent for count. */
  readonly value?: Property
  readonly filter?: Expression
  /** Columns of the gathered records whose change may change the result. */
  readonly columns: ReadonlySet<string>
}

/** A rollup as those see it whose writes change it: the records that are gathered, or the links that lead to them. */
export interface Watch {
  readonly rollup: Rollup
  /** The entity whose records are watched. */
  readonly child: Entity
  /** The lookup in a watched record that holds who gathers it; absent where that is to be found by the links. */
  readonly near?: Way
  /** The lookup in a link that holds the record at its other end. */
  readonly far?: Way
  /** Columns of the watched records whose change may change the result. */
  readonly columns: ReadonlySet<string>
}

/** The columns of a lookup. */
export interface Way {
  readonly field: Field
  readonly column: string
  readonly typeColumn?: string
}

interface Index {
  readonly byField: ReadonlyMap<Id, Rollup>
  readonly byChild: ReadonlyMap<Id, readonly Watch[]>
  readonly ranks: ReadonlyMap<Id, number>
}
const known = new WeakMap<Model, Index>()

/** The rollups that the records of an entity have a part in. */
export function watchesOver(model: Model, child: Id): readonly Watch[] {
  return indexOf(model).byChild.get(child) ?? nobody
}

/** The rollups that a write of an entity's records may change, when it writes these columns. */
export function touchedRollups(
  model: Model,
  entity: Entity,
  operation: 'create' | 'update' | 'delete' | 'upsert',
  columns: readonly string[],
): readonly Watch[] {
  const over = watchesOver(model, entity.id)
  // Nothing is linked with a new record yet.
  if (operation === 'create') return over.filter(({ near }) => near !== undefined)
  if (over.length === 0 || operation !== 'update') return over
  // Whoever gives a record away moves it to another unit too.
  const written = columns.includes('owner_id') ? [...columns, 'owning_unit_id'] : columns
  return over.filter(({ columns }) => written.some((column) => columns.has(column)))
}

/** The columns that lead from watched records to those that gather, and to those that are linked. */
export function linkColumns(watches: readonly Watch[]): readonly string[] {
  return [
    ...new Set(
      watches.flatMap(({ near, far }) => (near === undefined ? ['id'] : [...columnsOf(near), ...columnsOf(far)])),
    ),
  ]
}

function columnsOf(way: Way | undefined): string[] {
  if (way === undefined) return []
  return way.typeColumn === undefined ? [way.column] : [way.column, way.typeColumn]
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
const nobody: readonly Watch[] = []

function indexOf(model: Model): Index {
  let index = known.get(model)
  if (index === undefined) {
    const all = [...model.entities.values()].flatMap((entity) =>
      entity.fields.flatMap((field) => rollupOf(model, entity, field) ?? []),
    )
    index = {
      byField: new Map(all.map((rollup) => [rollup.field.id, rollup])),
      byChild: Map.groupBy(
        all.flatMap((rollup) => watchesOf(model, rollup)),
        ({ child }) => child.id,
      ),
      ranks: rank(all),
    }
    known.set(model, index)
  }
  return index
}

/** Whose writes change a rollup. */
function watchesOf(model: Model, rollup: Rollup): Watch[] {
  const { child, via, columns } = rollup
  const { hop, field, column, typeColumn } = via
  if (hop === undefined) return [{ rollup, child, near: via, columns: new Set([...columns, ...columnsOf(via)]) }]
  const far: Way = { field, column, ...(typeColumn === undefined ? {} : { typeColumn }) }
  const links = new Set([...columnsOf(hop), ...columnsOf(far)])
  return [
    { rollup, child: model.entityById.get(hop.entity)!, near: hop, far, columns: links },
    { rollup, child, columns },
  ]
}

/** The rollup of a field, or what is wrong with it: the pointer is the setting, the position is in the filter. */
export function bindRollup(model: Model, parent: Entity, field: Field): Rollup | Problem {
  const { entity, via, aggregate, field: source, filter } = typeOf(field).rollup!(field)
  const child = model.entities.get(entity)
  if (child === undefined) return wrong('entity', `There is no entity "${entity}"`)
  const wire = wireOf(model, child)
  const linked = wireOf(model, parent).navigations.get(via)
  const navigation =
    [...wire.navigations.values()].find(
      (one) => !one.collection && one.field.name === via && one.target === parent.id,
    ) ?? (linked?.hop !== undefined && linked.target === child.id ? linked : undefined)
  if (navigation === undefined)
    return wrong(
      'via',
      `"${entity}" has no lookup "${via}" that points at "${parent.name}", and no relationship links the two by that name`,
    )
  const value = source === undefined ? undefined : countedProperty(model, child, source, aggregate)
  if (source !== undefined && value === undefined) return wrong('field', `"${entity}" has no field "${source}"`)
  const condition = filter === undefined ? undefined : bindFilter(filter, child, model)
  if (condition instanceof Problem) return condition
  const columns = new Set<string>()
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
  const suffix = aggregate === 'count_distinct' ? undefined : type.amount?.(field)?.base
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
