// `$metadata`: the entity data model of what the caller may see, as CSDL 4.01 in XML and in JSON. One description is
// derived from the wire shapes; the two printers only differ in spelling.
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { Field, Model } from '@peyvand/core/model/model.ts'
import type { Navigation, Property, WireEntity } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Operation } from '../actions/operation.ts'
import { annotationsJson, annotationsXml } from './metadata/annotation.ts'
import {
  propertyAnnotations,
  serviceAnnotations,
  setAnnotations,
  typeAnnotations,
  vocabularies,
} from './metadata/annotations.ts'
import { importsJson, importsListed, importsXml, operationsJson, operationsXml } from './metadata/operations.ts'

export const namespace = 'peyvand'
const container = 'Container'

/** What the caller may see: entities with the readable properties and the navigations to visible entities, and operations. */
export interface Visible {
  readonly model: Model
  /** Who asks: rights are said of the caller. */
  readonly actor: Actor
  readonly entities: readonly WireEntity[]
  readonly operations: readonly Operation[]
}

interface Facets {
  readonly MaxLength?: number
  readonly Precision?: number
  readonly Scale?: number
}

/** CSDL in XML. */
export function csdlXml(visible: Visible): string {
  const types = visible.entities.map((entity) => entityTypeXml(visible, entity)).join('')
  const sets = visible.entities.map((entity) => entitySetXml(visible, entity)).join('')
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">' +
    `${referencesXml()}<edmx:DataServices>` +
    `<Schema Namespace="${namespace}" xmlns="http://docs.oasis-open.org/odata/ns/edm">` +
    `${types}${operationsXml(visible.operations, namespace)}<EntityContainer Name="${container}">${sets}` +
    `${importsXml(visible.operations, namespace)}${annotationsXml(serviceAnnotations())}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`
  )
}

/** Where the terms of the annotations are described. */
function referencesXml(): string {
  return Object.entries(vocabularies)
    .map(([name, uri]) => `<edmx:Reference Uri="${uri}"><edmx:Include Namespace="${name}"/></edmx:Reference>`)
    .join('')
}

function entityTypeXml(visible: Visible, wire: WireEntity): string {
  const properties = [...wire.shown.values()].map((property) => {
    const said = annotationsXml(propertyAnnotations(visible, wire, property))
    const attributes = attributesXml({
      Name: property.name,
      Type: property.edm,
      Nullable: isNullable(property),
      ...facets(property),
    })
    return said === '' ? `<Property${attributes}/>` : `<Property${attributes}>${said}</Property>`
  })
  const streams = streamsOf(wire).map((name) => `<Property${attributesXml({ Name: name, Type: 'Edm.Stream' })}/>`)
  const navigations = [...wire.navigations.values()].map((navigation) => navigationXml(visible, wire, navigation))
  return `<EntityType Name="${wire.entity.name}"><Key><PropertyRef Name="id"/></Key>${[...properties, ...streams, ...navigations].join('')}${annotationsXml(typeAnnotations(wire))}</EntityType>`
}

/** Names of the fields of one file: their content is at an address of its own, and in no answer. */
function streamsOf({ entity, properties }: WireEntity): string[] {
  return entity.fields.flatMap((field) => {
    const files = typeOf(field).files
    const isThere = files?.most(field) === 1 && properties.has(field.name + files.holds(field))
    return isThere ? [field.name] : []
  })
}

function navigationXml(visible: Visible, wire: WireEntity, navigation: Navigation): string {
  const target = `${namespace}.${targetName(visible, navigation)}`
  const type = navigation.collection ? `Collection(${target})` : target
  const partner = partnerOf(visible, wire, navigation)
  const attributes = attributesXml({
    Name: navigation.name,
    Type: type,
    ...(navigation.collection ? {} : { Nullable: !navigation.field.required }),
    Partner: partner,
  })
  if (navigation.collection || navigation.typeColumn !== undefined) return `<NavigationProperty${attributes}/>`
  return `<NavigationProperty${attributes}><ReferentialConstraint Property="${navigation.column}" ReferencedProperty="id"/></NavigationProperty>`
}

function entitySetXml(visible: Visible, wire: WireEntity): string {
  const bindings = [...wire.navigations.values()].map(
    (navigation) => `<NavigationPropertyBinding Path="${navigation.name}" Target="${targetSet(visible, navigation)}"/>`,
  )
  return `<EntitySet Name="${wire.entity.entitySet}" EntityType="${namespace}.${wire.entity.name}">${bindings.join('')}${annotationsXml(setAnnotations(visible, wire))}</EntitySet>`
}

function attributesXml(attributes: Readonly<Record<string, string | number | boolean | undefined>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${String(value)}"`))
    .join('')
}

/** CSDL in JSON. */
export function csdlJson(visible: Visible): object {
  const types = visible.entities.map((wire) => [wire.entity.name, entityTypeJson(visible, wire)] as const)
  const sets = visible.entities.map(
    (wire) =>
      [
        wire.entity.entitySet,
        {
          $Collection: true,
          $Type: `${namespace}.${wire.entity.name}`,
          $NavigationPropertyBinding: Object.fromEntries(
            [...wire.navigations.values()].map((each) => [each.name, targetSet(visible, each)]),
          ),
          ...annotationsJson(setAnnotations(visible, wire)),
        },
      ] as const,
  )
  return {
    $Version: '4.01',
    $EntityContainer: `${namespace}.${container}`,
    $Reference: Object.fromEntries(
      Object.entries(vocabularies).map(([name, uri]) => [uri, { $Include: [{ $Namespace: name }] }]),
    ),
    [namespace]: {
      ...Object.fromEntries(types),
      ...operationsJson(visible.operations, namespace),
      [container]: {
        $Kind: 'EntityContainer',
        ...Object.fromEntries(sets),
        ...importsJson(visible.operations, namespace),
        ...annotationsJson(serviceAnnotations()),
      },
    },
  }
}

function entityTypeJson(visible: Visible, wire: WireEntity): object {
  const properties = [...wire.shown.values()].map(
    (property) =>
      [
        property.name,
        {
          ...typeJson(property.edm),
          ...(isNullable(property) ? { $Nullable: true } : {}),
          ...Object.fromEntries(Object.entries(facets(property)).map(([name, value]) => [`$${name}`, value])),
          ...annotationsJson(propertyAnnotations(visible, wire, property)),
        },
      ] as const,
  )
  const navigations = [...wire.navigations.values()].map(
    (navigation) =>
      [
        navigation.name,
        {
          $Kind: 'NavigationProperty',
          $Type: `${namespace}.${targetName(visible, navigation)}`,
          ...(navigation.collection ? { $Collection: true } : navigation.field.required ? {} : { $Nullable: true }),
          ...(partnerOf(visible, wire, navigation) === undefined
            ? {}
            : { $Partner: partnerOf(visible, wire, navigation) }),
          ...(navigation.collection || navigation.typeColumn !== undefined
            ? {}
            : { $ReferentialConstraint: { [navigation.column]: 'id' } }),
        },
      ] as const,
  )
  const streams = streamsOf(wire).map((name) => [name, { $Type: 'Edm.Stream' }] as const)
  return {
    $Kind: 'EntityType',
    $Key: ['id'],
    ...Object.fromEntries([...properties, ...streams, ...navigations]),
    ...annotationsJson(typeAnnotations(wire)),
  }
}

/** `Collection(X)` is a collection of X in CSDL JSON; strings need no type. */
function typeJson(edm: string): object {
  const item = /^Collection\((.*)\)$/.exec(edm)?.[1]
  const type = item ?? edm
  return { ...(type === 'Edm.String' ? {} : { $Type: type }), ...(item === undefined ? {} : { $Collection: true }) }
}

/** The service document: every entity set the caller may see. */
export function serviceDocument(visible: Visible, base: string): object {
  const value = visible.entities.map(({ entity }) => ({
    name: entity.entitySet,
    kind: 'EntitySet',
    url: entity.entitySet,
  }))
  return { '@odata.context': `${base}/$metadata`, value: [...value, ...importsListed(visible.operations)] }
}

function isNullable(property: Property): boolean {
  return property.nullable && property.name !== 'id' && property.kind !== 'texts'
}

function facets(property: Property): Facets {
  const { field } = property
  const column = columnOf(field, property.column)
  const numeric = /^numeric\((\d+),(\d+)\)$/.exec(column?.sqlType ?? '')
  if (numeric) return { Precision: Number(numeric[1]), Scale: Number(numeric[2]) }
  if (/^Edm\.(DateTimeOffset|TimeOfDay|Duration)$/.test(property.edm)) return { Precision: 3 }
  const maxLength = field['maxLength']
  return property.edm === 'Edm.String' && typeof maxLength === 'number' && property.column === field.name
    ? { MaxLength: maxLength }
    : {}
}

function columnOf(field: Field, column: string) {
  return typeOf(field)
    .columns(field)
    .find(({ suffix }) => field.name + suffix === column)
}

function targetName(visible: Visible, navigation: Navigation): string {
  return visible.model.entityById.get(navigation.target)!.name
}

function targetSet(visible: Visible, navigation: Navigation): string {
  return visible.model.entityById.get(navigation.target)!.entitySet
}

/** The navigation of the other side that goes through the same lookup. */
function partnerOf(visible: Visible, wire: WireEntity, navigation: Navigation): string | undefined {
  const other = visible.entities.find(({ entity }) => entity.id === navigation.target)
  const partner = [...(other?.navigations.values() ?? [])].find(
    (each) =>
      (navigation.hop === undefined
        ? each.field.id === navigation.field.id
        : each.hop?.association === navigation.hop.association && each.field.id === navigation.hop.field.id) &&
      each.from === navigation.from &&
      (each.collection !== navigation.collection || navigation.hop !== undefined) &&
      each.target === wire.entity.id,
  )
  return partner?.name
}
