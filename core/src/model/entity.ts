// The kind `entity`: a kind of record. Checks what its schema cannot say: names, types' settings, defaults, keys, and that
// the wire names of its fields and of the ways back to it never meet.
import type { JsonValue } from '../base/json.ts'
import { suggest } from '../base/name.ts'
import { eachOf, withNames } from '../base/part.ts'
import { within } from '../base/pointer.ts'
import { Problem } from '../base/problem.ts'
import * as validate from '../schemas/validate.js'
import { isParental } from '../types/cascade.ts'
import { typeOf } from '../types/index.ts'
import type { EntityDefinition } from './definition.ts'
import { computedProblemsAt } from './computed.ts'
import { by, type CheckContext, type Kind } from './kind.ts'
import { namesOf } from './links.ts'
import { definitionProblem } from './lookups.ts'
import { associationNamed } from './intersect.ts'
import type { Entity, Field, Id, Key, Model, Relationship } from './model.ts'
import { labelFromName, pluralName } from './names.ts'
import type { Naming, Spot } from './naming.ts'
import { renamedSiblings, siblingsOf, withoutHidden } from './siblings.ts'
import { stateFields, stateOf, stateProblems } from './state.ts'
import { reservedNames, systemFields } from './system.ts'
import { wayOf, waysBack } from './wire.ts'

/** unit: bytes; a B-tree row of PostgreSQL takes a little more. */
const mostIndexBytes = 2_600

export const entityKind: Kind<EntityDefinition> = {
  name: 'entity',
  validator: validate.entity,
  parts: { fields: by('name'), keys: by('name'), 'fields/*/options': by('value'), 'state/statuses': by('value') },
  check(definition, context) {
    const entity = context.model.entities.get(definition.name)!
    return [
      ...setProblems(definition, entity, context.model),
      ...definition.fields.flatMap((_, i) => fieldProblems(definition, i, context)),
      ...primaryProblems(definition),
      ...(definition.keys ?? []).flatMap((_, i) => keyProblems(definition, i)),
      ...stateProblems(definition),
      ...parentProblems(definition),
      ...inverseProblems(definition, entity, context.model),
    ]
  },
  build: buildEntity,
  names(definition, naming) {
    const { name, primaryField, fields, keys } = definition
    const primary =
      primaryField === undefined
        ? undefined
        : naming.field(name, primaryField, { place: ['primaryField'], use: 'primary' })
    const { primaryField: _primary, ...rest } = definition
    return withNames(
      primary === primaryField ? definition : primary === undefined ? rest : { ...definition, primaryField: primary },
      {
        fields: eachOf(fields, (field, i) => {
          const within = [field.label ?? labelFromName(field.name)]
          const part = { kind: 'field', name: `${name}.${field.name}` }
          return fieldNames(field as unknown as Field, name, naming, (setting, use) => ({
            place: ['fields', i, setting],
            use,
            within,
            part,
          })) as typeof field | undefined
        }),
        ...(keys && {
          keys: eachOf(keys, (key, k) => {
            const within = [key.label ?? labelFromName(key.name)]
            const left = eachOf(key.fields, (one, i) =>
              naming.field(name, one, {
                place: ['keys', k, 'fields', i],
                use: 'key',
                within,
                part: { kind: 'key', name: `${name}.${key.name}` },
              }),
            )
            // A key of fewer fields would be another promise: it goes with the first of its fields.
            return left.length < key.fields.length ? undefined : withNames(key, { fields: left })
          }),
        }),
      },
    )
  },
}

/** What the settings of a field name: other parts as its type tells them, and fields beside it. */
function fieldNames(
  field: Field,
  entity: string,
  naming: Naming,
  at: (setting: string, use: string) => Spot,
): Field | undefined {
  const type = typeOf(field)
  const named = type.names === undefined ? field : type.names(field, entity, naming, at)
  if (named === undefined) return undefined
  const now = new Map(
    siblingsOf(field).map(({ setting, name }) => [name, naming.field(entity, name, at(setting, 'setting'))]),
  )
  const gone = [...now].flatMap(([name, next]) => (next === undefined ? [name] : []))
  const left = withoutHidden(named, new Set(gone))
  return [...now].every(([name, next]) => name === next)
    ? named
    : renamedSiblings(left, (name) => now.get(name) ?? name)
}

function buildEntity(definition: EntityDefinition): Entity {
  const id = definition.id ?? `entity/${definition.name}`
  const ownership = definition.ownership ?? 'organization'
  const label = definition.label ?? labelFromName(definition.name)
  const state = stateOf(definition)
  const own = definition.fields.map(
    (field): Field =>
      ({
        ...field,
        id: field.id ?? `${id}/field/${field.name}`,
        label: field.label ?? labelFromName(field.name),
      }) as Field,
  )
  return {
    id,
    name: definition.name,
    label,
    plural: definition.plural ?? (typeof label === 'string' ? labelFromName(pluralName(label)) : label),
    description: definition.description,
    icon: definition.icon,
    color: definition.color,
    entitySet: definition.entitySet ?? pluralName(definition.name),
    ownership,
    primaryField: definition.primaryField ?? defaultPrimary(own),
    ...auditOf(definition.audit),
    ...(definition.connections === true ? { connections: true as const } : {}),
    ...(definition.person === true ? { person: true as const } : {}),
    ...(definition.appendOnly === true ? { appendOnly: true as const } : {}),
    ...(state === undefined ? {} : { state }),
    fields: [...own, ...stateFields({ id, name: definition.name, state, own }), ...systemFields(id, ownership)],
    keys: (definition.keys ?? []).map((key) => buildKey(key, id)),
  }
}

/** An object says more of an audit that there is. */
function auditOf(audit: EntityDefinition['audit'] = true): Pick<Entity, 'audit' | 'auditReads' | 'auditDays'> {
  if (typeof audit === 'boolean') return { audit }
  const { reads, days } = audit
  return {
    audit: true,
    ...(reads === true ? { auditReads: true } : {}),
    ...(days === undefined ? {} : { auditDays: days }),
  }
}

function buildKey(key: NonNullable<EntityDefinition['keys']>[number], entity: Id): Key {
  return {
    id: key.id ?? `${entity}/key/${key.name}`,
    name: key.name,
    fields: key.fields,
    label: key.label ?? labelFromName(key.name),
  }
}

/** `name`, else the first text field, else the id. */
function defaultPrimary(fields: readonly Field[]): string {
  const found =
    fields.find((field) => field.name === 'name') ??
    fields.find((field) => typeOf(field).columns(field)[0]?.kind === 'text')
  return found?.name ?? 'id'
}

function setProblems(definition: EntityDefinition, entity: Entity, model: Model): Problem[] {
  const other = [...model.entities.values()].find(
    (one) => one.entitySet === entity.entitySet && one.name !== entity.name,
  )
  if (other === undefined) return []
  return [
    definitionProblem(
      [definition.entitySet === undefined ? 'name' : 'entitySet'],
      `The entity set "${entity.entitySet}" is that of "${other.name}"`,
      'Choose another "entitySet"',
    ),
  ]
}

function fieldProblems(definition: EntityDefinition, index: number, { model }: CheckContext): Problem[] {
  const field = model.entities.get(definition.name)!.fields[index]!
  const place = ['fields', index] as const
  const problems: Problem[] = []
  if (reservedNames.has(field.name))
    problems.push(
      definitionProblem(
        [...place, 'name'],
        `The name "${field.name}" is reserved`,
        'Every record has such a field, or the expression language such a word; choose another name',
      ),
    )
  problems.push(...clashes(definition, index))
  const type = typeOf(field)
  const settings = type.check(field, model).map((problem) => within(`/fields/${index}`, problem))
  problems.push(...settings)
  problems.push(...compositionProblems(definition, index))
  if (settings.length === 0)
    problems.push(...computedProblemsAt(`/fields/${index}`, model, model.entities.get(definition.name)!, field))
  if (settings.length === 0 && field.default !== undefined) problems.push(...defaultProblems(field, index, model))
  return problems
}

/** A field's wire names against those of the fields before it. */
function clashes(definition: EntityDefinition, index: number): Problem[] {
  const fields = definition.fields as unknown as readonly Field[]
  const names = namesOf(fields[index]!)
  for (const other of fields.slice(0, index)) {
    if (other.name === fields[index]!.name)
      return [definitionProblem(['fields', index, 'name'], `The field "${other.name}" is there twice`)]
    const both = namesOf(other).find((name) => names.includes(name))
    if (both !== undefined)
      return [
        definitionProblem(
          ['fields', index, 'name'],
          `"${fields[index]!.name}" and "${other.name}" would both be "${both}" on the wire`,
        ),
      ]
  }
  return []
}

/** A composed field is made of text fields of the same entity that are not composed themselves. */
function compositionProblems(definition: EntityDefinition, index: number): Problem[] {
  const fields = definition.fields as unknown as readonly Field[]
  const composition = typeOf(fields[index]!).composition?.(fields[index]!)
  const others = (composition?.from ?? []).filter((name) => !name.startsWith('_'))
  return others.flatMap((name) => {
    const part = fields.find((one) => one.name === name)
    if (part === undefined)
      return [
        definitionProblem(
          ['fields', index, 'template'],
          `The entity has no field "${name}"`,
          suggest(
            name,
            fields.map((one) => one.name),
          ),
        ),
      ]
    const sound = typeOf(part).columns(part)[0]?.kind === 'text' && typeOf(part).composition?.(part) === undefined
    return sound
      ? []
      : [
          definitionProblem(
            ['fields', index, 'template'],
            `"${name}" cannot be part of a text`,
            'Name text fields that are not composed themselves',
          ),
        ]
  })
}

function defaultProblems(field: Field, index: number, model: Model): Problem[] {
  const parsed = typeOf(field).parse({ '': field.default as JsonValue }, field, model)
  return parsed instanceof Problem
    ? [definitionProblem(['fields', index, 'default'], `The default is refused: ${parsed.message}`, parsed.hint)]
    : []
}

function primaryProblems(definition: EntityDefinition): Problem[] {
  const name = definition.primaryField
  if (name === undefined) return []
  const field = (definition.fields as unknown as readonly Field[]).find((one) => one.name === name)
  if (field === undefined)
    return [
      definitionProblem(
        ['primaryField'],
        `The entity has no field "${name}"`,
        suggest(
          name,
          definition.fields.map((one) => one.name),
        ),
      ),
    ]
  const type = typeOf(field)
  if (type.columns(field)[0]?.kind !== 'text' || type.wide?.(field) === true)
    return [definitionProblem(['primaryField'], `"${name}" cannot name a record`, 'Choose a field of one line of text')]
  return []
}

function keyProblems(definition: EntityDefinition, index: number): Problem[] {
  const key = definition.keys![index]!
  const problems: Problem[] = []
  if (definition.keys!.findIndex((one) => one.name === key.name) < index)
    problems.push(definitionProblem(['keys', index, 'name'], `The key "${key.name}" is there twice`))
  let bytes = 0
  for (const [i, name] of key.fields.entries()) {
    const place = ['keys', index, 'fields', i]
    const field = (definition.fields as unknown as readonly Field[]).find((one) => one.name === name)
    if (field === undefined)
      problems.push(
        definitionProblem(
          place,
          `The entity has no field "${name}"`,
          suggest(
            name,
            definition.fields.map((one) => one.name),
          ),
        ),
      )
    else if (key.fields.indexOf(name) < i) problems.push(definitionProblem(place, `The field "${name}" is there twice`))
    else if (!typeOf(field).indexable)
      problems.push(definitionProblem(place, `A ${field.type} field cannot be part of a key`))
    else bytes += typeOf(field).indexBytes?.(field) ?? 16
  }
  if (bytes > mostIndexBytes)
    problems.push(
      definitionProblem(
        ['keys', index, 'fields'],
        'The fields of this key are too long for an index',
        'Lower their maxLength',
      ),
    )
  return problems
}

/** A record inherits from one other at most: two would each want another owner. */
function parentProblems(definition: EntityDefinition): Problem[] {
  const fields = definition.fields as unknown as readonly Field[]
  const parental = fields.filter((field) => {
    const link = typeOf(field).link?.(field)
    return link !== undefined && isParental(link.cascade)
  })
  return parental
    .slice(1)
    .map((field) =>
      definitionProblem(
        ['fields', fields.indexOf(field), 'cascade'],
        `Records inherit from what "${parental[0]!.name}" leads to; "${field.name}" cannot give them another owner`,
        'Leave assign, share and reparent of one of the two at "none"',
      ),
    )
}

/** Ways back that would hide a name of a target, or each other. */
function inverseProblems(definition: EntityDefinition, entity: Entity, model: Model): Problem[] {
  return definition.fields.flatMap((field, index) => {
    const relationship = wayOf(model, entity.fields[index]!.id)
    const clash = relationship && inverseClash(relationship, model)
    if (relationship === undefined || clash === undefined) return []
    const explicit = (field as { inverse?: string }).inverse !== undefined
    return [
      definitionProblem(
        ['fields', index, explicit ? 'inverse' : 'name'],
        `The way back "${relationship.inverse}" is taken on "${clash}"`,
        'Give the lookup another "inverse"',
      ),
    ]
  })
}

function inverseClash({ id, inverse, targets }: Relationship, model: Model): string | undefined {
  for (const target of targets) {
    const entity = model.entityById.get(target)!
    if (entity.fields.some((field) => namesOf(field).includes(inverse))) return entity.name
    const earlier = waysBack(model, target).find((one) => one.inverse === inverse)
    if (earlier !== undefined && earlier.id !== id) return entity.name
    if (associationNamed(model, entity.name, inverse) !== undefined) return entity.name
  }
  return undefined
}
