// The table of links behind a relationship of many with many, as an entity of two lookups: so that tables, plans, audit,
// events, import and export know links as they know records. Decides names and columns, not who may see them (access).
import { systemFields } from './system.ts'
import type { Association, AssociationEnd, Entity, Field, Model } from './model.ts'
import { pluralName } from './names.ts'

/** An association whose ends may not have said yet what they call each other. */
export type Named = Omit<Association, 'from' | 'to'> & { readonly from: NamedEnd; readonly to: NamedEnd }
type NamedEnd = Omit<AssociationEnd, 'name'> & { readonly name?: string }

/** The two lookups of a table of links. */
export const linkFields = { from: 'from', to: 'to' } as const

/** Each end calls the other one's records by their set, unless it says otherwise. */
export function withEndNames(named: Named, entities: ReadonlyMap<string, Entity>): Association {
  const setOf = (name: string): string => entities.get(name)?.entitySet ?? pluralName(name)
  return {
    ...named,
    from: { ...named.from, name: named.from.name ?? setOf(named.to.entity) },
    to: { ...named.to, name: named.to.name ?? setOf(named.from.entity) },
  }
}

/** The table of links of an association that goes through no entity of its own. */
export function intersectOf({ id, name, label, description, from, to, solution }: Association): Entity {
  const lookup = (field: 'from' | 'to', { entity }: AssociationEnd): Field => ({
    id: `${id}/field/${field}`,
    name: field,
    type: 'lookup',
    label: entity,
    target: entity,
    required: true,
    onDelete: 'cascade',
  })
  return {
    id,
    name,
    label,
    plural: label,
    description,
    entitySet: pluralName(name),
    ownership: 'organization',
    primaryField: 'id',
    audit: true,
    fields: [lookup('from', from), lookup('to', to), ...systemFields(id, 'organization')],
    keys: [{ id: `${id}/key/pair`, name: 'pair', fields: ['from', 'to'], label }],
    intersect: true,
    ...(solution === undefined ? {} : { solution }),
  }
}

/** The association that gives an entity a collection of that name. */
export function associationNamed(model: Model, entity: string, name: string): Association | undefined {
  return [...model.associations.values()].find(({ from, to }) =>
    [from, to].some((end) => end.entity === entity && end.name === name),
  )
}

/** The association whose links an entity holds, when that is all it is for. */
export function associationOf(model: Model, entity: Entity): Association | undefined {
  return entity.intersect === true ? model.associations.get(entity.name) : undefined
}
