// What a walk over one request knows, counts and gives: shared by the plans of records, lists and groups.
import type { Query } from '@peyvand/core/query/syntax.ts'
import { getNamedType, type FieldNode, type GraphQLField, type GraphQLObjectType } from 'graphql'
import type { QueryLimits } from '@peyvand/core/base/limits.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { graphqlLimits } from '../../limits.ts'
import type { Given } from './selection.ts'
import type { Types } from './types.ts'

/** Fields of one name in the answer. */
export type Nodes = readonly [FieldNode, ...FieldNode[]]

/** What a walk over one request knows and counts. */
export interface Walk extends Given {
  readonly types: Types
  readonly limits: QueryLimits
  /** Records and parts of filters that may still be asked for, and what names were given. */
  readonly left: { records: number; nodes: number; variables: number; names: number }
}

/** How much one request may ask for, at its start. */
export function fullMeasure({ nodes }: QueryLimits): Walk['left'] {
  return { records: graphqlLimits.records, nodes, variables: 0, names: 0 }
}

/** What a selection asks, and how its answer is made of what comes back. */
export interface Plan<Row> {
  readonly query: Query
  readonly shape: (row: Row) => unknown
}

/** Where a selection stands: how many records of it may be answered, and how many relationships led here. */
export interface Place {
  readonly times: number
  readonly level: number
}

/** Plans the selection of one record. */
export type PlanRecord = (type: GraphQLObjectType, nodes: Nodes, walk: Walk, place: Place) => Plan<JsonObject>

/** The object type a field gives, whatever is around it. */
export function objectType(field: Pick<GraphQLField<unknown, unknown>, 'type'>): GraphQLObjectType {
  return getNamedType(field.type) as GraphQLObjectType
}

/** Takes records out of what one request may ask for. throws: Problem */
export function spendRecords({ left }: Walk, records: number): void {
  left.records -= records
  if (left.records < 0)
    throw new Problem('limit.size', {
      detail: 'The query may answer too many records in all',
      target: 'first',
      hint: 'Ask for smaller pages with "first", in the list and in its records',
    })
}
