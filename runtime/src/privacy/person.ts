// One person as all records that are the person: the contact, the lead it once was, the account with which they sign in, the
// records it was merged with. And the records that are about the person, lookup by lookup. Asked of the tables themselves:
// whoever may do this at all has to reach everything, whoever owns it.
import { neutralOf } from '@peyvand/core/types/neutral.ts'
import { personalFields, personalOf, sameWays, waysToPerson, type WayToPerson } from '@peyvand/core/model/personal.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Id, Model } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import { lookupColumns } from '../records/cascade/dependents.ts'
import type { Target } from '../records/cascade/reach.ts'

type Place = Pick<Context, 'model' | 'database' | 'schema'>

/** unit: records that one person can be; more is a mistake in the data, not a person. */
const most = 200

/** All records that are the person these records are. throws: Problem when one is not there, or none of them is a person. */
export async function wholePerson(place: Place, start: readonly Target[]): Promise<Target[]> {
  for (const target of start) await mustBePerson(place, target)
  const found = new Map(start.map((target) => [target.id, target]))
  for (let level = start; level.length > 0;) {
    const next: Target[] = []
    for (const target of level)
      for (const other of await sameAs(place, target)) {
        if (found.has(other.id)) continue
        found.set(other.id, other)
        next.push(other)
      }
    if (found.size > most)
      throw new Problem('limit.size', {
        detail: `More than ${most} records would be one person`,
        params: { limit: most },
      })
    level = next
  }
  return [...found.values()]
}

async function mustBePerson(place: Place, { entity, id }: Target): Promise<void> {
  if (entity.person !== true)
    throw new Problem('check.invalid', {
      detail: `Records of "${entity.entitySet}" are no persons`,
      target: 'entity',
      hint: 'Set "person": true on the entity, if they are',
    })
  const { rows } = await place.database.query({
    text: `select 1 from ${tableOf(place, entity)} where "id" = $1::uuid`,
    values: [id],
  })
  if (rows.length === 0)
    throw new Problem('missing.record', { detail: `There is no record ${id} in "${entity.entitySet}"`, target: 'id' })
}

/** Records that are the same person as this one: by a lookup of either, or because one was merged into the other. */
async function sameAs(place: Place, { entity, id }: Target): Promise<Target[]> {
  const { model } = place
  const out = sameWays(model, entity).flatMap((way) => {
    const { column, typeColumn } = lookupColumns(model, way)
    return way.targets.flatMap((target) => {
      const other = model.entityById.get(target)!
      const typed = typeColumn === undefined ? '' : ` and "${typeColumn}" = '${other.name}'`
      return other.person === true ? [{ other, text: oneOf(place, entity, column, typed) }] : []
    })
  })
  const back = waysToPerson(model, entity)
    .filter((one) => isSame(one))
    .map(({ entity: other, way }) => ({ other, text: linkedTo(place, other, lookupColumns(model, way), entity) }))
  const merged =
    entity.state === undefined
      ? []
      : [oneOf(place, entity, 'merged_into_id', ''), linkedTo(place, entity, { column: 'merged_into_id' }, entity)]
  const found: Target[] = []
  for (const { other, text } of [...out, ...back, ...merged.map((text) => ({ other: entity, text }))]) {
    const { rows } = await place.database.query<{ id: Id }>({ text, values: [[id]] })
    found.push(...rows.map((row) => ({ entity: other, id: row.id })))
  }
  return found
}

/** Whether a lookup says that its record is the same person, not only about one. */
function isSame({ entity, subject }: WayToPerson): boolean {
  return entity.person === true && subject !== undefined
}

function oneOf(place: Place, entity: Entity, column: string, typed: string): string {
  return `select "${column}" as "id" from ${tableOf(place, entity)} where "id" = any($1::uuid[]) and "${column}" is not null${typed}`
}

function linkedTo(
  place: Place,
  entity: Entity,
  { column, typeColumn }: { column: string; typeColumn?: string },
  target: Entity,
): string {
  const typed = typeColumn === undefined ? '' : ` and "${typeColumn}" = '${target.name}'`
  return `select "id" from ${tableOf(place, entity)} where "${column}" = any($1::uuid[])${typed}`
}

/** The table of an entity, with its schema. */
export function tableOf({ schema }: Pick<Place, 'schema'>, { name }: Pick<Entity, 'name'>): string {
  return `"${schema}"."${name}"`
}

/** A lookup through which records lead to the person, and to which of the person's records. */
export interface Leading extends WayToPerson {
  readonly target: Entity
  readonly ids: readonly Id[]
}

/** The lookups that lead to these records; of records that are the person themselves none. */
export function leadingTo(model: Model, persons: readonly Target[]): Leading[] {
  return [...Map.groupBy(persons, ({ entity }) => entity)].flatMap(([target, group]) =>
    waysToPerson(model, target)
      .filter((one) => !isSame(one))
      .map((one) => ({ ...one, target, ids: group.map(({ id }) => id) })),
  )
}

/** The statement that gives the ids of those records; its one value are the ids of the person's records. */
export function linkedText(place: Place, { entity, way, target }: Leading): string {
  return linkedTo(place, entity, lookupColumns(place.model, way), target)
}

/** Ids of records that lead to the person by a lookup, in their order behind `after`, and how many there are. */
export async function linkedBy(place: Place, leading: Leading, top: number, after: Id | null = null): Promise<Id[]> {
  const text = linkedText(place, leading)
  const { rows } = await place.database.query<{ id: Id }>({
    text: `${text} and ($2::uuid is null or "id" > $2::uuid) order by "id" limit $3::int`,
    values: [leading.ids, after, top],
  })
  return rows.map(({ id }) => id)
}

/** How many records lead to the person by a lookup. */
export async function countLinked(place: Place, leading: Leading): Promise<number> {
  const text = linkedText(place, leading)
  const { rows } = await place.database.query<{ count: number }>({
    text: `select count(*)::int as "count" from (${text}) "l"`,
    values: [leading.ids],
  })
  return rows[0]?.count ?? 0
}

/** What becomes of the personal values of a record: the columns without them, and the fields that have to stay. */
export interface Cleared {
  readonly values: Readonly<Record<string, unknown>>
  readonly kept: readonly { readonly field: string; readonly because: 'law' | 'required' }[]
}

/** A record of an entity without its personal values. `seed` is another one for each record. */
export function clearedRecord(entity: Entity, seed: string): Cleared {
  const values: Record<string, unknown> = {}
  const kept: { field: string; because: 'law' | 'required' }[] = []
  for (const field of personalFields(entity)) {
    // A record still wants a name by which people see that it was erased.
    const named = field.name === entity.primaryField ? { ...field, required: true } : field
    const neutral = personalOf(field)!.erase === 'keep' ? undefined : neutralOf(named, seed)
    if (neutral === undefined)
      kept.push({ field: field.name, because: personalOf(field)!.erase === 'keep' ? 'law' : 'required' })
    else Object.assign(values, neutral)
  }
  return { values, kept }
}
