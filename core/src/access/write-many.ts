// Many creates at once: one statement when the records' own values decide that all may be created, else nothing (the caller
// then creates them one by one). The same rights as one create, asked for each record.
import { Problem } from '../base/problem.ts'
import { wireOf, type Property } from '../model/wire.ts'
import { insertManySql } from '../query/write-many.ts'
import type { Compiled } from '../query/tree.ts'
import { cached, keep, newCache, type Cache } from './cache.ts'
import { valuesOf, type ReadyStatement } from './values.ts'
import { recordToInsert, type Values, type WriteRequest } from './write.ts'
import type { Model } from '../model/model.ts'

export type CreateManyRequest = Omit<WriteRequest, 'operation' | 'id' | 'values' | 'given' | 'key' | 'create' | 'ifMatch' | 'returning' | 'select'> & {
  readonly records: readonly { readonly id: string; readonly values: Values; readonly given?: readonly string[] }[]
}

const plans = new WeakMap<Model, Cache<Compiled>>()

/** The statement that creates all records, or undefined when they have to be created one by one. */
export function prepareCreateMany({ records, ...request }: CreateManyRequest): ReadyStatement | undefined {
  const { model, entity, actor, now, schema = 't_default' } = request
  const whole: Values[] = []
  for (const record of records) {
    const insert = recordToInsert({ ...request, ...record, operation: 'create' })
    if (insert === undefined || insert instanceof Problem) return undefined
    whole.push(insert)
  }
  const wire = wireOf(model, entity)
  const names = new Set(whole.flatMap((record) => Object.keys(record)))
  const columns = [...names].flatMap((name): Property[] => wire.properties.get(name) as Property | undefined ? [wire.properties.get(name)!] : [])
  let cache = plans.get(model)
  if (!cache) plans.set(model, (cache = newCache(500)))
  const shape = `${schema}|${entity.id}|${columns.map(({ column }) => column).join(',')}`
  const compiled = cached(cache, shape) ?? keep(cache, shape, insertManySql({ model, schema, wire, columns }))
  const input = { records: JSON.stringify(whole), '@writer': actor.system ? null : actor.user, '@request': request.requestId }
  const values = valuesOf(compiled.parameters, { literals: [], actor, now, input })
  return values instanceof Problem ? undefined : { text: compiled.text, name: compiled.name, values }
}
