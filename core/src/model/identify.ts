// Ids of definitions and their parts. Decides which part of today is which part of before: by id first, by name second;
// what is new gets a new id. Ids make a rename a rename.
import type { Definition, EntityDefinition } from './definition.ts'

interface Part {
  readonly id?: string
  readonly name: string
}

/** The definitions with an id on every definition, field and key. `newId` makes UUIDs (time-ordered by choice of the caller). */
export function identify(
  definitions: readonly Definition[],
  previous: readonly Definition[],
  newId: () => string,
): Definition[] {
  const kinds = new Set(definitions.map((definition) => definition.kind))
  const found = new Map<Definition, { id: string; before?: Definition }>()
  for (const kind of kinds) {
    const now = definitions.filter((definition) => definition.kind === kind)
    match(
      now,
      previous.filter((definition) => definition.kind === kind),
      newId,
    ).forEach((one, i) => found.set(now[i]!, one))
  }
  return definitions.map((definition) => {
    const { id, before } = found.get(definition)!
    if (definition.kind !== 'entity') return definition.id === id ? definition : { ...definition, id }
    return identifyParts(
      definition.id === id ? definition : { ...definition, id },
      before as EntityDefinition | undefined,
      newId,
    )
  })
}

function identifyParts(
  entity: EntityDefinition,
  before: EntityDefinition | undefined,
  newId: () => string,
): EntityDefinition {
  // What has all its ids is given back itself, so that nothing that follows from it is worked out again.
  if ([...entity.fields, ...(entity.keys ?? [])].every(({ id }) => id !== undefined)) return entity
  const fields = match(entity.fields, before?.fields ?? [], newId)
  const keys = match(entity.keys ?? [], before?.keys ?? [], newId)
  return {
    ...entity,
    fields: entity.fields.map((field, i) => ({ ...field, id: fields[i]!.id })),
    ...(entity.keys === undefined ? {} : { keys: entity.keys.map((key, i) => ({ ...key, id: keys[i]!.id })) }),
  }
}

/** For each part its id and the part of before that it is. A part of before is taken at most once. */
function match<P extends Part>(
  now: readonly P[],
  before: readonly P[],
  newId: () => string,
): { id: string; before?: P }[] {
  const byId = new Map(before.flatMap((part) => (part.id === undefined ? [] : [[part.id, part] as const])))
  const taken = new Set(now.flatMap((part) => (part.id === undefined ? [] : [part.id])))
  const byName = new Map(
    before.filter((part) => part.id !== undefined && !taken.has(part.id)).map((part) => [part.name, part]),
  )
  return now.map((part) => {
    if (part.id !== undefined) return { id: part.id, before: byId.get(part.id) }
    const known = byName.get(part.name)
    byName.delete(part.name)
    return known?.id === undefined ? { id: newId() } : { id: known.id, before: known }
  })
}
