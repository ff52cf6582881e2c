// The links of a relationship of many with many as a set of their own, for files: two columns, named after what they link, a row a
// link. It is the entity between the two, under names that people know.
import { readableWire } from '@peyvand/core/access/field.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { associationOf } from '@peyvand/core/model/intersect.ts'
import type { Entity, Model } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'

/** One side of a link. */
export interface LinkEnd {
  /** What its column is called: the entity's name; with `_id` behind when it holds ids. */
  readonly title: string
  readonly field: 'from' | 'to'
  readonly column: 'from_id' | 'to_id'
}

/** The two sides of the links an entity holds; none for an entity that holds more than links. */
export function linkEnds(model: Model, entity: Entity): readonly LinkEnd[] {
  const association = associationOf(model, entity)
  if (association === undefined) return []
  const self = association.from.entity === association.to.entity
  return (['from', 'to'] as const).map((field) => ({
    title: self ? field : association[field].entity,
    field,
    column: `${field}_id`,
  }))
}

/** The entity that holds the links of a relationship, as the caller knows it. throws: Problem when there is none. */
export function linksNamed({ model, actor }: Context, entity: Entity, relationship: string): Entity {
  const { navigations } = readableWire(model, actor, entity.id)
  const hop = navigations.get(relationship)?.hop
  if (hop !== undefined) return model.entityById.get(hop.entity)!
  const known = [...navigations.values()].flatMap((way) => (way.hop ? [way.name] : []))
  throw new Problem('missing.definition', {
    detail: `"${entity.name}" has no relationship of many with many "${relationship.slice(0, 100)}"`,
    target: relationship.slice(0, 100),
    hint: suggest(relationship, known) ?? (known.length > 0 ? `It has: ${known.join(', ')}` : undefined),
  })
}
