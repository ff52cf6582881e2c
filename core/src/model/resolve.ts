// What the model says of fields beyond their definitions: formulas are read, rollups learn what kind of value comes out.
// Done once when a model is built (on the server); browsers get the result.
import { freezeDeep } from '../base/freeze.ts'
import type { ValueKind } from '../base/kind.ts'
import { Problem } from '../base/problem.ts'
import { parseCel } from '../expression/parse-cel.ts'
import { typeOf } from '../types/index.ts'
import type { ResolveContext } from '../types/type.ts'
import type { Entity, Field } from './model.ts'

/** Rollups over rollups are followed this deep; deeper ones (and circles) are check's to refuse. */
const deepest = 10

/** Replaces the fields of these entities whose types have more to say. */
export function resolveFields(entities: Map<string, Entity>): void {
  const unresolved = new Map(entities)
  const connectable = connectableIn(unresolved).join()
  for (const entity of unresolved.values()) {
    if (!hasMore(entity)) continue
    const before = known.get(entity)
    if (
      before?.asked.every(([from, name, found]) => fieldOf(unresolved, from, name) === found) &&
      (before.connectable ?? connectable) === connectable
    ) {
      entities.set(entity.name, before.made)
      continue
    }
    const asked: Asked[] = []
    const fields = entity.fields.map((field) => resolved(field, unresolved, 0, asked))
    const made = freezeDeep({ ...entity, fields })
    known.set(entity, { asked, made, ...(connects(entity) ? { connectable } : {}) })
    entities.set(entity.name, made)
  }
}

const more = new WeakMap<Entity, boolean>()

/** Whether a type has more to say of some field. */
function hasMore(entity: Entity): boolean {
  let has = more.get(entity)
  if (has === undefined) more.set(entity, (has = entity.fields.some((field) => typeOf(field).resolve !== undefined)))
  return has
}

/** A field that was asked for, and what it was. */
type Asked = readonly [entity: string, name: string, found: Field | undefined]
/** What an entity became; that stays so while everything that was asked for on the way is the very same. */
const known = new WeakMap<
  Entity,
  {
    readonly asked: readonly Asked[]
    readonly made: Entity
    /** The entities that took part in connections, where a lookup leads to all of them. */
    readonly connectable?: string
  }
>()

function connectableIn(entities: ReadonlyMap<string, Entity>): readonly string[] {
  return [...entities.values()].flatMap(({ name, connections }) => (connections === true ? [name] : []))
}

function connects({ fields }: Entity): boolean {
  return fields.some((field) => field['connects'] === true)
}

function fieldOf(entities: ReadonlyMap<string, Entity>, entity: string, name: string): Field | undefined {
  return entities.get(entity)?.fields.find((one) => one.name === name)
}

function resolved(field: Field, entities: ReadonlyMap<string, Entity>, depth: number, asked: Asked[]): Field {
  const type = typeOf(field)
  if (type.resolve === undefined || depth > deepest) return field
  const context: ResolveContext = {
    parse(text) {
      const syntax = parseCel(text)
      return syntax instanceof Problem ? undefined : syntax
    },
    field(entity, name) {
      const found = fieldOf(entities, entity, name)
      asked.push([entity, name, found])
      return found && resolved(found, entities, depth + 1, asked)
    },
    kind: countedKind,
    get connectable() {
      return connectableIn(entities)
    },
    isAmount: (one) => typeOf(one).amount?.(one) !== undefined || one['inBase'] === true,
  }
  return type.resolve(field, context)
}

/** The kind of the column that aggregates read: the amount in the base currency where there is one. */
function countedKind(field: Field): ValueKind | undefined {
  const type = typeOf(field)
  const columns = type.columns(field)
  return (columns.find(({ suffix }) => suffix === type.amount?.(field)?.base) ?? columns[0])?.kind
}
