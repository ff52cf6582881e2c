// Reads schema documents of the Common Data Model and gives each entity with all of its attributes: groups that are
// referenced are put in place, inherited attributes come first. Decides nothing about what an attribute becomes.
import { isJsonObject, plainText, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'

/** One attribute as the documents write it. */
export interface Attribute {
  readonly name: string
  readonly json: JsonObject
  /** The inherited entity it comes from; absent for the entity's own. */
  readonly from?: string
}

export interface CdmEntity {
  readonly name: string
  readonly label: string
  readonly description?: string
  readonly attributes: readonly Attribute[]
  /** Inherited entities from the nearest up. */
  readonly bases: readonly string[]
}

/** The entities of these documents. Inherited ones that only serve others (no `sourceName`) are left out. */
export function readEntities(documents: readonly JsonValue[]): CdmEntity[] {
  const definitions = documents.filter(isJsonObject).flatMap((document) => list(document['definitions']))
  const entities = named(definitions, 'entityName')
  const groups = named(definitions, 'attributeGroupName')
  return [...entities.values()]
    .filter((entity) => entity['sourceName'] !== undefined)
    .map((entity) => {
      const name = plainText(entity['entityName'])
      const lineage = basesOf(entity, entities)
      const inherited = lineage
        .toReversed()
        .flatMap((base) =>
          attributesOf(base, groups).map((attribute) => ({ ...attribute, from: plainText(base['entityName']) })),
        )
      return {
        name,
        label: textOf(entity['displayName']) ?? name,
        ...(textOf(entity['description']) === undefined ? {} : { description: textOf(entity['description'])! }),
        attributes: [...inherited, ...attributesOf(entity, groups)],
        bases: lineage.map((base) => plainText(base['entityName'])),
      }
    })
}

function basesOf(entity: JsonObject, entities: ReadonlyMap<string, JsonObject>): JsonObject[] {
  const bases: JsonObject[] = []
  for (let next = entities.get(plainText(entity['extendsEntity'])); next !== undefined && !bases.includes(next);)
    next = (bases.push(next), entities.get(plainText(next['extendsEntity'])))
  return bases
}

function attributesOf(holder: JsonObject, groups: ReadonlyMap<string, JsonObject>): Attribute[] {
  const members = [
    ...((holder['hasAttributes'] as JsonValue[] | undefined) ?? []),
    ...((holder['members'] as JsonValue[] | undefined) ?? []),
  ]
  return members.flatMap((member) => {
    if (typeof member === 'string') return groupOf(member, groups)
    if (!isJsonObject(member)) return []
    const group = member['attributeGroupReference']
    if (typeof group === 'string') return groupOf(group, groups)
    if (isJsonObject(group)) return attributesOf(group, groups)
    return [{ name: plainText(member['name']), json: member }]
  })
}

function groupOf(name: string, groups: ReadonlyMap<string, JsonObject>): Attribute[] {
  const group = groups.get(name)
  return group === undefined ? [] : attributesOf(group, groups)
}

/** The arguments of a trait that the value carries; undefined when it does not carry it. */
export function traitOf(value: JsonValue | undefined, trait: string): readonly JsonValue[] | undefined {
  if (!isJsonObject(value)) return undefined
  for (const one of (value['appliedTraits'] as JsonValue[] | undefined) ?? []) {
    if (one === trait) return []
    if (isJsonObject(one) && one['traitReference'] === trait) return (one['arguments'] as JsonValue[] | undefined) ?? []
  }
  return undefined
}

/** The rows of a constant table among a trait's arguments. */
export function constantRows(args: readonly JsonValue[] | undefined): readonly (readonly string[])[] {
  const shape = list(args as JsonValue | undefined).find((one) => isJsonObject(one['entityReference']))
  const table = shape === undefined ? undefined : (shape['entityReference'] as JsonObject)['constantValues']
  return Array.isArray(table) ? (table as string[][]) : []
}

/** A text that is there and not empty. */
export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function named(definitions: readonly JsonObject[], name: string): Map<string, JsonObject> {
  return new Map(definitions.flatMap((one) => (one[name] === undefined ? [] : [[plainText(one[name]), one] as const])))
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}
