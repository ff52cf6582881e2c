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
  for (const entity of unresolved.values()) {
    if (!entity.fields.some((field) => typeOf(field).resolve !== undefined)) continue
    const fields = entity.fields.map((field) => resolved(field, unresolved, 0))
    entities.set(entity.name, freezeDeep({ ...entity, fields }))
  }
}

function resolved(field: Field, entities: ReadonlyMap<string, Entity>, depth: number): Field {
  const type = typeOf(field)
  if (type.resolve === undefined || depth > deepest) return field
  const context: ResolveContext = {
    parse(text) {
      const syntax = parseCel(text)
      return syntax instanceof Problem ? undefined : syntax
    },
    field(entity, name) {
      const found = entities.get(entity)?.fields.find((one) => one.name === name)
      return found && resolved(found, entities, depth + 1)
    },
    kind: countedKind,
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
