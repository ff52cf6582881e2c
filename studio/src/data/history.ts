// The history of a record as the server tells it, page by page, ready to be shown: numbers as numbers, links with their names.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { fetchJson } from './http.ts'
import { current } from './model.ts'
import { withNumbers } from './numbers.ts'
import { lookups } from './records.ts'

/** One field of a change: the values it had and has, as records that elements can show. */
export interface FieldChange {
  readonly field: Field
  readonly before: Readonly<Record<string, JsonValue>>
  readonly after: Readonly<Record<string, JsonValue>>
}
export interface Change {
  readonly id: string
  readonly at: string
  readonly change: 'create' | 'update' | 'delete'
  /** The name of whoever did it; absent when the reader may not know. */
  readonly by?: string
  /** In the order of the entity's fields; none for a new record. */
  readonly fields: readonly FieldChange[]
}
export interface Page {
  readonly changes: readonly Change[]
  readonly next: string | null
}

interface Answer {
  readonly value: readonly {
    readonly id: string
    readonly at: string
    readonly change: Change['change']
    readonly by: string
    readonly before: JsonObject
    readonly after: JsonObject
  }[]
  readonly names: Readonly<Record<string, string>>
  readonly next: string | null
}

/** One page of a record's changes, behind the change with an id. throws: Problem */
export async function readHistory(entity: Entity, id: string, after: string | null, top: number): Promise<Page> {
  const { value, names, next } = await fetchJson<Answer>('/api/actions/record_history', {
    method: 'POST',
    body: { on: `${entity.entitySet}(${id})`, top, ...(after === null ? {} : { after }) },
  })
  const changes = value.map(({ before, after: is, by, ...change }) => ({
    ...change,
    ...(names[by] === undefined ? {} : { by: names[by] }),
    fields: change.change === 'create' ? [] : fieldsOf(entity, before, is, names),
  }))
  return { changes, next }
}

function fieldsOf(entity: Entity, before: JsonObject, after: JsonObject, names: Answer['names']): FieldChange[] {
  const { properties } = wireOf(current(), entity)
  const changed = new Set(
    Object.keys({ ...before, ...after }).flatMap((name) => properties.get(name)?.field.name ?? []),
  )
  const part = (values: JsonObject, field: Field): Readonly<Record<string, JsonValue>> => {
    const own = Object.entries(values).filter(([name]) => properties.get(name)?.field.id === field.id)
    return withNumbers(entity, { ...Object.fromEntries(own), ...linkedIn(entity, field, values, names) })
  }
  return entity.fields
    .filter(({ name }) => changed.has(name))
    .map((field) => ({ field, before: part(before, field), after: part(after, field) }))
}

/** The record a lookup led to, as a read would have expanded it. */
function linkedIn(entity: Entity, field: Field, values: JsonObject, names: Answer['names']): JsonObject {
  const id = values[`${field.name}_id`]
  const label = typeof id === 'string' ? names[id] : undefined
  if (label === undefined) return {}
  const type = values[`${field.name}_type`]
  const way = lookups(entity).find(({ field: own, target }) => {
    const there = current().entityById.get(target)?.name
    return own.id === field.id && (typeof type !== 'string' || type === there)
  })
  const target = way && current().entityById.get(way.target)
  return target ? { [way.name]: { id: id!, [target.primaryField]: label } } : {}
}
