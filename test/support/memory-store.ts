// Records in memory behind the importer's store: lets the story of an import be tested row by row without a database.
import { randomUUID } from 'node:crypto'
import { plainText, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Model } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import type { Store, Values } from '@peyvand/runtime/records/import/store.ts'

export interface MemoryStore extends Store {
  readonly records: Map<string, JsonObject[]>
  /** How often each call was made. */
  readonly calls: { find: number; create: number; update: number }
}

/** An empty store. `refuse` makes a write fail as a database would. */
export function memoryStore(
  model: Model,
  refuse: (entity: Entity, values: Values) => Problem | undefined = () => undefined,
): MemoryStore {
  const records = new Map<string, JsonObject[]>()
  const calls = { find: 0, create: 0, update: 0 }
  const listOf = (entity: string) => records.get(entity) ?? records.set(entity, []).get(entity)!
  const valueAt = (entity: Entity, record: JsonObject, [name, ...rest]: readonly string[]): JsonValue | undefined => {
    if (rest.length === 0) return record[name!] ?? null
    const way = wireOf(model, entity).navigations.get(name!)!
    const target = model.entityById.get(way.target)!
    const found = listOf(target.name).find((each) => each['id'] === record[way.column])
    return found && valueAt(target, found, rest)
  }
  const nested = (path: readonly string[], value: JsonValue): JsonObject =>
    path.length === 1 ? { [path[0]!]: value } : { [path[0]!]: nested(path.slice(1), value) }
  const store: MemoryStore = {
    records,
    calls,
    async find(entity, path, values, select) {
      calls.find++
      const wanted = new Set(values)
      return listOf(entity.name)
        .filter((record) => wanted.has(plainText(valueAt(entity, record, path))))
        .map(
          (record) =>
            Object.assign(
              {},
              ...select.map((each) => nested(each, valueAt(entity, record, each) ?? null)),
            ) as JsonObject,
        )
    },
    async create(entity, all) {
      calls.create++
      return all.map(({ values, id = randomUUID() }) => {
        const problem = refuse(entity, values)
        if (problem) return problem
        listOf(entity.name).push({ ...(values as JsonObject), id, version: 1 })
        return id
      })
    },
    async update(entity, changes) {
      calls.update++
      return changes.map(({ id, values }) => {
        const record = listOf(entity.name).find((each) => each['id'] === id)
        const problem = record === undefined ? new Problem('missing.record') : refuse(entity, values)
        if (problem) return problem
        Object.assign(record!, values, { version: Number(record!['version']) + 1 })
        return id
      })
    },
    chunk: (work) => work(store),
  }
  return store
}
