// The whole audit as one list, the newest first: what happened to records and what happened beside, for those who may see all of
// it. Goes by transactions, as the indexes and seals have them. Values of fields that the reader may not read are left out here, too.
import type { Story, StoryEvent } from '@peyvand/core/answer/audit.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { entitiesSql } from '../audit/rows.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { exactly } from './history.ts'
import { namesOf } from './names.ts'

/** Which events. All are ANDed. */
export interface StoryFilter {
  /** Id of a user: who did it, as whom, or whose account it is about. */
  readonly person?: string
  /** Id of an entity. */
  readonly entity?: string
  /** Id of a record. */
  readonly record?: string
  /** `create`, `update`, `sign-in`, `export`, …; `permission` stands for all that changes who may do what. */
  readonly kind?: string
  /** ISO 8601, the moment with it. */
  readonly from?: string
  /** ISO 8601, the moment without it. */
  readonly to?: string
}

type Row = Omit<StoryEvent, 'place' | 'before' | 'after'> & {
  readonly xid: string
  readonly source: number
  readonly id: string
  readonly entityId: string | null
  readonly before: string | null
  readonly after: string | null
}

/** Entities whose records say who may do what. */
const permissions = ['role_assignment', 'team', 'team_member', 'queue', 'queue_member', 'business_unit']
const permissionKinds = ['key', 'impersonation']
/** Fields of a user from which rights come. */
const userFields = ['state', 'manager_id', 'unit_id', 'business_unit_id', 'kind']

/** Names that are looked up for a page, of one entity. */
const mostNames = 500

/** One page. `after`: the place of the last event they have. throws: Problem when the caller may not. */
export async function storyOf(
  platform: Platform,
  context: Context,
  filter: StoryFilter,
  { top, after }: { readonly top: number; readonly after?: string },
): Promise<Story> {
  const { text, values } = statementOf(context, filter, top + 1, after)
  const { rows } = await context.database.query<Row>({ text, values })
  const page = rows.slice(0, top)
  const value = page.map((row) => told(context, row))
  return {
    value,
    names: await namesIn(platform, context, value),
    next: rows.length > top ? value.at(-1)!.place : null,
  }
}

async function namesIn(
  platform: Platform,
  context: Context,
  events: readonly StoryEvent[],
): Promise<Record<string, string>> {
  const asked = new Map([['user', new Set<string>()]])
  for (const { by, via, person, entity, records } of events) {
    for (const id of [by, via, person]) if (id !== null) asked.get('user')!.add(id)
    // Where reads are kept, reading a name would be an event more, and looking at the audit would make it longer.
    if (entity !== null && records.length === 1 && !context.model.entities.get(entity)?.auditReads)
      asked.set(entity, (asked.get(entity) ?? new Set<string>()).add(records[0]!))
  }
  const read = [...asked].map(([entity, ids]) => namesOf(platform, context, entity, [...ids].slice(0, mostNames)))
  return Object.assign({}, ...(await Promise.all(read))) as Record<string, string>
}

const moment = (name: string): string => `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

function statementOf(
  { schema, model }: Context,
  filter: StoryFilter,
  most: number,
  after: string | undefined,
): { text: string; values: unknown[] } {
  const values: unknown[] = []
  const param = (value: unknown, type: string): string => `$${values.push(value)}::${type}`
  const place = placeOf(after)
  const [xid, source, id] = [param(place.xid, 'xid8'), param(place.source, 'int'), param(place.id, 'uuid')]
  const limit = param(most, 'int')
  const behind = (alias: string, own: number): string =>
    `(coalesce(${alias}.xid, '0'::xid8), ${own}, ${alias}.id) < (${xid}, ${source}, ${id}) and (${alias}.xid <= ${xid} or ${alias}.xid is null)`
  const times = (alias: string): string[] => [
    ...(filter.from === undefined ? [] : [`${alias}.at >= ${param(filter.from, 'timestamptz')}`]),
    ...(filter.to === undefined ? [] : [`${alias}.at < ${param(filter.to, 'timestamptz')}`]),
  ]
  const audit = [behind('a', 0), ...times('a'), ...auditConditions(model, filter, param)]
  const security = [behind('s', 1), ...times('s'), ...securityConditions(filter, param)]
  const columns = `a.id, a.xid, a.at, a.change as kind, null::text as outcome, a.actor_id as by, a.via_id as via, null::uuid as person,
    a.entity_id as "entityId", array[a.record_id] as records, a.before::text as before, a.after::text as after, null::text as address,
    null::jsonb as detail, a.era`
  const part = (
    more: string,
  ): string => `select ${columns} from "${schema}"._audit a where ${[...audit, more].join(' and ')}
    order by a.xid desc nulls last, a.id desc limit ${limit}`
  const changes =
    filter.record !== undefined
      ? `(${part(`a.record_id = ${param(filter.record, 'uuid')}`)})`
      : filter.entity !== undefined
        ? `(${part(`a.entity_id = ${param(filter.entity, 'uuid')}`)})`
        : `(select y.* from e cross join lateral (${part('a.entity_id = e.id')}) y)`
  const text = `${entitiesSql(schema)}, last (era, xid, source, id) as (
      select l.era, l.until_xid, l.until_source, l.until_id from "${schema}"._seal l order by l.number desc limit 1)
    select r.id, r.source, coalesce(r.xid, '0'::xid8)::text as xid, ${moment('r.at')} as at, r.kind, r.outcome, r.by, r.via, r.person,
      r."entityId", r.records, r.before, r.after, r.address, r.detail, exists (select 1 from last l where r.era < l.era
        or (r.era = l.era and (coalesce(r.xid, '0'::xid8), r.source, r.id) <= (l.xid, l.source, l.id))) as "isSealed"
    from (select 0 as source, x.* from ${changes} x
      union all
      (select 1, s.id, s.xid, s.at, s.kind, s.outcome, s.actor_id, s.via_id, s.user_id, s.entity_id, coalesce(s.record_ids, '{}'), null, null,
        s.address, s.detail, s.era from "${schema}"._security s where ${security.join(' and ')}
        order by s.xid desc nulls last, s.id desc limit ${limit})) r
    order by coalesce(r.xid, '0'::xid8) desc, r.source desc, r.id desc limit ${limit}`
  return { text, values }
}

type Param = (value: unknown, type: string) => string

function auditConditions(model: Model, { person, kind, entity }: StoryFilter, param: Param): string[] {
  const ids = (names: readonly string[]): string[] => names.flatMap((name) => model.entities.get(name)?.id ?? [])
  return [
    ...(person === undefined ? [] : [`(a.actor_id = ${param(person, 'uuid')} or a.via_id = ${param(person, 'uuid')})`]),
    ...(entity === undefined ? [] : [`a.entity_id = ${param(entity, 'uuid')}`]),
    ...(kind === 'permission'
      ? [
          `(a.change in ('share', 'unshare') or a.entity_id = any(${param(ids(permissions), 'uuid[]')})
            or (a.entity_id = any(${param(ids(['user']), 'uuid[]')}) and a.after ?| ${param(userFields, 'text[]')}))`,
        ]
      : kind === undefined
        ? []
        : [`a.change = ${param(kind, 'text')}`]),
  ]
}

function securityConditions({ person, kind, entity, record }: StoryFilter, param: Param): string[] {
  return [
    ...(person === undefined
      ? []
      : [
          `(s.actor_id = ${param(person, 'uuid')} or s.via_id = ${param(person, 'uuid')} or s.user_id = ${param(person, 'uuid')})`,
        ]),
    ...(entity === undefined ? [] : [`s.entity_id = ${param(entity, 'uuid')}`]),
    ...(record === undefined ? [] : [`s.record_ids @> array[${param(record, 'uuid')}]`]),
    ...(kind === 'permission'
      ? [`(s.kind = any(${param(permissionKinds, 'text[]')}) or s.detail @> '{"definitions": [{"kind": "role"}]}')`]
      : kind === undefined
        ? []
        : [`s.kind = ${param(kind, 'text')}`]),
  ]
}

const veryEnd = '18446744073709551615:2:00000000-0000-0000-0000-000000000000'

function placeOf(text = veryEnd): { xid: string; source: number; id: string } {
  const [xid, source, id] = text.split(':') as [string, string, string]
  return { xid, source: Number(source), id }
}

/** Whether a text can be where a page begins. */
export function isStoryPlace(text: string): boolean {
  return (
    /^\d{1,20}:[01]:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) && BigInt(text.split(':')[0]!) < 2n ** 64n
  )
}

function told({ model, actor }: Context, { xid, source, id, entityId, before, after, ...row }: Row): StoryEvent {
  const entity = entityId === null ? undefined : model.entityById.get(entityId)
  const isOpen = entity !== undefined && ruleOf(model, actor, entity, 'read') !== undefined
  const shown = isOpen ? readableWire(model, actor, entity.id).shown : undefined
  const valuesIn = (text: string | null): JsonValue => {
    if (text === null) return null
    const values = JSON.parse(text, exactly(shown ?? new Map())) as JsonObject
    const open = Object.entries(values).filter(
      ([name]) => name.startsWith('@') || (shown?.has(name) === true && shown.get(name)!.mask === undefined),
    )
    return isJsonObject(values) ? Object.fromEntries(open) : null
  }
  return {
    ...row,
    place: `${xid}:${source}:${id}`,
    entity: entity?.name ?? entityId,
    before: valuesIn(before),
    after: valuesIn(after),
  }
}
