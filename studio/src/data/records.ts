// Records over the data service: the few requests lists, forms and pickers make, and which lookups come along by name.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { wireOf, type Navigation } from '@peyvand/core/model/wire.ts'
import { faceProperty } from '@peyvand/core/types/face.ts'
import { exchange, fetchJson } from './http.ts'
import { asSearch, canSearch } from './search.ts'
import { current } from './model.ts'
import { exactJson, withNumbers } from './numbers.ts'

/** A record as the wire gives it: properties by name, expanded lookups as objects, its ETag. */
export type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly '@odata.etag'?: string }

export interface ListQuery {
  readonly entity: Entity
  /** Names of the fields to read; lookups among them come with their record's name. */
  readonly fields: readonly string[]
  readonly filter?: string
  readonly search?: string
  readonly orderby?: string
  readonly top?: number
  readonly skip?: number
  readonly count?: boolean
}

const base = '/api/data/v1'
const mostGroups = 1000

/** One window of a list, with the count when it was asked for. */
export async function list(query: ListQuery, signal?: AbortSignal): Promise<{ rows: readonly Row[]; count?: number }> {
  const body = await fetchJson<{ value: Row[]; '@odata.count'?: string }>(
    `${base}/${query.entity.entitySet}?${optionsOf(query)}`,
    {
      signal,
      headers: { ...exactJson, ...(query.top === undefined ? {} : { prefer: `odata.maxpagesize=${query.top}` }) },
    },
  )
  const count = body['@odata.count']
  return {
    rows: body.value.map((row) => withNumbers(query.entity, row)),
    ...(count === undefined ? {} : { count: Number(count) }),
  }
}

/** One record with the names behind its lookups. */
export async function read(entity: Entity, id: string, signal?: AbortSignal): Promise<Row> {
  const expand = expandOf(
    entity,
    entity.fields.map((field) => field.name),
  )
  const { body: written, etag } = await exchange<Row>(
    `${base}/${entity.entitySet}(${id})${expand ? `?$expand=${encodeURIComponent(expand)}` : ''}`,
    { signal, headers: exactJson },
  )
  const body = withNumbers(entity, written)
  return etag && !body['@odata.etag'] ? { ...body, '@odata.etag': etag } : body
}

/** Creates a record and gives it as stored. */
export async function create(entity: Entity, values: JsonObject): Promise<Row> {
  const made = await fetchJson<Row>(`${base}/${entity.entitySet}`, {
    method: 'POST',
    body: values,
    headers: { ...exactJson, prefer: 'return=representation' },
  })
  return withNumbers(entity, made)
}

/** Changes a record if it still is the version that was read. throws: Problem conflict.stale otherwise. */
export function update(entity: Entity, id: string, values: JsonObject, etag: string | undefined): Promise<unknown> {
  return fetchJson(`${base}/${entity.entitySet}(${id})`, {
    method: 'PATCH',
    body: values,
    headers: { 'if-match': etag ?? '*' },
  })
}

/** Deletes a record; false when so much goes along that a job does it. */
export async function remove(entity: Entity, id: string): Promise<boolean> {
  const headers = { prefer: 'respond-async' }
  const { status } = await exchange(`${base}/${entity.entitySet}(${id})`, { method: 'DELETE', headers })
  return status !== 202
}

/** A total to compute: a property and how (`sum`, `average`, `min`, …). It comes back as `<property>_total`. */
export interface Total {
  readonly property: string
  readonly method: string
}

/**
 * Totals over everything a list shows; with `by`, one row per group, in the
 * order of its keys, that also says how many records it has (`group_count`).
 */
export async function summarize(
  { entity, filter }: Pick<ListQuery, 'entity' | 'filter'>,
  totals: readonly Total[],
  by: readonly string[] = [],
  signal?: AbortSignal,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const wanted = [
    ...(by.length > 0 ? ['$count as group_count'] : []),
    ...totals.map(({ property, method }) => `${property} with ${method} as ${property}_total`),
  ]
  const aggregate = `aggregate(${wanted.join(',')})`
  const step = by.length > 0 ? `groupby((${by.join(',')}),${aggregate})` : aggregate
  const apply = filter ? `filter(${filter})/${step}` : step
  const order = by.length > 0 ? `&$orderby=${by.join(',')}` : ''
  const body = await fetchJson<{ value: Record<string, unknown>[] }>(
    `${base}/${entity.entitySet}?$apply=${encodeURIComponent(apply)}${order}`,
    { signal, headers: { prefer: `odata.maxpagesize=${mostGroups}` } },
  )
  return body.value
}

/** Records that a text finds, as people take texts for the same, for pickers. */
export async function find(entity: Entity, text: string, top = 8, signal?: AbortSignal): Promise<readonly Row[]> {
  const primary = entity.primaryField
  const search = canSearch(entity) ? asSearch(text) : ''
  const named = entity.fields.find(({ name }) => name === primary)?.masked === undefined
  if (text.trim() && !search && !named) return []
  const filter = text.trim() && !search ? `contains(${primary},${quote(text.trim())})` : undefined
  const orderby = named ? primary : undefined
  const { rows } = await list({ entity, fields: [primary], filter, search, orderby, top }, signal)
  return rows
}

/** A text as an OData literal. */
export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

function optionsOf({ entity, fields, filter, search, orderby, top, skip, count }: ListQuery): string {
  const options = new URLSearchParams()
  options.set('$select', selectOf(entity, fields))
  const expand = expandOf(entity, fields)
  if (expand) options.set('$expand', expand)
  if (filter) options.set('$filter', filter)
  if (search) options.set('$search', search)
  if (orderby) options.set('$orderby', orderby)
  if (top !== undefined) options.set('$top', String(top))
  if (skip) options.set('$skip', String(skip))
  if (count) options.set('$count', 'true')
  return options.toString().replaceAll('%24', '$').replaceAll('%2C', ',').replaceAll('+', '%20')
}

function selectOf(entity: Entity, fields: readonly string[]): string {
  const wanted = new Set([entity.primaryField, ...fields.map((path) => path.split('.')[0]!)])
  const names = [...wireOf(current(), entity).properties.values()]
    .filter(({ field }) => wanted.has(field.name))
    .map(({ name }) => name)
  return [...new Set(['id', ...names, ...faceIn(entity)])].join(',')
}

function expandOf(entity: Entity, fields: readonly string[]): string {
  const wanted = new Map<string, string[]>()
  for (const path of fields) {
    const [name, through] = path.split('.') as [string, string?]
    wanted.set(name, [...(wanted.get(name) ?? []), ...(through ? [through] : [])])
  }
  return lookups(entity)
    .filter(({ field }) => wanted.has(field.name))
    .map((navigation) => {
      const target = current().entityById.get(navigation.target)
      const select = target && [
        ...new Set([
          'id',
          target.primaryField,
          ...faceIn(target),
          ...wanted.get(navigation.field.name)!.filter((name) => wireOf(current(), target).properties.has(name)),
        ]),
      ]
      return select ? `${navigation.name}($select=${select.join(',')})` : ''
    })
    .filter(Boolean)
    .join(',')
}

/** The property of the picture a record is shown with. */
function faceIn(entity: Entity): readonly string[] {
  const face = faceProperty(entity)
  return face !== undefined && wireOf(current(), entity).properties.has(face) ? [face] : []
}

/** The single-valued navigations of an entity: one per lookup and target. */
export function lookups(entity: Entity): readonly Navigation[] {
  return [...wireOf(current(), entity).navigations.values()].filter((navigation) => !navigation.collection)
}
