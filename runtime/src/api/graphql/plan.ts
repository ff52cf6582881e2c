// A selection → our query tree, and back: what is asked of one field of the query becomes one statement, with related records as
// parts of it, and the records that come back take the names and the shape of the selection. Here is no right, no condition and
// no SQL of its own: names that are not there for the caller are not in the schema, and all else is said by bind and trim.
import type { ExpandSyntax } from '@peyvand/core/query/syntax.ts'
import type { GraphQLField, GraphQLObjectType } from 'graphql'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Navigation } from '@peyvand/core/model/wire.ts'
import { argumentsOf, pageLimits } from './arguments.ts'
import { planGroups } from './group-plan.ts'
import { planList } from './list-plan.ts'
import { meaningOf } from './meaning.ts'
import { below, fieldsOf } from './selection.ts'
import { objectType, type Nodes, type Place, type Plan, type Walk } from './walk.ts'

/** The selection of one record. */
export function planRecord(type: GraphQLObjectType, nodes: Nodes, walk: Walk, place: Place): Plan<JsonObject> {
  const select = new Set(['id'])
  const expand: ExpandSyntax[] = []
  const parts: [name: string, value: (record: JsonObject) => unknown][] = []
  for (const [name, found] of fieldsOf(below(nodes), walk)) {
    const field = type.getFields()[found[0].name.value]
    const means = field && meaningOf(field)
    if (means?.op === 'value') {
      const { name: property } = means.property
      select.add(property)
      parts.push([name, (record) => record[property]])
    } else if (field && (means?.op === 'one' || means?.op === 'many' || means?.op === 'groups')) {
      const related = { op: means.op, navigation: means.navigation, field, nodes: found }
      const [item, value] = planRelated(related, walk, { ...place, level: place.level + 1 })
      expand.push(item)
      parts.push([name, value])
    }
  }
  return {
    query: { select: [...select].map((name) => [name]), ...(expand.length > 0 ? { expand } : {}) },
    shape: (record) => Object.fromEntries(parts.map(([name, value]) => [name, value(record)])),
  }
}

interface Related {
  readonly op: 'one' | 'many' | 'groups'
  readonly navigation: Navigation
  readonly field: GraphQLField<unknown, unknown>
  readonly nodes: Nodes
}

/** What stands in a record of the records a relationship leads to. Each gets a name of its own, as often as it is asked for. */
function planRelated(
  { op, navigation, field, nodes }: Related,
  walk: Walk,
  place: Place,
): [ExpandSyntax, (record: JsonObject) => unknown] {
  const most = walk.limits.expandDepth
  if (place.level > most)
    throw new Problem('limit.depth', {
      detail: `Relationships may be followed ${most} levels deep`,
      target: field.name,
    })
  const as = `~${walk.left.names++}`
  const item = { name: navigation.name, as, position: 0 }
  const type = objectType(field)
  if (op === 'one') {
    const { query, shape } = planRecord(type, nodes, walk, place)
    return [{ ...item, query }, (record) => (isJsonObject(record[as]) ? shape(record[as]) : null)]
  }
  const asked = { type, entity: navigation.target, args: argumentsOf(field, nodes[0], walk), nodes }
  if (op === 'groups') {
    const { query, shape } = planGroups(asked, walk, place)
    return [{ ...item, query }, (record) => shape(listIn(record[as]))]
  }
  const { query, shape, counts } = planList({ ...asked, planRecord, usual: pageLimits.nested }, walk, place)
  const value = (record: JsonObject) => shape({ rows: listIn(record[as]), count: record[`${as}@odata.count`] })
  if (!counts) return [{ ...item, query }, value]
  const { filter, search } = query
  const narrow = { ...(filter ? { filter } : {}), ...(search ? { search } : {}) }
  return [{ ...item, query: narrow, countOnly: true }, value]
}

const listIn = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])
