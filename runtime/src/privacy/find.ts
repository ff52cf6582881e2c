// Finding a person, and all that is kept about them. By a name, an address or a number, folded as every search is; then record
// by record along the lookups that lead to them. What only mentions them is a suggestion: a name in a text may be another's.
import type { Dossier, Told, ToldGroup } from '@peyvand/core/answer/person.ts'
import { elevated } from '@peyvand/core/access/actor.ts'
import { latinDigits } from '@peyvand/core/base/digits.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { personEntities } from '@peyvand/core/model/personal.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import type { Target } from '../records/cascade/reach.ts'
import { namesOf } from '../records/names.ts'
import { searchRecords } from '../records/search.ts'
import { holdsAround } from './hold.ts'
import { clearedRecord, countLinked, leadingTo, linkedBy, tableOf, wholePerson, type Leading } from './person.ts'
import { tracesOf } from './traces.ts'

/** unit: records of a group that are told */
const shown = 20
/** unit: people a search tells of each entity */
const hits = 20

/** The people that a name, an address or a number may mean. throws: Problem. */
export async function findPeople(platform: Platform, context: Context, text: string): Promise<Told[]> {
  const entities = personEntities(context.model).map(({ name }) => name)
  if (entities.length === 0)
    throw new Problem('check.invalid', {
      detail: 'No entity says that its records are people',
      hint: 'Set "person": true on the entities of people',
    })
  const found = new Map<Id, Told>()
  for (const each of spellings(text)) {
    const answer = await searchRecords(platform, system(context), { text: each, entities, top: hits })
    for (const { entity, hits: some } of answer.entities)
      for (const { id, name } of some) if (!found.has(id)) found.set(id, { entity, id, name })
  }
  return [...found.values()]
}

/** A number is looked for by its last digits too: country and trunk are written or not. */
function spellings(text: string): readonly string[] {
  const digits = latinDigits(text).replace(/\D/g, '')
  const isNumber = digits.length >= 7 && /^[+\d\s()./-]+$/.test(latinDigits(text))
  return isNumber ? [text, digits.slice(-9)] : [text]
}

/** The same caller with all rights on records: the privilege is to see all that is kept about a person, whoever owns it. */
export function system(context: Context): Context {
  return { ...context, actor: elevated(context.actor) }
}

/** All that is kept about the person some records are. throws: Problem. */
export async function dossierOf(
  platform: Platform,
  context: Context,
  start: readonly Target[],
): Promise<{ readonly persons: readonly Target[]; readonly dossier: Dossier }> {
  const persons = await wholePerson(context, start)
  const leading = leadingTo(context.model, persons)
  const groups = []
  for (const each of leading) {
    const count = await countLinked(context, each)
    if (count > 0) groups.push({ each, group: await groupOf(platform, context, each, count) })
  }
  const about = groups.flatMap(({ each, group }) =>
    each.subject === undefined
      ? []
      : [{ ...group, erase: each.subject, fields: each.subject === 'keep' ? fieldsOf(each.entity) : [] }],
  )
  return {
    persons,
    dossier: {
      persons: await toldPersons(platform, context, persons),
      about,
      linked: groups.flatMap(({ each, group }) => (each.subject === undefined ? [group] : [])),
      mentions: await mentionsOf(platform, context, persons, groups),
      holds: await holdsAround(context, persons),
      counts: await countsOf(context, persons),
    },
  }
}

/** Names of the fields that an erasure takes the values of. */
function fieldsOf(entity: Entity): string[] {
  const columns = Object.keys(clearedRecord(entity, '').values)
  return entity.fields
    .filter((field) =>
      typeOf(field)
        .columns(field)
        .some(({ suffix }) => columns.includes(field.name + suffix)),
    )
    .map(({ name }) => name)
}

async function toldPersons(
  platform: Platform,
  context: Context,
  persons: readonly Target[],
): Promise<Dossier['persons']> {
  const told = []
  for (const [entity, group] of Map.groupBy(persons, (each) => each.entity)) {
    const names = await namesOf(
      platform,
      system(context),
      entity.name,
      group.map(({ id }) => id),
    )
    const { kept } = clearedRecord(entity, '')
    for (const { id } of group)
      told.push({ entity: entity.name, id, name: names[id] ?? null, fields: fieldsOf(entity), kept })
  }
  return told
}

async function groupOf(platform: Platform, context: Context, leading: Leading, count: number): Promise<ToldGroup> {
  const { entity, field } = leading
  const ids = await linkedBy(context, leading, shown)
  const names = await namesOf(platform, system(context), entity.name, ids)
  return { entity: entity.name, field: field.name, count, records: ids.map((id) => ({ id, name: names[id] ?? null })) }
}

/** What a search finds by the person's traces, beside what leads to them anyway. */
async function mentionsOf(
  platform: Platform,
  context: Context,
  persons: readonly Target[],
  groups: readonly { readonly group: ToldGroup }[],
): Promise<Dossier['mentions']> {
  const known = new Set([
    ...persons.map(({ id }) => id),
    ...groups.flatMap(({ group }) => group.records.map(({ id }) => id)),
  ])
  const found = new Map<string, { count: number; more: boolean; records: Map<Id, string | null> }>()
  for (const { text } of (await tracesOf(context, persons)).slice(0, 12)) {
    const answer = await searchRecords(platform, system(context), { text: quoted(text), top: shown }).catch(
      (error: unknown) => {
        if (error instanceof Problem) return undefined
        throw error
      },
    )
    for (const { entity, more, hits: some } of answer?.entities ?? []) {
      const of = found.get(entity) ?? { count: 0, more: false, records: new Map() }
      for (const { id, name } of some) if (!known.has(id)) of.records.set(id, name)
      found.set(entity, { ...of, more: of.more || more })
    }
  }
  return [...found]
    .filter(([, { records }]) => records.size > 0)
    .map(([entity, { more, records }]) => ({
      entity,
      count: records.size,
      more,
      records: [...records].map(([id, name]) => ({ id, name })),
    }))
}

const quoted = (text: string): string => `"${text.replaceAll('"', ' ')}"`

async function countsOf({ database, schema }: Context, persons: readonly Target[]): Promise<Dossier['counts']> {
  const count = (table: string, where: string) =>
    `(select count(*)::int from "${schema}"."${table}" t where ${where}) as "${table}"`
  const { rows } = await database.query<Record<string, number>>({
    text: `select ${[
      count('_file', 't."record_id" = any($1::uuid[])'),
      count('_audit', 't."record_id" = any($1::uuid[])'),
      count('_share', 't."record_id" = any($1::uuid[])'),
      count('_merge', 't."winner_id" = any($1::uuid[]) or t."loser_id" = any($1::uuid[])'),
    ].join(', ')}`,
    values: [persons.map(({ id }) => id)],
  })
  const { _file = 0, _audit = 0, _share = 0, _merge = 0 } = rows[0] ?? {}
  return { files: _file, changes: _audit, shares: _share, merges: _merge }
}

/** Whether a record is there. */
export async function isThere(context: Pick<Context, 'database' | 'schema'>, { entity, id }: Target): Promise<boolean> {
  const text = `select 1 from ${tableOf(context, entity)} where "id" = $1::uuid`
  return (await context.database.query({ text, values: [id] })).rows.length > 0
}
