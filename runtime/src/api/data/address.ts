// What an address means for a write: the collection a record is created in, the record, property or link that is changed.
// Reading needs none of this: there the whole path becomes part of the statement.
import type { Values } from '@peyvand/core/access/write.ts'
import { cached, keep, newCache, type Cache } from '@peyvand/core/access/cache.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import { accessKey } from '@peyvand/core/access/grant.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import { readLiteral } from '@peyvand/core/expression/literal.ts'
import type { Entity, Model } from '@peyvand/core/model/model.ts'
import type { Navigation, Property } from '@peyvand/core/model/wire.ts'
import { bindRead } from '@peyvand/core/query/bind.ts'
import { withAliases } from '@peyvand/core/query/option.ts'
import { parsePath } from '@peyvand/core/query/path.ts'
import type { BoundStep, ResultKind } from '@peyvand/core/query/tree.ts'
import type { Context } from '../../context.ts'
import type { Address } from '../../records/write.ts'

export interface Place {
  readonly result: ResultKind
  readonly entity: Entity
  /** The record's own key, when the path ends (or its last record begins) with one. */
  readonly address?: Address
  /** Path of the last record (or list), without $ref, property and so on. */
  readonly path: string
  readonly property?: Property
  /** How it is reached from the record before it. */
  readonly via?: { readonly navigation: Navigation; readonly parent: string; readonly parentEntity: Entity }
}

const places = new WeakMap<Model, Cache<Place>>()
const someId = '00000000-0000-0000-0000-000000000000'

/**
 * Resolves the path of a write; aliases in it have their values in the query. Once per model, access and path, whatever the id
 * of a record in it. throws: Problem.
 */
export function placeOf(context: Context, written: string, query = ''): Place {
  const path = withAliases(written, query)
  const [, set, id] = /^([a-z_]\w*)(?:\(([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\))?$/.exec(path) ?? []
  if (set === undefined) return resolve(context, path)
  const { model, actor } = context
  let cache = places.get(model)
  if (cache === undefined) places.set(model, (cache = newCache(500)))
  const key = `${accessKey(actor)};${set}${id === undefined ? '' : '()'}`
  const place = cached(cache, key) ?? keep(cache, key, resolve(context, id === undefined ? set : `${set}(${someId})`))
  return id === undefined ? place : { ...place, path, address: { id } }
}

function resolve({ model, actor }: Context, path: string): Place {
  const steps = must(parsePath(path))
  const read = must(bindRead(steps, {}, { model, wire: (id) => readableWire(model, actor, id) }))
  const last = read.steps.at(-1)!
  const raw = path.split('/').filter((part) => part !== '')
  const tail = read.result === 'value' ? 2 : ['property', 'ref', 'refs', 'count'].includes(read.result) ? 1 : 0
  const own = raw.slice(0, raw.length - tail)
  const before = read.steps.at(-2)
  const via =
    before && last.navigation
      ? { navigation: last.navigation, parent: own.slice(0, -1).join('/'), parentEntity: before.entity }
      : undefined
  return {
    result: read.result,
    entity: last.entity,
    path: own.join('/'),
    property: read.property,
    via,
    address: addressOf(last, own.join('/')),
  }
}

function addressOf({ key }: BoundStep, path: string): Address | undefined {
  if (key === undefined) return undefined
  const values: Record<string, Value> = {}
  for (const { property, value } of key) {
    if (value.op !== 'literal' || value.value === null)
      throw new Problem('request.type', { detail: `The key "${property.name}" must have a value`, target: 'path' })
    values[property.column] = must(readLiteral(property.kind, value.value))
  }
  const id = values['id']
  return typeof id === 'string' ? { id } : { key: values satisfies Values, path }
}

/** Where a request points: the path below the service root, the query string, and the absolute service root. */
export interface Location {
  readonly path: string
  readonly query: string
  readonly base: string
}

const root = '/api/data/v1'

/** Cuts a request's URL; undefined when it is not below the service root. */
export function locate(url: string, publicUrl: string | undefined): Location | undefined {
  const start = url.indexOf('/', url.indexOf('//') + 2)
  if (!url.startsWith(root, start)) return undefined
  const rest = start + root.length
  const mark = url.indexOf('?', rest)
  const path = mark < 0 ? url.slice(rest) : url.slice(rest, mark)
  const base = publicUrl === undefined ? url.slice(0, rest) : publicUrl + root
  return { path: path.startsWith('/') ? path.slice(1) : path, query: mark < 0 ? '' : url.slice(mark + 1), base }
}
