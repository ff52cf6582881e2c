// What a mutation takes: the fields of an entity that the caller may write, under the names they have when they are read. Whether
// a value is right, what is required and what is filled in is decided where every record is written.
import {
  GraphQLEnumType,
  GraphQLID,
  GraphQLInputObjectType,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLInputFieldConfig,
} from 'graphql'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { mayField, namedWire } from '@peyvand/core/access/field.ts'
import { opens } from '@peyvand/core/access/rule.ts'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { typeOfProperty } from './scalars.ts'
import type { Types } from './types.ts'

type Inputs = Record<string, GraphQLInputFieldConfig>

/** The input of a new record, with new related ones; undefined when the caller may write none of its fields. */
export function createType(types: Types, actor: Actor, entity: Entity): GraphQLInputObjectType | undefined {
  const own = ownInputs(types, actor, entity, 'create')
  if (Object.keys(own).length === 0) return undefined
  return types.of(
    entity.id,
    'Create',
    (name) => new GraphQLInputObjectType({ name, fields: () => ({ ...nestedInputs(types, actor, entity), ...own }) }),
  )
}

/** The input of a change: what is not given stays, null clears. */
export function updateType(types: Types, actor: Actor, entity: Entity): GraphQLInputObjectType | undefined {
  const own = ownInputs(types, actor, entity, 'update')
  if (Object.keys(own).length === 0) return undefined
  return types.of(
    entity.id,
    'Update',
    (name) =>
      new GraphQLInputObjectType({
        name,
        description: 'What is not given stays as it is; null takes a value away.',
        fields: own,
      }),
  )
}

/** The names the caller knows and may give a value. */
function ownInputs(types: Types, actor: Actor, entity: Entity, doing: 'create' | 'update'): Inputs {
  const { model } = types
  const known = [...namedWire(model, actor, entity.id).properties.values()]
  const fields = new Set(known.map(({ field }) => field).filter((one) => mayField(model, actor, entity, one, doing)))
  const properties = known
    .filter(({ readOnly, formula, field }) => !readOnly && formula === undefined && fields.has(field))
    .map((property) => ({ name: property.name, config: { type: typeOfProperty(property) } }))
  const files = [...fields]
    .filter((field) => typeOf(field).files !== undefined)
    .map((field) => ({ name: field.name, config: fileInput(field) }))
  return Object.fromEntries(types.atLeastOne([...properties, ...files]).map(({ name, config }) => [name, config]))
}

function fileInput(field: Field): GraphQLInputFieldConfig {
  const single = typeOf(field).files!.most(field) === 1
  return {
    type: single ? GraphQLID : new GraphQLList(new GraphQLNonNull(GraphQLID)),
    description: 'Ids of uploaded files.',
  }
}

/** Related records that are made along with the record. */
function nestedInputs(types: Types, actor: Actor, entity: Entity): Inputs {
  const inputs: Inputs = {}
  for (const { name, target, collection } of types.named(types.wire(entity.id).navigations.values())) {
    const other = types.model.entityById.get(target)!
    const type = opens(types.model, actor, other, 'create') ? createType(types, actor, other) : undefined
    if (type !== undefined) inputs[name] = { type: collection ? new GraphQLList(new GraphQLNonNull(type)) : type }
  }
  return inputs
}

/** The collections that records can be put into and taken out of; undefined when there are none. */
export function relationshipType(types: Types, entity: Entity): GraphQLEnumType | undefined {
  const collections = [...types.wire(entity.id).navigations.values()].filter(({ collection }) => collection)
  if (collections.length === 0) return undefined
  return types.of(
    entity.id,
    'Relationship',
    (name) =>
      new GraphQLEnumType({
        name,
        values: Object.fromEntries(collections.map((each) => [each.name, { value: each.name }])),
      }),
  )
}
