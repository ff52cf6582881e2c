// What `$metadata` says about entities and their properties beyond names and types: labels, limits, which values are allowed,
// what the caller may do, what the service can do. Terms are those of the OASIS vocabularies, and SAP's for labels.
import type { Actor } from '@peyvand/core/access/actor.ts'
import { mayField } from '@peyvand/core/access/field.ts'
import { opens } from '@peyvand/core/access/rule.ts'
import type { Label } from '@peyvand/core/base/label.ts'
import { personalOf } from '@peyvand/core/model/personal.ts'
import type { Entity, Field, Model, Operation } from '@peyvand/core/model/model.ts'
import type { Property, WireEntity } from '@peyvand/core/model/wire.ts'
import { queryLimits } from '@peyvand/core/base/limits.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Annotation, AnnotationValue } from './annotation.ts'

const core = 'Org.OData.Core.V1'
const validation = 'Org.OData.Validation.V1'
const measures = 'Org.OData.Measures.V1'
const capabilities = 'Org.OData.Capabilities.V1'
const common = 'com.sap.vocabularies.Common.v1'
const personal = 'com.sap.vocabularies.PersonalData.v1'

/** The vocabularies that are spoken: namespace → where it is described, and its file. */
export const vocabularies: Readonly<Record<string, string>> = {
  [core]: 'https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml',
  [validation]: 'https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Validation.V1.xml',
  [measures]: 'https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Measures.V1.xml',
  [capabilities]: 'https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Capabilities.V1.xml',
  [common]: 'https://sap.github.io/odata-vocabularies/vocabularies/Common.xml',
  [personal]: 'https://sap.github.io/odata-vocabularies/vocabularies/PersonalData.xml',
}

/** For whom it is said. */
export interface Audience {
  readonly model: Model
  readonly actor: Actor
}

/** What is said of a property. */
export function propertyAnnotations(audience: Audience, { entity }: WireEntity, property: Property): Annotation[] {
  const { field } = property
  const isMain = property.name === field.name || property.name === `${field.name}_id`
  return [
    ...(property.readOnly ? [{ term: `${core}.Computed`, value: true }] : permission(audience, entity, field)),
    ...(isMain ? labels(field.label, field.description) : []),
    ...privacy(field),
    ...(property.name === field.name && property.mask === undefined ? limits(field) : []),
    ...(hasCurrency(property) ? [{ term: `${measures}.ISOCurrency`, value: { of: `${field.name}_currency` } }] : []),
  ]
}

/** What a value says of a person. */
function privacy(field: Field): Annotation[] {
  const said = personalOf(field)
  if (said === undefined)
    return field['subject'] === undefined ? [] : [{ term: `${personal}.FieldSemantics`, value: 'DataSubjectID' }]
  const sensitive = said.category === 'sensitive' ? [{ term: `${personal}.IsPotentiallySensitive`, value: true }] : []
  return [{ term: `${personal}.IsPotentiallyPersonal`, value: true }, ...sensitive]
}

/** Whether the records are people, or about some. */
function subjects({ person, fields }: Entity): Annotation[] {
  const kind =
    person === true ? 'DataSubject' : fields.some((field) => field['subject'] !== undefined) ? 'Other' : undefined
  return kind === undefined ? [] : [{ term: `${personal}.EntitySemantics`, value: kind }]
}

/** A property that the caller may read but not write. */
function permission({ model, actor }: Audience, entity: Entity, field: Field): Annotation[] {
  if (mayField(model, actor, entity, field, 'update') || mayField(model, actor, entity, field, 'create')) return []
  return [{ term: `${core}.Permissions`, value: { enum: `${core}.Permission/Read` } }]
}

/** Label and description, once without a language and once for each other one. */
function labels(label: Label | undefined, description: Label | undefined): Annotation[] {
  return [...texts(`${common}.Label`, label), ...texts(`${core}.Description`, description)]
}

function texts(term: string, label: Label | undefined): Annotation[] {
  if (label === undefined) return []
  if (typeof label === 'string') return [{ term, value: label }]
  const [first, ...others] = Object.entries(label).sort(([a], [b]) => Number(b === 'en') - Number(a === 'en'))
  if (first === undefined) return []
  return [
    { term, value: first[1] },
    ...others.map(([language, value]) => ({ term, qualifier: language.replace('-', '_'), value: value })),
  ]
}

function limits(field: Field): Annotation[] {
  const { pattern, min, max, options } = field as Readonly<Record<string, unknown>>
  const choices = Array.isArray(options) ? (options as readonly Option[]) : undefined
  return [
    ...(typeof pattern === 'string' && field.type !== 'autonumber'
      ? [{ term: `${validation}.Pattern`, value: pattern }]
      : []),
    ...(typeof min === 'number' ? [{ term: `${validation}.Minimum`, value: min }] : []),
    ...(typeof max === 'number' ? [{ term: `${validation}.Maximum`, value: max }] : []),
    ...(choices === undefined ? [] : [{ term: `${validation}.AllowedValues`, value: choices.map(allowedValue) }]),
  ]
}

interface Option {
  readonly value: string
  readonly label?: Label
}

function allowedValue({ value, label }: Option): AnnotationValue {
  return { record: { Value: value }, annotations: texts(`${common}.Label`, label) }
}

function hasCurrency({ field, name, mask }: Property): boolean {
  return mask === undefined && name === field.name && typeOf(field).amount?.(field) !== undefined
}

/** What is said of an entity type. */
export function typeAnnotations({ entity, properties }: WireEntity): Annotation[] {
  const keys = entity.keys
    .map(({ fields }) => fields.map((name) => (properties.has(name) ? name : `${name}_id`)))
    .filter((names) => names.every((name) => properties.has(name)))
  const key = (names: readonly string[]): AnnotationValue => ({
    record: { Key: names.map((name) => ({ record: { Name: { path: name }, Alias: name } })) },
  })
  return [
    ...labels(entity.label, entity.description),
    ...subjects(entity),
    ...(keys.length > 0 ? [{ term: `${core}.AlternateKeys`, value: keys.map(key) }] : []),
  ]
}

/** What is said of an entity set: what this caller may do with it, and what the service can. */
export function setAnnotations(
  { model, actor }: Audience,
  { entity, navigations, properties, shown }: WireEntity,
): Annotation[] {
  const may = (operation: Operation) => opens(model, actor, entity, operation)
  const restricts = (term: string, record: Readonly<Record<string, AnnotationValue>>): Annotation => ({
    term: `${capabilities}.${term}`,
    value: { record },
  })
  const single = [...navigations.values()].filter(({ collection }) => !collection).map(({ name }) => ({ path: name }))
  const masked = [...shown.keys()].filter((name) => !properties.has(name)).map((name) => ({ path: name }))
  const unordered = [...properties.values()].filter(({ kind }) => !ordered(kind)).map(({ name }) => ({ path: name }))
  return [
    { term: `${core}.OptimisticConcurrency`, value: [{ path: 'version' }] },
    restricts('InsertRestrictions', { Insertable: may('create') }),
    restricts('UpdateRestrictions', { Updatable: may('write'), Upsertable: may('write') && may('create') }),
    restricts('DeleteRestrictions', { Deletable: may('delete') }),
    restricts('FilterRestrictions', {
      Filterable: true,
      ...(masked.length > 0 ? { NonFilterableProperties: masked } : {}),
    }),
    restricts('SortRestrictions', { Sortable: true, NonSortableProperties: [...unordered, ...masked] }),
    restricts('ExpandRestrictions', { Expandable: navigations.size > 0, MaxLevels: queryLimits.expandDepth }),
    restricts('SearchRestrictions', { Searchable: true }),
    restricts('CountRestrictions', { Countable: true }),
    restricts('ChangeTracking', { Supported: true, ExpandableProperties: single }),
    { term: `${capabilities}.TopSupported`, value: true },
    { term: `${capabilities}.SkipSupported`, value: true },
    { term: `${capabilities}.ComputeSupported`, value: true },
  ]
}

const withoutOrder = new Set(['json', 'texts', 'point', 'polygon'])
const ordered = (kind: string): boolean => !withoutOrder.has(kind)

/** What is said of the service as a whole. */
export function serviceAnnotations(batchLimit?: number): Annotation[] {
  return [
    { term: `${capabilities}.ConformanceLevel`, value: { enum: `${capabilities}.ConformanceLevelType/Intermediate` } },
    {
      term: `${capabilities}.SupportedFormats`,
      value: ['application/json;IEEE754Compatible=true', 'application/json'],
    },
    { term: `${capabilities}.AsynchronousRequestsSupported`, value: false },
    { term: `${capabilities}.BatchContinueOnErrorSupported`, value: true },
    { term: `${capabilities}.DeepInsertSupport`, value: { record: { Supported: true, ContentIDSupported: false } } },
    { term: `${capabilities}.DeepUpdateSupport`, value: { record: { Supported: true, ContentIDSupported: false } } },
    { term: `${capabilities}.KeyAsSegmentSupported`, value: true },
    {
      term: `${capabilities}.BatchSupport`,
      value: {
        record: {
          Supported: true,
          ContinueOnErrorSupported: true,
          ReferencesInRequestBodiesSupported: true,
          ReferencesAcrossChangeSetsSupported: true,
          EtagReferencesSupported: false,
          RequestDependencyConditionsSupported: false,
          SupportedFormats: ['multipart/mixed', 'application/json'],
          ...(batchLimit === undefined ? {} : { MaximumSize: batchLimit }),
        },
      },
    },
  ]
}
