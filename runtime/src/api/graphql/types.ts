// The types of one caller's schema that stand for records: what is read, how it is filtered, sorted and paged. Each is made when
// it is first named, so that relationships may lead in circles.
import {
  GraphQLEnumType,
  GraphQLID,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
  GraphQLBoolean,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  type GraphQLFieldConfigMap,
  type GraphQLInputFieldConfig,
} from 'graphql'
import { isOrdered } from '@peyvand/core/base/kind.ts'
import { labelText } from '@peyvand/core/base/label.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Id, Model } from '@peyvand/core/model/model.ts'
import type { Property, WireEntity } from '@peyvand/core/model/wire.ts'
import { isPresent } from '@peyvand/core/query/frame.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { graphqlLimits } from '../../limits.ts'
import { filterFields, kindFilters, listFilter } from './filter.ts'
import { meaning } from './meaning.ts'
import { Names, pascal } from './names.ts'
import { scalarNames, typeOfProperty } from './scalars.ts'

export type Fields = GraphQLFieldConfigMap<unknown, unknown>
type FieldConfig = GraphQLFieldConfig<unknown, unknown>

/** The way a list is sorted. */
export const direction = new GraphQLEnumType({
  name: 'Direction',
  values: {
    ASC: { value: 'asc', description: 'From small to large; no value comes first.' },
    DESC: { value: 'desc', description: 'From large to small; no value comes last.' },
  },
})

export const pageInfo = new GraphQLObjectType({
  name: 'PageInfo',
  description: 'Where a page stands in its list.',
  fields: {
    hasNextPage: { type: new GraphQLNonNull(GraphQLBoolean) },
    hasPreviousPage: { type: new GraphQLNonNull(GraphQLBoolean) },
    startCursor: { type: GraphQLString },
    endCursor: { type: GraphQLString },
  },
})

/** Names that entities must not take. */
const reserved = [
  'Query',
  'Mutation',
  'Subscription',
  'String',
  'Int',
  'Float',
  'Boolean',
  'ID',
  'DatePart',
  'Span',
  'Deleted',
  direction.name,
  pageInfo.name,
  ...scalarNames,
  ...[...kindFilters.values()].map(({ name }) => name),
]

/** What stands behind an entity's name, of all types that belong to one. */
const suffixes = [
  'Connection',
  'Edge',
  'Filter',
  'ListFilter',
  'Order',
  'Key',
  'Create',
  'Update',
  'Relationship',
  'Group',
  'GroupOrder',
  'Having',
  'Keys',
  'Parts',
  ...['Sums', 'Averages', 'Extremes', 'Distincts'].flatMap((each) => [each, `${each}Order`, `${each}Having`]),
]

/**
 * The types of one schema, each made once. A schema that is made for one request has only what the request names: `mentioned` are
 * all names in it, so that what it costs depends on the request and not on the model.
 */
export class Types {
  readonly model: Model
  readonly #wires: ReadonlyMap<Id, WireEntity>
  readonly #bases = new Map<Id, string>()
  readonly #made = new Map<string, unknown>()
  readonly #mentioned: ReadonlySet<string> | undefined

  constructor(model: Model, entities: readonly WireEntity[], mentioned?: ReadonlySet<string>) {
    this.model = model
    this.#wires = new Map(entities.map((each) => [each.entity.id, each]))
    this.#mentioned = mentioned
    const names = new Names(reserved)
    for (const { entity } of entities) this.#bases.set(entity.id, names.take(pascal(entity.name)))
  }

  /** What the caller may see of an entity; only of those they may read. */
  readonly wire = (entity: Id): WireEntity => this.#wires.get(entity)!

  /** The name of an entity's records. */
  readonly base = (entity: Id): string => this.#bases.get(entity)!

  /** Names that a record (or the query itself) may be asked for, by the type's name. */
  fieldsOf(type: string): Iterable<string> {
    const all = [...this.#wires.values()]
    if (type === 'Query') return all.flatMap(({ entity }) => [entity.entitySet, entity.name])
    const wire = all.find(({ entity }) => this.base(entity.id) === type)
    return wire === undefined ? [] : [...wire.shown.keys(), ...wire.navigations.keys()]
  }

  /** Whether a name is asked for. */
  readonly mentions = (name: string): boolean => this.#mentioned?.has(name) ?? true

  /** Those that are asked for. */
  named<T extends { readonly name: string }>(all: Iterable<T>): T[] {
    return [...all].filter(({ name }) => this.mentions(name))
  }

  /** Those that are asked for, or one: a type must have a field. */
  atLeastOne<T extends { readonly name: string }>(all: Iterable<T>): T[] {
    const list = [...all]
    const found = this.named(list)
    return found.length > 0 ? found : list.slice(0, 1)
  }

  /** A type that belongs to an entity, by what stands behind the entity's name. throws: Problem when there are too many. */
  of<T>(entity: Id, suffix: string, make: (name: string) => T): T {
    const key = `${entity} ${suffix}`
    const known = this.#made.get(key) as T | undefined
    if (known !== undefined) return known
    if (this.#mentioned && this.#made.size >= graphqlLimits.types)
      throw new Problem('limit.size', { detail: 'The query speaks of too many entities', target: 'query' })
    const made = make(this.#nameOf(this.base(entity), suffix))
    this.#made.set(key, made)
    return made
  }

  /** `a_group` has an order, and groups of `a` have one: the second gets a sign, whichever is made first. */
  #nameOf(base: string, suffix: string): string {
    const name = base + suffix
    const taken = [...this.#bases.values()].some(
      (other) =>
        other.length > base.length &&
        name.startsWith(other) &&
        (name === other || suffixes.includes(name.slice(other.length))),
    )
    return taken ? `${base}_${suffix}` : name
  }
}

/** A record of an entity. `groups` gives what is worked out of a relationship's records. */
export function recordType(types: Types, entity: Id, groups: GroupField): GraphQLObjectType {
  return types.of(entity, '', (name) => {
    const wire = types.wire(entity)
    return new GraphQLObjectType({
      name,
      description: described(wire.entity),
      fields: () => recordFields(types, wire, groups),
    })
  })
}

/** The field for groups of an entity's records; its meaning is the caller's to say. */
export type GroupField = (entity: Id) => FieldConfig

function recordFields(types: Types, { shown, navigations }: WireEntity, groups: GroupField): Fields {
  const fields: Fields = {}
  for (const property of types.atLeastOne(shown.values())) fields[property.name] = valueField(types.model, property)
  for (const navigation of navigations.values()) {
    const { name, target, collection } = navigation
    // In camel case, which no relationship is named in.
    const grouped = `${name}Groups`
    if (collection && types.mentions(grouped))
      fields[grouped] = { ...groups(target), ...meaning({ op: 'groups', navigation }) }
    if (!types.mentions(name)) continue
    fields[name] = collection
      ? {
          type: new GraphQLNonNull(connectionType(types, target, groups)),
          args: listArguments(types, target),
          ...meaning({ op: 'many', navigation }),
        }
      : { type: recordType(types, target, groups), ...meaning({ op: 'one', navigation }) }
  }
  return fields
}

function valueField(model: Model, property: Property): FieldConfig {
  const type = typeOfProperty(property)
  return {
    type: isPresent(property) ? new GraphQLNonNull(type) : type,
    description: describedField(model, property),
    ...meaning({ op: 'value', property }),
  }
}

/** A page of records. */
export function connectionType(types: Types, entity: Id, groups: GroupField): GraphQLObjectType {
  return types.of(entity, 'Connection', (name) => {
    const node = recordType(types, entity, groups)
    const edge = types.of(
      entity,
      'Edge',
      (own) =>
        new GraphQLObjectType({
          name: own,
          fields: { cursor: { type: new GraphQLNonNull(GraphQLString) }, node: { type: new GraphQLNonNull(node) } },
        }),
    )
    const many = (type: GraphQLObjectType) => new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(type)))
    return new GraphQLObjectType({
      name,
      fields: {
        nodes: { type: many(node), description: 'The records of this page.' },
        edges: { type: many(edge), description: 'The records of this page with where each stands.' },
        pageInfo: { type: new GraphQLNonNull(pageInfo) },
        totalCount: { type: new GraphQLNonNull(GraphQLInt), description: 'How many there are on all pages.' },
      },
    })
  })
}

/** What narrows a list before anything else. */
export function narrowing(types: Types, entity: Id): GraphQLFieldConfigArgumentMap {
  return {
    ...(types.mentions('filter') ? { filter: { type: filterType(types, entity) } } : {}),
    where: { type: GraphQLString, description: 'A condition as in OData $filter, for what the filter cannot say.' },
    search: { type: GraphQLString, description: 'Words to look for, as in OData $search.' },
  }
}

export function listArguments(types: Types, entity: Id): GraphQLFieldConfigArgumentMap {
  return {
    ...narrowing(types, entity),
    ...(types.mentions('orderBy')
      ? { orderBy: { type: new GraphQLList(new GraphQLNonNull(orderType(types, entity))) } }
      : {}),
    first: { type: GraphQLInt, description: 'How many records at most.' },
    after: { type: GraphQLString, description: 'A cursor: the page begins behind it.' },
  }
}

/** The filter of an entity's records. */
export function filterType(types: Types, entity: Id): GraphQLInputObjectType {
  return types.of(entity, 'Filter', (name) => {
    const { properties, navigations } = types.wire(entity)
    const type: GraphQLInputObjectType = new GraphQLInputObjectType({
      name,
      description: 'Conditions on a record; all of them must hold.',
      fields: () =>
        filterFields(
          type,
          types.named(properties.values()),
          types.named(navigations.values()),
          ({ target, collection }) =>
            collection
              ? types.of(target, 'ListFilter', (own) => listFilter(own, filterType(types, target)))
              : filterType(types, target),
        ),
    })
    return type
  })
}

/** One sort key of an entity's records, which may be one of a record they lead to. */
export function orderType(types: Types, entity: Id): GraphQLInputObjectType {
  return types.of(entity, 'Order', (name) => {
    const { properties, navigations } = types.wire(entity)
    return new GraphQLInputObjectType({
      name,
      isOneOf: true,
      fields: () => ({
        ...Object.fromEntries(
          types
            .named(navigations.values())
            .filter(({ collection }) => !collection)
            .map((each): [string, GraphQLInputFieldConfig] => [each.name, { type: orderType(types, each.target) }]),
        ),
        ...Object.fromEntries(
          types
            .atLeastOne([...properties.values()].filter(({ kind }) => isOrdered(kind)))
            .map((each): [string, GraphQLInputFieldConfig] => [each.name, { type: direction }]),
        ),
      }),
    })
  })
}

/** The alternate keys of an entity; undefined when it has none that the caller may read. */
export function keyType(types: Types, entity: Entity): GraphQLInputObjectType | undefined {
  const { properties } = types.wire(entity.id)
  const keys = entity.keys.flatMap((key) => {
    const parts = key.fields.map((field) => [...properties.values()].find((each) => each.field.name === field))
    return parts.every((part) => part !== undefined) ? [{ name: key.name, parts }] : []
  })
  if (keys.length === 0) return undefined
  return types.of(entity.id, 'Key', (name) => {
    const fields = keys.map(({ name: key, parts }): [string, GraphQLInputFieldConfig] => {
      const [only] = parts
      if (parts.length === 1) return [key, { type: typeOfProperty(only!) }]
      const own = Object.fromEntries(
        parts.map((part) => [part.name, { type: new GraphQLNonNull(typeOfProperty(part)) }]),
      )
      const type = new GraphQLInputObjectType({ name: `${name}_${key}`, fields: own })
      return [key, { type }]
    })
    return new GraphQLInputObjectType({ name, isOneOf: true, fields: Object.fromEntries(fields) })
  })
}

/** How a record is named: by its id, or by a key. */
export function addressArguments(types: Types, entity: Entity): GraphQLFieldConfigArgumentMap {
  const key = keyType(types, entity)
  return {
    id: { type: GraphQLID },
    ...(key === undefined ? {} : { key: { type: key, description: 'The record by an alternate key.' } }),
  }
}

// ---- descriptions ---------------------------------------------------------------------------------------------------

function described({ label, description }: Entity): string {
  const more = labelText(description, 'en')
  return more === '' ? labelText(label, 'en') : `${labelText(label, 'en')}: ${more}`
}

function describedField(model: Model, { field }: Property): string {
  const label = labelText(field.label, 'en', field.name)
  const more = labelText(field['description'], 'en')
  const options = typeOf(field).options?.(field, model)
  const values = options === undefined ? '' : ` (${options.map(({ value }) => value).join(', ')})`
  return `${label}${values}${more === '' ? '' : `: ${more}`}`
}
