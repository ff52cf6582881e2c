// Formatted values: beside each raw value the text a person reads, in the caller's language, calendar and time zone.
// The one place of the data service that parses the database's JSON. Names of looked-up records are read with the
// caller's rights, one query for each entity they belong to.
import type { Actor } from '@peyvand/core/access/actor.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import type { Reckoning } from '@peyvand/core/base/calendar.ts'
import { plainly, readExactly } from '@peyvand/core/base/exact.ts'
import type { Entity, Model } from '@peyvand/core/model/model.ts'
import type { WireEntity } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { FormatContext } from '@peyvand/core/types/type.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import type { Config } from '../../config.ts'
import { formattedTerm, type Preferences } from './prefer.ts'

type JsonRecord = Record<string, unknown>
/** Whose answer it is, on which model: a masked value is shown as it is. */
export interface Sight {
  readonly model: Model
  readonly actor: Actor
}
/** Some values of records by id, for the ids the caller may read. */
export type ValueReader = (
  entity: Entity,
  ids: readonly string[],
  names: readonly string[],
) => Promise<ReadonlyMap<string, JsonRecord>>
/** Amounts of an entity whose currency was not asked for: the records, and the properties of their currencies. */
interface Bare {
  readonly records: JsonRecord[]
  readonly names: Set<string>
}

const calendars: Readonly<Record<string, FormatContext['calendar']>> = { fa: 'persian', th: 'buddhist' }

/** How values are written for this caller. */
export function formatContext(
  model: Model | undefined,
  language: string,
  { calendar, timeZone }: Preferences,
): FormatContext {
  return {
    ...(model ? { model } : {}),
    language,
    calendar: calendar ?? calendars[language.split('-')[0]!] ?? 'gregory',
    timeZone: timeZone ?? 'UTC',
  }
}

/** How days are counted for this caller. */
export function reckoningOf(
  { fiscalYear }: Pick<Config, 'fiscalYear'>,
  language: string,
  prefer: Preferences,
): Reckoning {
  const { calendar, timeZone } = formatContext(undefined, language, prefer)
  return { calendar, timeZone, fiscal: fiscalYear }
}

/** The answer with formatted values: a record, or a page of records in `value`. */
export async function annotate(
  text: string,
  sight: Sight,
  entity: Entity,
  context: FormatContext,
  readValues: ValueReader,
): Promise<string> {
  const body = readExactly(text) as JsonRecord
  const records = (Array.isArray(body['value']) ? body['value'] : [body]) as JsonRecord[]
  const wanted = new Map<Entity, Set<string>>()
  for (const record of records) collectLinks(sight, entity, record, wanted)
  const names = new Map<string, string>()
  for (const [target, ids] of wanted)
    for (const [id, values] of await readValues(target, [...ids], [target.primaryField]))
      names.set(id, (values[target.primaryField] as string | null) ?? '')
  const beside = await currenciesOf(sight, entity, records, readValues)
  const known: Known = { context, names, beside }
  const annotated = records.map((record) => annotateRecord(sight, entity, record, known))
  return JSON.stringify(Array.isArray(body['value']) ? { ...body, value: annotated } : annotated[0])
}

/** What is known beyond the answer: the names of records by id, and of amounts the currency that was not asked for. */
interface Known {
  readonly context: FormatContext
  readonly names: ReadonlyMap<string, string>
  readonly beside: ReadonlyMap<JsonRecord, JsonRecord>
}

/** The currencies of amounts that were asked for without them: an amount is shown as it is, with its currency. */
async function currenciesOf(
  sight: Sight,
  entity: Entity,
  records: readonly JsonRecord[],
  readValues: ValueReader,
): Promise<Map<JsonRecord, JsonRecord>> {
  const bare = new Map<Entity, Bare>()
  for (const record of records) collectBare(sight, entity, record, bare)
  const beside = new Map<JsonRecord, JsonRecord>()
  for (const [of, { records: some, names }] of bare) {
    const ids = new Set(some.map(({ id }) => id as string))
    const found = await readValues(of, [...ids], [...names])
    for (const record of some) beside.set(record, found.get(record['id'] as string) ?? {})
  }
  return beside
}

const currency = '_currency'

function collectBare(sight: Sight, entity: Entity, record: JsonRecord, bare: Map<Entity, Bare>): void {
  const wire = readableWire(sight.model, sight.actor, entity.id)
  const names = [...wire.properties.keys()].filter(
    (name) =>
      name.endsWith(currency) && !(name in record) && (record[name.slice(0, -currency.length)] ?? null) !== null,
  )
  if (names.length > 0 && typeof record['id'] === 'string') {
    const own = bare.get(entity) ?? { records: [], names: new Set<string>() }
    own.records.push(record)
    for (const name of names) own.names.add(name)
    bare.set(entity, own)
  }
  for (const [target, nested] of expanded(sight.model, wire, record))
    for (const each of nested) collectBare(sight, target, each, bare)
}

/** The ids in a record's lookups, by the entity they belong to. */
function collectLinks(sight: Sight, entity: Entity, record: JsonRecord, wanted: Map<Entity, Set<string>>): void {
  const wire = readableWire(sight.model, sight.actor, entity.id)
  for (const navigation of wire.navigations.values()) {
    if (navigation.collection) continue
    const id = record[navigation.column]
    const target = sight.model.entityById.get(navigation.target)!
    // Without the type beside it, what it leads to is looked for in every entity that it may lead to.
    const type = navigation.typeColumn === undefined ? undefined : record[navigation.typeColumn]
    if (typeof id !== 'string' || (type !== undefined && type !== target.name)) continue
    wanted.set(target, (wanted.get(target) ?? new Set()).add(id))
  }
  for (const [target, nested] of expanded(sight.model, wire, record))
    for (const each of nested) collectLinks(sight, target, each, wanted)
}

function* expanded(model: Model, wire: WireEntity, record: JsonRecord): Generator<[Entity, JsonRecord[], string]> {
  for (const navigation of wire.navigations.values()) {
    const value = record[navigation.name]
    if (typeof value !== 'object' || value === null) continue
    yield [
      model.entityById.get(navigation.target)!,
      (Array.isArray(value) ? value : [value]) as JsonRecord[],
      navigation.name,
    ]
  }
}

function annotateRecord(sight: Sight, entity: Entity, record: JsonRecord, known: Known): JsonRecord {
  const { context, names, beside } = known
  const whole = beside.has(record) ? { ...beside.get(record), ...record } : record
  const wire = readableWire(sight.model, sight.actor, entity.id)
  const result: JsonRecord = {}
  for (const [name, value] of Object.entries(record)) {
    const property = wire.properties.get(name)
    const text =
      property === undefined || value === null
        ? undefined
        : formatValue(property.field, property.column, plainly(value), context, whole, names)
    if (text !== undefined) result[`${name}@${formattedTerm}`] = text
    result[name] = value
  }
  for (const [target, nested, name] of expanded(sight.model, wire, record)) {
    const inner = nested.map((each) => annotateRecord(sight, target, each, known))
    result[name] = Array.isArray(record[name]) ? inner : inner[0]
  }
  return result
}

/** Text of a field's main value; other columns (`price_currency`, `id`) speak for themselves. */
function formatValue(
  field: Parameters<typeof typeOf>[0],
  column: string,
  value: unknown,
  context: FormatContext,
  record: JsonRecord,
  names: ReadonlyMap<string, string>,
): string | undefined {
  const type = typeOf(field)
  if (column !== field.name + type.columns(field)[0]!.suffix) return undefined
  if (type.link !== undefined) return names.get(value as string)
  const text = type.format(
    (typeof value === 'number' && type.columns(field)[0]!.kind === 'decimal' ? String(value) : value) as Value,
    field,
    context,
    record,
  )
  return text === value || text === '' ? undefined : text
}
