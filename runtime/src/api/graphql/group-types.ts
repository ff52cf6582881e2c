// The types of groups: what `by` selects is what records are grouped by, and beside it stands what is worked out of each group.
import {
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLFieldConfig,
  type GraphQLInputFieldConfig,
} from 'graphql'
import { isOrdered, type ValueKind } from '@peyvand/core/base/kind.ts'
import { functions } from '@peyvand/core/expression/functions/index.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Property } from '@peyvand/core/model/wire.ts'
import { aggregateKind } from '@peyvand/core/query/bind-aggregate.ts'
import type { AggregateMethod } from '@peyvand/core/query/tree.ts'
import { kindFilters } from './filter.ts'
import { meaning } from './meaning.ts'
import { typeOfKind, typeOfProperty } from './scalars.ts'
import { direction, narrowing, orderType, type Fields, type Types } from './types.ts'

/** The aggregates by their name in the schema. */
const methods: Readonly<Record<string, AggregateMethod>> = {
  sum: 'sum',
  average: 'average',
  min: 'min',
  max: 'max',
  countDistinct: 'countdistinct',
}

const methodsOf = (types: Types): [string, AggregateMethod][] =>
  Object.entries(methods).filter(([name]) => types.mentions(name))

/** Parts of a moment that are whole numbers: year, month, quarter, in the calendars that the expressions know. */
const datePart = new GraphQLEnumType({
  name: 'DatePart',
  values: Object.fromEntries(
    [...functions.values()]
      .filter(({ overloads }) =>
        overloads.some(({ params, gives }) => params.length === 1 && params[0] === 'datetime' && gives === 'integer'),
      )
      .map(({ name, doc }) => [name.toUpperCase(), { value: name, description: doc }]),
  ),
})

/** Spans of the calendar that moments are put together in: by the first day of each. */
const span = new GraphQLEnumType({
  name: 'Span',
  values: Object.fromEntries(
    [...functions.values()]
      .filter(({ name }) => name.startsWith('bucket_'))
      .map(({ name, doc }) => [name.slice('bucket_'.length).toUpperCase(), { value: name, description: doc }]),
  ),
})

const many = (type: GraphQLObjectType) => new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(type)))

/** The field for groups of an entity's records. */
export function groupField(types: Types, entity: Id): GraphQLFieldConfig<unknown, unknown> {
  return {
    type: many(groupType(types, entity)),
    description: 'Groups: one for each different choice of what "by" and "parts" select, or one of all records.',
    args: {
      ...narrowing(types, entity),
      ...(types.mentions('having')
        ? { having: { type: havingType(types, entity), description: 'Which groups.' } }
        : {}),
      ...(types.mentions('orderBy')
        ? { orderBy: { type: new GraphQLList(new GraphQLNonNull(groupOrder(types, entity))) } }
        : {}),
      first: { type: GraphQLInt, description: 'How many groups at most.' },
    },
  }
}

function groupType(types: Types, entity: Id): GraphQLObjectType {
  return types.of(
    entity,
    'Group',
    (name) =>
      new GraphQLObjectType({
        name,
        fields: () => {
          const parts = types.mentions('parts') ? partsType(types, entity) : undefined
          return {
            ...(types.mentions('by')
              ? { by: { type: new GraphQLNonNull(keysType(types, entity)), ...meaning({ op: 'keys' }) } }
              : {}),
            ...(parts ? { parts: { type: new GraphQLNonNull(parts), ...meaning({ op: 'parts' }) } } : {}),
            count: { type: new GraphQLNonNull(GraphQLInt), ...meaning({ op: 'count' }) },
            ...aggregateFields(types, entity),
          }
        },
      }),
  )
}

function aggregateFields(types: Types, entity: Id): Fields {
  return Object.fromEntries(
    methodsOf(types).map(([name, method]) => [
      name,
      { type: new GraphQLNonNull(valuesType(types, entity, method)), ...meaning({ op: 'aggregate', method }) },
    ]),
  )
}

/** The values an aggregate gives, one for each property it can take. Smallest and largest have one type. */
function valuesType(types: Types, entity: Id, method: AggregateMethod): GraphQLObjectType {
  return types.of(entity, suffixOf(method), (name) => {
    const fields = aggregated(types, entity, method).map(([property, kind]) => [
      property.name,
      {
        type: method === 'min' || method === 'max' ? typeOfProperty(property) : typeOfKind(kind),
        ...meaning({ op: 'value', property }),
      },
    ])
    return new GraphQLObjectType({ name, fields: Object.fromEntries(fields) })
  })
}

const suffixes: Readonly<Record<AggregateMethod, string>> = {
  sum: 'Sums',
  average: 'Averages',
  min: 'Extremes',
  max: 'Extremes',
  countdistinct: 'Distincts',
  count: 'Counts',
}
const suffixOf = (method: AggregateMethod): string => suffixes[method]

function aggregated(types: Types, entity: Id, method: AggregateMethod): [Property, ValueKind][] {
  const taken = [...types.wire(entity).properties.values()].filter(({ kind }) => aggregateKind(method, kind))
  return types.atLeastOne(taken).map((property) => [property, aggregateKind(method, property.kind)!])
}

/** What records can be grouped by: their own values, and those of records they lead to. */
function keysType(types: Types, entity: Id): GraphQLObjectType {
  return types.of(entity, 'Keys', (name) => {
    const { properties, navigations } = types.wire(entity)
    return new GraphQLObjectType({
      name,
      description: 'What is selected here is what records are grouped by.',
      fields: () => {
        const fields: Fields = {}
        for (const property of types.atLeastOne([...properties.values()].filter(({ kind }) => isOrdered(kind))))
          fields[property.name] = keyField(property)
        for (const navigation of types.named(navigations.values()))
          if (!navigation.collection)
            fields[navigation.name] = {
              type: keysType(types, navigation.target),
              ...meaning({ op: 'one', navigation }),
            }
        return fields
      },
    })
  })
}

/** A value to group by; a moment also by the span it lies in. */
function keyField(property: Property): Fields[string] {
  const isMoment = property.kind === 'date' || property.kind === 'datetime'
  return {
    type: typeOfProperty(property),
    ...(isMoment ? { args: { per: { type: span, description: 'The first day of the span it lies in.' } } } : {}),
    ...meaning({ op: 'value', property }),
  }
}

/** Parts of dates to group by; undefined when there is no date. */
function partsType(types: Types, entity: Id): GraphQLObjectType | undefined {
  const dates = [...types.wire(entity).properties.values()].filter(({ kind }) => kind === 'date' || kind === 'datetime')
  if (dates.length === 0) return undefined
  return types.of(entity, 'Parts', (name) => {
    const fields = types.atLeastOne(dates).map((property) => [
      property.name,
      {
        type: GraphQLInt,
        args: { of: { type: new GraphQLNonNull(datePart) } },
        ...meaning({ op: 'value', property }),
      },
    ])
    return new GraphQLObjectType({
      name,
      description: 'Parts of dates; what is selected here is what records are grouped by.',
      fields: Object.fromEntries(fields),
    })
  })
}

/** One sort key of groups. */
function groupOrder(types: Types, entity: Id): GraphQLInputObjectType {
  return types.of(
    entity,
    'GroupOrder',
    (name) =>
      new GraphQLInputObjectType({
        name,
        isOneOf: true,
        fields: () => ({
          ...(types.mentions('by')
            ? { by: { type: orderType(types, entity), description: 'A key that is selected.' } }
            : {}),
          count: { type: direction },
          ...inputs(types, entity, 'Order', true, () => direction),
        }),
      }),
  )
}

/** Conditions on groups. */
function havingType(types: Types, entity: Id): GraphQLInputObjectType {
  return types.of(
    entity,
    'Having',
    (name) =>
      new GraphQLInputObjectType({
        name,
        description: 'Conditions on a group; all of them must hold.',
        fields: () => ({
          count: { type: kindFilters.get('integer')! },
          ...inputs(types, entity, 'Having', false, (kind) => kindFilters.get(kind)!),
        }),
      }),
  )
}

/** One input for each aggregate, with what is said of each of its values. */
function inputs(
  types: Types,
  entity: Id,
  suffix: 'Order' | 'Having',
  isOneOf: boolean,
  typeFor: (kind: ValueKind) => GraphQLInputFieldConfig['type'],
): Record<string, GraphQLInputFieldConfig> {
  return Object.fromEntries(
    methodsOf(types).map(([name, method]) => {
      const type = types.of(entity, suffixOf(method) + suffix, (own) => {
        const fields = aggregated(types, entity, method).map(([property, kind]): [string, GraphQLInputFieldConfig] => [
          property.name,
          { type: typeFor(kind) },
        ])
        return new GraphQLInputObjectType({ name: own, isOneOf, fields: Object.fromEntries(fields) })
      })
      return [name, { type }]
    }),
  )
}

/** The method behind an aggregate's name in the schema. */
export function methodOf(name: string): AggregateMethod {
  return methods[name]!
}
