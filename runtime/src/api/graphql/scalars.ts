// The scalar types, one for each kind of value, and how they travel: what a JavaScript number holds exactly is a number, all else
// is text. Values that come in are only taken as text or number here; whether they are right is decided where all values are read.
import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLScalarType,
  GraphQLString,
  Kind,
  type GraphQLInputType,
  type GraphQLOutputType,
  type ValueNode,
} from 'graphql'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Property } from '@peyvand/core/model/wire.ts'

/** A value that is spelled as text; numbers are taken as they are written. */
function textual(name: string, description: string): GraphQLScalarType {
  return new GraphQLScalarType({
    name,
    description,
    serialize: (value) => value,
    parseValue: (value) => spelled(name, value),
    parseLiteral: (node) => spelled(name, literal(node)),
  })
}

function spelled(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  throw new TypeError(`${name} is written as text`)
}

/** Numbers keep every digit they were written with. */
function literal(node: ValueNode): unknown {
  return node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : undefined
}

const long = new GraphQLScalarType({
  name: 'Long',
  description: 'A whole number of 64 bits. Beyond 2^53 it is text, so that no digit is lost.',
  serialize(value) {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  },
  parseValue: (value) => spelled('Long', value),
  parseLiteral: (node) => spelled('Long', literal(node)),
})

/** Any JSON value, as a variable or written in the query. */
const json = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => jsonOf(node, variables ?? {}),
})

function jsonOf(node: ValueNode, variables: Readonly<Record<string, unknown>>): unknown {
  switch (node.kind) {
    case Kind.VARIABLE:
      return variables[node.name.value]
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, jsonOf(value, variables)]))
    case Kind.LIST:
      return node.values.map((each) => jsonOf(each, variables))
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value)
    case Kind.NULL:
      return null
    default:
      return node.value
  }
}

const decimal = textual('Decimal', 'An exact number, as text: "12.50".')
const date = textual('Date', 'A day: "2026-01-31".')
const time = textual('Time', 'A time of day: "09:30:00".')
const datetime = textual('DateTime', 'A moment: "2026-01-31T10:00:00.000Z".')
const duration = textual('Duration', 'A length of time: "PT1H30M".')
const geojson = new GraphQLScalarType({
  name: 'GeoJSON',
  description: 'A place or an area as GeoJSON.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => jsonOf(node, variables ?? {}),
})

const byKind: Readonly<Record<ValueKind, GraphQLScalarType | GraphQLList<GraphQLNonNull<GraphQLScalarType>>>> = {
  text: GraphQLString,
  integer: long,
  decimal,
  float: GraphQLFloat,
  boolean: GraphQLBoolean,
  date,
  time,
  datetime,
  duration,
  uuid: GraphQLID,
  texts: new GraphQLList(new GraphQLNonNull(GraphQLString)),
  point: geojson,
  polygon: geojson,
  json,
}

/** Every scalar of ours by name, for those who must not take the name. */
export const scalarNames = [long, json, decimal, date, time, datetime, duration, geojson].map(({ name }) => name)

/** The type of a property's values. */
export function typeOfProperty({ kind, edm }: Property): GraphQLOutputType & GraphQLInputType {
  return kind === 'integer' && edm !== 'Edm.Int64' ? GraphQLInt : byKind[kind]
}

/** The type of values of a kind that come from no property. */
export function typeOfKind(kind: ValueKind): GraphQLOutputType & GraphQLInputType {
  return byKind[kind]
}

/** How a value to compare with is written; an area is written as in OData (`POLYGON((…))`). */
export function comparedType(kind: ValueKind): GraphQLInputType {
  return kind === 'point' || kind === 'polygon' ? GraphQLString : byKind[kind]
}

/** A value that came in, as a literal of the query tree. throws: Problem */
export function literalText(value: string | number | boolean | null, longest: number): string | boolean | null {
  if (value === null || typeof value === 'boolean') return value
  const text = typeof value === 'number' ? numberText(value) : value
  if (text.length <= longest) return text
  throw new Problem('limit.size', { detail: `A value is longer than ${longest} characters`, target: 'filter' })
}

/** JavaScript prints large and small numbers with an exponent, which whole numbers must not have. */
const numberText = (value: number): string => (Number.isSafeInteger(value) ? BigInt(value).toString() : String(value))
