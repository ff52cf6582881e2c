// Texts of other records that name the person: the name, address or number goes out of them, the rest stays. Every text column
// of every entity is looked through, whoever owns the record; each change is a write like any other.
import { identifies } from '@peyvand/core/model/personal.ts'
import { neutralOf } from '@peyvand/core/types/neutral.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Entity, Id, Model } from '@peyvand/core/model/model.ts'
import { wireOf, type Property } from '@peyvand/core/model/wire.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import type { Context } from '../../context.ts'
import { nestedIn } from '../../db/nested.ts'
import type { Platform } from '../../platform.ts'
import { single } from '../../records/write-one.ts'
import { seedOf } from '../order.ts'
import { pagesOf } from '../pages.ts'
import { tableOf } from '../person.ts'
import { erasedMark } from '../traces.ts'
import type { Erasing } from './erasing.ts'

/** unit: records that are changed in one transaction */
const batch = 100

/** Records of everybody else that name the person. */
export async function eraseMentions(erasing: Erasing, pattern: string): Promise<void> {
  const { context, erasure } = erasing
  const own = new Set(erasing.persons.map(({ id }) => id))
  for (const entity of writtenEntities(context.model)) {
    const pages = pagesOf<Id>((after) =>
      erasing.through((session) =>
        mentioning({ ...context, database: nestedIn(context.database, session) }, entity, pattern, after ?? null),
      ),
    )
    for await (const ids of pages) {
      await erasing.inOne(async (platform, inside) => {
        for (const id of ids)
          if (!own.has(id)) await eraseIn(platform, inside, { entity, id, pattern, seed: seedOf(erasure.id, id) })
      })
      erasing.count('mentions', ids.length)
    }
  }
}

/** The columns of an entity in which people write. */
function writtenColumns(model: Model, entity: Entity): Property[] {
  return [...wireOf(model, entity).properties.values()].filter(
    ({ kind, readOnly, formula, field }) =>
      (kind === 'text' || kind === 'json') &&
      !readOnly &&
      formula === undefined &&
      field.system !== true &&
      // Somebody else may be called the same: what another person is told by stays theirs.
      !(entity.person === true && identifies(field)) &&
      typeOf(field).link === undefined &&
      typeOf(field).options === undefined &&
      typeOf(field).files === undefined,
  )
}

/** Entities whose texts are looked through, in a fixed order. */
function writtenEntities(model: Model): Entity[] {
  return [...model.entities.values()]
    .filter((entity) => entity.intersect !== true && writtenColumns(model, entity).length > 0)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Records of an entity that name the person, behind an id. */
async function mentioning(
  { database, schema, model }: Pick<Context, 'database' | 'schema' | 'model'>,
  entity: Entity,
  pattern: string,
  after: Id | null,
): Promise<Id[]> {
  const where = writtenColumns(model, entity).map(({ column }) => `t."${column}"::text ~* $1`)
  const { rows } = await database.query<{ id: Id }>({
    text: `select t."id" from ${tableOf({ schema }, entity)} t where ($2::uuid is null or t."id" > $2::uuid) and (${where.join(' or ')})
      order by t."id" limit ${batch}`,
    values: [pattern, after],
  })
  return rows.map(({ id }) => id)
}

/** Takes the person's traces out of the texts of a record. */
async function eraseIn(
  platform: Platform,
  context: Context,
  { entity, id, pattern, seed }: { entity: Entity; id: Id; pattern: string; seed: string },
): Promise<void> {
  const { model, database } = context
  const columns = writtenColumns(model, entity)
  const { rows } = await database.query<Record<string, string | null>>({
    text: `select ${columns.map(({ column }) => `"${column}"::text as "${column}"`).join(', ')} from ${tableOf(context, entity)}
      where "id" = $1::uuid for update`,
    values: [id],
  })
  const changed: Record<string, Value> = {}
  for (const property of columns) {
    const text = rows[0]?.[property.column] ?? ''
    // A new one each time: a global expression remembers where it was.
    const traces = new RegExp(pattern, 'giu')
    if (!traces.test(text)) continue
    const rest = text.replace(new RegExp(pattern, 'giu'), erasedMark)
    Object.assign(
      changed,
      rest === erasedMark || hasForm(property) ? withoutValue(property, seed) : valueOf(property, rest),
    )
  }
  if (Object.keys(changed).length > 0) await single().change(platform, context, entity, id, changed)
}

/** An address with a mark in it would be none. */
const hasForm = ({ field }: Property): boolean =>
  ['email', 'phone', 'url', 'ticker'].includes(String(field['format'])) || field['pattern'] !== undefined

function withoutValue({ field }: Property, seed: string): Record<string, Value> {
  return { ...neutralOf(field, seed) }
}

function valueOf({ column, kind }: Property, text: string): Record<string, Value> {
  return { [column]: kind === 'json' ? (JSON.parse(text) as Value) : text }
}
