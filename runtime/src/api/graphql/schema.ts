// The schema of one caller: a query and a mutation with the entities they may read and write, and nothing else. For a request it is
// made of what the request names, so that a large model costs no more than a small one; the whole of it is only for introspection.
import {
  getNullableType,
  GraphQLID,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  specifiedDirectives,
} from 'graphql'
import { opens } from '@peyvand/core/access/rule.ts'
import type { Entity, Operation } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import { visibleTo } from '../data/service.ts'
import { groupField } from './group-types.ts'
import { meaning, type Doing } from './meaning.ts'
import { Names } from './names.ts'
import { connectionType, addressArguments, listArguments, recordType, Types, type Fields } from './types.ts'
import { createType, relationshipType, updateType } from './write-types.ts'

/** A schema with what a walk over a request needs. */
export interface Schema {
  readonly schema: GraphQLSchema
  readonly types: Types
}

/** The schema of a caller: the whole, or as much of it as the names that are given can ask for. throws: Problem */
export function schemaFor(context: Pick<Context, 'model' | 'actor'>, mentioned?: ReadonlySet<string>): Schema {
  const visible = visibleTo(context).entities
  const types = new Types(context.model, visible, mentioned)
  const entities = visible.map(({ entity }) => entity)
  const query = new GraphQLObjectType({ name: 'Query', fields: queryFields(types, entities) })
  const changes = mutationFields(types, context, entities)
  const mutation =
    Object.keys(changes).length === 0 ? undefined : new GraphQLObjectType({ name: 'Mutation', fields: changes })
  const schema = new GraphQLSchema({
    query,
    ...(mutation === undefined ? {} : { mutation }),
    directives: specifiedDirectives,
  })
  return { types, schema }
}

function queryFields(types: Types, entities: readonly Entity[]): Fields {
  const groups = (entity: string) => groupField(types, entity)
  const names = new Names([])
  const fields: Fields = {
    // A caller who may read nothing still has a schema, which must have a field.
    revision: { type: new GraphQLNonNull(GraphQLInt), description: 'The revision of the model.' },
  }
  names.take('revision')
  const add = (wanted: string, config: () => Fields[string]) => {
    const name = names.take(wanted)
    if (types.mentions(name)) fields[name] = config()
  }
  // Lists first: two entities never share a set, but one may be called like the set of another.
  for (const entity of entities) {
    const { id, entitySet } = entity
    add(entitySet, () => ({
      type: connectionType(types, id, groups),
      args: listArguments(types, id),
      ...meaning({ op: 'records', entity }),
    }))
    add(`${entitySet}Groups`, () => {
      const field = groups(id)
      // What goes wrong with one field of a query leaves the others as they are.
      return { ...field, type: getNullableType(field.type), ...meaning({ op: 'grouped', entity }) }
    })
  }
  for (const entity of entities)
    add(entity.name, () => ({
      type: recordType(types, entity.id, groups),
      description: 'One record; null when there is none for you.',
      args: addressArguments(types, entity),
      ...meaning({ op: 'record', entity }),
    }))
  return fields
}

/** What is left to say of a record that is gone. */
const gone = new GraphQLObjectType({ name: 'Deleted', fields: { id: { type: new GraphQLNonNull(GraphQLID) } } })

function mutationFields(types: Types, context: Pick<Context, 'model' | 'actor'>, entities: readonly Entity[]): Fields {
  const fields: Fields = {}
  for (const entity of entities)
    for (const doing of doings) {
      const name = doing + types.base(entity.id)
      const config = types.mentions(name) ? mutationField(types, context, entity, doing) : undefined
      if (config) fields[name] = { ...config, ...meaning({ op: 'write', doing, entity }) }
    }
  return fields
}

const doings: readonly Doing[] = ['create', 'update', 'upsert', 'delete', 'link', 'unlink']

/** One operation on one entity; undefined when the caller may not do it. */
function mutationField(
  types: Types,
  { model, actor }: Pick<Context, 'model' | 'actor'>,
  entity: Entity,
  doing: Doing,
): Omit<Fields[string], 'extensions'> | undefined {
  const allowed = (...all: readonly Operation[]) => all.every((each) => opens(model, actor, entity, each))
  const type = recordType(types, entity.id, (id) => groupField(types, id))
  const version = { type: GraphQLInt, description: 'Only when the record still has this version.' }
  switch (doing) {
    case 'create': {
      const input = allowed('create') ? createType(types, actor, entity) : undefined
      return input && { type, args: { input: { type: new GraphQLNonNull(input) } } }
    }
    case 'update':
    case 'upsert': {
      const may = doing === 'update' ? allowed('write') : allowed('write', 'create')
      const input = may ? updateType(types, actor, entity) : undefined
      const which = addressArguments(types, entity)
      return input && { type, args: { ...which, version, input: { type: new GraphQLNonNull(input) } } }
    }
    case 'delete':
      return allowed('delete') ? { type: gone, args: { ...addressArguments(types, entity), version } } : undefined
    case 'link':
    case 'unlink': {
      const relationship = relationshipType(types, entity)
      const id = { type: new GraphQLNonNull(GraphQLID) }
      return relationship && { type, args: { id, relationship: { type: new GraphQLNonNull(relationship) }, to: id } }
    }
  }
}
