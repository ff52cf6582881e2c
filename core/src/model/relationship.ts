// The kind `relationship`: many records of one entity belong to many of another, directly or through the records of a third.
// Checks that both ends and what links them are there, and that no name is taken on either end.
import { suggest } from '../base/name.ts'
import { withNames } from '../base/part.ts'
import { Problem } from '../base/problem.ts'
import * as validate from '../schemas/validate.js'
import { typeOf } from '../types/index.ts'
import type { RelationshipDefinition } from './definition.ts'
import type { Named } from './intersect.ts'
import type { Kind } from './kind.ts'
import { takenNames } from './links.ts'
import { definitionProblem, findEntity, findField } from './lookups.ts'
import type { Association, Entity, Model } from './model.ts'
import { labelFromName } from './names.ts'
import { waysBack } from './wire.ts'

type Side = 'from' | 'to'
const sides = ['from', 'to'] as const

export const relationshipKind: Kind<RelationshipDefinition> = {
  name: 'relationship',
  validator: validate.relationship,
  parts: {},
  check(definition, { model }) {
    const association = model.associations.get(definition.name)!
    const missing = sides.flatMap((side) => problemOf(findEntity(model, definition[side].entity, [side, 'entity'])))
    if (missing.length > 0) return missing
    return [
      ...(definition.through === undefined
        ? tableProblems(definition, model)
        : throughProblems(definition, definition.through, model)),
      ...sides.flatMap((side) => nameProblems(definition, association, side, model)),
    ]
  },
  names(definition, naming) {
    const { through } = definition
    const end = (side: Side) =>
      withNames(definition[side], {
        entity: naming.named('entity', definition[side].entity, { place: [side, 'entity'], use: 'end' }),
      })
    const lookup = (entity: string, side: Side, name: string) =>
      naming.field(entity, name, { place: ['through', side], use: 'link' })
    return withNames(definition, {
      from: end('from'),
      to: end('to'),
      ...(through && {
        through: withNames(through, {
          entity: naming.named('entity', through.entity, { place: ['through', 'entity'], use: 'link' }),
          from: lookup(through.entity, 'from', through.from),
          to: lookup(through.entity, 'to', through.to),
        }),
      }),
    })
  },
  build: ({ id, name, label, description, from, to, through }): Named => ({
    id: id ?? `relationship/${name}`,
    name,
    label: label ?? labelFromName(name),
    description,
    from,
    to,
    through: through ?? { entity: name, from: 'from', to: 'to' },
  }),
}

const problemOf = (found: unknown): Problem[] => (found instanceof Problem ? [found] : [])

/** The table of links must have its name and its set for itself. */
function tableProblems({ name }: RelationshipDefinition, model: Model): Problem[] {
  const own = model.entities.get(name)
  if (own?.intersect !== true)
    return [definitionProblem(['name'], `There is an entity "${name}"`, 'Choose another name for the relationship')]
  const other = [...model.entities.values()].find((one) => one.entitySet === own.entitySet && one !== own)
  return other === undefined
    ? []
    : [
        definitionProblem(
          ['name'],
          `The links would be the entity set "${own.entitySet}", which is that of "${other.name}"`,
          'Choose another name for the relationship',
        ),
      ]
}

/** The entity in between, with a lookup to either end. */
function throughProblems(
  definition: RelationshipDefinition,
  through: NonNullable<RelationshipDefinition['through']>,
  model: Model,
): Problem[] {
  const entity = findEntity(model, through.entity, ['through', 'entity'])
  if (entity instanceof Problem) return [entity]
  if (entity.intersect === true)
    return [definitionProblem(['through', 'entity'], `"${entity.name}" holds the links of another relationship`)]
  const wrong = sides.flatMap((side) => lookupProblems(entity, through[side], definition[side].entity, side))
  if (wrong.length === 0 && through.from === through.to)
    return [definitionProblem(['through', 'to'], 'Either end needs a lookup of its own')]
  return wrong
}

function lookupProblems(entity: Entity, name: string, end: string, side: Side): Problem[] {
  const place = ['through', side]
  const field = findField(entity, name, place)
  if (field instanceof Problem) return [field]
  const link = typeOf(field).link?.(field)
  if (link?.targets.includes(end) === true) return []
  const leading = entity.fields.filter((one) => typeOf(one).link?.(one).targets.includes(end) === true)
  return [
    definitionProblem(
      place,
      `"${entity.name}.${name}" does not lead to "${end}"`,
      suggest(
        name,
        leading.map((one) => one.name),
      ),
    ),
  ]
}

/** What an end calls the other one must not be the name of anything else there. */
function nameProblems(
  definition: RelationshipDefinition,
  association: Association,
  side: Side,
  model: Model,
): Problem[] {
  const { entity: name, name: collection } = association[side]
  const entity = model.entities.get(name)!
  const twice = association.from.entity === association.to.entity && association.from.name === association.to.name
  const taken =
    takenNames(entity).has(collection) ||
    waysBack(model, entity.id).some((one) => one.inverse === collection) ||
    [...model.associations.values()].some(
      (other) =>
        other.name < association.name &&
        sides.some((one) => other[one].entity === name && other[one].name === collection),
    )
  if (!taken && !(twice && side === 'to')) return []
  return [
    definitionProblem(
      definition[side].name === undefined ? [side] : [side, 'name'],
      twice ? `Both directions would be "${collection}"` : `"${collection}" is taken on "${name}" by something else`,
      `Give "${side}" a "name": what a record of "${name}" calls those at the other end`,
    ),
  ]
}
