// Relationships: every lookup seen from both ends, and the name of the way back. Decides default names so that two builds
// of the same definitions always give the same ones, whatever their order.
import { typeOf } from '../types/index.ts'
import type { Entity, Field, Relationship } from './model.ts'

/** A lookup with the names it may take on its targets: `wanted` first, `other` when that is taken. */
interface Way {
  readonly from: Entity
  readonly field: Field
  readonly targets: readonly string[]
  readonly wanted: string
  readonly explicit: boolean
  readonly onDelete: Relationship['onDelete']
  readonly cascade: Relationship['cascade']
}

/**
 * The relationships of all lookups that are not system fields. The inverse is the lookup's own `inverse`, else the entity
 * set it stands in; when that name is taken on a target, `<entity set>_by_<field>`.
 */
export function relate(entities: ReadonlyMap<string, Entity>): Relationship[] {
  const ways = [...entities.values()].flatMap(waysOf)
  // Only what is pointed at gets names beside its own.
  const pointed = new Set(ways.flatMap(({ targets }) => targets))
  const taken = new Map(
    [...pointed].flatMap((name) => {
      const target = entities.get(name)
      return target === undefined ? [] : [[name, { own: takenNames(target), given: new Set<string>() }] as const]
    }),
  )
  const named = new Map<Way, string>()
  const byName = (a: Way, b: Way): number => (a.from.name < b.from.name ? -1 : a.from.name > b.from.name ? 1 : 0)
  for (const way of ways.filter((one) => one.explicit)) claim(way, way.wanted, taken, named)
  for (const way of ways.filter((one) => !one.explicit).sort(byName)) {
    const free = way.targets.every((target) => !isTaken(taken.get(target), way.wanted))
    claim(way, free ? way.wanted : `${way.wanted}_by_${way.field.name}`, taken, named)
  }
  return ways.map((way) => ({
    id: way.field.id,
    from: way.from.id,
    field: way.field.name,
    targets: way.targets.flatMap((target) => entities.get(target)?.id ?? []),
    inverse: named.get(way)!,
    onDelete: way.onDelete,
    cascade: way.cascade,
  }))
}

/** The names of an entity: its own, and those that ways back were given. */
interface Names {
  readonly own: ReadonlySet<string>
  readonly given: Set<string>
}

function isTaken(names: Names | undefined, name: string): boolean {
  return names !== undefined && (names.own.has(name) || names.given.has(name))
}

function claim(way: Way, name: string, taken: ReadonlyMap<string, Names>, named: Map<Way, string>): void {
  named.set(way, name)
  for (const target of way.targets) taken.get(target)?.given.add(name)
}

const lookups = new WeakMap<Entity, readonly Way[]>()

function waysOf(from: Entity): readonly Way[] {
  let ways = lookups.get(from)
  if (ways === undefined) lookups.set(from, (ways = readWays(from)))
  return ways
}

function readWays(from: Entity): Way[] {
  return from.fields.flatMap((field) => {
    const link = field.system === true ? undefined : typeOf(field).link?.(field)
    if (link === undefined) return []
    return [
      {
        from,
        field,
        targets: link.targets,
        // The way back to a link is no collection of its own; a name that nobody can write keeps it out of everyone's way.
        wanted: from.intersect ? `/${from.name}/${field.name}` : (link.inverse ?? from.entitySet),
        explicit: link.inverse !== undefined || from.intersect === true,
        onDelete: link.onDelete,
        cascade: link.cascade,
      },
    ]
  })
}

const taken = new WeakMap<Entity, ReadonlySet<string>>()

/** Every property and single-valued navigation name of an entity. */
export function takenNames(entity: Entity): ReadonlySet<string> {
  let names = taken.get(entity)
  if (names === undefined) taken.set(entity, (names = new Set(entity.fields.flatMap(namesOf))))
  return names
}

/** The wire names one field brings: its columns, and for a lookup its navigations. */
export function namesOf(field: Field): string[] {
  const type = typeOf(field)
  const columns = type.columns(field).map((column) => field.name + column.suffix)
  const link = type.link?.(field)
  if (link === undefined) return columns
  return [...columns, ...(link.polymorphic ? link.targets.map((target) => `${field.name}_${target}`) : [field.name])]
}
