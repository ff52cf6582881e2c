// Common Data Model → Peyvand definitions. Decides what each attribute becomes, and says of everything that is left out why.
// Nothing is read or written here; import.ts does that.
import { isJsonObject, plainText, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { constantRows, readEntities, textOf, traitOf, type Attribute, type CdmEntity } from './documents.ts'

export interface Converted {
  readonly definitions: readonly JsonObject[]
  /** What was left out or became something else, a line each. */
  readonly notes: readonly string[]
}

export interface ConvertOptions {
  /** Stands before every entity's name, so that nothing meets the names that are there. */
  readonly prefix: string
}

/** What an attribute became: a field (or its settings), or nothing and why. */
type Outcome = { readonly field: JsonObject } | { readonly because: string }

/** The definitions of these documents. Entities that are pointed at but not among the documents become a name and nothing else. */
export function convert(documents: readonly JsonValue[], { prefix }: ConvertOptions): Converted {
  const entities = readEntities(documents)
  const nameOf = (entity: string) => `${prefix}${snake(entity)}`.slice(0, 48)
  const known = new Set(entities.map(({ name }) => name))
  const pointedAt = new Set<string>()
  const point = (names: readonly string[]) => names.map((name) => (pointedAt.add(name), nameOf(name)))
  const notes: string[] = []
  const everything = entities.map(({ name }) => name)
  const definitions = entities.map((entity) => convertEntity(entity, { nameOf, point, everything, notes }))
  const stubs = [...pointedAt].filter((name) => !known.has(name))
  for (const name of stubs) notes.push(`${name}: not among the documents; it becomes an entity with a name only`)
  return { definitions: [...definitions, ...stubs.map((name) => stub(name, nameOf(name)))], notes }
}

interface Surroundings {
  readonly nameOf: (entity: string) => string
  /** Names of entities for a lookup; remembers that they are needed. */
  readonly point: (names: readonly string[]) => string[]
  /** What a lookup on anything may lead to. */
  readonly everything: readonly string[]
  readonly notes: string[]
}

function convertEntity(entity: CdmEntity, around: Surroundings): JsonObject {
  const fields: JsonObject[] = []
  const taken = new Set<string>()
  for (const attribute of entity.attributes) {
    const outcome = convertAttribute(attribute, entity, around)
    const name = 'field' in outcome ? plainText(outcome.field['name']) : ''
    if ('because' in outcome) around.notes.push(`${entity.name}.${attribute.name}: ${outcome.because}`)
    else if (taken.has(name)) around.notes.push(`${entity.name}.${attribute.name}: a field "${name}" is there already`)
    else {
      taken.add(name)
      fields.push(outcome.field)
    }
  }
  const owned = entity.attributes.some(({ json }) => json['purpose'] === 'referencesOwner')
  const primary = ['name', 'full_name', 'subject', 'title', 'currency_name'].find((name) => taken.has(name))
  return {
    kind: 'entity',
    name: around.nameOf(entity.name),
    label: entity.label,
    ...(entity.description === undefined ? {} : { description: entity.description.slice(0, 2000) }),
    ownership: owned ? 'user' : 'organization',
    ...(primary === undefined ? {} : { primaryField: primary }),
    fields,
  }
}

function stub(name: string, definitionName: string): JsonObject {
  return {
    kind: 'entity',
    name: definitionName,
    label: name,
    fields: [{ name: 'name', type: 'text', maxLength: 200 }],
  }
}

/** What every record has of its own, whatever the model says. */
const ours =
  /(^|_)((created|modified)(On|By|OnBehalfBy)|owning(BusinessUnit|User|Team))$|^(versionNumber|owner|stateCode_display)$/i

function convertAttribute(attribute: Attribute, entity: CdmEntity, around: Surroundings): Outcome {
  const { name, json } = attribute
  if (json['purpose'] === 'referencesOwner' || ours.test(name)) return { because: 'every record has its own' }
  if (json['purpose'] === 'identifiedBy') return { because: 'records are found by their id' }
  const made = json['entity'] === undefined ? plainField(json) : lookup(attribute, entity, around)
  if ('because' in made) return made
  const described = isJsonObject(json['entity']) ? referenceOf(json) : json
  return { field: { name: fieldName(name), ...common(described), ...made.field } }
}

/** What the wire names of the platform's own fields take. */
const reserved = new Set(['id', 'owner', 'state', 'status', 'version', 'owning_unit', 'created_at', 'modified_at'])

function fieldName(name: string): string {
  const plain = snake(name).slice(0, 44)
  return reserved.has(plain) || !/^[a-z]/.test(plain) ? `cdm_${plain}` : plain
}

function common(json: JsonObject): JsonObject {
  const label = textOf(json['displayName'])
  const description = textOf(json['description'])
  const level = traitOf(json, 'is.requiredAtLevel')
  const required = (level ?? []).some((one) => isJsonObject(one) && one['value'] === 'required')
  return {
    ...(label === undefined ? {} : { label }),
    ...(description === undefined ? {} : { description: description.slice(0, 2000) }),
    ...(required ? { required: true } : {}),
  }
}

function plainField(json: JsonObject): Outcome {
  const type = dataType(json)
  return types[type]?.(json) ?? { because: `the data type "${type}" has no counterpart` }
}

function dataType(json: JsonObject): string {
  const type = json['dataType']
  return isJsonObject(type) ? plainText(type['dataTypeReference']) : plainText(type)
}

type Maker = (json: JsonObject) => Outcome

const text =
  (most: number, format?: 'email' | 'phone' | 'url'): Maker =>
  (json): Outcome => {
    const maxLength = Math.min(Number(json['maximumLength'] ?? most), 100_000)
    if (maxLength > 500) return { field: { type: 'text', multiline: true, maxLength } }
    return { field: { type: 'text', maxLength, ...(format === undefined ? {} : { format }) } }
  }
const simple =
  (type: string, settings: JsonObject = {}): Maker =>
  () => ({ field: { type, ...settings } })
const whole: Maker = (json) => ({ field: { type: fitsInteger(json) ? 'integer' : 'bigint', ...bounds(json) } })

/** Data type → the field's type and settings. Adding one is a line here. */
const types: Readonly<Record<string, Maker>> = {
  string: text(200),
  name: text(200),
  firstName: text(100),
  middleName: text(100),
  lastName: text(100),
  fullName: text(200),
  addressLine: text(250),
  city: text(80),
  county: text(80),
  country: text(80),
  stateOrProvince: text(80),
  postalCode: text(20),
  governmentId: text(50),
  tickerSymbol: text(10),
  email: text(100, 'email'),
  phone: text(50, 'phone'),
  url: text(200, 'url'),
  json: simple('json'),
  guid: simple('uuid'),
  entityId: simple('uuid'),
  boolean: simple('boolean'),
  date: simple('date'),
  dateTime: simple('datetime'),
  integer: whole,
  timezone: whole,
  minutes: whole,
  bigInteger: (json) => ({ field: { type: 'bigint', ...bounds(json) } }),
  double: simple('float'),
  latitude: simple('float', { min: -90, max: 90 }),
  longitude: simple('float', { min: -180, max: 180 }),
  decimal: simple('decimal', { precision: 23, scale: 10 }),
  currency: simple('money'),
  baseCurrency: () => ({ because: 'a money field keeps its amount in the base currency itself' }),
  partylist: () => ({ because: 'a list of parties has no counterpart yet' }),
  listLookup: choice,
  listLookupCorrelated: choice,
}

function bounds(json: JsonObject): JsonObject {
  const [least, most] = [json['minimumValue'], json['maximumValue']].map((one) =>
    one === undefined ? NaN : Number(one),
  )
  return {
    ...(Number.isSafeInteger(least) ? { min: least! } : {}),
    ...(Number.isSafeInteger(most) ? { max: most! } : {}),
  }
}

function fitsInteger(json: JsonObject): boolean {
  const limit = 2 ** 31
  return Math.abs(Number(json['minimumValue'] ?? 0)) <= limit && Number(json['maximumValue'] ?? 0) < limit
}

/** An option set: a row is language, text, value, place and, for a status, the state it belongs to. */
function choice(json: JsonObject): Outcome {
  const rows = constantRows(traitOf(json['dataType'], 'does.haveDefault'))
  const values = Map.groupBy(rows, ([, , value]) => String(value))
  if (values.size === 0) return { because: 'its option set has no options' }
  const options = [...values].map(([value, texts]) => ({
    value,
    label: Object.fromEntries(texts.map(([language, label]) => [String(language).toLowerCase(), String(label)])),
  }))
  return { field: { type: 'choice', options } }
}

function lookup({ json, name }: Attribute, entity: CdmEntity, around: Surroundings): Outcome {
  const reference = (json['entity'] as JsonObject)['entityReference']
  if (typeof reference === 'string') {
    if (reference === 'Owner') return { because: 'every record has its own' }
    return { field: { type: 'lookup', target: around.point([reference])[0]!, inverse: inverse(entity, name) } }
  }
  const options = isJsonObject(reference) ? targetsOf(reference) : []
  const targets = options.length > 0 ? options : around.everything
  return { field: { type: 'lookup', target: around.point([...targets]), inverse: inverse(entity, name) } }
}

/** The entities a reference may lead to: one of several, told apart by a type column. */
function targetsOf(reference: JsonObject): string[] {
  return ((reference['hasAttributes'] as JsonValue[] | undefined) ?? []).flatMap((option) => {
    const inner =
      isJsonObject(option) && isJsonObject(option['entity']) ? option['entity']['entityReference'] : undefined
    return typeof inner === 'string' ? [inner] : []
  })
}

function referenceOf(json: JsonObject): JsonObject {
  const guidance = json['resolutionGuidance']
  const by = isJsonObject(guidance) ? guidance['entityByReference'] : undefined
  const key = isJsonObject(by) ? by['foreignKeyAttribute'] : undefined
  return isJsonObject(key) ? key : json
}

/** The way back carries the entity and the field: an entity may point at another in many ways. */
function inverse(entity: CdmEntity, name: string): string {
  return `${snake(entity.name)}_by_${snake(name)}`.slice(0, 48)
}

/** EMailAddress1 → email_address1, primaryContact → primary_contact. */
function snake(name: string): string {
  return name
    .replace(/^EMail/, 'Email')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '_')
}
