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
/** Names of records by id, for the ids the caller may read. */
export type NameReader = (entity: Entity, ids: readonly string[]) => Promise<ReadonlyMap<string, string>>

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
  readNames: NameReader,
): Promise<string> {
  const body = readExactly(text) as JsonRecord
  const records = (Array.isArray(body['value']) ? body['value'] : [body]) as JsonRecord[]
  const wanted = new Map<Entity, Set<string>>()
  for (const record of records) collectLinks(sight, entity, record, wanted)
  const names = new Map<string, string>()
  for (const [target, ids] of wanted) for (const [id, name] of await readNames(target, [...ids])) names.set(id, name)
  const annotated = records.map((record) => annotateRecord(sight, entity, record, context, names))
  return JSON.stringify(Array.isArray(body['value']) ? { ...body, value: annotated } : annotated[0])
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

function annotateRecord(
  sight: Sight,
  entity: Entity,
  record: JsonRecord,
  context: FormatContext,
  names: ReadonlyMap<string, string>,
): JsonRecord {
  const wire = readableWire(sight.model, sight.actor, entity.id)
  const result: JsonRecord = {}
  for (const [name, value] of Object.entries(record)) {
    const property = wire.properties.get(name)
    const text =
      property === undefined || value === null
        ? undefined
        : formatValue(property.field, property.column, plainly(value), context, record, names)
    if (text !== undefined) result[`${name}@${formattedTerm}`] = text
    result[name] = value
  }
  for (const [target, nested, name] of expanded(sight.model, wire, record)) {
    const inner = nested.map((each) => annotateRecord(sight, target, each, context, names))
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
